'use strict';

/** Standard MIDI files: `write` converts notes in quarters to bytes, `read` back.
 * A note is {start, end, pitch, velocity, program, drum, part}. */
const zooMidi = (() => {
  const DIVISION = 480;  // Ticks per quarter.
  const LARGEST = 4e6, MOST = 20000;  // The most bytes and notes of a file.

  const ticks = (quarters) => Math.round(quarters * DIVISION);
  const word = (n, count) => Array.from({length: count},
    (_, i) => (n >>> 8 * (count - 1 - i)) & 255);
  const chunk = (name, bytes) => [...name].map((c) => c.charCodeAt(0))
    .concat(word(bytes.length, 4), bytes);

  function varying(n) {
    const found = [n & 127];
    while ((n >>>= 7)) found.unshift((n & 127) | 128);
    return found;
  }

  function meta(kind, bytes) {
    return [0xff, kind, ...varying(bytes.length), ...bytes];
  }

  /** Events [tick, bytes] as a track. */
  function track(events) {
    let last = 0;
    const bytes = [];
    for (const [tick, event] of events) {
      bytes.push(...varying(tick - last), ...event);
      last = tick;
    }
    return chunk('MTrk', [...bytes, 0, ...meta(0x2f, [])]);
  }

  /** Bytes of a format 1 file, with one track per part. */
  function write(notes, {tempo, metre = '4/4', text = ''}) {
    const [numerator, denominator] = metre.split('/').map(Number);
    const head = [
      [0, meta(1, [...text].map((c) => c.charCodeAt(0) & 127))],
      [0, meta(0x51, word(Math.round(6e7 / tempo), 3))],
      [0, meta(0x58, [numerator, Math.log2(denominator), 24, 8])],
    ];
    const parts = [...new Set(notes.map((note) => note.part))].sort((a, b) => a - b);
    let melodic = 0;
    const tracks = parts.map((part) => {
      const own = notes.filter((note) => note.part === part);
      const channel = own[0].drum ? 9 : melodic++ % 9;
      const events = own.flatMap((note) => [
        [ticks(note.start), 1, [0x90 | channel, note.pitch, note.velocity]],
        [Math.max(ticks(note.end), ticks(note.start) + 1), 0,
          [0x80 | channel, note.pitch, 64]],
      ]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);  // Note-offs come first.
      const program = own[0].drum ? []
        : [[0, [0xc0 | channel, own[0].program]]];
      return track([...program, ...events.map(([at, , bytes]) => [at, bytes])]);
    });
    const all = [track(head), ...tracks];
    return Uint8Array.from([...chunk('MThd',
      [0, 1, ...word(all.length, 2), ...word(DIVISION, 2)]), ...all.flat()]);
  }

  /** Notes of a file, in quarters; throws an Error for the user. */
  function read(bytes) {
    if (bytes.length > LARGEST) throw new Error('This file is too large.');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const name = (at) => String.fromCharCode(...bytes.subarray(at, at + 4));
    if (bytes.length < 14 || name(0) !== 'MThd') {
      throw new Error('This is not a MIDI file.');
    }
    const division = view.getUint16(12);
    if (!division || division & 0x8000) {
      throw new Error('This MIDI file measures time in seconds, not quarters.');
    }
    const notes = [];
    let at = 8 + view.getUint32(4);
    for (let part = 0; at + 8 <= bytes.length; part++) {
      const end = Math.min(at + 8 + view.getUint32(at + 4), bytes.length);
      if (name(at) === 'MTrk') events(bytes, at + 8, end, part, division, notes);
      at = end;
    }
    if (!notes.length) throw new Error('This MIDI file has no notes.');
    return notes.sort((a, b) => a.start - b.start || a.pitch - b.pitch);
  }

  function events(bytes, at, end, part, division, notes) {
    const open = new Map(), programs = new Array(16).fill(0);
    let tick = 0, status = 0;
    const varied = () => {
      let n = 0;
      for (let i = 0; i < 4 && at < end; i++) {
        n = (n << 7) | (bytes[at] & 127);
        if (!(bytes[at++] & 128)) break;
      }
      return n;
    };
    while (at < end && notes.length < MOST) {
      tick += varied();
      if (bytes[at] & 128) status = bytes[at++];
      if (status === 0xff) at++;
      if (status >= 0xf0) {
        at += varied();
        continue;
      }
      const kind = status >> 4, channel = status & 15;
      const first = bytes[at++] & 127;
      const second = kind === 12 || kind === 13 ? 0 : bytes[at++] & 127;
      if (kind === 12) programs[channel] = first;
      if (kind !== 8 && kind !== 9) continue;
      const key = channel * 128 + first, active = open.get(key);
      if (active) {
        active.end = tick / division;
        open.delete(key);
      }
      if (kind === 9 && second) {
        const note = {start: tick / division, end: tick / division, pitch: first,
          velocity: second, program: programs[channel], drum: channel === 9, part};
        open.set(key, note);
        notes.push(note);
      }
    }
    for (const note of open.values()) note.end = tick / division;
  }

  return {read, write};
})();

if (typeof module !== 'undefined') module.exports = zooMidi;
