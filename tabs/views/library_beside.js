// @ts-check
// Beside the Library's list: the open thing, several that are chosen, two compared, what a deletion would come to.
import {Field, acts, html} from './kit/list.js';
import {fill, number} from './kit/text.js';

/** The things beside the open one, each a way to it. @param {any} view @param {string} title @param {number[]} places */
const ways = ({data, open}, title, places) =>
  places.length > 0 &&
  html`<section key=${title}><h3>${title}</h3><ul class="ink-library-ways">
    ${places.slice(0, 12).map(place => {
      const one = data.things[place];
      return html`<li key=${one.ref} data-key=${one.ref}><button type="button" class="ink-way" data-part="way" onclick=${() => open(one, true)}>
        <span class="ink-library-kind">${one.label}</span> ${one.name}</button></li>`;
    })}${places.length > 12 && html`<li>… ${number(places.length - 12)}</li>`}</ul></section>`;

/** The open thing's facts, and the things that it can be compared with. @param {any} one @param {any} view */
const facts = (one, {data, w, host}) => {
  const list = [[w.amount, one.amount], [w.size, one.size], [w.when, one.when], ...one.facts].filter(([, v]) => v);
  const alike = data.things.filter((/** @type {any} */ t) => t.kind === one.kind && t.ref !== one.ref && !t.archived);
  const pick = (/** @type {any} */ e) => e.target.value && host.act({act: 'compare', refs: [one.ref, e.target.value]});
  return html`<section key="facts">
    ${alike.length > 0 && html`<select class="ink-library-other" data-part="other" aria-label=${w.compare} onchange=${pick}>
      <option value="">${w.compare}</option>
      ${alike.slice(0, 200).map((/** @type {any} */ t) => html`<option key=${t.ref} value=${t.ref}>${t.name}${t.when ? ` · ${t.when}` : ''}</option>`)}</select>`}
    <table class="ink-library-facts"><tbody>
      ${list.map(([label, value]) => html`<tr key=${label}><th scope="row">${label}</th><td>${value}</td></tr>`)}
    </tbody></table></section>`;
};

/** Two things side by side. @param {any} found @param {any} view */
const compared = (found, {state, w, change}) => html`<div class="ink-library-open ink-library-wide ink-scroll" tabindex="0" key="compared" role="region"
  aria-label=${fill(w.comparison, {first: found.names[0], second: found.names[1]})}>
  <div class="ink-actions"><label class="ink-library-only"><input type="checkbox" data-part="only" checked=${!!state.only}
      onchange=${(/** @type {any} */ e) => change({only: e.target.checked})} /> ${w.only_differences}</label>
    <button class="ink-button" ...${acts('cancel')}>${w.close}</button></div>
  <table class="ink-library-facts ink-library-compared"><thead><tr><td></td>${found.names.map((/** @type {string} */ name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>
    ${found.rows.filter((/** @type {any} */ row) => row[3] || !state.only).map(
      (/** @type {any} */ [label, one, other, differs]) => html`<tr key=${label} class=${differs ? 'differs' : null}>
        <th scope="row">${label}</th><td>${one}</td><td>${other}</td></tr>`,
    )}</tbody></table>
  ${found.same && html`<p class="ink-library-none">${found.same}</p>`}</div>`;

/** What a deletion would come to, with the button that does it. @param {any} plan @param {any} w */
const asked = (plan, w) => html`<section key="plan" class="ink-library-plan" role="alertdialog" aria-label=${w.delete}>
  <p><b>${fill(w.goes, {n: number(plan.goes.length), size: plan.size})}</b></p>
  <ul>${plan.goes.slice(0, 8).map((/** @type {string} */ name, /** @type {number} */ n) => html`<li key=${n}>${name}</li>`)}
    ${plan.goes.length > 8 && html`<li key="more">… ${number(plan.goes.length - 8)}</li>`}</ul>
  ${plan.stays.length > 0 && html`<p>${w.stays}</p><ul>
    ${plan.stays.slice(0, 5).map((/** @type {string} */ name, /** @type {number} */ n) => html`<li key=${n}>${name}</li>`)}
    ${plan.stays.length > 5 && html`<li key="more">… ${number(plan.stays.length - 5)}</li>`}</ul>`}
  <div class="ink-actions">
    <button class="ink-button ink-danger" ...${acts('delete', {refs: plan.refs})} disabled=${!!plan.busy}>${fill(w.confirm, {n: number(plan.goes.length)})}</button>
    <button class="ink-button" ...${acts('cancel')}>${w.cancel}</button>
  </div></section>`;

/** Star, archive and delete, of one thing or several. @param {any[]} them @param {any} w */
const marks = (them, w) => {
  const refs = them.map(one => one.ref);
  const [starred, archived] = [them.every(one => one.starred), them.every(one => one.archived)];
  return html`<button class="ink-button" ...${acts('star', {refs, on: !starred})}>${starred ? '★ ' + w.unstar : '☆ ' + w.star}</button>
    <button class="ink-button" ...${acts('archive', {refs, on: !archived})}>${archived ? w.unarchive : w.archive}</button>
    <button class="ink-button" ...${acts('plan', {refs})} disabled=${them.some(one => one.busy)}>${w.delete}…</button>`;
};

