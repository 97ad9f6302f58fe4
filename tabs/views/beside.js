// @ts-check
// Several runs on one chart, over steps, epochs or tokens, with the settings in which they differ.
import {Plot, figure} from './kit/chart.js';
import {acts, html} from './kit/list.js';
import {number} from './kit/text.js';

const COLOURS = ['--ink-indigo', '--ink-seal', '--ink-good', '--ink-warn', '--h4', '--h7'];

/** The colour of a run by its place. @param {number} at */
const colour = at => COLOURS[at] || '--ink-slate';

/** The losses of all runs as lines, held-out losses as points. @param {any} data */
const series = data =>
  data.runs.flatMap((/** @type {any} */ run, /** @type {number} */ at) => [
    {...run.loss, colour: colour(at), width: at ? 1.6 : 2.4},
    {...run.eval, colour: colour(at), kind: 'points', dot: 7},
  ]);

/** The values under the pointer. @param {any} data @param {number} x */
const point = (data, x) => {
  const near = (/** @type {any} */ one) => {
    const at = one.x.findIndex((/** @type {number} */ value) => value >= x);
    return at < 0 ? null : one.y[at];
  };
  const values = data.runs.map((/** @type {any} */ run) => [run.name, near(run.loss)]);
  return [
    number(Math.round(x * 100) / 100),
    ...values
      .filter((/** @type {any} */ [, y]) => y !== null)
      .map((/** @type {any} */ [name, y]) => `${name} ${figure(y)}`),
  ].join(' · ');
};

/** @param {{data: any, host: any, paint: () => void}} props */
export const Beside = ({data, host, paint}) => {
  const w = data.words;
  const xs = [...new Set(series(data).flatMap((/** @type {any} */ one) => one.x))].sort(
    (/** @type {any} */ a, /** @type {any} */ b) => a - b,
  );
  const hover = (/** @type {number | null} */ index) => {
    const box = host.querySelector('.ink-point');
    if (box) box.textContent = index === null ? '' : point(data, /** @type {number} */ (xs[index]));
  };
  const zoom = (/** @type {[number, number] | null} */ range) => {
    host.range = range || undefined;
    paint();
  };
  return html`<div class="ink-beside-head">
    <ul class="ink-beside-names">${data.runs.map(
      (/** @type {any} */ run, /** @type {number} */ at) => html`<li key=${run.id}>
        <span class="ink-who" style=${`--hue: var(${colour(at)})`}>${run.name}</span>
        ${run.last && html`<small>${w.held_out} ${run.last}</small>`}
        ${at > 0 && html`<button class="ink-button" ...${acts('beside', {id: run.id})} aria-label=${`${w.remove} ${run.name}`}>×</button>`}
      </li>`,
    )}</ul>
    <span class="ink-choices" role="group" aria-label=${w.axis}>${data.axes.map(
      (/** @type {[string, string]} */ [axis, label]) =>
        html`<button key=${axis} class="ink-button ${axis === data.axis ? 'on' : ''}" aria-pressed=${axis === data.axis} ...${acts('axis', {axis})}>${label}</button>`,
    )}</span>
  </div>
  <p class="ink-legend"><span class="ink-point"></span></p>
  <div class="ink-main-box">${
    xs.length
      ? html`<${Plot} key=${data.axis + data.runs.map((/** @type {any} */ run) => run.id)} class="ink-main" label=${w.chart}
        spec=${{size: 'full', clip: true, range: host.range, hover, zoom, log: Boolean(host.log), series: series(data)}} />`
      : html`<p class="ink-waiting">${w.nothing}</p>`
  }</div>
  <div class="ink-beside-table ink-scroll" tabindex="0">${
    data.rows.length
      ? html`<table><thead><tr><th>${w.setting}</th>${data.runs.map(
          (/** @type {any} */ run) => html`<th key=${run.id}>${run.name}</th>`,
        )}</tr></thead>
      <tbody>${data.rows.map(
        (/** @type {string[]} */ [name, ...values]) =>
          html`<tr key=${name}><th scope="row">${name}</th>${values.map(value => html`<td>${value}</td>`)}</tr>`,
      )}</tbody></table>`
      : html`<p>${w.same}</p>`
  }</div>`;
};
