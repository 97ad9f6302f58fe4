// @ts-check
// A row as the settings beside it would make it: its columns, or why there is none.
import {draw, html} from './kit/list.js';

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
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
