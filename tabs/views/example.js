// @ts-check
// A row as the settings beside it would make it: its columns, or why there is none.
import {draw, html} from './kit/list.js';

const QUIET_MS = 300; // after the last change of a field of the form

/** Ask for the row anew when a field that can be seen with it has changed. @param {any} host */
const follow = host => {
  /** @type {any} */
  let waiting;
  document.addEventListener('ink-changed', () => {
    clearTimeout(waiting);
    if (host.offsetParent) waiting = setTimeout(() => host.act({act: 'changed'}), QUIET_MS);
  });
};

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  if (!host.follows) follow(host);
  host.follows = true;
  draw(
    host,
    data.title
      ? html`<section class="ink-example" role="status">
          <h3>${data.title}</h3>
          <dl class="ink-kv">${data.fields.map(
            (/** @type {[string, string]} */ [name, text]) => html`
            <dt>${name}</dt><dd lang=${data.lang}>${text}</dd>`,
          )}</dl>
        </section>`
      : null,
  );
};
