// @ts-check
// Rows as they are made: a list left, the open row right beside its source; accept, reject, edit, flip.
import {onKeys} from './kit/keys.js';
import {Empty, Pager, Row, acts, draw, html, inSight, keep} from './kit/list.js';
import {element} from './kit/parts.js';
import {number} from './kit/text.js';
import {lay} from './speech.js';

const LONG = ['output', 'chosen', 'rejected']; // fields with room for more than a line or two
const KEYS = {a: 'accept', r: 'reject', f: 'flip', e: 'change'};
const TITLE = 90; // characters of a row in the list

/** A row in one line. @param {any} row */
const title = ({data}) =>
  (data.instruction || '') + (data.input ? (data.instruction ? ' ' : '') + data.input : '');

/** The states to filter by, with their counts. @param {any} data @param {Record<string, string>} w */
const chips = (data, w) => html`<div class="ink-chips" role="group" aria-label=${w.filter}>
  ${['', 'new', 'accepted', 'rejected'].map(
    state => html`
    <button key=${state} class=${'ink-button' + (data.filter === state ? ' on' : '')} ...${acts('filter', {state})} data-name=${state}>
      ${w[`state_${state || 'all'}`]} ${number(data.counts[state || 'all'] || 0)}</button>`,
  )}
</div>`;

/** Both lines of a pair in their passage, with the scene between them. */
const Passage = (/** @type {any} */ {row, lang, w}) => {
  const {name, text, marks} = row.source;
  const spans = marks.map((/** @type {any} */ [start, end, part]) => ({
    start,
    end,
    make: (/** @type {string} */ shown) => [
      element('mark.ink-place.' + part, {}, shown),
      part === 'scene' ? '' : element('sup.ink-chip', {}, w[part]),
    ],
  }));
  const fill = (/** @type {any} */ box) => {
    if (!box) return;
    box.replaceChildren(lay(text, 0, spans).body);
    const mark = box.querySelector('.input, .output');
    if (mark) box.scrollTop = mark.offsetTop - 30;
  };
  return html`<section class="ink-source">
    <h3>${w.source} · ${name} <button class="ink-button" ...${acts('place', {id: row.id})}>${w.place}</button></h3>
    <div class="ink-placed" tabindex="0" lang=${lang} aria-label=${w.source} ref=${fill}></div>
  </section>`;
};

/**
 * The fields of the open row, to read or to write in.
 * @param {any} row
 * @param {any} view what the view holds: data, state, words and what its buttons do
 */
const fields = (row, {data, state, w}) => {
  const names = [
    'system',
    'instruction',
    'input',
    ...(data.ranking ? ['chosen', 'rejected'] : ['output']),
  ];
  const shown = names.filter(name => (state.editing ? name in row.data : row.data[name]));
  return shown.map(
    name => html`<section key=${name} class="ink-field ${name}">
    <h3>${w[name]}</h3>
    ${
      state.editing
        ? html`<textarea key=${row.id} data-field=${name} aria-label=${w[name]} rows=${LONG.includes(name) ? 6 : 2}
          ref=${(/** @type {any} */ box) => {
            if (box && !box.filled) {
              box.filled = true;
              box.value = row.data[name] || '';
            }
          }}></textarea>`
        : html`<p>${row.data[name]}</p>`
    }
  </section>`,
  );
};

/** What can be done with the open row. @param {any} row @param {any} view */
const actions = (row, {data, state, w, host, edit}) => {
  if (state.editing) {
    const save = (/** @type {any} */ event) => {
      const boxes = [...host.querySelectorAll('textarea[data-field]')];
      state.editing = false;
      event.currentTarget.payload = {
        id: row.id,
        fields: Object.fromEntries(boxes.map(box => [box.dataset.field, box.value])),
      };
    };
    return html`<div class="ink-actions" key="editing">
      <button class="ink-button ink-secondary" type="button" data-act="edit" onclick=${save}>${w.save}</button>
      <button class="ink-button" type="button" onclick=${() => edit(false)}>${w.cancel}</button>
    </div>`;
  }
  return html`<div class="ink-actions" key="reading">
    <button class="ink-button" ...${acts('accept', {id: row.id})}>✓ ${w.accept} (A)</button>
    <button class="ink-button" ...${acts('reject', {id: row.id})}>✗ ${w.reject} (R)</button>
    <button class="ink-button" type="button" data-part="change" onclick=${() => edit(true)}>✎ ${w.edit} (E)</button>
    ${data.ranking && html`<button class="ink-button" ...${acts('flip', {id: row.id})}>⇅ ${w.flip} (F)</button>`}
  </div>`;
};

