// @ts-check
// A dataset row by row, each with three faces: raw, as a chat, as the tokens that are trained on.
import {health} from './health.js';
import {onKeys} from './kit/keys.js';
import {Empty, Fault, Pager, draw, html, inSight, keep} from './kit/list.js';
import {number} from './kit/text.js';
import {editor, holding, listening, marked, rowKey, tools} from './row_edit.js';
import {RowsFilter, RowsPlace, slash} from './rows_filter.js';
import {TokenOptions} from './token_options.js';
import {WholeShare, share, tokens} from './tokens.js';

/** Whether a field of a row has something to show. @param {[string, any]} field */
const filled = ([, value]) =>
  value !== '' && value !== null && value !== undefined && !(Array.isArray(value) && !value.length);

/**
 * The card of a row, by the face that it shows.
 * @type {Record<string, (row: any, data: any) => any>}
 */
const CARDS = {
  rows: (row, {lang}) => html`<article key=${row.n} class="ink-card">
    <dl class="ink-kv">${Object.entries(row.data)
      .filter(filled)
      .map(
        ([name, value]) => html`
      <dt>${name}</dt><dd lang=${lang}>${typeof value === 'string' ? value : JSON.stringify(value, null, 1)}</dd>`,
      )}</dl>
  </article>`,
  chat: (row, {lang, words: w}) => {
    /** @type {Record<string, string>} */
    const roles = {
      system: w.role_system,
      user: w.role_user,
      assistant: w.role_assistant,
      chosen: w.chosen,
      rejected: w.rejected,
      tool: 'tool',
    };
    return html`<article key=${row.n} class="ink-card chat">
      ${row.messages.map(
        (/** @type {any} */ message) => html`<div class="ink-bubble ${message.role}">
        <span class="ink-role">${roles[message.role] || message.role}</span><p lang=${lang}>${message.content}</p>
      </div>`,
      )}
    </article>`;
  },
  tokens,
};

/** How much of a row is trained on, in the list. @param {any} row */
const small = row => {
  if (!row.parts?.length) return null;
  const sum = (/** @type {(part: any) => number} */ of) =>
    row.parts.reduce((/** @type {number} */ all, /** @type {any} */ part) => all + of(part), 0);
  const [all, learnt] = [sum(part => part.tokens.length + part.left), sum(part => part.trained)];
  return html`<span class="ink-share-bar small" title=${share(learnt, all) + ' %'}><i style=${{width: `${(100 * learnt) / (all || 1)}%`}}></i></span>`;
};

/** The rows of the page, the open one marked. @param {any} data @param {any} state @param {(n: number) => void} open */
const list = (data, state, open) => html`<ol class="ink-items" aria-label=${data.words.list}>${data.rows.map(
  (/** @type {any} */ row) => html`<li key=${row.n} class=${row.n === state.open ? 'on' : null} data-key=${row.n}>
    <button class="ink-item" type="button" data-part="item" onclick=${() => open(row.n)}>
      <span class="ink-row-number">${number(row.n)}</span>
      <span class="ink-item-body"><span class="ink-item-text" lang=${data.lang}>${row.title || '—'}</span>${small(row)}</span>${marked(data, row)}
    </button></li>`,
)}</ol>`;

/** What stands beside the list: a fault, the open row, or the one that is written in. @param {any} view */
const face = view => {
  const {data, state} = view;
  if (data.error) return html`<${Fault} error=${data.error} />`;
  if (state.edit) return editor(view);
  const row = data.rows.find((/** @type {any} */ one) => one.n === state.open);
  if (!row) return html`<p class="ink-waiting">${waiting(data)}</p>`;
  return row.bad ? bad(row, data) : html`${tools(row, view)}${CARDS[data.mode](row, data)}`;
};

/** Why a page has no rows. @param {any} data */
const waiting = ({find}) => (find?.ready ? find.words.nothing : find?.scan?.waiting);

/** A row that cannot be used: where it stands in the file, why, and how it begins. @param {any} row @param {any} data */
const bad = (row, {lang}) => html`<article key=${row.n} class="ink-card">
  <p class="ink-error ink-bad-row"><b>${row.bad.place}</b> ${row.bad.reason}</p>
  ${row.bad.example && html`<pre class="ink-bad-example" lang=${lang}>${row.bad.example}</pre>`}
</article>`;

