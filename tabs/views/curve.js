// @ts-check
// The loss fills the card: raw thin, smoothed bold, evaluation dots; other curves small beside it.
import {Plot, figure} from './kit/chart.js';
import {Empty, draw, html} from './kit/list.js';

/** The losses' chart; `more` is how it is looked at. @param {any} data @param {object} more */
const loss = (data, more) => ({
  ...more,
  size: 'full',
  series: [
    {...data.loss, colour: '--ink-slate', alpha: 0.55, width: 1},
    {x: data.loss.x, y: data.smooth, colour: '--ink-indigo', width: 2.4},
    {...data.eval, colour: '--ink-seal', kind: 'points'},
  ],
});

/** A figure beside its name for each curve. @param {any} data @param {Record<string, string>} w */
const legend = (data, w) => html`<i class="raw"></i>${w.raw}<i class="smooth"></i>${w.smoothed}
  ${data.eval.x.length > 0 && html`<i class="eval"></i>${w.eval}`}`;

/** The step under the pointer with its losses. @param {any} data @param {number} step */
const point = (data, step) => {
  const value = (/** @type {number[]} */ xs, /** @type {(number | null)[]} */ ys) =>
    ys[xs.indexOf(step)] ?? null;
  const found = [
    value(data.loss.x, data.loss.y),
    value(data.loss.x, data.smooth),
    value(data.eval.x, data.eval.y),
  ];
  return [step, ...found.filter(one => one !== null).map(one => figure(Number(one)))].join(' · ');
};

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  const w = data.words || {};
  if (!data.run) {
    draw(host, html`<${Empty} data=${data} />`);
    return;
  }
  if (host.run !== data.run) host.range = undefined;
  host.run = data.run;
  const steps = [...new Set([...data.loss.x, ...data.eval.x])].sort((a, b) => a - b);
  const hover = (/** @type {number | null} */ index) => {
    host.step = index === null ? null : steps[index];
    const box = host.querySelector('.ink-point');
    if (box) box.textContent = host.step === null ? '' : point(data, host.step);
  };
  const zoom = (/** @type {[number, number] | null} */ range) => {
    host.range = range || undefined;
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
    <p class="ink-legend">${legend(data, w)}<span class="ink-point"></span>
      <button class="ink-button" type="button" aria-pressed=${Boolean(host.log)}
        onclick=${() => {
          host.log = !host.log;
          paint();
        }}>${w.log_scale}</button></p>
    <div class="ink-main-box">${
      data.loss.x.length
        ? html`<${Plot} key=${data.run} class="ink-main" spec=${loss(data, {log: Boolean(host.log), range: host.range, hover, zoom})}
          label=${`${w.loss}: ${data.loss.y.at(-1) ?? '—'}`} />`
        : html`<p class="ink-waiting">${data.waiting}</p>`
    }</div>
    ${
      data.others.length > 0 &&
      html`<div class="ink-smalls">${data.others.map(
        (/** @type {any} */ other) => html`
      <figure class="ink-small" key=${other.label}><figcaption>${other.label}</figcaption>
        <${Plot} class="ink-plot" label=${other.label}
          spec=${{size: 'small', range: host.range, series: [{x: other.x, y: other.y, colour: '--ink-indigo'}]}} /></figure>`,
      )}</div>`
    }`,
    );
  paint();
};
