// @ts-check
// Keyed drawing: what stays the same keeps its element, and with it the focus, what is typed and the
// scrolled place. What had to be built anew gets focus and place back by name.
import htm from '../vendor/htm/htm.js';
import {Component as Untyped, h, render} from '../vendor/preact/preact.js';
import {pages} from './parts.js';

/**
 * html`<p class="note">${text}</p>`: a tree to draw. Values become text or attributes, never markup.
 * @type {(strings: TemplateStringsArray, ...values: any[]) => any}
 */
export const html = htm.bind(h);

/** A part of a tree with a state of its own. @type {any} */
export const Component = Untyped;

/** Attributes that name an element within its view, beside the `data-key` of the row around it. */
const NAMES = ['part', 'tool', 'place', 'name', 'act', 'field'];

/**
 * Draw a tree into a view's place; null empties it.
 * @param {any} host
 * @param {any} tree
 */
export function draw(host, tree) {
  render(tree, host);
}

/**
 * What an element is called in its view: by row, attribute and value; null where it has no name.
 * @param {any} element
 */
export function nameOf(element) {
  const name = element && NAMES.find(one => element.dataset?.[one] !== undefined);
  if (!name) return null;
  return {
    key: element.closest('[data-key]')?.dataset.key ?? null,
    name,
    value: element.dataset[name],
  };
}

/**
 * The element of a name, in the same row if that is still there; undefined where nothing is.
 * @param {any} host
 * @param {ReturnType<typeof nameOf>} wanted
 * @returns {any}
 */
export function named(host, wanted) {
  if (!wanted) return undefined;
  const found = [...host.querySelectorAll(`[data-${wanted.name}]`)].filter(
    one => one.dataset[wanted.name] === wanted.value && !one.disabled,
  );
  return found.find(one => (nameOf(one)?.key ?? null) === wanted.key);
}

/**
 * Draw by `paint`; what had the focus and was built anew gets it back. Lists keep their place as long
 * as they keep their element, and begin at their top when not the `same` thing is shown as before.
 * @param {any} host
 * @param {() => void} paint
 * @param {{same?: boolean, otherwise?: () => any}} [options] otherwise: what gets the focus where
 *   what had it is gone
 */
export function keep(host, paint, {same = true, otherwise} = {}) {
  const active = host.contains(document.activeElement) ? document.activeElement : null;
  const name = nameOf(active);
  paint();
  if (!same) for (const list of host.querySelectorAll('.ink-scroll')) list.scrollTop = 0;
  if (active && active !== host && !host.contains(document.activeElement))
    (named(host, name) || otherwise?.())?.focus({preventScroll: true});
}

/**
 * A row of a list in sight: if it is outside, the list is scrolled so that it stands a third down.
 * @param {any} list
 * @param {any} row
 */
export function inSight(list, row) {
  if (!row) return;
  const [top, end] = [row.offsetTop, row.offsetTop + row.offsetHeight];
  if (top < list.scrollTop || end > list.scrollTop + list.clientHeight)
    list.scrollTop = top - list.clientHeight / 3;
}

/**
 * A field that a person writes in: it shows `value` when that changes, and what is typed until then.
 * Attributes go to the input as they are.
 */
export class Field extends Component {
  /** @param {any} before */
  componentDidUpdate(before) {
    if (before.value !== this.props.value) this.input.value = this.props.value;
  }

  /** @param {any} props */
  render({value, ...more}) {
    const input = (/** @type {any} */ made) => {
      if (made && made !== this.input) made.value = value;
      if (made) this.input = made;
    };
    return h('input', {...more, ref: input});
  }
}

/** A row that is drawn again only when its `sign` differs: `props.draw()` makes its tree. */
export class Row extends Component {
  /** @param {any} next */
  shouldComponentUpdate(next) {
    return next.sign !== this.props.sign;
  }

  render() {
    return this.props.draw();
  }
}

/**
 * Attributes of a button whose press becomes an event for Python: `{act, ...data}`.
 * @param {string} act
 * @param {object} [data]
 */
export function acts(act, data = {}) {
  return {
    type: 'button',
    'data-act': act,
    ref: (/** @type {any} */ made) => {
      if (made) made.payload = data;
    },
  };
}

/**
 * One pager for every list. `turn(offset)` instead of an event for Python.
 * @param {{data: any, words: Record<string, string>, turn?: (offset: number) => void}} props
 */
export function Pager({data, words, turn}) {
  const found = pages(data);
  if (!found) return null;
  const one = (
    /** @type {string} */ sign,
    /** @type {number | null} */ offset,
    /** @type {string} */ label,
  ) => {
    const how = turn
      ? {type: 'button', onclick: () => turn(Number(offset))}
      : acts('page', {offset});
    return html`<button class="ink-button" ...${how} disabled=${offset === null} aria-label=${label}>${sign}</button>`;
  };
  return html`<nav class="ink-pager" aria-label=${words.pages || 'Pages'}>
    ${one('‹', found.back, words.previous || 'Previous')}<span>${found.label}</span>${one('›', found.next, words.next || 'Next')}
  </nav>`;
}

/** What stands where there is nothing to show yet. @param {{data: any}} props */
export function Empty({data}) {
  const words = data.empty || {};
  return html`<div class="ink-empty">
    <p class="ink-empty-title">${words.title || ''}</p>
    <p>${words.text || ''}</p>
    ${words.button && html`<button class="ink-button ink-secondary" ...${acts('sample')}>${words.button}</button>`}
  </div>`;
}

/** What went wrong: what happened, then what to do. @param {{error: [string, string] | null}} props */
export function Fault({error}) {
  return error && html`<p class="ink-error"><b>${error[0]}</b> ${error[1]}</p>`;
}
