// @ts-check
// The run list: state, name, steps, losses; found, sorted and narrowed on the page. A run is opened,
// resumed, noted, renamed, deleted; what waits in the queue is moved, begun or taken out.
import {Field, Row, acts, draw, html, keep} from './kit/list.js';
import {fill, number} from './kit/text.js';

const MORE = 60; // lines that are drawn at first, and with each press
const FEW = 8; // runs without a search
const NUMBERS = ['done', 'loss', 'held_out', 'at'];

/** The words of a search that a run has to hold. @param {any} run @param {string} query */
const holds = (run, query) => {
  const text = `${run.name} ${run.note} ${run.about} ${run.label} ${run.stage}`.toLowerCase();
  return query.toLowerCase().split(/\s+/).every(word => text.includes(word));
};

/**
 * The runs that are found, in their order: by the column that was pressed, else as they came, what
 * waits before all others.
 * @param {any[]} rows @param {{query: string, state: string, sort: string, down: boolean}} how
 */
export const found = (rows, {query, state, sort, down}) => {
  const kept = rows.filter(run => (!state || run.state === state) && (!query || holds(run, query)));
  if (!sort) return kept;
  const value = (/** @type {any} */ run) => (NUMBERS.includes(sort) ? (run[sort] === '' ? null : Number(run[sort])) : String(run[sort]));
  return kept.sort((one, other) => {
    const [a, b] = [value(one), value(other)];
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1; // without a value: last
    const way = typeof a === 'string' ? a.localeCompare(String(b)) : a - Number(b);
    return down ? -way : way;
  });
};

/** What is pressed in a run's line. @param {any} run @param {any} w @param {any} edit */
const buttons = (run, w, edit) => {
  const one = (/** @type {string} */ act, /** @type {string} */ text, /** @type {string} */ title = '', /** @type {object} */ more = {}) =>
    html`<button class="ink-button" title=${title} aria-label=${title} ...${acts(act, {id: run.id, ...more})}>${text}</button>`;
  if (run.place)
    return html`${one('up', '↑', w.up)}${one('down', '↓', w.down)}${one('now', w.now, w.now_title)}${one('out', w.out)}`;
  return html`${one('open', w.show)}
    ${run.adapter && one('chat', w.chat, '', {adapter: run.adapter})}
    ${run.model && one('model', w.model, '', {model: run.model})}
    ${!run.grid && one('settings', w.settings)}
    ${run.resumable && one('resume', w.resume)}
    <button type="button" class="ink-button" data-part="edit" title=${w.edit} aria-label=${`${w.edit}: ${run.name}`} onclick=${edit}>⋯</button>`;
};

/** @param {any} run @param {boolean} open @param {any} w @param {any} edit */
const line = (run, open, w, edit) => html`<tr class=${open ? 'on' : null} data-key=${run.id}>
  <td><button class="ink-button ink-tick" aria-pressed=${run.ticked} disabled=${open || run.grid} title=${w.beside}
    aria-label=${`${w.beside}: ${run.name}`} ...${acts('beside', {id: run.id})}>${run.ticked || open ? '✓' : '+'}</button></td>
  <td><span class="ink-state ${run.state}">${run.label}</span></td>
  <td class="clip" title=${run.id}>${run.name}${run.note && html`<span class="ink-run-note" title=${run.note}>${run.note}</span>`}</td>
  <td>${run.stage}</td><td class="num">${run.steps}</td>
  <td class="num">${run.loss}</td><td class="num">${run.held_out}</td><td class="num">${run.when}</td>
  <td class="ink-actions">${buttons(run, w, edit)}</td>
</tr>`;

/** A run's name and note, and its deletion. @param {any} run @param {any} view */
const editor = (run, {data, w, state, host, change}) => {
  const plan = data.plan?.id === run.id && data.plan;
  const save = () => {
    host.act({act: 'keep', id: run.id, name: state.name, note: state.note});
    change({editing: ''});
  };
  const keys = (/** @type {any} */ e) => {
    if (e.key === 'Enter') save();
    if (e.key === 'Escape') change({editing: ''});
  };
  const typed = (/** @type {string} */ name) => (/** @type {any} */ e) => (state[name] = e.target.value);
  return html`<tr class="ink-run-edit" data-key=${run.id} key=${'edit ' + run.id}><td colspan="9"><div>
    <${Field} value=${state.name} data-field="name" aria-label=${w.name} oninput=${typed('name')} onkeydown=${keys} />
    <${Field} class="note" value=${state.note} data-field="note" aria-label=${w.note} placeholder=${w.note} oninput=${typed('note')} onkeydown=${keys} />
    <button type="button" class="ink-button ink-secondary" data-part="save" onclick=${save}>${w.save}</button>
    <button type="button" class="ink-button" data-part="cancel" onclick=${() => change({editing: ''})}>${w.cancel}</button>
    ${!run.grid && html`<button class="ink-button" title=${w.elsewhere_title} ...${acts('elsewhere', {id: run.id})}>${w.elsewhere}</button>`}
    ${!run.active && !plan && html`<button class="ink-button" ...${acts('plan', {id: run.id})}>${w.delete}</button>`}
    ${plan && html`<b role="status">${plan.told}</b> ${plan.left}
      <button class="ink-button ink-secondary" ...${acts('delete', {id: run.id})}>${w.delete_now}</button>
      <button class="ink-button" ...${acts('unplan', {id: run.id})}>${w.keep}</button>`}
  </div></td></tr>`;
};

