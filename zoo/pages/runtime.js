'use strict';

/**
 * Runs the programs of zoo/export on typed arrays.
 *
 * `zooRuntime()` returns {load}; `load(model)` decodes the weights and returns
 * {run}; `run(name, inputs)` takes and returns arrays of numbers, in the order
 * of the program. Each value has one buffer, allocated when a program is first
 * run; values that only depend on weights are computed then, once.
 *
 * The functions of this file, moves.js and arithmetic.js are self-contained: a
 * worker consists of their source text.
 */
function zooRuntime(moves, arithmetic) {
  const ARRAYS = {float32: Float32Array, int32: Int32Array, bool: Uint8Array,
    uint32: Uint32Array, key: Uint32Array};
  const OPERATIONS = {...moves.operations, ...arithmetic(ARRAYS, moves)};
  const size = (shape) => shape.reduce((product, n) => product * n, 1);

  // --- Weights.

  function bytes(text) {
    const raw = atob(text), found = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) found[i] = raw.charCodeAt(i);
    return found.buffer;
  }

  let halves = null;

  /** The values of the 65536 float16 numbers. */
  function table() {
    if (halves) return halves;
    halves = new Float32Array(65536);
    for (let bits = 0; bits < 65536; bits++) {
      const sign = bits & 0x8000 ? -1 : 1;
      const power = (bits >> 10) & 31, fraction = bits & 1023;
      halves[bits] = power === 31 ? (fraction ? NaN : sign * Infinity)
        : power ? sign * 2 ** (power - 15) * (1 + fraction / 1024)
          : sign * 2 ** -14 * (fraction / 1024);
    }
    return halves;
  }

  function weight(stored) {
    const count = size(stored.shape);
    if (stored.float32 !== undefined) {
      return new Float32Array(bytes(stored.float32));
    }
    if (stored.numbers) return stored.numbers;
    const found = new Float32Array(count);
    if (stored.float16 !== undefined) {
      const half = new Uint16Array(bytes(stored.float16)), values = table();
      for (let i = 0; i < count; i++) found[i] = values[half[i]];
    } else if (stored.int8 !== undefined) {
      const steps = new Int8Array(bytes(stored.int8));
      const scale = new Float32Array(bytes(stored.scale));
      for (let i = 0, column = 0; i < count; i++) {
        found[i] = steps[i] * scale[column];
        if (++column === scale.length) column = 0;
      }
    } else {
      const names = {inf: Infinity, '-inf': -Infinity, nan: NaN};
      const whole = new Array(count);
      let place = 0;
      for (const [value, length] of stored.runs) {
        const number = typeof value === 'string' ? names[value] : value;
        whole.fill(number, place, place += length);
      }
      return whole;
    }
    return found;
  }

  // --- Programs.

  const all = (steps) => () => {
    for (let i = 0; i < steps.length; i++) steps[i]();
  };

  /** Copies the results of an iteration to the inputs of the next. */
  function carried(from, to) {
    const shared = new Set(to.map((value) => value.data.buffer));
    const held = from.map((value) =>
      shared.has(value.data.buffer) ? value.data.slice() : null);
    return () => {
      for (let i = 0; i < to.length; i++) if (held[i]) held[i].set(from[i].data);
      for (let i = 0; i < to.length; i++) to[i].data.set(held[i] || from[i].data);
    };
  }

  class Compiled {
    constructor(program, weights) {
      this.values = program.values.map(
        ([dtype, shape]) => ({dtype, shape, data: null}));
      this.known = new Set();
      for (const [value, number] of program.constants) {
        const {dtype} = this.values[value], data = weights[number];
        const Kind = ARRAYS[dtype];
        this.values[value].data = data instanceof Kind ? data : Kind.from(data);
        this.known.add(value);
      }
      this.inputs = program.inputs.map((value) => this.room(value));
      this.steps = this.compile(program.equations);
      this.outputs = program.outputs.map((value) => this.values[value]);
    }

    room(value) {
      const found = this.values[value];
      const count = size(found.shape) * (found.dtype === 'key' ? 2 : 1);
      found.data = new ARRAYS[found.dtype](count);
      return found;
    }

    compile(equations) {
      const steps = [];
      for (const [name, options, read, written] of equations) {
        const inputs = read.map((value) => this.values[value]);
        const outputs = written.map((value) => this.room(value));
        if (this[name]) {
          steps.push(this[name](options, inputs, outputs));
          continue;
        }
        const fixed = read.map((value) => this.known.has(value));
        const run = OPERATIONS[name](options, inputs, outputs, fixed);
        if (fixed.every(Boolean)) {
          if (run) run();
          written.forEach((value) => this.known.add(value));
        } else if (run) {
          steps.push(run);
        }
      }
      return all(steps);
    }

    part({inputs, outputs, equations}) {
      const given = inputs.map((value) => this.room(value));
      const steps = this.compile(equations);
      return {given, steps, made: outputs.map((value) => this.values[value])};
    }

    scan({length, reverse: backward, carries, parts}, inputs, outputs) {
      const {given, steps, made} = this.part(parts[0]);
      const state = given.slice(0, carries), rows = given.slice(carries);
      const next = carried(made.slice(0, carries), state);
      const xs = inputs.slice(carries), ys = made.slice(carries);
      return () => {
        state.forEach((value, i) => value.data.set(inputs[i].data));
        for (let n = 0; n < length; n++) {
          const at = backward ? length - 1 - n : n;
          for (let i = 0; i < rows.length; i++) {
            const row = rows[i].data, from = xs[i].data, base = at * row.length;
            for (let j = 0; j < row.length; j++) row[j] = from[base + j];
          }
          steps();
          for (let i = 0; i < ys.length; i++) {
            outputs[carries + i].data.set(ys[i].data, at * ys[i].data.length);
          }
          next();
        }
        state.forEach((value, i) => outputs[i].data.set(value.data));
      };
    }

    while({parts}, inputs, outputs) {
      const asks = this.part(parts[0]), does = this.part(parts[1]);
      const next = carried(does.made, does.given);
      return () => {
        does.given.forEach((value, i) => value.data.set(inputs[i].data));
        for (;;) {
          asks.given.forEach((value, i) => value.data.set(does.given[i].data));
          asks.steps();
          if (!asks.made[0].data[0]) break;
          does.steps();
          next();
        }
        does.given.forEach((value, i) => outputs[i].data.set(value.data));
      };
    }

    cond({parts}, [which], outputs) {
      const branches = parts.map((part) => this.part(part));
      return () => {
        const n = Math.min(Math.max(which.data[0], 0), branches.length - 1);
        branches[n].steps();
        branches[n].made.forEach((value, i) => outputs[i].data.set(value.data));
      };
    }

    run(inputs) {
      this.inputs.forEach((value, i) => {
        if (inputs[i].length !== value.data.length) {
          throw new Error(`Input ${i} has ${inputs[i].length} numbers, not ` +
            `${value.data.length}.`);
        }
        value.data.set(inputs[i]);
      });
      this.steps();
      return this.outputs.map((value) => value.data.slice());
    }
  }

  function load(model) {
    const weights = model.weights.map(weight), compiled = {};
    return {
      run(name, inputs) {
        const program = model.programs[name];
        if (!program) throw new Error(`There is no program ${name}.`);
        if (!compiled[name]) compiled[name] = new Compiled(program, weights);
        return compiled[name].run(inputs);
      },
    };
  }

  return {load};
}

if (typeof module !== 'undefined') {
  module.exports = zooRuntime(require('./moves.js')(), require('./arithmetic.js'));
}
