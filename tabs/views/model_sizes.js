// @ts-check
// "Which model fits?": a table above the window, opened by the sign beside the model's box; a press on a
// model chooses it.
import {acts, draw, html} from './kit/list.js';

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  const {words: w, rows} = data;
  if (!w) return;
  const close = () => host.querySelector('dialog')?.close();
  draw(
    host,
    html`<dialog class="ink-guide ink-sizes" aria-label=${w.title} onclick=${(/** @type {any} */ event) => {
      if (event.target.localName === 'dialog') close();
    }}>
    <header><h2>${w.title}</h2><button type="button" class="ink-button" data-part="close" onclick=${close}>${w.close}</button></header>
    <div class="ink-guide-body ink-scroll" tabindex="0" aria-label=${w.title}><p>${data.machine}</p>
    <table><thead><tr><th>${w.model}</th><th>${w.verdict_title}</th><th class="num">${w.download}</th>
      ${data.columns.map((/** @type {string} */ title) => html`<th class="num">${title}</th>`)}<th><span class="sr">${w.choose}</span></th></tr></thead>
    <tbody>${rows.map(
      (/** @type {any} */ row) => html`<tr key=${row.model} data-key=${row.model}>
      <td>${row.name}<small>${row.note}</small></td>
      <td><span class=${`ink-fit ${row.verdict}`}>${row.told}</span></td><td class="num">${row.download}</td>
      ${row.needs.map(
        (/** @type {[string, boolean]} */ [size, room]) =>
          html`<td class=${room ? 'num' : 'num over'} title=${room ? null : w.over}>${size}${!room && html`<span class="sr"> ${w.over}</span>`}</td>`,
      )}
      <td><span onclick=${close}><button class="ink-button" ...${acts('choose', {model: row.model})} aria-label=${`${w.choose}: ${row.name}`}>${w.choose}</button></span></td></tr>`,
    )}</tbody></table><p class="note">${w.how}</p></div></dialog>`,
  );
  sign(w.title, host);
};

/** The sign beside the box of the model. @param {string} title @param {any} host */
const sign = (title, host) => {
  const box = document.querySelector('#model');
  let made = /** @type {HTMLButtonElement | null} */ (box?.querySelector('.ink-about') ?? null);
  if (box && !made) {
    made = document.createElement('button');
    made.className = 'ink-about';
    made.type = 'button';
    made.textContent = '?';
    made.addEventListener('click', () => host.querySelector('dialog')?.showModal());
    box.append(made);
  }
  made?.setAttribute('aria-label', title);
  made?.setAttribute('title', title);
};
