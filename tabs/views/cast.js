// @ts-check
// The people of a text as a table. What is changed here is shown at once and sent whole; Python answers
// with the rows as the text field now holds them, or says what is wrong, and then the rows stay as they
// were typed.
import {shut} from './choices.js';
import {Field, Row, draw, html, keep} from './kit/list.js';
import {createQueue} from './kit/queue.js';
import {fill, lines, number} from './kit/text.js';
import {People, bare, filled, pair} from './people.js';
import {dragging, person} from './person.js';

const MANY = 8; // people from which on there is a search
const SHOWN = 150; // rows at once
const FEW = 2; // lines of a name that is found rarely

/** The table's state and what its parts do. @param {any} host */
const createTable = host => {
  /** @type {WeakMap<object, number>} */
  const serials = new WeakMap();
  let serial = 0;
  const c = /** @type {any} */ ({
    host,
    people: new People(),
    words: {},
    hues: [],
    data: {},
    bad: [],
    rare: [],
    query: '',
    from: 0, // the first row shown
    painted: '',
    notice: null,
    live: '',
  });
  /** @type {ReturnType<typeof createQueue<{rows: object[]}>>} */
  const queue = createQueue({
    latest: true,
    send: entries =>
      host.act({
        act: 'rows',
        n: entries[entries.length - 1].n,
        rows: entries[entries.length - 1].rows,
      }),
  });
  c.send = () => queue.add({rows: filled(c.people.rows)});
  // Without a place to go the focus is on its way by itself (Tab, a click): the table is painted when it has arrived.
  c.change = (/** @type {() => void} */ edit, /** @type {any} */ focus) => {
    if (c.people.change(edit)) c.send();
    if (focus) c.paint(focus);
    else setTimeout(() => c.paint());
  };
  c.merge = (/** @type {any} */ from, /** @type {any} */ into) => {
    if (from === into) return;
    c.live = fill(c.words.merged, {first: from.name, second: into.name});
    c.change(() => c.people.merge(from, into), [into.id, 'name']);
  };
  c.move = (/** @type {any} */ from, /** @type {string} */ alias, /** @type {any} */ into) => {
    if (from !== into) c.change(() => c.people.move(from, alias, into), [into.id, 'add']);
  };
  c.add = () => {
    const row = c.people.made();
    c.query = '';
    c.from = 0;
    c.people.rows.unshift(row);
    c.paint([row.id, 'name']);
  };
  c.undo = () => {
    if (!c.people.undo()) return;
    c.send();
    c.paint('undo');
  };
  c.wrong = (/** @type {string} */ name) =>
    c.bad.some((/** @type {string} */ one) => bare(one) === bare(name));
  c.shown = () => {
    const found = c.people.matching(c.query);
    if (c.from >= found.length) c.from = SHOWN * Math.max(0, Math.ceil(found.length / SHOWN) - 1);
    return found.slice(c.from, c.from + SHOWN);
  };
  /** Turn to the page on which a row stands. */
  c.turn = (/** @type {number} */ id) => {
    const at = c.people.matching(c.query).findIndex((/** @type {any} */ row) => row.id === id);
    if (at >= 0) c.from = at - (at % SHOWN);
  };
  c.field = (/** @type {number} */ id, /** @type {string} */ part) =>
    host.querySelector(`tr[data-key="${id}"] [data-part="${part}"]`);
  c.picture = () => {
    const {take, words, has_lines, has_found} = c.data;
    return JSON.stringify([
      c.people.rows,
      c.bad,
      c.notice,
      c.rare,
      c.data.proposed,
      take,
      words,
      has_lines,
      has_found,
    ]);
  };
  /** What a row's look hangs on; another row in the place of one is drawn anew. */
  c.sign = (/** @type {any} */ row) => {
    if (!serials.has(row)) serials.set(row, ++serial);
    const wrong = [row.name, ...row.aliases].map(c.wrong);
    return JSON.stringify([
      serials.get(row),
      row,
      wrong,
      c.data.has_lines,
      c.data.has_found,
      c.people.rows.length < 2,
      c.words.name,
    ]);
  };
  c.paint = (/** @type {any} */ focus) => paint(c, focus);
  c.take = (/** @type {any} */ data) => take(c, queue, data);
  return c;
};

/**
 * A value from Python, unless it shows a text that the field no longer holds or answers less than what
 * was changed since.
 * @param {any} c
 * @param {ReturnType<typeof createQueue>} queue
 * @param {any} data
 */
const take = (c, queue, data) => {
  const field = /** @type {any} */ (document.querySelector('#dialogue-characters textarea'));
  const echo = data.answer && queue.pending.some(entry => entry.n === data.n);
  const stale = !data.answer && field && lines(field.value) !== data.text;
  if (echo) {
    queue.answer(data.n);
    if (queue.pending.length) return; // more was changed: it is on its way
  } else if (c.painted && (queue.pending.length || stale || (data.draft && data.n < queue.number)))
    return;
  const idle = !echo && !c.host.contains(document.activeElement);
  c.people.take(data.rows, {sort: idle, undoable: data.answer && !echo && Boolean(c.painted)});
  Object.assign(c, {
    data,
    words: data.words || {},
    hues: data.hues || [],
    bad: data.bad || [],
    notice: data.told,
    rare: data.rare || [],
  });
  if (c.picture() !== c.painted) c.paint();
};

