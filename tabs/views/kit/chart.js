// @ts-check
// One chart for all: lines, points and bars over a common axis, with hover, clicks and zoom. Colours
// are names of CSS variables, so that it follows the page from light to dark.
import {createRef, h} from '../vendor/preact/preact.js';
import load from '../vendor/uplot/uPlot.js';
import {FOOT, drawBeneath} from './chart_marks.js';
import {Component} from './list.js';
import {labels, powers, ticks} from './ticks.js';

/**
 * @typedef {object} Series
 * @property {number[]} x rising
 * @property {(number | null)[]} y
 * @property {string} colour a CSS variable
 * @property {'line' | 'points' | 'bars'} [kind]
 * @property {number} [width] of the line, in pixels
 * @property {number} [alpha]
 * @property {number} [dot] of points, in pixels
 *
 * @typedef {object} Spec
 * @property {Series[]} series
 * @property {'full' | 'small' | 'bare'} size bare: without axes
 * @property {boolean} [log] y by its logarithm
 * @property {[number, number]} [range] of x; else that of the data
 * @property {[number, number]} [height] of y; else that of what is seen, with some room
 * @property {number[]} [marks] upright lines at these x, with a foot under the data
 * @property {number[]} [notches] wedges at these x, at the foot of the data
 * @property {number} [total] where x will end; the part that is to come is hatched
 * @property {boolean} [clip] a few values far above all others do not make the rest flat: they are
 *   shown as wedges at the top
 * @property {(range: [number, number] | null) => void} [zoom] the wheel asks for another range of x,
 *   a double click for all
 * @property {(index: number | null) => void} [hover] the point under the pointer, by its place among
 *   all x; null when it has left
 * @property {(x: number) => void} [click]
 */

/** @type {any} */
let loaded;
/** The library, run when the first chart is drawn: that takes it 20 ms, which no page load needs. */
const library = () => (loaded ||= load());

const SMALLEST = 1e-9; // what has no logarithm is drawn as this
const FONT = '11px system-ui, sans-serif';

/**
 * All x of several series, rising, and the y of each there; undefined where a series has none.
 * @param {Series[]} series
 * @param {boolean} [log]
 * @returns {[number[], ...(number | null | undefined)[][]]}
 */
export function table(series, log = false) {
  const all = [...new Set(series.flatMap(one => one.x))].sort((a, b) => a - b);
  const place = new Map(all.map((x, at) => [x, at]));
  const columns = series.map(one => {
    /** @type {(number | null | undefined)[]} */
    const column = new Array(all.length).fill(undefined);
    one.x.forEach((x, at) => {
      const y = one.y[at];
      const shown =
        y === null || !Number.isFinite(y) ? null : log ? Math.log10(Math.max(y, SMALLEST)) : y;
      column[/** @type {number} */ (place.get(x))] = shown;
    });
    return column;
  });
  return [all, ...columns];
}

/**
 * From where to where y goes among the x from `from` to `to`, with a little room above and below.
 * @param {(number | null | undefined)[][]} data a table
 * @param {number} from
 * @param {number} to
 * @param {{log?: boolean, clip?: boolean}} [options] see Spec
 * @returns {[number, number]}
 */
export function bounds([all, ...columns], from, to, {log = false, clip = false} = {}) {
  /** @type {number[]} */
  const seen = [];
  for (const column of columns)
    column.forEach((y, at) => {
      const x = /** @type {number} */ (all[at]);
      if (y !== null && y !== undefined && x >= from && x <= to) seen.push(y);
    });
  if (!seen.length) return [0, 1];
  seen.sort((a, b) => a - b);
  const [least] = seen;
  let [low, high] = [least, seen[seen.length - 1]];
  if (clip) high = Math.min(high, usual(seen));
  if (high - low < 1e-12) {
    high += 1e-6 + Math.abs(high) * 0.05;
    low -= 1e-6 + Math.abs(low) * 0.05;
  }
  const room = (high - low) * 0.06;
  // What cannot be below zero has no axis below it.
  return [!log && least >= 0 ? Math.max(0, low - room) : low - room, high + room];
}

/**
 * The highest of rising values that still belongs to them: beyond, at most one in fifty may lie, and
 * further above the middle than three times the distance of nine tenths of them.
 * @param {number[]} values
 */
