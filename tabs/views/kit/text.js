// @ts-check
// Text as the views show it: numbers, words with places in them, offsets and white space. Text from
// books, models and people only ever becomes text nodes, never markup: nothing here makes any.

/**
 * The JSON value of a text; an empty object where it is none.
 * @param {string | null | undefined} text
 * @returns {any}
 */
export function parse(text) {
  try {
    return JSON.parse(text || '{}');
  } catch {
    return {};
  }
}

/**
 * A number with its thousands set apart; anything else as it is.
 * @template T
 * @param {T} value
 * @returns {T | string}
 */
export function number(value) {
  return typeof value === 'number' ? value.toLocaleString('en-US') : value;
}

/**
 * A share of one in whole percent.
 * @param {number} share
 */
export function percent(share) {
  return `${Math.round(100 * share)} %`;
}

/**
 * `{name}` in a text replaced by the value of that name.
 * @param {string | null | undefined} text
 * @param {Record<string, unknown>} values
 */
export function fill(text, values) {
  return (text || '').replace(/\{(\w+)\}/g, (_, key) => String(values[key]));
}

/**
 * The line ends of other systems as this one's.
 * @param {string} text
 */
export function lines(text) {
  return text.replace(/\r\n?/g, '\n');
}

/**
 * Names apart by a comma or semicolon of either script, each once, without blanks around them.
 * @param {string | string[]} text
 * @returns {string[]}
 */
export function names(text) {
  const parts = typeof text === 'string' ? text.split(/[,，、;；]/) : text;
  return [...new Set(parts.map(part => part.trim()).filter(Boolean))];
}

/** Whether a text holds a sign between names. @param {string} text */
export function separated(text) {
  return /[,，、;；]/.test(text);
}

/**
 * A text's width in pixels, roughly: Chinese characters are twice as wide as Latin ones.
 * @param {string} text
 * @param {number} [each] pixels of a Latin character
 */
export function width(text, each = 7) {
  return each * [...text].reduce((sum, one) => sum + (one > '\u2e80' ? 2 : 1), 0);
}

/**
 * White space and control characters as signs that can be seen.
 * @param {string} text
 */
export function visible(text) {
  return text
    .replace(/\r/g, '␍')
    .replace(/\n/g, '⏎\n')
    .replace(/\t/g, '⇥')
    .replace(/\u3000/g, '□')
    .replace(/\u00a0/g, '⍽')
    .replace(/[\u200b-\u200f\u2060\ufeff\u00ad]/g, '·')
    .replace(/ {2,}/g, run => '␠'.repeat(run.length))
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, '¤')
    .replace(/^ | $/g, '␠');
}
