// @ts-check
// Where two texts differ: by words, in Chinese by characters.

/** A Chinese character, a word, blanks, or a mark. */
const PIECE = /\p{Script=Han}|[\p{L}\p{N}][\p{L}\p{N}'’-]*|\s+|[^]/gu;
const LARGEST = 4_000_000; // comparisons; beyond, a page would stand still

/** @typedef {{text: string, differs: boolean}} Run */

/**
 * How long a text is: in Chinese characters where it has more of them than words, else in words.
 * @param {string} text
 * @returns {{count: number, unit: 'characters' | 'words'}}
 */
export function size(text) {
  const han = text.match(/\p{Script=Han}/gu)?.length || 0;
  const words = text.match(/(?!\p{Script=Han})[\p{L}\p{N}](?:(?!\p{Script=Han})[\p{L}\p{N}'’-])*/gu);
  const count = words?.length || 0;
  return han > count ? {count: han, unit: 'characters'} : {count, unit: 'words'};
}

/**
 * Both texts as runs that the other has too and runs that it has not; null where they are too long
 * to be compared.
 * @param {string} one
 * @param {string} other
 * @returns {[Run[], Run[]] | null}
 */
export function differences(one, other) {
  const [a, b] = [pieces(one), pieces(other)];
  let first = 0;
  while (first < a.length && first < b.length && a[first] === b[first]) first++;
  let last = 0;
  while (
    last < a.length - first &&
    last < b.length - first &&
    a[a.length - 1 - last] === b[b.length - 1 - last]
  )
    last++;
  const [left, right] = [a.slice(first, a.length - last), b.slice(first, b.length - last)];
  if (left.length * right.length > LARGEST) return null;
  const [keptLeft, keptRight] = common(left, right);
  const all = (/** @type {string[]} */ whole, /** @type {boolean[]} */ kept) =>
    runs(
      whole,
      whole.map((_, at) => at < first || at >= whole.length - last || kept[at - first]),
    );
  return [all(a, keptLeft), all(b, keptRight)];
}

/** @param {string} text @returns {string[]} */
const pieces = text => text.match(PIECE) || [];

/**
 * Which pieces belong to the longest series that both have.
 * @param {string[]} left
 * @param {string[]} right
 * @returns {[boolean[], boolean[]]}
 */
function common(left, right) {
  const width = right.length + 1;
  const longest = new Uint32Array((left.length + 1) * width);
  for (let i = left.length - 1; i >= 0; i--)
    for (let j = right.length - 1; j >= 0; j--)
      longest[i * width + j] =
        left[i] === right[j]
          ? longest[(i + 1) * width + j + 1] + 1
          : Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
  const [a, b] = [left.map(() => false), right.map(() => false)];
  let [i, j] = [0, 0];
  while (i < left.length && j < right.length)
    if (left[i] === right[j]) {
      a[i++] = true;
      b[j++] = true;
    } else if (longest[(i + 1) * width + j] >= longest[i * width + j + 1]) i++;
    else j++;
  return [a, b];
}

/**
 * Neighbours of one kind together. A blank differs where what stands on both its sides does, or where
 * nothing but it does.
 * @param {string[]} whole
 * @param {boolean[]} kept
 * @returns {Run[]}
 */
function runs(whole, kept) {
  const differs = whole.map((piece, at) => {
    if (piece.trim()) return !kept[at];
    const [before, after] = [kept[at - 1] === false, kept[at + 1] === false];
    return (before && after) || (!kept[at] && !before && !after);
  });
  /** @type {Run[]} */
  const found = [];
  whole.forEach((text, at) => {
    const before = found[found.length - 1];
    if (before && before.differs === differs[at]) before.text += text;
    else found.push({text, differs: differs[at]});
  });
  return found;
}