/**
 * Names that may be one person's, each with what speaks for it, for somebody to decide.
 * @param {any} c
 */
const proposals = c => {
  const apart = c.data.proposed?.length ? c.people.apart(c.data.proposed) : [];
  if (!apart.length) return null;
  const {words: w} = c;
  const one = (/** @type {any} */ proposal, /** @type {number} */ at) => {
    const {name, other, why, into, from} = proposal;
    const told = {first: into.name, second: from ? from.name : proposal.given};
    const next = 'perhaps' + Math.min(at, apart.length - 2);
    const same = () => {
      c.live = fill(w.merged, {first: told.second, second: told.first});
      c.change(() => c.people.accept(proposal), next);
    };
    const not = () => {
      c.people.declined.add(pair(name, other));
      c.live = fill(w.perhaps_kept, told);
      c.paint(next);
    };
    return html`<li key=${name + other}>
      <b>${told.first} = ${told.second}</b> <span class="ink-hint">${why}</span>
      <button type="button" class="ink-button" data-tool=${'perhaps' + at} aria-label=${fill(w.perhaps_join, told)} onclick=${same}>${w.perhaps_same}</button>
      <button type="button" class="ink-button" data-tool=${'apart' + at} aria-label=${fill(w.perhaps_apart, told)} onclick=${not}>${w.perhaps_not}</button>
    </li>`;
  };
  return html`<details class="ink-perhaps" open=${!c.folded} ontoggle=${(
    /** @type {any} */ event,
  ) => {
    c.folded = !event.target.open;
  }}>
    <summary data-tool="perhaps">${fill(w.perhaps, {n: number(apart.length)})}</summary>
    <ul aria-label=${w.perhaps_pair}>${apart.map(one)}</ul>
  </details>`;
};

/** Names that are found too rarely to be in the table by themselves. @param {any} c */
const rare = c => {
  if (!c.rare.length) return null;
  const {words: w} = c;
  const one = (/** @type {any} */ [name, n, gender, aliases], /** @type {number} */ at) => {
    const take = () => {
      c.rare = c.rare.filter((/** @type {any} */ other) => other[0] !== name);
      const row = c.people.made({name, aliases: [...aliases], gender, found: n});
      c.change(() => c.people.rows.push(row), 'rare' + Math.min(at, c.rare.length - 1));
    };
    return html`<button key=${name} type="button" class="ink-button" draggable="true" ondragstart=${dragging(c, {name, names: [name, ...aliases]})}
      title=${aliases.join(', ') || null} aria-label=${fill(w.rare_add, {name})} data-tool=${'rare' + at} onclick=${take}>+ ${name} <small>${number(n)}</small></button>`;
  };
  const few = c.rare.every((/** @type {any} */ found) => found[1] <= FEW);
  return html`<details class="ink-rare" open=${Boolean(c.open)} ontoggle=${(
    /** @type {any} */ event,
  ) => {
    c.open = event.target.open;
  }}>
    <summary data-tool="rare">${fill(few ? w.rare : w.rare_more, {n: number(c.rare.length)})}</summary>
    <div class="ink-rare-list">${c.rare.map(one)}</div>
  </details>`;
};

/** @param {any} c */
const tools = c => {
  const {words: w} = c;
  const search = (/** @type {any} */ event) => {
    c.query = event.target.value;
    c.from = 0;
    c.paint();
    c.host.querySelector('.ink-cast').scrollTop = 0;
  };
  return html`<div class="ink-tools">
    <span class="ink-hint">${fill(w.count, {n: number(c.people.rows.filter((/** @type {any} */ row) => row.name).length)})}</span>
    ${
      (c.people.rows.length > MANY || c.query) &&
      html`<${Field} key="search" class="ink-input" type="search" data-tool="search" value=${c.query}
      placeholder=${w.search} aria-label=${w.search} oninput=${search} />`
    }
    <button key="undo" type="button" class="ink-button" data-tool="undo" disabled=${!c.people.history.length} onclick=${c.undo}>↶ ${w.undo}</button>
    <button key="new" type="button" class="ink-button ink-secondary" data-tool="new" onclick=${c.add}>+ ${w.add}</button>
  </div>`;
};

/** @param {any} c */
const head = c => {
  const {words: w, data} = c;
  return html`<thead><tr>
    <th>${w.colour}</th><th>${w.name}</th><th>${w.aliases}</th><th>${w.gender}</th>
    ${data.has_lines && html`<th class="num" title=${w.lines_help}>${w.lines}</th>`}
    ${data.has_found && html`<th class="num" title=${w.found_help}>${w.found}</th>`}
    <th><span class="sr">${w.actions}</span></th>
  </tr></thead>`;
};

