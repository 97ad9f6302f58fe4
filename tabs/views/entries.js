// @ts-check
// The entries of dataset_info.json: their list, the form of the open one, and what its first rows
// become while the form is being changed.
import {Fault, acts, draw, html, inSight} from './kit/list.js';
import {fill, number} from './kit/text.js';

const WAIT_MS = 350; // after the last key, before a change is tried
const SIDES = ['chosen', 'rejected'];
const TALK = ['messages', 'system', 'tools'];
const ALPACA = ['prompt', 'query', 'response', 'system', 'history', 'tools'];
const RARE = ['kto_tag', 'images', 'videos', 'audios'];

/** The form as the data has it. @param {any} data */
const given = data => {
  const layout = data.look?.layout || {};
  return {
    name: data.open.name,
    formatting: layout.formatting || 'alpaca',
    ranking: Boolean(layout.ranking),
    columns: {...layout.columns},
    tags: {...layout.tags},
    ...data.more,
  };
};

/** The columns that count for a form. @param {any} form */
const columnsOf = form => {
  const main = form.formatting === 'alpaca' ? ALPACA : TALK;
  return [...main.filter(name => !(form.ranking && name === 'response')), ...(form.ranking ? SIDES : [])];
};

/** Where an entry's rows lie. @param {any} entry @param {any} w */
const place = (entry, w) => (entry.hub ? `${entry.hub} · ${entry.place}` : entry.place || w.nowhere);

/** @param {any} view */
const list = ({data, w}) => html`<div class="ink-list ink-scroll" tabindex="0">
  <ol class="ink-items" aria-label=${w.list}>${data.entries.map(
    (/** @type {any} */ one) => html`<li key=${one.name} data-key=${one.name} class=${one.name === data.open?.name ? 'on' : null}>
      <button class="ink-item" ...${acts('open', {name: one.name})}>
        <span class=${'ink-dot ' + (one.problem ? (one.download ? '' : 'rejected') : 'accepted')}></span>
        <span class="ink-item-body"><span class="ink-item-text">${one.name}</span>
          <small>${one.formatting}${one.ranking ? ' · ranking' : ''} · ${place(one, w)}</small>
          ${one.problem && !one.download && html`<small class="ink-entry-why">${one.problem[0]}</small>`}</span>
      </button>
      ${one.download && html`<button class="ink-button" data-part="download" ...${acts('download', {name: one.name})}>${w.download}</button>`}
    </li>`,
  )}</ol></div>`;

/** A line of the form: its label, its help, its control. @param {string} name @param {string} text @param {string} help @param {any} control */
const line = (name, text, help, control) => html`<label class="ink-entry-line" key=${name} title=${help}><span>${text}</span>${control}</label>`;

/** A column to choose. @param {any} view @param {string} name */
const column = ({form, data, w, change}, name) => {
  const value = form.columns[name] || '';
  const there = (data.look?.columns || []).map((/** @type {any} */ one) => one.name);
  const unlisted = value && !there.includes(value);
  const lacking = unlisted && there.length > 0;
  const pick = (/** @type {any} */ e) => change({columns: {...form.columns, [name]: e.target.value}});
  return line(
    name,
    w.fields[name].label,
    w.fields[name].help,
    html`<select data-field=${name} class=${lacking ? 'lacking' : null} value=${value} onchange=${pick}>
      <option value="">${w.unset}</option>
      ${unlisted && html`<option value=${value}>${lacking ? fill(w.lacking, {name: value}) : value}</option>`}
      ${(data.look?.columns || []).map(
        (/** @type {any} */ one) => html`<option value=${one.name} title=${one.example}>${one.name}</option>`,
      )}
    </select>`,
  );
};

/** A text of the form. @param {any} view @param {string} name @param {any} value @param {(value: string) => void} put @param {string} [among] the id of a list */
const text = ({w}, name, value, put, among) =>
  line(
    name,
    w.fields[name].label,
    w.fields[name].help,
    html`<input type="text" data-field=${name} value=${value ?? ''} list=${among} placeholder=${w.fields[name].empty || ''}
      oninput=${(/** @type {any} */ e) => put(e.target.value)} />`,
  );

/** @param {any} view */
const tags = view => {
  const {form, data, w, change} = view;
  if (form.formatting === 'alpaca') return null;
  const put = (/** @type {string} */ name) => (/** @type {string} */ value) => change({tags: {...form.tags, [name]: value}});
  const options = (/** @type {string} */ id, /** @type {string[]} */ values) =>
    html`<datalist id=${id}>${(values || []).map(value => html`<option value=${value}></option>`)}</datalist>`;
  return html`<h4>${w.tags}</h4>
    ${options('entry-keys', data.look?.keys)}${options('entry-roles', data.look?.roles)}
    ${data.tags.map((/** @type {string} */ name) =>
      text(view, name, form.tags[name], put(name), ['role_tag', 'content_tag'].includes(name) ? 'entry-keys' : 'entry-roles'),
    )}`;
};

/** What of a hub is meant, and how many rows a training takes. @param {any} view */
const more = view => {
  const {form, w, change} = view;
  const put = (/** @type {string} */ name) => (/** @type {string} */ value) => change({[name]: value});
  return html`<h4>${w.rows_taken}</h4>
    ${text(view, 'num_samples', form.num_samples, put('num_samples'))}
    ${form.of_hub && ['subset', 'split', 'folder'].map(name => text(view, name, form[name], put(name)))}`;
};

