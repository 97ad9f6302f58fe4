// @ts-check
// What is wrong with a dataset: the findings left; right what one of them means, examples that open
// their rows, and the one fix it has.
import {Component, Empty, Fault, acts, draw, html, keep} from './kit/list.js';
import {fill, number} from './kit/text.js';

const OVERVIEW = '';

/** A share with as many places as it needs. @param {number} share */
const percent = share =>
  share > 0 && share < 0.001 ? '< 0.1 %' : `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

/** A bar as long as the share of the rows; a small one can still be seen. @param {any} one */
const bar = one =>
  html`<span class="ink-health-bar" aria-hidden="true"><i class=${one.severity} style=${{width: `max(2px, ${100 * one.share}%)`}}></i></span>`;

/** The line of one finding. @param {any} one @param {any} state @param {(name: string) => void} open @param {any} w */
const item = (one, state, open, w) => html`<li key=${one.name} class=${one.name === state.finding ? 'on' : null} data-key=${'f-' + one.name}>
  <button class="ink-item" type="button" data-part="item" aria-current=${one.name === state.finding} onclick=${() => open(one.name)}>
    <span class=${'ink-health-mark ' + one.severity} title=${w[one.severity]} role="img" aria-label=${w[one.severity]}></span>
    <span class="ink-item-body"><span class="ink-item-text">${one.title}</span>${bar(one)}</span>
    <b>${number(one.count)}</b>
  </button></li>`;

/** The findings, the gravest first. @param {any} report @param {any} state @param {(name: string) => void} open @param {any} w */
const list = (report, state, open, w) => html`<ol class="ink-items" aria-label=${w.list}>
  <li key="overview" class=${state.finding === OVERVIEW ? 'on' : null} data-key="f-">
    <button class="ink-item" type="button" data-part="item" aria-current=${state.finding === OVERVIEW} onclick=${() => open(OVERVIEW)}>
      <span class="ink-item-body"><span class="ink-item-text">${w.overview}</span></span></button></li>
  ${report.findings.map((/** @type {any} */ one) => item(one, state, open, w))}
</ol>
${
  report.sound.length > 0 &&
  html`<details class="ink-health-sound"><summary>${fill(w.sound, {n: report.sound.length})}</summary>
    <ul>${report.sound.map((/** @type {string} */ title) => html`<li>${title}</li>`)}</ul></details>`
}`;

/** How many rows are how long. @param {{name: string, counts: number[], edges: number[], w: any}} props */
const Histogram = ({name, counts, edges, w}) => {
  const last = counts.reduce((most, count, at) => (count ? at : most), 0);
  const first = Math.max(
    0,
    counts.findIndex(count => count > 0),
  );
  const most = Math.max(...counts, 1);
  const label = (/** @type {number} */ at) =>
    fill(at < counts.length - 1 ? w.bin : w.last_bin, {
      from: number(edges[at]),
      to: number((edges[at + 1] || 0) - 1),
      n: number(counts[at]),
    });
  const shown = counts.slice(first, last + 1);
  return html`<figure class="ink-health-lengths"><figcaption>${w[name]}</figcaption>
    <ol>${shown.map(
      (count, at) => html`<li title=${label(first + at)} aria-label=${label(first + at)}>
      <i class=${name} style=${{height: `${count ? Math.max(3, (100 * count) / most) : 0}%`}}></i>
      <span>${number(edges[first + at])}</span></li>`,
    )}</ol></figure>`;
};

/** Lengths, and whether all is well. @param {any} report @param {any} w */
const overview = (report, w) => html`<article class="ink-health-open">
  ${!report.findings.length && html`<h2>${w.fine}</h2><p>${w.fine_text}</p>`}
  <h3>${w.lengths}</h3>
  <div class="ink-health-pair">${['prompt', 'reply'].map(
    name =>
      html`<${Histogram} name=${name} counts=${report.lengths[name]} edges=${report.lengths.edges} w=${w} />`,
  )}</div>