/** What is under the rows: the pages of many, nobody found, names that are rare. @param {any} c @param {number} found */
const below = (c, found) => {
  const to = (/** @type {number} */ from) => () => {
    c.from = from;
    c.paint(from ? 'back' : 'next');
    c.host.querySelector('.ink-cast').scrollTop = 0;
  };
  const last = Math.min(found, c.from + SHOWN);
  const pages = html`<div key="pages" class="ink-pages">
    <button type="button" class="ink-button" data-tool="back" disabled=${!c.from} onclick=${to(c.from - SHOWN)}>‹ ${c.words.back}</button>
    <span class="ink-hint">${fill(c.words.range, {first: number(c.from + 1), last: number(last), n: number(found)})}</span>
    <button type="button" class="ink-button" data-tool="next" disabled=${last === found} onclick=${to(c.from + SHOWN)}>${c.words.next} ›</button>
  </div>`;
  return html`<div class="ink-rest">
    ${found > SHOWN && pages}
    ${c.query && !found && html`<p class="ink-hint">${c.words.none}</p>`}
    ${rare(c)}
  </div>`;
};

/** What stands where there is nobody yet. @param {any} c @param {boolean} nobody */
const nothing = (c, nobody) => {
  const {empty, take} = c.data;
  const find = () => /** @type {any} */ (document.querySelector('#dialogue-find'))?.click();
  return html`<div class="ink-empty" hidden=${!nobody}>
    <p class="ink-empty-title">${empty.title}</p><p>${empty.text}</p>
    <button type="button" class="ink-button ink-secondary" onclick=${find}>${empty.button}</button>
    ${
      take && // After a reload the form begins anew: the persons of the lines that are shown are not lost.
      html`<button type="button" class="ink-button" data-tool="take" onclick=${() => c.host.act({act: 'take'})}>${take}</button>`
    }
  </div>`;
};

/** @param {any} c */
const whole = c => {
  const shown = c.shown();
  const nobody = !c.people.rows.length && !c.rare.length;
  const row = (/** @type {any} */ one) =>
    html`<${Row} key=${one.id} sign=${c.sign(one)} draw=${() => person(c, one)} />`;
  return html`
    ${tools(c)}
    <div>${c.notice && html`<div class="ink-notice" role="alert"><b>${c.notice[0]}</b>${c.notice[1]}</div>`}</div>
    ${proposals(c)}
    <div class="ink-list ink-scroll ink-cast" tabindex="0" role="region" aria-label=${c.words.table} hidden=${nobody}>
      <table>${head(c)}<tbody>${shown.map(row)}</tbody></table>
      ${below(c, c.people.matching(c.query).length)}
    </div>
    ${nothing(c, nobody)}
    <p class="sr" aria-live="polite">${c.live}</p>`;
};

/** Draw the table; `focus` is where the focus goes: [row, part] or the name of a tool. @param {any} c @param {any} [focus] */
const paint = (c, focus) => {
  // Not while a word is being composed, the pointer is down on what would go, or a choice is open.
  if (c.composing || c.down || c.pop) {
    c.late = focus || c.late || true;
    return;
  }
  if (c.late) focus ||= c.late === true ? undefined : c.late;
  c.late = null;
  if (Array.isArray(focus)) c.turn(focus[0]);
  c.painting = true;
  keep(c.host, () => draw(c.host, whole(c)));
  c.painted = c.picture();
  const next = Array.isArray(focus)
    ? c.field(focus[0], focus[1])
    : focus && c.host.querySelector(`[data-tool="${focus}"]`);
  if (next && next !== document.activeElement) next.focus();
  c.painting = false;
};

/** @param {any} c */
const listen = c => {
  const {host} = c;
  const free = () => {
    c.down = false;
    if (c.late) c.paint();
  };
  const soon = () => {
    if (c.late) setTimeout(() => c.paint());
  };
  host.addEventListener(
    'pointerdown',
    () => {
      c.down = true;
    },
    true,
  );
  host.addEventListener(
    'click',
    () => {
      c.down = false;
      soon();
    },
    true,
  );
  for (const name of ['pointerup', 'pointercancel', 'dragend'])
    document.addEventListener(name, () => {
      if (c.down) setTimeout(free);
    });
  host.addEventListener(
    'compositionstart',
    () => {
      c.composing = true;
    },
    true,
  );
  host.addEventListener(
    'compositionend',
    () => {
      c.composing = false;
      soon();
    },
    true,
  );
  host.addEventListener('keydown', (/** @type {any} */ event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key !== 'z' || event.target.matches('input'))
      return;
    event.preventDefault();
    host.querySelector('[data-tool=undo]:enabled')?.click();
  });
  document.addEventListener('pointerdown', event => {
    if (c.pop && !c.pop.box.contains(event.target)) shut(c);
  });
};

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  if (!host.cast) {
    host.cast = createTable(host);
    listen(host.cast);
  }
  host.cast.take(data);
};
