// @ts-check
// What a training will take: figures in a line, memory by part against what is free, what would
// make it fit, and three rows as they are learnt.
import {acts, draw, html} from './kit/list.js';

/** A remedy as a button. @param {any} one */
const remedy = one => html`<button key=${one.label} class="ink-button ${one.fits ? '' : 'short'}" type="button"
  ...${acts('remedy', {changes: one.changes})}>${one.label} → ${one.size}</button>`;

/** A row's tokens as text, what is learnt marked. @param {any} one @param {Record<string, string>} w */
const row = (one, w) => html`<li key=${`${one.row} ${one.side}`}><small>${w.row.replace('{n}', one.row)}${one.side && ` · ${one.side}`} · ${w.learnt_of
  .replace('{learnt}', one.learnt)
  .replace('{tokens}', one.tokens)}</small>
  <p>${one.runs.map((/** @type {[string, boolean]} */ [text, learnt]) => (learnt ? html`<ins>${text}</ins>` : text))}</p></li>`;

/** Memory by part against what is free. @param {any} data */
const bar = ({bars, limit, memory}) =>
  bars.length > 0 &&
  html`<span class="ink-memory" role="img" aria-label=${memory}>${bars.map(
    (/** @type {any} */ one) =>
      html`<i key=${one.part} class=${one.part} style=${{width: `${100 * one.share}%`}} title=${`${one.label} ${one.size}`}></i>`,
  )}${limit < 1 && html`<b style=${{left: `${100 * limit}%`}}></b>`}</span>`;

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  const w = data.words || {};
  if (data.fault) {
    draw(host, html`<p class="ink-preflight" role="status">${data.fault}</p>`);
    return;
  }
  draw(
    host,
    data.figures &&
      html`<section class="ink-preflight ${data.state}" aria-label=${w.title}>
    <details open=${!!data.refused || undefined}>
      <summary>${bar(data)}<b>${data.short}</b></summary>
      <p class="ink-facts">${data.memory}</p>
      <dl class="ink-figures">${data.figures.map(
        (/** @type {[string, string]} */ [name, value]) =>
          html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`,
      )}</dl>
      <p class="ink-memory-line">${data.bars.map(
        (/** @type {any} */ one) => html`<span key=${one.part}><i class=${one.part}></i>${one.label} ${one.size}</span>`,
      )}</p>
    </details>
    ${data.refused && html`<p class="ink-refused" role="status">${data.refused} ${data.remedies.map(remedy)}</p>`}
    ${data.going && html`<p class="ink-going" role="status">${data.going}</p>`}
    ${
      data.labels.length > 0 &&
      html`<details><summary>${w.labels}</summary><ol class="ink-labelled">${data.labels.map((/** @type {any} */ one) => row(one, w))}</ol></details>`
    }
  </section>`,
  );
};
