'use strict';

/**
 * Patterns on a grid of steps, {field: whole numbers}, and their notes. A stream
 * defines how one field is read; see zoo/pages/latent_page.py. A note is
 * {start, end} in steps, pitch, velocity, program, drum, part.
 */
const zooPatterns = (() => {
  const HOLD = 0, OFF = 1;
  const LOUD = 100;
  const SCALES = {
    'as played': null,
    'major': [0, 2, 4, 5, 7, 9, 11], 'minor': [0, 2, 3, 5, 7, 8, 10],
    'major pentatonic': [0, 2, 4, 7, 9], 'minor pentatonic': [0, 3, 5, 7, 10],
    'dorian': [0, 2, 3, 5, 7, 9, 10], 'blues': [0, 3, 5, 6, 7, 10],
  };

  function line({pitches, program = 0}, row, part) {
    const found = [];
    let last = null;
    for (let step = 0; step <= row.length; step++) {
      const event = step < row.length ? row[step] : OFF;
      if (event === HOLD) continue;
      if (last) last.end = step;
      last = null;
      if (event > OFF) {
        last = {start: step, end: step, pitch: pitches[event], velocity: LOUD,
          program, drum: false, part};
        found.push(last);
      }
    }
    return found;
  }

  function drums({kit}, row, part) {
    return row.flatMap((bits, step) => kit.flatMap(([pitch, velocity], drum) =>
      bits >> drum & 1 ? [{start: step, end: step + 1, pitch, velocity,
        program: 0, drum: true, part}] : []));
  }

  function roll({lowest}, row, part, steps) {
    const found = [], width = row.length / steps;
    for (let key = 0; key < width; key++) {
      let last = null;
      for (let step = 0; step < steps; step++) {
        if (!row[step * width + key]) last = null;
        else if (last) last.end = step + 1;
        else {
          last = {start: step, end: step + 1, pitch: lowest + key,
            velocity: 80, program: 0, drum: false, part};
          found.push(last);
        }
      }
    }
    return found;
  }

  const READ = {line, drums, roll};

  /** The notes of a pattern, in order. */
  function notes(streams, fields, steps) {
    return streams.flatMap((stream, part) =>
      READ[stream.kind](stream, [...fields[stream.field]], part, steps))
      .sort((a, b) => a.start - b.start || a.pitch - b.pitch);
  }

  /** Quarters on a swung grid: the second half of each beat is late. */
  function swung(quarters, swing) {
    const beat = Math.floor(quarters), rest = quarters - beat;
    return beat + (rest < 0.5 ? rest * (1 + swing)
      : (1 + swing) / 2 + (rest - 0.5) * (1 - swing));
  }

  /** Notes in quarters, swung. */
  function timed(found, quarters, swing) {
    return found.map((note) => ({...note,
      start: swung(note.start * quarters, swing),
      end: swung(note.end * quarters, swing)}));
  }

  /** The nearest pitch of a scale on `root` (0 is C); the lower one of two. */
  function toScale(pitch, root, name) {
    const scale = SCALES[name];
    if (!scale) return pitch;
    for (let away = 0; away < 12; away++) {
      for (const found of [pitch - away, pitch + away]) {
        if (scale.includes(((found - root) % 12 + 12) % 12)) return found;
      }
    }
    return pitch;
  }

  const quantised = (found, root, name) => found.map((note) =>
    note.drum ? note : {...note, pitch: toScale(note.pitch, root, name)});

  /** A silent pattern. */
  function empty(fields) {
    return Object.fromEntries(fields.map(([name, shape]) =>
      [name, new Array(shape.reduce((a, b) => a * b, 1)).fill(0)]));
  }

  // --- Edits: each returns a new pattern.

  /** The rows of an editor, from the top: [{pitch, value}] of a stream. */
  function lanes(stream, row) {
    if (stream.kind === 'drums') {
      return stream.kit.map(([pitch], drum) => ({pitch, value: drum})).reverse();
    }
    const used = stream.kind === 'line'
      ? row.filter((event) => event > OFF).map((event) => stream.pitches[event])
      : [];
    const middle = used.length
      ? Math.round((Math.min(...used) + Math.max(...used)) / 2) : 67;
    const reach = used.length
      ? Math.max(8, Math.ceil((Math.max(...used) - Math.min(...used)) / 2) + 3)
      : 10;
    return stream.pitches.map((pitch, value) => ({pitch, value}))
      .filter(({pitch}) => pitch >= middle - reach && pitch <= middle + reach &&
        pitch >= 0)
      .reverse();
  }

  /** Adds or removes a note at a step. */
  function toggled(stream, row, step, value) {
    const next = [...row];
    if (stream.kind === 'drums') next[step] ^= 1 << value;
    else if (next[step] === value) next[step] = step ? OFF : HOLD;
    else next[step] = value;
    if (stream.kind === 'line') tidy(next);
    return next;
  }

  /** Removes note-offs without an active note. */
  function tidy(row) {
    let active = false;
    row.forEach((event, step) => {
      if (event > OFF) active = true;
      else if (event === OFF) {
        if (!active) row[step] = HOLD;
        active = false;
      }
    });
  }

  /** The pattern of notes in quarters, from the first bar with a note on. */
  function fromNotes(streams, fields, music, found) {
    const bar = music.bar * music.quarters || 4;
    const made = empty(fields);
    let begin = Infinity;
    for (const note of found) begin = Math.min(begin, note.start);
    begin = Math.floor(begin / bar + 1e-6) * bar;
    let used = 0;
    for (const stream of streams) {
      const row = made[stream.field];
      const own = found.filter((note) => note.drum === (stream.kind === 'drums'))
        .map((note) => ({...note,
          step: Math.round((note.start - begin) / music.quarters),
          until: Math.round((note.end - begin) / music.quarters)}))
        .filter((note) => note.step >= 0 && note.step < music.steps)
        .sort((a, b) => a.step - b.step || a.pitch - b.pitch);
      used += own.length;
      for (const note of own) place(stream, row, note, music.steps);
      if (stream.kind === 'line') tidy(row);
    }
    return used ? made : null;
  }

  function place(stream, row, note, steps) {
    if (stream.kind === 'drums') {
      const drum = stream.kit.findIndex(([pitch]) =>
        zooPatterns.drumName(pitch) === zooPatterns.drumName(note.pitch));
      if (drum >= 0) row[note.step] |= 1 << drum;
    } else if (stream.kind === 'line') {
      const value = stream.pitches.indexOf(note.pitch);
      if (value <= OFF) return;
      row[note.step] = value;  // The highest of notes that begin together.
      for (let step = note.step + 1; step < steps; step++) row[step] = HOLD;
      if (note.until > note.step && note.until < steps) row[note.until] = OFF;
    } else {
      const width = row.length / steps, key = note.pitch - stream.lowest;
      if (key < 0 || key >= width) return;
      for (let step = note.step; step < Math.min(note.until, steps); step++) {
        row[step * width + key] = 1;
      }
    }
  }

  // --- Measures of a pattern, for colors: each is 0 or more.

  const MEASURES = {
    'notes': (found) => found.length,
    'mean pitch': (found) => mean(found.filter((n) => !n.drum)
      .map((n) => n.pitch)),
    'range': (found) => {
      const pitches = found.filter((n) => !n.drum).map((n) => n.pitch);
      return pitches.length ? Math.max(...pitches) - Math.min(...pitches) : 0;
    },
    'syncopation': (found, beat) =>
      mean(found.map((n) => n.start % beat ? 1 : 0)),
  };

  const mean = (numbers) => numbers.length
    ? numbers.reduce((a, b) => a + b, 0) / numbers.length : 0;

  const drumName = (pitch) => (typeof zooSounds === 'undefined'
    ? require('./sounds.js') : zooSounds).drumName(pitch);

  return {MEASURES, SCALES, drumName, empty, fromNotes, lanes, notes, quantised,
    swung, timed, toScale, toggled};
})();

if (typeof module !== 'undefined') module.exports = zooPatterns;
