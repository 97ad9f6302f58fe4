// @ts-check
// The Library: a search over all things of the workspace, the list, and what is open or chosen beside it.
import {keep as kept} from './keeping.js';
import {Empty, Field, draw, html, inSight, keep} from './kit/list.js';
import {fill, number} from './kit/text.js';
import {beside} from './library_beside.js';
import {RUN, choose, shelf} from './shelf.js';

const MORE = 300; // rows that are drawn at first, and with each press of "more"
const LOOKS = 100; // for the search after Ctrl-K, twenty a second
const COLUMNS = ['name', 'kind', 'amount', 'size', 'when'];
const OF_RUNS = ['name', ...RUN, 'size', 'when'];
const PARTS = 4; // of the disk that are named

/** The things that are shown, in their order. @param {any} data @param {any} state */
const shown = (data, state) => shelf(data.things, state);

/** What the workspace takes on the disk, its largest parts first. @param {any} view */
const disk = ({data, w, change}) => html`<div class="ink-library-disk">
  <span class="ink-library-total">${fill(w.total, {size: data.total})}</span>
  <span class="ink-library-bytes" aria-hidden="true">${data.parts.map(
    (/** @type {any} */ part, /** @type {number} */ n) => html`<i key=${part[0]} style=${`flex-grow:${part[2]}`} class=${`p${Math.min(n, PARTS)}`}></i>`,
  )}</span>
  <ul aria-label=${w.largest}>${data.parts.slice(0, PARTS).map(
    (/** @type {any} */ [label, size, , kind], /** @type {number} */ n) => html`<li key=${label} class=${`p${n}`}>
      ${kind ? html`<button type="button" class="ink-way" data-part=${'disk ' + kind} onclick=${() => change({kind, sort: 'size', down: true})}>${label}</button>` : label} ${size}</li>`,
  )}</ul></div>`;

/** What a job has brought, with what to do with it. @param {any} view */
const brought = ({data, state, w, host, change}) => html`
  ${data.packed && state.fetched !== data.packed[0] + data.packed[1] && html`<p class="ink-library-came" role="status" key="packed">${fill(w.packed, {name: data.packed[0], size: data.packed[1]})}
    <button type="button" class="ink-button ink-secondary" data-part="fetch" onclick=${() => {
      change({fetched: data.packed[0] + data.packed[1]});
      host.act({act: 'fetch'});
    }}>${w.fetch}</button></p>`}
  ${data.unpacked && html`<p class="ink-library-came" role="status" key="unpacked">${fill(w.unpacked, {name: data.unpacked})}
    <button type="button" class="ink-button ink-secondary" data-part="enter" onclick=${() => kept.enter(data.unpacked)}>${w.enter}</button></p>`}`;

/** @param {any} view */
const bar = view => {
  const {data, state, w, change} = view;
  const counts = /** @type {Record<string, number>} */ ({});
  const all = data.things.filter((/** @type {any} */ one) => one.archived === state.archived);
  for (const one of all) counts[one.kind] = (counts[one.kind] || 0) + 1;
  const gone = data.things.some((/** @type {any} */ one) => one.archived);
  const chip = (/** @type {string} */ kind, /** @type {string} */ label, /** @type {number} */ n) =>
    html`<button key=${kind} type="button" class=${'ink-button' + (state.kind === kind ? ' on' : '')}
      aria-pressed=${state.kind === kind} data-name=${kind || 'all'} onclick=${() => change({kind})}>${label} ${number(n)}</button>`;
  return html`<div class="ink-library-bar">
    <${Field} type="search" class="ink-search" data-part="search" value=${state.query} placeholder=${w.search}
      aria-label=${w.search} oninput=${(/** @type {any} */ e) => change({query: e.target.value})}
      onkeydown=${(/** @type {any} */ e) => e.key === 'ArrowDown' && (e.preventDefault(), view.step(null, 1, e))} />
    ${disk(view)}
  </div>
  ${brought(view)}
  <div class="ink-chips ink-library-kinds" role="group" aria-label=${w.kinds}>
    ${chip('', w.all, all.length)}
    ${data.kinds.map((/** @type {any} */ one) => counts[one.kind] && chip(one.kind, one.label, counts[one.kind]))}
    ${(gone || state.archived) && html`<button key="archived" type="button" class=${'ink-button' + (state.archived ? ' on' : '')}
      aria-pressed=${state.archived} data-name="archived" onclick=${() => change({archived: !state.archived, kind: ''})}>${w.archived}</button>`}
  </div>`;
};

