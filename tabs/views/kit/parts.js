// @ts-check
// Elements by hand, where a text's offsets count; where a list of pages stands; fields that wait.
import {number} from './text.js';

/** @typedef {Node | string | number | null | undefined | false | Child[]} Child */

/**
 * `element('p.note', {title: 'x'}, 'text', child)`: one element with classes, attributes and
 * children. Attributes that are null or false are left out; those that begin with "on" are handlers.
 * @param {string} name tag and classes
 * @param {Record<string, any> | null} [attributes]
 * @param {...Child} children
 * @returns {any}
 */
export function element(name, attributes, ...children) {
  const [tag, ...classes] = name.split('.');
  /** @type {any} */
  const made = document.createElement(tag || 'div');
  if (classes.length) made.className = classes.join(' ');
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) made[key] = value;
    else made.setAttribute(key, value === true ? '' : value);
  }
  const shown = /** @type {any[]} */ (children).flat(Infinity);
  made.append(...shown.filter(child => child !== null && child !== undefined && child !== false));
  return made;
}

/**
 * Where a list that is shown page by page stands: the offsets before and after (null where there is
 * none), and what is shown of how many; null for a list of one page.
 * @param {{offset: number, limit: number, total: number}} list in rows
 */
export function pages({offset, limit, total}) {
  if (!total || total <= limit) return null;
  const last = Math.min(offset + limit, total);
  return {
    back: offset > 0 ? Math.max(0, offset - limit) : null,
    next: last < total ? offset + limit : null,
    label: `${number(offset + 1)}–${number(last)} / ${number(total)}`,
  };
}

/** How long fields wait for an answer that never comes, in ms. */
const HELD_MS = 10000;
let holding = 0;

/**
 * Fields that an answer is about to fill take nothing in until it has come, or what is typed
 * meanwhile would be replaced.
 * @param {string} fields a selector
 * @param {boolean} on
 */
export function hold(fields, on) {
  for (const field of document.querySelectorAll(fields))
    /** @type {HTMLElement} */ (field).inert = on;
  clearTimeout(holding);
  if (on) holding = window.setTimeout(() => hold(fields, false), HELD_MS);
}
