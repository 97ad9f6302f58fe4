// @ts-check
// Enter that ends the composition of a character sends nothing: in some browsers it comes as a key of
// its own, during the composition or right behind it, and Gradio's field would take it for "send".

/** Within so many ms behind a composition an Enter belongs to it (WebKit tells its end first). */
const BEHIND_MS = 30;
let ended = -Infinity;

/**
 * Whether a key belongs to a composition.
 * @param {{key: string, isComposing?: boolean, keyCode?: number}} event
 * @param {number} now ms
 * @param {number} last when a composition ended last, ms
 */
export function composes(event, now, last) {
  return Boolean(event.isComposing) || event.keyCode === 229 || now - last < BEHIND_MS;
}

document.addEventListener('compositionend', () => (ended = performance.now()), true);
for (const kind of ['keydown', 'keypress'])
  document.addEventListener(
    kind,
    event => {
      const key = /** @type {KeyboardEvent} */ (event);
      const field = /** @type {HTMLElement} */ (key.target);
      if (key.key !== 'Enter' || !field.closest?.('#chat-message')) return;
      if (composes(key, performance.now(), ended)) key.stopImmediatePropagation();
    },
    true,
  );
