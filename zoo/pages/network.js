'use strict';

/**
 * The model of the page, in its own worker, so that drawing and playing do not
 * wait for it. `zooNetwork(model)` returns {run}: `run(name, inputs)` promises
 * the outputs. Needs moves.js, arithmetic.js and runtime.js.
 */
function zooNetwork(model) {
  const waiting = new Map();
  let count = 0, worker = null, own = null;

  /** The program of the worker; it only sees its own scope. */
  function serve(runtime) {
    let loaded = null;
    onmessage = ({data}) => {
      try {
        if (data.model) {
          loaded = runtime.load(data.model);
          return;
        }
        postMessage({id: data.id, made: loaded.run(data.name, data.inputs)});
      } catch (error) {
        postMessage({id: data.id, error: String(error)});
      }
    };
  }

  function start() {
    const text = `'use strict';\n${zooMoves}\n${zooArithmetic}\n${zooRuntime}\n` +
      `(${serve})(zooRuntime(zooMoves(), zooArithmetic));`;
    const address = URL.createObjectURL(new Blob([text],
      {type: 'text/javascript'}));
    worker = new Worker(address);
    URL.revokeObjectURL(address);
    worker.onmessage = ({data}) => {
      const {resolve, reject} = waiting.get(data.id);
      waiting.delete(data.id);
      if (data.error) reject(new Error(data.error));
      else resolve(data.made);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      alone();
    };
    worker.postMessage({model});
  }

  /** Without workers the page waits while the model runs. */
  function alone() {
    worker = null;
    own = own || zooRuntime(zooMoves(), zooArithmetic).load(model);
    for (const {name, inputs, resolve, reject} of waiting.values()) {
      answer(name, inputs, resolve, reject);
    }
    waiting.clear();
  }

  function answer(name, inputs, resolve, reject) {
    try {
      resolve(own.run(name, inputs));
    } catch (error) {
      reject(error);
    }
  }

  try {
    start();
  } catch {
    alone();
  }

  return {
    run(name, inputs) {
      return new Promise((resolve, reject) => {
        if (!worker) {
          answer(name, inputs, resolve, reject);
          return;
        }
        const id = ++count;
        waiting.set(id, {name, inputs, resolve, reject});
        worker.postMessage({id, name, inputs});
      });
    },
  };
}
