// @ts-check
// The options above the tokens: stage, cutoff with the lengths of all rows behind it, and switches.
// A change is told to Python a moment later; what is chosen is shown at once.
import {Component, Field, html} from './kit/list.js';
import {fill, number} from './kit/text.js';

const WAIT_MS = 90; // a slider that is drawn asks for its last place, not for each
const STOPS = 16; // of each doubling
const WIDE = 1000;

/** @typedef {{low: number, high: number}} Scale in tokens, powers of two */

/**
 * What the slider spans: from 16 tokens, or the least that may be, to beyond the longest row.
 * @param {{lowest: number, highest: number, longest: number, state: {cutoff_len: number}}} given
 * @returns {Scale}
 */
export function scale({lowest, highest, longest, state}) {
  const most = Math.max(longest, state.cutoff_len, 2048) * 1.01;
  const low = Math.max(lowest, Math.min(16, state.cutoff_len));
  return {low, high: Math.min(highest, 2 ** Math.ceil(Math.log2(most)))};
}

/** Where a cutoff lies on the scale, from 0 to 1. @param {number} tokens @param {Scale} span */
export function place(tokens, {low, high}) {
  const at = Math.log2(Math.max(1, tokens) / low) / Math.log2(high / low);
  return Math.min(1, Math.max(0, at));
}

/**
 * The cutoff at a place: round, in sixteen stops to each doubling.
 * @param {number} at from 0 to 1
 * @param {Scale} span
 */
export function cutoffAt(at, {low, high}) {
  const exact = low * (high / low) ** at;
  const step = Math.max(1, 2 ** Math.floor(Math.log2(exact)) / STOPS);
  return Math.min(high, Math.max(low, Math.round(exact / step) * step));
}

/** The lengths of all rows as bars. @param {{bins: [number, number, number][], span: Scale, cutoff: number, w: any}} props */
const Lengths = ({bins, span, cutoff, w}) => {
  const tallest = Math.max(1, ...bins.map(one => one[2]));
  const line = WIDE * place(cutoff, span);
  return html`<svg class="ink-lengths" viewBox="0 0 ${WIDE} 26" preserveAspectRatio="none" aria-hidden="true">
    ${bins
      .filter(one => one[2])
      .map(([from, to, rows]) => {
        const [x, end] = [WIDE * place(from, span), WIDE * place(Math.max(to, from + 1), span)];
        const height = Math.max(1, (24 * rows) / tallest);
        return html`<rect key=${from} class=${from >= cutoff ? 'beyond' : null} x=${x} y=${26 - height} width=${Math.max(2, end - x - 2)} height=${height}>
          <title>${fill(w.bin, {rows: number(rows), low: number(from), high: number(Math.max(from, to - 1))})}</title></rect>`;
      })}
    <line class="ink-lengths-cut" x1=${line} x2=${line} y1="0" y2="26" vector-effect="non-scaling-stroke" />
  </svg>`;
};

/** The options. `found` as `token_options.shown` gives it, `act` sends an event. */
export class TokenOptions extends Component {
  /** What was chosen and not yet answered. @param {object} more */
  choose(more) {
    const state = {...this.props.found.state, ...this.asked, ...more};
    this.asked = state;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.props.act({act: 'options', tokens: state}), WAIT_MS);
    this.setState({});
  }

  /** The answer to what was asked ends the waiting. @param {any} next */
  componentWillReceiveProps(next) {
    const {state} = next.found;
    const same = (/** @type {string} */ name) => this.asked[name] === state[name];
    if (this.asked && Object.keys(state).every(same)) this.asked = null;
  }

  /** @param {any} event */
  typed(event) {
    const {lowest, highest} = this.props.found;
    const value = Math.round(Number(event.target.value));
    if (value >= lowest && value <= highest) this.choose({cutoff_len: value});
    else event.target.value = this.props.found.state.cutoff_len;
  }

  render() {
    const {found} = this.props;
    const w = found.words;
    const state = {...found.state, ...this.asked};
    const span = scale({...found, state: found.state});
    const set = (/** @type {string} */ name, /** @type {any} */ value) => this.choose({[name]: value});
    const move = (/** @type {any} */ event) =>
      this.choose({cutoff_len: cutoffAt(Number(event.target.value) / WIDE, span)});
    return html`<div class="ink-token-options">
      <label title=${w.help.stage}>${w.stage}
        <select data-field="stage" value=${state.stage} disabled=${found.stages.length < 2}
          onchange=${(/** @type {any} */ event) => set('stage', event.target.value)}>
          ${found.stages.map((/** @type {any} */ [name, label]) => html`<option value=${name} selected=${name === state.stage}>${label}</option>`)}
        </select></label>
      <div class="ink-cutoff-field" title=${w.help.cutoff}>
        <label for="token-cutoff">${found.cutoff_label}</label>
        <span class="ink-cutoff-slider">
          <${Lengths} bins=${found.bins} span=${span} cutoff=${state.cutoff_len} w=${w} />
          <input type="range" min="0" max=${WIDE} step="1" data-field="cutoff-slider"
            value=${Math.round(WIDE * place(state.cutoff_len, span))} oninput=${move}
            aria-label=${found.cutoff_label} aria-valuetext=${fill(w.slider, {n: number(state.cutoff_len)})} />
        </span>
        <${Field} id="token-cutoff" type="number" data-field="cutoff" min=${found.lowest} max=${found.highest}
          value=${state.cutoff_len} onchange=${(/** @type {any} */ event) => this.typed(event)} />
      </div>
      ${found.switches.map(
        (/** @type {any} */ [name, label, help]) => html`<label key=${name} class="ink-switch" title=${help}>
        <input type="checkbox" data-field=${name} checked=${state[name]}
          onchange=${(/** @type {any} */ event) => set(name, event.target.checked)} /> ${label}</label>`,
      )}
      <label title=${w.help.batch}>${w.batch}
        <${Field} type="number" data-field="batch" min="1" max="65536" value=${state.batch}
          onchange=${(/** @type {any} */ event) => set('batch', Math.max(1, Math.round(Number(event.target.value)) || 1))} /></label>
    </div>`;
  }
}

/** Figures of the whole set beside its share. @param {{figures: [string, string, boolean][]}} props */
export const WholeFigures = ({figures}) => html`<dl class="ink-whole-figures">${(figures || []).map(
  ([label, value, loss]) => html`<div key=${label} class=${loss ? 'loss' : null}><dt>${label}</dt><dd>${value}</dd></div>`,
)}</dl>`;
