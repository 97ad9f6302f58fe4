// @ts-check
// A row as the model sees it: a chip for each token, which of them are trained on, and how much of the
// row and of the whole set that is.
import {Component, Row, html} from './kit/list.js';
import {fill, number} from './kit/text.js';
import {WholeFigures} from './token_options.js';

/** @typedef {{name: string, tokens: number, trained: number}} Side */

/**
 * A share of one in percent: with a decimal, and neither 0 nor 100 where it is not.
 * @param {number} trained
 * @param {number} all
 */
export function share(trained, all) {
  if (!all || !trained) return '0';
  if (trained === all) return '100';
  const value = (100 * trained) / all;
  return value < 0.1 ? '< 0.1' : value > 99.9 ? '> 99.9' : value.toFixed(1);
}

/** A bar with its share in words. @param {{label: string, sides: Side[], w: any, part?: number}} props */
const Bar = ({label, sides, w, part = 1}) => html`<div class="ink-share">
  <span class="ink-share-label">${label}</span>
  ${sides.map(
    side => html`<div class=${'ink-share-side ' + side.name} key=${side.name}>
      ${w[side.name] && html`<span class="ink-share-name">${w[side.name]}</span>`}
      <span class="ink-share-bar" aria-hidden="true"><i style=${{width: `${(100 * part * side.trained) / (side.tokens || 1)}%`}}></i>
        ${part < 1 && html`<u style=${{width: `${100 * (1 - part)}%`}}></u>`}</span>
      <b>${fill(w.share, {share: share(side.trained, side.tokens)})}</b>
      <span>${fill(w.of, {n: number(side.trained), total: number(side.tokens)})}</span>
    </div>`,
  )}
</div>`;

/** What is trained on of the whole set, as far as it is counted. @param {{found: any, w: any}} props */
export const WholeShare = ({found, w}) => {
  if (!found) return null;
  const part = found.total ? found.done / found.total : 1;
  return html`<div class="ink-share-whole" role="status">
    <${Bar} label=${found.label} sides=${found.sides} w=${w} part=${found.counting ? part : 1} />
    <${WholeFigures} figures=${found.figures} />
    ${found.error && html`<span class="ink-share-loss">${found.error}</span>`}
  </div>`;
};

/** What one token is, for the line that follows the pointer and the focus. @param {any} part @param {number} at @param {any} w */
const about = (part, at, w) => {
  const kind = part.tokens[at][1].split(' ');
  const split = part.split[at];
  return [
    fill(w.id, {id: part.ids[at]}),
    kind.includes('s') && w.special,
    kind.includes('t') ? w.trained : w.untrained,
    part.positions && fill(w.position, {n: number(part.positions[at])}),
    split && fill(w.bytes, {character: split.of}),
  ]
    .filter(Boolean)
    .join(' · ');
};

/** White space as a sign that can be seen beside it. @param {string} text */
const shown = text => text.replace(/\n/g, '⏎\n').replace(/\t/g, '⇥\t');

/** One token. @param {any} part @param {number} at */
const token = (part, at) => {
  const [text, kind] = part.tokens[at];
  const split = part.split[at];
  // The character itself stands before its first bytes, so that the text can still be read.
  const before = text.endsWith(split?.of) && html`<b class="ink-byte-of">${split.of}</b>`;
  const inside = split
    ? split.segments.map((/** @type {[string, boolean]} */ [piece, raw]) =>
        raw ? html`${before}<i class="ink-byte">${piece}</i>` : shown(piece),
      )
    : shown(text);
  return html`<span key=${at} class=${'tok ' + kind} data-at=${at} tabindex=${at ? -1 : 0}>${inside}</span>`;
};

/** One rendered answer with its tokens. */
class Part extends Component {
  /** @param {any} event */
  over({target}) {
    const chip = target.closest('.tok[data-at]');
    if (!chip || !this.tip) return;
    const {part, w} = this.props;
    this.tip.textContent = about(part, Number(chip.dataset.at), w);
    const [box, own] = [this.tip.parentElement, chip.getClientRects()[0]];
    const around = box.getBoundingClientRect();
    this.tip.hidden = false;
    const left = Math.min(own.left - around.left, around.width - this.tip.offsetWidth);
    this.tip.style.left = `${Math.max(0, left)}px`;
    this.tip.style.top = `${own.top - around.top - this.tip.offsetHeight - 2}px`;
  }

  out() {
    if (this.tip) this.tip.hidden = true;
  }

  /** Arrow keys lead from token to token. @param {any} event */
  key(event) {
    const step = {ArrowRight: 1, ArrowLeft: -1}[/** @type {'ArrowLeft' | 'ArrowRight'} */ (event.key)];
    const chip = event.target.closest('.tok[data-at]');
    if (!step || !chip) return;
    const next = event.currentTarget.querySelector(`[data-at="${Number(chip.dataset.at) + step}"]`);
    if (!next) return;
    event.preventDefault();
    chip.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  render() {
    const {part, lang, w} = this.props;
    const side = {name: part.name, tokens: part.tokens.length + part.left, trained: part.trained};
    const begins = new Map(part.starts);
    const listen = {
      onmouseover: (/** @type {any} */ event) => this.over(event),
      onfocusin: (/** @type {any} */ event) => this.over(event),
      onmouseleave: () => this.out(),
      onfocusout: () => this.out(),
      onkeydown: (/** @type {any} */ event) => this.key(event),
    };
    const tip = (/** @type {any} */ made) => {
      this.tip = made;
    };
    return html`<div class=${'ink-part ' + part.name}>
      <${Bar} label=${w.row_share} sides=${[side]} w=${w} />
      <div class="ink-tokens" lang=${lang} role="group" aria-label=${w.tokens} ...${listen}>
        ${part.tokens.map((/** @type {any} */ _, /** @type {number} */ at) => [begins.has(at) && html`<span class="ink-row-start" key=${'start' + at}>${begins.get(at)}</span>`, token(part, at)])}
        ${
          part.cut &&
          html`<span class="ink-cutoff">${part.cut}</span>${part.lost.map(
            (/** @type {string} */ piece) => html`<span class="tok lost">${shown(piece)}</span>`,
          )}`
        }
        ${part.more && html`<span class="ink-lost-more">${part.more}</span>`}
        <div class="ink-tip" ref=${tip} hidden role="status"></div>
      </div>
    </div>`;
  }
}

/** A row's tokens: of a pair both sides. @param {any} row @param {any} data */
export const tokens = (row, {lang, words: w}) => html`<article key=${row.n} class="ink-card ink-token-card">
  ${row.notes?.map((/** @type {[string, boolean]} */ [note, loss]) => html`<p class=${loss ? 'ink-row-note loss' : 'ink-row-note'} key=${note}>${note}</p>`)}
  ${row.parts.map(
    (/** @type {any} */ part) => html`<${Row} key=${part.name} sign=${JSON.stringify([row.n, part, lang, w.trained])}
      draw=${() => html`<${Part} part=${part} lang=${lang} w=${w} />`} />`,
  )}
  ${row.error && html`<p class="ink-error">${row.error}</p>`}
</article>`;
