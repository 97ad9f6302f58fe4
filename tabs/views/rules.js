// @ts-check
// Which fields of a form do not count as it stands: one that another field overrules, or that goes
// with another choice. They are dimmed, and say so; the values stay and can be changed. A fold that
// follows its fields is hidden while none of them counts.
import {described, reason} from './inspector.js';
import {keep} from './keeping.js';
import {idle} from './kit/idle.js';
import {element} from './kit/parts.js';
import {fill} from './kit/text.js';

/** The forms' places on the page. @type {Set<any>} */
const hosts = new Set();

const mark = (/** @type {any} */ host) => {
  const {kind, rules, labels, words, places} = host.told;
  const held = (/** @type {string} */ name) => {
    const at = keep.keys.indexOf(places?.[name] ?? `${kind}-${name}`);
    return at < 0 ? undefined : (keep.latest?.[at] ?? null);
  };
  const found = keep.latest ? idle(rules, held) : {};
  /** @type {[string, string][]} */
  const told = [];
  for (const name of new Set(rules.map((/** @type {string[]} */ [field]) => field))) {
    const field = document.getElementById(`${kind}-${name}`);
    const rule = found[/** @type {string} */ (name)];
    if (!field) continue;
    if (!rule) {
      field.removeAttribute('data-off');
      continue;
    }
    const by = {by: labels[rule[1]]};
    field.setAttribute('data-off', fill(rule[2] ? words.unused : words.overruled, by));
    const why = fill(rule[2] ? words.unused_why : words.overruled_why, by);
    told.push([reason(field), why]);
  }
  for (const [fold, fields] of Object.entries(host.told.folds ?? {})) {
    const off = /** @type {string[]} */ (fields).every(name => found[name]);
    document.getElementById(fold)?.toggleAttribute('data-off', off);
  }
  if (host.said === JSON.stringify(told)) return;
  host.said = JSON.stringify(told);
  host.replaceChildren(...told.map(([id, why]) => element('span', {id}, why)));
  described();
};

/** Mark the fields of all forms anew: also those of a fold that has just been opened. */
export const ruled = () => hosts.forEach(host => host.isConnected && host.told.rules && mark(host));

// The values are taken in a moment after the word that they have changed.
document.addEventListener('ink-changed', () => setTimeout(ruled));

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  host.told = data;
  hosts.add(host);
  ruled();
};
