// The window's pulse. A page asks one small question, what has changed, and only what has is fetched through Gradio, part by
// part: the open tab's views, each list that forms offer, the tabs' labels. It asks every second while something runs, every
// other second else, not at all while the page is hidden, and at once when it is looked at again or another tab is opened.
ink.have = {};  // component id → version of what it shows
ink.pulse = (() => {
  const BUSY_MS = 1000, REST_MS = 2000, GIVEN_UP_MS = 15000;
  // After a hand has done something the open tab is looked at again: what its views hang on may stand in the page alone.
  const AFTERWARDS_MS = [800, 2000, 4000, 9000];
  let trigger = null, parts = [], tabs = [], workspace = '', alone = false, number = 0, open = null, timer = 0, nudges = [], flying = null, asking = null;
  const done = {}, wanted = {};

  const active = () => tabs.find(name => document.getElementById('tab-' + name)?.offsetParent) || open || tabs[0];
  // One part at a time, the open tab first; a part that is not answered is asked for again.
  const pump = () => {
    if (flying || !trigger || !alone) return;
    const part = parts.find(name => name in wanted);
    if (!part) return;
    flying = {part, mark: wanted[part], number: ++number, since: performance.now()};
    flying.timer = setTimeout(() => { flying = null; pump(); }, GIVEN_UP_MS);
    delete wanted[part];
    const tab = active(), name = part === 'view' ? 'view_' + tab : part;
    trigger(name, {n: flying.number, tab, have: ink.have});
  };
  const look = () => { if (alone && tabs.length) { wanted.view ??= done.view; pump(); } };
  const ask = () => asking ||= (async () => {
    clearTimeout(timer);
    let next = REST_MS;
    try {
      const tab = active(), answer = await fetch('inkwell/changes?' + new URLSearchParams({workspace, tab}), {cache: 'no-store'});
      if (answer.ok) {
        const now = await answer.json();
        const box = document.querySelector('#memory .host');
        if (box && box.textContent !== now.memory) box.textContent = now.memory;
        for (const [part, mark] of Object.entries(now.marks)) if (done[part] !== mark && (part !== 'view' || tab === active())) wanted[part] = mark;
        if (now.busy) next = BUSY_MS;
        pump();
      } else next = 3 * REST_MS;
    } catch { next = 3 * REST_MS; }  // the window is closed: it may come again
    asking = null;
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(ask, next);
  })();
  const touched = () => {
    nudges.forEach(clearTimeout);
    nudges = AFTERWARDS_MS.map(ms => setTimeout(look, ms));
  };
  const turned = () => { const now = active(); if (now !== open) { open = now; delete done.view; wanted.view = ''; pump(); ask(); } };

  return {
    ask, look,
    // The component that carries answers: `names` of the parts in the order of their hurry, and of the tabs.
    begin(element, props, watch, given, names, shown) {
      trigger = given; parts = names; tabs = shown;
      const heard = () => {
        const data = ink.read(props.value);
        if (data.workspace !== undefined && data.workspace !== workspace) { workspace = data.workspace; for (const part of parts) delete done[part]; }
        Object.assign(ink.have, data.have || {});
        Object.assign(done, data.marks || {});
        for (const part of Object.keys(data.marks || {})) delete wanted[part];
        if (flying && data.n === flying.number) {
          done[flying.part] = flying.mark;
          clearTimeout(flying.timer);
          flying = null;
          if (data.again) wanted.view ??= done.view || '';
        }
        setTimeout(pump);
      };
      watch('value', heard);
    },
    // The page load has answered: from now on.
    start() {
      if (alone) return;
      alone = true;
      open = active();
      for (const name of ['click', 'input', 'change', 'keyup']) document.addEventListener(name, touched, true);
      document.addEventListener('visibilitychange', () => { if (!document.hidden) ask(); });
      const bar = document.querySelector('#tabs > .tab-wrapper');
      if (bar) new MutationObserver(turned).observe(bar, {subtree: true, childList: true, attributes: true, attributeFilter: ['aria-selected', 'class']});
      ask();
    },
  };
})();
