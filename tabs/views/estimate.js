// @ts-check
// What asking will take: lines, requests, tokens, and the price where prices are given.
import {draw, html} from './kit/list.js';

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  draw(
    host,
    data.facts?.length
      ? html`<p class="ink-estimate" role="status">${data.facts.join(' · ')}</p>`
      : null,
  );
};