export function usual(values) {
  const at = (/** @type {number} */ share) => values[Math.floor((values.length - 1) * share)];
  const limit = at(0.5) + 3 * (at(0.9) - at(0.5));
  const [most, enough] = [values[values.length - 1], at(0.98)];
  return values.length < 50 || enough > limit || most <= limit ? most : limit;
}

/**
 * Exponential moving average with the correction for its start, as TensorBoard draws it and
 * `studio.training.curves.smooth` makes it. @param {number[]} values @param {number} weight 0 to 1
 */
export function smoothed(values, weight) {
  let last = 0;
  let left = 1;
  return values.map(value => {
    last = last * weight + (1 - weight) * value;
    left *= weight;
    return last / (1 - left);
  });
}

/** A value of a series, as the legend shows it. @param {number} value */
export function figure(value) {
  return Math.abs(value) < 1e-2 && value !== 0 ? value.toExponential(1) : value.toPrecision(3);
}

/**
 * The range of x after a turn of the wheel: `factor` times as wide around `at`, within all there is.
 * @param {[number, number]} range
 * @param {[number, number]} all
 * @param {number} at
 * @param {number} factor
 * @returns {[number, number]}
 */
export function zoomed([from, to], all, at, factor) {
  return [Math.max(all[0], at - (at - from) * factor), Math.min(all[1], at + (to - at) * factor)];
}

/** Where the x go when nobody has zoomed. @param {number[]} all @param {Spec} spec @returns {[number, number]} */
function whole(all, {total}) {
  const first = total ? 0 : (all[0] ?? 0);
  return [first, Math.max(all[all.length - 1] ?? 0, total || 0, first + 1)];
}

/**
 * A chart in `box`, which says how large it is. It is made when the box is first seen.
 * @param {HTMLElement} box
 * @param {Spec} spec
 */
export function createChart(box, spec) {
  /** @type {any} */
  let plot = null;
  /** @type {string} */
  let shape = '';
  /** @type {any} */
  let data = table(spec.series, spec.log);

  const now = () => ({spec, data, range: spec.range || whole(data[0], spec)});
  // Known once the box has been laid out: to ask for it before would have all of the page laid out.
  const size = {width: 0, height: 0};
  const make = () => {
    plot?.destroy();
    plot = null;
    if (!size.width || !size.height || !data[0].length) return;
    plot = new (library())({...options(box, now), ...size}, data, box);
    plot.over.onclick = () => spec.click?.(plot.posToVal(plot.cursor.left, 'x'));
    plot.over.style.cursor = spec.click ? 'pointer' : 'default';
    if (spec.zoom) plot.over.onwheel = wheel;
    plot.over.ondblclick = () => spec.zoom?.(null);
  };
  const wheel = (/** @type {WheelEvent} */ event) => {
    event.preventDefault();
    const at = plot.posToVal(event.offsetX, 'x');
    spec.zoom?.(zoomed(now().range, whole(data[0], spec), at, event.deltaY < 0 ? 0.8 : 1.25));
  };
  const resized = new ResizeObserver(([{contentRect}]) => {
    // In a tab that is not open there is no room, and the chart stays as it is.
    if (!contentRect.width || !contentRect.height) return;
    Object.assign(size, {width: contentRect.width, height: contentRect.height});
    if (plot) plot.setSize(size);
    else make();
  });
  const recoloured = new MutationObserver(() => plot?.redraw(false));
  resized.observe(box);
  recoloured.observe(document.body, {attributes: true, attributeFilter: ['class']});

  const update = (/** @type {Spec} */ next) => {
    spec = next;
    data = table(spec.series, spec.log);
    const kinds = JSON.stringify([
      spec.size,
      spec.series.map(one => [one.kind, one.colour, one.width, one.alpha]),
    ]);
    if (plot && kinds === shape && data[0].length) plot.setData(data);
    else make();
    shape = kinds;
  };
  update(spec);
  return {
    update,
    destroy() {
      resized.disconnect();
      recoloured.disconnect();
      plot?.destroy();
    },
  };
}

/**
 * What uPlot is told.
 * @param {HTMLElement} box
 * @param {() => {spec: Spec, data: any, range: [number, number]}} now
 */
