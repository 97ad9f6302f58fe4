// @ts-check
// Which fields of a form do not count, by its rules and what its fields hold; as Spec.without_effect
// in studio/spec.py has it.

/** Whether a field that overrules another one is set
 * @param {any} value */
const isSet = value => (typeof value === 'number' ? value > 0 : Boolean(value?.length ?? value));

/**
 * The fields that do not count: name → the rule by which.
 * @param {[string, string, any[] | null][]} rules a field, the one that decides, with which values
 *   of it the field counts; null: unless it is set
 * @param {(name: string) => any} value what a field holds; undefined where that is not known
 */
export const idle = (rules, value) => {
  /** @type {Record<string, [string, string, any[] | null]>} */
  const found = {};
  for (const rule of rules) {
    const [name, by, among] = rule;
    const held = value(by);
    if (held === undefined || name in found) continue;
    if (among ? !among.includes(held) : isSet(held)) found[name] = rule;
  }
  return found;
};
