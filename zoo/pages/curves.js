'use strict';

/**
 * Shows the values of a learning curve under the pointer, or by arrow keys.
 *
 * The attribute `data-curve` of a figure is an index into data.curves: {left,
 * right, last, lines: {name: [[step, value], ...]}}, where `left` and `right`
 * are the x of step 0 and of step `last` in the drawing.
 */
const zooCurves = (() => {
  /** The index of the point of `line` that is nearest to `step`. */
  function nearest(line, step) {
    let best = 0;
    line.forEach(([at], place) => {
      if (Math.abs(at - step) < Math.abs(line[best][0] - step)) best = place;
    });
    return best;
  }

  const shown = (value) => String(Number(value.toPrecision(4)));

  function watch(figure, curve) {
    const svg = figure.querySelector('svg'), said = figure.querySelector('output');
    const hair = figure.querySelector('.hair');
    const lines = Object.entries(curve.lines);
    const longest = lines.map((line) => line[1])
      .reduce((a, b) => (b.length > a.length ? b : a));
    let place = longest.length - 1;

    function say() {
      const step = longest[place][0];
      const x = curve.left +
        (curve.right - curve.left) * step / Math.max(curve.last, 1);
      for (const name of ['x1', 'x2']) hair.setAttribute(name, x);
      hair.removeAttribute('visibility');
      said.textContent = `step ${step}: ` + lines.map(([name, line]) => {
        const [at, value] = line[nearest(line, step)];
        return `${name} ${shown(value)}${at === step ? '' : ` (step ${at})`}`;
      }).join(', ');
    }

    svg.addEventListener('pointermove', (event) => {
      const box = svg.getBoundingClientRect();
      const x = (event.clientX - box.left) / box.width * svg.viewBox.baseVal.width;
      place = nearest(
        longest, (x - curve.left) / (curve.right - curve.left) * curve.last);
      say();
    });
    svg.addEventListener('focus', say);
    svg.addEventListener('keydown', (event) => {
      const moves = {ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity};
      if (!(event.key in moves)) return;
      place = Math.min(Math.max(place + moves[event.key], 0), longest.length - 1);
      say();
      event.preventDefault();
    });
  }

  function watchAll(curves) {
    for (const figure of document.querySelectorAll('[data-curve]')) {
      watch(figure, curves[figure.dataset.curve]);
    }
  }

  return {nearest, watchAll};
})();

if (typeof module !== 'undefined') module.exports = zooCurves;
