// @ts-check
// A dataset as rows, as rendered chat, or as tokens coloured by what is trained on.
import {Empty, Fault, Pager, draw, html} from './kit/list.js';
import {number} from './kit/text.js';

/** Whether a field of a row has something to show. @param {[string, any]} field */
const filled = ([, value]) =>
  value !== '' && value !== null && value !== undefined && !(Array.isArray(value) && !value.length);

/**
 * A card for each row, by what is shown of it.
 * @type {Record<string, (row: any, data: any) => any>}
 */
const CARDS = {
  rows: (row, {lang}) => html`<article key=${row.n} class="ink-card">
    <h3>#${number(row.n)}</h3>
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
      <h3>#${number(row.n)}</h3>
      ${row.messages.map(
        (/** @type {any} */ message) => html`<div class="ink-bubble ${message.role}">
        <span class="ink-role">${roles[message.role] || message.role}</span><p lang=${lang}>${message.content}</p>
      </div>`,
      )}
    </article>`;
  },
  tokens: row => html`<article key=${row.n} class="ink-card">
    <h3>#${number(row.n)}</h3>
    ${row.parts.map(tokens)}
    ${row.error && html`<p class="ink-error">${row.error}</p>`}
  </article>`,
};

/** @param {any} part */
const tokens = part => html`<div>
  <p class="ink-token-facts">${part.facts}</p>
  <div class="ink-tokens">${part.tokens.map(
    (/** @type {[string, string]} */ [text, kind], /** @type {number} */ at) =>
      html`<span class="tok ${kind}" title=${String(part.ids[at])}>${text}</span>`,
  )}
    ${part.cut && html`<span class="ink-cutoff">${part.cut} <s>${(part.lost || []).join('')}</s></span>`}</div>
</div>`;

/** What stands in the list: a fault, what is waited for, or the rows. @param {any} data */
const listed = data => {
  if (data.error) return html`<${Fault} error=${data.error} />`;
  if (data.waiting) return html`<p class="ink-waiting" role="status">${data.waiting}</p>`;
  return data.rows.map((/** @type {any} */ row) => CARDS[data.mode](row, data));
};

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  const w = (data.words = data.words || {});
  if (!data.total) {
    draw(host, html`<${Empty} data=${data} />`);
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
  draw(
    host,
    html`
    <div class="ink-strip">
      <dl class="ink-figures">${data.figures.map(
        (/** @type {[string, any]} */ [name, value]) =>
          html`<div><dt>${name}</dt><dd>${number(value)}</dd></div>`,
      )}</dl>${legend}
    </div>
    ${problems || null}
    <div class="ink-cards ink-scroll" tabindex="0" key=${data.key}>${listed(data)}</div>
    <${Pager} data=${data} words=${w} />`,
  );
};
