// @ts-check
// Which things a list shows, in which order, and which of them are chosen: pure, so that it can be tested.

/** What a search looks through. @param {any} one */
const held = one =>
  [one.name, one.note, one.label, ...one.facts.map((/** @type {[string, string]} */ [, value]) => value)]
    .join(' ')
    .toLowerCase();

/** What a column is sorted by. @type {Record<string, (one: any) => string | number>} */
const KEYS = {
  name: one => one.name.toLowerCase(),
  kind: one => one.label,
  amount: one => one.count,
  size: one => one.bytes,
  when: one => one.at,
};
/** The columns that runs have beside those. */
export const RUN = ['model_name_or_path', 'dataset', 'steps', 'eval_loss', 'seconds'];

/**
 * The things that hold all words of the query, of the kind where one is chosen, by the column; those
 * with a star first, save in a column of runs. Where a run has no value it stands last, either way.
 * @param {any[]} things
 * @param {{query: string, kind: string, archived: boolean, sort: string, down: boolean}} state
 */
export function shelf(things, {query, kind, archived, sort, down}) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const ofRun = RUN.includes(sort);
  const key = ofRun ? (/** @type {any} */ one) => one.run?.[sort]?.[1] ?? null : KEYS[sort] || KEYS.when;
  const found = things.filter(one => {
    if (one.archived !== archived || (kind && one.kind !== kind)) return false;
    const text = words.length ? held(one) : '';
    return words.every(word => text.includes(word));
  });
  const order = (/** @type {any} */ a, /** @type {any} */ b) => {
    const [x, y] = [key(a), key(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    const by =
      typeof x === 'string' && typeof y === 'string' ? x.localeCompare(y) : Number(x) - Number(y);
    return (ofRun ? 0 : Number(b.starred) - Number(a.starred)) || (down ? -by : by);
  };
  return found.sort(order);
}

/**
 * What is chosen after a press on one of the shown things. `chosen` and what is given back are refs
 * in the order of the list; `anchor` is where a row of them begins.
 * @param {string[]} shown @param {{chosen: string[], anchor: string}} state
 * @param {string} ref @param {{row?: boolean, one?: boolean}} how row: all from the anchor to this
 *   one; one: this one more or less
 * @returns {{chosen: string[], anchor: string}}
 */
export function choose(shown, {chosen, anchor}, ref, {row = false, one = false}) {
  const start = shown.includes(anchor) ? anchor : ref;
  if (row) {
    const ends = [shown.indexOf(start), shown.indexOf(ref)].sort((a, b) => a - b);
    return {chosen: shown.slice(ends[0], ends[1] + 1), anchor: start};
  }
  if (!one) return {chosen: [], anchor: ref};
  const open = shown.includes(anchor) && anchor !== ref ? [anchor] : []; // what is open is chosen, too
  const now = new Set(chosen.length ? chosen : open);
  if (!now.delete(ref)) now.add(ref);
  return {chosen: shown.filter(each => now.has(each)), anchor: ref};
}
