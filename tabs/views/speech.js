// @ts-check
// Speech in its text, shared by the review and the pairs: a hue for each person, marks with names, paragraphs.
import {element} from './kit/parts.js';

const kept = {}; // set → name → hue: a person keeps the colour while counts change
const hues = set => (kept[set] ||= new Map());

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
  return {text, stop: wrapped ? /\n(?:[ \t\r]*\n)+/g : /\n(?:[ \t\r\u3000]*\n)*/g};
};

// Colours of the persons of a set, the busiest first; one that the table gives wins.
export function learn(set, people) {
  const own = hues(set);
  for (const [name, , given] of people) {
    if (Number.isInteger(given)) own.set(name, given % 8);
    else if (name !== null && !own.has(name)) own.set(name, own.size % 8);
  }
}

export function hue(set, name) {
  if (name === null || name === undefined) return 'h-none';
  const own = hues(set);
  if (!own.has(name)) own.set(name, own.size % 8);
  return 'h' + own.get(name);
}

// The text with a mark for each span: {start, end, make(text) → elements}. Gives the body, and where something can stand
// behind a place: at the end of its paragraph or, where that is far, behind a later line or sentence.
export function lay(text, offset, spans) {
  const body = element('div.ink-chunk.plain'),
    shown = paragraphs(text),
    ends = [];
  const stop = new RegExp(`${shown.stop.source}|[。！？]+|[.!?]+(?=\\s)`, 'g');
  const plain = (from, to) => {
    let at = from;
    for (const found of shown.text.slice(from, to).matchAll(stop)) {
      const end = from + found.index + found[0].length,
        node = document.createTextNode(shown.text.slice(at, end).replace(/\r/g, ''));
      body.append(node);
      ends.push({
        at: offset + end,
        node,
        whole: found[0][0] === '\n',
        blank: /\n[^\n]*\n/.test(found[0]),
      });
      at = end;
    }
    if (at < to) body.append(shown.text.slice(at, to).replace(/\r/g, ''));
  };
  let at = 0;
  for (const span of spans) {
    const from = Math.max(at, span.start - offset),
      to = Math.min(text.length, span.end - offset);
    if (to <= from) continue;
    plain(at, from);
    const [mark, ...beside] = span.make(shown.text.slice(from, to).replace(/\r/g, ''));
    const closing = /^["'”’»」』]/.exec(shown.text[to] || '')?.[0] || ''; // the name stands behind the closing quote mark
    body.append(mark, closing, ...beside);
    at = to + closing.length;
    ends.push({at: offset + at, node: body.lastChild});
  }
  plain(at, text.length);
  return {
    body,
    after: (end, reach) => {
      const behind = ends.filter(e => e.at >= end),
        whole = behind.find(e => e.whole);
      return (
        ((!whole || whole.at > end + reach) && behind.filter(e => e.at <= end + reach).at(-1)) ||
        whole ||
        null
      );
    },
  };
}
