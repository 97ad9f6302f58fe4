// @ts-check
// Elements by hand, and the few parts that every view shares.
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
  made.append(
    ...children
      .flat(Infinity)
      .filter(child => child ?? false)
      .filter(child => child !== false),
  );
  return made;
}

/**
 * A button whose press becomes an event for Python: `{act, ...data}`.
 * @param {Child} label
 * @param {string} act
 * @param {object} [data]
 * @param {string} [kind] classes more
 */
export function button(label, act, data, kind) {
  const made = element(
    'button.ink-button' + (kind ? '.' + kind : ''),
    {type: 'button', 'data-act': act},
    label,
  );
  made.payload = data || {};
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

/**
 * One pager for every list; null where all stands on one page.
 * @param {any} data offset, limit and total in rows
 * @param {Record<string, string>} words
 */
export function pager(data, words) {
  const found = pages(data);
  if (!found) return null;
  const turn = (
    /** @type {string} */ sign,
    /** @type {number | null} */ offset,
    /** @type {string} */ label,
  ) => {
    const made = button(sign, 'page', {offset});
    made.disabled = offset === null;
    made.setAttribute('aria-label', label);
    return made;
  };
  return element(
    'nav.ink-pager',
    {'aria-label': words.pages || 'Pages'},
    turn('‹', found.back, words.previous || 'Previous'),
    element('span', {}, found.label),
    turn('›', found.next, words.next || 'Next'),
  );
}

/** What stands where there is nothing to show yet. @param {any} data */
export function empty(data) {
  const words = data.empty || {};
  return element(
    'div.ink-empty',
    {},
    element('p.ink-empty-title', {}, words.title || ''),
    element('p', {}, words.text || ''),
    words.button ? button(words.button, 'sample', {}, 'ink-secondary') : null,
  );
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
