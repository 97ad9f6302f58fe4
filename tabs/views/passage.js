// @ts-check
// A text with its cuts: each a fine rule with the chunk's number and size; beside another set the same
// text twice, cut by each.
import {acts, html} from './kit/list.js';
import {lines, number} from './kit/text.js';

/** A similarity as a figure; "" where it is not known. @param {number | null | undefined} value */
export const similar = value => (value === null || value === undefined ? '' : value.toFixed(2));

/** What a press would do, with how alike the sentences around are. @param {string} text @param {number | null} value @param {Record<string, string>} w */
const help = (text, value, w) =>
  text + (value === null ? '' : ` · ${w.similarity} ${similar(value)}`);

/** A chunk's cut: a button where it can be removed. @param {any} row @param {any} data */
const cut = (row, {editable, words: w}) => {
  const label = [
    html`<span>${number(row.n)} · ${number(row.tokens)}</span>`,
    row.over && html`<span class="ink-over">${w.over}</span>`,
    row.heading &&
      html`<span class="ink-heading" title=${row.heading}>${row.heading.split(' › ').at(-1)}</span>`,
    row.where && html`<span class="ink-where">${row.where}</span>`,
  ];
  if (!editable || row.first)
    return html`<div class="ink-cut" key=${`cut ${row.document} ${row.place}`}>${label}</div>`;
  const text = help(w.remove, row.similar, w);
  const press = acts('toggle', {document: row.document, place: row.place});
  return html`<button class="ink-cut" key=${`cut ${row.document} ${row.place}`} ...${press} data-place=${row.place} tabindex="-1"
    title=${text} aria-label=${`${text}, ${w.chunk} ${row.n}`}>${label}</button>`;
};

/** A place between two sentences where a cut can be added. @param {any} row @param {any} part @param {any} w */
const gap = (row, part, w) => {
  const text = help(w.add, part.similar, w);
  return html`<button class="ink-gap" ...${acts('toggle', {document: row.document, place: part.place})}
    data-place=${part.place} tabindex="-1" title=${text} aria-label=${text}></button>`;
};

/** A chunk's text. @param {any} row @param {any} data @param {any} view */
const chunk = (row, {editable, words: w}, {chosen, pick}) => html`
  <div key=${`${row.document} ${row.place}`} data-n=${row.n}
    class=${'ink-chunk' + (row.n % 2 ? '' : ' even') + (row.n === chosen ? ' on' : '')}
    onclick=${(/** @type {any} */ event) => {
      if (!event.target.closest('[data-act]')) pick(row.n, false);
    }}>
    ${row.repeated && html`<span class="ink-repeated" title=${w.repeated}>${lines(row.repeated)}</span>`}
    ${row.parts.map((/** @type {any} */ part, /** @type {number} */ at) => [
      at > 0 && editable && gap(row, part, w),
      html`<span data-at=${part.place}>${at ? lines(part.text) : lines(part.text).replace(/^\n+/, '')}</span>`,
    ])}
  </div>`;

/**
 * The text of a set, chunk by chunk, under the names of its documents.
 * @param {any} data
 * @param {{chosen: number | null, pick: (n: number, scroll?: boolean) => void}} view
 */
export const text = (data, view) =>
  data.rows
    .map((/** @type {any} */ row, /** @type {number} */ at) => [
      row.name !== data.rows[at - 1]?.name &&
        html`<p class="ink-document" key=${`document ${row.document}`}>${row.name}</p>`,
      cut(row, data),
      chunk(row, data, view),
    ])
    .flat();

/** One set's side of a stretch between cuts. @param {any} stretch @param {any} border @param {boolean} even */
const side = (
  stretch,
  border,
  even,
) => html`<div class=${'ink-chunk plain' + (even ? ' even' : '')}>
  ${border && html`<div class=${'ink-cut' + (stretch.a && stretch.b ? '' : ' alone')}><span>${number(border.n)} · ${number(border.tokens)}</span></div>`}
  <span>${lines(stretch.text).replace(/^\n+/, '')}</span>
</div>`;

/**
 * Two sets beside each other: a row for each stretch between the cuts of both, so that equal text
 * stands at equal height.
 * @param {any} data
 */
export const compared = data => html`<div class="ink-grid">
  <p class="ink-document">${data.name}</p><p class="ink-document">${data.other.name}</p>
  ${data.other.stretches.map((/** @type {any} */ one) => [side(one, one.a, one.even_a), side(one, one.b, one.even_b)])}
</div>`;
