// @ts-check
// A dataset's row to write in, and what can be done with it: change, delete, add, undo; stars and tags.
// What is typed belongs to the page until it is kept: no value that comes meanwhile draws over it.
import {acts, html} from './kit/list.js';
import {fill, number} from './kit/text.js';

const LONG = 60; // letters from which a text has more than a line
const MOST_LINES = 14;

/**
 * Takes what came for the row that is written in.
 * @param {any} data the view's value
 * @param {any} state the view's own
 * @returns {boolean} whether the view stays as it is, since somebody writes
 */
export function holding(data, state) {
  const edit = state.edit;
  const about = data.edit?.name;
  if (data.opened && data.opened.token !== state.taken) {
    Object.assign(state, {edit: {...data.opened, about, typed: {}}, taken: data.opened.token});
    return false;
  }
  if (data.saved !== undefined && data.saved !== state.kept) {
    Object.assign(state, {edit: null, missed: null, kept: data.saved, open: data.open ?? state.open});
    return false;
  }
  if (edit && (about === undefined || about === edit.about)) {
    state.missed = data; // drawn as soon as nobody writes any more
    return true;
  }
  state.edit = state.missed = null;
  return false;
}

/** The fields that differ from what was opened. @param {any} edit */
export const differing = edit =>
  edit.fields
    .map((/** @type {any} */ field, /** @type {number} */ at) => ({path: field.path, value: edit.typed[at] ?? field.value, old: field.value}))
    .filter((/** @type {any} */ one) => one.value !== one.old)
    .map((/** @type {any} */ {path, value}) => ({path, value}));

/** How many lines a box has at first. @param {string} text */
const lines = text =>
  Math.min(MOST_LINES, text.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / LONG)), 0));

/** One field to write in. @param {any} field @param {number} at @param {any} view */
const field = (field, at, {state, lang}) => {
  const typed = (/** @type {any} */ event) => {
    const box = event.currentTarget;
    state.edit.typed[at] = box.type === 'checkbox' ? box.checked : box.value;
  };
  const name = field.label;
  if (typeof field.value === 'boolean')
    return html`<label key=${at} class="ink-edit-flag"><input type="checkbox" data-field=${at} checked=${state.edit.typed[at] ?? field.value} onchange=${typed} /> ${name}</label>`;
  const filled = (/** @type {any} */ box) => {
    if (box && !box.filled) {
      box.filled = true;
      box.value = state.edit.typed[at] ?? field.value;
    }
  };
  return html`<label key=${at} class=${'ink-edit-field ' + name}><span>${name}</span>
    <textarea data-field=${at} lang=${lang} rows=${lines(field.value)} ref=${filled} oninput=${typed}></textarea></label>`;
};

/** The open row to write in. @param {any} view data, state, lang, and `leave`, which gives up what was typed */
export const editor = view => {
  const {data, state, leave} = view;
  const {edit} = state;
  const w = data.edit?.words || {};
  const save = (/** @type {any} */ event) => {
    event.currentTarget.payload = {
      n: edit.n,
      next: edit.row + 1,
      age: edit.age,
      token: edit.token,
      values: differing(edit),
    };
  };
  const title = edit.n ? fill(w.editing, {n: number(edit.n)}) : w.adding;
  return html`<article class="ink-card ink-edit" key=${edit.token}>
    <div class="ink-edit-bar"><b>${title}</b>
      <button class="ink-button ink-secondary" type="button" data-act="row_save" onclick=${save}>${w.save}</button>
      <button class="ink-button" type="button" data-part="leave" onclick=${leave}>${w.leave}</button>
    </div>
    ${edit.fields.map((/** @type {any} */ one, /** @type {number} */ at) => field(one, at, view))}
  </article>`;
};

/** Stars of a row. @param {any} row @param {any} mark @param {Record<string, string>} w */
const stars = (row, mark, w) => html`<span class="ink-stars" role="group" aria-label=${w.rating}>${[1, 2, 3, 4, 5].map(
  n => html`<button key=${n} class=${'ink-star' + (n <= mark.rating ? ' on' : '')} aria-pressed=${String(n === mark.rating)}
    aria-label=${fill(w.stars, {n})} title=${`${fill(w.stars, {n})} (${n})`} data-rating=${n}
    ...${acts('row_mark', {n: row.n, rating: n === mark.rating ? 0 : n, tags: mark.tags})}>★</button>`,
)}</span>`;

