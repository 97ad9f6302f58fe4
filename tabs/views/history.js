// @ts-check
// The jobs so far, above the status line: each with its day, duration, state and what it made; the
// open one with its notes, its fault, its log, and what can be done with it.
import {acts, draw, html} from './kit/list.js';
import {percent} from './kit/text.js';

/** @param {any} row @param {any} view */
const line = (row, {chosen, choose, w}) => html`<tr key=${row.id} data-key=${row.id} tabindex="0" class=${row.id === chosen ? 'on' : null}
  aria-selected=${row.id === chosen} data-kind=${row.kind} onclick=${() => choose(row.id)}
  onkeydown=${(/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'Enter') choose(row.id);
  }}>
  <td><span class="ink-state ${row.state}">${row.label}${row.share === null ? '' : ' ' + percent(row.share)}</span></td>
  <td class="clip" title=${row.name}>${[row.what, row.name].filter(Boolean).join(' · ')}</td>
  <td>${row.tab}</td><td class="num">${row.when}</td><td class="num">${row.took}</td>
</tr>`;

/** @param {any} job @param {any} w */
const detail = (job, w) => html`<div class="ink-job" key=${job.id} data-kind=${job.kind} data-state=${job.state}>
  <p class="ink-job-head"><span class="ink-state ${job.state}">${job.label}</span>
    <b>${[job.what, job.name].filter(Boolean).join(' · ')}</b></p>
  <p class="ink-facts">${job.facts.join(' · ')}</p>
  <p class="ink-actions">
    ${job.active && html`<button class="ink-button" ...${acts('stop', {id: job.id})} disabled=${Boolean(job.stopping)}>${job.stopping ? w.stopping : '■ ' + w.stop}</button>`}
    ${job.resumable && html`<button class="ink-button" ...${acts('resume', {id: job.id})}>${'▶ ' + w.resume}</button>`}
    ${job.openable && html`<button class="ink-button" ...${acts('result', {id: job.id})}>${w.open}</button>`}
  </p>
  ${job.error && html`<p class="ink-error"><b>${job.error[0]}</b> ${job.error[1]}</p>`}
  ${
    job.notes.length > 0 &&
    html`<ul class=${'ink-notes' + (job.warn ? ' warn' : '')} aria-label=${w.notes_all}>
    ${job.notes.map((/** @type {string} */ note) => html`<li>${note}</li>`)}</ul>`
  }
  <h3>${w.log}</h3>
  <pre class="ink-log ink-scroll" tabindex="0" aria-label=${w.log}>${job.log || w.no_log}</pre>
</div>`;

/** @param {any} data @param {any} host */
const paint = (data, host) => {
  const w = data.words || host.words || {};
  host.words = w;
  const chosen = data.chosen?.id;
  const choose = (/** @type {string} */ id) => host.act({act: 'history', id});
  draw(
    host,
    html`<section class="ink-history" aria-label=${w.history || ''}>
    <div class="ink-history-list ink-list ink-scroll" tabindex="0" aria-label=${w.history || ''}>
      ${
        data.rows?.length > 0 &&
        html`<table><thead><tr><th>${w.state}</th><th>${w.job}</th><th>${w.tab}</th><th class="num">${w.begun}</th><th class="num">${w.took}</th></tr></thead>
      <tbody>${data.rows.map((/** @type {any} */ row) => line(row, {chosen, choose, w}))}</tbody></table>`
      }
      ${data.rows?.length === 0 && html`<p class="ink-facts">${w.none}</p>`}
      ${data.more && html`<button class="ink-button" ...${acts('older')}>${w.older}</button>`}
    </div>
    <div class="ink-history-job">${data.chosen && detail(data.chosen, w)}</div>
    <button type="button" class="ink-button ink-history-close" data-part="close" aria-label=${w.close || 'Close'} title=${w.close}
      onclick=${() => host.away()}>×</button>
  </section>`,
  );
};

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  const root = host.closest('#job-history');
  const line = () => /** @type {any} */ (document.querySelector('#job-status .host'));
  const show = (/** @type {boolean} */ on) => {
    root?.classList.toggle('open', on);
    const status = line();
    if (!status) return;
    status.opened = on;
    status.repaint?.();
  };
  // At once, before Python has answered with what there is.
  host.reveal = () => {
    if (root?.classList.contains('open')) return;
    show(true);
    paint({}, host);
    host.querySelector('.ink-history-list')?.focus();
  };
  host.away = () => {
    show(false);
    host.act({act: 'close'});
    line()?.querySelector('[data-part=open]')?.focus();
  };
  if (!host.keyed) {
    host.keyed = true;
    document.addEventListener('keydown', event => {
      if (event.key !== 'Escape' || !root?.classList.contains('open')) return;
      event.preventDefault();
      host.away();
    });
  }
  if (Boolean(data.open) !== Boolean(root?.classList.contains('open'))) show(Boolean(data.open));
  if (data.open) paint(data, host);
  else draw(host, null);
  // The newest line is in sight, where the log has grown.
  const log = host.querySelector('.ink-log');
  if (log && host.log !== data.chosen?.log) log.scrollTop = log.scrollHeight;
  host.log = data.chosen?.log;
};
