// @ts-check
// Did it learn? One line under the figures of a finished run, unfolding to answers before and after.
import {acts, html} from './kit/list.js';

const SIGNS = {learnt: '✓', little: '≈', nothing: '!', worse: '!'};

/** @param {{found: any, run: string}} props */
export const Verdict = ({found, run}) => {
  if (!found) return null;
  const w = found.words;
  const sign = SIGNS[/** @type {keyof typeof SIGNS} */ (found.outcome)];
  return html`<section class="ink-verdict ${found.outcome}" aria-label=${w.title}>
    <p><b><span aria-hidden="true">${sign}</span> ${found.title}</b>
      ${found.cause && html`<span>${found.cause}</span>`}
      ${found.again && html`<button class="ink-button" type="button" ...${acts('again', {id: run})}>${found.again}</button>`}</p>
    <p class="ink-verdict-figures">${found.figures.join(' · ')}</p>
    ${
      found.examples.length > 0 &&
      html`<details><summary>${w.examples}</summary>${found.examples.map(
        (/** @type {any} */ one, /** @type {number} */ at) => html`<dl key=${at}>
        <dt>${w.prompt}</dt><dd>${one.prompt}</dd>
        <dt>${w.before}</dt><dd>${one.before || w.empty}</dd>
        <dt>${w.after}</dt><dd class="tuned">${one.after || w.empty}</dd></dl>`,
      )}</details>`
    }
  </section>`;
};
