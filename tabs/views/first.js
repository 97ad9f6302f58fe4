// @ts-check
// First steps: the sample taken the whole way, with its steps and where it leads; the tour; which
// method when.
import {acts, draw, html} from './kit/list.js';
import {tour} from './tour.js';

const MARKS = /** @type {Record<string, string>} */ ({done: '✓', running: '●', queued: '●', failed: '✕', stopped: '■', interrupted: '■'});

/** The steps of the sample, each with how it stands. @param {any} sample @param {any} w */
const steps = (sample, w) => html`<ol class="ink-sample-steps" aria-label=${w.steps}>${sample.steps.map(
  (/** @type {any} */ one, /** @type {number} */ n) => html`<li key=${n} class=${one.state}>
    <span aria-hidden="true">${MARKS[one.state] || '·'}</span> ${one.label}<span class="sr"> ${w[one.state] || ''}</span> <small>${one.facts}</small></li>`,
)}</ol>`;

/** What can be done with the sample now. @param {any} sample @param {any} w */
const actions = (sample, w) => {
  if (['queued', 'running'].includes(sample.state))
    return html`<button class="ink-button" ...${acts('stop', {id: sample.id})}>${w.stop}</button>`;
  if (sample.state === 'done')
    return html`<button class="ink-button ink-secondary" ...${acts('chat')}>${w.chat}</button>
      <button class="ink-button" ...${acts('sample')}>${w.again}</button>`;
  return html`${sample.resumable && html`<button class="ink-button ink-secondary" ...${acts('resume', {id: sample.id})}>${w.resume}</button>`}
    <button class=${'ink-button' + (sample.resumable ? '' : ' ink-secondary')} ...${acts('sample')}>${sample.state ? w.again : w.start}</button>`;
};

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  const {sample, words: w} = data;
  if (!sample) return draw(host, null);
  const paint = () => {
    const fresh = tour.unseen();
    const refuse = () => {
      tour.seen();
      paint();
      host.querySelector('[data-tour]')?.focus();
    };
    draw(
      host,
      html`<section class="ink-sample" aria-label=${w.title}>
      <h2>${sample.state === 'done' ? w.done : w.title}</h2>
      <p>${sample.state === 'done' ? w.done_text : w.text}</p>
      ${sample.steps && sample.state !== 'done' && steps(sample, w)}
      ${sample.error && html`<p class="ink-error"><b>${sample.error[0]}</b> ${sample.error[1]}</p>`}
      <div class="ink-actions">${actions(sample, w)}</div>
    </section>
    <div class="ink-first-links">
      <p>${fresh && html`<span>${w.fresh} </span>`}<button type="button" class="ink-link" data-tour="" data-part="tour">${w.tour}</button>
        ${fresh && html` · <button type="button" class="ink-link quiet" data-part="decline" onclick=${refuse}>${w.decline}</button>`}</p>
      <p><button type="button" class="ink-link" data-guide="chunking" data-part="guide">${w.guide}</button></p>
    </div>`,
    );
  };
  paint();
};
