// @ts-check
// An exchange of the chat as a picture: drawn on a canvas in the page, asked of nobody.
import {fill} from './text.js';

/** What may not begin a line, and what may not end one (GB/T 15834 and common typesetting). */
const NO_START = /^[，。！？；：、…—”’」』）》〉】〕,.!?;:%)\]}»]/;
const NO_END = /[“‘「『（《〈【〔([{«]$/;
const PIECE = /\p{Script=Han}|[^\s\p{Script=Han}，。！？；：、…—“”‘’「」『』（）《》〈〉【】〔〕]+|\s+|[^]/gu;

/**
 * A text in lines of at most `width`: at blanks, in Chinese between characters, never with a closing
 * mark at a line's beginning or an opening one at its end; what is longer than a line is cut.
 * @param {string} text
 * @param {number} width
 * @param {(text: string) => number} measure
 * @returns {string[]}
 */
export function wrap(text, width, measure) {
  return text.split('\n').flatMap(paragraph => {
    /** @type {string[]} */
    const lines = [];
    let line = '';
    for (const piece of units(paragraph)) {
      if (measure((line + piece).trimEnd()) <= width) {
        line += piece;
        continue;
      }
      if (line.trim()) lines.push(line.trimEnd());
      line = '';
      for (const one of [...piece.trimStart()])
        if (line && measure(line + one) > width) {
          lines.push(line);
          line = one;
        } else line += one;
    }
    lines.push(line.trimEnd());
    return lines;
  });
}

/** What must stay on one line: words and characters with the marks that belong to them. @param {string} text */
function units(text) {
  /** @type {string[]} */
  const found = [];
  for (const piece of text.match(PIECE) || []) {
    const last = found.length - 1;
    const blank = !piece.trim();
    if (last >= 0 && found[last].trim() && (blank ? false : NO_START.test(piece) || NO_END.test(found[last])))
      found[last] += piece;
    else found.push(piece);
  }
  return found;
}

const SERIF = 'Georgia, "Songti SC", "Noto Serif CJK SC", "SimSun", serif';
const SANS = 'system-ui, "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif';
const INK = {paper: '#FAF8F4', text: '#1F2328', faint: '#62666D', rule: '#E5E0D7', base: '#5F666F', tuned: '#2F4B7C', seal: '#B5402E'};
const [WIDE, EDGE, GAP, SCALE] = [1080, 56, 40, 2];
/** A canvas that is taller than this is more than browsers make. */
const TALLEST = 16000;

/**
 * The picture of a round: what was asked, and base and tuned side by side with their names.
 * @param {{text: string, at: number, replies: Record<string, {text: string, name: string}>}} round
 * @param {Record<string, string>} w
 * @param {HTMLCanvasElement} [canvas]
 */
export function picture(round, w, canvas = document.createElement('canvas')) {
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  const voices = ['base', 'tuned'].filter(name => round.replies[name]?.text);
  const column = (WIDE - 2 * EDGE - GAP * (voices.length - 1)) / (voices.length || 1);
  const lines = (/** @type {string} */ text, /** @type {string} */ font, /** @type {number} */ width) => {
    pen.font = font;
    return wrap(text, width, part => pen.measureText(part).width);
  };
  const [asked, said] = [`600 26px ${SERIF}`, `20px ${SERIF}`];
  const question = lines(round.text, asked, WIDE - 2 * EDGE);
  const columns = voices.map(name => lines(round.replies[name].text, said, column));
  const top = EDGE + question.length * 38 + 36;
  const most = Math.floor((TALLEST / SCALE - top - 160) / 34);
  const shown = columns.map(one => (one.length > most ? [...one.slice(0, most), '…'] : one));
  const height = top + 44 + Math.max(1, ...shown.map(one => one.length)) * 34 + 76;
  canvas.width = WIDE * SCALE;
  canvas.height = height * SCALE;
  pen.scale(SCALE, SCALE);
  pen.fillStyle = INK.paper;
  pen.fillRect(0, 0, WIDE, height);
  pen.textBaseline = 'top';
  const write = (/** @type {string} */ text, /** @type {string} */ font, /** @type {string} */ colour, /** @type {number} */ x, /** @type {number} */ y) => {
    Object.assign(pen, {font, fillStyle: colour});
    pen.fillText(text, x, y);
  };
  question.forEach((line, at) => write(line, asked, INK.text, EDGE, EDGE + at * 38));
  voices.forEach((name, place) => {
    const x = EDGE + place * (column + GAP);
    const colour = name === 'tuned' ? INK.tuned : INK.base;
    pen.fillStyle = colour;
    pen.fillRect(x, top, column, 3);
    const who = lines(round.replies[name].name || w[name], `600 16px ${SANS}`, column)[0];
    write(who, `600 16px ${SANS}`, colour, x, top + 14);
    shown[place].forEach((line, at) => write(line, said, INK.text, x, top + 50 + at * 34));
  });
  pen.fillStyle = INK.rule;
  pen.fillRect(EDGE, height - 56, WIDE - 2 * EDGE, 1);
  const day = new Date(round.at * 1000).toLocaleDateString(document.documentElement.lang || undefined, {year: 'numeric', month: 'long', day: 'numeric'});
  write('Inkwell', `600 17px ${SERIF}`, INK.seal, EDGE, height - 42);
  if (round.at) write(day, `14px ${SANS}`, INK.faint, EDGE + 90, height - 40);
  return canvas;
}

/**
 * Hand the picture of a round to the browser as a file.
 * @param {any} round
 * @param {Record<string, string>} w
 */
export function save(round, w) {
  picture(round, w).toBlob(blob => {
    if (!blob) return;
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = fill('inkwell-{day}.png', {day: new Date((round.at || 0) * 1000 || Date.now()).toISOString().slice(0, 10)});
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }, 'image/png');
}
