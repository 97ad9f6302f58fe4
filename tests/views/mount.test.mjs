// Values on their way to a view, and the lines of a review with decisions laid over them.
import assert from 'node:assert/strict';
import {test} from 'node:test';

import {deciding} from '../../tabs/views/deciding.js';
import {content, later} from '../../tabs/views/kit/mount.js';
import {fitting} from '../../tabs/views/reviewing.js';

test('a value that was read earlier is dropped, unless the window was started anew', () => {
  assert.equal(later(['a', 3], ['a', 4]), false);
  assert.equal(later(['a', 4], ['a', 4]), true);
  assert.equal(later(['b', 1], ['a', 4]), true);
});

test('equal content of different times is equal', () => {
  const value = at => `{"text":"x,\\"_at\\":1","_at":["boot",${at}],"_v":"7=2"}`;
  assert.equal(content(value(1)), content(value(2)));
  assert.equal(content('{"n":1}'), '{"n":1}');
});

test('as many chips as one row takes', () => {
  assert.equal(fitting([10, 10, 10], 100), 3);
  assert.equal(fitting([10, 10, 10], 25), 2);
  assert.equal(fitting([10], 5), 0);
});

const line = (id, more = {}) => ({
  id, speech: -1, kind: 'speech', speaker: 'Ann', confidence: 0.5, decided: null, choices: ['Ann', 'Ben'], ...more,
});
const page = lines => ({
  under: 0.7, counts: {doubtful: lines.length, reviewed: 0, edits: 0}, speakers: [['Ann', lines.length]],
  windows: [{key: 'w', document: 'd', lines, ahead: null}],
});

test('a decision counts at once, and is taken back', () => {
  const model = deciding();
  model.take(page([line(1), line(2), line(3)]), [], true);
  model.window(1);
  model.decide({do: 'assign', id: 1, speaker: 'Ben'});
  assert.deepEqual(model.counts, {doubtful: 2, reviewed: 1, edits: 1});
  assert.deepEqual(model.people, [['Ann', 2], ['Ben', 1]]);
  assert.equal(model.next(1, false), 2);
  assert.equal(model.decide({do: 'undo'}), 1);
  assert.deepEqual(model.counts, {doubtful: 3, reviewed: 0, edits: 0});
  assert.equal(model.line(1).speaker, 'Ann');
});

test('what is not answered yet lies over an older page', () => {
  const model = deciding();
  model.take(page([line(1), line(2)]), [], true);
  model.window(1);
  const step = {do: 'accept', id: 1};
  model.decide(step);
  model.take(page([line(1), line(2)]), [step], false);
  assert.equal(model.line(1).decided, 'person');
  assert.equal(model.counts.doubtful, 1);
});

test('the pieces of one speech go together', () => {
  const model = deciding();
  model.take(page([line(1, {speech: 4}), line(2, {speech: 4}), line(3)]), [], true);
  model.window(1);
  model.decide({do: 'assign', id: 1, speaker: 'Ben'});
  assert.deepEqual([1, 2, 3].map(id => model.line(id).speaker), ['Ben', 'Ben', 'Ann']);
});
