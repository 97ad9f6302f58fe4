// @ts-check
// The one optimistic queue: what a person does is shown at once and sent here. Entries have running
// numbers and go in order, one batch under way at a time; later ones wait behind it. Python answers
// with the last number that it has carried out, so a batch that is sent again is not done twice.

/** How long a batch waits for its answer before it is sent again, in ms; and how often it is sent. */
export const RETRY_MS = 12000;
export const TRIES = 3;

/**
 * @template Entry
 * @typedef {object} Options
 * @property {(entries: (Entry & {n: number})[]) => void} send sends a batch; what is `local` of an
 *   entry stays on the page
 * @property {(entries: (Entry & {n: number})[]) => void} [lost] a batch was not answered; it is
 *   forgotten with all behind it
 * @property {boolean} [latest] an entry holds all that those before it hold: of those that wait only
 *   the newest is sent
 * @property {(run: () => void, ms?: number) => any} [later] a timer, for tests
 * @property {(timer: any) => void} [never] its end
 */

/**
 * @template {object} Entry
 * @param {Options<Entry>} options
 */
export function createQueue({
  send,
  lost,
  latest = false,
  later = setTimeout,
  never = clearTimeout,
}) {
  let number = 0;
  let answered = 0;
  let flying = 0;
  let tries = 0;
  /** @type {any} */
  let timer = 0;
  /** @type {(Entry & {n: number})[]} */
  let pending = [];

  const flush = () => {
    if (flying || !pending.length) return;
    if (latest) pending = pending.slice(-1);
    flying = pending[pending.length - 1].n;
    post();
  };
  const post = () => {
    send(pending.filter(entry => entry.n <= flying).map(sendable));
    never(timer);
    timer = later(() => {
      tries += 1;
      // What is newer holds all of what was not answered: it goes instead.
      if (latest && pending[pending.length - 1].n > flying) {
        flying = 0;
        flush();
      } else if (tries < TRIES) post();
      else {
        const forgotten = pending;
        pending = [];
        flying = tries = 0;
        lost?.(forgotten);
      }
    }, RETRY_MS);
  };

  return {
    /** Number an entry and send it once the page is painted. @param {Entry} entry */
    add(entry) {
      const numbered = Object.assign(entry, {n: ++number});
      pending.push(numbered);
      later(flush);
      return numbered;
    },
    /** What is not answered yet, in order. */
    get pending() {
      return pending;
    },
    /** The number of the newest entry. */
    get number() {
      return number;
    },
    /**
     * Python has carried out all up to `done`; false for an answer older than what the page has
     * shown.
     * @param {number} done
     */
    answer(done) {
      if (done < answered) return false;
      answered = done;
      number = Math.max(number, done);
      pending = pending.filter(entry => entry.n > done);
      if (flying && done >= flying) {
        flying = tries = 0;
        never(timer);
        later(flush);
      }
      return true;
    },
  };
}

/**
 * An entry without what only the page knows of it.
 * @template {object} Entry
 * @param {Entry} entry
 * @returns {Entry}
 */
function sendable(entry) {
  const {local, ...rest} = /** @type {any} */ (entry);
  return rest;
}
