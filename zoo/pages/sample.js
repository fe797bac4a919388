'use strict';

/**
 * A sample on a page: a piano roll with buttons, a slider and a cursor. Needs
 * player.js and roll.js. Keys of the whole page: Space plays and pauses the
 * sample used last, the arrow keys move it by two seconds.
 */
const zooSample = (() => {
  const STEP = 2;  // Seconds per press of an arrow key.
  const all = [];
  let last = null;

  const clock = (seconds) => {
    const whole = Math.floor(seconds);
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
  };

  function element(name, properties = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(properties)) {
      if (key in made) made[key] = value;
      else made.setAttribute(key, value);
    }
    made.append(...children);
    return made;
  }

  /** Makes a box focusable if it scrolls sideways, and only then. */
  function reachable(box, label) {
    if (box.scrollWidth > box.clientWidth) {
      box.tabIndex = 0;
      box.setAttribute('role', 'group');
      box.setAttribute('aria-label', `${label}, scrolls sideways`);
    } else {
      for (const name of ['tabindex', 'role', 'aria-label']) {
        box.removeAttribute(name);
      }
    }
  }

  /**
   * Fills `box` with a sample.
   *
   * `piece` is as in player.js, with `notes` as objects; `label` names it
   * for screen readers. Returns {player, piece}.
   */
  function show(box, piece, label) {
    const canvas = element('canvas', {role: 'img', 'aria-label':
      `${label}. ${zooRoll.describe(piece)}.`});
    const cursor = element('div', {className: 'cursor', hidden: true});
    const stage = element('div', {className: 'stage'}, canvas, cursor);
    const scroller = element('div', {className: 'scroller'}, stage);
    const play = element('button', {type: 'button', className: 'play main',
      textContent: 'Play', 'aria-label': `Play ${label}`});
    const stop = element('button', {type: 'button', textContent: 'Stop',
      disabled: true, 'aria-label': `Stop ${label}`});
    const slider = element('input', {type: 'range', min: 0,
      max: piece.seconds, step: 'any', value: 0,
      'aria-label': `Position in ${label}`});
    const time = element('span', {className: 'time', 'aria-hidden': 'true'});
    const controls = element('div', {className: 'controls'}, play, stop, slider,
      time);
    let place = null;

    function position(seconds) {
      slider.value = seconds;
      slider.setAttribute('aria-valuetext',
        `${seconds.toFixed(0)} of ${piece.seconds.toFixed(0)} seconds`);
      time.textContent = `${clock(seconds)} / ${clock(piece.seconds)}`;
      cursor.hidden = !player.playing && seconds === 0;
      if (!place) return;
      const x = place.x(seconds);
      cursor.style.transform = `translateX(${x}px)`;
      const {scrollLeft, clientWidth} = scroller;
      if (player.playing && (x < scrollLeft || x > scrollLeft + clientWidth - 20)) {
        scroller.scrollLeft = x - place.left;
      }
    }

    const player = new zooPlayer.Player(piece, {
      onposition: position,
      onchange: ({playing, position: seconds}) => {
        play.textContent = playing ? 'Pause' : 'Play';
        play.setAttribute('aria-label',
          `${playing ? 'Pause' : 'Play'} ${label}`);
        stop.disabled = !playing && seconds === 0;
        box.classList.toggle('playing', playing);
        position(seconds);
      },
    });
    const used = (act) => (event) => {
      last = player;
      act(event);
    };
    play.onclick = used(() => player.toggle());
    stop.onclick = used(() => {
      player.stop();
      play.focus();  // `stop` is disabled now and would lose the focus.
    });
    slider.oninput = used(() => player.seek(Number(slider.value)));
    canvas.onclick = used((event) => {
      const {left} = canvas.getBoundingClientRect();
      player.seek(place.seconds(event.clientX - left));
    });

    function draw() {
      if (!scroller.clientWidth) return;
      place = zooRoll.draw(canvas, piece, scroller.clientWidth);
      reachable(scroller, `Piano roll of ${label}`);
      position(player.position);
    }

    box.replaceChildren(controls, scroller);
    // A canvas that is not visible yet takes up its space but no memory.
    scroller.style.minHeight = `${zooRoll.layout(piece, 320).height}px`;
    let width = 0, near = false;
    new IntersectionObserver((entries) => {
      near = entries[entries.length - 1].isIntersecting;
      if (near && !place) draw();
    }, {rootMargin: '400px'}).observe(box);
    new ResizeObserver(() => {
      if (scroller.clientWidth === width) return;
      width = scroller.clientWidth;
      if (near) draw();
      else place = null;
    }).observe(scroller);
    window.matchMedia('(prefers-color-scheme: dark)')
      .addEventListener('change', () => place && draw());
    addEventListener('beforeprint', () => place || draw());
    position(0);
    all.push(player);
    return {player, piece};
  }

  /** A volume slider for the whole page. */
  function volume(box) {
    const slider = element('input', {type: 'range', min: 0, max: 1, step: 0.05,
      value: zooPlayer.volume});
    slider.oninput = () => zooPlayer.setVolume(Number(slider.value));
    box.replaceChildren(element('label', {}, 'Volume ', slider));
  }

  /** Fills every element that has `data-sample`, the index of a piece. */
  function showAll(pieces) {
    for (const box of document.querySelectorAll('[data-sample]')) {
      const piece = pieces[box.dataset.sample];
      show(box, {...piece, notes: zooPlayer.fromRows(piece.notes)},
        box.dataset.label);
    }
    for (const box of document.querySelectorAll('[data-volume]')) volume(box);
    const sizes = new ResizeObserver((entries) => {
      for (const {target} of entries) reachable(target, target.dataset.label);
    });
    for (const box of document.querySelectorAll('.wide')) sizes.observe(box);
  }

  const OWN_KEYS = 'a, button, input, select, textarea, summary, [tabindex]';

  document.addEventListener('keydown', (event) => {
    const player = last || all[0], {target} = event;
    if (!player || event.ctrlKey || event.metaKey || event.altKey ||
        event.shiftKey) return;
    // A slider does not use Space; all other elements keep their keys.
    const free = event.key === ' ' && target.type === 'range';
    if (!free && target.closest?.(OWN_KEYS)) return;
    if (event.key === ' ') player.toggle();
    else if (event.key === 'ArrowLeft') player.seek(player.position - STEP);
    else if (event.key === 'ArrowRight') player.seek(player.position + STEP);
    else return;
    last = player;
    event.preventDefault();
  });

  return {show, showAll, element};
})();
