// @ts-check
// What has been said in the chat, round by round: the message, and the replies of base and tuned side
// by side. Edit, ask again, copy, save as image.
import {Empty, acts, draw, html, keep} from './kit/list.js';
import {save} from './kit/picture.js';
import {fill} from './kit/text.js';

const VOICES = ['base', 'tuned'];
const END = 60; // pixels from the end within which a reader follows what comes

/** Copy a text; the button says so for a moment. @param {any} event @param {string} text @param {any} w */
const copy = (event, text, w) => {
  const button = event.currentTarget;
  navigator.clipboard?.writeText(text).then(() => {
    button.textContent = w.copied;
    setTimeout(() => (button.textContent = w.copy), 1500);
  });
};

/** One reply. @param {any} reply @param {string} voice @param {any} view */
const answer = (reply, voice, {w}) => html`<div key=${voice} class=${'ink-reply ' + voice}>
  <h3>${reply.name || w[voice]}${reply.name && html` <small>${w[voice]}</small>`}</h3>
  <div class="ink-reply-text" data-testid="bot" aria-busy=${String(!reply.done)}>${
    reply.text || (!reply.note && html`<span class="ink-waiting-word" title=${w.waiting}>…</span>`)
  }</div>
  ${reply.note && html`<p class="ink-error">${reply.note}</p>`}
  <p class="ink-reply-foot">${reply.speed > 0 && html`<span>${fill(w.speed, {n: reply.speed.toFixed(1)})}</span>`}
    ${reply.done && reply.text && html`<button class="ink-quiet" type="button" data-part=${'copy-' + voice} onclick=${(/** @type {any} */ event) => copy(event, reply.text, w)}>${w.copy}</button>`}</p>
</div>`;

/** The message of a round, to read or to write anew. @param {any} round @param {number} n @param {any} view */
const message = (round, n, {data, state, w, edit}) => {
  if (state.editing === n) {
    const send = (/** @type {any} */ event) => {
      const box = event.currentTarget.closest('.ink-said').querySelector('textarea');
      state.editing = null;
      event.currentTarget.payload = {n, text: box.value};
    };
    const key = (/** @type {any} */ event) => {
      if (event.isComposing || event.keyCode === 229) return;
      if (event.key === 'Escape') edit(null);
      else if (event.key === 'Enter' && !event.shiftKey) {
        event.preventDefault();
        event.currentTarget.closest('.ink-said').querySelector('[data-act=edit]').click();
      }
    };
    const filled = (/** @type {any} */ box) => {
      if (box && !box.filled) {
        box.filled = true;
        box.value = round.text;
        box.focus({preventScroll: true});
      }
    };
    // Keys: a button that is pressed must not become another one before its press is told.
    return html`<div key="writing" class="ink-said editing"><textarea rows="3" aria-label=${w.edit} ref=${filled} onkeydown=${key}></textarea>
      <p class="ink-reply-foot"><button class="ink-button ink-secondary" type="button" data-act="edit" onclick=${send}>${w.send}</button>
      <button class="ink-button" type="button" onclick=${() => edit(null)}>${w.cancel}</button></p></div>`;
  }
  const last = n === data.rounds.length - 1;
  return html`<div key="reading" class="ink-said"><p class="ink-said-text" data-testid="user">${round.text}</p>
    ${
      !data.busy &&
      html`<p class="ink-reply-foot"><button class="ink-quiet" type="button" data-part="change" onclick=${() => edit(n)}>${w.edit}</button>
      ${last && html`<button class="ink-quiet" ...${acts('again', {n})}>${w.again}</button>`}
      ${VOICES.some(name => round.replies[name]?.text) && html`<button class="ink-quiet" type="button" data-part="image" onclick=${() => save(round, w)}>${w.image}</button>`}</p>`
    }</div>`;
};

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  if (!data.rounds) return;
  const w = data.words || {};
  const state = (host.state ||= {editing: null});
  if (state.editing !== null && (data.busy || state.editing >= data.rounds.length))
    state.editing = null;
  const paint = () => {
    const view = {data, state, w, edit};
    const tree = data.rounds.length
      ? html`<div class="ink-talk ink-scroll" tabindex="0" role="log" aria-label=${w.talk}>${data.rounds.map(
          (/** @type {any} */ round, /** @type {number} */ n) => html`<article key=${n} data-key=${n} class="ink-round">
            ${message(round, n, view)}
            <div class="ink-replies">${VOICES.filter(name => round.replies[name]).map(name => answer(round.replies[name], name, view))}</div>
          </article>`,
        )}</div>`
      : html`<${Empty} data=${data} />`;
    const before = host.querySelector('.ink-talk');
    // Whoever reads further up is not pulled away; a new round is always shown.
    const follows = !before || before.scrollHeight - before.scrollTop - before.clientHeight < END;
    const fresh = state.count !== data.rounds.length;
    state.count = data.rounds.length;
    keep(host, () => draw(host, tree));
    const talk = host.querySelector('.ink-talk');
    if (talk && (follows || fresh)) talk.scrollTop = talk.scrollHeight;
  };
  const edit = (/** @type {number | null} */ n) => {
    state.editing = n;
    paint();
  };
  paint();
  document.querySelector('.right.chat')?.classList.toggle('busy', Boolean(data.busy));
};
