// @ts-check
// A button that asks Python for something says at once that it was pressed, until the answer is here.
// Which request is whose the page does not know: the first that was begun after the press and has
// ended counts, and whatever happens the mark goes after a while.

const BUTTONS = 'button.primary, button[id$=-onward], button.secondary';
const ASKS = /\/(?:run\/predict|queue\/(?:join|data))/;
const LONGEST_MS = 10000;

/** @type {Map<HTMLElement, number>} */
const pressed = new Map();

/** @param {HTMLElement} button */
const release = button => {
  pressed.delete(button);
  button.removeAttribute('aria-busy');
};

document.addEventListener(
  'click',
  event => {
    /** @type {HTMLElement | null} */
    const button = /** @type {any} */ (event.target).closest?.(BUTTONS);
    if (!button || !button.closest('#tabs') || button.closest('.label-wrap')) return;
    const at = performance.now();
    pressed.set(button, at);
    button.setAttribute('aria-busy', 'true');
    setTimeout(() => {
      if (pressed.get(button) === at) release(button);
    }, LONGEST_MS);
  },
  true,
);

new PerformanceObserver(list => {
  if (!pressed.size) return;
  for (const entry of list.getEntries())
    if (ASKS.test(entry.name))
      for (const [button, at] of [...pressed]) if (entry.startTime >= at) release(button);
}).observe({type: 'resource'});
