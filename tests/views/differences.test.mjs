import assert from 'node:assert/strict';
import test from 'node:test';
import {differences, size} from '../../tabs/views/kit/differences.js';

const marked = runs => runs.map(run => (run.differs ? `[${run.text}]` : run.text)).join('');
const both = (one, other) => differences(one, other).map(marked);

test('words differ as wholes, Chinese by characters', () => {
  assert.deepEqual(both('The ink is black.', 'The paint is black.'), [
    'The [ink] is black.',
    'The [paint] is black.',
  ]);
  assert.deepEqual(both('墨要慢慢磨。', '纸要快快磨。'), ['[墨]要[慢慢]磨。', '[纸]要[快快]磨。']);
});

test('blanks differ with what stands around them, and alone where nothing else does', () => {
  assert.deepEqual(both('a old dog ran', 'a new cat ran'), ['a [old dog] ran', 'a [new cat] ran']);
  assert.deepEqual(both('one two', 'one  two'), ['one[ ]two', 'one[  ]two']);
});

test('both texts come back whole, whatever differs', () => {
  for (const [one, other] of [
    ['', 'all of it'],
    ['same', 'same'],
    ['a\nb 墨', '墨 b\na'],
  ])
    assert.deepEqual(
      differences(one, other).map(runs => runs.map(run => run.text).join('')),
      [one, other],
    );
});

test('texts that are too long to be compared are not', () => {
  const [one, other] = ['a ', 'b '].map(word => word.repeat(2000));
  assert.equal(differences(one, other), null);
  assert.notEqual(differences(one + 'x', one + 'y'), null); // what is alike costs nothing
});

test('a length is told in the unit of the script', () => {
  assert.deepEqual(size("He didn't say."), {count: 3, unit: 'words'});
  assert.deepEqual(size('老沈说：OK'), {count: 3, unit: 'characters'});
});
