// The table of people without its drawing.
import assert from 'node:assert/strict';
import {test} from 'node:test';

import {People, bare, filled, known, pair} from '../../tabs/views/people.js';

const someone = (name, more = {}) => ({name, aliases: [], gender: null, colour: null, lines: 0, found: 0, ...more});
const taken = rows => {
  const people = new People();
  people.take(rows, {sort: false, undoable: false});
  return people;
};
const names = people => people.rows.map(row => row.name);

test('merging keeps all names, the figures, and what is known of either', () => {
  const people = taken([someone('Oren Pell', {lines: 2}), someone('Master Pell', {aliases: ['Oren', 'Oren Pell'], gender: 'm', lines: 3})]);
  const [first, second] = people.rows;
  assert.equal(people.change(() => people.merge(second, first)), true);
  assert.deepEqual(filled(people.rows), [{name: 'Oren Pell', aliases: ['Master Pell', 'Oren'], gender: 'm', colour: null}]);
  assert.equal(people.rows[0].lines, 5);
  assert.equal(people.undo(), true);
  assert.deepEqual(names(people), ['Oren Pell', 'Master Pell']);
  assert.equal(people.undo(), false);
});

test('a change that changes nothing cannot be undone', () => {
  const people = taken([someone('Tibby')]);
  assert.equal(people.change(() => people.give(people.rows[0], ['Tibby', ' '])), false);
  assert.equal(people.history.length, 0);
});

test('another name becomes the first, or a person of its own', () => {
  const people = taken([someone('Oren', {aliases: ['Pell', 'the ink-maker']})]);
  people.promote(people.rows[0], 'Pell');
  assert.deepEqual([people.rows[0].name, people.rows[0].aliases], ['Pell', ['Oren', 'the ink-maker']]);
  people.part(people.rows[0], 'the ink-maker');
  assert.deepEqual(names(people), ['Pell', 'the ink-maker']);
});

test('the same people get new figures in the order that is shown; sorted only where nobody works', () => {
  const people = taken([someone('A'), someone('B')]);
  const counted = [someone('B', {lines: 9}), someone('A', {lines: 1})];
  people.take(counted, {sort: false, undoable: true});
  assert.deepEqual(people.rows.map(row => [row.name, row.lines]), [['A', 1], ['B', 9]]);
  people.take(counted, {sort: true, undoable: true});
  assert.deepEqual(names(people), ['B', 'A']);
  assert.equal(people.history.length, 0);
});

test('other people keep the rows of those who stay, and can be undone when they answer a press', () => {
  const people = taken([someone('A'), someone('B')]);
  const {id} = people.rows[1];
  people.take([someone('B', {gender: 'f'}), someone('C')], {sort: false, undoable: true});
  assert.equal(people.rows[0].id, id);
  assert.deepEqual(names(people), ['B', 'C']);
  people.undo();
  assert.deepEqual(names(people), ['A', 'B']);
});

test('people are the same in any order, empty rows left aside', () => {
  assert.equal(known([someone('A'), someone('B')]), known([someone('B', {lines: 4}), someone(' '), someone('A')]));
  assert.equal(bare('The Inspector'), bare('inspector'));
});

test('a search finds by any name, and keeps a row that is new', () => {
  const people = taken([someone('Oren', {aliases: ['Master Pell']}), someone('Tibby'), someone('')]);
  assert.deepEqual(people.matching('pell').map(row => row.name), ['Oren', '']);
});

test('names that may be one person are joined on a press, can be undone, and stay apart once declined', () => {
  const people = taken([someone('沈策', {found: 4}), someone('文渊', {aliases: ['渊公'], found: 2}), someone('阿宝')]);
  const proposed = [['沈策', '文渊', 'said'], ['沈策', '策', 'short'], ['谁', '阿宝', 'answers'], ['甲', '乙', 'title']];
  const open = () => people.apart(proposed).map(one => `${one.into.name}=${one.from ? one.from.name : one.given}`);
  assert.deepEqual(open(), ['沈策=文渊', '沈策=策', '阿宝=谁']);
  people.change(() => people.accept(people.apart(proposed)[0]));
  assert.deepEqual(filled(people.rows)[0], {name: '沈策', aliases: ['文渊', '渊公'], gender: null, colour: null});
  assert.equal(people.rows[0].found, 6);
  people.change(() => people.accept(people.apart(proposed)[0]));
  assert.deepEqual(people.rows[0].aliases, ['文渊', '渊公', '策']);
  assert.deepEqual(open(), ['阿宝=谁']);
  people.undo();
  people.undo();
  assert.deepEqual(open(), ['沈策=文渊', '沈策=策', '阿宝=谁']);
  people.declined.add(pair('文渊', '沈策'));
  assert.deepEqual(open(), ['沈策=策', '阿宝=谁']);
});
