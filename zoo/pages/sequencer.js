'use strict';

/** The step sequencer: `zooSequencer(studio)(fields, done)` edits a pattern of
 * one stream in a dialog, and calls `done(fields)` with the edited one. */
function zooSequencer(studio) {
  const get = (id) => document.getElementById(id);
  const dialog = get('editor'), canvas = get('cells');
  const GUTTER = 84, ROW = 22;
  const nameOf = (stream, pitch) => stream.kind === 'drums'
    ? zooSounds.drumName(pitch) : zooRoll.pitchName(pitch);
  let fields = null, stream = null, lanes = [], step = 0, lane = 0, finish = null;

  const notes = () => studio.notes(fields);
  const width = () => Math.max(18, Math.min(28,
    (Math.min(window.innerWidth * 0.96, 1120) - GUTTER - 60) /
      studio.music.steps));

  function draw() {
    const cell = width(), dense = window.devicePixelRatio || 1;
    const {steps, beat, bar} = studio.music, style = getComputedStyle(canvas);
    const colour = (name) => style.getPropertyValue(name);
    const wide = GUTTER + steps * cell, high = lanes.length * ROW + 1;
    canvas.width = wide * dense;
    canvas.height = high * dense;
    canvas.style.width = `${wide}px`;
    canvas.style.height = `${high}px`;
    const pen = canvas.getContext('2d');
    pen.scale(dense, dense);
    pen.font = '12px system-ui, sans-serif';
    const found = notes();
    lanes.forEach(({pitch}, n) => {
      pen.fillStyle = colour('--faded');
      pen.fillText(nameOf(stream, pitch), 2, n * ROW + 15);
      for (let i = 0; i < steps; i++) {
        pen.fillStyle = colour(Math.floor(i / beat) % 2 ? '--key' : '--panel');
        pen.fillRect(GUTTER + i * cell, n * ROW + 1, cell - 1, ROW - 2);
      }
    });
    for (let i = 0; i < steps; i += bar || steps) {
      pen.fillStyle = colour('--bar');
      pen.fillRect(GUTTER + i * cell - 1, 0, 1, high);
    }
    pen.fillStyle = colour('--blue');
    for (const note of found) {
      const n = lanes.findIndex(({pitch}) => pitch === note.pitch);
      if (n < 0 || note.drum !== (stream.kind === 'drums')) continue;
      pen.fillRect(GUTTER + note.start * cell, n * ROW + 2,
        (note.end - note.start) * cell - 2, ROW - 4);
    }
    pen.strokeStyle = colour('--orange');
    pen.lineWidth = 2;
    pen.strokeRect(GUTTER + step * cell, lane * ROW + 1, cell - 1, ROW - 2);
  }

  function say() {
    const on = notes().some((note) => note.start === step &&
      note.pitch === lanes[lane].pitch);
    get('cell').textContent = `${nameOf(stream, lanes[lane].pitch)}, step ` +
      `${step + 1}: ${on ? 'a note' : 'none'}.`;
  }

  function toggle() {
    fields = {...fields, [stream.field]: zooPatterns.toggled(
      stream, fields[stream.field], step, lanes[lane].value)};
    draw();
    say();
  }

  canvas.onpointerdown = (event) => {
    const {left, top} = canvas.getBoundingClientRect();
    const at = Math.floor((event.clientX - left - GUTTER) / width());
    const row = Math.floor((event.clientY - top) / ROW);
    if (at < 0 || at >= studio.music.steps || !lanes[row]) return;
    step = at;
    lane = row;
    toggle();
  };
  canvas.onkeydown = (event) => {
    const moves = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1],
      ArrowDown: [0, 1]}[event.key];
    if (moves) {
      step = Math.min(Math.max(step + moves[0], 0), studio.music.steps - 1);
      lane = Math.min(Math.max(lane + moves[1], 0), lanes.length - 1);
      draw();
      say();
    } else if (event.key === ' ') {
      toggle();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  get('editor-done').onclick = () => {
    dialog.close();
    finish(fields);
  };
  get('editor-cancel').onclick = () => dialog.close();
  get('editor-hear').onclick = () => studio.preview(notes());
  get('editor-empty').onclick = () => {
    fields = zooPatterns.empty(studio.fields);
    draw();
  };
  dialog.onclose = () => studio.quiet();

  return (given, done) => {
    fields = given;
    finish = done;
    stream = studio.streams.find(({kind}) => kind !== 'roll');
    lanes = zooPatterns.lanes(stream, given[stream.field]);
    step = 0;
    lane = Math.floor(lanes.length / 2);
    dialog.showModal();
    draw();
    canvas.focus();
  };
}