/** The arrow keys lead through the list. @param {any} host */
const listen = host => {
  host.tabIndex = -1;
  onKeys(host, key => {
    const turn = {PageDown: ':last-child', PageUp: ':first-child'}[key];
    if (turn) {
      host.querySelector(`.ink-pager .ink-button${turn}:not(:disabled)`)?.click();
      return true;
    }
    const way = {ArrowDown: 'li.on + li', j: 'li.on + li', ArrowUp: 'li:has(+ li.on)', k: 'li:has(+ li.on)'}[key];
    const button = way && host.querySelector(`.ink-items ${way} button`);
    button?.click();
    return Boolean(button) || rowKey(host, key);
  });
  listening(host);
};

/** @type {import('./kit/mount.js').Draw} */
const view = (data, host) => {
  if (data.mode === 'health') {
    health(data, host);
    return;
  }
  const w = (data.words = {...data.words, position: data.tokens?.words.position, ...(data.row_share && {row_share: data.row_share})});
  if (holding(data, (host.state ||= {open: null}))) return;
  const options =
    data.tokens &&
    html`<${TokenOptions} key="options" found=${data.tokens} act=${host.act} />
      <${WholeShare} key="share" found=${data.share} w=${w} />
      ${data.note && html`<p class="ink-page-note">${data.note}</p>`}`;
  if (!data.total && !data.find) {
    draw(host, html`${options || null}<${Empty} data=${data} />`);
    return;
  }
  const legend =
    data.mode === 'tokens' &&
    html`<p class="ink-legend">
    <span class="tok t">${w.trained}</span> <span class="tok u">${w.untrained}</span> <span class="tok s">${w.special}</span></p>`;
  const problems =
    data.problems?.length &&
    html`<details class="ink-problems">
    <summary>${data.problems_title}</summary>
    <ul>${data.problems.map((/** @type {string} */ problem) => html`<li>${problem}</li>`)}</ul>
  </details>`;
  const {state} = host;
  const wanted = data.find?.number; // the row that a person went to, the first after it where it is hidden
  if (state.key !== data.key && typeof wanted === 'number')
    state.open =
      (data.rows.find((/** @type {any} */ row) => row.n > wanted) || data.rows[0])?.n ?? null;
  if (!data.rows.some((/** @type {any} */ row) => row.n === state.open))
    state.open = data.rows[0]?.n ?? null;
  const turned = state.key !== data.key;
  state.key = data.key;
  const paint = () => {
    const tree = html`
    <div class="ink-strip">
      <dl class="ink-figures">${data.figures.map(
        (/** @type {[string, any]} */ [name, value]) =>
          html`<div><dt>${name}</dt><dd>${number(value)}</dd></div>`,
      )}</dl>${legend}<${RowsPlace} find=${data.find} host=${host} />
    </div>
    ${data.find && html`<${RowsFilter} find=${data.find} host=${host} />`}
    ${problems || null}
    ${options || null}
    <div class="ink-pair dataset">
      <div class="ink-side" inert=${Boolean(state.edit)}>
        <div class="ink-list ink-scroll" tabindex="0">${list(data, state, open)}</div>
        <${Pager} data=${data} words=${w} />
      </div>
      <div class="ink-cards ink-scroll" tabindex="0" key=${data.mode + state.open}>${face({data, state, host, lang: data.lang, leave})}</div>
    </div>`;
    keep(host, () => draw(host, tree), {otherwise: () => host.querySelector('li.on button')});
    const rows = host.querySelector('.ink-list');
    if (turned) rows.scrollTop = 0;
    const follow = () => inSight(rows, rows.querySelector('li.on'));
    if (turned) requestAnimationFrame(follow); // a list of other rows begins at its top first
    else follow();
  };
  const open = (/** @type {number} */ n) => {
    state.open = n;
    paint();
  };
  const leave = () => {
    const {missed} = state;
    state.edit = state.missed = null;
    if (missed) view(missed, host);
    else paint();
  };
  paint();
  if (state.edit && state.shown !== state.edit.token) host.querySelector('textarea')?.focus();
  state.shown = state.edit?.token;
  if (!host.listening) {
    host.listening = true;
    listen(host);
    slash(host);
  }
};

export default view;
