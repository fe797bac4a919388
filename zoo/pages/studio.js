'use strict';

/**
 * The common part of the views of a latent page: the model, the state with undo
 * and address, patterns as notes, files to save. Needs all the scripts before it
 * in latent_page.py.
 */
const zooStudio = (() => {
  const UNDONE = 100;  // States that can be undone.
  const SETTLED = 400;  // Milliseconds before the address is written.
  const TOGETHER = 1000;  // Milliseconds; close changes of a kind are one undo.

  const CACHED = 128;  // The most cached codes and decodings; a grid has 81.

  /** Makes room in a cache by removing the oldest entries. */
  function room(map) {
    while (map.size >= CACHED) map.delete(map.keys().next().value);
  }

  const clamp = (x, low, high) => Math.min(Math.max(Number(x) || 0, low), high);
  const whole = (x, low, high) => Math.round(clamp(x, low, high));
  const list = (x) => Array.isArray(x) ? x : [];

  class Studio {
    constructor(data) {
      const {model, music} = data;
      this.data = data;
      this.music = music;
      this.streams = data.streams;
      this.picture = data.picture;
      this.fields = model.writes;
      this.gaussian = model.gaussian;
      this.network = zooNetwork(model);
      this.count = data.examples[model.writes[0][0]].length;
      this.codes = zooCodes.rows(zooCodes.halves(data.codes), this.count);
      this.axes = zooCodes.rows(zooCodes.halves(data.plane.axes), 2);
      this.centre = zooCodes.halves(data.plane.centre);
      this.vectors = data.attributes.map(({vector}) => zooCodes.halves(vector));
      this.bars = music.bar ? Math.max(music.steps / music.bar, 1) : 1;
      this.barQuarters = music.bar * music.quarters || 4;
      this._listeners = [];
      this._undone = [];
      this._redone = [];
      this._codes = new Map();
      this._decoded = new Map();
      this.state = this.checked(
        zooCodes.fromFragment(location.hash.slice(1)) || {});
    }

    // --- The state.

    /** A state with only legal values, from any object. */
    checked(given) {
      const corners = list(given.corners).slice(0, 4)
        .map((corner) => this._corner(corner));
      const far = this.extremes();
      while (corners.length < 4) corners.push({e: far[corners.length]});
      corners.forEach((corner, i) => {
        if (!corner) corners[i] = {e: far[i]};
      });
      const point = (p) => [clamp(list(p)[0], 0, 1), clamp(list(p)[1], 0, 1)];
      return {
        view: ['blend', 'loops'].includes(given.view) ? given.view
          : this.data.view,
        corners,
        locked: [0, 1, 2, 3].map((i) => list(given.locked)[i] ? 1 : 0),
        puck: given.puck ? point(given.puck) : [0.5, 0.5],
        path: list(given.path).slice(0, 64).map(point),
        follow: given.follow ? 1 : 0,
        bars: given.bars ? whole(given.bars, 2, 16) : 8,
        tempo: given.tempo ? whole(given.tempo, 50, 200) : 110,
        swing: clamp(given.swing, 0, 0.5),
        near: given.near === undefined ? 1 : clamp(given.near, 0, 1),
        seed: whole(given.seed, 0, 2 ** 31 - 1),
        amounts: this.vectors.map((_, i) =>
          clamp(list(given.amounts)[i], -1.5, 1.5)),
        layout: given.layout === 'grid' ? 'grid' : 'map',
        root: whole(given.root, 0, 11),
        scale: given.scale in zooPatterns.SCALES ? given.scale : 'as played',
        kept: list(given.kept).slice(0, 24).map((one) => this._kept(one))
          .filter(Boolean),
        placed: [0, 1, 2].map((track) => Array.from({length: 8}, (_, slot) =>
          whole(list(list(given.placed)[track])[slot], 0, 24))),
      };
    }

    _corner(corner) {
      if (!corner || typeof corner !== 'object') return null;
      if (corner.p) return this.unpacked(corner.p) ? {p: corner.p} : null;
      if (corner.s !== undefined) return {s: whole(corner.s, 0, 2 ** 31 - 1)};
      return {e: whole(corner.e, 0, this.count - 1)};
    }

    _kept(one) {
      if (!one || typeof one !== 'object') return null;
      const n = String(one.n).slice(0, 24);
      if (one.p) return this.unpacked(one.p) ? {n, p: one.p} : null;
      const rows = list(one.m).slice(0, 400).map((row) => [
        clamp(row[0], 0, this.music.steps), clamp(row[1], 0, this.music.steps),
        whole(row[2], 0, 127), whole(row[3], 1, 127), row[4] ? 1 : 0]);
      return rows.length ? {n, m: rows} : null;
    }

    packed(fields) {
      return Object.fromEntries(this.fields.map(([name]) =>
        [name, zooCodes.pack([...fields[name]])]));
    }

    unpacked(texts) {
      const found = {};
      for (const [name, shape] of this.fields) {
        const stream = this.streams.find(({field}) => field === name);
        const most = !stream || stream.kind === 'roll' ? 256
          : stream.kind === 'drums' ? 2 ** stream.kit.length
            : stream.pitches.length;
        const row = zooCodes.unpack(texts[name],
          shape.reduce((a, b) => a * b, 1), most);
        if (!row) return null;
        found[name] = row;
      }
      return found;
    }

    onchange(listener) {
      this._listeners.push(listener);
    }

    /** Changes the state; successive changes of one `kind` are undone together. */
    change(patch, kind = '') {
      const now = Date.now();
      const same = kind && kind === this._kind && now - this._at < TOGETHER;
      if (!same) {
        this._undone.push(JSON.stringify(this.state));
        if (this._undone.length > UNDONE) this._undone.shift();
      }
      this._redone = [];
      this._kind = kind;
      this._at = now;
      this._set({...this.state, ...patch});
    }

    undo() {
      this._step(this._undone, this._redone);
    }

    redo() {
      this._step(this._redone, this._undone);
    }

    get undoes() {
      return [this._undone.length, this._redone.length];
    }

    _step(from, to) {
      if (!from.length) return;
      to.push(JSON.stringify(this.state));
      this._kind = '';
      this._set(JSON.parse(from.pop()));
    }

    _set(state) {
      const before = this.state;
      this.state = state;
      clearTimeout(this._writing);
      this._writing = setTimeout(() => this.writeAddress(), SETTLED);
      for (const listener of this._listeners) listener(state, before);
    }

    writeAddress() {
      clearTimeout(this._writing);
      history.replaceState(null, '', `#${zooCodes.toFragment(this.state)}`);
    }

    // --- The model.

    /** The most likely fields given z. */
    async decode(z) {
      const key = String(z);
      if (!this._decoded.has(key)) {
        room(this._decoded);
        this._decoded.set(key, this.network.run('generate', [z, [0, 0]])
          .then((made) => Object.fromEntries(
            this.fields.map(([name], i) => [name, [...made[i]]]))));
      }
      return this._decoded.get(key);
    }

    async encode(fields) {
      const inputs = this.data.model.reads.map(([name, shape]) =>
        fields[name] || new Array(shape.reduce((a, b) => a * b, 1)).fill(0));
      return (await this.network.run('encode', inputs))[0];
    }

    async prior(seed) {
      return (await this.network.run('prior', [[0, seed]]))[0];
    }

    /** The code of a corner. */
    code(corner) {
      if (corner.e !== undefined) return Promise.resolve(this.codes[corner.e]);
      const key = JSON.stringify(corner);
      if (!this._codes.has(key)) {
        room(this._codes);
        this._codes.set(key, corner.p ? this.encode(this.unpacked(corner.p))
          : this.prior(corner.s));
      }
      return this._codes.get(key);
    }

    /** The fields of a corner: of an example, a pattern, or a decoded sample. */
    async fieldsOf(corner) {
      if (corner.p) return this.unpacked(corner.p);
      if (corner.e !== undefined) return this.example(corner.e);
      return this.decode(await this.code(corner));
    }

    example(index) {
      return Object.fromEntries(this.fields.map(([name]) =>
        [name, this.data.examples[name][index]]));
    }

    /** The code of a place between the corners, with attributes and variation. */
    async at(x, y) {
      const {corners, near, seed, amounts} = this.state;
      const codes = await Promise.all(corners.map((one) => this.code(one)));
      let z = zooCodes.between(codes, x, y, this.gaussian);
      z = zooCodes.moved(z, amounts, this.vectors);
      if (near < 1) {
        z = zooCodes.near(z, await this.prior(seed), near, this.gaussian);
      }
      return z;
    }

    /** The outermost examples in the four diagonal directions of the plane. */
    extremes() {
      const far = [[-1, -1], [1, -1], [-1, 1], [1, 1]];
      const places = this.places();
      return far.map(([x, y]) => places.reduce((best, place, i) =>
        place[0] * x + place[1] * y > places[best][0] * x + places[best][1] * y
          ? i : best, 0));
    }

    /** The position of each example on the plane, about -1 to 1. */
    places() {
      const {scale} = this.data.plane;
      return this.codes.map((code) => this.axes.map((axis, n) =>
        code.reduce((sum, x, i) => sum + (x - this.centre[i]) * axis[i], 0) /
          scale[n]));
    }

    /** The code of a place on the plane. */
    onPlane(x, y) {
      const {scale} = this.data.plane;
      return this.centre.map((c, i) =>
        c + x * scale[0] * this.axes[0][i] + y * scale[1] * this.axes[1][i]);
    }

    // --- Music.

    notes(fields) {
      return zooPatterns.notes(this.streams, fields, this.music.steps);
    }

    /** Notes of bar `number` of a pattern, in steps from the bar's start. */
    bar(found, number, cut = false) {
      const {bar, steps} = this.music, length = bar || steps;
      const from = number % this.bars * length;
      return found.filter(({start}) => start >= from && start < from + length)
        .map((note) => ({...note, start: note.start - from,
          end: cut ? Math.min(note.end - from, length) : note.end - from}));
    }

    /** Notes in steps as quarters, with the swing of the state. */
    timed(found) {
      return zooPatterns.timed(found, this.music.quarters, this.state.swing);
    }

    /** A piece for the piano roll and the player, of notes in quarters. */
    piece(found, quarters) {
      const second = 60 / this.state.tempo;
      const bars = [];
      for (let at = 0; at < quarters - 1e-6; at += this.barQuarters) {
        bars.push(at * second);
      }
      return {notes: found.map((note) => ({...note, start: note.start * second,
        end: note.end * second})).sort((a, b) => a.start - b.start),
      seconds: quarters * second, bars};
    }

    /** Draws a thumbnail of a pattern: its notes, or its picture. */
    mini(canvas, fields, label) {
      if (!this.picture) {
        mini(canvas, this.notes(fields), this.music, label);
        return;
      }
      canvas.style.height = '';
      const high = canvas.clientHeight;
      zooPictures.draw(canvas, this.picture, [fields[this.picture.field]],
        {width: Infinity, height: high}, label);
    }

    get quarters() {
      return this.music.steps * this.music.quarters;
    }

    /** Plays notes in steps once, and stops all other sound. */
    preview(found) {
      if (!found.length) return;
      if (this.transport) this.transport.stop();
      if (this._player) this._player.stop();
      this._player = new zooPlayer.Player(
        this.piece(this.timed(found), this.quarters));
      this._player.play();
    }

    quiet() {
      if (this._player) this._player.stop();
    }

    save(name, content, type) {
      const address = URL.createObjectURL(new Blob([content], {type}));
      const link = document.createElement('a');
      link.href = address;
      link.download = name;
      document.body.append(link);
      link.click();
      link.remove();
      setTimeout(() => URL.revokeObjectURL(address), 1000);
    }

    saveMidi(name, found) {
      this.writeAddress();
      const {experiment, checkpoint} = this.data.origin;
      this.save(name, zooMidi.write(found, {tempo: this.state.tempo,
        metre: this.music.metre, text: `${experiment} ${checkpoint}`}),
      'audio/midi');
    }

    say(text) {
      document.getElementById('status').textContent = text;
    }
  }

  /** Draws a thumbnail of notes in steps: height is pitch, or the drum. */
  function mini(canvas, found, {steps, bar}, label) {
    const width = canvas.clientWidth || 160, height = canvas.clientHeight || 44;
    const dense = window.devicePixelRatio || 1;
    canvas.width = width * dense;
    canvas.height = height * dense;
    canvas.setAttribute('role', 'img');
    const pen = canvas.getContext('2d'), style = getComputedStyle(canvas);
    pen.scale(dense, dense);
    pen.clearRect(0, 0, width, height);
    const pitches = [...new Set(found.map((note) => note.pitch))]
      .sort((a, b) => a - b);
    const drums = found.some((note) => note.drum);
    const low = pitches[0], high = pitches[pitches.length - 1];
    const rows = drums ? Math.max(pitches.length, 4)
      : Math.max(high - low + 1, 8);
    const row = height / rows;
    pen.fillStyle = style.getPropertyValue('--line');
    for (let step = 0; step < steps; step += bar || steps) {
      pen.fillRect(step / steps * width, 0, 1, height);
    }
    for (const note of found) {
      const y = drums ? pitches.indexOf(note.pitch) : note.pitch - low;
      pen.fillStyle = style.getPropertyValue(`--part-${note.part % 6}`);
      pen.fillRect(note.start / steps * width, height - (y + 1) * row,
        Math.max((note.end - note.start) / steps * width - 1, 2),
        Math.max(row - 1, 1.5));
    }
    canvas.setAttribute('aria-label', `${label}: ${found.length} notes`);
  }

  return {Studio, mini};
})();
