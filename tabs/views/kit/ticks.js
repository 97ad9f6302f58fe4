// @ts-check
// Round values beside an axis: inside what is shown, none twice, whole numbers where only those are.

const STEPS = [1, 2, 5]; // times a power of ten

/**
 * Ticks from low to high.
 * @param {number} low
 * @param {number} high
 * @param {number} most how many there is room for
 * @param {{integer?: boolean}} [options] integer: only whole numbers
 * @returns {number[]}
 */
export function ticks(low, high, most, {integer = false} = {}) {
  if (!(high > low) || !Number.isFinite(high - low))
    return Number.isFinite(low) && (!integer || Number.isInteger(low)) ? [low] : [];
  let power = 10 ** Math.floor(Math.log10((high - low) / Math.max(1, most)) - 1);
  if (integer) power = Math.max(1, power);
  for (; ; power *= 10)
    for (const one of STEPS) {
      const step = one * power;
      const first = Math.ceil(low / step - 1e-9);
      const last = Math.floor(high / step + 1e-9);
      if (last - first + 1 > Math.max(1, most)) continue;
      // By whole multiples: added up, 0.1 would drift. −0 is 0.
      return Array.from(
        {length: Math.max(0, last - first + 1)},
        (_, at) => Number(((first + at) * step).toPrecision(12)) + 0,
      );
    }
}

/**
 * Ticks of an axis of powers of ten, from 10^low to 10^high, as their exponents: the powers; where
 * fewer than two stand inside, also 2 and 5 times one, then round values between.
 * @param {number} low
 * @param {number} high
 * @param {number} most
 * @returns {number[]}
 */
export function powers(low, high, most) {
  const whole = ticks(low, high, most, {integer: true});
  if (whole.length > 1) return whole;
  const between = [];
  for (let power = Math.floor(low); power <= Math.ceil(high); power++)
    for (const part of [1, 2, 5]) {
      const at = Math.log10(part) + power;
      if (at >= low && at <= high) between.push(at);
    }
  if (between.length > 1) return between;
  return ticks(10 ** low, 10 ** high, most)
    .filter(value => value > 0)
    .map(Math.log10);
}

/**
 * What stands beside the ticks of one axis: as many decimals as tell them apart, thousands set apart,
 * very small and very large ones as powers.
 * @param {number[]} values
 * @returns {string[]}
 */
export function labels(values) {
  const largest = Math.max(...values.map(Math.abs), 0);
  const gaps = values.slice(1).map((value, at) => Math.abs(value - values[at]));
  const near = Math.min(...gaps, largest || 1) / 1000;
  const exact = (/** @type {(digits: number) => (value: number) => string} */ written) => {
    let digits = 0;
    const off = (/** @type {number} */ value) => Math.abs(Number(written(digits)(value)) - value);
    while (digits < 12 && values.some(value => off(value) > near)) digits++;
    return digits;
  };
  if (largest !== 0 && (largest < 1e-3 || largest >= 1e7)) {
    const digits = exact(count => value => value.toExponential(count));
    return values.map(value => (value === 0 ? '0' : shorter(value.toExponential(digits))));
  }
  const decimals = exact(count => value => value.toFixed(count));
  const how = {minimumFractionDigits: decimals, maximumFractionDigits: decimals};
  return values.map(value => value.toLocaleString('en-US', how));
}

/** 1.00e-4 as 1e-4. @param {string} text */
const shorter = text => text.replace(/(\.\d*?)0+e/, '$1e').replace('.e', 'e').replace('e+', 'e');
