// @ts-check
// A view's value on its way to the page: when it is drawn, and when it is dropped.
import {keep} from './list.js';
import {parse} from './text.js';

/**
 * Draws a value into its place on the page. A view may keep what it likes as properties of `host`.
 * @typedef {(data: any, host: any) => void} Draw
 */

/**
 * Which version of each component is on show, for the page's next question: id → version.
 * @type {Record<string, string>}
 */
export const have = {};
/** How each component's view takes a value, by its id. @type {Record<string, (value: string) => void>} */
const takers = {};

/**
 * A value that came beside Gradio, to the view that it is of.
 * @param {string} value
 */
export function shows(value) {
  takers[(parse(value)._v || '').split('=')[0]]?.(value);
}

/**
 * Whether a value was read later than the one that is on show. Stamps of different starts of the
 * window cannot be compared: the one that comes last counts.
 * @param {[string, number]} read start and number of the value that has come
 * @param {[string, number]} shown those of the one on show
 */
export function later(read, shown) {
  return read[0] !== shown[0] || read[1] >= shown[1];
}

/**
 * A value without what says when it was read: `_at` and what follows it, always its end.
 * @param {string} raw
 */
export function content(raw) {
  const at = raw.lastIndexOf(',"_at":');
  return at < 0 ? raw : raw.slice(0, at);
}

/**
 * Redraw `draw(data, host)` whenever the value changes; one listener hands clicks on to Python.
 *
 * Answers overtake each other: one that Python read earlier than what is shown is dropped, and the
 * same content of another time is not drawn again.
 * @param {HTMLElement} root Gradio's element of the component
 * @param {{value: string}} props
 * @param {(name: string, changed: () => void) => void} watch
 * @param {(data: object) => void} act sends an event to Python
 * @param {Draw} draw
 */
export function mount(root, props, watch, act, draw) {
  /** @type {any} */
  const host = root.querySelector('.host');
  host.act = act;
  /** @type {string | undefined} */
  let raw;
  /** @type {string | undefined} */
  let shown;
  /** @type {[string, number]} */
  let read = ['', 0];
  /** @type {string | null} */
  let id = null;
  const take = (/** @type {string} */ value) => {
    if (value === raw) return;
    raw = value;
    const data = parse(raw);
    const [name, version] = (data._v || '').split('=');
    if (!later(data._at || ['', Infinity], read)) return;
    read = data._at || read;
    if (version) {
      id = name;
      have[name] = version;
      takers[name] = take;
    } else if (id) delete have[id];
    const now = data._at ? content(raw) : raw;
    if (now === shown) return;
    shown = now;
    const first = host.view_key === undefined;
    keep(host, () => draw(data, host), {same: first || host.view_key === data.key});
    host.view_key = data.key;
  };
  take(props.value);
  watch('value', () => take(props.value));
  root.addEventListener('click', event => {
    const target = /** @type {any} */ (event.target).closest('[data-act]');
    if (!target || target.disabled) return;
    act({act: target.dataset.act, ...(target.payload || {})});
  });
}