/** A cell of a column. @param {any} one @param {string} name */
const cell = (one, name) => {
  const numeric = !['model_name_or_path', 'dataset', 'kind'].includes(name);
  const text = RUN.includes(name) ? one.run?.[name]?.[0] : {kind: one.label, amount: one.amount, size: one.size}[name];
  return html`<td key=${name} class=${numeric ? 'num' : 'ink-short'} title=${numeric ? null : text}>${text}</td>`;
};

/** @param {any} one @param {any} view @param {string[]} columns @param {string} cursor */
const line = (one, {state, w, press, keys}, columns, cursor) => html`<tr key=${one.ref}
  class=${state.chosen.includes(one.ref) || (!state.chosen.length && one.ref === state.open) ? 'on' : null}
  data-key=${one.ref} tabindex=${one.ref === cursor ? 0 : -1} aria-selected=${state.chosen.includes(one.ref)}
  onmousedown=${(/** @type {any} */ e) => e.shiftKey && e.preventDefault()}
  onclick=${(/** @type {any} */ e) => press(one, e)} onkeydown=${(/** @type {any} */ e) => keys(one, e)}>
  <td class="ink-star">${one.starred ? '★' : ''}</td>
  <td class="clip"><span class="ink-thing">${one.name}</span>${one.state && html` <span class="ink-library-state">${one.state}</span>`}
    ${one.note && html`<span class="ink-library-note">${one.note.split('\n')[0]}</span>`}</td>
  ${columns.slice(1, -1).map(name => cell(one, name))}<td class="num">${one.when || w.no_day}</td>
</tr>`;

/** @param {any} view @param {any[]} rows */
const table = (view, rows) => {
  const {data, state, w, change} = view;
  const columns = state.kind === 'run' ? OF_RUNS : COLUMNS;
  const texts = ['name', 'kind', 'model_name_or_path', 'dataset'];
  const head = (/** @type {string} */ name) => {
    const on = state.sort === name;
    const down = !texts.includes(name) && name !== 'eval_loss'; // the least loss is the best
    return html`<th key=${name} class=${texts.includes(name) ? null : 'num'} aria-sort=${on ? (state.down ? 'descending' : 'ascending') : 'none'}>
      <button type="button" data-name=${'sort ' + name} onclick=${() => change({sort: name, down: on ? !state.down : down})}>
        ${w[name]}${on ? (state.down ? ' ↓' : ' ↑') : ''}</button></th>`;
  };
  const drawn = rows.slice(0, state.most);
  const cursor = drawn.some(one => one.ref === state.cursor) ? state.cursor : drawn[0]?.ref;
  return html`<div class="ink-list ink-scroll ink-library-list" tabindex="-1">
    ${rows.length > 0 && html`<table role="grid" aria-multiselectable="true" aria-label=${w.things}><thead><tr><th><span class="sr">${w.star}</span></th>${columns.map(head)}</tr></thead>
    <tbody>${drawn.map(one => line(one, view, columns, cursor))}</tbody></table>`}
    ${!rows.length && html`<p class="ink-library-none">${fill(w.none, {query: state.query})}</p>`}
    ${rows.length > state.most && html`<button type="button" class="ink-button" data-part="more"
      onclick=${() => change({most: state.most + MORE})}>${fill(w.more, {n: number(rows.length - state.most)})}</button>`}
    ${data.left > 0 && html`<p class="ink-library-none">${fill(w.left, {n: number(data.left)})}</p>`}
  </div>`;
};

