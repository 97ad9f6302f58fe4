// @ts-check
// One row of the table of people: colour, name, other names, gender, figures; dragged and dropped upon.
import {colours, merging, naming} from './choices.js';
import {Field, html} from './kit/list.js';
import {fill, names, number, separated} from './kit/text.js';
import {named as hueOf} from './speech.js';

/** What is dragged onto a row: a person, one of the names, or somebody who is not in the table yet. @param {any} c @param {any} row */
const dropping = (c, row) => {
  const here = () => c.drag && c.drag.row !== row;
  const off = (/** @type {any} */ event) => event.currentTarget.classList.remove('drop');
  return {
    ondragover: (/** @type {any} */ event) => {
      if (!here()) return;
      event.preventDefault();
      event.currentTarget.classList.add('drop');
    },
    ondragleave: off,
    ondrop: (/** @type {any} */ event) => {
      event.preventDefault();
      off(event);
      if (!here()) return;
      const dragged = c.drag;
      c.drag = null;
      if (dragged.alias) c.move(dragged.row, dragged.alias, row);
      else if (dragged.row) c.merge(dragged.row, row);
      else c.change(() => c.people.give(row, dragged.names), [row.id, 'add']);
    },
  };
};

/** @param {any} c @param {any} what */
export const dragging = (c, what) => (/** @type {any} */ event) => {
  c.drag = what;
  event.dataTransfer.setData('text/plain', what.alias || what.name || '');
  event.dataTransfer.effectAllowed = 'move';
};

