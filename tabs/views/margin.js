// @ts-check
// The similarity from sentence to sentence as a sparkline in the margin of the book, at the height of
// each sentence; the place under the pointer is marked in it, and the cut that stands or would stand
// there is drawn.
import {Component, html} from './kit/list.js';

const WIDE = 44; // pixels of the margin

/**
 * Where each border stands, and how far out its similarity lies: the least at the text, the greatest
 * at the edge. Borders without a similarity are left out.
 * @param {(number | null)[]} values similarity at each sentence's beginning
 * @param {number[]} heights pixels from the top of the text, of the same sentences
 * @returns {{at: number, y: number, x: number}[]} at: the sentence's number
 */
export const points = (values, heights) => {
  const known = values.filter(value => value !== null);
  const low = Math.min(...known),
    range = Math.max(...known) - low || 1;
  return values.flatMap((value, at) =>
    value === null ? [] : [{at, y: heights[at], x: WIDE * ((value - low) / range)}],
  );
};

/** The number of the height that is nearest to one. @param {number[]} heights @param {number} y */
export const nearest = (heights, y) => {
  let best = 0;
  for (let at = 1; at < heights.length; at++)
    if (Math.abs(heights[at] - y) < Math.abs(heights[best] - y)) best = at;
  return best;
};

/** Props: values, cuts (whether a cut stands there), passage() → the element that scrolls, shown(value | null), label. */
export class Margin extends Component {
  componentDidMount() {
    this.heights = [];
    this.spans = [];
    this.sizes = new ResizeObserver(() => this.later());
    this.sizes.observe(this.props.passage());
    this.later();
    const passage = this.props.passage();
    this.moved = (/** @type {any} */ event) => this.point(event);
    this.left = () => this.mark(null);
    passage.addEventListener('pointermove', this.moved);
    passage.addEventListener('pointerleave', this.left);
    passage.addEventListener('focusin', this.moved);
    this.passage = passage;
  }

  componentDidUpdate() {
    this.later();
  }

  componentWillUnmount() {
    this.sizes.disconnect();
    cancelAnimationFrame(this.frame);
    this.passage.removeEventListener('pointermove', this.moved);
    this.passage.removeEventListener('pointerleave', this.left);
    this.passage.removeEventListener('focusin', this.moved);
  }

  later() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.lay());
  }

  /** Measure where the sentences stand, and draw the line. */
  lay() {
    const passage = this.props.passage();
    if (!passage?.clientHeight) return;
    const top = passage.getBoundingClientRect().top - passage.scrollTop;
    this.spans = [...passage.querySelectorAll('[data-at]')];
    this.heights = this.spans.map(span => {
      const first = span.getClientRects()[0] || span.getBoundingClientRect();
      return first.top - top + first.height / 2;
    });
    const drawn = points(this.props.values.slice(0, this.heights.length), this.heights);
    const end = Math.ceil(this.heights.at(-1) || 0);
    this.svg.setAttribute('height', String(end));
    const corner = (/** @type {number} */ x, /** @type {number} */ y) => `${x.toFixed(1)},${y.toFixed(1)}`;
    const shape = drawn.map(one => corner(one.x, one.y));
    if (drawn.length) shape.unshift(corner(0, drawn[0].y));
    if (drawn.length) shape.push(corner(0, drawn[drawn.length - 1].y));
    this.line.setAttribute('points', shape.join(' '));
    this.dots.replaceChildren(
      ...drawn.filter(one => this.props.cuts[one.at]).map(one => {
        const made = document.createElementNS('http://www.w3.org/2000/svg', 'circle');
        for (const [name, value] of Object.entries({cx: one.x, cy: one.y, r: 2.5})) made.setAttribute(name, String(value));
        return made;
      }),
    );
    this.places = new Map(drawn.map(one => [one.at, one]));
  }

  /** The border under the pointer or the focus. @param {any} event */
  point(event) {
    const {target} = event;
    const edge = target.closest?.('[data-place]');
    const sentence = target.closest?.('[data-at]');
    let at = this.spans.indexOf(sentence);
    if (edge) {
      const next = edge.matches('.ink-cut') ? edge.nextElementSibling?.querySelector('[data-at]') : edge.nextElementSibling;
      at = this.spans.indexOf(next);
    } else if (at < 0 && event.clientY !== undefined) {
      const top = this.passage.getBoundingClientRect().top - this.passage.scrollTop;
      at = nearest(this.heights, event.clientY - top);
    }
    this.mark(at < 0 ? null : at, edge);
  }

  /** @param {number | null} at @param {any} [edge] the border itself */
  mark(at, edge) {
    const place = at === null ? null : this.places?.get(at);
    this.props.shown(place ? this.props.values[place.at] : null);
    this.dot.style.display = place ? '' : 'none';
    this.cut.style.display = place && edge ? '' : 'none';
    if (!place) return;
    this.dot.style.transform = `translate(${place.x}px, ${place.y}px)`;
    if (!edge) return;
    const box = edge.getBoundingClientRect(),
      frame = this.passage.getBoundingClientRect();
    const under = edge.matches('.ink-cut') ? box.top + box.height / 2 : box.bottom;
    this.cut.style.transform = `translateY(${under - frame.top + this.passage.scrollTop}px)`;
    this.cut.style.left = `${(edge.matches('.ink-cut') ? box.left : box.left + box.width / 2) - frame.left}px`;
  }

  /** @param {any} props */
  render({label}) {
    return html`<div class="ink-margin" role="img" aria-label=${label}>
      <svg width=${WIDE} ref=${(/** @type {any} */ made) => {
        this.svg = made;
      }}><polyline ref=${(/** @type {any} */ made) => {
        this.line = made;
      }} /><g ref=${(/** @type {any} */ made) => {
        this.dots = made;
      }} /></svg>
      <i class="ink-margin-dot" style="display:none" ref=${(/** @type {any} */ made) => {
        this.dot = made;
      }}></i>
    </div>
    <i class="ink-margin-cut" style="display:none" ref=${(/** @type {any} */ made) => {
      this.cut = made;
    }}></i>`;
  }
}
