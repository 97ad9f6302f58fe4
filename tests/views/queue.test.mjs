// The optimistic queue: order, batches, answers that overtake each other, and what is never answered.
import assert from 'node:assert/strict';
import {test} from 'node:test';

import {RETRY_MS, TRIES, createQueue} from '../../tabs/views/kit/queue.js';

/** A queue whose timers run when the test says so. */
function made(options = {}) {
  const sent = [];
  const lost = [];
  let timers = [];
  const queue = createQueue({
    send: entries => sent.push(entries),
    lost: entries => lost.push(entries),
    later: (run, ms = 0) => {
      const timer = {run, ms};
      timers.push(timer);
      return timer;
    },
    never: timer => {
      timers = timers.filter(one => one !== timer);
    },
    ...options,
  });
  const pass = ms => {
    const due = timers.filter(timer => timer.ms <= ms);
    timers = timers.filter(timer => timer.ms > ms);
    due.forEach(timer => timer.run());
  };
  return {queue, sent, lost, now: () => pass(0), wait: () => pass(RETRY_MS)};
}

const numbers = batch => batch.map(entry => entry.n);

test('one batch is under way at a time, and what came since goes behind it', () => {
  const {queue, sent, now} = made();
  queue.add({do: 'a'});
  now();
  queue.add({do: 'b'});
  queue.add({do: 'c'});
  now();
  assert.deepEqual(sent.map(numbers), [[1]]);
  assert.equal(queue.answer(1), true);
  now();
  assert.deepEqual(sent.map(numbers), [[1], [2, 3]]);
  assert.deepEqual(numbers(queue.pending), [2, 3]);
});

test('what is local stays on the page', () => {
  const {queue, sent, now} = made();
  queue.add({do: 'a', local: {secret: 1}});
  now();
  assert.deepEqual(sent, [[{do: 'a', n: 1}]]);
  assert.deepEqual(queue.pending[0].local, {secret: 1});
});

test('an answer older than one that has come counts for nothing', () => {
  const {queue, now} = made();
  queue.add({do: 'a'});
  queue.add({do: 'b'});
  now();
  assert.equal(queue.answer(2), true);
  assert.equal(queue.answer(1), false);
  assert.equal(queue.answer(2), true);
  assert.deepEqual(queue.pending, []);
});

test('numbers go on behind those that Python knows of', () => {
  const {queue} = made();
  queue.answer(7);
  assert.equal(queue.add({do: 'a'}).n, 8);
});

test('a batch without an answer is sent again with its numbers, then given up', () => {
  const {queue, sent, lost, now, wait} = made();
  queue.add({do: 'a'});
  now();
  queue.add({do: 'b'});
  for (let n = 1; n < TRIES; n++) wait();
  assert.deepEqual(sent.map(numbers), Array(TRIES).fill([1]));
  assert.deepEqual(lost, []);
  wait();
  assert.equal(sent.length, TRIES);
  assert.deepEqual(lost.map(numbers), [[1, 2]]);
  assert.deepEqual(queue.pending, []);
  queue.add({do: 'c'});
  now();
  assert.deepEqual(sent.map(numbers).at(-1), [3]);
});

test('an answer that comes late ends the waiting', () => {
  const {queue, sent, lost, now, wait} = made();
  queue.add({do: 'a'});
  now();
  wait();
  queue.answer(1);
  for (let n = 0; n < 2 * TRIES; n++) wait();
  assert.equal(sent.length, 2);
  assert.deepEqual(lost, []);
});

test('of entries that each hold all only the newest is sent', () => {
  const {queue, sent, now} = made({latest: true});
  queue.add({rows: 1});
  now();
  queue.add({rows: 2});
  queue.add({rows: 3});
  now();
  queue.answer(1);
  now();
  assert.deepEqual(sent, [[{rows: 1, n: 1}], [{rows: 3, n: 3}]]);
});

test('what holds all goes instead of what is not answered', () => {
  const {queue, sent, now, wait} = made({latest: true});
  queue.add({rows: 1});
  now();
  queue.add({rows: 2});
  wait();
  assert.deepEqual(sent, [[{rows: 1, n: 1}], [{rows: 2, n: 2}]]);
});
