// Which things the Library shows, and in which order.
import assert from 'node:assert/strict';
import {test} from 'node:test';

import {choose, shelf} from '../../tabs/views/shelf.js';

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

test('runs by their held-out loss: those without one last, either way, stars or not', () => {
  const run = (name, loss, more) => one(name, {kind: 'run', run: {eval_loss: ['', loss]}, ...more});
  const things = [run('a', 2.1), run('b', null, {starred: true}), run('c', 1.7), run('d', 1.9, {starred: true})];
  assert.deepEqual(names(things, {sort: 'eval_loss', down: false}), ['c', 'd', 'a', 'b']);
  assert.deepEqual(names(things, {sort: 'eval_loss', down: true}), ['a', 'd', 'c', 'b']);
});

test('several are chosen as in a list of files', () => {
  const shown = ['a', 'b', 'c', 'd', 'e'];
  const none = {chosen: [], anchor: 'b'}; // b is open
  assert.deepEqual(choose(shown, none, 'd', {one: true}).chosen, ['b', 'd']);
  assert.deepEqual(choose(shown, none, 'd', {row: true}), {chosen: ['b', 'c', 'd'], anchor: 'b'});
  assert.deepEqual(choose(shown, {chosen: ['b', 'c', 'd'], anchor: 'b'}, 'a', {row: true}).chosen, ['a', 'b']);
  assert.deepEqual(choose(shown, {chosen: ['b', 'd'], anchor: 'd'}, 'b', {one: true}).chosen, ['d']);
  assert.deepEqual(choose(shown, {chosen: [], anchor: 'gone'}, 'c', {one: true}).chosen, ['c']);
  assert.deepEqual(choose(shown, {chosen: ['b', 'd'], anchor: 'd'}, 'c', {}), {chosen: [], anchor: 'c'});
});
