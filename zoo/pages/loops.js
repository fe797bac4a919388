'use strict';

/** Loops: a palette on a plane, kept loops, and a timeline of tracks. */
function zooLoops(studio) {
  const get = (id) => document.getElementById(id);
  const element = zooControls.element;
  const canvas = get('palette');
  const GRID = 9, REACH = 22, RADIUS = 7, SLOTS = 8;
  const TRACKS = ['Melody', 'Bass', 'Drums'];
  const ROOTS = ['C', 'C♯', 'D', 'E♭', 'E', 'F', 'F♯', 'G', 'A♭', 'A', 'B♭', 'B'];
  const BASS = [28, 33];  // The lowest pitch of the bass track, and its program.
  let points = [];  // {x, y, z, name, notes, fields}, 0..1.
  let pointed = -1, chosen = -1, asked = 0, timer = 0;

  // --- The palette.

  async function lay() {
    const mine = ++asked;
    if (studio.state.layout === 'grid') {
      points = Array.from({length: GRID * GRID}, (_, i) => ({
        x: i % GRID / (GRID - 1), y: Math.floor(i / GRID) / (GRID - 1),
        name: `row ${Math.floor(i / GRID) + 1}, column ${i % GRID + 1}`}));
    } else {
      points = studio.places().map(([x, y], i) => ({x: (x + 1) / 2,
        y: (y + 1) / 2, z: studio.codes[i], name: `example ${i + 1}`,
        fields: studio.example(i)}));
    }
    points.forEach((point) => {
      if (point.fields) point.notes = studio.notes(point.fields);
    });
    pointed = -1;
    draw();
    for (const point of points) {
      if (point.notes) continue;
      point.z = await studio.at(point.x, point.y);
      point.fields = await studio.decode(point.z);
      if (mine !== asked) return;
      point.notes = studio.notes(point.fields);
      draw();
    }
  }

  const screen = ({x, y}) => {
    const pad = RADIUS * 2, {clientWidth, clientHeight} = canvas;
    return [pad + x * (clientWidth - 2 * pad), pad + y * (clientHeight - 2 * pad)];
  };

  /** From blue through green to yellow, dark to light, for shares 0..1. */
  const shade = (share) =>
    `hsl(${250 - 200 * share} 70% ${34 + 28 * share}%)`;

  function values() {
    const name = get('colour').value, measure = zooPatterns.MEASURES[name];
    const found = points.map(({notes}) => notes
      ? measure(notes, studio.music.beat || 4) : null);
    const known = found.filter((x) => x !== null);
    const low = Math.min(...known), high = Math.max(...known);
    return {found, low, high, name};
  }

  function draw() {
    if (!canvas.clientWidth) return;
    const dense = window.devicePixelRatio || 1, pen = canvas.getContext('2d');
    canvas.width = canvas.clientWidth * dense;
    canvas.height = canvas.clientHeight * dense;
    pen.scale(dense, dense);
    const style = getComputedStyle(canvas), {found, low, high, name} = values();
    const order = points.map((_, i) => i).filter((i) => i !== pointed);
    if (pointed >= 0) order.push(pointed);  // On top.
    order.forEach((i) => {
      const point = points[i];
      const [x, y] = screen(point);
      if (studio.picture) {
        drawPicture(pen, point, x, y, i === pointed);
        return;
      }
      pen.beginPath();
      pen.arc(x, y, i === pointed ? RADIUS * 1.7 : RADIUS, 0, 7);
      pen.fillStyle = found[i] === null ? style.getPropertyValue('--line')
        : shade(high > low ? (found[i] - low) / (high - low) : 0.5);
      pen.fill();
      if (i === pointed) {
        pen.lineWidth = 3;
        pen.strokeStyle = style.getPropertyValue('--ink');
        pen.stroke();
      }
    });
    const digits = high > 4 ? 0 : 2;
    get('legend').textContent = Number.isFinite(low) && !studio.picture
      ? `Dark blue to yellow: ${name}, ${low.toFixed(digits)} to ` +
        `${high.toFixed(digits)}.` : '';
  }

  function drawPicture(pen, point, x, y, large) {
    if (!point.fields) return;
    const {field, width, height} = studio.picture;
    point.pixels = point.pixels ||
      zooPictures.pixels(studio.picture, point.fields[field]);
    const high = (large ? 6 : 3) * RADIUS, wide = high * width / height;
    pen.imageSmoothingEnabled = false;
    pen.drawImage(point.pixels, x - wide / 2, y - high / 2, wide, high);
    if (!large) return;
    pen.lineWidth = 3;
    pen.strokeStyle = getComputedStyle(canvas).getPropertyValue('--orange');
    pen.strokeRect(x - wide / 2, y - high / 2, wide, high);
  }

  function nearest(event) {
    const box = canvas.getBoundingClientRect();
    let best = -1, least = REACH;
    points.forEach((point, i) => {
      const [x, y] = screen(point);
      const away = Math.hypot(event.clientX - box.left - x,
        event.clientY - box.top - y);
      if (away < least) [best, least] = [i, away];
    });
    return best;
  }

  function point(i, hear) {
    if (i === pointed && !hear) return;
    pointed = i;
    draw();
    if (i < 0 || !points[i].notes) return;
    const {name, notes} = points[i], {found, name: what} = values();
    get('pointed').textContent = `${name}.`;
    if (studio.picture) return;
    get('pointed').textContent = `${name}: ${notes.length} notes, ${what} ` +
      `${Number(found[i].toFixed(2))}.`;
    clearTimeout(timer);
    if (hear) studio.preview(notes);
  }

  /** Decodes and keeps a place of the plane that is not near any point. */
  async function between(event) {
    const box = canvas.getBoundingClientRect(), pad = RADIUS * 2;
    const [x, y] = [
      (event.clientX - box.left - pad) / (box.width - 2 * pad),
      (event.clientY - box.top - pad) / (box.height - 2 * pad)];
    const z = studio.state.layout === 'grid'
      ? await studio.at(Math.min(Math.max(x, 0), 1), Math.min(Math.max(y, 0), 1))
      : studio.onPlane(2 * x - 1, 2 * y - 1);
    const fields = await studio.decode(z);
    keep('Between', fields);
    studio.preview(studio.notes(fields));
  }

  canvas.onpointermove = (event) => {
    if (event.pointerType === 'touch') return;
    const i = nearest(event);
    if (i === pointed) return;
    point(i, false);
    if (i >= 0 && get('hover').checked) {
      timer = setTimeout(() => studio.preview(points[i].notes || []), 120);
    }
  };
  canvas.onpointerleave = () => {
    clearTimeout(timer);
    point(-1, false);
  };
  canvas.onclick = (event) => {
    const i = nearest(event);
    if (i < 0) {
      between(event);
    } else if (points[i].fields) {
      point(i, true);
      keep(points[i].name, points[i].fields);
    }
  };
  canvas.onkeydown = (event) => {
    const way = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1],
      ArrowDown: [0, 1]}[event.key];
    if (event.ctrlKey || event.metaKey) return;
    if (way) point(neighbour(way), false);
    else if (event.key === 'Enter' && pointed >= 0) point(pointed, true);
    else if (event.key.toLowerCase() === 'k' && pointed >= 0 &&
      points[pointed].fields) keep(points[pointed].name, points[pointed].fields);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  /** The nearest point in a direction; sideways counts twice. */
  function neighbour([dx, dy]) {
    if (pointed < 0) return 0;
    const from = points[pointed];
    let best = pointed, least = Infinity;
    points.forEach(({x, y}, i) => {
      const along = (x - from.x) * dx + (y - from.y) * dy;
      const aside = Math.abs((x - from.x) * dy) + Math.abs((y - from.y) * dx);
      if (along > 1e-4 && along + 2 * aside < least) {
        [best, least] = [i, along + 2 * aside];
      }
    });
    return best;
  }

  // --- Kept loops.

  function keep(name, fields) {
    const kept = [...studio.state.kept, {n: name, p: studio.packed(fields)}];
    if (kept.length > 24) {
      studio.say('24 loops are kept: remove one first.');
      return;
    }
    studio.change({kept});
    studio.say(`Kept: ${name}.`);
  }

  /** A MIDI file as a loop, such as drums or a bass from another page. */
  async function open(file) {
    try {
      const bar = studio.barQuarters, {quarters, steps} = studio.music;
      const found = zooMidi.read(new Uint8Array(await file.arrayBuffer()));
      const begin = Math.floor(found[0].start / bar + 1e-6) * bar;
      const rows = found.map((note) => [
        Math.round((note.start - begin) / quarters),
        Math.min(Math.round((note.end - begin) / quarters), steps),
        note.pitch, note.velocity, note.drum ? 1 : 0])
        .filter(([start]) => start < steps).slice(0, 400)
        .map(([start, end, ...rest]) => [start, Math.max(end, start + 1), ...rest]);
      studio.change({kept: [...studio.state.kept,
        {n: file.name.slice(0, 24), m: rows}].slice(-24)});
    } catch (error) {
      studio.say(`${file.name}: ${error.message}`);
    }
  }
  get('loop-file').onchange = () => {
    const [file] = get('loop-file').files;
    if (file) open(file);
    get('loop-file').value = '';
  };
  addEventListener('drop', (event) => {
    const file = event.dataTransfer.files[0];
    if (file && studio.state.view === 'loops' && studio.streams.length) open(file);
  });

  const notesOf = (one) => one.p ? studio.notes(studio.unpacked(one.p))
    : one.m.map(([start, end, pitch, velocity, drum]) => ({start, end, pitch,
      velocity, program: 0, drum: Boolean(drum), part: drum ? 2 : 0}));

  function showKept() {
    const {kept} = studio.state;
    get('none').hidden = kept.length > 0;
    if (chosen >= kept.length) chosen = -1;
    get('kept').replaceChildren(...kept.map((one, i) => {
      const small = element('canvas'), name = `${i + 1}. ${one.n}`;
      const music = studio.streams.length > 0;
      const button = (text, act) => element('button', {type: 'button',
        textContent: text, onclick: act, 'aria-label': `${text}: ${name}`});
      const choose = button('Choose', () => {
        chosen = chosen === i ? -1 : i;
        showKept();
      });
      choose.setAttribute('aria-pressed', chosen === i);
      const box = element('li', {}, element('p', {textContent: name}), small,
        element('div', {className: 'row'}, ...(music ? [choose,
          button('Hear', () => studio.preview(notesOf(one)))] : []),
        button('Remove', () => remove(i))));
      requestAnimationFrame(() => one.p
        ? studio.mini(small, studio.unpacked(one.p), name)
        : zooStudio.mini(small, notesOf(one), studio.music, name));
      return box;
    }));
  }

  function remove(i) {
    const {kept, placed} = studio.state;
    studio.change({kept: kept.filter((_, n) => n !== i),
      placed: placed.map((row) => row.map((n) =>
        n === i + 1 ? 0 : n > i + 1 ? n - 1 : n))});
  }

  // --- The timeline: `placed` [track][slot] is the number of a kept loop.

  const used = () => Math.max(0, ...studio.state.placed.map((row) =>
    row.reduce((last, n, i) => n ? i + 1 : last, 0)));

  function showTimeline() {
    const head = element('tr', {}, element('td'),
      ...Array.from({length: SLOTS}, (_, i) => element('th',
        {scope: 'col', textContent: i + 1})));
    get('timeline').replaceChildren(element('thead', {}, head),
      element('tbody', {}, ...TRACKS.map((name, track) => element('tr', {},
        element('th', {scope: 'row', textContent: name}),
        ...studio.state.placed[track].map((n, slot) => {
          const one = studio.state.kept[n - 1];
          return element('td', {}, element('button', {type: 'button',
            className: one ? 'full' : '', textContent: one ? n : '·',
            'aria-label': `${name}, place ${slot + 1}: ` +
              (one ? `${n}. ${one.n}` : 'empty'),
            onclick: () => put(track, slot)}));
        })))));
  }

  function put(track, slot) {
    const placed = studio.state.placed.map((row) => [...row]);
    if (placed[track][slot]) placed[track][slot] = 0;
    else if (chosen >= 0) placed[track][slot] = chosen + 1;
    else {
      studio.say('Choose a kept loop first.');
      return;
    }
    studio.change({placed});
    get('timeline').rows[track + 1].cells[slot + 1].firstChild.focus();
  }

  /** The notes of a loop that a track plays. */
  function ofTrack(found, track) {
    const own = found.filter((note) => note.drum === (track === 2));
    const {root, scale} = studio.state;
    return zooPatterns.quantised(own.map((note) => {
      if (track !== 1) return {...note, part: track};
      return {...note, part: track, program: BASS[1],
        pitch: BASS[0] + (note.pitch - BASS[0] % 12 + 120) % 24};
    }), root, scale);
  }

  /** Notes of a bar, in quarters from its start, as played and saved. */
  function bar(number) {
    const slots = used();
    if (!slots) return [];
    const slot = Math.floor(number / studio.bars) % slots;
    return studio.timed(TRACKS.flatMap((_, track) => {
      const one = studio.state.kept[studio.state.placed[track][slot] - 1];
      return one ? ofTrack(studio.bar(notesOf(one), number), track) : [];
    }));
  }

  const total = () => used() * studio.bars;

  const all = () => Array.from({length: total()}, (_, n) =>
    bar(n).map((note) => ({...note, start: note.start + n * studio.barQuarters,
      end: note.end + n * studio.barQuarters}))).flat();

  function onplace(at) {
    const slot = at === null || !used() ? -1
      : Math.floor(at / studio.bars) % used();
    if (slot === onplace.last) return;
    onplace.last = slot;
    for (const row of get('timeline').rows) {
      [...row.cells].forEach((cell, i) =>
        cell.classList.toggle('now', i === slot + 1 && i > 0));
    }
  }

  // --- Buttons.

  get('colour').append(...Object.keys(zooPatterns.MEASURES).map((name) =>
    element('option', {value: name, textContent: name})));
  get('colour').onchange = draw;
  get('layout').onchange = () => studio.change({layout: get('layout').value});
  get('root').append(...ROOTS.map((name, i) =>
    element('option', {value: i, textContent: name})));
  get('scale').append(...Object.keys(zooPatterns.SCALES).map((name) =>
    element('option', {value: name, textContent: name})));
  get('root').onchange = () => studio.change({root: Number(get('root').value)});
  get('scale').onchange = () => studio.change({scale: get('scale').value});
  get('loops-midi').onclick = () => studio.saveMidi('loops.mid', all());
  get('empty').onclick = () => studio.change({
    placed: studio.state.placed.map((row) => row.map(() => 0))});

  function render(state, before) {
    const changed = (name) => !before || state[name] !== before[name];
    const shown = state.view === 'loops' && (!before || before.view !== 'loops');
    const grid = state.layout === 'grid' && ['corners', 'near', 'seed', 'amounts']
      .some(changed);
    if (state.view === 'loops' && (shown || changed('layout') || grid)) lay();
    get('layout').value = state.layout;
    get('root').value = state.root;
    get('scale').value = state.scale;
    if (changed('kept') || shown) showKept();
    if (changed('kept') || changed('placed')) showTimeline();
    get('loops-midi').disabled = get('empty').disabled = !used();
  }

  return {all, bar, onplace, render, resized: draw, total};
}
