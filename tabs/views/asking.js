// @ts-check
// Questions to ask the adapter, as chips, and a word about whose system prompt stands in the form.
import {acts, draw, html} from './kit/list.js';

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  const w = data.words || {};
  const {questions = [], system} = data;
  draw(
    host,
    questions.length || system
      ? html`<div class="ink-asking">
    <div class="ink-asking-head"><p class="ink-asking-from">${data.from}</p><p class="ink-asking-from" role="status">${system}</p></div>
    ${questions.length > 0 && html`<div class="ink-questions" role="group" aria-label=${w.questions}>${questions.map(
      (/** @type {string} */ text) => html`<button key=${text} class="ink-button" title=${text} ...${acts('ask', {text})}>${text}</button>`,
    )}</div>`}
  </div>`
      : null,
  );
};
