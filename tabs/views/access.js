// @ts-check
// Gradio's own nameless icons, unfocusable scroll regions and label-less text areas get names and focus.
import {mark} from './guide.js';
import {described} from './inspector.js';
import {ownWords} from './own_words.js';
import {ruled} from './rules.js';

/** Whether all that has come is mended. */
export const mended = (() => {
  const mend = () => {
    mark();
    described();
    ruled();
    for (const e of /** @type {any} */ (document.querySelectorAll('[role=log], .ink-scroll')))
      if (!e.hasAttribute('tabindex')) e.tabIndex = 0;
    for (const e of /** @type {any} */ (document.querySelectorAll('button.icon-button')))
      if (!e.getAttribute('aria-label') && !e.textContent.trim())
        e.setAttribute('aria-label', e.title || 'Options');
    for (const e of /** @type {any} */ (
      document.querySelectorAll('.empty[aria-label]:not([role])')
    ))
      e.setAttribute('role', 'img');
    for (const e of /** @type {any} */ (
      document.querySelectorAll('button[aria-dropeffect][aria-label]')
    ))
      e.removeAttribute('aria-label');
    for (const e of /** @type {any} */ (document.querySelectorAll('textarea:not([aria-label])')))
      if (!e.closest('label')) e.setAttribute('aria-label', e.placeholder || 'Text');
    ownWords();
  };
  // While a page loads something changes at every frame: a few times a second is soon enough.
  const APART_MS = 200;
  let due = false;
  let last = -APART_MS;
  const look = () => {
    due = false;
    last = performance.now();
    mend();
  };
  new MutationObserver(() => {
    if (due) return;
    due = true;
    const wait = last + APART_MS - performance.now();
    if (wait > 0) setTimeout(look, wait);
    else requestAnimationFrame(look);
  }).observe(document, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ['aria-label', 'class', 'lang'],
  });
  return () => !due;
})();
