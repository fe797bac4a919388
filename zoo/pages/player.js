'use strict';

/**
 * Plays notes with the Web Audio API; needs sounds.js. It loads no samples and
 * uses no network.
 *
 * A piece is {notes, seconds}; a note is {start, end, pitch, velocity, program,
 * drum, part}, with times in seconds, pitch, velocity (1..127) and program as
 * in General MIDI. `notes` is sorted by start.
 *
 *   const player = new zooPlayer.Player(piece);
 *   player.play();  player.pause();  player.seek(2);  player.stop();
 *
 * Only one player plays at a time: starting one pauses the other.
 */
const zooPlayer = (() => {
  const {sound} = typeof module === 'undefined' ? zooSounds
    : require('./sounds.js');

  const AHEAD = 0.3;  // Seconds that notes are scheduled ahead.
  const HIDDEN = 2.5;  // The same in a hidden tab, where timers run once a second.
  const INTERVAL = 40;  // Milliseconds between rounds of scheduling.
  const LEAD = 0.08;  // Seconds from a click to the first note.
  const LATE = 0.04;  // Seconds that a drum stroke may be late.
  const TAIL = 0.4;  // Seconds that the last note may ring.
  const SLOW = 250;  // Milliseconds between positions with reduced motion.
  const VOLUME = 0.5;

  // --- Notes.

  const FIELDS = [
    ['start', 0], ['end', 0], ['pitch', 60], ['velocity', 80], ['program', 0],
    ['drum', 0], ['part', 0],
  ];

  /** Notes from rows [start, end, pitch, velocity, program, drum, part]; the
   * last columns may be omitted and default to 80, 0, 0, 0. */
  function fromRows(rows) {
    return rows.map((row) => {
      const note = {};
      FIELDS.forEach(([name, usual], place) => {
        note[name] = place < row.length ? row[place] : usual;
      });
      note.drum = Boolean(note.drum);
      return note;
    });
  }

  /**
   * The notes that start in [from, until) seconds, [{note, at, length}], with
   * `at` not before `now` (which may be after `from` if the timer was late).
   * Late notes that are still held start at once and end in time; late drum
   * strokes and notes that are over are left out. With `loop` the piece repeats,
   * and times keep increasing.
   */
  function due(piece, from, until, now = from, loop = false) {
    const found = [], round = piece.seconds;
    const first = loop && round > 0 ? Math.max(Math.floor(from / round), 0) : 0;
    const last = loop && round > 0 ? Math.floor(until / round) : 0;
    for (let turn = first; turn <= last; turn++) {
      for (const note of piece.notes) {
        const start = note.start + turn * round;
        if (start >= until) break;
        if (start < from) continue;
        const at = Math.max(start, now);
        const length = note.end - note.start - (at - start);
        if (note.drum ? at - start <= LATE : length > 0) {
          found.push({note, at, length});
        }
      }
    }
    return found;
  }

  /** Pitched notes that began before `position` and are still held there. */
  function held(piece, position) {
    return piece.notes
      .filter((note) => !note.drum && note.start < position && note.end > position)
      .map((note) => ({note, at: position, length: note.end - position}));
  }

  // --- Output: bus of a player -> limiter -> volume -> meter -> speakers.

  let out = null, volume = VOLUME, current = null;

  const loudness = (share) => share ** 2 * 1.6;  // Initially 0.4.

  /** {input, volume}: a limiter, and a gain that sets the volume, to
   * `destination`. */
  function outlet(context, destination) {
    const soft = context.createDynamicsCompressor();
    const master = context.createGain();
    soft.threshold.value = -18;
    soft.ratio.value = 12;
    soft.attack.value = 0.002;
    soft.release.value = 0.15;
    master.gain.value = loudness(volume);
    soft.connect(master).connect(destination);
    return {input: soft, volume: master};
  }

  function speakers() {
    if (!out) {
      const Context = window.AudioContext || window.webkitAudioContext;
      if (!Context) throw new Error('This browser has no Web Audio.');
      const context = new Context();
      const meter = context.createAnalyser();
      meter.connect(context.destination);
      out = {context, meter, ...outlet(context, meter)};
    }
    const waking = out.context.resume();
    if (waking) waking.catch(() => {});  // Refused before a click; stays silent.
    return out;
  }

  /** The current level: the root mean square of the last samples. */
  function level() {
    if (!out) return 0;
    const samples = new Float32Array(out.meter.fftSize);
    out.meter.getFloatTimeDomainData(samples);
    return Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
  }

  function setVolume(share) {
    volume = Math.min(Math.max(share, 0), 1);
    if (out) {
      out.volume.gain.setTargetAtTime(
        loudness(volume), out.context.currentTime, 0.02);
    }
  }

  /** Renders the whole piece offline: a promise of samples [n]. */
  function render(piece, rate = 22050) {
    const length = Math.ceil((piece.seconds + TAIL) * rate);
    const offline = new OfflineAudioContext(1, length, rate);
    const {input} = outlet(offline, offline.destination);
    for (const {note, at, length: lasts} of due(piece, 0, Infinity)) {
      sound(offline, input, note, at, lasts);
    }
    return offline.startRendering().then((buffer) => buffer.getChannelData(0));
  }

  const reduced = () =>
    window.matchMedia('(prefers-reduced-motion: reduce)').matches;

  /**
   * Plays one piece. `onchange(player)` is called when it starts, pauses,
   * stops or seeks, `onposition(seconds)` while it plays.
   */
  class Player {
    constructor(piece, {onchange, onposition, loop = false} = {}) {
      this.piece = piece;
      this.loop = loop;
      this.playing = false;
      this._onchange = onchange || (() => {});
      this._onposition = onposition || (() => {});
      this._position = 0;  // The position while it does not play.
    }

    /** Seconds from the start of the piece. */
    get position() {
      if (!this.playing) return this._position;
      const {context} = out;
      const behind = context.outputLatency || context.baseLatency || 0;
      const passed = Math.max(
        context.currentTime - this._origin - behind, this._position);
      return this.loop ? passed % this.piece.seconds
        : Math.min(passed, this.piece.seconds);
    }

    play() {
      if (this.playing || !this.piece.notes.length) return;
      if (current && current !== this) current.pause();
      current = this;
      const {context, input} = speakers();
      this._bus = context.createGain();
      this._bus.connect(input);
      // The time of the context at which the piece begins.
      this._origin = context.currentTime + LEAD - this._position;
      this._done = this._position;
      for (const {note, at, length} of held(this.piece, this._position)) {
        sound(context, this._bus, note, this._origin + at, length);
      }
      this.playing = true;
      this._schedule();
      this._follow();
      this._onchange(this);
    }

    pause() {
      if (!this.playing) return;
      this._position = this.position;
      this._silence();
      this._onchange(this);
    }

    /** Stops, and returns to the start. */
    stop() {
      this._silence();
      this._position = 0;
      this._onposition(0);
      this._onchange(this);
    }

    toggle() {
      if (this.playing) this.pause();
      else this.play();
    }

    /** Moves to a position; keeps playing from there if it plays. */
    seek(seconds) {
      const again = this.playing;
      if (again) this._silence();
      this._position = Math.min(Math.max(seconds, 0), this.piece.seconds);
      if (this._position >= this.piece.seconds) this._position = 0;
      this._onposition(this._position);
      if (again) this.play();
      else this._onchange(this);
    }

    /** Plays another piece from here on; scheduled notes are still heard. */
    replace(piece) {
      this.piece = piece;
    }

    _schedule() {
      if (!this.playing) return;
      const {context} = out;
      const now = context.currentTime - this._origin;
      const until = now + (document.hidden ? HIDDEN : AHEAD);
      const found = due(
        this.piece, this._done, until, Math.max(now, this._done), this.loop);
      for (const {note, at, length} of found) {
        sound(context, this._bus, note, this._origin + at, length);
      }
      this._done = Math.max(until, this._done);
      if (!this.loop && now > this.piece.seconds + TAIL) this.stop();
      else this._timer = setTimeout(() => this._schedule(), INTERVAL);
    }

    _follow() {
      if (!this.playing) return;
      this._onposition(this.position);
      if (reduced()) this._frame = setTimeout(() => this._follow(), SLOW);
      else this._frame = requestAnimationFrame(() => this._follow());
    }

    _silence() {
      if (!this.playing) return;
      const bus = this._bus, {context} = out;
      this.playing = false;
      clearTimeout(this._timer);
      // A short fade instead of a click.
      bus.gain.setTargetAtTime(0, context.currentTime, 0.012);
      setTimeout(() => bus.disconnect(), 150);
    }
  }

  if (typeof document !== 'undefined') {
    // Before its timers slow down, a hidden tab schedules further ahead.
    document.addEventListener('visibilitychange', () => {
      if (current && current.playing) {
        clearTimeout(current._timer);
        current._schedule();
      }
    });
  }

  return {
    Player, due, fromRows, held, level, render, setVolume, sound, speakers,
    get volume() { return volume; },
    get current() { return current; },
  };
})();

if (typeof module !== 'undefined') module.exports = zooPlayer;
