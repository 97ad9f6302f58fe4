// @ts-check
// The model server: off, loading, ready or failed; what it holds and how much memory that takes.
import {Fault, draw, html} from './kit/list.js';

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  if (!data.state) return;
  const model = data.state === 'off' ? '' : ` ${data.model} `;
  draw(
    host,
    html`
    <div class="ink-server ${data.state}" role="status">
      <i aria-hidden="true"></i><b>${data.label}</b>${model}<small>${data.memory}</small>
    </div>
    <${Fault} error=${data.error} />`,
  );
};
