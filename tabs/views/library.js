// @ts-check
// The Library: a search over all things of the workspace, the list, and the open thing beside it.
import {shelf} from './shelf.js';
import {Empty, Field, acts, draw, html, inSight, keep} from './kit/list.js';
import {fill, number} from './kit/text.js';

const MORE = 300; // rows that are drawn at first, and with each press of "more"
const LOOKS = 100; // for the search after Ctrl-K, twenty a second
const COLUMNS = ['name', 'kind', 'amount', 'size', 'when'];

/** The things that are shown, in their order. @param {any} data @param {any} state */
const shown = (data, state) => shelf(data.things, state);

/** @param {any} view */
const bar = ({data, state, w, change}) => {
  const counts = /** @type {Record<string, number>} */ ({});
  for (const one of data.things)
    if (one.archived === state.archived) counts[one.kind] = (counts[one.kind] || 0) + 1;
  const gone = data.things.some((/** @type {any} */ one) => one.archived);
  const chip = (/** @type {string} */ kind, /** @type {string} */ label, /** @type {number} */ n) =>
    html`<button key=${kind} type="button" class=${'ink-button' + (state.kind === kind ? ' on' : '')}
      aria-pressed=${state.kind === kind} data-name=${kind || 'all'} onclick=${() => change({kind})}>${label} ${number(n)}</button>`;
  const all = data.things.filter((/** @type {any} */ one) => one.archived === state.archived);
  return html`<div class="ink-library-bar">
    <${Field} type="search" class="ink-search" data-part="search" value=${state.query} placeholder=${w.search}
      aria-label=${w.search} oninput=${(/** @type {any} */ e) => change({query: e.target.value})} />
    <span class="ink-library-total">${fill(w.total, {size: data.total})}</span>
  </div>
  <div class="ink-chips ink-library-kinds" role="group" aria-label=${w.kinds}>
    ${chip('', w.all, all.length)}
    ${data.kinds.map((/** @type {any} */ one) => counts[one.kind] && chip(one.kind, one.label, counts[one.kind]))}
    ${(gone || state.archived) && html`<button key="archived" type="button" class=${'ink-button' + (state.archived ? ' on' : '')}
      aria-pressed=${state.archived} data-name="archived" onclick=${() => change({archived: !state.archived, kind: ''})}>${w.archived}</button>`}
  </div>`;
};

/** @param {any} one @param {any} view */
const line = (one, {state, w, open}) => html`<tr key=${one.ref} class=${one.ref === state.open ? 'on' : null}
  data-key=${one.ref} tabindex="0" onclick=${() => open(one)}
  onkeydown=${(/** @type {any} */ e) => {
    if (e.target === e.currentTarget && e.key === 'Enter') open(one);
  }}>
  <td class="ink-star">${one.starred ? '★' : ''}</td>
  <td class="clip"><span class="ink-thing">${one.name}</span>${one.state && html` <span class="ink-library-state">${one.state}</span>`}
    ${one.note && html`<span class="ink-library-note">${one.note.split('\n')[0]}</span>`}</td>
  <td>${one.label}</td><td class="num">${one.amount}</td><td class="num">${one.size}</td><td class="num">${one.when || w.no_day}</td>
</tr>`;

/** @param {any} view @param {any[]} rows */
const table = (view, rows) => {
  const {data, state, w, change} = view;
  const head = (/** @type {string} */ name) => {
    const on = state.sort === name;
    return html`<th key=${name} class=${name === 'name' || name === 'kind' ? null : 'num'} aria-sort=${on ? (state.down ? 'descending' : 'ascending') : 'none'}>
      <button type="button" data-name=${'sort ' + name} onclick=${() => change({sort: name, down: on ? !state.down : name !== 'name' && name !== 'kind'})}>
        ${w[name]}${on ? (state.down ? ' ↓' : ' ↑') : ''}</button></th>`;
  };
  return html`<div class="ink-list ink-scroll ink-library-list" tabindex="0" aria-label=${w.things}>
    ${rows.length > 0 && html`<table><thead><tr><th><span class="sr">${w.star}</span></th>${COLUMNS.map(head)}</tr></thead>
    <tbody>${rows.slice(0, state.most).map((/** @type {any} */ one) => line(one, view))}</tbody></table>`}
    ${!rows.length && html`<p class="ink-library-none">${fill(w.none, {query: state.query})}</p>`}
    ${rows.length > state.most && html`<button type="button" class="ink-button" data-part="more"
      onclick=${() => change({most: state.most + MORE})}>${fill(w.more, {n: number(rows.length - state.most)})}</button>`}
    ${data.left > 0 && html`<p class="ink-library-none">${fill(w.left, {n: number(data.left)})}</p>`}
  </div>`;
};