/** @param {any} view */
const fields = view => {
  const {form, data, w, change} = view;
  const rare = RARE.filter(name => form.columns[name]);
  return html`
    ${line('formatting', w.fields.formatting.label, w.fields.formatting.help, html`<select data-field="formatting" value=${form.formatting}
      onchange=${(/** @type {any} */ e) => change({formatting: e.target.value})}>
      ${data.formattings.map((/** @type {string} */ one) => html`<option value=${one}>${one}</option>`)}</select>`)}
    ${line('ranking', w.fields.ranking.label, w.fields.ranking.help, html`<input type="checkbox" data-field="ranking" checked=${form.ranking}
      onchange=${(/** @type {any} */ e) => change({ranking: e.target.checked})} />`)}
    <h4>${w.columns}</h4>
    ${columnsOf(form).map(name => column(view, name))}
    ${rare.map(name => column(view, name))}
    <details><summary>${w.rare}</summary>${RARE.filter(name => !rare.includes(name)).map(name => column(view, name))}</details>
    ${tags(view)}${more(view)}`;
};

/** What is to be said of the file before its fields. @param {any} view */
const head = ({data, w}) => {
  const {open, look} = data;
  const notes = [
    open.pending && !data.changed && [look?.known ? w.found : w.which, ''],
    look?.form && [fill(w.form, {name: look.form}), ''],
    look?.sha1 === 'differs' && [w.sha1_differs, 'warn'],
    look?.sha1 === 'same' && [w.sha1_same, ''],
  ].filter(Boolean);
  return html`<h3>${open.pending ? open.filename : open.name}</h3>
    <p class="ink-entry-place">${open.pending ? fill(w.becomes, {name: open.name}) : place(open, w)}</p>
    ${open.problem && html`<${Fault} error=${open.problem} />`}
    ${data.error && !open.problem && html`<${Fault} error=${data.error} />`}
    ${notes.map(([told, kind]) => html`<p class=${'ink-entry-note ' + kind}>${told}</p>`)}`;
};

/** @param {any} view */
const foot = ({form, data, w, touched, settle}) => {
  const {open} = data;
  return html`<div class="ink-entry-foot">
    ${open.download && html`<button class="ink-button ink-secondary" data-part="fetch" ...${acts('download', {name: open.name})}>${w.download}</button>`}
    ${
      open.pending
        ? html`<button class="ink-button ink-secondary" data-part="take" disabled=${!data.look || data.look.failing === data.look.looked}
            ...${acts('take', {form})}>${w.take}</button>
          <button class="ink-button" data-part="drop" ...${acts('drop')}>${w.drop}</button>`
        : html`<button class=${'ink-button' + (touched ? ' ink-secondary' : '')} data-part="save" onclick=${settle} ...${acts('save', {form})}>${w.save}</button>
          ${touched && html`<button class="ink-button" data-part="back" onclick=${settle} ...${acts('drop')}>${w.back}</button>`}`
    }</div>`;
};

/** One of the first rows: its turns, or why it cannot be used. @param {any} row @param {any} w */
const tried = (row, w) => html`<article key=${row.row} class="ink-card chat">
  <h4>${fill(w.row, {n: number(row.row)})}</h4>
  ${
    row.messages
      ? row.messages.map(
          (/** @type {any} */ turn) => html`<div class="ink-bubble ${turn.role}"><span class="ink-role">${w.roles[turn.role] || turn.role}</span><p>${turn.content}</p></div>`,
        )
      : html`<p class="ink-error"><b>${row.reason}</b></p><p class="ink-entry-begins">${row.example}</p>`
  }</article>`;

/** @param {any} view */
const check = ({data, w}) => {
  const {look} = data;
  if (!look?.rows) return html`<p class="ink-entry-note">${data.open.download ? w.not_here : data.error || data.open.problem ? '' : w.looking}</p>`;
  const bad = look.problems.filter((/** @type {any} */ one) => !look.rows.some((/** @type {any} */ row) => row.row === one.row));
  const told = fill(look.failing ? w.failing : w.all_good, {n: number(look.failing), all: number(look.looked)});
  return html`<p class=${'ink-entry-count ' + (look.failing ? 'warn' : 'good')} role="status">${told}</p>
    ${look.rows.map((/** @type {any} */ row) => tried(row, w))}
    ${bad.length > 0 && html`<h4>${w.others}</h4>${bad.map((/** @type {any} */ row) => tried(row, w))}`}`;
};

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  if (!data.words) return;
  const w = {...data.words, fields: data.fields, roles: data.roles};
  const state = (host.state ||= {of: null, form: null, touched: false, timer: 0});
  if (data.open && state.of !== data.open.name) {
    state.of = data.open.name;
    state.touched = false;
  }
  if (data.open && !state.touched) state.form = given(data);
  const paint = () => {
    const view = {data, w, form: state.form, change, touched: state.touched, settle};
    draw(
      host,
      html`<div class="ink-pair entries">
        <div class="ink-side">${list(view)}</div>
        ${
          data.open
            ? html`<div class="ink-entry-form ink-scroll" tabindex="0">${head(view)}${fields(view)}${foot(view)}</div>
              <div class="ink-cards ink-scroll" tabindex="0">${check(view)}</div>`
            : html`<div class="ink-empty"><p class="ink-empty-title">${w.none}</p><p>${w.none_text}</p></div>`
        }</div>`,
    );
    const rows = host.querySelector('.ink-list');
    inSight(rows, rows.querySelector('li.on'));
  };
  const settle = () => {
    clearTimeout(state.timer);
    state.touched = false;
  };
  const change = (/** @type {any} */ part) => {
    state.form = {...state.form, ...part};
    state.touched = true;
    clearTimeout(state.timer);
    state.timer = setTimeout(() => {
      state.timer = 0;
      host.act({act: 'try', form: state.form});
    }, WAIT_MS);
    paint();
  };
  paint();
};
