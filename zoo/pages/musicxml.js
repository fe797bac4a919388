'use strict';

/** One-voice melodies as MusicXML: `zooMusicXml(notes, options)` returns text.
 * Notes are {start, end, pitch} in steps; those across a bar line are tied. */
const zooMusicXml = (() => {
  const STEPS = ['C', 'C', 'D', 'E', 'E', 'F', 'F', 'G', 'A', 'A', 'B', 'B'];
  const ALTER = [0, 1, 0, -1, 0, 0, 1, 0, -1, 0, -1, 0];
  const TYPES = [['whole', 4], ['half', 2], ['quarter', 1], ['eighth', 0.5],
    ['16th', 0.25], ['32nd', 0.125], ['64th', 0.0625]];

  /** Note values, the longest first, that add up to a number of quarters. */
  function cut(quarters) {
    const found = [];
    let rest = quarters;
    for (const [type, length] of TYPES) {
      while (rest >= length - 1e-9) {
        const dotted = rest >= 1.5 * length - 1e-9;
        found.push([type, dotted ? 1.5 * length : length, dotted]);
        rest -= found[found.length - 1][1];
      }
    }
    return found;
  }

  function written(pitch, from, to, quarters, tiedBefore, tiedAfter, perQuarter) {
    const parts = cut((to - from) * quarters);
    return parts.map(([type, length, dotted], i) => {
      const stop = pitch !== null && (i > 0 || tiedBefore);
      const start = pitch !== null && (i < parts.length - 1 || tiedAfter);
      const ties = (stop ? ['stop'] : []).concat(start ? ['start'] : []);
      return '<note>' + (pitch === null ? '<rest/>'
        : `<pitch><step>${STEPS[pitch % 12]}</step>` +
          (ALTER[pitch % 12] ? `<alter>${ALTER[pitch % 12]}</alter>` : '') +
          `<octave>${Math.floor(pitch / 12) - 1}</octave></pitch>`) +
        `<duration>${Math.round(length * perQuarter)}</duration>` +
        ties.map((tie) => `<tie type="${tie}"/>`).join('') +
        `<voice>1</voice><type>${type}</type>${dotted ? '<dot/>' : ''}` +
        (ties.length ? '<notations>' + ties.map((tie) =>
          `<tied type="${tie}"/>`).join('') + '</notations>' : '') + '</note>';
    }).join('');
  }

  return (notes, {steps, bar, quarters, metre, tempo, title}) => {
    const perQuarter = 16, [beats, unit] = metre.split('/');
    const bars = [];
    for (let begin = 0; begin < steps; begin += bar) {
      let at = begin, text = '';
      const end = begin + bar;
      for (const note of notes) {
        const from = Math.max(note.start, begin), to = Math.min(note.end, end);
        if (to <= from) continue;
        if (from > at) text += written(null, at, from, quarters, 0, 0, perQuarter);
        text += written(note.pitch, from, to, quarters, note.start < begin,
          note.end > end, perQuarter);
        at = to;
      }
      if (at < end) text += written(null, at, end, quarters, 0, 0, perQuarter);
      const first = begin ? '' : `<attributes><divisions>${perQuarter}` +
        `</divisions><key><fifths>0</fifths></key><time><beats>${beats}</beats>` +
        `<beat-type>${unit}</beat-type></time><clef><sign>G</sign><line>2</line>` +
        `</clef></attributes><direction><direction-type><metronome><beat-unit>` +
        `quarter</beat-unit><per-minute>${tempo}</per-minute></metronome>` +
        `</direction-type><sound tempo="${tempo}"/></direction>`;
      bars.push(`<measure number="${bars.length + 1}">${first}${text}</measure>`);
    }
    const name = title.replace(/[<>&"]/g, ' ');
    return '<?xml version="1.0" encoding="UTF-8"?>\n' +
      `<score-partwise version="3.1"><work><work-title>${name}</work-title>` +
      '</work><part-list><score-part id="P1"><part-name>Melody</part-name>' +
      `</score-part></part-list><part id="P1">${bars.join('\n')}</part>` +
      '</score-partwise>\n';
  };
})();

if (typeof module !== 'undefined') module.exports = zooMusicXml;
