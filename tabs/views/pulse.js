// @ts-check
// The window's pulse. A page asks one small question, what has changed: every second and a half while something runs,
// every other second else, not at all while the page is hidden, and at once when it is looked at again or another tab is opened. The views of
// the open tab and the labels come with the answer; what else has changed is fetched through Gradio, part by part, as are the views after
// somebody has touched the page: then what they hang on may stand in the page alone. (tabs/shell/changes.py, tabs/shell/ticking.py)
import {have, shows} from './kit/mount.js';
import {parse} from './kit/text.js';

export const pulse = (() => {
  const BUSY_MS = 1500,
    REST_MS = 2000,
    GIVEN_UP_MS = 15000,
    AFTERWARDS_MS = [800, 3000],
    LIST_MS = 4000,
    MOST_MS = 2000;
  let trigger = /** @type {any} */ (null),
    parts = [],
    tabs = [],
    workspace = '',
    session = '',
    language = 'en',
    alone = false,
    busy = false,
    number = 0,
    open = null,
    timer = 0,
    since = 0,
    nudges = [],
    flying = /** @type {any} */ (null),
    asking = /** @type {any} */ (null);
  const done = {},
    wanted = {},
    fetched = {}; // marks: of what is shown, of what is to be fetched; when a part was fetched last

  const active = () =>
    tabs.find(name => document.getElementById('tab-' + name)?.offsetParent) || open || tabs[0];
  // One part at a time, the open tab first; a part that is not answered is asked for again.
  const pump = () => {
    if (flying || !trigger || !alone) return;
    // Lists that move every second, as the rows of a generation do, are fetched every few seconds.
    const part = parts.find(
      name =>
        name in wanted &&
        (name === 'view' || performance.now() - (fetched[name] ?? -LIST_MS) >= LIST_MS),
    );
    if (!part) return;
    fetched[part] = performance.now();
    if (part === 'view') since = 0;
    flying = {part, mark: wanted[part], number: ++number};
    flying.timer = setTimeout(() => {
      flying = null;
      pump();
    }, GIVEN_UP_MS);
    delete wanted[part];
    const tab = active(),
      name = part === 'view' ? 'view_' + tab : part;
    trigger(name, {n: flying.number, tab, have});
  };
  // Counts in the labels: an event of Gradio's for seven words costs more than all the rest.
  const label = texts => {
    for (const [name, text] of Object.entries(texts || {})) {
      /** @type {any[]} */
      const nodes = [...(document.getElementById(`tab-${name}-button`)?.childNodes || [])];
      const node = nodes.find(child => child.nodeType === 3 && child.data.trim());
      if (node && node.data !== text) node.data = text;
    }
  };
  const look = () => {
    if (alone && tabs.length) {
      wanted.view ??= done.view;
      pump();
    }
  };
  const ask = () =>
    (asking ||= (async () => {
      clearTimeout(timer);
      let next = REST_MS;
      try {
        const tab = active(),
          before = number;
        const answer = await fetch('inkwell/changes', {
          method: 'POST',
          body: JSON.stringify({workspace, language, tab, session, view: done.view, have}),
        });
        if (answer.ok) {
          const now = await answer.json();
          const box = document.querySelector('#memory .host');
          if (box && box.textContent !== now.memory) box.textContent = now.memory;
          label(now.labels);
          for (const [part, mark] of Object.entries(now.marks))
            if (part !== 'view' && done[part] !== mark) wanted[part] = mark;
          // A list that is not answered holds up no view.
          if (tab === active() && before === number && flying?.part !== 'view' && !since) {
            if (now.stale) wanted.view = now.marks.view;
            else {
              for (const value of now.views || []) shows(value);
              done.view = now.marks.view;
            }
          }
          // What has ended is listed at once as what it has become.
          if (busy && !now.busy) for (const name of parts) delete fetched[name];
          busy = now.busy;
          if (busy) next = BUSY_MS;
          pump();
        } else next = 3 * REST_MS;
      } catch {
        next = 3 * REST_MS;
      } // the window is closed: it may come again
      asking = null;
      clearTimeout(timer);
      if (!document.hidden) timer = setTimeout(ask, next);
    })());
  const touched = () => {
    since ||= performance.now();
    nudges.forEach(clearTimeout);
    nudges = AFTERWARDS_MS.map((ms, n) =>
      setTimeout(look, n ? ms : Math.max(0, Math.min(ms, since + MOST_MS - performance.now()))),
    );
  };
  const turned = () => {
    const now = active();
    if (now !== open) {
      open = now;
      delete done.view;
      wanted.view = '';
      pump();
      ask();
    }
  };

  return {
    ask,
    look,
    // Whether the page shows all that it knows of.
    settled: () => alone && !flying && !asking && !Object.keys(wanted).length,
    // The component that carries answers: `names` of the parts in the order of their hurry, and of the tabs.
    begin(element, props, watch, given, names, shown) {
      trigger = given;
      parts = names;
      tabs = shown;
      const heard = () => {
        const data = parse(props.value);
        if (data.session) session = data.session;
        if (data.language) language = data.language;
        label(data.labels);
        if (data.workspace !== undefined && data.workspace !== workspace) {
          workspace = data.workspace;
          for (const part of parts) delete done[part];
        }
        Object.assign(have, data.have || {});
        Object.assign(done, data.marks || {});
        for (const part of Object.keys(data.marks || {})) delete wanted[part];
        if (flying && data.n === flying.number) {
          done[flying.part] = flying.mark;
          clearTimeout(flying.timer);
          flying = null;
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
      for (const name of ['click', 'input', 'change', 'keyup'])
        document.addEventListener(name, touched, true);
      document.addEventListener('visibilitychange', () => {
        if (!document.hidden) ask();
      });
      const bar = document.querySelector('#tabs > .tab-wrapper');
      if (bar)
        new MutationObserver(turned).observe(bar, {
          subtree: true,
          childList: true,
          attributes: true,
          attributeFilter: ['aria-selected', 'class'],
        });
      ask();
    },
  };
})();
