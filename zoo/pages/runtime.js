'use strict';

/**
 * Runs programs that zoo/export writes, on typed arrays.
 *
 * `zooRuntime()` returns {load}; `load(model)` decodes the weights and returns
 * {run}; `run(name, inputs)` takes and gives arrays of numbers, in the order of
 * the program. Each value has one buffer, made when a program is first run;
 * what depends on weights alone is computed then, and once.
 *
 * The function stands alone: a worker is made of its text.
 */
function zooRuntime() {
  const ARRAYS = {float32: Float32Array, int32: Int32Array, bool: Uint8Array,
    uint32: Uint32Array, key: Uint32Array};
  const size = (shape) => shape.reduce((product, n) => product * n, 1);

  // --- Weights.

  function bytes(text) {
    const raw = atob(text), found = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) found[i] = raw.charCodeAt(i);
    return found.buffer;
  }

  let halves = null;

  /** What each of the 65536 float16 stands for. */
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

  // --- Where numbers stand.

  function strides(shape) {
    const found = new Array(shape.length);
    for (let axis = shape.length - 1, step = 1; axis >= 0; axis--) {
      found[axis] = step;
      step *= shape[axis];
    }
    return found;
  }

  /** For each place of `shape` in order: start + its coordinates . steps. */
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

  /** Copies by a map of places; where these run on, both share their memory. */
  function moved(from, to, map) {
    if (map.length && runsOn(map)) {
      to.data = from.data.subarray(map[0], map[0] + map.length);
      return null;
    }
    const a = from.data, o = to.data;
    return () => {
      for (let i = 0; i < o.length; i++) o[i] = a[map[i]];
    };
  }

  // --- Elementwise. An input of one number goes with all of the others.

  const each = (f) => (options, [a], [o]) => () => {
    const x = a.data, y = o.data;
    for (let i = 0; i < y.length; i++) y[i] = f(x[i]);
  };
  const both = (f) => (options, [a, b], [o]) => () => {
    const x = a.data, y = b.data, z = o.data;
    const p = x.length > 1 ? 1 : 0, q = y.length > 1 ? 1 : 0;
    for (let i = 0; i < z.length; i++) z[i] = f(x[i * p], y[i * q]);
  };

  function add(options, [a, b], [o]) {
    const x = a.data, y = b.data, z = o.data;
    if (x.length !== z.length || y.length !== z.length) {
      return both((m, n) => m + n)(options, [a, b], [o]);
    }
    return () => {
      for (let i = 0; i < z.length; i++) z[i] = x[i] + y[i];
    };
  }

  function mul(options, [a, b], [o]) {
    const x = a.data, y = b.data, z = o.data;
    const whole = o.dtype !== 'float32';
    if (whole || x.length !== z.length || y.length !== z.length) {
      return both(whole ? Math.imul : (m, n) => m * n)(options, [a, b], [o]);
    }
    return () => {
      for (let i = 0; i < z.length; i++) z[i] = x[i] * y[i];
    };
  }

  function tanh(options, [a], [o]) {
    const x = a.data, y = o.data;
    return () => {
      for (let i = 0; i < y.length; i++) {
        const v = x[i];
        // 1 - 2 / (e^2x + 1), to 1e-7 away from 0, at half the time of tanh.
        y[i] = v > 0.25 || v < -0.25 ? 1 - 2 / (Math.exp(2 * v) + 1)
          : Math.tanh(v);
      }
    };
  }

  function select(options, [which, ...cases], [o]) {
    const w = which.data, z = o.data, step = w.length > 1 ? 1 : 0;
    const data = cases.map((one) => one.data);
    const steps = data.map((one) => one.length > 1 ? 1 : 0);
    return () => {
      for (let i = 0; i < z.length; i++) {
        const n = w[i * step];
        z[i] = data[n][i * steps[n]];
      }
    };
  }

  function round(x) {
    const down = Math.floor(x), rest = x - down;
    if (rest !== 0.5) return rest < 0.5 ? down : down + 1;
    return down % 2 ? down + 1 : down;  // half to even
  }

  /** Abramowitz and Stegun 7.1.26, to 2e-7. */
  function erf(x) {
    const t = 1 / (1 + 0.3275911 * Math.abs(x));
    const sum = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 +
      t * (-1.453152027 + t * 1.061405429))));
    return Math.sign(x) * (1 - sum * Math.exp(-x * x));
  }

  const CENTRAL = [2.81022636e-08, 3.43273939e-07, -3.5233877e-06,
    -4.39150654e-06, 0.00021858087, -0.00125372503, -0.00417768164, 0.246640727,
    1.50140941];
  const TAILS = [-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844,
    0.00573950773, -0.0076224613, 0.00943887047, 1.00167406, 2.83297682];

  /** Giles 2012, Approximating the erfinv function, single precision. */
  function inverse(x) {
    if (x <= -1 || x >= 1) return x * Infinity;
    const w = -Math.log1p(-x * x), central = w < 5;
    const at = central ? w - 2.5 : Math.sqrt(w) - 3;
    return x * (central ? CENTRAL : TAILS).reduce((sum, c) => sum * at + c, 0);
  }

  const not = (options, [a], [o]) =>
    each(a.dtype === 'bool' ? (x) => 1 - x : (x) => ~x)(options, [a], [o]);

  function convert(options, [a], [o]) {
    if (o.dtype === a.dtype) {
      o.data = a.data;
      return null;
    }
    if (o.dtype === 'bool') return each((x) => x !== 0 ? 1 : 0)(options, [a], [o]);
    return each((x) => x)(options, [a], [o]);
  }

  function bitcast(options, [a], [o]) {
    const Kind = ARRAYS[o.dtype], {buffer, byteOffset, length} = a.data;
    o.data = new Kind(buffer, byteOffset, length);
    return null;
  }

  function clamp(options, [low, a, high], [o]) {
    const l = low.data, x = a.data, h = high.data, z = o.data;
    const p = l.length > 1 ? 1 : 0, q = h.length > 1 ? 1 : 0;
    return () => {
      for (let i = 0; i < z.length; i++) {
        z[i] = Math.min(Math.max(x[i], l[i * p]), h[i * q]);
      }
    };
  }

  // --- Moves.

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

  /** Where a slice begins whose corner is given by numbers. */
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

  // --- Sums and choices.

  const reduce = (first, join) => ({axes}, [a], [o]) => {
    const kept = a.shape.map((_, axis) => axis)
      .filter((axis) => !axes.includes(axis));
    const own = strides(kept.map((axis) => a.shape[axis]));
    const steps = a.shape.map((_, axis) => {
      const n = kept.indexOf(axis);
      return n < 0 ? 0 : own[n];
    });
    const map = places(a.shape, steps), x = a.data, z = o.data;
    const start = first[o.dtype] === undefined ? first.float32 : first[o.dtype];
    return () => {
      z.fill(start);
      for (let i = 0; i < x.length; i++) z[map[i]] = join(z[map[i]], x[i]);
    };
  };

  const LEAST = {float32: -Infinity, int32: -(2 ** 31), uint32: 0, bool: 0};
  const MOST = {float32: Infinity, int32: 2 ** 31 - 1, uint32: 2 ** 32 - 1,
    bool: 1};

  const best = (better) => ({axes}, [a], [o]) => {
    const [axis] = axes, length = a.shape[axis];
    const inner = size(a.shape.slice(axis + 1)), x = a.data, z = o.data;
    return () => {
      for (let n = 0; n < z.length; n++) {
        const base = Math.floor(n / inner) * length * inner + n % inner;
        let found = 0;
        for (let i = 1; i < length; i++) {
          if (better(x[base + i * inner], x[base + found * inner])) found = i;
        }
        z[n] = found;
      }
    };
  };

  function cumsum({axis, reverse: backward}, [a], [o]) {
    const length = a.shape[axis], inner = size(a.shape.slice(axis + 1));
    const x = a.data, z = o.data, rows = x.length / length;
    return () => {
      for (let n = 0; n < rows; n++) {
        const base = Math.floor(n / inner) * length * inner + n % inner;
        let sum = 0;
        for (let i = 0; i < length; i++) {
          const at = base + (backward ? length - 1 - i : i) * inner;
          z[at] = sum += x[at];
        }
      }
    };
  }

  /** [B, M, K] x [B, K, N]: rows of the second, four at a time. */
  function dot({sizes: [batch, rows, depth, width]}, [a, b], [o]) {
    const x = a.data, y = b.data, z = o.data;
    return () => {
      z.fill(0);
      for (let m = 0; m < batch * rows; m++) {
        const first = Math.floor(m / rows) * depth * width, to = m * width;
        let k = 0;
        for (; k + 3 < depth; k += 4) {
          const at = m * depth + k, p = first + k * width;
          const v0 = x[at], v1 = x[at + 1], v2 = x[at + 2], v3 = x[at + 3];
          if (v0 === 0 && v1 === 0 && v2 === 0 && v3 === 0) continue;
          const q = p + width, r = q + width, s = r + width;
          for (let n = 0; n < width; n++) {
            z[to + n] += v0 * y[p + n] + v1 * y[q + n] + v2 * y[r + n] +
              v3 * y[s + n];
          }
        }
        for (; k < depth; k++) {
          const v = x[m * depth + k], p = first + k * width;
          for (let n = 0; n < width; n++) z[to + n] += v * y[p + n];
        }
      }
    };
  }

  // --- Random numbers: Threefry-2x32, 20 rounds, as jax has it.

  const TURNS = [[13, 15, 26, 6], [17, 29, 16, 24]];

  /** Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3. */
  function threefry(key0, key1, count0, count1, found) {
    const keys = [key0, key1, key0 ^ key1 ^ 0x1BD11BDA];
    let x = (count0 + key0) | 0, y = (count1 + key1) | 0;
    for (let round5 = 0; round5 < 5; round5++) {
      for (const turn of TURNS[round5 % 2]) {
        x = (x + y) | 0;
        y = ((y << turn) | (y >>> (32 - turn))) ^ x;
      }
      x = (x + keys[(round5 + 1) % 3]) | 0;
      y = (y + keys[(round5 + 2) % 3] + round5 + 1) | 0;
    }
    found[0] = x;
    found[1] = y;
  }

  const pair = new Uint32Array(2);

  function randomBits(options, [keys], [o]) {
    const key = keys.data, z = o.data, many = z.length / (key.length / 2);
    return () => {
      for (let i = 0; i < z.length; i++) {
        const n = 2 * Math.floor(i / many);
        threefry(key[n], key[n + 1], 0, i % many, pair);
        z[i] = pair[0] ^ pair[1];
      }
    };
  }

  function foldIn(options, [keys, number], [o]) {
    const key = keys.data, by = number.data, z = o.data;
    const p = key.length > 2 ? 2 : 0, q = by.length > 1 ? 1 : 0;
    return () => {
      for (let n = 0; n < z.length / 2; n++) {
        threefry(key[n * p], key[n * p + 1], 0, by[n * q], pair);
        z.set(pair, 2 * n);
      }
    };
  }

  function splitKeys(options, [keys], [o]) {
    const key = keys.data, z = o.data, many = z.length / key.length;
    return () => {
      for (let n = 0; n < z.length / 2; n++) {
        const from = 2 * Math.floor(n / many);
        threefry(key[from], key[from + 1], 0, n % many, pair);
        z.set(pair, 2 * n);
      }
    };
  }

  const OPERATIONS = {
    abs: each(Math.abs), add, and: both((x, y) => x & y),
    argmax: best((x, y) => x > y), argmin: best((x, y) => x < y),
    bitcast_convert_type: bitcast, broadcast_in_dim: broadcast,
    ceil: each(Math.ceil), clamp, concatenate, convert_element_type: convert,
    copy: reshape, cos: each(Math.cos), cumsum, div: both((x, y) => x / y), dot,
    dynamic_slice: dynamicSlice, dynamic_update_slice: dynamicUpdate,
    eq: both((x, y) => x === y ? 1 : 0), erf: each(erf), erf_inv: each(inverse),
    exp: each(Math.exp), expm1: each(Math.expm1), floor: each(Math.floor), gather,
    ge: both((x, y) => x >= y ? 1 : 0), gt: both((x, y) => x > y ? 1 : 0), iota,
    is_finite: each((x) => Number.isFinite(x) ? 1 : 0),
    le: both((x, y) => x <= y ? 1 : 0), log: each(Math.log),
    log1p: each(Math.log1p), logistic: each((x) => 1 / (1 + Math.exp(-x))),
    lt: both((x, y) => x < y ? 1 : 0), max: both(Math.max), min: both(Math.min),
    mul, ne: both((x, y) => x !== y ? 1 : 0), neg: each((x) => -x), not,
    or: both((x, y) => x | y), pad, pow: both(Math.pow), random_bits: randomBits,
    random_fold_in: foldIn, random_split: splitKeys,
    reduce_and: reduce({float32: 1}, (x, y) => x & y),
    reduce_max: reduce(LEAST, Math.max), reduce_min: reduce(MOST, Math.min),
    reduce_or: reduce({float32: 0}, (x, y) => x | y),
    reduce_sum: reduce({float32: 0}, (x, y) => x + y),
    rem: both((x, y) => x % y), reshape, rev: reverse, round: each(round),
    rsqrt: each((x) => 1 / Math.sqrt(x)), select_n: select,
    shift_left: both((x, y) => y > 31 ? 0 : x << y),
    shift_right_arithmetic: both((x, y) => x >> Math.min(y, 31)),
    shift_right_logical: both((x, y) => y > 31 ? 0 : x >>> y),
    sign: each(Math.sign), sin: each(Math.sin), slice, sqrt: each(Math.sqrt),
    square: each((x) => x * x), sub: both((x, y) => x - y), tanh, transpose,
    xor: both((x, y) => x ^ y),
  };

  // --- Programs.

  const all = (steps) => () => {
    for (let i = 0; i < steps.length; i++) steps[i]();
  };

  /** Puts what was computed where the next round reads it. */
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
        const run = OPERATIONS[name](options, inputs, outputs);
        if (read.every((value) => this.known.has(value))) {
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

if (typeof module !== 'undefined') module.exports = zooRuntime();
