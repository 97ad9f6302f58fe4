// @ts-check
// The keyboard: one listener for a view's keys, and steps from one of many to the next.

/** Where keys are letters of a text and not a view's own. */
export const TYPING = 'input, textarea, select';

/**
 * A key by the name that views give it: letters in lower case whatever Shift says; "" for a key that
 * belongs to the browser (Ctrl, Alt, Meta) or to a character that is being composed.
 * @param {Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'isComposing'>} event
 */
export function keyName(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return '';
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

/**
 * Call `act(key, event)` for each key that is pressed in `host` outside of fields; a key that it
 * answers with false goes on to the browser, any other ends here.
 *
 * A button that has the focus keeps Enter and the space bar for itself.
 * @param {HTMLElement} host
 * @param {(key: string, event: KeyboardEvent) => unknown} act
 */
export function onKeys(host, act) {
  host.addEventListener('keydown', event => {
    const key = keyName(event);
    const target = /** @type {HTMLElement} */ (event.target);
    if (!key || target.matches(TYPING)) return;
    if ((key === 'Enter' || key === ' ') && target.closest('button')) return;
    if (act(key, event) !== false) event.preventDefault();
  });
}

/** @type {Record<string, number>} */
const STEPS = {ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1};

/**
 * Which of `count` an arrow key leads to from `at`, round and round; -1 for any other key.
 * @param {string} key
 * @param {number} at
 * @param {number} count
 */
export function step(key, at, count) {
  return key in STEPS && count ? (at + STEPS[key] + count) % count : -1;
}
