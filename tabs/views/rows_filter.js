// @ts-check
// Over a dataset's rows: search, filters with their counts, order, a row to go to; and how far the look
// at every row is. What a person types stays theirs: it is never replaced while they do.
import {Component, html} from './kit/list.js';
import {fill, number} from './kit/text.js';

/** @typedef {{field: string, test: string, value: string}} Condition */

const WAIT_MS = 450; // after the last key
const LOST_MS = 10000;
const NUMBERS = ['prompt', 'reply', 'turns'];
const TEXT_TESTS = ['contains', 'lacks', 'equals', 'empty', 'filled', 'over', 'under'];
const TAG_TESTS = ['equals', 'lacks'];
const NUMBER_TESTS = ['over', 'under', 'equals'];

/** Whether two conditions are the same. @param {Condition} one @param {Condition} other */
export const same = (one, other) =>
  one.field === other.field && one.test === other.test && String(one.value) === String(other.value);

/**
 * The conditions with one more, or without it where it is there.
 * @param {Condition[]} where
 * @param {Condition} condition
 */
export const toggled = (where, condition) =>
  where.some(one => same(one, condition))
    ? where.filter(one => !same(one, condition))
    : [...where, condition];

/** Whether a field is a number. @param {string} field */
const counted = field => field === 'rating' || NUMBERS.includes(field);

/** The tests that fit a field. @param {string} field */
export const testsOf = field =>
  counted(field) ? NUMBER_TESTS : field === 'tag' ? TAG_TESTS : TEXT_TESTS;

/** Whether a test needs a value. @param {string} test */
export const valued = test => test !== 'empty' && test !== 'filled';

/** A field by the name that people know it by. @param {string} field @param {any} w */
const nameOf = (field, w) => w.numbers[field] || field;

/** The words of a field's tests. @param {string} field @param {any} w */
const testWords = (field, w) =>
  counted(field) ? w.number_tests : field === 'tag' ? w.tag_tests : w.tests;

/** A condition in words. @param {Condition} condition @param {any} w */
const told = ({field, test, value}, w) => {
  const tests = testWords(field, w);
  return [nameOf(field, w), tests[test], valued(test) && value].filter(Boolean).join(' ');
};

/** Orders as the menu lists them: the value is the field and its way. @param {any} find */
const orders = ({fields, words: w}) => [
  ['file up', w.orders.file],
  ...[...NUMBERS, ...fields.filter((/** @type {string} */ one) => !counted(one) && one !== 'tag')].flatMap(
    field =>
      ['up', 'down'].map(way => [
        `${field} ${way}`,
        fill(w.orders[way], {name: nameOf(field, w)}),
      ]),
  ),
];

/** A field for a new condition. */
class Adding extends Component {
  /** @param {any} props */
  render({find, add}) {
    const w = find.words;
    const state = this.state;
    const field = state.field || find.fields[0];
    const test = testsOf(field).includes(state.test) ? state.test : testsOf(field)[0];
    const tests = testWords(field, w);
    const submit = (/** @type {any} */ event) => {
      event.preventDefault();
      const value = this.value?.value.trim() || '';
      if (valued(test) && !value) {
        this.value?.focus();
        return;
      }
      add({field, test, value: valued(test) ? value : ''});
    };
    const choice = (
      /** @type {string} */ label,
      /** @type {string} */ value,
      /** @type {string[]} */ values,
      /** @type {(one: string) => string} */ name,
      /** @type {(one: string) => void} */ chosen,
    ) => html`<select class="ink-input" aria-label=${label} data-part=${label} onchange=${(/** @type {any} */ event) => chosen(event.target.value)}>
      ${values.map(one => html`<option key=${one} value=${one} selected=${one === value}>${name(one)}</option>`)}
    </select>`;
    const whole = counted(field) || test === 'over' || test === 'under';
    return html`<form class="ink-find-add" onsubmit=${submit}>
      ${choice(
        w.field,
        field,
        find.fields,
        one => nameOf(one, w),
        one => this.setState({field: one}),
      )}
      ${choice(
        w.test,
        test,
        testsOf(field),
        one => tests[one],
        one => this.setState({test: one}),
      )}
      ${
        valued(test) &&
        html`<input class="ink-input" data-part="value" type=${whole ? 'number' : 'text'} min="0" step="1"
        aria-label=${w.value} placeholder=${w.value} ref=${(/** @type {any} */ made) => {
          this.value = made;
        }} />`
      }
      <button class="ink-button" type="submit" data-part="condition">${w.add}</button>
    </form>`;
  }
}

/**
 * What is looked for now: what was asked last, until its answer is there. Of `find` it is what differs.
 * @param {any} host
 * @param {any} find
 */
const current = (host, find) => {
  const {of, search, where, order} = find;
  const shown = {of, search, where, order};
  const answered = JSON.stringify(host.asked) === JSON.stringify(shown);
  const lost = Date.now() - host.asked_at > LOST_MS; // it was refused, and its reason told
  if (answered || lost || host.asked?.of !== of) host.asked = undefined;
  return host.asked || shown;
};

/**
 * Ask for rows: what is looked for now, with a change.
 * @param {any} host
 * @param {any} find
 * @param {Partial<{search: string, where: Condition[], order: any}>} change
 */
const ask = (host, find, change) => {
  host.asked = {...current(host, find), ...change};
  host.asked_at = Date.now();
  host.act({act: 'find', ...host.asked});
};

/** Search and filters. Props: find, what Python says of it; host, whose `act` sends what is asked. */
export class RowsFilter extends Component {
  componentDidUpdate() {
    this.follow();
  }

  componentDidMount() {
    this.follow();
  }

  componentWillUnmount() {
    clearTimeout(this.later);
  }

