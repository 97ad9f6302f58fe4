// What a chart draws: where its points, bounds and figures are.
import assert from 'node:assert/strict';
import {test} from 'node:test';

import {bounds, figure, smoothed, table, usual, zoomed} from '../../tabs/views/kit/chart.js';

test('series over different steps share one axis', () => {
  const found = table([
    {x: [1, 2, 4], y: [3, null, 1], colour: '--a'},
    {x: [2, 3], y: [5, Infinity], colour: '--b'},
  ]);
  assert.deepEqual(found, [[1, 2, 3, 4], [3, null, undefined, 1], [undefined, 5, null, undefined]]);
});

test('a logarithm is taken of what has one', () => {
  const [, column] = table([{x: [1, 2, 3], y: [100, 0, -1], colour: '--a'}], true);
  assert.deepEqual(column, [2, -9, -9]);
});

test('y goes as far as what is seen, with a little room', () => {
  const data = [[1, 2, 3], [0, 1, 100], [undefined, 0.5, null]];
  assert.deepEqual(bounds(data, 1, 2), [0, 1.06]); // no axis below zero for what cannot be
  assert.deepEqual(bounds([[1, 2], [-1, 1]], 1, 2), [-1.12, 1.12]);
  assert.deepEqual(bounds([[1, 2], [0, 1]], 1, 2, {log: true}), [-0.06, 1.06]);
  const [low, high] = bounds([[1, 2], [5, 5]], 1, 2);
  assert.ok(low < 5 && high > 5);
  assert.deepEqual(bounds([[], []], 0, 1), [0, 1]);
});

test('a few values far above do not flatten the rest, many do', () => {
  const values = Array.from({length: 200}, (_, at) => 1 + at / 200);
  assert.equal(usual(values), values.at(-1));
  assert.ok(usual([...values, 50]) < 4);
  assert.equal(usual([...values, ...Array(20).fill(50)]), 50);
  const [, high] = bounds([values.map((_, at) => at), [...values.slice(1), 50]], 0, 200, {clip: true});
  assert.ok(high < 5);
});

test('smoothing follows the values, and not at all at 0', () => {
  assert.deepEqual(smoothed([3, 1, 2], 0), [3, 1, 2]);
  const made = smoothed([4, 4, 4], 0.9);
  assert.ok(made.every(value => Math.abs(value - 4) < 1e-12));
  assert.ok(Math.abs(smoothed([1, 2], 0.5)[1] - 5 / 3) < 1e-12);
});

test('figures beside a name', () => {
  assert.deepEqual([0, 3.14159, 0.00012].map(figure), ['0.00', '3.14', '1.2e-4']);
});

test('the wheel narrows around the pointer and never leaves the data', () => {
  assert.deepEqual(zoomed([0, 100], [0, 100], 50, 0.8), [10, 90]);
  assert.deepEqual(zoomed([10, 90], [0, 100], 20, 10), [0, 100]);
});
