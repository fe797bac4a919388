'use strict';

/** Codes of a latent space: stored ones, paths between them, and the text of a
 * state in an address. Codes are arrays of numbers. */
const zooCodes = (() => {
  /** The float16 numbers of a base64 text. */
  function halves(text) {
    const raw = atob(text), found = new Float32Array(raw.length / 2);
    for (let i = 0; i < found.length; i++) {
      const bits = raw.charCodeAt(2 * i) | (raw.charCodeAt(2 * i + 1) << 8);
      const power = (bits >> 10) & 31, fraction = (bits & 1023) / 1024;
      const size = power ? 2 ** (power - 15) * (1 + fraction)
        : 2 ** -14 * fraction;
      found[i] = bits & 0x8000 ? -size : size;
    }
    return found;
  }

  /** `count` rows of equal length. */
  function rows(values, count) {
    const width = values.length / count;
    return Array.from({length: count},
      (_, i) => values.subarray(i * width, (i + 1) * width));
  }

  const blend = (a, p, b, q) => Float32Array.from(a, (x, i) => p * x + q * b[i]);
  const length = (a) => Math.sqrt(a.reduce((sum, x) => sum + x * x, 0));
  const lerp = (a, b, share) => blend(a, 1 - share, b, share);

  /** Spherical interpolation as in zoo.layers.latent.slerp, or linear. */
  function slerp(a, b, share) {
    const long = [length(a), length(b)];
    if (!long[0] || !long[1]) return lerp(a, b, share);
    const cosine = a.reduce((sum, x, i) => sum + x * b[i], 0) / long[0] / long[1];
    const omega = Math.acos(Math.min(Math.max(cosine, -1), 1));
    const sine = Math.sin(omega);
    if (sine <= 1e-3) return lerp(a, b, share);
    return blend(a, Math.sin((1 - share) * omega) / sine,
      b, Math.sin(share * omega) / sine);
  }

  /** Between four corners [left top, right top, left bottom, right bottom]. */
  function between(corners, x, y, gaussian) {
    const path = gaussian ? slerp : lerp;
    return path(path(corners[0], corners[1], x),
      path(corners[2], corners[3], x), y);
  }

  /** A neighbor of z: share 1 is z itself, 0 is `other`, from the prior. */
  function near(z, other, share, gaussian) {
    if (share >= 1) return z;
    return blend(z, share, other,
      gaussian ? Math.sqrt(1 - share * share) : 1 - share);
  }

  /** z plus the given amount of each vector. */
  function moved(z, amounts, vectors) {
    return vectors.reduce(
      (sum, vector, i) => amounts[i] ? blend(sum, 1, vector, amounts[i]) : sum, z);
  }

  /** The point at a share of the length of a line through points. */
  function along(points, share) {
    if (points.length < 2) return points[0];
    const parts = points.slice(1).map((point, i) =>
      Math.hypot(point[0] - points[i][0], point[1] - points[i][1]));
    const whole = parts.reduce((sum, part) => sum + part, 0);
    let rest = share * whole;
    for (let i = 0; i < parts.length; i++) {
      if (rest <= parts[i] || i === parts.length - 1) {
        const t = parts[i] ? Math.min(rest / parts[i], 1) : 0;
        return points[i].map((from, axis) =>
          from + t * (points[i + 1][axis] - from));
      }
      rest -= parts[i];
    }
    return points[0];
  }

  /** Whole numbers as text, with run lengths. */
  function pack(numbers) {
    const found = [];
    for (let i = 0; i < numbers.length;) {
      let end = i + 1;
      while (numbers[end] === numbers[i]) end++;
      found.push(numbers[i].toString(36) +
        (end - i > 1 ? `*${(end - i).toString(36)}` : ''));
      i = end;
    }
    return found.join(' ');
  }

  /** The inverse of `pack`: `count` numbers below `most`, or null. */
  function unpack(text, count, most) {
    const found = [];
    for (const part of String(text).split(' ')) {
      const [value, times] = part.split('*');
      const number = parseInt(value, 36), many = times ? parseInt(times, 36) : 1;
      if (!(number >= 0 && number < most && many > 0) ||
          found.length + many > count) return null;
      for (let i = 0; i < many; i++) found.push(number);
    }
    return found.length === count ? found : null;
  }

  /** JSON values as text for an address, and back; null for invalid text. */
  function toFragment(value) {
    const text = JSON.stringify(value).replace(/[^\x00-\x7f]/g, '?');
    return btoa(text).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
  }

  function fromFragment(text) {
    try {
      const found = JSON.parse(
        atob(text.replace(/-/g, '+').replace(/_/g, '/')));
      return found && typeof found === 'object' ? found : null;
    } catch {
      return null;
    }
  }

  return {along, between, fromFragment, halves, lerp, moved, near, pack, rows,
    slerp, toFragment, unpack};
})();

if (typeof module !== 'undefined') module.exports = zooCodes;
