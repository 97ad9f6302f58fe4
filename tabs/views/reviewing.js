// @ts-check
// The parts of the review card: chips, tools, the question under the open line, the list of turns,
// lines to hear, the keys. `r` is the card: data, words, model, open, waiting, and what its buttons do.
import {Field, Pager, Row, html} from './kit/list.js';
import {fill, number, percent, width} from './kit/text.js';
import * as speech from './speech.js';

const WIDEST_CHIP = 246; // pixels
const REASONS = 3; // what speaks most for the speaker; more is no help to decide
const name = (/** @type {any} */ r, /** @type {string | null} */ speaker) =>
  speaker === null || speaker === '' ? r.words.unknown : speaker;
const hue = (/** @type {any} */ r, /** @type {string | null} */ speaker) =>
  speech.hue(r.data.set, speaker === '' ? null : speaker);

/**
 * What stands of a line beside its speaker, never by colour alone: ✓ a person, ◆ a model, ? in doubt.
 * @param {any} r
 * @param {any} line
 */
export const label = (r, line) => {
  const checked = line.decided === 'person' ? '✓ ' : '';
  if (!r.model.spoken(line)) return checked + r.words['kind_' + line.kind];
  const sign = checked || (line.decided === 'model' ? '◆ ' : '');
  const thought = line.kind === 'thought' ? ` · ${r.words.kind_thought}` : '';
  return sign + name(r, line.speaker) + (r.model.doubtful(line) ? ' ?' : '') + thought;
};

/** @param {any} r @param {any} line */
export const classes = (r, line) =>
  `${r.model.spoken(line) ? hue(r, line.speaker) : 'h-none'} ${line.kind}` +
  (r.model.doubtful(line) ? ' doubt' : '') +
  (line.id === r.open ? ' on' : '');

/**
 * How many of some widths fit into a row.
 * @param {number[]} widths
 * @param {number} room
 */
export const fitting = (widths, room) => {
  const end = widths.findIndex(one => (room -= one) <= 0);
  return end < 0 ? widths.length : end;
};

/** Everyone who speaks, as many chips as one row takes; the rest in a list. @param {any} r */
export const chips = r => {
  /** @type {[string | null, number][]} */
  const people = r.model.people.sort((/** @type {any} */ a, /** @type {any} */ b) => b[1] - a[1]);
  const chosen = r.data.speaker;
  const is = (/** @type {[string | null, number]} */ [speaker]) => chosen === (speaker ?? '');
  const wide = (/** @type {string} */ text) => 48 + width(text);
  const widths = people.map(([speaker, n]) => Math.min(WIDEST_CHIP, wide(name(r, speaker) + n)));
  // The one whose lines are shown has a button more, and is always there.
  const at = people.findIndex(is);
  const room = r.width() - 270 - (chosen ? wide(`♪ ${r.words.hear}`) : 0);
  const most =
    at < fitting(widths, room) ? fitting(widths, room) : fitting(widths, room - widths[at]);
  const rest = people.slice(most);
  const one = (/** @type {[string | null, number]} */ person) => {
    const [speaker, n] = person;
    const on = is(person);
    return [
      html`<button key=${`one ${speaker}`} type="button" class=${`ink-button hue ${hue(r, speaker)}` + (on ? ' on' : '')} aria-pressed=${on}
        lang=${r.data.lang} onclick=${() => r.set({speaker: on ? null : (speaker ?? '')})}>${name(r, speaker)} ${number(n)}</button>`,
      on &&
        speaker &&
        html`<button key="hear" type="button" class="ink-button ink-secondary ink-hear"
        onclick=${() => r.hear(speaker)}>♪ ${r.words.hear}</button>`,
    ];
  };
  return html`
    <button key="all" type="button" class=${'ink-button' + (chosen === null ? ' on' : '')} aria-pressed=${chosen === null}
      onclick=${() => r.set({speaker: null})}>${r.words.all} ${number(r.data.all)}</button>
    ${people.slice(0, most).map(one)}
    ${at >= most && one(people[at])}
    ${rest.length > 0 && more(r, rest)}`;
};

