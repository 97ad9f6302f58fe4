// Which things the Library shows, and in which order.
import assert from 'node:assert/strict';
import {test} from 'node:test';

import {shelf} from '../../tabs/views/shelf.js';

const one = (name, more = {}) => ({
  name, note: '', label: 'Document', kind: 'document', facts: [], count: 0, bytes: 0, at: 0,
  starred: false, archived: false, ...more,
});
const state = {query: '', kind: '', archived: false, sort: 'when', down: true};
const names = (things, more) => shelf(things, {...state, ...more}).map(thing => thing.name);

test('every word of a search is found somewhere, in either script', () => {
  const things = [one('Emma.txt'), one('emma-20', {label: 'Training run', facts: [['Model', 'Qwen3']]}), one('红楼梦', {note: '第一版'})];
  assert.deepEqual(names(things, {query: 'EMMA qwen'}), ['emma-20']);
  assert.deepEqual(names(things, {query: '第一'}), ['红楼梦']);
  assert.deepEqual(names(things, {query: ' '}), ['Emma.txt', 'emma-20', '红楼梦']);
});

test('archived things stand apart, and kinds can be chosen', () => {
  const things = [one('a', {archived: true}), one('b'), one('c', {kind: 'run'})];
  assert.deepEqual(names(things, {}), ['b', 'c']);
  assert.deepEqual(names(things, {archived: true}), ['a']);
  assert.deepEqual(names(things, {kind: 'run'}), ['c']);
});

test('the starred first, then by the column, either way', () => {
  const things = [one('b', {at: 3, bytes: 1}), one('A', {at: 2, bytes: 9}), one('c', {at: 1, bytes: 5, starred: true})];
  assert.deepEqual(names(things, {}), ['c', 'b', 'A']);
  assert.deepEqual(names(things, {sort: 'name', down: false}), ['c', 'A', 'b']);
  assert.deepEqual(names(things, {sort: 'size', down: false}), ['c', 'b', 'A']);
});
