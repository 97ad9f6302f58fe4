// @ts-check
// What cleaning would change: a chip a step with its count, below it each change before and after.
import {Empty, Fault, acts, draw, html} from './kit/list.js';
import {fill, number, visible} from './kit/text.js';

/** One step's changes as a table. @param {any} step @param {Record<string, string>} w */
const changes = (step, w) => html`<section key=${step.name}>
  <h3>${step.label} · ${number(step.count)}</h3>
  <table>
    <thead><tr><th>${w.before}</th><th>${w.after}</th></tr></thead>
    <tbody>${step.samples.map(
      (/** @type {any} */ one) => html`<tr>
      <td>${one.left}<del>${visible(one.before)}</del>${one.right}</td>
      <td>${one.left}<ins>${visible(one.after)}</ins>${one.right}</td></tr>`,
    )}</tbody>
  </table>
  ${
    step.count > step.samples.length &&
    html`<p class="ink-where-note">${fill(w.more, {n: number(step.count - step.samples.length)})}</p>`
  }
</section>`;

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  const w = data.words || {};
  if (!data.steps) {
    draw(host, html`<${Empty} data=${data} />`);
    return;
  }
  if (data.error) {
    draw(host, html`<div class="ink-empty"><${Fault} error=${data.error} /></div>`);
    return;
  }
  /** @type {any[]} */
  const steps = data.steps;
  const total = steps.reduce((sum, step) => sum + step.count, 0);
  if (!steps.some(step => step.name === host.step)) host.step = '';
  const chip = (/** @type {any} */ step) => html`<button key=${step.name} type="button"
    class=${'ink-button' + (host.step === step.name ? ' on' : '')} aria-pressed=${host.step === step.name}
    onclick=${() => {
      host.step = step.name;
      paint();
    }}>${step.label} ${number(step.count)}</button>`;
  const paint = () => {
    const shown = steps.filter(step => (!host.step || step.name === host.step) && step.count);
    draw(
      host,
      html`
      <div class="ink-chips" role="group" aria-label=${w.steps}>
        <button class="ink-button" ...${acts('back')}>← ${w.back}</button>
        <button class="ink-button ink-secondary" ...${acts('clean')} disabled=${!total}>${w.start}</button>
        ${[{name: '', label: w.all, count: total}, ...steps].map(chip)}
      </div>
      <div class="ink-changes ink-scroll" tabindex="0" aria-label=${w.changes}>
        <p class="ink-where-note">${data.where}</p>
        ${shown.length ? shown.map(step => changes(step, w)) : html`<p class="ink-where-note">${w.nothing}</p>`}
      </div>`,
    );
  };
  paint();
};
