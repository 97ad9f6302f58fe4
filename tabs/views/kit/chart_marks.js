// @ts-check
// What is drawn under and beside the data of a chart: upright lines with a foot, notches at the axis,
// the part that is still to come, and where points lie above what is shown.

export const FOOT = 12; // pixels under the data for the feet of marks
const HATCH = 9; // pixels between the lines of what is to come

/**
 * @param {any} plot
 * @param {number} ratio pixels of the device for one of the page
 * @param {(name: string) => string} css
 * @param {{marks?: number[], notches?: number[], to?: number | null, above?: number[]}} what `to`: from
 *   there on nothing has come yet
 * @param {[number, number]} range
 */
export function drawBeneath(plot, ratio, css, {marks = [], notches = [], to = null, above = []}, range) {
  const inside = (/** @type {number} */ x) => x >= range[0] && x <= range[1];
  const place = (/** @type {number} */ x) => Math.round(plot.valToPos(x, 'x', true)) + 0.5;
  const {ctx} = plot;
  ctx.save();
  if (to !== null && to < range[1]) hatch(plot, ratio, css, place(Math.max(to, range[0])));
  ctx.strokeStyle = css('--ink-seal');
  for (const x of marks.filter(inside)) upright(plot, ratio, place(x));
  ctx.globalAlpha = 1;
  ctx.fillStyle = css('--body-text-color-subdued');
  for (const x of notches.filter(inside)) wedge(plot, ratio, place(x), false);
  ctx.fillStyle = css('--ink-slate');
  for (const x of above.filter(inside)) wedge(plot, ratio, place(x), true);
  ctx.restore();
}

/** Slanted lines from `left` to the right end. @param {any} plot @param {number} ratio @param {(name: string) => string} css @param {number} left */
function hatch({ctx, bbox}, ratio, css, left) {
  const [right, top, end] = [bbox.left + bbox.width, bbox.top, bbox.top + bbox.height];
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, right - left, bbox.height);
  ctx.clip();
  ctx.strokeStyle = css('--border-color-primary');
  ctx.lineWidth = ratio;
  ctx.beginPath();
  for (let x = left - bbox.height; x < right; x += HATCH * ratio) {
    ctx.moveTo(x, end);
    ctx.lineTo(x + bbox.height, top);
  }
  ctx.stroke();
  ctx.restore();
}

/** A fine line through the data with a strong foot below. @param {any} plot @param {number} ratio @param {number} at */
function upright({ctx, bbox}, ratio, at) {
  const end = bbox.top + bbox.height;
  for (const [alpha, width, top, bottom] of [
    [0.35, 1, bbox.top - 2 * ratio, end + (FOOT - 2) * ratio],
    [1, 2, end + (FOOT - 9) * ratio, end + FOOT * ratio],
  ]) {
    ctx.globalAlpha = alpha;
    ctx.lineWidth = width * ratio;
    ctx.beginPath();
    ctx.moveTo(at, top);
    ctx.lineTo(at, bottom);
    ctx.stroke();
  }
}

/** A small wedge at the foot of the data, or at their top. @param {any} plot @param {number} ratio @param {number} at @param {boolean} up */
function wedge({ctx, bbox}, ratio, at, up) {
  const [base, tip] = up
    ? [bbox.top + 6 * ratio, bbox.top]
    : [bbox.top + bbox.height, bbox.top + bbox.height - 7 * ratio];
  ctx.beginPath();
  ctx.moveTo(at - 4 * ratio, base);
  ctx.lineTo(at + 4 * ratio, base);
  ctx.lineTo(at, tip);
  ctx.fill();
}
