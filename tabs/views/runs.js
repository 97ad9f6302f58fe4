// @ts-check
// The run list: state, name, steps, losses; open a run's curve, resume it, or chat with its adapter.
import {Row, acts, draw, html} from './kit/list.js';

/** @param {any} run @param {boolean} open @param {Record<string, string>} w */
const line = (run, open, w) => html`<tr class=${open ? 'on' : null} data-key=${run.id}>
  <td><button class="ink-button ink-tick" aria-pressed=${run.ticked} disabled=${open} title=${w.beside}
    aria-label=${`${w.beside}: ${run.name}`} ...${acts('beside', {id: run.id})}>${run.ticked || open ? '✓' : '+'}</button></td>
  <td><span class="ink-state ${run.state}">${run.label}</span></td>
  <td class="clip" title=${run.id}>${run.name}</td><td>${run.stage}</td><td class="num">${run.steps}</td>
  <td class="num">${run.loss}</td><td class="num">${run.when}</td>
  <td class="ink-actions">
    <button class="ink-button" ...${acts('open', {id: run.id})}>${w.show}</button>
    ${run.adapter && html`<button class="ink-button" ...${acts('chat', {id: run.id, adapter: run.adapter})}>${w.chat}</button>`}
    <button class="ink-button" ...${acts('settings', {id: run.id})}>${w.settings}</button>
    ${run.resumable && html`<button class="ink-button" ...${acts('resume', {id: run.id})}>${w.resume}</button>`}
  </td>
</tr>`;

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  const w = data.words || {};
  if (!data.rows?.length) {
    draw(host, null);
    return;
  }
  // While a run goes on one row a second of many changes: the others are not looked at.
  const words = JSON.stringify(w);
  const row = (/** @type {any} */ run) => {
    const open = run.id === data.open;
    return html`<${Row} key=${run.id} sign=${JSON.stringify(run) + open + words} draw=${() => line(run, open, w)} />`;
  };
  draw(
    host,
    html`<div class="ink-list ink-scroll" tabindex="0"><table>
    <thead><tr><th><span class="sr">${w.beside}</span></th>
      ${[w.state, w.name, w.stage].map(title => html`<th>${title}</th>`)}
      <th class="num">${w.steps}</th><th class="num">${w.loss}</th><th class="num">${w.when}</th>
      <th><span class="sr">${w.actions}</span></th>
    </tr></thead>
    <tbody>${data.rows.map(row)}</tbody>
  </table></div>`,
  );
};