/** A novel has hundreds of names: they are listed when the list is asked for. @param {any} r @param {[string | null, number][]} rest */
const more = (r, rest) => {
  const list = () => {
    if (r.listed) return;
    r.listed = true;
    r.paintChips();
  };
  const choose = (/** @type {any} */ event) => {
    const person = rest[event.target.value];
    r.listed = false;
    event.target.value = '';
    r.focus();
    r.set({speaker: person[0] ?? ''});
  };
  return html`<select key="more" class="ink-input ink-more" aria-label=${r.words.more} onfocus=${list} onmousedown=${list}
    onblur=${() => {
      r.listed = false;
    }} onchange=${choose}>
    <option value="">${r.words.more} (${number(rest.length)})</option>
    ${r.listed && rest.map(([speaker, n], at) => html`<option value=${at}>${name(r, speaker)} ${number(n)}</option>`)}
  </select>`;
};

/** @param {any} r */
export const tools = r => {
  const {words: w} = r;
  const {edits, doubtful, reviewed} = r.model.counts;
  const under = r.sliding ?? r.data.under;
  const slide = (/** @type {any} */ event) => {
    r.sliding = Number(event.target.value);
    r.under(r.sliding);
  };
  const slid = (/** @type {any} */ event) => {
    r.sliding = null;
    r.set({under: Number(event.target.value)});
  };
  return html`
    <label class="ink-under"><span>${fill(w.under, {n: under.toFixed(2)})}</span>
      <${Field} type="range" min="0.3" max="1" step="0.05" value=${r.data.under} oninput=${slide} onchange=${slid} /></label>
    <button type="button" class=${'ink-button' + (r.data.only ? ' on' : '')} aria-pressed=${Boolean(r.data.only)}
      onclick=${() => r.set({only: !r.data.only})}>${w.only}</button>
    <span class="ink-hint ink-left"><b>${fill(w.left, {n: number(Math.max(0, doubtful))})}</b> · ${fill(w.reviewed, {n: number(reviewed)})}</span>
    <button type="button" class="ink-button ink-undo" disabled=${!edits} onclick=${() => r.undo()}>↶ ${w.undo}${edits ? ` (${number(edits)})` : ''}</button>`;
};

/** Why the line stands as it does: the strongest reasons. @param {any} r @param {any} line */
const reasons = (r, line) => {
  const {words: w} = r;
  const because = line.why.slice(0, REASONS).join(w.and);
  const votes = Object.entries(line.votes).map(
    ([who, n]) => `${who === '?' ? w.nobody : who} ${n}`,
  );
  return [
    because ? fill(w.why, {name: name(r, line.speaker), told: because}) : '',
    votes.length ? fill(w.votes, {told: votes.join(' · ')}) : '',
    line.decided === 'person' ? w.by_person : line.decided === 'model' ? w.by_model : '',
  ].filter(Boolean);
};

/** Who may have said the open line, and what else can be said of it. @param {any} r @param {any} line */
export const question = (r, line) => {
  const {words: w} = r;
  const chances = new Map([
    ...line.others,
    ...(line.speaker !== null ? [[line.speaker, line.confidence]] : []),
  ]);
  const choice = (/** @type {string} */ speaker, /** @type {number} */ at) => {
    const on = line.speaker === speaker;
    return html`<button type="button" class=${'ink-button' + (on ? ' on' : '')} aria-pressed=${on} data-choice=${at + 1}
      onclick=${() => r.assign(speaker)}><kbd>${at + 1}</kbd><span class="ink-who ${hue(r, speaker)}" lang=${r.data.lang}>${speaker}</span>
      ${chances.has(speaker) && html`<small>${percent(chances.get(speaker))}</small>`}</button>`;
  };
  const other = (/** @type {any} */ event) => {
    if (event.isComposing) return;
    const typed = event.target.value.trim().replace(/\s+/g, ' ');
    if (event.key === 'Enter' && typed) {
      event.preventDefault();
      event.target.value = '';
      r.assign(typed);
      r.focus();
    }
    if (event.key === 'Escape') r.focus();
    event.stopPropagation();
  };
  const nobody = line.speaker === null && line.decided === 'person';
  const kinds = r.model.spoken(line)
    ? html`<button type="button" class="ink-button" onclick=${() => r.kind('quoted')}><kbd>x</kbd>${w.not_speech}</button>`
    : ['speech', 'thought'].map(
        kind =>
          html`<button type="button" class="ink-button" onclick=${() => r.kind(kind)}>${w['is_' + kind]}</button>`,
      );
  const facts = reasons(r, line);
  return html`
    <div class="ink-choices" key=${line.id}>
      ${line.choices.map(choice)}
      <button type="button" class=${'ink-button' + (nobody ? ' on' : '')} onclick=${() => r.assign(null)}><kbd>0</kbd>${w.nobody}</button>
      ${kinds}
      <input class="ink-input ink-other" type="text" placeholder=${w.other} aria-label=${w.other} maxlength="80" list=${r.names.id} onkeydown=${other} />
    </div>
    ${facts.length > 0 && html`<p class="ink-why">${facts.join(' — ')}</p>`}`;
};

