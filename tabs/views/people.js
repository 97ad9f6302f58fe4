// @ts-check
// The people of a text as the table holds them: what came from Python laid over what is typed, and
// the changes that a person makes. Nothing here draws.
import {names} from './kit/text.js';

/**
 * @typedef {object} Person
 * @property {number} id the table's own
 * @property {string} name
 * @property {string[]} aliases
 * @property {string | null} gender "f" or "m"
 * @property {number | null} colour
 * @property {number} lines spoken
 * @property {number} found in the text
 */

const KEPT = 50; // changes that can be undone

/** A person as Python knows one. @param {Omit<Person, 'id'>} person */
export const plain = ({name, aliases, gender, colour}) => ({name, aliases, gender, colour});

/** Rows in which something stands. @param {Omit<Person, 'id'>[]} rows */
export const filled = rows => rows.filter(row => row.name.trim() || row.aliases.length).map(plain);

/** The same for the same people, whatever their order. @param {Omit<Person, 'id'>[]} rows */
export const known = rows =>
  JSON.stringify(
    filled(rows)
      .map(row => JSON.stringify(row))
      .sort(),
  );

/** A name as it is compared: without case and article. @param {string} name */
export const bare = name => name.toLowerCase().replace(/^(the|an?)\s+/, '');

/** A pair of names, whatever their order. @param {string} name @param {string} other */
export const pair = (name, other) => [name, other].sort().join('\n');

/** The table's rows and what can be done with them. */
export class People {
  /** @type {Person[]} */
  rows = [];
  /** @type {string[]} */
  history = [];
  next = 1;
  /** Pairs of names that are two persons. @type {Set<string>} */
  declined = new Set();

  /** A row with values of its own. @param {Partial<Person>} [values] @returns {Person} */
  made(values = {}) {
    const id = this.next++;
    return {id, name: '', aliases: [], gender: null, colour: null, lines: 0, found: 0, ...values};
  }

  /** Remember the rows as they were. @param {string} [before] */
  remember(before = JSON.stringify(this.rows)) {
    this.history.push(before);
    this.history.splice(0, this.history.length - KEPT);
  }

  /** Carry a change out; whether it changed anything. @param {() => void} edit */
  change(edit) {
    const before = JSON.stringify(this.rows);
    edit();
    if (JSON.stringify(this.rows) === before) return false;
    this.remember(before);
    return true;
  }

  /** Take the last change back; false where there is none. */
  undo() {
    const before = this.history.pop();
    if (before) this.rows = JSON.parse(before);
    return Boolean(before);
  }

  /**
   * Rows from Python: the same people get their figures, others take the place of what is shown.
   * @param {Omit<Person, 'id'>[]} rows
   * @param {{sort: boolean, undoable: boolean}} options sort: the busiest first, where nobody is at
   *   work in the table
   */
  take(rows, {sort, undoable}) {
    if (known(this.rows) === known(rows)) {
      const figures = new Map(rows.map(row => [JSON.stringify(plain(row)), row]));
      for (const row of this.rows) {
        const now = figures.get(JSON.stringify(plain(row)));
        if (now) Object.assign(row, {lines: now.lines, found: now.found});
      }
      if (sort) this.rows.sort((a, b) => b.lines - a.lines || b.found - a.found);
      return;
    }
    if (undoable) this.remember();
    const before = new Map(this.rows.map(row => [row.name, row]));
    this.rows = rows.map(row => {
      const same = before.get(row.name);
      before.delete(row.name);
      return Object.assign(same || this.made(), row);
    });
  }

  /** @param {Person} row @param {string[]} more */
  give(row, more) {
    row.aliases = names([...row.aliases, ...more]).filter(name => name !== row.name);
  }

  /**
   * Of names that may be one person's those that still stand apart: the row that keeps its name, and
   * the other row, null where the other name stands in none. Declined pairs are left out.
   * @param {[string, string, string][]} proposed name, other name, why
   */
  apart(proposed) {
    /** @type {Map<string, Person>} */
    const bearers = new Map();
    for (const row of this.rows) for (const name of [row.name, ...row.aliases]) bearers.set(name, row);
    const found = [];
    for (const [name, other, why] of proposed) {
      let [into, from] = [bearers.get(name), bearers.get(other) || null];
      let given = other;
      if (!into && from) [into, from, given] = [from, null, name];
      if (!into || into === from || this.declined.has(pair(name, other))) continue;
      found.push({name, other, why, into, from, given});
    }
    return found;
  }

  /**
   * Make one person of a proposal of `apart`.
   * @param {{into: Person, from: Person | null, given: string}} proposal
   */
  accept({into, from, given}) {
    if (from) this.merge(from, into);
    else this.give(into, [given]);
  }

  /** Make one person of two; `into` keeps its name. @param {Person} from @param {Person} into */
  merge(from, into) {
    this.give(into, [from.name, ...from.aliases]);
    into.gender ??= from.gender;
    into.colour ??= from.colour;
    into.lines += from.lines;
    into.found += from.found;
    this.remove(from);
  }

  /** A name of one person becomes another's. @param {Person} from @param {string} alias @param {Person} into */
  move(from, alias, into) {
    this.drop(from, alias);
    this.give(into, [alias]);
  }

  /** @param {Person} row @param {string} alias */
  drop(row, alias) {
    row.aliases = row.aliases.filter(name => name !== alias);
  }

  /** One of the other names becomes the first. @param {Person} row @param {string} alias */
  promote(row, alias) {
    row.aliases = names([row.name, ...row.aliases.filter(name => name !== alias)]);
    row.name = alias;
  }

  /** One of the other names becomes a person below. @param {Person} row @param {string} alias */
  part(row, alias) {
    this.drop(row, alias);
    this.rows.splice(this.rows.indexOf(row) + 1, 0, this.made({name: alias}));
  }

  /** @param {Person} row */
  remove(row) {
    this.rows = this.rows.filter(one => one !== row);
  }

  /** Those of whom a name holds `query`, and new ones without a name. @param {string} query */
  matching(query) {
    const wanted = query.trim().toLowerCase();
    if (!wanted) return this.rows;
    return this.rows.filter(
      row =>
        !row.name || [row.name, ...row.aliases].some(name => name.toLowerCase().includes(wanted)),
    );
  }
}