/** The same field of the row above or below. @param {any} c @param {any} event @param {any} row @param {string} part */
const beside = (c, event, row, part) => {
  const all = c.shown();
  const next = all[all.indexOf(row) + (event.key === 'ArrowDown' ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  c.field(next.id, part)?.focus();
};

/** @param {any} c @param {any} row */
const nameField = (c, row) => {
  const left = (/** @type {any} */ event) => {
    const name = event.target.value.trim();
    if (c.painting || name === row.name) return;
    c.change(() => {
      row.name = name;
      c.people.drop(row, name);
    });
  };
  const keys = (/** @type {any} */ event) => {
    if (event.key === 'Enter' && !event.isComposing) c.field(row.id, 'add')?.focus();
    else if (/^Arrow(Up|Down)$/.test(event.key)) beside(c, event, row, 'name');
  };
  return html`<${Field} class="ink-cell" type="text" value=${row.name} data-part="name" aria-label=${c.words.name}
    aria-invalid=${c.wrong(row.name) ? 'true' : null} placeholder=${c.words.name} maxlength="200" onblur=${left} onkeydown=${keys} />`;
};

/** One of the other names. @param {any} c @param {any} row @param {string} alias @param {number} at */
const chip = (c, row, alias, at) => {
  const remove = () => c.change(() => row.aliases.splice(at, 1), [row.id, 'add']);
  const keys = (/** @type {any} */ event) => {
    if (event.key !== 'Delete' && event.key !== 'Backspace') return;
    event.preventDefault();
    remove();
  };
  return html`<span key=${alias} class=${'ink-alias' + (c.wrong(alias) ? ' bad' : '')} draggable="true" ondragstart=${dragging(c, {row, alias})}>
    <button type="button" data-part=${'alias' + at} title=${c.words.alias_help} aria-haspopup="dialog" onkeydown=${keys}
      onclick=${(/** @type {any} */ event) => naming(c, row, alias, event.currentTarget)}>${alias}</button>
    <button class="ink-x" type="button" tabindex="-1" aria-label=${fill(c.words.alias_remove, {alias})} onclick=${remove}>×</button>
  </span>`;
};

/** Where another name is typed; a comma, Enter or leaving the field ends it. @param {any} c @param {any} row */
const addField = (c, row) => {
  const take = (/** @type {any} */ event, /** @type {any} */ focus) => {
    const given = names(event.target.value);
    event.target.value = '';
    c.change(() => c.people.give(row, given), focus);
  };
  const typed = (/** @type {any} */ event) => {
    if (!event.isComposing && separated(event.target.value)) take(event, [row.id, 'add']);
  };
  const keys = (/** @type {any} */ event) => {
    if (event.isComposing) return;
    const {value} = event.target;
    if (event.key === 'Enter' && value.trim()) take(event, [row.id, 'add']);
    else if (event.key === 'Backspace' && !value && row.aliases.length) {
      event.preventDefault();
      const last = row.aliases.at(-1);
      event.target.value = last; // to be written anew
      c.change(() => row.aliases.pop(), [row.id, 'add']);
    } else if (/^Arrow(Up|Down)$/.test(event.key)) beside(c, event, row, 'add');
  };
  return html`<input class="ink-cell" type="text" data-part="add" placeholder=${row.aliases.length ? '' : c.words.alias_add}
    aria-label=${fill(c.words.alias_add_to, {name: row.name})} maxlength="400" oninput=${typed} onkeydown=${keys}
    oncompositionend=${(/** @type {any} */ event) => {
      if (separated(event.target.value)) take(event, [row.id, 'add']);
    }}
    onblur=${(/** @type {any} */ event) => {
      if (!c.painting && event.target.value.trim()) take(event, undefined);
    }} />`;
};

/** @param {any} c @param {any} row */
const genderField = (
  c,
  row,
) => html`<select class="ink-cell" data-part="gender" value=${row.gender || ''}
  aria-label=${fill(c.words.gender_of, {name: row.name})}
  onchange=${(/** @type {any} */ event) => {
    const gender = event.target.value || null;
    c.change(() => {
      row.gender = gender;
    }, [row.id, 'gender']);
  }}>
  ${[
    ['', '—'],
    ['f', `♀ ${c.words.female}`],
    ['m', `♂ ${c.words.male}`],
  ].map(([value, label]) => html`<option value=${value}>${label}</option>`)}
</select>`;

/** The handle to drag by, and the colour. @param {any} c @param {any} row */
const grip = (c, row) => {
  const given = Number.isInteger(row.colour);
  const colour = given ? c.hues[row.colour] : c.words.auto;
  return html`<td class="ink-grip">
    <span draggable="true" title=${c.words.drag} aria-hidden="true" ondragstart=${dragging(c, {row, name: row.name})}>⠿</span>
    <button type="button" class=${'ink-swatch ' + (given ? 'h' + row.colour : 'auto h' + hueOf(row.name || ''))} data-part="colour" aria-haspopup="dialog" title=${colour}
      aria-label=${`${fill(c.words.colour_of, {name: row.name})}: ${colour}`} onclick=${(/** @type {any} */ event) => colours(c, row, event.currentTarget)}></button>
  </td>`;
};

/** What can be done with the whole person. @param {any} c @param {any} row */
const ends = (c, row) => {
  const remove = () => {
    const all = c.shown();
    const at = all.indexOf(row);
    c.change(() => c.people.remove(row), [(all[at + 1] || all[at - 1])?.id, 'remove']);
  };
  return html`<td class="ink-ends">
    <button type="button" class="ink-button" data-part="merge" aria-haspopup="dialog" disabled=${c.people.rows.length < 2}
      aria-label=${fill(c.words.merge_title, {name: row.name})} onclick=${(/** @type {any} */ event) => merging(c, row, event.currentTarget)}>${c.words.merge}</button>
    <button type="button" class="ink-button" data-part="remove" title=${c.words.remove} aria-label=${fill(c.words.remove_name, {name: row.name})}
      onclick=${remove}>×</button>
  </td>`;
};

/** A person's row. @param {any} c the table @param {any} row */
export const person = (c, row) => {
  const bad = [row.name, ...row.aliases].some(c.wrong);
  const type = (/** @type {any} */ event) => {
    if (event.target === event.currentTarget) event.currentTarget.querySelector('input').focus();
  };
  return html`<tr class=${bad ? 'bad' : null} data-key=${row.id} ...${dropping(c, row)}>
    ${grip(c, row)}
    <td>${nameField(c, row)}</td>
    <td><div class="ink-aliases" onclick=${type}>${row.aliases.map((/** @type {string} */ alias, /** @type {number} */ at) => chip(c, row, alias, at))}${addField(c, row)}</div></td>
    <td>${genderField(c, row)}</td>
    ${c.data.has_lines && html`<td class="num">${number(row.lines)}</td>`}
    ${c.data.has_found && html`<td class="num">${number(row.found)}</td>`}
    ${ends(c, row)}
  </tr>`;
};
