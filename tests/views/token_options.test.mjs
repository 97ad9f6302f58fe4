// The scale of cutoffs: a slider in doublings, with round stops.
import assert from 'node:assert/strict';
import {test} from 'node:test';

import {cutoffAt, place, scale} from '../../tabs/views/token_options.js';

const given = (longest, cutoff_len) => ({lowest: 4, highest: 131072, longest, state: {cutoff_len}});

test('the scale holds the longest row and the cutoff', () => {
  assert.deepEqual(scale(given(300, 1024)), {low: 16, high: 4096});
  assert.deepEqual(scale(given(5000, 1024)), {low: 16, high: 8192});
  assert.deepEqual(scale(given(0, 5)), {low: 5, high: 4096});
  assert.equal(scale(given(900000, 1024)).high, 131072);
});

test('each doubling takes the same way, and ends are ends', () => {
  const span = {low: 16, high: 4096};
  assert.equal(place(16, span), 0);
  assert.equal(place(4096, span), 1);
  assert.equal(place(256, span), 0.5);
  assert.equal(place(1, span), 0);
  assert.equal(place(99999, span), 1);
});

test('a place gives a round cutoff whose place is near it', () => {
  const span = {low: 16, high: 4096};
  for (let at = 0; at <= 1; at += 0.01) {
    const cutoff = cutoffAt(at, span);
    assert.ok(Number.isInteger(cutoff) && cutoff >= 16 && cutoff <= 4096);
    assert.ok(Math.abs(place(cutoff, span) - at) < 0.02, `${at} gave ${cutoff}`);
    if (cutoff > 1024) assert.equal(cutoff % 64, 0);
  }
  for (const stop of [16, 128, 1024, 4096]) assert.equal(cutoffAt(place(stop, span), span), stop);
});
