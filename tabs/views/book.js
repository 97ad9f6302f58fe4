// @ts-check
// A book as it is, a page at a time on paper: its chapters to jump to, what is known of it, and the
// cleaning that would do it good.
import {acts, draw, html} from './kit/list.js';
import {fill, lines, number} from './kit/text.js';

/** Name, facts, and what can be done. @param {any} book */
const head = ({name, facts, cleaning, cuts, words: w}) => html`<div class="ink-strip ink-book-head">
  <h2>${name}</h2>
  <ul class="ink-tags" aria-label=${w.facts}>${facts.map((/** @type {string} */ fact) => html`<li key=${fact}>${fact}</li>`)}</ul>
  <div class="ink-book-acts">
    ${cleaning > 0 && html`<button class="ink-button" ...${acts('clean')} title=${w.clean_help}>${fill(w.clean, {n: number(cleaning)})}</button>`}
    ${cuts && html`<button class="ink-button" ...${acts('cuts')}>${cuts}</button>`}
  </div>
</div>`;

/** The list of chapters. @param {any} book @param {(leaf: number, place: number) => void} go */
const contents = ({chapters, left, leaf, at, place, words: w}, go) => {
  const here = Math.max(place, at);
  const read = chapters.findLastIndex((/** @type {any} */ one) => one[3] <= here);
  const current = read >= 0 || chapters[0]?.[2] !== leaf ? read : 0;
  return html`<nav class="ink-side ink-contents" aria-label=${w.chapters}><ol>
    ${chapters.map(
      ([title, depth, page, start], /** @type {number} */ n) => html`<li key=${start}><button type="button"
        data-place=${start} class=${n === current ? 'on' : null} aria-current=${n === current ? 'true' : null} title=${title}
        style=${`padding-left: ${12 + 12 * Math.min(depth, 3)}px`} onclick=${() => go(page, start)}>${title}</button></li>`,
    )}
    ${left > 0 && html`<li key="left" class="ink-contents-left">${fill(w.left, {n: number(left)})}</li>`}
  </ol></nav>`;
};

/** Page n of so many, with a way back and on. @param {any} book @param {(leaf: number, place: number) => void} go */
const turning = ({leaf, leaves, words: w}, go) => html`<nav class="ink-pager" aria-label=${w.leaves}>
  <button class="ink-button" type="button" data-part="back" disabled=${leaf === 0} aria-label=${w.previous} onclick=${() => go(leaf - 1, 0)}>‹</button>
  <span>${fill(w.leaf, {n: number(leaf + 1), of: number(leaves)})}</span>
  <button class="ink-button" type="button" data-part="on" disabled=${leaf + 1 >= leaves} aria-label=${w.next} onclick=${() => go(leaf + 1, 0)}>›</button>
</nav>`;

/** A heading in sight. @param {any} host @param {number} place */
const seek = (host, place) =>
  requestAnimationFrame(() => host.querySelector(`.ink-leaf [data-at="${place}"]`)?.scrollIntoView({block: 'start'}));

/**
 * Draw the book.
 * @param {any} book
 * @param {any} host
 */
export default function book(book, host) {
  const go = (/** @type {number} */ leaf, /** @type {number} */ place) => {
    if (leaf < 0 || leaf >= book.leaves) return;
    if (leaf !== book.leaf) host.act({act: 'read', leaf, place});
    else {
      paint({...book, place});
      seek(host, place);
    }
  };
  // ← and → turn the page as long as no field or button wants them.
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    event.preventDefault();
    go(book.leaf + (event.key === 'ArrowRight' ? 1 : -1), 0);
  };
  const paint = (/** @type {any} */ now) =>
    draw(
      host,
      html`${head(now)}
      <div class="ink-pair" key="book">
        ${now.chapters.length > 0 && contents(now, go)}
        <div class="ink-text">
          <div class="ink-passage ink-reading ink-scroll" lang=${now.lang} tabindex="0" aria-label=${now.words.text} onkeydown=${keys}>
            <article class="ink-leaf">${now.parts.map((/** @type {any} */ part, /** @type {number} */ n) => {
              const text = n ? lines(part.text) : lines(part.text).replace(/^\n+/, '');
              return part.heading
                ? html`<h3 key=${part.at} data-at=${part.at}>${text}</h3>`
                : html`<div key=${part.at} data-at=${part.at}>${text}</div>`;
            })}</article>
          </div>
          ${now.leaves > 1 && turning(now, go)}
        </div>
      </div>`,
    );
  paint(book);
  const shown = `${book.id} ${book.leaf} ${book.place}`;
  if (book.place && host.sought !== shown) seek(host, book.place);
  host.sought = shown;
  host.querySelector('.ink-contents .on')?.scrollIntoView({block: 'nearest'});
}
