'use strict';

/**
 * Operations that compute, by name; see moves.js for their form. A fourth
 * argument tells which inputs are weights or only depend on weights.
 */
function zooArithmetic(ARRAYS, {strides, places}) {
  const size = (shape) => shape.reduce((product, n) => product * n, 1);

  // --- Elementwise. An input of one number is broadcast.

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
        // 1 - 2 / (e^2x + 1), exact to 1e-7 away from 0, takes half the time.
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
    return down % 2 ? down + 1 : down;  // Half to even.
  }

  /** Abramowitz and Stegun 7.1.26, exact to 2e-7. */
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

  // --- Reductions.

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

  /** [B, M, K] x [B, K, N]. */
  function dot({sizes: [batch, rows, depth, width]}, [a, b], [o], fixed) {
    if (batch === 1 && fixed[1]) return dotFixed(rows, depth, width, a, b, o);
    const x = a.data, y = b.data, z = o.data;
    return () => {
      z.fill(0);
      for (let m = 0; m < batch * rows; m++) {
        const first = Math.floor(m / rows) * depth * width, to = m * width;
        for (let k = 0; k < depth; k++) {
          const v = x[m * depth + k], p = first + k * width;
          for (let n = 0; n < width; n++) z[to + n] += v * y[p + n];
        }
      }
    };
  }

  /** [M, K] x weights [K, N], which are stored transposed: eight columns at a
   * time, so that their sums stay in registers. */
  function dotFixed(rows, depth, width, a, b, o) {
    const x = a.data, z = o.data, most = Math.ceil(width / 8) * 8;
    const y = new Float32Array(most * depth), sums = new Float32Array(8);
    for (let k = 0; k < depth; k++) {
      for (let n = 0; n < width; n++) y[n * depth + k] = b.data[k * width + n];
    }

    function eight(from, n) {
      let s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
      let p0 = n * depth, p1 = p0 + depth, p2 = p1 + depth, p3 = p2 + depth;
      let p4 = p3 + depth, p5 = p4 + depth, p6 = p5 + depth, p7 = p6 + depth;
      for (let k = from; k < from + depth; k++) {
        const value = x[k];
        s0 += value * y[p0++];
        s1 += value * y[p1++];
        s2 += value * y[p2++];
        s3 += value * y[p3++];
        s4 += value * y[p4++];
        s5 += value * y[p5++];
        s6 += value * y[p6++];
        s7 += value * y[p7++];
      }
      sums[0] = s0;
      sums[1] = s1;
      sums[2] = s2;
      sums[3] = s3;
      sums[4] = s4;
      sums[5] = s5;
      sums[6] = s6;
      sums[7] = s7;
    }

    return () => {
      for (let m = 0; m < rows; m++) {
        for (let n = 0; n < width; n += 8) {
          eight(m * depth, n);
          const many = Math.min(8, width - n), to = m * width + n;
          for (let i = 0; i < many; i++) z[to + i] = sums[i];
        }
      }
    };
  }

  // --- Random numbers: Threefry-2x32, 20 rounds, as in jax.

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

  return {
    abs: each(Math.abs), add, and: both((x, y) => x & y),
    argmax: best((x, y) => x > y), argmin: best((x, y) => x < y),
    bitcast_convert_type: bitcast, ceil: each(Math.ceil), clamp,
    convert_element_type: convert, cos: each(Math.cos), cumsum,
    div: both((x, y) => x / y), dot, eq: both((x, y) => x === y ? 1 : 0),
    erf: each(erf), erfc: each((x) => 1 - erf(x)), erf_inv: each(inverse),
    exp: each(Math.exp), expm1: each(Math.expm1), floor: each(Math.floor),
    ge: both((x, y) => x >= y ? 1 : 0), gt: both((x, y) => x > y ? 1 : 0),
    is_finite: each((x) => Number.isFinite(x) ? 1 : 0),
    le: both((x, y) => x <= y ? 1 : 0), log: each(Math.log),
    log1p: each(Math.log1p), logistic: each((x) => 1 / (1 + Math.exp(-x))),
    lt: both((x, y) => x < y ? 1 : 0), max: both(Math.max), min: both(Math.min),
    mul, ne: both((x, y) => x !== y ? 1 : 0), neg: each((x) => -x), not,
    or: both((x, y) => x | y), pow: both(Math.pow), random_bits: randomBits,
    random_fold_in: foldIn, random_split: splitKeys,
    reduce_and: reduce({float32: 1}, (x, y) => x & y),
    reduce_max: reduce(LEAST, Math.max), reduce_min: reduce(MOST, Math.min),
    reduce_or: reduce({float32: 0}, (x, y) => x | y),
    reduce_sum: reduce({float32: 0}, (x, y) => x + y),
    rem: both((x, y) => x % y), round: each(round),
    rsqrt: each((x) => 1 / Math.sqrt(x)), select_n: select,
    shift_left: both((x, y) => y > 31 ? 0 : x << y),
    shift_right_arithmetic: both((x, y) => x >> Math.min(y, 31)),
    shift_right_logical: both((x, y) => y > 31 ? 0 : x >>> y),
    sign: each(Math.sign), sin: each(Math.sin), sqrt: each(Math.sqrt),
    square: each((x) => x * x), sub: both((x, y) => x - y), tanh,
    xor: both((x, y) => x ^ y),
  };
}

if (typeof module !== 'undefined') module.exports = zooArithmetic;