/** Tags of a row, and a box for one more. @param {any} row @param {any} mark @param {any} view */
const tags = (row, mark, {host, data}) => {
  const w = data.edit.words;
  const add = (/** @type {any} */ event) => {
    const box = event.currentTarget;
    if (event.key !== 'Enter' || event.isComposing || !box.value.trim()) return;
    event.preventDefault();
    host.act({act: 'row_mark', n: row.n, rating: mark.rating, tags: [...mark.tags, box.value]});
    box.value = '';
  };
  return html`<span class="ink-row-tags">${mark.tags.map(
    (/** @type {string} */ tag) => html`<button key=${tag} class="ink-button ink-row-tag" title=${fill(w.untag, {tag})} aria-label=${fill(w.untag, {tag})}
      ...${acts('row_mark', {n: row.n, rating: mark.rating, tags: mark.tags.filter((/** @type {string} */ one) => one !== tag)})}>${tag} ×</button>`,
  )}<input class="ink-input" list="ink-row-tag-names" data-name="tag" maxlength="40" aria-label=${w.tag} placeholder=${w.tag} onkeydown=${add} />
    <datalist id="ink-row-tag-names">${data.edit.tags.map((/** @type {string} */ tag) => html`<option key=${tag} value=${tag} />`)}</datalist></span>`;
};

/** What can be done with the open row. @param {any} row @param {any} view data, state, host */
export const tools = (row, view) => {
  const {edit} = view.data;
  if (!edit || row.bad) return null;
  const w = edit.words;
  const mark = edit.marks[row.n] || {rating: 0, tags: []};
  return html`<div class="ink-row-tools" key="row-tools">
    <button class="ink-button" title=${w.edit_key} ...${acts('row_edit', {n: row.n})}>✎ ${w.edit}</button>
    <button class="ink-button" title=${w.delete_key} ...${acts('row_delete', {n: row.n, age: edit.age})}>${w.delete}</button>
    <button class="ink-button" data-part="add" ...${acts('row_edit', {n: 0})}>＋ ${w.add}</button>
    <button class="ink-button" disabled=${edit.undo === null} title=${edit.undo ?? ''} aria-label=${w.undo} ...${acts('row_undo')}>↶</button>
    <button class="ink-button" disabled=${edit.redo === null} title=${edit.redo ?? ''} aria-label=${w.redo} ...${acts('row_redo')}>↷</button>
    ${stars(row, mark, w)}${tags(row, mark, view)}
  </div>`;
};

/** A row's stars in the list. @param {any} data @param {any} row */
export const marked = (data, row) => {
  const mark = data.edit?.marks[row.n];
  return mark && html`<span class="ink-row-mark" title=${mark.tags.join(', ')}>${'★'.repeat(mark.rating)}${mark.tags.length ? ` #${mark.tags.length}` : ''}</span>`;
};

/** Which button a key presses outside of fields. @param {string} key */
const pressed = key => {
  if (key === 'e') return '[data-act=row_edit]:not([data-part=add])';
  if (key === 'Delete') return '[data-act=row_delete]';
  return /^[1-5]$/.test(key) ? `[data-rating="${key}"]` : '';
};

/** A key of the list; whether it was one of these. @param {any} host @param {string} key */
export const rowKey = (host, key) => {
  const wanted = pressed(key);
  const button = wanted && host.querySelector(`.ink-row-tools ${wanted}`);
  if (!button || button.disabled) return false;
  button.click();
  return true;
};

/** Keys with Ctrl, and those that end the writing. @param {any} host */
export const listening = host =>
  host.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing) return;
    const control = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    let wanted = '';
    if (host.state?.edit) {
      if (key === 'escape') wanted = '[data-part=leave]';
      if (key === 'enter' && control) wanted = '[data-act=row_save]';
    } else if (control && !(/** @type {any} */ (event.target).matches('input, textarea, select'))) {
      if (key === 'z') wanted = event.shiftKey ? '[data-act=row_redo]' : '[data-act=row_undo]';
      if (key === 'y') wanted = '[data-act=row_redo]';
    }
    const button = wanted && host.querySelector(wanted);
    if (!button) return;
    event.preventDefault();
    if (!button.disabled) button.click();
  });
