// @ts-check
// What a row was made from: its chunk with the passages that the answer takes over, or the lines of a
// pair in their passage.
import {Row, acts, html} from './kit/list.js';
import {element} from './kit/parts.js';
import {lay} from './speech.js';

/** The source of the open row. @param {{row: any, lang: string, w: Record<string, string>}} props */
export const Origin = ({row, lang, w}) => {
  const {source} = row;
  if (!source) return null;
  const spoken = source.marks.some((/** @type {any} */ [, , part]) => part !== 'taken');
  const sign = JSON.stringify([source, lang, w.source, w.place]);
  const button = spoken && html`<button class="ink-button" ...${acts('place', {id: row.id})}>${w.place}</button>`;
  const none = !source.marks.length && source.compared;
  return html`<section class="ink-source">
    <h3><span class="ink-source-name" title=${source.name}>${w.source} · ${source.name}</span>${button}
      ${none && html`<span class="ink-none-taken">${w.none_taken}</span>`}</h3>
    <${Row} key=${row.id} sign=${sign} draw=${() => html`<div class="ink-placed ink-scroll" tabindex="0" lang=${lang}
      role="region" aria-label=${w.source} ref=${(/** @type {any} */ box) => fillIn(box, source, w)}></div>`} />
  </section>`;
};

/**
 * The text with its marks, scrolled to the first.
 * @param {any} box
 * @param {any} source
 * @param {Record<string, string>} w
 */
const fillIn = (box, source, w) => {
  if (!box || box.filled === source) return;
  box.filled = source;
  const spans = source.marks.map((/** @type {any} */ [start, end, part]) => ({
    start,
    end,
    make: (/** @type {string} */ shown) => [
      element('mark.ink-place.' + part, {}, shown),
      part === 'input' || part === 'output' ? element('sup.ink-chip', {}, w[part]) : '',
    ],
  }));
  box.replaceChildren(lay(source.text, 0, spans).body);
  const mark = box.querySelector('.taken, .input, .output');
  // The first mark stands a third down where the text is longer than its place.
  box.scrollTop = mark ? mark.offsetTop - box.clientHeight / 3 : 0;
};
