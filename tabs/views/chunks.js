// @ts-check
// The book on a paper card: each cut a fine rule; click a rule to remove it, between two sentences to
// add one. In its margin the similarity along the text. Beside another set: the same text twice, cut
// by each.
import {Plot} from './kit/chart.js';
import {keyName} from './kit/keys.js';
import {Empty, Pager, acts, draw, html} from './kit/list.js';
import {number} from './kit/text.js';
import {Margin} from './margin.js';
import {compared, similar, text} from './passage.js';

/** @param {[string, any][]} list @param {Record<string, string>} w @param {string} [name] of the set */
const facts = (list, w, name) => html`<dl class="ink-figures" aria-label=${name}>
  ${name && html`<div class="ink-figures-name"><dt>${w.set}</dt><dd>${name}</dd></div>`}
  ${list.map(([label, value]) => html`<div><dt>${label}</dt><dd>${number(value)}</dd></div>`)}
</dl>`;

/** How many chunks are of which size. @param {any} data @param {any} host */
const histogram = ({histogram: bins, words: w}, host) => {
  const most = Math.max(1, ...bins.map((/** @type {number[]} */ bin) => bin[2]));
  const spec = {
    size: 'bare',
    range: [-0.5, bins.length - 0.5],
    height: [0, most],
    hover: (/** @type {number | null} */ at) => {
      const bin = at === null ? null : bins[at];
      host.querySelector('.ink-histogram').title = bin ? `${bin[0]}–${bin[1]}: ${bin[2]}` : '';
    },
    series: [
      {
        x: bins.map((/** @type {any} */ _, /** @type {number} */ at) => at),
        y: bins.map((/** @type {number[]} */ bin) => Math.max(bin[2], most / 50)), // none is a trace, too
        colour: '--ink-indigo',
        kind: 'bars',
        alpha: 0.75,
      },
    ],
  };
  const range = `${w.histogram}: ${number(bins[0]?.[0] ?? 0)}–${number(bins.at(-1)?.[1] ?? 0)}`;
  return html`<figure class="ink-histogram-box" title=${range}><${Plot} class="ink-histogram" label=${range} spec=${spec} /></figure>`;
};

/** Undo, saving under a name, deleting. @param {any} data @param {any} host */
const tools = ({edits, editable, words: w}, host) => {
  const save = (/** @type {any} */ event) => {
    event.currentTarget.payload = {name: host.querySelector('.ink-tools input').value};
    host.saving = true;
  };
  const sure = (/** @type {Event} */ event) => {
    if (!window.confirm(w.delete_sure)) event.stopPropagation();
  };
  const enter = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'Enter') host.querySelector('[data-act=save]').click();
  };
  return html`<div class="ink-tools">
    <button class="ink-button" ...${acts('undo')} disabled=${!edits}>↶ ${w.undo}${edits ? ` (${number(edits)})` : ''}</button>
    <span class="ink-hint">${editable && w.edit_hint}</span>
    <span class="ink-similarity"></span>
    <input class="ink-input" key=${`name ${host.saved || 0}`} type="text" placeholder=${w.save_name} aria-label=${w.save_name} maxlength="80" disabled=${!editable} onkeydown=${enter} />
    <button class="ink-button" type="button" data-act="save" disabled=${!editable} onclick=${save}>${w.save}</button>
    <button class="ink-button" ...${acts('delete')} disabled=${!editable} onclick=${sure}>${w.delete}</button>
  </div>`;
};

/** The list of chunks. @param {any} data @param {any} view */
const list = ({rows, words: w}, {chosen, pick}) => html`<div class="ink-list ink-scroll" tabindex="0"><table>
  <thead><tr><th class="num">#</th><th class="num">${w.tokens}</th><th>${w.begins}</th></tr></thead>
  <tbody>${rows.map(
    (/** @type {any} */ row) => html`
    <tr key=${row.n} data-n=${row.n} tabindex="0" class=${row.n === chosen ? 'on' : null} onclick=${() => pick(row.n)}
      onkeydown=${(/** @type {KeyboardEvent} */ event) => {
        if (event.key === 'Enter') pick(row.n);
      }}>
      <td class="num">${number(row.n)}</td><td class=${'num' + (row.over ? ' ink-over' : '')}>${number(row.tokens)}</td>
      <td class="clip">${row.begins}</td>
    </tr>`,
  )}</tbody>
</table></div>`;

