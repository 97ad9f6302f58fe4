// @ts-check
// Under the curve: replies to fixed prompts step by step, the log with a search, the machine's load.
import {Plot} from './kit/chart.js';
import {differences} from './kit/differences.js';
import {Field, acts, draw, html} from './kit/list.js';
import {fill, number} from './kit/text.js';

const WAIT_MS = 250; // after the last key, before a log is searched

/** A reply's text, what the step before had not marked. @param {any} now @param {any} before */
const text = (now, before) => {
  const runs = before && before.text !== now.text ? differences(before.text, now.text)?.[1] : null;
  const shown = runs
    ? runs.map(run => (run.differs ? html`<mark>${run.text}</mark>` : run.text))
    : now.text;
  return html`<p>${shown}${!now.whole && '…'}</p>`;
};

/** @param {any} one @param {any} before @param {any} w */
const reply = (one, before, w) => {
  if (one.missing) return html`<p class="ink-facts">${w.missing}</p>`;
  if (!one.scores) return one.text ? text(one, before) : html`<p class="ink-facts">${w.empty}</p>`;
  const [chosen, rejected] = one.scores;
  const figures = [
    [w.chosen, chosen],
    [w.rejected, rejected],
    [w.margin, chosen - rejected],
  ];
  return html`<p>${figures.map(([name, value]) => `${name} ${value.toFixed(3)}`).join(' · ')}</p>`;
};

/** @param {{data: any, host: any, paint: () => void, w: any}} props */
const Replies = ({data, host, paint, w}) => {
  const {steps} = data;
  if (!steps.length) return html`<p class="ink-facts">${w.no_replies}</p>`;
  const last = steps.length - 1;
  const at = Math.min(host.step ?? last, last);
  const go = (/** @type {number} */ to) => {
    // At the newest, those to come are followed.
    host.step = to >= last ? undefined : Math.max(0, to);
    paint();
  };
  const now = steps[at];
  const named = (/** @type {any} */ one) => fill(w.step, {n: number(one.step)});
  return html`<div class="ink-live-tools">
      <select class="ink-input" data-part="prompt" aria-label=${w.prompt} value=${data.at}
        onchange=${(/** @type {any} */ event) => {
          host.act({act: 'prompt', prompt: Number(event.target.value)});
        }}>
        ${data.prompts.map((/** @type {string} */ one, /** @type {number} */ n) => html`<option key=${n} value=${n} selected=${n === data.at}>${one}</option>`)}</select>
      <button class="ink-button" type="button" data-part="back" aria-label=${w.back} disabled=${at === 0} onclick=${() => go(at - 1)}>‹</button>
      <input type="range" data-part="steps" min="0" max=${last} step="1" value=${at} aria-label=${w.steps} aria-valuetext=${named(now)}
        oninput=${(/** @type {any} */ event) => go(Number(event.target.value))} />
      <button class="ink-button" type="button" data-part="on" aria-label=${w.on} disabled=${at === last} onclick=${() => go(at + 1)}>›</button>
      <b class="num">${named(now)}</b>
      <span class="ink-facts">${fill(w.cost, {n: steps.length + data.left_out, s: number(data.seconds)})}${data.left_out > 0 && ` · ${fill(w.left_out, {n: data.left_out})}`}</span>
      <button class="ink-button" ...${acts('download', {what: 'replies'})}>${w.download}</button>
    </div>
    <div class="ink-live-replies ink-scroll" tabindex="0" aria-label=${w.replies}>
      ${at > 0 && html`<section class="before" key="before"><h3>${named(steps[0])}</h3>${reply(steps[0], null, w)}</section>`}
      <section class=${at > 0 ? 'now' : 'before'} key="now"><h3>${named(now)}${at > 1 && html` <small>${fill(w.marked, {step: number(steps[at - 1].step)})}</small>`}</h3>
        ${reply(now, at > 0 ? steps[at - 1] : null, w)}</section>
    </div>`;
};

/** A line with what was looked for marked. @param {string} line @param {string} query */
const found = (line, query) => {
  if (!query) return line;
  const parts = [];
  const [low, wanted] = [line.toLowerCase(), query.toLowerCase()];
  // Some capitals are longer in small letters: then nothing is marked, at no wrong place.
  if (low.length !== line.length) return line;
  let from = 0;
  for (let at = low.indexOf(wanted); at >= 0; at = low.indexOf(wanted, from)) {
    parts.push(line.slice(from, at), html`<mark>${line.slice(at, at + wanted.length)}</mark>`);
    from = at + wanted.length;
  }
  return [...parts, line.slice(from)];
};

