'use strict';

/**
 * The sounds of notes and drum strokes: oscillators and noise, scheduled on an
 * AudioContext. A note is {pitch, velocity, program, drum}; see player.js.
 */
const zooSounds = (() => {
  const frequency = (pitch) => 440 * 2 ** ((pitch - 69) / 12);

  // --- Pitched sounds.

  // `partials`: [multiple of the frequency, level, wave]. `attack` and `release`
  // are in seconds; after the attack the level falls to the share `sustain`
  // within about `decay` seconds. `bright` is the cutoff of a low-pass filter,
  // as a multiple of the frequency.
  const FAMILIES = {
    piano: {
      partials: [[1, 0.8, 'triangle'], [2, 0.22, 'sine'], [4, 0.05, 'sine']],
      attack: 0.006, decay: 0.5, sustain: 0.25, release: 0.07, level: 1,
    },
    bell: {
      partials: [[1, 0.7, 'sine'], [3.99, 0.25, 'sine'], [9.2, 0.06, 'sine']],
      attack: 0.003, decay: 0.4, sustain: 0.05, release: 0.25, level: 1,
    },
    organ: {
      partials: [[1, 0.5, 'sine'], [2, 0.3, 'sine'], [3, 0.15, 'sine'],
        [4, 0.1, 'sine']],
      attack: 0.02, decay: 0.1, sustain: 0.9, release: 0.05, level: 0.75,
    },
    guitar: {
      partials: [[1, 0.55, 'sawtooth'], [2, 0.15, 'triangle']],
      attack: 0.004, decay: 0.3, sustain: 0.12, release: 0.08, bright: 5,
      level: 0.9,
    },
    bass: {
      partials: [[1, 0.8, 'triangle'], [1, 0.3, 'sawtooth']],
      attack: 0.008, decay: 0.4, sustain: 0.4, release: 0.05, bright: 4,
      level: 1.1,
    },
    strings: {
      partials: [[1, 0.4, 'sawtooth'], [1.004, 0.3, 'sawtooth']],
      attack: 0.07, decay: 0.3, sustain: 0.8, release: 0.12, bright: 4,
      level: 0.7,
    },
    brass: {
      partials: [[1, 0.55, 'sawtooth']],
      attack: 0.035, decay: 0.2, sustain: 0.7, release: 0.06, bright: 5,
      level: 0.7,
    },
    reed: {
      partials: [[1, 0.35, 'square'], [3, 0.06, 'sine']],
      attack: 0.03, decay: 0.2, sustain: 0.8, release: 0.06, bright: 6,
      level: 0.7,
    },
    flute: {
      partials: [[1, 0.8, 'sine'], [2, 0.12, 'triangle']],
      attack: 0.045, decay: 0.2, sustain: 0.8, release: 0.07, level: 0.85,
    },
    synth: {
      partials: [[1, 0.35, 'square'], [1.006, 0.25, 'sawtooth']],
      attack: 0.01, decay: 0.3, sustain: 0.6, release: 0.06, bright: 6,
      level: 0.6,
    },
  };
  // General MIDI has sixteen groups of eight programs.
  const GROUPS = [
    'piano', 'bell', 'organ', 'guitar', 'bass', 'strings', 'strings', 'brass',
    'reed', 'flute', 'synth', 'synth', 'synth', 'guitar', 'bell', 'synth',
  ];

  const family = (program) => GROUPS[(program >> 3) & 15];

  function pitched(context, output, note, time, length) {
    const voice = FAMILIES[family(note.program)];
    const base = frequency(note.pitch), end = time + length;
    const loud = 0.3 * voice.level * (note.velocity / 100) ** 1.3;
    const attack = Math.min(voice.attack, length / 2);
    const level = context.createGain();
    level.gain.setValueAtTime(0, time);
    level.gain.linearRampToValueAtTime(loud, time + attack);
    level.gain.setTargetAtTime(
      loud * voice.sustain, time + attack, voice.decay / 2);
    level.gain.setTargetAtTime(0, end, voice.release / 2);
    level.connect(output);
    let into = level;
    if (voice.bright) {
      into = context.createBiquadFilter();
      into.type = 'lowpass';
      into.frequency.value = Math.min(base * voice.bright, 9000);
      into.connect(level);
    }
    for (const [multiple, share, type] of voice.partials) {
      if (base * multiple > 12000) continue;
      const wave = context.createOscillator(), part = context.createGain();
      wave.type = type;
      wave.frequency.value = base * multiple;
      part.gain.value = share;
      wave.connect(part).connect(into);
      wave.start(time);
      wave.stop(end + 4 * voice.release);
    }
  }

  // --- The drum kit.

  // Lanes from the bottom, each with the General MIDI pitches that it plays.
  // Other percussion is played by its class in Magenta's table
  // (DEFAULT_DRUM_TYPE_PITCHES): a cowbell is a snare.
  const KIT = {
    'kick': [35, 36],
    'snare': [27, 28, 31, 32, 33, 34, 37, 38, 39, 40, 56, 65, 66, 75, 85],
    'closed hi-hat': [22, 42, 44, 54, 68, 69, 70, 71, 73, 78, 80],
    'open hi-hat': [26, 46, 67, 72, 74, 79, 81],
    'low tom': [29, 41, 43, 45, 61, 64, 84],
    'mid tom': [47, 48, 60, 63, 77, 86, 87],
    'high tom': [30, 50, 62, 76, 83],
    'crash': [49, 52, 55, 57, 58],
    'ride': [51, 53, 59, 82],
  };
  const LANES = Object.keys(KIT);
  const LANE_OF = new Map(
    LANES.flatMap((name) => KIT[name].map((pitch) => [pitch, name])));

  /** The drum that plays a General MIDI pitch; the snare for unknown ones. */
  const drumName = (pitch) => LANE_OF.get(pitch) || 'snare';

  const noises = new WeakMap();

  /** A second of white noise, the same at every call. */
  function noise(context) {
    if (!noises.has(context)) {
      const buffer = context.createBuffer(
        1, context.sampleRate, context.sampleRate);
      const samples = buffer.getChannelData(0);
      let seed = 22222;
      for (let place = 0; place < samples.length; place++) {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
        samples[place] = seed / 2 ** 31 - 1;
      }
      noises.set(context, buffer);
    }
    return noises.get(context);
  }

  function fading(context, output, time, loud, seconds) {
    const level = context.createGain();
    level.gain.setValueAtTime(0, time);
    level.gain.linearRampToValueAtTime(loud, time + 0.002);
    level.gain.exponentialRampToValueAtTime(loud * 1e-3, time + seconds);
    level.connect(output);
    return level;
  }

  function hiss(context, output, time, loud, seconds, type, cutoff) {
    const source = context.createBufferSource();
    const filter = context.createBiquadFilter();
    source.buffer = noise(context);
    source.loop = true;
    filter.type = type;
    filter.frequency.value = cutoff;
    source.connect(filter).connect(fading(context, output, time, loud, seconds));
    source.start(time);
    source.stop(time + seconds);
  }

  function thump(context, output, time, loud, seconds, from, to, type = 'sine') {
    const wave = context.createOscillator();
    wave.type = type;
    wave.frequency.setValueAtTime(from, time);
    wave.frequency.exponentialRampToValueAtTime(to, time + seconds / 3);
    wave.connect(fading(context, output, time, loud, seconds));
    wave.start(time);
    wave.stop(time + seconds);
  }

  // [[function, level, seconds, ...], ...] of each lane.
  const STROKES = {
    'kick': [[thump, 0.95, 0.36, 150, 46], [hiss, 0.12, 0.02, 'lowpass', 3000]],
    'snare': [[hiss, 0.45, 0.2, 'highpass', 1500],
      [thump, 0.4, 0.15, 240, 170, 'triangle']],
    'closed hi-hat': [[hiss, 0.3, 0.06, 'highpass', 7500]],
    'open hi-hat': [[hiss, 0.3, 0.42, 'highpass', 7000]],
    'low tom': [[thump, 0.7, 0.42, 130, 78]],
    'mid tom': [[thump, 0.65, 0.36, 190, 118]],
    'high tom': [[thump, 0.6, 0.3, 270, 175]],
    'crash': [[hiss, 0.4, 1.4, 'highpass', 4500],
      [hiss, 0.15, 0.5, 'bandpass', 2600]],
    'ride': [[hiss, 0.16, 0.6, 'highpass', 6500],
      [thump, 0.05, 0.5, 830, 828, 'square'],
      [thump, 0.04, 0.5, 1210, 1208, 'square']],
  };

  function stroke(context, output, note, time) {
    const loud = 0.55 * (note.velocity / 100) ** 1.3;
    for (const [make, level, seconds, ...rest] of STROKES[drumName(note.pitch)]) {
      make(context, output, time, loud * level, seconds, ...rest);
    }
  }

  /** Schedules one note at `time` of the context, for `length` seconds. */
  function sound(context, output, note, time, length) {
    if (note.drum) stroke(context, output, note, time);
    else pitched(context, output, note, time, length);
  }

  return {KIT, LANES, drumName, family, frequency, sound};
})();

if (typeof module !== 'undefined') module.exports = zooSounds;