/** The things beside the open one, each a way to it. @param {any} view @param {string} title @param {number[]} places */
const beside = ({data, open}, title, places) =>
  places.length > 0 &&
  html`<section key=${title}><h3>${title}</h3><ul class="ink-library-ways">
    ${places.slice(0, 12).map(place => {
      const one = data.things[place];
      return html`<li key=${one.ref} data-key=${one.ref}><button type="button" class="ink-way" data-part="way" onclick=${() => open(one, true)}>
        <span class="ink-library-kind">${one.label}</span> ${one.name}</button></li>`;
    })}${places.length > 12 && html`<li>… ${number(places.length - 12)}</li>`}</ul></section>`;

/** Facts of the open thing, beside those of the one that it is compared with. @param {any} one @param {any} view */
const facts = (one, {data, state, w, change}) => {
  const other = data.things.find((/** @type {any} */ t) => t.ref === state.other && t.kind === one.kind);
  const list = (/** @type {any} */ t) =>
    new Map([[w.amount, t.amount], [w.size, t.size], [w.when, t.when], ...t.facts].filter(([, v]) => v));
  const [mine, its] = [list(one), other ? list(other) : new Map()];
  const alike = data.things.filter((/** @type {any} */ t) => t.kind === one.kind && t.ref !== one.ref && !t.archived);
  const pick = (/** @type {any} */ e) => change({other: e.target.value});
  return html`<section key="facts">
    ${alike.length > 0 && html`<select class="ink-library-other" data-part="other" aria-label=${w.compare} value=${other ? other.ref : ''} onchange=${pick}>
      <option value="">${w.compare}</option>
      ${alike.slice(0, 200).map((/** @type {any} */ t) => html`<option key=${t.ref} value=${t.ref}>${t.name}${t.when ? ` · ${t.when}` : ''}</option>`)}</select>`}
    <table class="ink-library-facts"><tbody>
      ${other && html`<tr key="names"><th></th><td>${one.name}</td><td>${other.name}</td></tr>`}
      ${[...new Set([...mine.keys(), ...its.keys()])].map(
        label => html`<tr key=${label} class=${other && mine.get(label) !== its.get(label) ? 'differs' : null}>
          <th scope="row">${label}</th><td>${mine.get(label) || '—'}</td>${other && html`<td>${its.get(label) || '—'}</td>`}</tr>`,
      )}
    </tbody></table></section>`;
};

/** What a deletion would come to, with the button that does it. @param {any} plan @param {any} w */
const asked = (plan, w) => html`<section key="plan" class="ink-library-plan" role="alertdialog" aria-label=${w.delete}>
  <p><b>${fill(w.goes, {n: number(plan.goes.length), size: plan.size})}</b></p>
  <ul>${plan.goes.slice(0, 8).map((/** @type {string} */ name) => html`<li key=${name}>${name}</li>`)}
    ${plan.goes.length > 8 && html`<li key="more">… ${number(plan.goes.length - 8)}</li>`}</ul>
  ${plan.stays.length > 0 && html`<p>${w.stays}</p><ul>
    ${plan.stays.slice(0, 5).map((/** @type {string} */ name) => html`<li key=${name}>${name}</li>`)}
    ${plan.stays.length > 5 && html`<li key="more">… ${number(plan.stays.length - 5)}</li>`}</ul>`}
  <div class="ink-actions">
    <button class="ink-button ink-danger" ...${acts('delete', {refs: plan.refs})} disabled=${!!plan.busy}>${fill(w.confirm, {n: number(plan.goes.length)})}</button>
    <button class="ink-button" ...${acts('cancel')}>${w.cancel}</button>
  </div></section>`;

