// @ts-check
// The start page: the books as spines, what runs, what was last made. Where there is nothing yet it
// is an invitation.
import {acts, draw, html} from './kit/list.js';
import {onKeys, step} from './kit/keys.js';
import {fill, number, percent} from './kit/text.js';

const [THIN, THICK] = [30, 64]; // pixels of a spine

/** A book's spine. @param {any} book @param {number} at @param {any} host @param {() => void} paint */
const spine = (book, at, host, paint) => {
  const look = () => {
    host.at = at;
    paint();
  };
  return html`<li key=${book.ref} data-key=${book.ref}><button class=${`ink-spine h${book.hue}`} ...${acts('open', {ref: book.ref})}
    style=${`width: ${Math.round(THIN + (THICK - THIN) * book.thickness)}px`} tabindex=${at === (host.at ?? 0) ? 0 : -1}
    aria-label=${[book.title, ...book.about].join(', ')} onmouseenter=${look} onfocus=${look}><span>${book.title}</span></button></li>`;
};

/** The shelf, with what is known of the book under the pointer. @param {any} data @param {any} host @param {() => void} paint */
const shelf = ({books, left, words: w}, host, paint) => {
  const shown = books[Math.min(host.at ?? 0, books.length - 1)];
  return html`<section key="shelf" class="ink-shelf-box" aria-label=${w.shelf}>
    <h2>${w.shelf} <small>${number(books.length + left)}</small></h2>
    <ul class="ink-shelf">${books.map((/** @type {any} */ book, /** @type {number} */ at) => spine(book, at, host, paint))}</ul>
    <p class="ink-shelf-about" aria-hidden="true"><b>${shown.title}</b> ${shown.about.join(' · ')}</p>
    ${left > 0 && html`<p class="ink-shelf-left">${fill(w.left, {n: number(left)})}</p>`}
  </section>`;
};

/** One job under way. @param {any} job @param {any} w */
const row = (job, w) => html`<li key=${job.id} data-key=${job.id}>
  <button class="ink-start-row" ...${acts('job', {id: job.id})} title=${w.show}>
    <span class="ink-start-kind">${job.kind}</span><span class="ink-start-name">${job.name}</span>
    <span class="ink-start-facts">${job.facts}</span></button>
  <div class="ink-bar" role="progressbar" aria-valuenow=${Math.round(100 * job.share)} aria-valuemin="0" aria-valuemax="100"
    aria-label=${`${job.kind} ${job.name}`}><i style=${`width: ${percent(Math.max(job.share, 0.02)).replace(' ', '')}`}></i></div>
  <button class="ink-button" ...${acts('stop', {id: job.id})} disabled=${job.stopping}>${job.stopping ? w.stopping : w.stop}</button>
</li>`;

/** What was last made, the newest first. @param {any} data */
const last = ({last: made, words: w}) => html`<section key="last" aria-label=${w.last}>
  <h2>${w.last}</h2>
  <ul class="ink-start-list">${made.map(
    (/** @type {any} */ one) => html`<li key=${one.ref} data-key=${one.ref}><button class="ink-start-row" ...${acts('open', {ref: one.ref})}>
      <span class="ink-start-kind">${one.label}</span><span class="ink-start-name">${one.name}</span>
      <span class="ink-start-facts">${one.amount}</span><time>${one.when}</time></button></li>`,
  )}</ul></section>`;

/** What stands on the page of a workspace in which nothing is yet. @param {any} w */
const invitation = w => html`<section key="invitation" class="ink-invitation">
  <h2>${w.title}</h2><p>${w.text}</p>
  <ol class="ink-way-steps" aria-label=${w.way}>${w.steps.split(' → ').map((/** @type {string} */ one) => html`<li key=${one}>${one}</li>`)}</ol>
  <p>${w.begin}</p>
</section>`;

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  if (!data.books) return draw(host, null);
  if (!host.keyed) {
    host.keyed = true;
    onKeys(host, (key, event) => {
      const all = [...host.querySelectorAll('.ink-spine')];
      const to = step(key, all.indexOf(/** @type {any} */ (event.target)), all.length);
      if (to < 0 || !all.includes(event.target)) return false;
      all[to].focus();
    });
  }
  const paint = () =>
    draw(
      host,
      html`<div class="ink-start ink-scroll" tabindex="0" aria-label=${data.words.page}>
      ${data.books.length ? shelf(data, host, paint) : invitation(data.words)}
      ${
        data.running.length > 0 &&
        html`<section key="running" aria-label=${data.words.running}><h2>${data.words.running}</h2>
        <ul class="ink-start-list ink-running">${data.running.map((/** @type {any} */ job) => row(job, data.words))}</ul></section>`
      }
      ${data.last.length > 0 && last(data)}
    </div>`,
    );
  paint();
};
