// @ts-check
// The job panel: state, progress in its own units, rate, time left, stop or resume, and the log.
import {acts, draw, html} from './kit/list.js';

/** A progress bar. @param {{data: any, label: string}} props */
const Progress = ({data, label}) => {
  const share = data.total ? Math.min(100, Math.round((100 * data.done) / data.total)) : 0;
  const wide = data.active && !data.total ? 8 : share;
  return html`<div class="ink-bar" role="progressbar" aria-valuenow=${share} aria-valuemin="0" aria-valuemax="100"
    aria-label=${label}><i style=${`width:${wide}%`}></i></div>`;
};

/** What can be done with the job. @param {any} data @param {Record<string, string>} w */
const buttons = (data, w) => [
  data.active &&
    html`<button key="stop" class="ink-button" ...${acts('stop', {id: data.id})} disabled=${Boolean(data.stopping)}>
    ${data.stopping ? w.stopping : '■ ' + w.stop}</button>`,
  data.resumable &&
    html`<button key="resume" class="ink-button ink-secondary" ...${acts('resume', {id: data.id})}>
    ${'▶ ' + w.resume}</button>`,
];

/** What it ends with: its fault, notes, and where to go on. @param {any} data */
const outcome = data => html`
  ${data.error && html`<p class="ink-error" role="alert"><b>${data.error[0]}</b> ${data.error[1]}</p>`}
  ${
    data.notes?.length > 0 &&
    html`<ul class=${'ink-notes' + (data.warn ? ' warn' : '')} tabindex="0">
    ${data.notes.map((/** @type {string} */ note) => html`<li>${note}</li>`)}</ul>`
  }
  ${
    data.next &&
    html`<div class="ink-next">${data.next.map(
      (/** @type {any} */ next) => html`
    <button class="ink-button ink-secondary" ...${acts('next', {to: next.to, value: next.value})}>${next.label} →</button>`,
    )}</div>`
  }`;

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  const w = data.words || {};
  host.hidden = !data.id;
  if (!data.id) {
    draw(host, null);
    return;
  }
  // The newest line is in sight, where the log is.
  const newest = () => {
    const log = host.querySelector('details[open] pre');
    if (log) log.scrollTop = log.scrollHeight;
  };
  draw(
    host,
    html`
    <div class="ink-job-line">
      <span class="ink-state ${data.state}">${data.label}</span>
      <${Progress} data=${data} label=${w.progress} />
      <span class="ink-facts" aria-live="off">${data.facts.join(' · ')}</span>
      ${buttons(data, w)}
    </div>
    ${outcome(data)}
    <details ontoggle=${newest}><summary>${w.log}</summary><pre class="ink-log ink-scroll" tabindex="0">${data.log || ''}</pre></details>`,
  );
  if (host.log !== data.log || host.job !== data.id) newest();
  host.log = data.log;
  host.job = data.id;
};
