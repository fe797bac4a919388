'use strict';

/**
 * Operations that move numbers: {strides, places, operations}. Each is
 * (options, inputs, outputs) -> a function that computes, or null if an output
 * shares the memory of an input. zooMoves is self-contained; see runtime.js.
 */
function zooMoves() {
  const size = (shape) => shape.reduce((product, n) => product * n, 1);

  function strides(shape) {
    const found = new Array(shape.length);
    for (let axis = shape.length - 1, step = 1; axis >= 0; axis--) {
      found[axis] = step;
      step *= shape[axis];
    }
    return found;
  }

  /** For each element of `shape` in order: start + its coordinates . steps. */
  function places(shape, steps, start = 0) {
    let found = new Int32Array([start]);
    shape.forEach((length, axis) => {
      const next = new Int32Array(found.length * length);
      for (let i = 0, at = 0; i < found.length; i++) {
        for (let n = 0; n < length; n++) next[at++] = found[i] + n * steps[axis];
      }
      found = next;
    });
    return found;
  }

  const runsOn = (map) => map.every((place, i) => place === map[0] + i);

  /** Copies by a map of places; if these are contiguous, memory is shared. */
  function moved(from, to, map) {
    if (to.dtype === 'key') {  // Two numbers each.
      map = Int32Array.from({length: 2 * map.length},
        (_, i) => 2 * map[i >> 1] + i % 2);
    }
    if (map.length && runsOn(map)) {
      to.data = from.data.subarray(map[0], map[0] + map.length);
      return null;
    }
    const a = from.data, o = to.data;
    return () => {
      for (let i = 0; i < o.length; i++) o[i] = a[map[i]];
    };
  }

  function broadcast({axes}, [a], [o]) {
    const own = strides(a.shape), steps = o.shape.map(() => 0);
    axes.forEach((axis, n) => {
      if (a.shape[n] > 1) steps[axis] = own[n];
    });
    return moved(a, o, places(o.shape, steps));
  }

  function transpose({axes}, [a], [o]) {
    const own = strides(a.shape);
    return moved(a, o, places(o.shape, axes.map((axis) => own[axis])));
  }

  function slice({starts, strides: every}, [a], [o]) {
    const own = strides(a.shape);
    const start = starts.reduce((sum, n, axis) => sum + n * own[axis], 0);
    const steps = own.map((step, axis) => step * every[axis]);
    return moved(a, o, places(o.shape, steps, start));
  }

  function reverse({axes}, [a], [o]) {
    const own = strides(a.shape);
    const start = axes.reduce(
      (sum, axis) => sum + (a.shape[axis] - 1) * own[axis], 0);
    const steps = own.map((step, axis) => axes.includes(axis) ? -step : step);
    return moved(a, o, places(o.shape, steps, start));
  }

  function reshape(options, [a], [o]) {
    o.data = a.data;
    return null;
  }

  /** The place at which a dynamic slice begins. */
  function corner(a, shape, starts) {
    const own = strides(a.shape);
    const most = a.shape.map((length, axis) => length - shape[axis]);
    return () => {
      let place = 0;
      for (let axis = 0; axis < own.length; axis++) {
        const at = Math.min(Math.max(starts[axis].data[0], 0), most[axis]);
        place += at * own[axis];
      }
      return place;
    };
  }

  function dynamicSlice({sizes}, [a, ...starts], [o]) {
    const map = places(sizes, strides(a.shape));
    const first = corner(a, sizes, starts), x = a.data, z = o.data;
    return () => {
      const base = first();
      for (let i = 0; i < z.length; i++) z[i] = x[base + map[i]];
    };
  }

  function dynamicUpdate(options, [a, part, ...starts], [o]) {
    const map = places(part.shape, strides(a.shape));
    const first = corner(a, part.shape, starts);
    const x = a.data, y = part.data, z = o.data;
    return () => {
      const base = first();
      z.set(x);
      for (let i = 0; i < y.length; i++) z[base + map[i]] = y[i];
    };
  }

  function concatenate({axis}, inputs, [o]) {
    const inner = size(o.shape.slice(axis + 1));
    const outer = size(o.shape.slice(0, axis)), row = o.shape[axis] * inner;
    const z = o.data;
    return () => {
      let base = 0;
      for (const {data, shape} of inputs) {
        const width = shape[axis] * inner;
        for (let n = 0; n < outer; n++) {
          for (let i = 0; i < width; i++) {
            z[n * row + base + i] = data[n * width + i];
          }
        }
        base += width;
      }
    };
  }

  function pad({padding}, [a, value], [o]) {
    const own = strides(o.shape), inner = strides(a.shape);
    const map = new Int32Array(a.data.length);
    for (let i = 0; i < map.length; i++) {
      let place = 0;
      inner.forEach((step, axis) => {
        const [low, , between] = padding[axis];
        const n = Math.floor(i / step) % a.shape[axis];
        const at = low + n * (between + 1);
        if (at < 0 || at >= o.shape[axis]) place = -Infinity;
        place += at * own[axis];
      });
      map[i] = place === -Infinity ? -1 : place;
    }
    const x = a.data, z = o.data;
    return () => {
      z.fill(value.data[0]);
      for (let i = 0; i < map.length; i++) if (map[i] >= 0) z[map[i]] = x[i];
    };
  }

  /** XLA's gather; `indices` has its coordinates on the last axis. */
  function gather(options, [a, indices], [o]) {
    const {offset, collapsed, map, batch, indexBatch, sizes, clip} = options;
    const own = strides(a.shape), depth = map.length;
    const kept = a.shape.map((_, axis) => axis)
      .filter((axis) => !collapsed.includes(axis) && !batch.includes(axis));
    const outer = strides(o.shape);
    const rows = o.shape.map((_, axis) => axis)
      .filter((axis) => !offset.includes(axis));
    const from = places(kept.map((axis) => sizes[axis]),
      kept.map((axis) => own[axis]));
    const to = places(kept.map((axis) => sizes[axis]),
      offset.map((axis) => outer[axis]));
    const lengths = indices.shape.slice(0, -1);
    const starts = places(lengths, rows.map((axis) => outer[axis]));
    const fixed = places(lengths, lengths.map((_, axis) => {
      const n = indexBatch.indexOf(axis);
      return n < 0 ? 0 : own[batch[n]];
    }));
    const most = map.map((axis) => a.shape[axis] - sizes[axis]);
    const x = a.data, at = indices.data, z = o.data;
    const fill = options.fill === null ? (o.dtype === 'float32' ? NaN : 0)
      : options.fill;
    return () => {
      for (let n = 0; n < starts.length; n++) {
        let base = fixed[n], inside = true;
        for (let d = 0; d < depth; d++) {
          let place = at[n * depth + d];
          if (place < 0 || place > most[d]) {
            inside = clip;
            place = Math.min(Math.max(place, 0), most[d]);
          }
          base += place * own[map[d]];
        }
        for (let i = 0; i < from.length; i++) {
          z[starts[n] + to[i]] = inside ? x[base + from[i]] : fill;
        }
      }
    };
  }

  const iota = ({axis}, inputs, [o]) => () => {
    const step = strides(o.shape)[axis], {data: z} = o;
    for (let i = 0; i < z.length; i++) z[i] = Math.floor(i / step) % o.shape[axis];
  };

  return {strides, places, operations: {broadcast_in_dim: broadcast, concatenate,
    copy: reshape, dynamic_slice: dynamicSlice,
    dynamic_update_slice: dynamicUpdate, gather, iota, pad, reshape,
    rev: reverse, slice, transpose}};
}

if (typeof module !== 'undefined') module.exports = zooMoves;
