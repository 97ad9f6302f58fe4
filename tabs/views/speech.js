// @ts-check
// Speech in its text, shared by the review and the pairs: a hue for each person, marks with names, paragraphs.
import {element} from './kit/parts.js';

const HUES = 8;
const chosen = {}; // set → name → hue that its table of characters gives

/**
 * The hue of a name: the same in every set, session and browser, whoever else speaks (FNV-1a).
 * @param {string} name
 */
export const named = name => {
  let mixed = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name.normalize('NFC').trim()))
    mixed = Math.imul(mixed ^ byte, 0x01000193) >>> 0;
  return ((mixed ^ (mixed >>> 16)) >>> 0) % HUES;
};

// A window of text by paragraphs, with offsets kept: hard-wrapped lines are joined for the eye, verse stays.
export const paragraphs = text => {
  // Wrapped by hand: the lines before a block's last are nearly all as long as the longest. Paragraphs of a line each are not.
  const blocks = text.split(/\n[ \t\r]*\n/);
  const inner = blocks
    .flatMap(block =>
      block
        .trim()
        .split('\n')
        .slice(0, -1)
        .map(line => line.trim().length),
    )
    .sort((a, b) => a - b);
  const longest = inner[Math.floor(inner.length * 0.95)] || 0;
  const wrapped =
    blocks.length > 1 &&
    longest >= 50 &&
    longest <= 120 &&
    inner.filter(n => n > longest * 0.75).length > inner.length * 0.6;
  if (wrapped) text = text.replace(/([^\n]{50,})\n(?=[^\s])/g, '$1 ');
  return text;
};

// The colours that a set's table of characters gives; they win over those of the names.
export function learn(set, people) {
  chosen[set] = new Map(
    people.filter(([, , given]) => Number.isInteger(given)).map(([name, , given]) => [name, given % HUES]),
  );
}

export function hue(set, name) {
  if (name === null || name === undefined) return 'h-none';
  return 'h' + (chosen[set]?.get(name) ?? named(name));
}

// The text with a mark for each span: {start, end, make(text) → elements}.
export function lay(text, offset, spans) {
  const body = element('div.ink-chunk.plain'),
    shown = paragraphs(text);
  const plain = (/** @type {number} */ from, /** @type {number} */ to) => {
    if (from < to) body.append(shown.slice(from, to).replace(/\r/g, ''));
  };
  let at = 0;
  for (const span of spans) {
    const from = Math.max(at, span.start - offset),
      to = Math.min(text.length, span.end - offset);
    if (to <= from) continue;
    plain(at, from);
    const [mark, ...beside] = span.make(shown.slice(from, to).replace(/\r/g, ''));
    const closing = /^["'”’»」』]/.exec(shown[to] || '')?.[0] || ''; // the name stands behind the closing quote mark
    body.append(mark, closing, ...beside);
    at = to + closing.length;
  }
  plain(at, text.length);
  return {body};
}
