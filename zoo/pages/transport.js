'use strict';

/**
 * Plays music bar by bar; needs player.js. Changes are heard from the next bar
 * on.
 *
 *   const transport = new zooTransport(
 *     {bar(number) -> notes, quarters, tempo, onplace, onchange});
 *
 * `bar(number)` returns the notes of a bar, in quarters from its start;
 * `quarters` is the length of a bar; `tempo` may change at any bar.
 */
const zooTransport = (() => {
  const AHEAD = 0.25;  // Seconds that bars are scheduled ahead.
  const HIDDEN = 2.5;  // The same in a hidden tab.
  const INTERVAL = 40, SLOW = 250;  // Milliseconds.
  const LEAD = 0.08;  // Seconds from a click to the first note.
  const KEPT = 64;  // The most bars in `played`.

  class Transport {
    constructor({bar, quarters, tempo, onplace, onchange}) {
      Object.assign(this, {_bar: bar, quarters, tempo, playing: false, played: []});
      this._onplace = onplace || (() => {});
      this._onchange = onchange || (() => {});
    }

    play() {
      if (this.playing) return;
      const {context, input} = zooPlayer.speakers();
      this._context = context;
      this._bus = context.createGain();
      this._bus.connect(input);
      this._bars = [];  // {at, seconds, number} of current and scheduled bars.
      this._number = 0;
      this._next = context.currentTime + LEAD;
      this.playing = true;
      this._schedule();
      this._follow();
      this._onchange(true);
    }

    stop() {
      if (!this.playing) return;
      this.playing = false;
      clearTimeout(this._timer);
      const bus = this._bus;
      bus.gain.setTargetAtTime(0, this._context.currentTime, 0.012);
      setTimeout(() => bus.disconnect(), 150);
      this._onplace(null);
      this._onchange(false);
    }

    toggle() {
      if (this.playing) this.stop();
      else this.play();
    }

    _schedule() {
      if (!this.playing) return;
      const now = this._context.currentTime;
      const until = now + (document.hidden ? HIDDEN : AHEAD);
      // After the computer slept, the next bar starts now.
      if (this._next < now - 1) this._next = now + LEAD;
      while (this._next < until) this._sound(this._next, this._number++);
      this._timer = setTimeout(() => this._schedule(), INTERVAL);
    }

    _sound(at, number) {
      const quarter = 60 / this.tempo, found = this._bar(number);
      for (const note of found) {
        const time = at + note.start * quarter;
        zooPlayer.sound(this._context, this._bus, note,
          Math.max(time, this._context.currentTime),
          Math.max((note.end - note.start) * quarter, 0.03));
      }
      const seconds = this.quarters * quarter;
      this._next = at + seconds;
      this._bars.push({at, seconds, number});
      if (this._bars.length > 4) this._bars.shift();
      this.played.push({number, notes: found});
      if (this.played.length > KEPT) this.played.shift();
    }

    /** Bars since the start that have been heard; null when stopped. */
    get place() {
      if (!this.playing) return null;
      const now = this._context.currentTime;
      const heard = this._bars.filter(({at}) => at <= now).pop();
      return heard ? heard.number + Math.min((now - heard.at) / heard.seconds, 1)
        : 0;
    }

    _follow() {
      if (!this.playing) return;
      this._onplace(this.place);
      const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
      if (still) setTimeout(() => this._follow(), SLOW);
      else requestAnimationFrame(() => this._follow());
    }
  }

  return Transport;
})();
