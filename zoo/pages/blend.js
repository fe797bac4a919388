'use strict';

/** Blend: four corners, and a puck that you drag or that follows a path. */
function zooBlend(studio) {
  const get = (id) => document.getElementById(id);
  const element = zooControls.element;
  const edit = zooSequencer(studio);
  const pad = get('pad'), puck = get('puck'), lines = get('lines');
  const NAMES = ['top left', 'top right', 'bottom left', 'bottom right'];
  const CLOSE = 0.012;  // The least distance of points of a path.
  let current = null;  // Notes at the puck, in steps.
  let stops = [];  // Notes at each bar of the path.
  let asked = 0, drawn = [];
  const corners = [...document.querySelectorAll('[data-corner]')].map(corner);

  // --- Corners.

  function corner(box, n) {
    const canvas = element('canvas'), name = element('p');
    const button = (text, act, label = text) => element('button', {type: 'button',
      textContent: text, onclick: act, 'aria-label': `${label}: ${NAMES[n]}`});
    const lock = button('Lock', () => {
      const locked = [...studio.state.locked];
      locked[n] = 1 - locked[n];
      studio.change({locked});
    });
    const file = element('input', {type: 'file', accept: '.mid,.midi',
      className: 'hidden', 'aria-label': `Open a MIDI file: ${NAMES[n]}`});
    file.onchange = () => {
      if (file.files[0]) open(file.files[0], n);
      file.value = '';
    };
    const changing = [
      button('Other', () => set(n, {e: random(studio.count)}),
        'Another example'),
      button('Sample', () => set(n, {s: random(2 ** 31 - 1)}),
        'A sample of the model'),
    ];
    if (studio.streams.some(({kind}) => kind !== 'roll')) {
      changing.push(button('Edit', async () => edit(
        await studio.fieldsOf(studio.state.corners[n]),
        (fields) => set(n, {p: studio.packed(fields)}))));
    }
    if (studio.streams.length) {
      changing.push(element('label', {className: 'file', textContent: 'MIDI'},
        file));
    }
    const hear = studio.streams.length ? [button('Hear', async () =>
      studio.preview(studio.notes(
        await studio.fieldsOf(studio.state.corners[n]))))] : [];
    box.replaceChildren(name, canvas,
      element('div', {className: 'buttons'}, ...hear, ...changing, lock));
    box.ondragover = (event) => {
      event.preventDefault();
      box.classList.add('over');
    };
    box.ondragleave = () => box.classList.remove('over');
    box.ondrop = (event) => {
      event.preventDefault();
      event.stopPropagation();
      box.classList.remove('over');
      if (event.dataTransfer.files[0]) open(event.dataTransfer.files[0], n);
    };
    return {box, canvas, name, lock, changing};
  }

  const random = (most) => Math.floor(Math.random() * most);

  function set(n, value) {
    if (studio.state.locked[n]) {
      studio.say(`The corner ${NAMES[n]} is locked.`);
      return;
    }
    const next = [...studio.state.corners];
    next[n] = value;
    studio.change({corners: next});
  }

  /** A MIDI file as the pattern of a corner. */
  async function open(file, n) {
    try {
      const found = zooMidi.read(new Uint8Array(await file.arrayBuffer()));
      const fields = zooPatterns.fromNotes(studio.streams, studio.fields,
        studio.music, found);
      if (!fields) throw new Error('This model knows no note of this file.');
      set(n, {p: studio.packed(fields)});
      studio.say(`${file.name} is now the corner ${NAMES[n]}.`);
    } catch (error) {
      studio.say(`${file.name}: ${error.message}`);
    }
  }

  async function showCorner(n) {
    const {corners: all, locked} = studio.state, {canvas, name, lock, changing} =
      corners[n];
    lock.setAttribute('aria-pressed', Boolean(locked[n]));
    for (const one of changing) one.disabled = Boolean(locked[n]);
    const own = all[n];
    const kind = own.e !== undefined ? `Example ${own.e + 1}`
      : own.s !== undefined ? 'Sample' : 'Your own';
    name.textContent = kind;
    const fields = await studio.fieldsOf(own);
    if (studio.state.corners[n] === own) {
      studio.mini(canvas, fields, `${kind}, ${NAMES[n]}`);
    }
  }

  // --- The square.

  function place(event) {
    const {left, top, width, height} = pad.getBoundingClientRect();
    return [(event.clientX - left) / width, (event.clientY - top) / height]
      .map((x) => Math.min(Math.max(x, 0), 1));
  }

  pad.onpointerdown = (event) => {
    pad.setPointerCapture(event.pointerId);
    if (studio.state.follow) drawn = [place(event)];
    else studio.change({puck: place(event)}, 'puck');
  };
  pad.onpointermove = (event) => {
    if (!pad.hasPointerCapture(event.pointerId)) return;
    const at = place(event);
    if (!studio.state.follow) {
      studio.change({puck: at}, 'puck');
      return;
    }
    const last = drawn[drawn.length - 1];
    if (last && Math.hypot(at[0] - last[0], at[1] - last[1]) > CLOSE) {
      drawn.push(at);
      drawLines(drawn);
    }
  };
  pad.onpointerup = pad.onpointercancel = () => {
    if (drawn.length > 1) studio.change({path: thinned(drawn)});
    drawn = [];
  };
  pad.onkeydown = (event) => {
    const {puck: [x, y], path, follow} = studio.state;
    if (event.key === 'Enter' && follow) {
      event.preventDefault();
      studio.change({path: thinned([...path, [x, y]])});
      return;
    }
    const moves = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1],
      ArrowDown: [0, 1]}[event.key];
    if (!moves || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const next = [x + moves[0] / 20, y + moves[1] / 20]
      .map((one) => Math.min(Math.max(one, 0), 1));
    studio.change({puck: next}, 'puck');
  };

  /** At most 48 points of three digits, to keep the address short. */
  function thinned(points) {
    const step = Math.max(1, Math.ceil(points.length / 47));
    const kept = points.filter((_, i) => i % step === 0);
    const last = points[points.length - 1];
    if (kept[kept.length - 1] !== last) kept.push(last);
    return kept.map((point) => point.map((x) => Math.round(x * 1000) / 1000));
  }

  function drawLines(points) {
    const {width, height} = pad.getBoundingClientRect();
    const dense = window.devicePixelRatio || 1;
    lines.width = width * dense;
    lines.height = height * dense;
    const pen = lines.getContext('2d');
    pen.scale(dense, dense);
    if (!points.length) return;
    pen.strokeStyle = getComputedStyle(pad).getPropertyValue('--ink');
    pen.lineWidth = 4;
    pen.lineJoin = pen.lineCap = 'round';
    pen.beginPath();
    points.forEach(([x, y], i) => pen[i ? 'lineTo' : 'moveTo'](
      x * width, y * height));
    pen.stroke();
  }

  function movePuck([x, y]) {
    const {width, height} = pad.getBoundingClientRect();
    puck.style.transform = `translate(${x * width}px, ${y * height}px)`;
  }

  // --- The notes that are played.

  const following = () =>
    Boolean(studio.state.follow && studio.state.path.length > 1);
  const stop = (n) => zooCodes.along(studio.state.path,
    n / Math.max(studio.state.bars - 1, 1));

  /** The number of bars before everything repeats. */
  const total = () => following() ? studio.state.bars : studio.bars;

  /** Notes of a bar, in quarters from its start, as played and saved. */
  function bar(number) {
    const found = following() ? stops[number % studio.state.bars] : current;
    return studio.timed(studio.bar(found || [], number, following()));
  }

  /** All bars one after another, in quarters. */
  function all() {
    return Array.from({length: total()}, (_, n) => bar(n).map((note) => ({
      ...note, start: note.start + n * studio.barQuarters,
      end: note.end + n * studio.barQuarters}))).flat();
  }

  /** Decodes the points of the state; only the last of many calls counts. */
  async function decode() {
    const mine = ++asked;
    await null;  // Changes within one frame are decoded together.
    if (mine !== asked) return;
    try {
      const found = [];
      const points = following()
        ? Array.from({length: studio.state.bars}, (_, n) => stop(n))
        : [studio.state.puck];
      for (const [x, y] of points) {
        const fields = await studio.decode(await studio.at(x, y));
        if (mine !== asked) return;
        found.push(studio.notes(fields));
        found[found.length - 1].fields = fields;
        if (!following()) current = found[0];
      }
      if (following()) stops = found;
      show();
      studio.say(studio.ready || '');
    } catch (error) {
      studio.say(`The model failed: ${error.message}`);
    }
  }

  let laid = null;

  function show() {
    const canvas = get('shown');
    if (studio.picture) {
      showPictures(canvas);
      return;
    }
    const found = all();
    const piece = studio.piece(found, total() * studio.barQuarters);
    laid = zooRoll.draw(canvas, piece, canvas.closest('.scroller').clientWidth);
    canvas.setAttribute('aria-label', zooRoll.describe(piece));
  }

  /** The picture at the puck, or those along its path. */
  function showPictures(canvas) {
    const found = following() ? stops : [current];
    const width = canvas.closest('.scroller').clientWidth;
    zooPictures.draw(canvas, studio.picture,
      found.map(({fields}) => fields[studio.picture.field]),
      {width, height: following() ? 96 : 224}, following()
        ? `${found.length} pictures along the path` : 'The picture at the puck');
  }

  /** Moves the cursor, and the puck on its path, while music plays. */
  function onplace(at) {
    const cursor = get('cursor');
    cursor.hidden = at === null;
    if (at === null || !laid) {
      movePuck(studio.state.puck);
      return;
    }
    const seconds = at % total() * studio.barQuarters * 60 / studio.state.tempo;
    cursor.style.transform = `translateX(${laid.x(seconds)}px)`;
    if (following()) movePuck(stop(Math.floor(at) % studio.state.bars));
  }

  // --- Presets: sets of four corners.

  const PRESETS = {
    'Far apart': () => studio.extremes().map((e) => ({e})),
    'Neighbors': () => {
      const places = studio.places(), middle = random(studio.count);
      const away = (i) => Math.hypot(places[i][0] - places[middle][0],
        places[i][1] - places[middle][1]);
      return places.map((_, i) => i).sort((a, b) => away(a) - away(b))
        .slice(0, 4).map((e) => ({e}));
    },
    'Four examples': () => [0, 1, 2, 3].map(() => ({e: random(studio.count)})),
    'Four samples': () => [0, 1, 2, 3].map(() => ({s: random(2 ** 31 - 1)})),
    'Busy and sparse': () => {
      const count = studio.codes.map((_, i) => studio.notes(studio.example(i))
        .length);
      const order = count.map((_, i) => i).sort((a, b) => count[a] - count[b]);
      const last = order.length - 1;
      return [order[0], order[last], order[Math.min(1, last)],
        order[Math.max(last - 1, 0)]].map((e) => ({e}));
    },
  };
  if (!studio.streams.length) delete PRESETS['Busy and sparse'];
  const preset = get('preset');
  preset.append(element('option', {value: '', textContent: 'choose'}),
    ...Object.keys(PRESETS).map((name) => element('option',
      {value: name, textContent: name})));
  preset.onchange = () => {
    if (!PRESETS[preset.value]) return;
    const next = PRESETS[preset.value]();
    studio.change({puck: [0.5, 0.5], corners: studio.state.corners.map(
      (own, n) => studio.state.locked[n] ? own : next[n])});
    preset.value = '';
  };

  // --- Buttons and sliders.

  for (const [id, axis] of [['x', 0], ['y', 1]]) {
    get(id).oninput = () => {
      const next = [...studio.state.puck];
      next[axis] = Number(get(id).value);
      studio.change({puck: next}, 'puck');
    };
  }
  get('drag').onchange = () => studio.change({follow: 0});
  get('path').onchange = () => studio.change({follow: 1});
  get('clear').onclick = () => studio.change({path: []});
  get('bars').oninput = () =>
    studio.change({bars: Number(get('bars').value)}, 'bars');
  get('near').oninput = () =>
    studio.change({near: Number(get('near').value)}, 'near');
  get('again').onclick = () => studio.change({seed: random(2 ** 31 - 1),
    near: Math.min(studio.state.near, 0.8)});
  get('midi').onclick = () => studio.saveMidi('blend.mid', all());
  const melodic = studio.streams.length === 1 && studio.streams[0].kind === 'line';
  get('xml').hidden = !melodic;
  get('xml').onclick = () => {
    const found = Array.from({length: total()}, (_, n) =>
      studio.bar((following() ? stops[n] : current) || [], n, following())
        .map((note) => ({...note, start: note.start + n * studio.music.bar,
          end: note.end + n * studio.music.bar}))).flat();
    studio.save('blend.musicxml', zooMusicXml(found, {...studio.music,
      steps: total() * studio.music.bar, tempo: studio.state.tempo,
      title: studio.data.origin.experiment}), 'application/xml');
  };
  get('keep').onclick = () => {
    if (!current || !current.fields) return;
    studio.change({kept: [...studio.state.kept,
      {n: `Blend ${studio.state.kept.length + 1}`,
        p: studio.packed(current.fields)}].slice(-24)});
    studio.say('Kept: find it under Loops.');
  };
  addEventListener('dragover', (event) => event.preventDefault());
  addEventListener('drop', (event) => {
    event.preventDefault();
    const free = studio.state.locked.indexOf(0);
    if (event.dataTransfer.files[0] && studio.state.view === 'blend') {
      open(event.dataTransfer.files[0], Math.max(free, 0));
    }
  });

  const DECODED = ['corners', 'puck', 'path', 'follow', 'bars', 'near', 'seed',
    'amounts'];

  function render(state, before) {
    const changed = (name) => !before || state[name] !== before[name];
    if (changed('corners') || changed('locked')) {
      for (let n = 0; n < 4; n++) showCorner(n);
    }
    get('x').value = state.puck[0];
    get('y').value = state.puck[1];
    get('drag').checked = !state.follow;
    get('path').checked = Boolean(state.follow);
    get('clear').disabled = !state.path.length;
    get('bars').value = get('bars-is').textContent = state.bars;
    get('near').value = state.near;
    get('near-is').textContent = `${Math.round(state.near * 100)} %`;
    get('again').disabled = false;
    if (changed('puck')) movePuck(state.puck);
    if (changed('path') || changed('follow')) {
      drawLines(state.follow ? state.path : []);
    }
    if (DECODED.some(changed)) decode();
    else if (changed('tempo') || changed('swing')) show();
  }

  return {all, bar, onplace, render, total,
    resized() {
      movePuck(studio.state.puck);
      drawLines(studio.state.follow ? studio.state.path : []);
      for (let n = 0; n < 4; n++) showCorner(n);
      if (current || stops.length) show();
    },
    get current() { return current; }};
}