  /** Show what is looked for, unless a person is typing, or what they typed is on its way. */
  follow() {
    const {find, host} = this.props;
    current(host, find);
    if (this.typed === find.search) this.typed = undefined;
    if (this.typed === undefined && document.activeElement !== this.box)
      this.box.value = find.search;
  }

  /** @param {{flip?: Condition}} [change] a condition to put on or take off */
  ask(change = {}) {
    clearTimeout(this.later);
    const {find, host} = this.props;
    const search = this.box.value;
    this.typed = search === find.search ? undefined : search;
    const where = change.flip
      ? toggled(current(host, find).where, change.flip)
      : current(host, find).where;
    ask(host, find, {search, where});
  }

  /** @param {any} event */
  typing(event) {
    this.typed = event.target.value;
    clearTimeout(this.later);
    this.later = setTimeout(() => this.typed !== this.props.find.search && this.ask(), WAIT_MS);
  }

  /** @param {any} event */
  key(event) {
    if (event.isComposing) return;
    if (event.key === 'Enter') this.ask();
    else if (event.key === 'Escape' && event.target.value) {
      event.target.value = '';
      this.ask();
    } else if (event.key === 'ArrowDown') this.props.host.querySelector('li.on button')?.focus();
    else return;
    event.preventDefault();
  }

  render() {
    const {find} = this.props;
    const w = find.words;
    return html`<div class="ink-find" role="search">
      <input class="ink-input ink-find-box" type="search" data-part="search" autocomplete="off" spellcheck=${false}
        placeholder=${w.search} aria-label=${w.search} aria-keyshortcuts="/" disabled=${!find.ready}
        ref=${(/** @type {any} */ made) => {
          this.box = made || this.box;
        }}
        oninput=${(/** @type {any} */ event) => this.typing(event)} onkeydown=${(/** @type {any} */ event) => this.key(event)} />
      ${find.ready ? this.filters(find, w) : scanning(find)}
    </div>`;
  }

  /** @param {any} find @param {any} w */
  filters(find, w) {
    const {where, chips} = find;
    const own = where.filter(
      (/** @type {Condition} */ one) =>
        !chips.some((/** @type {any} */ chip) => same(chip.condition, one)),
    );
    const flip = (/** @type {Condition} */ condition) => {
      this.setState({adding: false});
      this.ask({flip: condition});
    };
    const on = (/** @type {Condition} */ condition) =>
      where.some((/** @type {Condition} */ one) => same(one, condition));
    return html`
      <span class="ink-find-chips" role="group" aria-label=${w.filters}>
        ${chips.map(
          (/** @type {any} */ chip) => html`<button key=${chip.label} type="button" data-part=${'chip-' + chip.label}
          class=${'ink-button' + (on(chip.condition) ? ' on' : '')} aria-pressed=${String(on(chip.condition))}
          onclick=${() => flip(chip.condition)}>${chip.label} ${number(chip.n)}</button>`,
        )}
        ${own.map(
          (/** @type {Condition} */ one) => html`<button key=${told(one, w)} type="button" class="ink-button on" data-part=${'own-' + told(one, w)}
          aria-label=${fill(w.remove, {name: told(one, w)})} onclick=${() => flip(one)}>${told(one, w)} ✕</button>`,
        )}
        <button type="button" class="ink-button" data-part="more" aria-expanded=${String(!!this.state.adding)}
          onclick=${() => this.setState({adding: !this.state.adding})}>${w.more}</button>
      </span>
      ${this.state.adding && html`<${Adding} find=${find} add=${flip} />`}`;
  }
}

/** How many rows match, their order, and a row to go to. @param {{find: any, host: any}} props */
export const RowsPlace = ({find, host}) => {
  if (!find?.ready) return null;
  const w = find.words;
  const chosen = `${find.order.by} ${find.order.down ? 'down' : 'up'}`;
  const order = (/** @type {any} */ event) => {
    const [by, way] = event.target.value.split(' ');
    ask(host, find, {order: {by, down: way === 'down'}});
  };
  const jump = (/** @type {any} */ event) => {
    event.preventDefault();
    const row = Number(event.target.elements[0].value);
    if (row >= 1) host.act({act: 'jump', row});
  };
  return html`<div class="ink-find-end">
    ${find.found && html`<b class="ink-find-count" role="status">${find.found}</b>`}
    ${
      find.narrowed &&
      html`<button type="button" class="ink-button" data-part="clear" onclick=${() => ask(host, find, {search: '', where: []})}>${w.clear}</button>`
    }
    <select class="ink-input" data-part="order" aria-label=${w.order} onchange=${order}>${orders(find).map(
      ([value, name]) => html`<option key=${value} value=${value} selected=${value === chosen}>${name}</option>`,
    )}</select>
    <form class="ink-find-jump" onsubmit=${jump}>
      <input class="ink-input" type="number" min="1" max=${find.count} data-part="jump" aria-label=${w.jump} placeholder=${w.jump} title=${w.jump} />
      <span>${fill(w.of, {n: number(find.count)})}</span>
    </form>
  </div>`;
};

/** How far the look at every row is. @param {any} find */
const scanning = ({scan, error}) =>
  error
    ? html`<span class="ink-error" role="alert">${error}</span>`
    : html`<span class="ink-find-scan" role="status" title=${scan.waiting}>
      <span class="ink-share-bar" aria-hidden="true"><i style=${{width: `${100 * scan.part}%`}}></i></span>${scan.text}</span>`;

/** The slash leads to the search from wherever nothing is typed. @param {any} host */
export function slash(host) {
  document.addEventListener('keydown', event => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.matches('input, textarea, select, [contenteditable]')) return;
    const box = host.querySelector('.ink-find-box');
    if (!box || box.disabled || !host.getClientRects().length) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
}