</article>`;

/** One example: the line with what was found, opening its row. @param {any} one @param {any} w @param {any} host */
const example = (one, w, host) => {
  const text = html`<span class="ink-health-text">${one.text.slice(0, one.start)}<mark>${one.text.slice(one.start, one.end)}</mark>${one.text.slice(one.end)}</span>`;
  const label = fill(one.in_file ? w.file_row : w.row, {n: number(one.row + (one.in_file ? 0 : 1))});
  const beside = [
    one.group,
    one.other !== null && fill(one.there ? w.there : w.like, {n: number(one.other + 1)}),
  ].filter(Boolean);
  const head = html`<span class="ink-health-where">${one.in_file && !one.row ? '' : label}${beside.map(part => html`<i>${part}</i>`)}</span>`;
  if (one.in_file) return html`<li>${head}${text}</li>`;
  const click = () => {
    host.state = {open: one.row + 1};
  };
  return html`<li><button class="ink-health-example" title=${fill(w.open, {n: number(one.row + 1)})}
    onclick=${click} ...${acts('health_row', {row: one.row})}>${head}${text}</button></li>`;
};

/** What a fix does: the first row before and after, the values to fill in, and its button. */
class Fix extends Component {
  /** @param {any} props */
  constructor(props) {
    super(props);
    this.state = {values: {}};
  }

  render() {
    const {one, w} = this.props;
    const {values} = this.state;
    const marks = one.fix === 'fill' ? one.kinds.map((/** @type {any} */ kind) => kind[2]) : [];
    const wanting = marks.length > 0 && !marks.some((/** @type {string} */ mark) => values[mark]);
    let after = one.sample?.after;
    if (marks.length && one.sample) {
      after = one.sample.before;
      for (const mark of marks) if (values[mark]) after = after.split(mark).join(values[mark]);
    }
    const set = (/** @type {string} */ mark) => (/** @type {any} */ event) =>
      this.setState({values: {...values, [mark]: event.target.value}});
    return html`<section class="ink-health-fix">
      ${marks.map(
        (/** @type {string} */ mark) => html`<label key=${mark}><code>${mark}</code>
        <input class="ink-input" maxlength="400" data-field=${mark} aria-label=${fill(w.value, {mark})} value=${values[mark] || ''} oninput=${set(mark)} /></label>`,
      )}
      ${
        one.sample &&
        html`<dl><dt>${w.before}</dt><dd class="before">${one.sample.before || '—'}</dd>
        <dt>${w.after}</dt><dd class="after">${after === null ? html`<em>${w.gone}</em>` : after === one.sample.before && !marks.length ? html`<em>${w.stays}</em>` : after}</dd></dl>`
      }
      <button class="ink-button ink-secondary" disabled=${wanting} ...${acts('health_mend', {finding: one.name, values})}>${one.button}</button>
    </section>`;
  }
}

/** The open finding. @param {any} one @param {any} w @param {any} host */
const open = (one, w, host) => html`<article class="ink-health-open" key=${one.name}>
  <h2><span class=${'ink-health-mark ' + one.severity} role="img" aria-label=${w[one.severity]}></span>${one.title}</h2>
  <p class="ink-health-count"><b>${percent(one.share)}</b> ${fill(w.of, {n: number(one.count), total: number(one.total)})}</p>
  <p>${one.what}</p>
  ${
    one.kinds.length > 0 &&
    html`<ul class="ink-health-kinds">${one.kinds.map((/** @type {any} */ [name, count]) => html`<li>${name} <b>${number(count)}</b></li>`)}</ul>`
  }
  <p class="ink-health-do">${one.do}</p>
  ${one.fix && html`<${Fix} key=${one.name} one=${one} w=${w} />`}
  ${
    one.examples.length > 0 &&
    html`<h3>${w.examples}</h3><ol class="ink-health-examples">${one.examples.map((/** @type {any} */ each) => example(each, w, host))}</ol>`
  }
