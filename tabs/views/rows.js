// @ts-check
// Rows as they are made: a list left, the open row right with its answer beside its source; accept,
// reject, edit, flip, undo.
import {differences, size} from './kit/differences.js';
import {onKeys} from './kit/keys.js';
import {Empty, Pager, acts, draw, html, inSight, keep} from './kit/list.js';
import {fill, number} from './kit/text.js';
import {Origin} from './origin.js';

const LONG = ['output', 'chosen', 'rejected']; // fields with room for more than a line or two
const ASKED = ['system', 'instruction', 'input'];
const KEYS = {a: 'accept', r: 'reject', f: 'flip', e: 'change', u: 'undo'};
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

/** How long a text is, in words. @param {string} text @param {Record<string, string>} w */
const length = (text, w) => {
  const {count, unit} = size(text || '');
  return fill(w[unit], {n: number(count)});
};

/** A text, with what only it says marked. @param {{text: string, runs: import('./kit/differences.js').Run[] | undefined}} props */
const Text = ({text, runs}) =>
  html`<p>${runs ? runs.map(run => (run.differs ? html`<mark class="ink-differs">${run.text}</mark>` : run.text)) : text}</p>`;

/**
 * One field of the open row, to read or to write in.
 * @param {any} row
 * @param {string} name
 * @param {any} view what the view holds: data, state, words and what its buttons do
 * @param {any} [runs] of a pair, where it differs from the other side
 */
const field = (row, name, {state, w}, runs) => {
  const long = LONG.includes(name);
  const filled = (/** @type {any} */ box) => {
    if (box && !box.filled) {
      box.filled = true;
      box.value = row.data[name] || '';
    }
  };
  return html`<section key=${name} class=${'ink-field ' + name}>
    <h3>${w[name]}${long && html` <span class="ink-length">${length(row.data[name], w)}</span>`}</h3>
    ${
      state.editing
        ? html`<textarea key=${row.id} data-field=${name} aria-label=${w[name]} rows=${long ? 6 : 2} ref=${filled}></textarea>`
        : html`<${Text} text=${row.data[name]} runs=${runs} />`
    }
  </section>`;
};

/** What is asked, in one block above the answer. @param {any} row @param {any} view */
const asked = (row, view) => {
  const names = ASKED.filter(name => (view.state.editing ? name in row.data : row.data[name]));
  return html`<div class="ink-asked ink-scroll" tabindex="0" role="region" aria-label=${view.w.asked}>${names.map(name => field(row, name, view))}</div>`;
};

/** What will be trained: the answer, or both sides with their difference. @param {any} row @param {any} view */
const answers = (row, view) => {
  const {data, state, w} = view;
  if (!data.ranking)
    return html`<div class="ink-answer ink-scroll" tabindex="0" role="region" aria-label=${w.output}>${field(row, 'output', view)}</div>`;
  const {chosen, rejected} = row.data;
  const runs = state.editing ? null : compared(state, chosen, rejected);
  return html`<div class="ink-answers">
    ${['chosen', 'rejected'].map(
      (name, at) => html`<div key=${name} class="ink-answer ink-scroll" tabindex="0" role="region" aria-label=${w[name]}>
        ${field(row, name, view, runs?.[at])}</div>`,
    )}
    ${runs === null && !state.editing && html`<p class="ink-hint">${w.not_compared}</p>`}
  </div>`;
};

/** The difference of two texts, found once. @param {any} state @param {string} chosen @param {string} rejected */
const compared = (state, chosen, rejected) => {
  const sign = JSON.stringify([chosen, rejected]);
  if (state.compared?.sign !== sign)
    state.compared = {sign, runs: differences(chosen || '', rejected || '')};
  return state.compared.runs;
};

/** What can be done with the open row, always in the same place. @param {any} row @param {any} view */
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
      <button class="ink-button" type="button" data-part="cancel" onclick=${() => edit(false)}>${w.cancel}</button>
      <span class="ink-hint">${w.editing}</span>
    </div>`;
  }
  const decision = (/** @type {string} */ act, /** @type {string} */ made, /** @type {string} */ label) =>
    html`<button class=${`ink-button ${made}${row.state === made ? ' on' : ''}`} aria-pressed=${String(row.state === made)} ...${acts(act, {id: row.id})}>${label}</button>`;
  return html`<div class="ink-actions" key="reading">
    ${decision('accept', 'accepted', `✓ ${w.accept} (A)`)}
    ${decision('reject', 'rejected', `✗ ${w.reject} (R)`)}
    <button class="ink-button" type="button" data-part="change" onclick=${() => edit(true)}>✎ ${w.edit} (E)</button>
    ${data.ranking && html`<button class="ink-button" ...${acts('flip', {id: row.id})}>⇅ ${w.flip} (F)</button>`}
    <button class="ink-button" disabled=${!data.undo} ...${acts('undo')}>↶ ${w.undo} (U)</button>
  </div>`;
};

/** The open row: what is asked, the answer beside its source, what can be done. @param {any} row @param {any} view */
const opened = (row, view) => {
  const {data, w} = view;
  if (!row) return html`<div class="ink-row-open"><p class="ink-waiting">${w.none}</p></div>`;
  const kind = (data.ranking ? ' ranking' : '') + (row.source ? ' sourced' : '');
  return html`<div class=${'ink-row-open' + kind} key=${row.id} lang=${data.lang}>
    ${asked(row, view)}
    <div class="ink-row-body">${answers(row, view)}<${Origin} row=${row} lang=${data.lang} w=${w} /></div>
    ${actions(row, view)}
  </div>`;
};

/** A word about the row that is being made. @param {{making: any, w: Record<string, string>}} props */
const Making = ({making, w}) =>
  making &&
  html`<div class="ink-making" role="status">
    <b>${making.label}</b>
    <span title=${making.now}>${making.now || w.starting}</span>
  </div>`;

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
    <div class="ink-pair rows">
      <div class="ink-side">
        <${Making} making=${data.making} w=${w} />
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
    if (act)
      button = host.querySelector(`.ink-actions :is([data-act=${act}], [data-part=${act}])`);
    else if (key === 'j' || key === 'ArrowDown')
      button = host.querySelector('.ink-items li.on + li button');
    else if (key === 'k' || key === 'ArrowUp')
      button = host.querySelector('.ink-items li:has(+ li.on) button');
    else return false;
    if (!button || button.disabled) return false;
    button.click();
    return true;
  });
  host.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    if (!host.state?.editing || event.isComposing) return;
    const part =
      event.key === 'Escape'
        ? '[data-part=cancel]'
        : event.key === 'Enter' && (event.ctrlKey || event.metaKey)
          ? '[data-act=edit]'
          : '';
    if (!part) return;
    event.preventDefault();
    host.querySelector('.ink-actions ' + part)?.click();
  });
};

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  const w = data.words || {};
  if (!data.total && !data.filter && !data.search) {
    draw(host, html`<${Making} making=${data.making} w=${w} /><${Empty} data=${data} />`);
    return;
  }
  const state = (host.state ||= {open: null, editing: false});
  if (data.open && data.rows.some((/** @type {any} */ row) => row.id === data.open))
    Object.assign(state, {open: data.open, editing: false});
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