/** What presses and keys do. @param {any} view @param {any[]} rows */
const hands = (view, rows) => {
  const {state, host, change} = view;
  const refs = rows.map(one => one.ref);
  const focus = () => host.querySelector(`tr[data-key="${CSS.escape(state.cursor)}"]`)?.focus({preventScroll: true});
  const chooses = (/** @type {string} */ ref, /** @type {any} */ how) => {
    change({...choose(refs, {chosen: state.chosen, anchor: state.anchor || state.open}, ref, how), cursor: ref});
    if (state.chosen.length === 1) change({open: state.chosen[0], naming: false});
  };
  view.press = (/** @type {any} */ one, /** @type {any} */ e) => {
    if (e.shiftKey || e.ctrlKey || e.metaKey) chooses(one.ref, {row: e.shiftKey, one: true});
    else view.open(one);
  };
  view.step = (/** @type {any} */ one, /** @type {number} */ by, /** @type {any} */ e) => {
    const to = one ? Math.max(0, Math.min(rows.length - 1, rows.indexOf(one) + by)) : 0;
    if (!rows[to]) return;
    if (e.shiftKey && one) chooses(rows[to].ref, {row: true});
    else change({cursor: rows[to].ref, anchor: rows[to].ref});
    inSight(host.querySelector('.ink-library-list'), host.querySelector(`tr[data-key="${CSS.escape(state.cursor)}"]`));
    focus();
  };
  view.keys = (/** @type {any} */ one, /** @type {any} */ e) => {
    if (e.target !== e.currentTarget || e.altKey) return;
    const steps = /** @type {Record<string, number>} */ ({ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -rows.length, End: rows.length});
    if (e.key in steps) view.step(one, steps[e.key], e);
    else if (e.key === 'Enter') view.open(one);
    else if (e.key === ' ') chooses(one.ref, {one: true});
    else if (e.key === 'a' && (e.ctrlKey || e.metaKey)) change({chosen: refs});
    else if (e.key === 'Escape' && state.chosen.length) change({chosen: []});
    else if (e.key === 'Delete') {
      if (!state.chosen.length) view.open(one);
      host.act({act: 'plan', refs: state.chosen.length ? state.chosen : [one.ref]});
    } else return;
    e.preventDefault();
  };
};

/** @param {any} view */
const paint = view => {
  const {data, state, host} = view;
  const rows = shown(data, state);
  state.chosen = state.chosen.filter((/** @type {string} */ ref) => rows.some(one => one.ref === ref));
  view.rows = rows;
  view.change = (/** @type {object} */ more) => {
    Object.assign(state, {most: 'most' in more ? state.most : MORE}, more);
    if ('kind' in more && state.kind !== 'run' && RUN.includes(state.sort)) Object.assign(state, {sort: 'when', down: true});
    paint(view);
    if (state.naming) host.querySelector('.ink-library-naming input')?.select();
  };
  view.open = (/** @type {any} */ one, seek = false) => {
    if (seek && !shown(data, state).includes(one)) Object.assign(state, {query: '', kind: '', archived: one.archived});
    view.change({open: one.ref, cursor: one.ref, anchor: one.ref, naming: false, chosen: []});
    inSight(host.querySelector('.ink-library-list'), host.querySelector('.ink-library-list tr.on'));
  };
  hands(view, rows);
  const tree = html`${bar(view)}<div class="ink-pair">${table(view, rows)}${beside(view)}</div>`;
  keep(host, () => draw(host, tree), {otherwise: () => host.querySelector('tr.on') || host.querySelector('.ink-search')});
};

/** Ctrl-K and ⌘K open the Library with its search, from anywhere. @param {KeyboardEvent} event */
const seek = event => {
  if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  const tab = /** @type {any} */ (document.querySelector('#tab-library-button'));
  if (!tab) return;
  event.preventDefault();
  tab.click();
  focus(LOOKS);
};

/** The search as soon as it can be seen: the tab is built when it is first opened. @param {number} looks */
const focus = looks => {
  const box = /** @type {any} */ (document.querySelector('#library-list .ink-search'));
  if (box?.offsetParent) {
    box.focus();
    box.select();
  } else if (looks) setTimeout(() => focus(looks - 1), 50);
};
if (typeof document !== 'undefined') document.addEventListener('keydown', seek);

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  if (!data.things?.length && !data.unpacked) {
    draw(host, html`<${Empty} data=${data} />`);
    return;
  }
  if (host.state?.key !== data.key)
    host.state = {key: data.key, query: '', kind: '', archived: false, sort: 'when', down: true, most: MORE, open: '', naming: false,
      chosen: [], anchor: '', cursor: '', fetched: ''};
  if (data.open) Object.assign(host.state, {open: data.open, cursor: data.open});
  paint({data, host, state: host.state, w: data.words});
};