function options(box, now) {
  const css = (/** @type {string} */ name) => getComputedStyle(box).getPropertyValue(name).trim();
  const {spec} = now();
  const bare = spec.size === 'bare';
  return {
    padding: !bare ? [8, 24, 0, 0] : spec.marks ? [4, 0, FOOT, 0] : [0, 0, 0, 0],
    legend: {show: false},
    cursor: {
      show: Boolean(spec.hover || spec.click || spec.zoom),
      x: Boolean(spec.hover) && !bare,
      y: false,
      drag: {x: false, y: false, setScale: false},
      points: {show: false},
    },
    scales: {
      x: {time: false, range: () => now().range},
      y: {range: () => now().spec.height || bounds(now().data, ...now().range, now().spec)},
    },
    series: [{}, ...spec.series.map((_, at) => drawn(css, now, at))],
    axes: bare ? [{show: false}, {show: false}] : axes(css, now),
    hooks: {
      drawClear: [
        (/** @type {any} */ plot) =>
          drawBeneath(plot, library().pxRatio, css, beneath(plot, now()), now().range),
      ],
      setCursor: [(/** @type {any} */ plot) => now().spec.hover?.(plot.cursor.idx ?? null)],
    },
  };
}

/** What is drawn beneath the data. @param {any} plot @param {{spec: Spec, data: any}} now */
function beneath(plot, {spec, data}) {
  const top = plot.scales.y.max;
  const [all, ...columns] = data;
  const above = spec.clip
    ? all.filter((/** @type {number} */ _, /** @type {number} */ at) =>
        columns.some((/** @type {any[]} */ column) => column[at] > top),
      )
    : [];
  const to = spec.total ? (all[all.length - 1] ?? 0) : null;
  return {marks: spec.marks, notches: spec.notches, to, above};
}

/**
 * One series as uPlot is told of it.
 * @param {(name: string) => string} css
 * @param {() => {spec: Spec, data: any}} now
 * @param {number} at
 */
function drawn(css, now, at) {
  const {kind = 'line', colour, width = 1.5, alpha = 1, dot = 8} = now().spec.series[at];
  const stroke = () => css(colour);
  if (kind === 'bars')
    return {
      fill: stroke,
      alpha,
      width: 0,
      points: {show: false},
      paths: library().paths.bars({size: [1, 400], gap: 1}),
    };
  const dots = {show: true, size: dot, width: 0, fill: stroke, stroke};
  if (kind === 'points') return {stroke, alpha, paths: () => null, points: dots};
  // A line through one point would not be seen.
  const single = () => now().spec.series[at].y.length === 1;
  return {stroke, alpha, width, pxAlign: 0, spanGaps: true, points: {...dots, show: single}};
}

/**
 * Figures left and below, fine rules across.
 * @param {(name: string) => string} css
 * @param {() => {spec: Spec, data: any}} now
 */
function axes(css, now) {
  const small = now().spec.size === 'small';
  const common = {font: FONT, stroke: () => css('--body-text-color-subdued'), ticks: {show: false}};
  const y = {
    ...common,
    size: small ? 44 : 52,
    gap: 6,
    grid: {stroke: () => css('--border-color-primary'), width: 1},
    splits: (
      /** @type {any} */ _plot,
      /** @type {number} */ _axis,
      /** @type {number} */ low,
      /** @type {number} */ high,
    ) => (now().spec.log ? powers : ticks)(low, high, small ? 4 : 6),
    values: (/** @type {any} */ _plot, /** @type {number[]} */ values) =>
      now().spec.log ? values.map(value => labels([10 ** value])[0]) : labels(values),
  };
  const x = {
    ...common,
    size: 22,
    gap: 6,
    grid: {show: false},
    splits: (
      /** @type {any} */ plot,
      /** @type {number} */ _axis,
      /** @type {number} */ from,
      /** @type {number} */ to,
    ) => {
      const room = Math.floor((plot.width - 60) / (small ? 55 : 75));
      const integer = now().data[0].every(Number.isInteger);
      return ticks(from, to, Math.max(2, Math.min(small ? 4 : 12, room)), {integer});
    },
    values: (/** @type {any} */ _plot, /** @type {number[]} */ values) => labels(values),
  };
  return [x, y];
}

/** A chart as a part of a tree: `class`, `label` and `spec`. */
export class Plot extends Component {
  box = createRef();

  componentDidMount() {
    this.chart = createChart(/** @type {any} */ (this.box.current), this.props.spec);
  }

  componentDidUpdate() {
    this.chart?.update(this.props.spec);
  }

  componentWillUnmount() {
    this.chart?.destroy();
  }

  /** @param {any} props */
  render({label, ...more}) {
    return h('div', {
      class: more.class,
      title: more.title,
      role: 'img',
      'aria-label': label,
      ref: this.box,
    });
  }
}
