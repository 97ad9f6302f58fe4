import assert from 'node:assert/strict';
import {test} from 'node:test';
import {idle} from '../../tabs/views/kit/idle.js';

const RULES = [
  ['epochs', 'steps', null],
  ['model', 'method', ['semantic', 'greedy']],
  ['model', 'encoder', ['model']],
  ['place', 'scene', [true]],
];
const names = held => Object.keys(idle(RULES, name => held[name]));

test('a field is idle while the one that overrules it is set', () => {
  assert.deepEqual(names({steps: 30}), ['epochs']);
  for (const steps of [0, -1, null]) assert.deepEqual(names({steps}), []);
});

test('a field goes with the choices named, all of them', () => {
  assert.deepEqual(names({method: 'semantic', encoder: 'model', scene: true}), []);
  assert.deepEqual(names({method: 'semantic', encoder: 'lexical', scene: false}), [
    'model',
    'place',
  ]);
  assert.deepEqual(idle(RULES, name => ({method: 'length', encoder: 'lexical'})[name]).model, RULES[1]);
});

test('what is not known marks nothing', () => {
  assert.deepEqual(names({}), []);
});