/** @param {{data: any, host: any, paint: () => void, w: any}} props */
const Log = ({data, host, paint, w}) => {
  const ask = (/** @type {object} */ more) => {
    clearTimeout(host.asking);
    const asked = {act: 'search', query: host.typed ?? data.query, level: data.level, ...more};
    host.asking = setTimeout(() => host.act(asked), WAIT_MS);
  };
  const groups = data.lines.map((/** @type {any[]} */ line, /** @type {number} */ n) => {
    const gap = n > 0 && line[0] !== data.lines[n - 1][0] + 1;
    return [line, gap];
  });
  if (host.newest) groups.reverse();
  return html`<div class="ink-live-tools">
      <${Field} class="ink-input" type="search" data-part="query" value=${data.query} placeholder=${w.search} aria-label=${w.search}
        oninput=${(/** @type {any} */ event) => {
          host.typed = event.target.value;
          ask({});
        }} />
      <span class="ink-choices" role="group" aria-label=${w.level}>${data.levels.map(
        (/** @type {[string, string]} */ [level, label]) =>
          html`<button key=${level} type="button" data-part=${`level-${level}`} class="ink-button ${level === data.level ? 'on' : ''}" aria-pressed=${level === data.level} onclick=${() => ask({level})}>${label}</button>`,
      )}</span>
      <span class="ink-facts" role="status">${data.facts}</span>
      <button class="ink-button" type="button" data-part="order" aria-pressed=${Boolean(host.newest)} onclick=${() => {
        host.newest = !host.newest;
        paint();
      }}>${w.newest}</button>
      <button class="ink-button" ...${acts('download', {what: 'log'})}>${w.download}</button>
    </div>
    <div class="ink-live-log ink-scroll" tabindex="0" aria-label=${w.log}>${
      data.lines.length
        ? groups.map(
            (/** @type {any} */ [[n, line, level, match, cut], gap]) => html`<div key=${n} class="${level} ${match ? '' : 'around'} ${gap ? 'gap' : ''}"><span class="num">${n}</span><code>${level && html`<b>${w[level]}</b> `}${match ? found(line, data.query) : line}${cut > 0 && html` <i>${fill(w.cut, {n: number(cut)})}</i>`}</code></div>`,
          )
        : html`<p class="ink-facts">${data.query || data.level ? w.no_match : w.no_log}</p>`
    }</div>`;
};

/** @param {{data: any, w: any}} props */
const Machine = ({data, w}) =>
  data.charts.length
    ? html`<div class="ink-live-machine">${data.charts.map(
        (/** @type {any} */ one) => html`<figure class="ink-small" key=${one.label}>
        <figcaption>${one.label} <b>${one.now}</b> · ${one.peak}</figcaption>
        <${Plot} class="ink-plot" label=${`${one.label}: ${one.now}`} spec=${{size: 'small', series: [{x: one.x, y: one.y, colour: '--ink-indigo'}]}} /></figure>`,
      )}</div>`
    : html`<p class="ink-facts">${w.no_machine}</p>`;

const BODIES = {replies: Replies, log: Log, machine: Machine};

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  if (!data.run) {
    draw(host, null);
    return;
  }
  const w = data.words;
  if (host.run !== data.run) Object.assign(host, {run: data.run, step: undefined});
  if (host.typed === data.query || data.part !== 'log') host.typed = undefined;
  const body = /** @type {Record<string, any>} */ (BODIES)[data.part];
  const log = host.querySelector('.ink-live-log');
  const asked = `${data.log?.query} ${data.log?.level}`;
  const atEnd = !log || host.asked !== asked || log.scrollTop + log.clientHeight > log.scrollHeight - 24;
  const paint = () =>
    draw(
      host,
      html`<section class="ink-live ${data.part ? 'open' : ''}" aria-label=${w.title}>
      <p class="ink-live-parts" role="group" aria-label=${w.title}>${data.parts.map(
        (/** @type {[string, string]} */ [part, label]) =>
          html`<button key=${part} class="ink-button" data-part=${part} aria-expanded=${part === data.part} ...${acts('part', {part: part === data.part ? '' : part})}>${label}</button>`,
      )}</p>
      ${body && html`<${body} key=${data.part} data=${data[data.part]} host=${host} paint=${paint} w=${w} />`}
    </section>`,
    );
  host.asked = asked;
  paint();
  // The newest line is in sight as long as nobody has scrolled away from it.
  const grown = host.querySelector('.ink-live-log');
  if (grown && atEnd && !host.newest) grown.scrollTop = grown.scrollHeight;
};
