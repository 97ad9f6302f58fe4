// @ts-check
// "Which method when", opened above the window by anything with `data-guide` (the part to begin at);
// beside the fields it tells of stands a small ⓘ of that kind. The words of the tour come with it.
import {draw, html} from './kit/list.js';
import {tour} from './tour.js';

/** The fields beside which the sign stands, and the part of the page that tells of them. */
const BESIDE = [
  ['#chunk-method', 'chunking'],
  ['#train-stage', 'stages'],
  ['#train-learning_rate', 'values'],
  ['#train-lr_scheduler_type', 'schedulers'],
];

/** @type {any} */
let data = {};
/** @type {any} */
let dialog = null;

/** One method, or one value: what it does, when to take it, what is usual. @param {any} one @param {any} w */
const method = (one, w) => html`<section key=${one.id} data-key=${one.id}>
  <h3>${one.name}${one.code && html` <code>${one.code}</code>`}</h3>
  <dl>${['what', 'when', 'usual', 'high', 'low', 'cost', 'example'].map(
    name => one[name] && html`<div key=${name}><dt>${w[name]}</dt><dd>${one[name]}</dd></div>`,
  )}</dl></section>`;

/** @param {string} part */
const open = part => {
  if (!data.parts) return;
  if (!dialog) {
    dialog = document.createElement('dialog');
    dialog.className = 'ink-guide';
    document.body.append(dialog);
    // A click beside the page closes it.
    dialog.addEventListener('click', (/** @type {any} */ event) => event.target === dialog && dialog.close());
  }
  paint(part);
  dialog.showModal();
  seek(part);
};

/** @param {string} part */
const seek = part => {
  const body = dialog.querySelector('.ink-guide-body');
  const head = dialog.querySelector(`[data-guide-part="${part}"]`);
  if (head) body.scrollTop = head.offsetTop - body.offsetTop;
};

/** @param {string} part */
const paint = part => {
  const {words: w, parts} = data;
  draw(
    dialog,
    html`<header><h2>${w.title}</h2>
    <nav aria-label=${w.parts}>${parts.map(
      (/** @type {any} */ one) => html`<button key=${one.id} type="button" class="ink-link" data-part=${one.id} onclick=${() => seek(one.id)}>${one.name}</button>`,
    )}</nav>
    <button type="button" class="ink-button" data-part="close" onclick=${() => dialog.close()}>${w.close}</button></header>
    <div class="ink-guide-body ink-scroll" tabindex="0" aria-label=${w.title}>${parts.map(
      (/** @type {any} */ one) => html`<div key=${one.id} data-guide-part=${one.id}><h2>${one.name}</h2><p>${one.about}</p>
      ${one.methods.map((/** @type {any} */ each) => method(each, w))}</div>`,
    )}</div>`,
  );
  dialog.setAttribute('aria-label', w.title);
  dialog.setAttribute('data-open', part);
};

/** The sign beside each field that stands and has none yet. */
export const mark = () => {
  for (const [field, part] of BESIDE) {
    const box = document.querySelector(field);
    if (!box || !data.words) continue;
    let sign = box.querySelector('.ink-about');
    if (!sign) {
      sign = document.createElement('button');
      sign.className = 'ink-about';
      sign.setAttribute('type', 'button');
      sign.setAttribute('data-guide', part);
      sign.textContent = '?';
      box.append(sign);
    }
    if (sign.getAttribute('aria-label') !== data.words.title) {
      sign.setAttribute('aria-label', data.words.title);
      sign.setAttribute('title', data.words.title);
    }
  }
};

if (typeof document !== 'undefined')
  document.addEventListener('click', event => {
    const from = /** @type {any} */ (event.target).closest?.('[data-guide]');
    if (from) open(from.dataset.guide);
  });

/** @type {import('./kit/mount.js').Draw} */
export default (given, host) => {
  host.hidden = true;
  if (!given.words) return;
  data = given;
  mark();
  tour.speak(given.tour);
  if (dialog?.open) paint(dialog.dataset.open);
};
