// Gradio's own words in the window's language.
import assert from 'node:assert/strict';
import {test} from 'node:test';

import {translated} from '../../tabs/views/own_words.js';

const known = {
  en: {drop: 'Drop File Here', number: 'number input for {name}', only: 'in English'},
  zh: {drop: '将文件拖放到此处', number: '{name}：数值输入'},
};

test('a word of either language becomes that of the wanted one', () => {
  assert.equal(translated(known, 'zh', 'Drop File Here'), '将文件拖放到此处');
  assert.equal(translated(known, 'en', '将文件拖放到此处'), 'Drop File Here');
  assert.equal(translated(known, 'zh', 'number input for Top-p'), 'Top-p：数值输入');
  assert.equal(translated(known, 'en', 'Top-p：数值输入'), 'number input for Top-p');
});

test('what is none of them stays', () => {
  assert.equal(translated(known, 'zh', 'Add documents'), null);
  assert.equal(translated(known, 'zh', 'in English'), null);
  assert.equal(translated({}, 'fr', 'Drop File Here'), null);
});
