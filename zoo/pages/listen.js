'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const pieces = data.pieces.map(
  (piece) => ({...piece, notes: zooPlayer.fromRows(piece.notes)}));
const $ = (id) => document.getElementById(id);
const SURE = ['a guess', 'fairly sure', 'certain'];
const CHOICES = [
  ['human', 3], ['human', 2], ['human', 1],
  ['machine', 1], ['machine', 2], ['machine', 3],
];

// --- The state, which is kept when the page is closed.

const STORE = 'music-zoo-' + data.test;
let state = recall() || {listener: name(), answers: []};

function recall() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE));
    return kept && Array.isArray(kept.answers) ? kept : null;
  } catch (_) { return null; }
}

function remember() {
  try { localStorage.setItem(STORE, JSON.stringify(state)); } catch (_) {}
}

function name() {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

// --- Sound: the player of all pages. The roll is only shown after the answer.

let player = null;

function load(piece) {
  if (player) player.stop();
  player = new zooPlayer.Player(piece, {
    onposition: (seconds) => {
      $('bar').style.width = 100 * seconds / piece.seconds + '%';
    },
    onchange: ({playing}) => {
      $('play').textContent = playing ? 'Stop' : 'Play';
    },
  });
}

function play() {
  if (player.playing) return player.stop();
  player.play();
  $('choices').disabled = answered();
}

// --- One piece after another.

let shown = false;  // Whether the current piece has been answered.
const answered = () => shown;

function trial() {
  shown = false;
  const number = state.answers.length, count = pieces.length;
  if (player) player.stop();
  if (number >= count) return finish();
  load(pieces[number]);
  for (const id of ['welcome', 'end', 'roll', 'next']) $(id).hidden = true;
  $('trial').hidden = false;
  $('count').textContent = `Piece ${number + 1} of ${count}`;
  $('progress').max = count;
  $('progress').value = number;
  $('choices').disabled = true;
  for (const one of $('scale').children) one.setAttribute('aria-pressed', false);
  $('play').focus();
}

function answer(place) {
  if ($('choices').disabled || shown) return;
  const piece = state.answers.length, [says, sure] = CHOICES[place];
  state.answers.push({piece, says, sure});
  remember();
  shown = true;
  $('choices').disabled = true;
  $('scale').children[place].setAttribute('aria-pressed', true);
  $('progress').value = piece + 1;
  $('next').textContent = piece + 1 < pieces.length ? 'Next' : 'See the result';
  $('roll').hidden = $('next').hidden = false;
  draw();
  $('next').focus();
}

function draw() {
  if ($('roll').hidden) return;
  const piece = player.piece, scroller = $('notes').parentElement;
  zooRoll.draw($('notes'), piece, scroller.clientWidth);
  $('notes').setAttribute('aria-label', zooRoll.describe(piece));
}

// --- The end. The key is combined with the digest, so that it is not obvious.

function truth(piece) {
  const digit = parseInt(data.test[piece % data.test.length], 16);
  return (digit ^ data.key.charCodeAt(piece)) & 1 ? 'machine' : 'human';
}

function finish() {
  for (const id of ['welcome', 'trial']) $(id).hidden = true;
  $('end').hidden = false;
  const count = state.answers.length;
  const right = state.answers.filter((one) => one.says === truth(one.piece)).length;
  $('score').textContent = `You were right about ${right} of ${count} pieces ` +
    `(${Math.round(100 * right / count)} %; guessing gives 50 %).`;
  $('command').textContent = data.command;
  $('table').replaceChildren(...state.answers.map((one) => {
    const row = document.createElement('tr'), fact = truth(one.piece);
    const cells = [one.piece + 1, `${one.says}, ${SURE[one.sure - 1]}`, fact];
    for (const text of cells) row.insertCell().textContent = text;
    const good = one.says === fact;
    row.cells[2].className = good ? 'right' : 'wrong';
    row.cells[2].textContent += good ? ' ✓' : ' ✗';
    return row;
  }));
  $('save').focus();
}

function answersAsText() {
  const {listener, answers} = state;
  return JSON.stringify(
    {format: 'music zoo: answers', version: 1, test: data.test, listener, answers},
    null, 1);
}

function save() {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(
    new Blob([answersAsText()], {type: 'application/json'}));
  link.download = `answers-${state.listener}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// --- Buttons and keys.

CHOICES.forEach(([says, sure], place) => {
  const button = document.createElement('button');
  const who = document.createElement('b');
  who.textContent = says;
  button.append(who, SURE[sure - 1]);
  button.setAttribute('aria-keyshortcuts', place + 1);
  button.onclick = () => answer(place);
  $('scale').append(button);
});
$('about').textContent = data.about;
$('begin').textContent = state.answers.length ? 'Continue' : 'Begin';
$('begin').onclick = trial;
$('play').onclick = play;
$('volume').value = zooPlayer.volume;
$('volume').oninput = () => zooPlayer.setVolume(Number($('volume').value));
addEventListener('resize', draw);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
$('next').onclick = trial;
$('save').onclick = save;
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || $('trial').hidden) return;
  if (event.key === ' ') {
    event.preventDefault();
    $('play').click();
  } else if (event.key >= '1' && event.key <= '6') {
    answer(Number(event.key) - 1);
  } else if (event.key === 'Enter' && shown && event.target !== $('next')) {
    event.preventDefault();
    trial();
  }
});
