// @ts-check
// The tour: seven sentences beside real things of the window. It floats above the page: nothing moves
// for it and everything can still be pressed. Escape leaves it, from anywhere.
import {draw, html} from './kit/list.js';
import {fill} from './kit/text.js';

const SEEN = 'inkwell-tour';
const STEP = 'inkwell-tour-step'; // goes on after a reload of the page
const GAP = 12;
const LOOK_MS = 120;
/** What each sentence points at: the tab, and the first of these that can be seen there. */
const STOPS = [
  ['start', '#start-view .ink-shelf', '#start-view'],
  ['start', '#start-upload'],
  ['chunking', '#chunk-start'],
  ['dialogue', '#dialogue-start', '#dialogue-view'],
  ['dataset', '#dataset-start', '#dataset-view'],
  ['training', '#train-start'],
  ['chat', '#chat-message', '#tab-chat-button'],
];

export const tour = (() => {
  /** @type {Record<string, string>} */
  let words = {};
  let at = -1;
  let timer = 0;
  /** @type {any} */
  let layer = null;
  /** @type {any} */
  let before = null;

  const seen = () => localStorage.setItem(SEEN, '1');
  const visible = (/** @type {any} */ one) => one?.getClientRects().length > 0;
  const target = () => {
    const [tab, ...places] = STOPS[at];
    const found = places.map(place => document.querySelector(place)).find(visible);
    return found || document.querySelector(`#tab-${tab}-button`);
  };
  // Beside what it points at, wherever there is room; the bubble never lies over it.
  const place = () => {
    if (at < 0 || !layer) return;
    const [ring, bubble] = layer.children;
    const box = target()?.getBoundingClientRect();
    if (!bubble || !box) return;
    Object.assign(ring.style, {
      transform: `translate(${box.left - 4}px, ${box.top - 4}px)`, // which moves no layout
      width: `${box.width + 8}px`,
      height: `${box.height + 8}px`,
    });
    const {offsetWidth: wide, offsetHeight: high} = bubble;
    const room = {right: innerWidth - box.right, left: box.left, below: innerHeight - box.bottom};
    let [left, top] = [box.left, box.top - high - GAP];
    if (room.right > wide + 2 * GAP) [left, top] = [box.right + GAP, box.top];
    else if (room.left > wide + 2 * GAP) [left, top] = [box.left - wide - GAP, box.top];
    else if (room.below > high + 2 * GAP) [left, top] = [box.left, box.bottom + GAP];
    left = Math.max(GAP, Math.min(left, innerWidth - wide - GAP));
    top = Math.max(GAP, Math.min(top, innerHeight - high - GAP));
    bubble.style.transform = `translate(${left}px, ${top}px)`;
  };
  const paint = () => {
    if (!layer) return;
    if (at < 0) {
      draw(layer, null);
      return;
    }
    draw(
      layer,
      html`<div class="ink-tour-ring" aria-hidden="true"></div>
      <div class="ink-tour" role="dialog" aria-label=${words.title}>
        <p aria-live="polite">${words[`step_${at + 1}`]}</p>
        <div class="ink-tour-acts"><span>${fill(words.place, {n: at + 1, of: STOPS.length})}</span>
          ${at + 1 < STOPS.length && html`<button type="button" class="ink-button" data-part="leave" onclick=${leave}>${words.leave}</button>`}
          ${at > 0 && html`<button type="button" class="ink-button" data-part="back" onclick=${() => go(at - 1)}>${words.back}</button>`}
          <button type="button" class="ink-button on" data-part="on" onclick=${() => (at + 1 < STOPS.length ? go(at + 1) : leave())}>
            ${at + 1 < STOPS.length ? words.next : words.end}</button></div>
      </div>`,
    );
    place();
  };
  const go = (/** @type {number} */ to) => {
    at = to;
    sessionStorage.setItem(STEP, JSON.stringify({at, words}));
    const tab = /** @type {any} */ (document.querySelector(`#tab-${STOPS[at][0]}-button`));
    if (tab && tab.getAttribute('aria-selected') !== 'true') tab.click();
    paint();
    layer.querySelector('[data-part=on]')?.focus({preventScroll: true});
    clearInterval(timer);
    timer = window.setInterval(place, LOOK_MS);
  };
  const leave = () => {
    at = -1;
    clearInterval(timer);
    sessionStorage.removeItem(STEP);
    const inside = layer?.contains(document.activeElement);
    paint();
    if (inside && visible(before)) before.focus({preventScroll: true});
  };
  const begin = (/** @type {number} */ from = 0) => {
    if (!layer) {
      layer = document.createElement('div');
      layer.className = 'ink-tour-layer';
      document.body.append(layer);
    }
    before = document.activeElement;
    seen();
    go(from);
  };

  if (typeof document !== 'undefined') {
    document.addEventListener('click', event => {
      if (/** @type {any} */ (event.target).closest?.('[data-tour]')) begin();
    });
    document.addEventListener(
      'keydown',
      event => {
        if (event.key !== 'Escape' || at < 0 || event.isComposing) return;
        event.stopPropagation();
        leave();
      },
      true,
    );
    addEventListener('resize', place);
  }

  return {
    seen,
    unseen: () => localStorage.getItem(SEEN) === null && at < 0,
    /** The sentences, in the language of the window. @param {Record<string, string>} given */
    speak(given) {
      words = given;
      if (at >= 0) paint();
      else if (sessionStorage.getItem(STEP)) {
        const kept = JSON.parse(sessionStorage.getItem(STEP) || '{}');
        if (kept.at in STOPS) begin(kept.at);
      }
    },
  };
})();