/** The name of the open thing, to read or to write. @param {any} one @param {any} view */
const heading = (one, {state, w, host, change}) => {
  if (!state.naming)
    return html`<h2 key="name" class="ink-library-name">${one.name}
      ${one.named && html`<button type="button" class="ink-button" data-part="name" title=${w.rename} aria-label=${w.rename} onclick=${() => change({naming: true})}>✎</button>`}</h2>`;
  const send = (/** @type {any} */ event) => {
    event.preventDefault();
    const name = event.currentTarget.querySelector('input').value;
    change({naming: false});
    host.act({act: 'rename', refs: [one.ref], name});
  };
  return html`<form key="naming" class="ink-library-naming" onsubmit=${send}>
    <${Field} class="ink-field-text" data-field="name" value=${one.name} maxlength="80" aria-label=${w.rename}
      onkeydown=${(/** @type {any} */ e) => e.key === 'Escape' && change({naming: false})} />
    <button class="ink-button ink-secondary" type="submit">${w.save}</button>
    <button class="ink-button" type="button" onclick=${() => change({naming: false})}>${w.cancel}</button></form>`;
};

/** The open thing. @param {any} view */
const opened = view => {
  const {data, state, w, host} = view;
  const one = data.things.find((/** @type {any} */ t) => t.ref === state.open);
  if (!one) return html`<div class="ink-library-open ink-scroll" tabindex="0" key="none"><p class="ink-library-none">${w.choose}</p></div>`;
  const noted = (/** @type {any} */ e) => {
    if (e.target.value !== one.note) host.act({act: 'note', refs: [one.ref], text: e.target.value});
  };
  return html`<div class="ink-library-open ink-scroll" tabindex="0" key=${one.ref}>
    ${heading(one, view)}
    <p class="ink-library-kind">${one.label}${one.state && ` · ${one.state}`}</p>
    ${data.plan && data.plan.refs.includes(one.ref) ? asked(data.plan, w) : html`<div class="ink-actions" key="acts">
      ${one.kind !== 'preset' && one.kind !== 'provider' && html`<button class="ink-button ink-secondary" ...${acts('show', {refs: [one.ref]})}>${w.show}</button>`}
      <button class="ink-button" ...${acts('star', {refs: [one.ref], on: !one.starred})}>${one.starred ? '★ ' + w.unstar : '☆ ' + w.star}</button>
      <button class="ink-button" ...${acts('archive', {refs: [one.ref], on: !one.archived})}>${one.archived ? w.unarchive : w.archive}</button>
      <button class="ink-button" ...${acts('plan', {refs: [one.ref]})} disabled=${one.busy}>${w.delete}…</button></div>`}
    ${facts(one, view)}
    ${beside(view, w.made_from, one.from)}
    ${beside(view, w.used_in, one.to)}
    <section key="note"><h3>${w.note}</h3>
      <textarea key=${one.ref} data-field="note" rows="3" maxlength="2000" aria-label=${w.note} placeholder=${w.note_help} onchange=${noted}
        ref=${(/** @type {any} */ box) => {
          if (box && box.was !== one.note) {
            box.value = one.note;
            box.was = one.note;
          }
        }}></textarea></section>
  </div>`;
};

/** @param {any} view */
const paint = view => {
  const {data, state, host} = view;
  view.change = (/** @type {object} */ more) => {
    Object.assign(state, {most: 'most' in more ? state.most : MORE}, more);
    paint(view);
    if (state.naming) host.querySelector('.ink-library-naming input')?.select();
  };
  view.open = (/** @type {any} */ one, seek = false) => {
    if (seek && !shown(data, state).includes(one)) Object.assign(state, {query: '', kind: '', archived: one.archived});
    view.change({open: one.ref, naming: false, other: ''});
    inSight(host.querySelector('.ink-library-list'), host.querySelector('.ink-library-list tr.on'));
  };
  const rows = shown(data, state);
  const tree = html`${bar(view)}<div class="ink-pair">${table(view, rows)}${opened(view)}</div>`;
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
  if (!data.things?.length) {
    draw(host, html`<${Empty} data=${data} />`);
    return;
  }
  host.state ??= {query: '', kind: '', archived: false, sort: 'when', down: true, most: MORE, open: '', other: '', naming: false};
  if (data.open) host.state.open = data.open;
  paint({data, host, state: host.state, w: data.words});
};