/** What waits, and what can be done with all of it. @param {any} queue @param {any} w */
const queueLine = (queue, w) =>
  queue.told &&
  html`<span class=${'ink-runs-queue' + (queue.held ? ' held' : '')} role="status">${queue.told}</span>
    ${queue.held ? html`<button class="ink-button ink-secondary" ...${acts('go_on')}>${w.go_on}</button>` : html`<button class="ink-button" title=${w.hold_title} ...${acts('hold')}>${w.hold}</button>`}
    ${queue.running > 0 && html`<button class="ink-button" title=${w.stop_all_title} ...${acts('stop_all')}>${w.stop_all}</button>`}
    ${queue.waiting > 0 && html`<button class="ink-button" title=${w.empty_title} ...${acts('empty')}>${w.empty}</button>`}
    <button class="ink-button" role="switch" aria-checked=${queue.on_failure} ...${acts('on_failure')}>${queue.on_failure ? '☑' : '☐'} ${w.on_failure}</button>`;

/** @param {any} view @param {any[]} shown */
const bar = ({data, w, state, change}, shown) => {
  if (data.rows.length <= FEW && !data.queue.told) return null;
  const states = [...new Map(data.rows.map((/** @type {any} */ run) => [run.state, run.place ? w.waits : run.label]))];
  return html`<div class="ink-runs-bar">
    <${Field} class="ink-search" type="search" value=${state.query} data-field="query" placeholder=${w.search} aria-label=${w.search}
      oninput=${(/** @type {any} */ e) => change({query: e.target.value.trim(), most: MORE})} />
    <select data-field="state" aria-label=${w.state} value=${state.state} onchange=${(/** @type {any} */ e) => change({state: e.target.value, most: MORE})}>
      <option value="">${w.every}</option>${states.map(([name, label]) => html`<option value=${name}>${label}</option>`)}</select>
    ${queueLine(data.queue, w)}
    <span class="ink-runs-count">${fill(w.count, {n: number(shown.length), of: number(data.rows.length)})} ${data.more}</span>
    <button type="button" class="ink-button" data-part="size" aria-expanded=${state.large} onclick=${() => change({large: !state.large})}>${state.large ? w.small : w.large}</button>
  </div>`;
};

/** @param {any} view */
const head = ({w, state, change}) => {
  const column = (/** @type {string} */ name, /** @type {string} */ title, num = false) => {
    const sorted = state.sort === name;
    const press = () => change(sorted && !state.down ? {sort: ''} : {sort: name, down: !sorted});
    return html`<th class=${num ? 'num' : null} aria-sort=${sorted ? (state.down ? 'descending' : 'ascending') : 'none'}>
      <button type="button" data-part=${'sort-' + name} onclick=${press}>${title}${sorted ? (state.down ? ' ↓' : ' ↑') : ''}</button></th>`;
  };
  return html`<thead><tr><th><span class="sr">${w.beside}</span></th>
    ${column('label', w.state)}${column('name', w.name)}${column('stage', w.stage)}${column('done', w.steps, true)}
    ${column('loss', w.loss, true)}${column('held_out', w.held_out, true)}${column('at', w.when, true)}
    <th><span class="sr">${w.actions}</span></th></tr></thead>`;
};

/** @param {any} view */
const paint = view => {
  const {data, w, state, host} = view;
  const shown = found([...data.rows], state);
  view.change = (/** @type {object} */ more) => {
    Object.assign(state, more);
    paint(view);
  };
  // While a run goes on one row a second of many changes: the others are not looked at.
  const words = JSON.stringify(w);
  const row = (/** @type {any} */ run) => {
    const open = run.id === data.open;
    const edit = () => view.change({editing: state.editing === run.id ? '' : run.id, name: run.name, note: run.note});
    return [
      html`<${Row} key=${run.id} sign=${JSON.stringify(run) + open + words} draw=${() => line(run, open, w, edit)} />`,
      state.editing === run.id && editor(run, view),
    ];
  };
  keep(host, () =>
    draw(
      host,
      html`${bar(view, shown)}<div class=${'ink-list ink-scroll' + (state.large ? ' ink-runs-open' : '')} tabindex="0"><table>
      ${head(view)}<tbody>${shown.slice(0, state.most).map(row)}</tbody></table>
      ${shown.length > state.most && html`<button type="button" class="ink-button" data-part="more" onclick=${() => view.change({most: state.most + MORE})}>${fill(w.show_more, {n: number(Math.min(MORE, shown.length - state.most))})}</button>`}
      </div>`,
    ),
  );
};

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  if (!data.rows?.length) {
    draw(host, null);
    return;
  }
  host.state ||= {query: '', state: '', sort: '', down: true, most: MORE, large: false, editing: '', name: '', note: ''};
  paint({data, host, state: host.state, w: data.words});
};
