// @ts-check
// The status line: what runs in the workspace, else what ended last; a done job is a quiet toast, a
// failed one stands here until it is read. It opens the history upwards.
import {acts, draw, html} from './kit/list.js';
import {fill} from './kit/text.js';
import {toast} from './toast.js';

const READ = 'inkwell-read-jobs'; // failures that a person has closed, in this browser
const MOST_READ = 200;
const OLDER_MS = 30000; // how often "2 min ago" is looked at

/** @returns {string[]} */
const read = () => {
  try {
    return JSON.parse(localStorage.getItem(READ) || '[]');
  } catch {
    return [];
  }
};

/** @param {string} id */
const mark = id => {
  const known = read().filter(one => one !== id);
  localStorage.setItem(READ, JSON.stringify([...known, id].slice(-MOST_READ)));
};

/**
 * How long ago something was, as people say it.
 * @param {number} seconds @param {Record<string, string>} w
 */
export const ago = (seconds, w) => {
  const [minutes, hours] = [seconds / 60, seconds / 3600];
  if (minutes < 1) return w.now;
  if (minutes < 60) return fill(w.minutes, {n: Math.floor(minutes)});
  if (hours < 24) return fill(w.hours, {n: Math.floor(hours)});
  return hours < 48 ? w.yesterday : fill(w.days, {n: Math.floor(hours / 24)});
};

/** A thin bar; a job that cannot tell how much there is shows a short piece. @param {any} job @param {string} label */
const bar = (job, label) => {
  const share = job.total ? Math.min(100, (100 * job.done) / job.total) : 0;
  const wide = job.total ? share : 8;
  return html`<span class="ink-bar" role="progressbar" aria-valuenow=${Math.round(share)} aria-valuemin="0" aria-valuemax="100"
    aria-label=${label}><i style=${`transform:scaleX(${wide / 100})`}></i></span>`;
};

/** What a job is and how far, or what it made and what was left out. @param {any} job @param {any} host @param {any} w */
const told = (job, host, w) => {
  const name = [job.what, job.name].filter(Boolean).join(' · ');
  const parts = job.active
    ? job.facts
    : [job.error ? job.error.join(' ') : '', ...job.notes, ...(job.more ? [fill(job.more === 1 ? w.notes_one : w.notes, {n: job.more})] : [])];
  const age = job.active || job.age_s === null ? '' : ago(job.age_s + (performance.now() - host.at) / 1000, w);
  // Another line when the state is another: what stands elsewhere then has not moved.
  const key = `${job.id} ${job.active}`;
  return html`${job.tab && html`<span key=${'tab ' + key} class="ink-status-tab">${job.tab}</span>`}
    <span key=${'what ' + key} class="ink-status-what">${name}</span>
    <span key=${'facts ' + key} class=${'ink-facts' + (job.warn && job.notes.length ? ' warn' : '')}>${parts.filter(Boolean).join(' · ')}</span>
    ${age && html`<span class="ink-status-age">${age}</span>`}`;
};

/** @param {any} data @param {any} host */
const paint = (data, host) => {
  const w = data.words || {};
  const seen = read();
  const failed = data.failed.filter((/** @type {any} */ one) => !seen.includes(one.id));
  const running = data.running;
  const chosen = running.find((/** @type {any} */ one) => one.id === host.chosen);
  const job = chosen || running[0] || data.last;
  const place = running.indexOf(job);
  const unread = failed.find((/** @type {any} */ one) => one.id === job?.id);
  const others = failed.filter((/** @type {any} */ one) => one.id !== job?.id);
  const open = (/** @type {string} */ id) => {
    for (const one of failed) if (one.id === id) mark(id);
    const history = /** @type {any} */ (document.querySelector('#job-history .host'));
    history?.reveal?.(host);
    host.act({act: 'history', id});
    paint(data, host);
  };
  const step = () => {
    host.chosen = running[(place + 1) % running.length].id;
    paint(data, host);
  };
  const close = (/** @type {Event} */ event) => {
    event.stopPropagation();
    mark(job.id);
    paint(data, host);
  };
  draw(
    host,
    html`<div class="ink-status" role="group" aria-label=${w.line} data-kind=${job?.kind} data-state=${job?.state} data-id=${job?.id}>
    <button type="button" key="open" class="ink-status-open" data-part="open" aria-expanded=${Boolean(host.opened)} aria-controls="job-history"
      title=${w.history_help} onclick=${() => open(job?.id || '')}>
      ${
        job
          ? html`<span class="ink-state ${job.state}">${job.label}</span>${job.active && bar(job, w.progress)}${told(job, host, w)}`
          : html`<span class="ink-facts">${w.none}</span>`
      }
    </button>
    ${
      running.length > 1 &&
      html`<button type="button" key="next" class="ink-button" data-part="next" aria-label=${fill(w.next, {n: running.length})}
        title=${fill(w.next, {n: running.length})} onclick=${step}>${fill(w.others, {n: running.length - 1})} ›</button>`
    }
    ${
      job?.active &&
      html`<button key=${`stop ${job.id}`} class="ink-button" ...${acts('stop', {id: job.id})} disabled=${Boolean(job.stopping)}>
        ${job.stopping ? w.stopping : '■ ' + w.stop}</button>`
    }
    ${
      job?.resumable &&
      html`<button key=${`resume ${job.id}`} class="ink-button" ...${acts('resume', {id: job.id})}>${'▶ ' + w.resume}</button>`
    }
    ${
      others.length > 0 &&
      html`<button type="button" key="failed" class="ink-button ink-status-failed" data-part="failed"
        onclick=${() => open(others[0].id)}>${fill(w.failed, {n: others.length})}</button>`
    }
    ${unread && html`<button type="button" key="read" class="ink-button" data-part="read" aria-label=${w.read} title=${w.read} onclick=${close}>×</button>`}
    <span class="ink-status-arrow" aria-hidden="true">${host.opened ? '▾' : '▴'}</span>
  </div>
  <p class="sr" role="alert">${unread?.error?.join(' ') || ''}</p>`,
  );
};

/** A job that was under way on this page, or came since, and is done now. @param {any} data @param {any} host */
const announce = (data, host) => {
  const {last} = data;
  const known = host.workspace === data.key;
  const fresh = known && last && last.id + last.state !== host.last;
  if (fresh && last.state === 'done') {
    const notes = last.notes.length + last.more;
    const w = data.words;
    toast([last.what, last.name, notes ? `${w.notes_all}: ${notes}` : ''].filter(Boolean).join(' · '));
  }
  host.workspace = data.key;
  host.last = last ? last.id + last.state : '';
};

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  if (!data.words) {
    draw(host, null);
    return;
  }
  host.at = performance.now();
  announce(data, host);
  const again = () => {
    if (!document.hidden) paint(data, host);
  };
  host.repaint = () => paint(data, host);
  clearInterval(host.clock);
  host.clock = data.last && !data.running.length ? setInterval(again, OLDER_MS) : 0;
  paint(data, host);
};