</article>`;

/** How to check, where nothing was yet. @param {any} data @param {any} state */
const unchecked = (data, state) => {
  const w = data.words;
  if (data.busy || data.job)
    return html`<${Empty} data=${{empty: {title: working(data), text: [far(data), data.name].filter(Boolean).join(' · ')}}} />`;
  return html`<div class="ink-empty"><p class="ink-empty-title">${w.unchecked}</p><p>${w.unchecked_text}</p>
    <label class="ink-health-near"><input type="checkbox" checked=${state.near} onchange=${(/** @type {any} */ event) => {
      state.near = event.target.checked;
      event.target.closest('.ink-empty').querySelector('button').payload.near = state.near;
    }} /> ${w.near}</label>
    ${partner(data, state)}
    <button class="ink-button ink-secondary" ...${acts('health_check', {near: state.near, against: state.against})}>${w.check}</button></div>`;
};

/** What is under way. @param {any} data */
const working = data => (data.job?.kind === 'repair' ? data.words.mending : data.words.checking);

/** How far it is; "" where that is not known. @param {any} data */
const far = data => (data.job?.total > 1 ? `${number(data.job.done)} / ${number(data.job.total)}` : '');

/** The set to compare with for leaks. @param {any} data @param {any} state */
const partner = (data, state) =>
  data.partners.length > 0 &&
  html`<label class="ink-health-partner">${data.words.against}
    <select class="ink-input" data-field="against" onchange=${(/** @type {any} */ event) => {
      state.against = event.target.value;
      if (data.report) event.target.closest('.host').act({act: 'health_check', against: state.against, near: data.report.near});
      else event.target.closest('.ink-empty').querySelector('button').payload.against = state.against;
    }}>
      <option value="">${data.words.own}</option>
      ${data.partners.map((/** @type {string} */ name) => html`<option value=${name} selected=${name === (data.report?.against || state.against)}>${name}</option>`)}
    </select></label>`;

/** Figures, when it was checked, the last change and its undoing. @param {any} data @param {any} state */
const strip = (data, state) => {
  const {report, words: w, change} = data;
  return html`<div class="ink-strip">
    <dl class="ink-figures">${report.figures.map(
      (/** @type {[string, any]} */ [name, value]) => html`<div><dt>${name}</dt><dd>${number(value)}</dd></div>`,
    )}</dl></div>
  <div class="ink-strip ink-health-tools">
    <span>${data.job || data.busy ? `${working(data)} ${far(data)}` : fill(w.checked, {when: report.made})}${!report.near && ` · ${w.no_near}`}</span>
    ${partner(data, state)}
    <button class="ink-button" disabled=${Boolean(data.job)} ...${acts('health_check', {near: true, against: report.against})}>${w.again}</button>
    ${
      change &&
      html`<span class="ink-health-change">${fill(w.last, {why: change.why, n: number(change.rows)})}</span>
      <button class="ink-button" disabled=${Boolean(data.job)} ...${acts('health_undo')}>${w.undo}</button>`
    }
  </div>`;
};

/** The whole mode. @type {import('./kit/mount.js').Draw} */
export const health = (data, host) => {
  const state = (host.health ||= {finding: null, near: true, against: ''});
  if (state.name !== data.name) Object.assign(state, {name: data.name, finding: null, against: ''});
  const {report, words: w} = data;
  const paint = () => {
    if (!report) {
      draw(host, html`${data.error ? html`<${Fault} error=${data.error} />` : unchecked(data, state)}`);
      return;
    }
    const names = report.findings.map((/** @type {any} */ one) => one.name);
    if (state.finding !== OVERVIEW && !names.includes(state.finding))
      state.finding = names[0] ?? OVERVIEW;
    const found = report.findings.find((/** @type {any} */ one) => one.name === state.finding);
    const tree = html`${strip(data, state)}
      ${data.error && html`<${Fault} error=${data.error} />`}
      <div class="ink-pair dataset health">
        <div class="ink-side"><div class="ink-list ink-scroll" tabindex="0">${list(report, state, choose, w)}</div></div>
        <div class="ink-cards ink-scroll" tabindex="0" key=${'health' + state.finding}>${found ? open(found, w, host) : overview(report, w)}</div>
      </div>`;
    keep(host, () => draw(host, tree));
  };
  const choose = (/** @type {string} */ name) => {
    state.finding = name;
    paint();
  };
  paint();
};
