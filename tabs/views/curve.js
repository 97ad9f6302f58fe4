// @ts-check
// The loss fills the card: raw thin, smoothed bold, evaluation dots; other curves small beside it.
import {Beside} from './beside.js';
import {Plot, figure, smoothed} from './kit/chart.js';
import {Empty, acts, draw, html} from './kit/list.js';
import {number} from './kit/text.js';
import {Verdict} from './verdict.js';

/** The best held-out loss, as a series of one point; of other measures none. @param {any} data */
const best = data => {
  const least = Math.min(...data.eval.y);
  const at = data.eval.y.indexOf(least);
  return data.fall && data.eval.y.length > 1 ? {x: [data.eval.x[at]], y: [least]} : {x: [], y: []};
};

/** The losses' chart; `more` is how it is looked at. @param {any} data @param {number[]} line @param {object} more */
const loss = (data, line, more) => ({
  ...more,
  size: 'full',
  clip: true,
  total: data.total || undefined,
  notches: data.checkpoints,
  series: [
    {...data.loss, colour: '--ink-slate', alpha: 0.55, width: 1},
    {x: data.mean.x, y: line, colour: '--ink-indigo', width: 2.4},
    {...data.eval, colour: '--ink-seal', kind: 'points'},
    {...best(data), colour: '--ink-seal', kind: 'points', dot: 13},
  ],
});

/** A figure beside its name for each curve. @param {any} data @param {Record<string, string>} w */
const legend = (data, w) => html`<i class="raw"></i>${w.raw}<i class="smooth"></i>${w.smoothed}
  ${data.eval.x.length > 0 && html`<i class="eval"></i>${w.eval}`}
  ${data.fall && data.eval.x.length > 1 && html`<i class="eval best"></i>${w.best}`}
  ${data.checkpoints.length > 0 && html`<i class="notch"></i>${w.checkpoint}`}`;

/**
 * The step under the pointer with its epoch and its losses.
 * @param {any} data @param {number[]} line @param {number} step @param {Record<string, string>} w
 */
const point = (data, line, step, w) => {
  const value = (/** @type {number[]} */ xs, /** @type {(number | null)[]} */ ys) =>
    ys[xs.indexOf(step)] ?? null;
  // The smoothed line has a point a stretch: that at or before.
  const near = data.mean.x.findLastIndex((/** @type {number} */ x) => x <= step);
  const found = [
    value(data.loss.x, data.loss.y),
    line[near] ?? null,
    value(data.eval.x, data.eval.y),
  ];
  const epoch = data.epochs > 0 && data.total ? (step * data.epochs) / data.total : null;
  const place = number(Math.round(step * 100) / 100);
  const places = [data.axis === 'step' ? `${w.step} ${place}` : place, ...(epoch === null ? [] : [`${w.epoch} ${epoch.toFixed(2)}`])];
  return [...places, ...found.filter(one => one !== null).map(one => figure(Number(one)))].join(' · ');
};

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  const w = data.words || {};
  if (!data.run) {
    draw(host, html`<${Empty} data=${data} />`);
    return;
  }
  const shown = `${(data.beside || data).axis} ${data.measure} ${data.run}`;
  if (host.run !== shown) Object.assign(host, {range: undefined, weight: undefined});
  host.run = shown;
  if (data.beside) {
    const paint = () =>
      draw(host, html`<${Beside} data=${data.beside} host=${host} paint=${paint} />`);
    paint();
    return;
  }
  const steps = [...new Set([...data.loss.x, ...data.mean.x, ...data.eval.x])].sort((a, b) => a - b);
  const line = () =>
    host.weight === undefined ? data.smooth : smoothed(data.mean.y, host.weight);
  const hover = (/** @type {number | null} */ index) => {
    host.step = index === null ? null : steps[index];
    const box = host.querySelector('.ink-point');
    if (box) box.textContent = host.step === null ? '' : point(data, line(), host.step, w);
  };
  const zoom = (/** @type {[number, number] | null} */ range) => {
    host.range = range || undefined;
    paint();
  };
  const named = (/** @type {string[][]} */ all, /** @type {string} */ name) =>
    all.find(one => one[0] === name)?.[1];
  const [label, over] = [named(data.measures, data.measure), named(data.axes, data.axis)];
  /** What a small chart reads under the pointer, else at its end. @param {any} other */
  const read = other => {
    const value = other.y[host.glance?.[0] === other.name ? host.glance[1] : other.y.length - 1];
    return Math.abs(value) < 100 ? figure(value) : number(Math.round(value));
  };
  const glance = (/** @type {any} */ other) => (/** @type {number | null} */ index) => {
    const now = index === null ? undefined : [other.name, index];
    if (String(now) === String(host.glance)) return;
    host.glance = now;
    paint();
  };
  const paint = () =>
    draw(
      host,
      html`
    <dl class="ink-figures big">${data.figures.map(
      (/** @type {[string, string]} */ [name, value]) =>
        html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`,
    )}</dl>
    <${Verdict} found=${data.verdict} run=${data.run} />
    <p class="ink-legend">${
      data.measures.length > 1 &&
      html`<select class="ink-input" data-part="measure" aria-label=${w.measure} onchange=${(
        /** @type {any} */ event,
      ) => {
        host.act({act: 'measure', measure: event.target.value});
      }}>${data.measures.map(
        (/** @type {[string, string]} */ [name, label]) =>
          html`<option key=${name} value=${name} selected=${name === data.measure}>${label}</option>`,
      )}</select>`
    }${legend(data, w)}
      <label class="ink-smoothing">${w.smoothing}<input type="range" min="0" max="0.99" step="0.01" aria-label=${w.smoothing}
        value=${host.weight ?? data.weight} oninput=${(/** @type {any} */ event) => {
          host.weight = Number(event.target.value);
          paint();
        }} /></label>
      <select class="ink-input" data-part="axis" aria-label=${w.axis} onchange=${(
        /** @type {any} */ event,
      ) => {
        host.act({act: 'axis', axis: event.target.value});
      }}>${data.axes.map(
        (/** @type {[string, string]} */ [axis, label]) =>
          html`<option key=${axis} value=${axis} selected=${axis === data.axis}>${label}</option>`,
      )}</select>
      <button class="ink-button" type="button" aria-pressed=${Boolean(host.log)}
        onclick=${() => {
          host.log = !host.log;
          paint();
        }}>${w.log_scale}</button></p>
    <div class="ink-main-box"><span class="ink-point"></span>${
      data.loss.x.length
        ? html`<${Plot} key=${shown} class="ink-main" spec=${loss(data, line(), {log: Boolean(host.log), range: host.range, hover, zoom})}
          label=${`${label}, ${over}: ${data.loss.y.at(-1) ?? '—'}`} />`
        : html`<p class="ink-waiting">${data.waiting}</p>`
    }</div>
    ${
      data.others.length > 0 &&
      html`<div class="ink-smalls">${data.others.map(
        (/** @type {any} */ other) => html`
      <figure class="ink-small" key=${other.label}><figcaption><button title=${w.enlarge} ...${acts('measure', {measure: other.name})}>${other.label}</button> ${read(other)}</figcaption>
        <${Plot} class="ink-plot" label=${other.label}
          spec=${{size: 'small', hover: glance(other), range: data.axis === 'step' ? host.range : undefined, total: (data.axis === 'step' && data.total) || undefined, series: [{x: other.x, y: other.y, colour: '--ink-indigo'}]}} /></figure>`,
      )}</div>`
    }`,
    );
  paint();
};
