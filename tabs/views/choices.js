// @ts-check
// Small windows of choices under the buttons of the table of people: a colour, another person, what
// becomes of a name.
import {step} from './kit/keys.js';
import {draw, html} from './kit/list.js';
import {element} from './kit/parts.js';
import {fill} from './kit/text.js';

const MOST = 40; // persons that are offered at once
const COLOURS = [null, 0, 1, 2, 3, 4, 5, 6, 7];

/** Put the window away. @param {any} c @param {boolean} [back] the focus goes back to its button */
export const shut = (c, back) => {
  if (!c.pop) return;
  const {box, opener} = c.pop;
  c.pop = null;
  draw(box, null);
  box.remove();
  if (back) opener.focus();
  if (c.late) setTimeout(() => c.paint());
};

/** Where a window of choices stands: under its button, within the card. @param {any} box @param {any} opener @param {any} host */
const place = (box, opener, host) => {
  const [at, card] = [opener.getBoundingClientRect(), host.getBoundingClientRect()];
  const within = (/** @type {number} */ wanted, /** @type {number} */ most) =>
    `${Math.max(4, Math.min(wanted, most))}px`;
  box.style.left = within(at.left - card.left, card.width - box.offsetWidth - 8);
  box.style.top = within(at.bottom - card.top + 3, card.height - box.offsetHeight - 6);
};

/** @param {any} c @param {any} opener @param {string} title @param {any} content a tree */
const open = (c, opener, title, content) => {
  const box = element('div.ink-pop', {role: 'dialog', 'aria-label': title});
  draw(box, html`<p class="ink-pop-title">${title}</p>${content}`);
  shut(c);
  c.host.append(box);
  place(box, opener, c.host);
  box.onkeydown = (/** @type {any} */ event) => {
    const all = [...box.querySelectorAll('button, input')];
    const sideways = document.activeElement?.matches('input') && /Left|Right/.test(event.key);
    const next = sideways ? -1 : step(event.key, all.indexOf(document.activeElement), all.length);
    if (event.key === 'Escape') {
      event.stopPropagation();
      shut(c, true);
    } else if (next >= 0) {
      all[next].focus();
      event.preventDefault();
    }
  };
  box.onfocusout = (/** @type {any} */ event) => {
    if (c.pop?.box === box && event.relatedTarget && !box.contains(event.relatedTarget)) shut(c);
  };
  c.pop = {box, opener};
  (box.querySelector('[aria-pressed=true]') || box.querySelector('input, button'))?.focus();
};

/** @param {any} c @param {any} label @param {() => void} act @param {object} [more] */
const option = (c, label, act, more = {}) => {
  const press = () => {
    shut(c, true);
    act();
  };
  return html`<button type="button" class="ink-button" onclick=${press} ...${more}>${label}</button>`;
};

/** The other persons, to choose from, with a search. */
const Persons = (/** @type {any} */ {c, row, choose}) => {
  const others = c.people.rows.filter((/** @type {any} */ one) => one !== row && one.name);
  /** @type {any} */
  let list;
  const show = (/** @type {string} */ query) => {
    const found = others.filter((/** @type {any} */ one) =>
      [one.name, ...one.aliases].some(name => name.toLowerCase().includes(query.toLowerCase())),
    );
    draw(
      list,
      found.slice(0, MOST).map((/** @type {any} */ one) => option(c, one.name, () => choose(one))),
    );
  };
  const enter = (/** @type {any} */ event) => {
    if (event.key === 'Enter' && !event.isComposing) list.querySelector('button')?.click();
  };
  const listed = (/** @type {any} */ box) => {
    if (!box) return;
    list = box;
    show('');
  };
  return html`
    <input class="ink-input" type="text" placeholder=${c.words.search} aria-label=${c.words.search}
      oninput=${(/** @type {any} */ event) => show(event.target.value.trim())} onkeydown=${enter} />
    <div class="ink-persons" ref=${listed}></div>`;
};

/** A person's colour. @param {any} c @param {any} row @param {any} opener */
export const colours = (c, row, opener) => {
  const one = (/** @type {number | null} */ n) =>
    option(
      c,
      html`<span class=${'ink-swatch ' + (n === null ? 'auto' : 'h' + n)}></span>${n === null ? c.words.auto : c.hues[n]}`,
      () =>
        c.change(() => {
          row.colour = n;
        }, [row.id, 'colour']),
      {'aria-pressed': row.colour === n},
    );
  open(
    c,
    opener,
    fill(c.words.colour_of, {name: row.name}),
    html`<div class="ink-palette">${COLOURS.map(one)}</div>`,
  );
};

/** Whom a person is one with. @param {any} c @param {any} row @param {any} opener */
export const merging = (c, row, opener) => {
  const choose = (/** @type {any} */ other) => c.merge(row, other);
  open(
    c,
    opener,
    fill(c.words.merge_title, {name: row.name}),
    html`<${Persons} c=${c} row=${row} choose=${choose} />`,
  );
};

/** What becomes of one of the other names. @param {any} c @param {any} row @param {string} alias @param {any} opener */
export const naming = (c, row, alias, opener) => {
  const {people, words: w} = c;
  const give = (/** @type {any} */ other) => c.move(row, alias, other);
  open(
    c,
    opener,
    fill(w.alias_title, {alias, name: row.name}),
    html`
    ${option(c, w.alias_main, () => c.change(() => people.promote(row, alias), [row.id, 'name']))}
    ${option(c, w.alias_apart, () => c.change(() => people.part(row, alias), [row.id, 'name']))}
    <p class="ink-pop-title">${w.alias_give}</p>
    <${Persons} c=${c} row=${row} choose=${give} />`,
  );
};
