// What a chart draws: where its points, bounds and figures are.
import assert from 'node:assert/strict';
import {test} from 'node:test';

import {bounds, figure, steps, table, zoomed} from '../../tabs/views/kit/chart.js';

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
  assert.deepEqual(bounds(data, 1, 2), [-0.06, 1.06]);
  const [low, high] = bounds([[1, 2], [5, 5]], 1, 2);
  assert.ok(low < 5 && high > 5);
  assert.deepEqual(bounds([[], []], 0, 1), [0, 1]);
});

test('figures beside an axis', () => {
  assert.deepEqual(steps(0, 4, 4), [0, 1, 2, 3, 4]);
  assert.deepEqual([0, 3.14159, 0.00012].map(figure), ['0.00', '3.14', '1.2e-4']);
});

test('the wheel narrows around the pointer and never leaves the data', () => {
  assert.deepEqual(zoomed([0, 100], [0, 100], 50, 0.8), [10, 90]);
  assert.deepEqual(zoomed([10, 90], [0, 100], 20, 10), [0, 100]);
});
