// Rows as they are made: a list left, the open row right beside its source; accept, reject, edit, flip.
const w = data.words || {};
if (!data.total && !data.filter && !data.search) { host.replaceChildren(ink.empty(data)); return; }
const state = host.state ||= {open: null, editing: false};
if (state.editing && data.rows.some(r => r.id === state.open)) return; // never overwrite what is being typed
// A row that has left its list, as one decided has left the undecided, gives its place to the next.
if (!data.rows.some(r => r.id === state.open)) { state.open = data.rows[state.key === data.key ? Math.min(state.at, data.rows.length - 1) : 0]?.id ?? null; state.editing = false; }
const chips = ink.h('div.ink-chips', {role: 'group', 'aria-label': w.filter}, [['', data.counts.all], ['new', data.counts.new], ['accepted', data.counts.accepted], ['rejected', data.counts.rejected]].map(([k, n]) =>
  ink.button(`${w['state_' + (k || 'all')]} ${ink.number(n || 0)}`, 'filter', {state: k}, data.filter === k ? 'on' : '')));
const title = r => (r.data.instruction || '') + (r.data.input ? (r.data.instruction ? ' ' : '') + r.data.input : '');
const fields = data.ranking ? ['system', 'instruction', 'input', 'chosen', 'rejected'] : ['system', 'instruction', 'input', 'output'];
// Both lines of a pair in their passage, with the scene between them.
const placed = row => {
  const {name, text, marks} = row.source;
  const spans = marks.map(([start, end, part]) => ({start, end, make: said => [ink.h('mark.ink-place.' + part, {}, said), part === 'scene' ? '' : ink.h('sup.ink-chip', {}, w[part])]}));
  const shown = ink.h('div.ink-placed', {tabindex: 0, lang: data.lang, 'aria-label': w.source}, ink.speech.lay(text, 0, spans).body);
  setTimeout(() => { const mark = shown.querySelector('.input, .output'); if (mark) shown.scrollTop = mark.offsetTop - 30; });
  return ink.h('section.ink-source', {}, ink.h('h3', {}, `${w.source} · ${name} `, ink.button(w.place, 'place', {id: row.id})), shown);
};
const mark = button => (button.dataset.act || '') + button.textContent.replace(/[\d,]/g, '');
const paint = () => {
  const row = data.rows.find(r => r.id === state.open), active = host.contains(document.activeElement) ? document.activeElement : null;
  const place = state.key === data.key ? host.querySelector('.ink-list')?.scrollTop : 0;
  Object.assign(state, {key: data.key, at: Math.max(0, data.rows.indexOf(row))});
  const items = ink.h('ol.ink-items', {}, data.rows.map(r => ink.h('li' + (r.id === state.open ? '.on' : ''), {},
    ink.h('button.ink-item', {type: 'button', onclick: () => { state.open = r.id; state.editing = false; paint(); }},
      ink.h('span.ink-dot.' + r.state, {title: w['state_' + r.state]}), ink.h('span.ink-item-text', {lang: data.lang}, title(r).slice(0, 90) || '—')))));
  const box = ink.h('div.ink-row-open.ink-scroll', {lang: data.lang});
  let below = null;
  if (row) {
    const show = fields.filter(f => state.editing ? f in row.data : row.data[f]);
    box.append(...show.map(f => ink.h('section.ink-field.' + f, {}, ink.h('h3', {}, w[f]), state.editing
      ? ink.h('textarea', {'data-field': f, 'aria-label': w[f], rows: f === 'output' || f === 'chosen' || f === 'rejected' ? 6 : 2}, row.data[f] || '')
      : ink.h('p', {}, row.data[f]))));
    if (state.editing) {
      const save = ink.h('button.ink-button.ink-secondary', {type: 'button', onclick: () => {
        const changed = Object.fromEntries([...box.querySelectorAll('textarea')].map(t => [t.dataset.field, t.value]));
        state.editing = false; save.payload = {id: row.id, fields: changed};
      }, 'data-act': 'edit'}, w.save);
      box.append(ink.h('div.ink-actions', {}, save, ink.h('button.ink-button', {type: 'button', onclick: () => { state.editing = false; paint(); }}, w.cancel)));
    } else {
      box.append(ink.h('div.ink-actions', {}, ink.button('✓ ' + w.accept + ' (A)', 'accept', {id: row.id}), ink.button('✗ ' + w.reject + ' (R)', 'reject', {id: row.id}),
        ink.h('button.ink-button', {type: 'button', onclick: () => { state.editing = true; paint(); }}, '✎ ' + w.edit + ' (E)'),
        data.ranking ? ink.button('⇅ ' + w.flip + ' (F)', 'flip', {id: row.id}) : null));
    }
    if (row.source?.marks?.length) below = placed(row);
    else if (row.source) box.append(ink.h('section.ink-source', {}, ink.h('h3', {}, `${w.source} · ${row.source.name}`), ink.h('p', {}, row.source.text)));
  }
  host.replaceChildren(chips, ink.h('div.ink-pair', {}, ink.h('div.ink-side.wide', {}, ink.h('div.ink-list.ink-scroll', {}, items), ink.pager(data, w)), below ? ink.h('div.ink-text', {}, box, below) : box));
  const list = host.querySelector('.ink-list'), on = list.querySelector('li.on');
  list.scrollTop = place || 0;
  if (on && (on.offsetTop < list.scrollTop || on.offsetTop + on.offsetHeight > list.scrollTop + list.clientHeight)) list.scrollTop = on.offsetTop - list.clientHeight / 3;
  // What had the focus has been built anew: the keys go on.
  const same = active?.dataset.act && [...host.querySelectorAll('[data-act]:enabled')].find(button => mark(button) === mark(active));
  if (active) (state.editing ? box.querySelector('textarea') : same || on?.querySelector('button') || host)?.focus({preventScroll: true});
};
paint();
if (!host.keys) {
  host.keys = true;
  host.tabIndex = -1;
  host.addEventListener('keydown', event => {
    if (event.target.matches('textarea, input') || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = {a: 'accept', r: 'reject', f: 'flip'}[event.key.toLowerCase()];
    if (act) host.querySelector(`.ink-actions [data-act=${act}]`)?.click();
    else if (event.key.toLowerCase() === 'e') host.querySelectorAll('.ink-actions button')[2]?.click();
    else if (event.key === 'j' || event.key === 'ArrowDown') host.querySelector('.ink-items li.on + li button')?.click();
    else if (event.key === 'k' || event.key === 'ArrowUp') host.querySelector('.ink-items li:has(+ li.on) button')?.click();
  });
}
