'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const {test} = require('node:test');

const PAGES = path.join(__dirname, '..', '..', 'zoo', 'pages');
const sounds = require(path.join(PAGES, 'sounds.js'));
const player = require(path.join(PAGES, 'player.js'));
const roll = require(path.join(PAGES, 'roll.js'));
const curves = require(path.join(PAGES, 'curves.js'));

const piece = (rows, seconds, more = {}) =>
  ({notes: player.fromRows(rows), seconds, ...more});

test('columns that a row leaves out hold the usual values', () => {
  const [short, long] = player.fromRows(
    [[0, 1, 60], [1, 1.5, 36, 100, 12, 1, 3]]);
  assert.deepEqual(short, {start: 0, end: 1, pitch: 60, velocity: 80,
    program: 0, drum: false, part: 0});
  assert.deepEqual(long, {start: 1, end: 1.5, pitch: 36, velocity: 100,
    program: 12, drum: true, part: 3});
});

test('windows of any length schedule every note once, in time', () => {
  const rows = Array.from({length: 40}, (_, n) => [n / 7, n / 7 + 0.3, 60 + n]);
  const whole = piece(rows, 41 / 7);
  for (const step of [0.01, 0.04, 0.3, 1, 100]) {
    const found = [];
    for (let at = 0; at < 6; at += step) {
      for (const one of player.due(whole, at, at + step)) {
        assert.equal(one.at, one.note.start);
        assert.ok(Math.abs(one.length - 0.3) < 1e-9);
        found.push(one.note.pitch);
      }
    }
    assert.deepEqual(found, rows.map((row) => row[2]), `step ${step}`);
  }
});

test('a timer that comes late shortens held notes and skips strokes', () => {
  const whole = piece([
    [0, 0.2, 60], [0.1, 2, 61], [0.1, 0.2, 36, 80, 0, 1],
    [0.98, 1, 38, 80, 0, 1], [1, 2, 62],
  ], 2);
  // Scheduled until 0, and the next look is at 1 second.
  const found = player.due(whole, 0, 1.3, 1);
  assert.deepEqual(found.map(({note}) => note.pitch), [61, 38, 62]);
  assert.deepEqual(found.map(({at}) => at), [1, 1, 1]);
  assert.ok(Math.abs(found[0].length - 1) < 1e-9, 'ends at 2 as written');
});

test('a loop goes on counting, and no note is lost at its seam', () => {
  const whole = piece([[0, 1, 60], [1.5, 2, 61]], 2);
  const times = [];
  for (let at = 0; at < 8; at += 0.3) {
    const until = Math.min(at + 0.3, 8);
    times.push(...player.due(whole, at, until, at, true).map((one) => one.at));
  }
  assert.deepEqual(times, [0, 1.5, 2, 3.5, 4, 5.5, 6, 7.5]);
});

test('notes that are held where one seeks to sound from there on', () => {
  const whole = piece([[0, 4, 48], [0, 1, 60], [2, 3, 62],
    [0, 4, 36, 80, 0, 1]], 4);
  const found = player.held(whole, 2);
  assert.deepEqual(found.map(({note, at, length}) => [note.pitch, at, length]),
    [[48, 2, 2]]);
});

test('equal temperament: A4 is 440 Hz, an octave doubles', () => {
  assert.equal(sounds.frequency(69), 440);
  assert.equal(sounds.frequency(81), 880);
  assert.ok(Math.abs(sounds.frequency(60) - 261.6256) < 1e-3);
});

test('the General MIDI drums are played by the kit', () => {
  const known = {
    35: 'kick', 36: 'kick', 38: 'snare', 40: 'snare', 42: 'closed hi-hat',
    44: 'closed hi-hat', 46: 'open hi-hat', 41: 'low tom', 43: 'low tom',
    45: 'low tom', 47: 'mid tom', 48: 'mid tom', 50: 'high tom', 49: 'crash',
    57: 'crash', 51: 'ride', 59: 'ride',
  };
  for (const [pitch, name] of Object.entries(known)) {
    assert.equal(sounds.drumName(Number(pitch)), name);
  }
  for (let pitch = 0; pitch < 128; pitch++) {
    assert.ok(sounds.LANES.includes(sounds.drumName(pitch)));
  }
  assert.equal(sounds.LANES.length, 9);
});

test('every program has a sound of its family', () => {
  assert.equal(sounds.family(0), 'piano');
  assert.equal(sounds.family(19), 'organ');
  assert.equal(sounds.family(33), 'bass');
  assert.equal(sounds.family(48), 'strings');
  assert.equal(sounds.family(56), 'brass');
  assert.equal(sounds.family(73), 'flute');
  for (let program = 0; program < 128; program++) {
    assert.equal(typeof sounds.family(program), 'string');
  }
});

test('a roll is described in words', () => {
  const melody = piece([[0, 1, 60], [1, 2, 67]], 2, {bars: [0]});
  assert.equal(roll.describe(melody),
    'Piano roll: 2 notes from C4 to G4; 2.0 seconds');
  const band = piece([[0, 1, 36, 80, 0, 1], [0, 2, 48, 80, 0, 0, 1],
    [0, 2, 64, 80, 0, 0, 2]], 2, {bars: [0, 1], chords: [[0, 'C/E']]});
  assert.equal(roll.describe(band), 'Piano roll: 2 notes from C3 to E4 in 2 ' +
    'parts; 1 drum stroke (kick); chords C/E; 2 bars, 2.0 seconds');
  assert.equal(roll.describe(piece([], 0)), 'Piano roll without notes');
});

test('every note stands inside the roll, at any width', () => {
  const whole = piece([[0, 1, 21], [1, 2, 108], [2, 3, 49, 80, 0, 1],
    [3, 4, 36, 80, 0, 1]], 4, {chords: [[0, 'C']]});
  for (const room of [320, 360, 1280, 2560]) {
    const place = roll.layout(whole, room);
    assert.equal(place.width, room);
    for (const note of whole.notes) {
      assert.ok(place.x(note.start) >= place.left);
      assert.ok(place.x(note.end) <= place.width);
      assert.ok(place.y(note) >= place.pitchesTop && place.y(note) < place.height);
    }
    assert.deepEqual(place.lanes, ['kick', 'crash']);
    assert.ok(Math.abs(place.seconds(place.x(1.7)) - 1.7) < 1e-9);
  }
  // An hour is not squeezed into a phone: it scrolls, within what is drawable.
  const long = roll.layout(piece([[0, 3600, 60]], 3600), 360);
  assert.ok(long.width > 6000 && long.width <= 7100);
});

test('a drum pattern has lanes and no pitches', () => {
  const place = roll.layout(piece([[0, 1, 36, 80, 0, 1]], 1), 360);
  assert.equal(place.row, 0);
  assert.deepEqual(place.lanes, ['kick']);
});

test('the nearest step of a curve', () => {
  const line = [[10, 1], [20, 2], [40, 3]];
  assert.deepEqual([0, 14, 16, 29, 31, 99].map(
    (step) => curves.nearest(line, step)), [0, 0, 1, 1, 2, 2]);
});
