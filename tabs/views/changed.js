// @ts-check
// What a preset has changed, under its name: the first few fields with what they hold now and why, the
// others on a press.
import {draw, html} from './kit/list.js';

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  const changes = data.changes || [];
  const listed = (/** @type {[string, string, string][]} */ some) =>
    some.map(([label, value, why]) => html`<li>${label} <b>${value}</b>${why && html` <i>${why}</i>`}</li>`);
  const [first, rest] = [changes.slice(0, data.shown), changes.slice(data.shown)];
  draw(
    host,
    data.text &&
      html`
    <div role="status" class="ink-changed">
      <p>${data.text}</p>
      ${first.length > 0 && html`<ul>${listed(first)}</ul>`}
      ${rest.length > 0 && html`<details><summary>${data.more}</summary><ul>${listed(rest)}</ul></details>`}
    </div>`,
  );
};
