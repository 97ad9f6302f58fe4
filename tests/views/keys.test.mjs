// Keys by their names, and steps from one of many to the next.
import assert from 'node:assert/strict';
import {test} from 'node:test';

import {keyName, step} from '../../tabs/views/kit/keys.js';

const pressed = (key, more = {}) => ({key, ctrlKey: false, metaKey: false, altKey: false, isComposing: false, ...more});

test('a letter is the same with Shift or Caps Lock', () => {
  assert.equal(keyName(pressed('N')), 'n');
  assert.equal(keyName(pressed('ArrowDown')), 'ArrowDown');
  assert.equal(keyName(pressed('?')), '?');
});

test("the browser's keys and those of an input method are none of ours", () => {
  for (const more of [{ctrlKey: true}, {metaKey: true}, {altKey: true}, {isComposing: true}])
    assert.equal(keyName(pressed('n', more)), '');
});

test('arrows go round and round', () => {
  assert.equal(step('ArrowDown', 2, 3), 0);
  assert.equal(step('ArrowLeft', 0, 3), 2);
  assert.equal(step('Enter', 0, 3), -1);
  assert.equal(step('ArrowDown', -1, 0), -1);
});
