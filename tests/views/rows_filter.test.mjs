// What is looked for among rows: conditions put on and taken off, and the tests that fit a field.
import assert from 'node:assert/strict';
import {test} from 'node:test';

globalThis.document ??= /** @type {any} */ ({});
const {same, testsOf, toggled, valued} = await import('../../tabs/views/rows_filter.js');

const long = {field: 'output', test: 'over', value: '200'};
const kind = {field: 'system', test: 'filled', value: ''};

test('a condition is put on once and taken off by the same press', () => {
  const both = toggled(toggled([], long), kind);
  assert.deepEqual(both, [long, kind]);
  assert.deepEqual(toggled(both, {...long, value: /** @type {any} */ (200)}), [kind]);
  assert.deepEqual(both, [long, kind], 'the list that was given is left as it was');
});

test('conditions of another value or test are others', () => {
  assert.ok(!same(long, {...long, value: '201'}));
  assert.ok(!same(long, {...long, test: 'under'}));
});

test('lengths and counts are compared, texts are also looked into', () => {
  assert.deepEqual(testsOf('turns'), ['over', 'under', 'equals']);
  assert.ok(testsOf('output').includes('contains'));
  assert.ok(!valued('empty') && !valued('filled') && valued('contains'));
});