/** Similarity at each sentence's beginning, in the margin beside it. @param {any} data @param {any} host */
const margin = ({rows, words: w}, host) => {
  const values = rows.flatMap((/** @type {any} */ row) =>
    row.parts.map((/** @type {any} */ part) => part.similar),
  );
  const shown = (/** @type {number | null} */ value) => {
    const box = host.querySelector('.ink-similarity');
    const text = value === null ? '' : `${w.similarity} ${similar(value)}`;
    if (box && box.textContent !== text) box.textContent = text;
  };
  const known = values.filter((/** @type {number | null} */ value) => value !== null);
  if (known.length < 2) return null;
  const cuts = rows.flatMap((/** @type {any} */ row) =>
    row.parts.map((/** @type {any} */ _, /** @type {number} */ at) => at === 0 && !row.first),
  );
  return html`<${Margin} key="margin" values=${values} cuts=${cuts} label=${w.curve} shown=${shown}
    passage=${() => host.querySelector('.ink-passage')} />`;
};

/** ← → from border to border, Enter sets or removes, ⌫ undoes. @param {any} data @param {any} host */
const keys =
  ({editable, other}, host) =>
  (/** @type {any} */ event) => {
    const key = keyName(event);
    if (!key || !editable || other) return;
    const passage = event.currentTarget;
    if (key === 'Backspace') {
      host.querySelector('[data-act=undo]:enabled')?.click();
      event.preventDefault();
    }
    if (key !== 'ArrowRight' && key !== 'ArrowLeft') return;
    const all = [...passage.querySelectorAll('[data-place]')];
    const at = all.indexOf(document.activeElement);
    const top = passage.getBoundingClientRect().top;
    const seen = all.findIndex(border => border.getBoundingClientRect().top >= top);
    const next = all[at < 0 ? Math.max(0, seen) : at + (key === 'ArrowRight' ? 1 : -1)];
    if (!next) return;
    next.focus();
    event.preventDefault();
  };

/** @param {any} data @param {any} host @param {number | null} chosen */
const paint = (data, host, chosen) => {
  const {other, words: w} = data;
  const pick = (/** @type {number} */ n, scroll = true) => {
    paint(data, host, n);
    for (const row of scroll ? host.querySelectorAll(`[data-n="${n}"]`) : []) {
      const box = row.closest('.ink-scroll');
      box?.scrollTo({top: row.offsetTop - box.offsetTop - 60, behavior: 'smooth'});
    }
  };
  const view = {host, pick, chosen};
  const strip = other
    ? html`<div class="ink-two" key="two">${facts(data.figures, w, data.name)}${facts(other.figures, w, other.name)}
        <p class="ink-agree">${other.agreement}</p></div>`
    : [facts(data.figures, w), histogram(data, host)];
  draw(
    host,
    html`
    <div class="ink-strip">${strip}</div>
    <div class="ink-pair">
      ${!other && html`<div class="ink-side">${list(data, view)}<${Pager} data=${data} words=${w} /></div>`}
      <div class="ink-text">
        ${!other && tools(data, host)}
        <div class="ink-passage ink-scroll" lang=${data.lang} tabindex="0" aria-label=${w.text} onkeydown=${keys(data, host)}>
          ${other ? compared(data) : [text(data, view), margin(data, host)]}
        </div>
      </div>
    </div>
    ${other && html`<${Pager} data=${data} words=${w} />`}`,
  );
};

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  data.words ||= {};
  if (host.saving) host.saved = (host.saved || 0) + 1; // the name that was given is not offered again
  host.saving = false;
  if (data.total) paint(data, host, null);
  else draw(host, html`<${Empty} data=${data} />`);
};
