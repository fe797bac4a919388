'use strict';

/**
 * Draws a piece as a piano roll on a canvas: pitched notes over black keys,
 * drums in named lanes, bar lines, chord symbols above. Needs sounds.js.
 *
 * A piece is as in player.js, and may have `bars`, the seconds at which bars
 * begin, and `chords`, [[seconds, text], ...].
 */
const zooRoll = (() => {
  const sounds = typeof module === 'undefined' ? zooSounds
    : require('./sounds.js');
  const NAMES = ['C', 'C♯', 'D', 'E♭', 'E', 'F', 'F♯', 'G', 'A♭', 'A', 'B♭', 'B'];
  const BLACK = [1, 3, 6, 8, 10];
  const PARTS = 6;  // Colors, used in turn: --part-0 to --part-5 of the style.
  const LANE = 15, TOP = 16, CHORDS = 16, GUTTER = 26, NAMED = 82;
  const OCTAVE = 12;  // The fewest rows of pitches.
  const DENSITY = 26;  // The fewest pixels per second: long pieces scroll.
  const WIDEST = 7000;  // The most pixels of a canvas that all browsers draw.

  const pitchName = (pitch) => NAMES[pitch % 12] + (Math.floor(pitch / 12) - 1);

  const plural = (count, what) => `${count} ${what}${count === 1 ? '' : 's'}`;

  /** A description of the piece, for screen readers. */
  function describe(piece) {
    if (!piece.notes.length) return 'Piano roll without notes';
    const pitched = piece.notes.filter((note) => !note.drum);
    const said = [];
    if (pitched.length) {
      const pitches = pitched.map((note) => note.pitch);
      const parts = new Set(pitched.map((note) => note.part)).size;
      said.push(`${plural(pitched.length, 'note')} from ` +
        `${pitchName(Math.min(...pitches))} to ${pitchName(Math.max(...pitches))}` +
        (parts > 1 ? ` in ${parts} parts` : ''));
    }
    const strokes = piece.notes.filter((note) => note.drum);
    if (strokes.length) {
      const used = new Set(strokes.map((note) => sounds.drumName(note.pitch)));
      const names = sounds.LANES.filter((name) => used.has(name));
      said.push(`${plural(strokes.length, 'drum stroke')} (${names.join(', ')})`);
    }
    if ((piece.chords || []).length) {
      const shown = piece.chords.slice(0, 12).map((chord) => chord[1]);
      said.push(`chords ${shown.join(' ')}` +
        (piece.chords.length > shown.length ? ' …' : ''));
    }
    const length = (piece.bars || []).length > 1
      ? `${plural(piece.bars.length, 'bar')}, ` : '';
    return `Piano roll: ${said.join('; ')}; ${length}` +
      `${piece.seconds.toFixed(1)} seconds`;
  }

  /**
   * The layout in pixels.
   *
   * Returns {width, height, left, x(seconds), y(note), row, low, high, lanes,
   * pitchesTop, pitchesBottom}; `width` is at least `room`.
   */
  function layout(piece, room) {
    const pitched = piece.notes.filter((note) => !note.drum);
    const used = new Set(piece.notes.filter((note) => note.drum)
      .map((note) => sounds.drumName(note.pitch)));
    const lanes = sounds.LANES.filter((name) => used.has(name));
    let low = 60, high = 60 + OCTAVE - 1, row = 0, rows = 0;
    if (pitched.length || !lanes.length) {
      const pitches = pitched.length ? pitched.map((note) => note.pitch) : [66];
      low = Math.min(...pitches) - 1;
      high = Math.max(...pitches) + 1;
      const short = Math.max(OCTAVE - (high - low + 1), 0);
      low -= Math.floor(short / 2);
      high += Math.ceil(short / 2);
      rows = high - low + 1;
      row = Math.min(Math.max(160 / rows, 3), 9);
    }
    const left = lanes.length ? NAMED : GUTTER;
    const needed = Math.min(piece.seconds * DENSITY, WIDEST) + left;
    const width = Math.max(room, Math.floor(needed));
    const pitchesTop = TOP + ((piece.chords || []).length ? CHORDS : 0);
    const pitchesBottom = pitchesTop + rows * row;
    const gap = rows && lanes.length ? 6 : 0;
    const lanesTop = pitchesBottom + gap;
    const height = Math.ceil(lanesTop + lanes.length * LANE + 2);
    const scale = (width - left - 2) / Math.max(piece.seconds, 0.1);
    return {
      width, height, left, low, high, row, lanes, pitchesTop, pitchesBottom,
      lanesTop,
      x: (seconds) => left + seconds * scale,
      y: (note) => (note.drum
        ? lanesTop + (lanes.length - 1 -
          lanes.indexOf(sounds.drumName(note.pitch))) * LANE
        : pitchesTop + (high - note.pitch) * row),
      seconds: (x) => Math.min(Math.max((x - left) / scale, 0), piece.seconds),
    };
  }

  function ground(pen, place, piece, colour) {
    const {left, width, low, high, row, pitchesTop, pitchesBottom} = place;
    pen.fillStyle = colour('--panel');
    pen.fillRect(left, pitchesTop, width - left, place.height - pitchesTop);
    pen.font = '10px system-ui, sans-serif';
    pen.textAlign = 'right';
    pen.textBaseline = 'middle';
    for (let pitch = low; row && pitch <= high; pitch++) {
      const y = pitchesTop + (high - pitch) * row;
      if (BLACK.includes(pitch % 12)) {
        pen.fillStyle = colour('--key');
        pen.fillRect(left, y, width - left, row);
      }
      if (pitch % 12 === 0) {
        pen.fillStyle = colour('--line');
        pen.fillRect(left, y + row - 0.5, width - left, 1);
        pen.fillStyle = colour('--faded');
        pen.fillText(pitchName(pitch), left - 4, y + row / 2);
      }
    }
    place.lanes.forEach((name, number) => {
      const y = place.lanesTop + (place.lanes.length - 1 - number) * LANE;
      if (number % 2) {
        pen.fillStyle = colour('--key');
        pen.fillRect(left, y, width - left, LANE);
      }
      pen.fillStyle = colour('--faded');
      pen.fillText(name, left - 5, y + LANE / 2);
    });
    if (row && place.lanes.length) {
      pen.fillStyle = colour('--paper');
      pen.fillRect(left, pitchesBottom, width - left, place.lanesTop - pitchesBottom);
    }
  }

  function bars(pen, place, piece, colour) {
    const starts = piece.bars || [];
    pen.textAlign = 'left';
    pen.textBaseline = 'alphabetic';
    let free = -Infinity;
    starts.forEach((start, number) => {
      const x = place.x(start);
      pen.fillStyle = colour('--bar');
      pen.fillRect(Math.round(x) - 0.5, place.pitchesTop, 1,
        place.height - place.pitchesTop);
      if (x < free) return;
      pen.fillStyle = colour('--faded');
      pen.fillText(number + 1, x + 2, TOP - 5);
      free = x + 34;
    });
    pen.font = '600 12px system-ui, sans-serif';
    free = -Infinity;
    for (const [start, text] of piece.chords || []) {
      const x = place.x(start);
      if (x < free) continue;
      pen.fillStyle = colour('--ink');
      pen.fillText(text, x + 2, place.pitchesTop - 5);
      free = x + pen.measureText(text).width + 6;
    }
  }

  function notes(pen, place, piece, colour) {
    const parts = [...new Set(piece.notes.filter((note) => !note.drum)
      .map((note) => note.part))].sort((a, b) => a - b);
    for (const note of piece.notes) {
      const x = place.x(note.start), y = place.y(note);
      // Loud notes are solid, soft ones lighter.
      pen.globalAlpha = 0.45 + 0.55 * Math.min(note.velocity / 80, 1);
      if (note.drum) {
        pen.fillStyle = colour('--ink');
        pen.fillRect(x, y + 2.5, 5, LANE - 5);
      } else {
        const shade = parts.indexOf(note.part) % PARTS;
        const width = Math.max(place.x(note.end) - x - 1, 1.5);
        pen.fillStyle = colour(`--part-${shade}`);
        pen.fillRect(x, y + 0.5, width, place.row - 1);
      }
    }
    pen.globalAlpha = 1;
  }

  /** Draws a piece, at least `room` pixels wide; returns its layout. */
  function draw(canvas, piece, room) {
    const place = layout(piece, room);
    const dense = Math.min(window.devicePixelRatio || 1, 16000 / place.width);
    canvas.width = Math.round(place.width * dense);
    canvas.height = Math.round(place.height * dense);
    canvas.style.width = `${place.width}px`;
    canvas.style.height = `${place.height}px`;
    const style = getComputedStyle(canvas), pen = canvas.getContext('2d');
    const colour = (name) => style.getPropertyValue(name).trim();
    pen.setTransform(dense, 0, 0, dense, 0, 0);
    pen.clearRect(0, 0, place.width, place.height);
    ground(pen, place, piece, colour);
    bars(pen, place, piece, colour);
    notes(pen, place, piece, colour);
    return place;
  }

  return {describe, draw, layout, pitchName};
})();

if (typeof module !== 'undefined') module.exports = zooRoll;