/** The name of the open thing, to read or to write. @param {any} one @param {any} view */
const heading = (one, {state, w, host, change}) => {
  if (!state.naming)
    return html`<h2 key="name" class="ink-library-name">${one.name}
      <button type="button" class="ink-button" data-part="name" title=${w.rename} aria-label=${w.rename} onclick=${() => change({naming: true})}>✎</button></h2>`;
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

/** The forms that a thing is exported in. @param {any} one @param {any} view */
const exporting = (one, {data, state, w, change}) => {
  const forms = data.forms[one.kind] || [];
  if (!forms.length) return null;
  const form = forms.some((/** @type {string[]} */ [name]) => name === state.form) ? state.form : forms[0][0];
  return html`<div class="ink-actions ink-library-export" key="export">
    ${forms.length > 1 && html`<select class="ink-library-other" data-part="form" aria-label=${w.export_form} value=${form}
      onchange=${(/** @type {any} */ e) => change({form: e.target.value})}>
      ${forms.map((/** @type {string[]} */ [name, label]) => html`<option key=${name} value=${name}>${label}</option>`)}</select>`}
    <button class="ink-button" ...${acts('export', {refs: [one.ref], form})}>${w.export}${forms.length > 1 ? '' : ` (${forms[0][1]})`}</button></div>`;
};

/** Whether a plan is of just these things. @param {any} plan @param {string[]} refs */
const isOf = (plan, refs) => plan && plan.refs.length === refs.length && refs.every(ref => plan.refs.includes(ref));

/** Several that are chosen. @param {any[]} them @param {any} view */
const several = (them, view) => {
  const {data, state, w, change, rows} = view;
  const refs = them.map(one => one.ref);
  const alike = them.length === 2 && them[0].kind === them[1].kind;
  const bytes = them.reduce((sum, one) => sum + one.bytes, 0);
  const size = bytes ? fill(w.chosen_size, {n: number(them.length), size: sized(bytes)}) : fill(w.chosen, {n: number(them.length)});
  return html`<div class="ink-library-open ink-scroll" tabindex="0" key="several">
    <h2 class="ink-library-name" role="status">${size}</h2>
    ${isOf(data.plan, refs) ? asked(data.plan, w) : html`<div class="ink-actions" key="acts">
      ${alike && html`<button class="ink-button ink-secondary" ...${acts('compare', {refs})}>${w.compare_two}</button>`}
      ${marks(them, w)}</div>`}
    <ul class="ink-library-ways">${them.slice(0, 20).map(one => html`<li key=${one.ref}><span class="ink-library-kind">${one.label}</span> ${one.name}</li>`)}
      ${them.length > 20 && html`<li key="more">… ${number(them.length - 20)}</li>`}</ul>
    <div class="ink-actions">
      ${rows.length > state.chosen.length && html`<button type="button" class="ink-button" data-part="all" onclick=${() => change({chosen: rows.map((/** @type {any} */ one) => one.ref)})}>${fill(w.choose_shown, {n: number(rows.length)})}</button>`}
      <button type="button" class="ink-button" data-part="none" onclick=${() => change({chosen: []})}>${w.unchoose}</button></div>
  </div>`;
};

/** Bytes as people read them, as the window writes them. @param {number} bytes */
export function sized(bytes) {
  let figure = bytes;
  for (const unit of ['B', 'kB', 'MB']) {
    if (figure < 1000) return `${figure > 0 && figure < 10 && unit !== 'B' ? figure.toFixed(1) : Math.round(figure)} ${unit}`;
    figure /= 1000;
  }
  return `${figure.toFixed(1)} GB`;
}

/** What stands beside the list. @param {any} view */
export const beside = view => {
  const {data, state, w, host} = view;
  if (data.comparison) return compared(data.comparison, view);
  const chosen = data.things.filter((/** @type {any} */ t) => state.chosen.includes(t.ref));
  if (chosen.length > 1) return several(chosen, view);
  const one = data.things.find((/** @type {any} */ t) => t.ref === state.open);
  if (!one) return html`<div class="ink-library-open ink-scroll" tabindex="0" key="none"><p class="ink-library-none">${w.choose}</p><p class="ink-library-none">${w.several_help}</p></div>`;
  const noted = (/** @type {any} */ e) => {
    if (e.target.value !== one.note) host.act({act: 'note', refs: [one.ref], text: e.target.value});
  };
  return html`<div class="ink-library-open ink-scroll" tabindex="0" key=${one.ref}>
    ${heading(one, view)}
    <p class="ink-library-kind">${one.label}${one.state && ` · ${one.state}`}</p>
    ${isOf(data.plan, [one.ref]) ? asked(data.plan, w) : html`<div class="ink-actions" key="acts">
      ${one.kind !== 'preset' && one.kind !== 'provider' && html`<button class="ink-button ink-secondary" ...${acts('show', {refs: [one.ref]})}>${w.show}</button>`}
      ${marks([one], w)}</div>`}
    ${exporting(one, view)}
    ${facts(one, view)}
    ${ways(view, w.made_from, one.from)}
    ${ways(view, w.used_in, one.to)}
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