/** A turn of the list; drawn again only when it looks otherwise than before. @param {any} r @param {any} row @param {string} kind */
const turn = (r, row, kind) => {
  const line = r.model.line(row.id) || row;
  const on = row.id === r.open;
  const [name, style] = [label(r, line), classes(r, line)];
  const share =
    r.model.spoken(line) && line.speaker !== null ? `${percent(line.confidence)} · ` : '';
  const drawn = () => html`<li class=${on ? 'on' : null} data-id=${row.id}>
    <button class="ink-item ink-turn" type="button" aria-current=${on ? 'true' : null} onclick=${() => r.show(row.id)}>
      <span class="ink-turn-head"><span class="ink-who ${style}" lang=${r.data.lang}>${name}</span>
        <span class="ink-turn-facts" title=${row.document}>${share}${number(row.start)}</span></span>
      <span class="ink-turn-text ${kind}" lang=${r.data.lang}>${row.text}</span>
    </button></li>`;
  const sign = JSON.stringify([
    style,
    name,
    share,
    row.start,
    row.text,
    row.document,
    r.data.lang,
    kind,
  ]);
  return html`<${Row} key=${row.id} sign=${sign} draw=${drawn} />`;
};

/** The turns page by page, or lines of one person to hear. @param {any} r */
export const side = r => {
  const hearing = r.data.hear;
  const rows = hearing ? hearing.rows : r.data.rows;
  const key = hearing ? `${hearing.speaker} ${hearing.seed}` : 'turns';
  return html`
    ${
      hearing &&
      html`<div class="ink-tools">
      <b class="ink-hint">${fill(r.words.heard, {name: hearing.speaker})}</b>
      <button type="button" class="ink-button ink-others" onclick=${() => r.hear(hearing.speaker, hearing.seed + 1)}>${r.words.others}</button>
      <button type="button" class="ink-button" aria-label=${r.words.close} onclick=${() => r.hear('')}>✕</button>
    </div>`
    }
    <div class="ink-list" key=${key} tabindex="0" aria-label=${r.words.turns}>
      <ol class="ink-items" aria-label=${r.words.turns}>${rows.map((/** @type {any} */ row) => turn(r, row, hearing ? 'whole' : ''))}</ol>
    </div>
    ${!hearing && html`<${Pager} data=${r.data} words=${r.words} turn=${(/** @type {number} */ offset) => r.set({offset})} />`}`;
};

const KEYS = [
  ['n ↓', 'next'],
  ['p ↑', 'previous'],
  ['1–9', 'assign'],
  ['↵', 'accept'],
  ['0', 'nobody'],
  ['x', 'not_speech'],
  ['/', 'other'],
  ['⌫ u', 'undo'],
];
const MARKS = [
  ['speech h0', 'mark_sure'],
  ['speech h1 doubt', 'mark_doubt'],
  ['thought h2', 'mark_thought'],
  ['quoted h-none', 'mark_quoted'],
];

/** The keys, and what the marks mean when that is asked for. @param {any} r */
export const foot = r => html`
  ${
    r.helping &&
    html`<div class="ink-help" role="note"><p>${r.words.help_keys}</p>
    <p class="ink-help-marks">${MARKS.map(([kind, word]) => html`<mark class="ink-speech ${kind}">${r.words[word]}</mark>`)}
      <span>✓ ${r.words.by_person}</span><span>◆ ${r.words.by_model}</span></p></div>`
  }
  <p class="ink-keys"><b class="ink-keys-off">${r.words.keys_off}</b>
    ${KEYS.map(([key, word]) => html`<span><kbd>${key}</kbd>${r.words['key_' + word]}</span>`)}
    <button type="button" class="ink-button" aria-label=${r.words.help} aria-expanded=${Boolean(r.helping)} onclick=${() => r.help()}><kbd>?</kbd></button></p>`;
