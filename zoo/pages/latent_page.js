'use strict';

/** Starts a latent page: Blend and Loops, and their common controls. */
(() => {
  const get = (id) => document.getElementById(id);
  const studio = new zooStudio.Studio(
    JSON.parse(get('data').textContent));
  const views = {blend: zooBlend(studio), loops: zooLoops(studio)};
  const view = () => views[studio.state.view];

  const transport = new zooTransport({
    bar: (number) => {
      studio.quiet();
      return view().bar(number);
    },
    quarters: studio.barQuarters,
    tempo: studio.state.tempo,
    onplace: (at) => view().onplace(at),
    onchange: (playing) => {
      get('play').textContent = playing ? 'Stop' : 'Play';
    },
  });
  studio.transport = transport;
  studio.views = views;
  window.zooPage = studio;

  // Pictures have no sound: controls for music are hidden.
  if (!studio.streams.length) {
    for (const part of document.querySelectorAll('.music')) part.hidden = true;
    get('here').textContent = 'The decoded picture';
    get('tab-loops').textContent = 'Plane';
    get('unit').textContent = 'Pictures of the path';
    get('keep').textContent = 'Keep';
  }

  // --- Controls of both views.

  function toggle() {
    transport.toggle();
    if (transport.playing && !view().total()) {
      studio.say('The timeline is empty: click a loop to keep it, choose it ' +
        'below, then the places where it plays.');
    }
  }

  get('play').onclick = toggle;
  get('tempo').oninput = () =>
    studio.change({tempo: Number(get('tempo').value)}, 'tempo');
  get('swing').oninput = () =>
    studio.change({swing: Number(get('swing').value)}, 'swing');
  get('volume').value = zooPlayer.volume;
  get('volume').oninput = () =>
    zooPlayer.setVolume(Number(get('volume').value));
  get('undo').onclick = () => studio.undo();
  get('redo').onclick = () => studio.redo();
  get('share').onclick = async () => {
    studio.writeAddress();
    try {
      await navigator.clipboard.writeText(location.href);
      studio.say('The address is copied: it holds all settings of this page.');
    } catch {
      studio.say('The address of this page holds all its settings.');
    }
  };

  for (const name of Object.keys(views)) {
    get(`tab-${name}`).onclick = () => studio.change({view: name}, 'view');
    get(`tab-${name}`).onkeydown = (event) => {
      if (!['ArrowLeft', 'ArrowRight'].includes(event.key)) return;
      const other = name === 'blend' ? 'loops' : 'blend';
      get(`tab-${other}`).focus();
      get(`tab-${other}`).click();
      event.stopPropagation();
    };
  }

  studio.data.attributes.forEach(({name}, i) => {
    const slider = zooControls.element('input', {type: 'range', min: -1.5,
      max: 1.5, step: 0.1});
    slider.oninput = () => {
      const amounts = [...studio.state.amounts];
      amounts[i] = Number(slider.value);
      studio.change({amounts}, `attribute ${i}`);
    };
    get('attributes').hidden = false;
    get('attributes').append(zooControls.element('label', {}, `${name} `, slider));
  });

  const TYPED = 'a, button, input, select, textarea, summary, [tabindex]';

  document.addEventListener('keydown', (event) => {
    const {key, target} = event;
    if ((event.ctrlKey || event.metaKey) && key.toLowerCase() === 'z') {
      event.preventDefault();
      if (event.shiftKey) studio.redo();
      else studio.undo();
      return;
    }
    if (get('editor').open || event.ctrlKey || event.metaKey || key !== ' ' ||
        !studio.streams.length) {
      return;
    }
    const own = target.type !== 'range' && target.id !== 'pad' &&
      target.id !== 'palette' && target.closest?.(TYPED);
    if (own) return;
    event.preventDefault();
    toggle();
  });

  function render(state, before) {
    if (before && state.view !== before.view) transport.stop();
    for (const name of Object.keys(views)) {
      const on = name === state.view;
      get(name).hidden = !on;
      get(`tab-${name}`).setAttribute('aria-selected', on);
      get(`tab-${name}`).tabIndex = on ? 0 : -1;
    }
    transport.tempo = state.tempo;
    get('tempo').value = get('tempo-is').textContent = state.tempo;
    get('swing').value = state.swing;
    get('swing-is').textContent = `${Math.round(state.swing * 100)} %`;
    get('attributes').querySelectorAll('input').forEach((slider, i) => {
      slider.value = state.amounts[i];
    });
    const [undoes, redoes] = studio.undoes;
    get('undo').disabled = !undoes;
    get('redo').disabled = !redoes;
    for (const one of Object.values(views)) one.render(state, before);
    if (before && state.view !== before.view) view().resized();
  }

  studio.onchange(render);
  render(studio.state, null);
  let width = window.innerWidth;
  addEventListener('resize', () => {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    view().resized();
  });
  addEventListener('hashchange', () => {
    const found = zooCodes.fromFragment(location.hash.slice(1));
    if (found && location.hash.slice(1) !== zooCodes.toFragment(studio.state)) {
      studio.change(studio.checked(found));
    }
  });
  matchMedia('(prefers-color-scheme: dark)')
    .addEventListener('change', () => view().resized());
})();
