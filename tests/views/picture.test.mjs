import assert from 'node:assert/strict';
import test from 'node:test';
import {wrap} from '../../tabs/views/kit/picture.js';

// Chinese characters and marks are twice as wide as Latin ones.
const measure = text => [...text].reduce((sum, one) => sum + (one > '\u2000' ? 2 : 1), 0);
const lines = (text, width) => wrap(text, width, measure);

test('words wrap at blanks and keep their marks', () => {
  assert.deepEqual(lines('The old man ground his ink, slowly.', 12), [
    'The old man',
    'ground his',
    'ink, slowly.',
  ]);
  assert.deepEqual(lines('one\n\ntwo', 12), ['one', '', 'two']);
});

test('Chinese wraps between characters, marks stay with what they belong to', () => {
  assert.deepEqual(lines('墨要慢慢磨，急不得。', 10), ['墨要慢慢', '磨，急不', '得。']);
  assert.deepEqual(lines('他说：“磨墨去。”', 8), ['他说：', '“磨墨', '去。”']);
});

test('nothing is lost and no line is too long', () => {
  const text = '“磨 ink 要慢慢磨”，she said。Donaudampfschifffahrtsgesellschaft!';
  for (const width of [6, 8, 11, 20]) {
    const found = lines(text, width);
    assert.equal(found.join('').replace(/\s/g, ''), text.replace(/\s/g, ''));
    assert.ok(found.every(line => measure(line) <= width), found.join('|'));
  }
});
