// The values beside an axis: over many ranges they are round, inside, each once, and do not overlap.
import assert from 'node:assert/strict';
import {test} from 'node:test';

import {labels, powers, ticks} from '../../tabs/views/kit/ticks.js';

/** The same numbers each time, from 0 to 1 (Park and Miller, 1988). */
function chance(seed) {
  let at = seed;
  return () => (at = (at * 48271) % 2147483647) / 2147483647;
}

test('over 1,000 ranges of steps: whole numbers, inside, rising, none twice, no overlap', () => {
  const random = chance(7);
  for (let n = 0; n < 1000; n++) {
    const low = Math.floor(random() * 10 ** Math.floor(random() * 6));
    const high = low + 1 + Math.floor(random() * 10 ** Math.floor(random() * 7));
    const most = 2 + Math.floor(random() * 9);
    const found = ticks(low, high, most, {integer: true});
    const shown = labels(found);
    assert.ok(found.length >= 1 && found.length <= most, `${low} ${high} ${most}: ${found}`);
    assert.ok(found.every(Number.isInteger), `${found}`);
    assert.ok(found.every(value => value >= low && value <= high));
    assert.ok(found.every((value, at) => !at || value > found[at - 1]));
    assert.equal(new Set(shown).size, shown.length, `${shown}`);
    // At 7 pixels a digit the labels stand apart on an axis with room for one more.
    const width = Math.max(...shown.map(text => text.length)) * 7 + 10;
    const pixels = (most + 1) * width;
    const gap = found.length > 1 ? ((found[1] - found[0]) / (high - low)) * pixels : pixels;
    assert.ok(gap >= width - 1e-6, `${low}–${high}, ${most}: ${shown}`);
  }
});

test('over 1,000 ranges of any values: round, inside, labels that differ and say what they are', () => {
  const random = chance(11);
  for (let n = 0; n < 1000; n++) {
    const size = 10 ** (random() * 16 - 8);
    const low = (random() - 0.5) * size * (random() < 0.3 ? 0 : 2);
    const high = low + random() * size + size * 1e-3;
    const most = 2 + Math.floor(random() * 6);
    const found = ticks(low, high, most);
    const shown = labels(found);
    const room = (high - low) * 1e-6;
    assert.ok(found.length >= 1 && found.length <= most + 1, `${low} ${high} ${most}: ${found}`);
    assert.ok(found.every(value => value >= low - room && value <= high + room), `${found}`);
    assert.equal(new Set(shown).size, shown.length, `${found} as ${shown}`);
    shown.forEach((text, at) => {
      const read = Number(text.replaceAll(',', ''));
      const step = found.length > 1 ? found[1] - found[0] : Math.abs(found[0]) || 1;
      assert.ok(Math.abs(read - found[at]) <= step / 100, `${found[at]} as ${text}`);
    });
  }
});

test('what people expect to see', () => {
  assert.deepEqual(ticks(0, 30, 7, {integer: true}), [0, 5, 10, 15, 20, 25, 30]);
  assert.deepEqual(ticks(0, 3, 8, {integer: true}), [0, 1, 2, 3]);
  assert.deepEqual(ticks(0.93, 1.07, 4), [0.95, 1, 1.05]);
  assert.deepEqual(labels([0.95, 1, 1.05]), ['0.95', '1.00', '1.05']);
  assert.deepEqual(labels([0, 20000, 40000]), ['0', '20,000', '40,000']);
  assert.deepEqual(labels([0, 0.00005, 0.0001]), ['0', '5e-5', '1e-4']);
  assert.deepEqual(ticks(5, 5, 4), [5]);
  assert.deepEqual(ticks(NaN, 1, 4), []);
});

test('powers of ten, and round values where none or one is inside', () => {
  assert.deepEqual(powers(-2, 1, 6), [-2, -1, 0, 1]);
  assert.deepEqual(powers(0.1, 0.9, 4).map(at => Number((10 ** at).toFixed(6))), [2, 5]);
  assert.ok(powers(Math.log10(2.1), Math.log10(2.9), 4).length >= 2);
});
