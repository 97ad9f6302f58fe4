import assert from 'node:assert/strict';
import test from 'node:test';
import {points, nearest} from '../../tabs/views/margin.js';
import {named} from '../../tabs/views/speech.js';
import {ago} from '../../tabs/views/status.js';
import {clear, overlap} from '../../tabs/views/toast.js';

test('a toast stands where it covers nothing that can be pressed', () => {
  const button = {left: 0, top: 0, right: 50, bottom: 20};
  const places = [
    {left: 10, top: 10},
    {left: 10, top: 30},
  ];
  assert.deepEqual(clear(places, {width: 40, height: 10}, [button]), places[1]);
  assert.ok(overlap({left: 10, top: 10, right: 60, bottom: 30}, button));
  assert.ok(!overlap({left: 50, top: 0, right: 60, bottom: 30}, button)); // side by side
  const both = [button, {left: 0, top: 25, right: 50, bottom: 60}, {left: 0, top: 28, right: 9, bottom: 60}];
  assert.deepEqual(clear(places, {width: 40, height: 10}, both), places[0]); // one is better than two
});

test('a name has its hue, whoever else speaks', () => {
  const hues = ['Elizabeth', 'Darcy', '甄嬛', '皇帝', 'Mr. Bennet'].map(named);
  assert.deepEqual(hues, [1, 4, 7, 5, named(' Mr. Bennet ')]);
  assert.equal(named('Zoe\u0308'), named('Zoë'));
  assert.ok(new Set(Array.from({length: 200}, (_, n) => named(`name ${n}`))).size === 8);
});

test('what was some time ago is told as people say it', () => {
  const w = {now: 'now', minutes: '{n} min', hours: '{n} h', days: '{n} d', yesterday: 'y'};
  const told = [0, 59, 60, 150, 3600, 86399, 86400, 200000].map(seconds => ago(seconds, w));
  assert.deepEqual(told, ['now', 'now', '1 min', '2 min', '1 h', '23 h', 'y', '2 d']);
});

test('the margin follows the sentences, the least alike at the text', () => {
  const drawn = points([null, 0.2, 0.6, 0.4], [10, 30, 50, 70]);
  assert.deepEqual(drawn.map(one => [one.at, one.y]), [[1, 30], [2, 50], [3, 70]]);
  assert.equal(drawn[0].x, 0);
  assert.ok(drawn[1].x > drawn[2].x && drawn[2].x > 0);
  assert.deepEqual(points([0.3, 0.3], [1, 2]).map(one => one.x), [0, 0]); // all alike
  assert.equal(nearest([10, 30, 50], 41), 2);
});
