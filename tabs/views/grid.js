// @ts-check
// A grid's runs: two fields as rows and columns, tinted by held-out loss, else one line a run; the
// best is marked.
import {acts, draw, html} from './kit/list.js';
import {fill} from './kit/text.js';

const TINT = 46; // percent of the accent at the lowest loss: the number stays readable

/**
 * How strongly a loss is tinted: fully at the lowest, not at the highest.
 * @param {number | null} loss @param {number[]} among
 */
export const tint = (loss, among) => {
  const [low, high] = [Math.min(...among), Math.max(...among)];
  if (loss === null || high === low) return 0;
  return Math.round((TINT * (high - loss)) / (high - low));
};

/** @param {any} point @param {any} data @param {number[]} losses */
const cell = (point, data, losses) => {
  if (!point) return html`<td><span>–</span></td>`;
  const best = data.points.indexOf(point) === data.best;
  const told = point.loss === null ? point.label : `${point.loss.toFixed(4)}${best ? ' ★' : ''}`;
  const title = [point.label, best ? data.words.best : '', point.error].filter(Boolean).join(' · ');
  const heat = `--heat:${tint(point.loss, losses)}%`;
  return html`<td class=${[best && 'best', point.on && 'on'].filter(Boolean).join(' ')} title=${title}>${
    point.run
      ? html`<button style=${heat} aria-label=${`${point.values.join(', ')}: ${told} ${title}`} ...${acts('open', {id: point.run})}>${told}</button>`
      : html`<span style=${heat}>${told}</span>`
  }</td>`;
};

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  if (!data.points) {
    draw(host, null);
    return;
  }
  const w = data.words;
  const losses = data.points.map((/** @type {any} */ one) => one.loss).filter((/** @type {any} */ loss) => loss !== null);
  const values = (/** @type {number} */ at) => [...new Set(data.points.map((/** @type {any} */ one) => one.values[at]))];
  const at = (/** @type {any} */ row, /** @type {any} */ column) =>
    data.points.find((/** @type {any} */ one) => one.values[0] === row && one.values[1] === column);
  const flat = data.fields.length !== 2;
  draw(
    host,
    html`<div class="ink-grid-head"><b>${data.name}</b><small>${data.facts.join(' · ')}</small>
      ${data.best >= 0 && html`<button class="ink-button ink-secondary" ...${acts('best', {id: data.id})}>${w.use}</button>`}
      ${losses.length > 1 && html`<button class="ink-button" ...${acts('overlay', {id: data.id})}>${w.overlay}</button>`}</div>
    <table aria-label=${w.table}>${
      flat
        ? html`<thead><tr>${data.fields.map((/** @type {string} */ name) => html`<th>${name}</th>`)}<th>${w.loss}</th></tr></thead>
          <tbody>${data.points.map(
            (/** @type {any} */ one) => html`<tr>${one.values.map((/** @type {string} */ value) => html`<th scope="row">${value}</th>`)}${cell(one, data, losses)}</tr>`,
          )}</tbody>`
        : html`<thead><tr><th>${fill(w.corner, {row: data.fields[0], column: data.fields[1]})}</th>${values(1).map(value => html`<th scope="col">${value}</th>`)}</tr></thead>
          <tbody>${values(0).map(
            row => html`<tr><th scope="row">${row}</th>${values(1).map(column => cell(at(row, column), data, losses))}</tr>`,
          )}</tbody>`
    }</table>`,
  );
};