/** The open row, beside its source where that is known. @param {any} row @param {any} view */
const opened = (row, view) => {
  const {data, w} = view;
  const placed = row?.source?.marks?.length > 0;
  const box = html`<div class="ink-row-open ink-scroll" tabindex="0" key=${row?.id ?? 'none'} lang=${data.lang}>
    ${row && [fields(row, view), actions(row, view)]}
    ${row?.source && !placed && html`<section class="ink-source"><h3>${w.source} · ${row.source.name}</h3><p>${row.source.text}</p></section>`}
  </div>`;
  if (!placed) return box;
  const sign = JSON.stringify([row.source, data.lang, w.source, w.place]);
  return html`<div class="ink-text">${box}
    <${Row} key=${row.id} sign=${sign} draw=${() => html`<${Passage} row=${row} lang=${data.lang} w=${w} />`} /></div>`;
};

/** @param {any} view */
const paint = view => {
  const {data, state, host, w} = view;
  const row = data.rows.find((/** @type {any} */ one) => one.id === state.open);
  const turned = state.key !== data.key;
  Object.assign(state, {key: data.key, at: Math.max(0, data.rows.indexOf(row))});
  const open = (/** @type {any} */ one) => {
    Object.assign(state, {open: one.id, editing: false});
    paint(view);
  };
  const item = (
    /** @type {any} */ one,
  ) => html`<li key=${one.id} class=${one.id === state.open ? 'on' : null} data-key=${one.id}>
    <button class="ink-item" type="button" data-part="item" onclick=${() => open(one)}>
      <span class="ink-dot ${one.state}" title=${w['state_' + one.state]}></span>
      <span class="ink-item-text" lang=${data.lang}>${title(one).slice(0, TITLE) || '—'}</span>
    </button></li>`;
  const instead = () =>
    (state.editing && host.querySelector('textarea')) || host.querySelector('li.on button') || host;
  keep(
    host,
    () =>
      draw(
        host,
        html`
    ${chips(data, w)}
    <div class="ink-pair">
      <div class="ink-side wide">
        <div class="ink-list ink-scroll" tabindex="0"><ol class="ink-items">${data.rows.map(item)}</ol></div>
        <${Pager} data=${data} words=${w} />
      </div>
      ${opened(row, view)}
    </div>`,
      ),
    {otherwise: instead},
  );
  const list = host.querySelector('.ink-list');
  if (turned) list.scrollTop = 0;
  inSight(list, list.querySelector('li.on'));
};

/** The keys of the open row and of the list. @param {any} host */
const listen = host => {
  host.tabIndex = -1;
  onKeys(host, key => {
    const act = /** @type {Record<string, string>} */ (KEYS)[key];
    /** @type {any} */
    let button = null;
    if (act) button = host.querySelector(`.ink-actions :is([data-act=${act}], [data-part=${act}])`);
    else if (key === 'j' || key === 'ArrowDown')
      button = host.querySelector('.ink-items li.on + li button');
    else if (key === 'k' || key === 'ArrowUp')
      button = host.querySelector('.ink-items li:has(+ li.on) button');
    else return false;
    button?.click();
    return false;
  });
};

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  const w = data.words || {};
  if (!data.total && !data.filter && !data.search) {
    draw(host, html`<${Empty} data=${data} />`);
    return;
  }
  const state = (host.state ||= {open: null, editing: false});
  const open = data.rows.some((/** @type {any} */ row) => row.id === state.open);
  if (state.editing && open) return; // never overwrite what is being typed
  // A row that has left its list, as one decided has left the undecided, gives its place to the next.
  if (!open) {
    const place = state.key === data.key ? Math.min(state.at, data.rows.length - 1) : 0;
    Object.assign(state, {open: data.rows[place]?.id ?? null, editing: false});
  }
  const view = {
    data,
    state,
    host,
    w,
    edit: (/** @type {boolean} */ on) => {
      state.editing = on;
      paint(view);
      if (on) host.querySelector('textarea')?.focus({preventScroll: true});
    },
  };
  paint(view);
  if (!host.listening) {
    host.listening = true;
    listen(host);
  }
};
