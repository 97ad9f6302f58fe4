// @ts-check
// Which things a list shows, and in which order: pure, so that it can be tested.

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

/**
 * The things that hold all words of the query, of the kind where one is chosen; those with a star
 * first, then by the column.
 * @param {any[]} things
 * @param {{query: string, kind: string, archived: boolean, sort: string, down: boolean}} state
 */
export function shelf(things, {query, kind, archived, sort, down}) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const key = KEYS[sort] || KEYS.when;
  const found = things.filter(one => {
    if (one.archived !== archived || (kind && one.kind !== kind)) return false;
    const text = words.length ? held(one) : '';
    return words.every(word => text.includes(word));
  });
  const order = (/** @type {any} */ a, /** @type {any} */ b) => {
    const [x, y] = [key(a), key(b)];
    const by =
      typeof x === 'string' && typeof y === 'string' ? x.localeCompare(y) : Number(x) - Number(y);
    return Number(b.starred) - Number(a.starred) || (down ? -by : by);
  };
  return found.sort(order);
}
