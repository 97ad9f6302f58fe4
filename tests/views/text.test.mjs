// Text as the views show it.
import assert from 'node:assert/strict';
import {test} from 'node:test';

import {pages} from '../../tabs/views/kit/parts.js';
import {fill, lines, names, number, parse, percent, separated, visible, width} from '../../tabs/views/kit/text.js';
import {paragraphs} from '../../tabs/views/speech.js';

test('what is no JSON is an empty value', () => {
  assert.deepEqual(parse('{"a": 1}'), {a: 1});
  for (const text of ['', null, undefined, '{', 'no']) assert.deepEqual(parse(text), {});
});

test('numbers have their thousands apart, and other values are left alone', () => {
  assert.equal(number(1234567), '1,234,567');
  assert.equal(number('100 %'), '100 %');
  assert.equal(percent(0.555), '56 %');
});

test('places in a text are filled, markup in the values is text', () => {
  assert.equal(fill('{n} of {name}', {n: 2, name: '<b>$&</b>'}), '2 of <b>$&</b>');
  assert.equal(fill(undefined, {}), '');
});

test('names are apart by the signs of both scripts', () => {
  assert.deepEqual(names('Tib, 老沈，Oren Pell；Tib; '), ['Tib', '老沈', 'Oren Pell']);
  assert.deepEqual(names([' a', 'a', '']), ['a']);
  assert.equal(separated('老沈、'), true);
  assert.equal(separated('Oren Pell'), false);
});

test('Chinese is twice as wide', () => {
  assert.equal(width('ab'), 14);
  assert.equal(width('老沈'), 28);
});

test('white space and line ends', () => {
  assert.equal(lines('a\r\nb\rc'), 'a\nb\nc');
  assert.equal(visible('a\t\u3000b  c\u200b\n'), 'a⇥□b␠␠c·⏎\n');
});

test('a pager says what is shown, and where nothing more is', () => {
  assert.equal(pages({offset: 0, limit: 60, total: 60}), null);
  assert.deepEqual(pages({offset: 0, limit: 60, total: 1312}), {back: null, next: 60, label: '1–60 / 1,312'});
  assert.deepEqual(pages({offset: 1260, limit: 60, total: 1312}), {back: 1200, next: null, label: '1,261–1,312 / 1,312'});
});

test('lines that were wrapped by hand are joined without moving an offset; verse stays', () => {
  const line = 'It was the best of times, it was the worst of times, it was the age';
  const wrapped = Array(3).fill(Array(4).fill(line).join('\n')).join('\n\n');
  const shown = paragraphs(wrapped);
  assert.equal(shown.length, wrapped.length);
  assert.equal(shown.split('\n\n').length, 3);
  assert.equal(shown.replaceAll('\n\n', '').includes('\n'), false);
  const verse = 'Roses are red,\nviolets are blue.\n\nSugar is sweet,\nand so are you.';
  assert.equal(paragraphs(verse), verse);
});
