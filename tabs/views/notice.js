// @ts-check
// What went wrong (or well), near the cause: what happened, then what to do. The fields it is about
// are marked in the form, each with what is wrong with it; the first one is scrolled to, and each is
// unmarked as soon as a person changes it.
import {draw, html} from './kit/list.js';

const unmark = (/** @type {Element} */ field) => {
  field.classList.remove('ink-wrong');
  field.removeAttribute('data-wrong');
  field.querySelectorAll('[aria-invalid]').forEach(input => input.removeAttribute('aria-invalid'));
};

/** @param {Element} field @param {string} told what is wrong with it */
const mark = (field, told) => {
  field.classList.add('ink-wrong');
  field.setAttribute('data-wrong', told);
  field
    .querySelectorAll('input, textarea, select')
    .forEach(input => input.setAttribute('aria-invalid', 'true'));
  // A list of choices says nothing when one is taken: it is enough that a person has been there.
  const list = field.querySelector('[role=listbox]');
  for (const event of list ? ['focusout'] : ['input', 'change'])
    field.addEventListener(event, () => unmark(field), {once: true});
};

/** Open the folded group that a field stands in. @param {Element} field */
const unfold = field => {
  /** @type {HTMLElement | null | undefined} */
  const button = field.closest('[id*="-fold-"]')?.querySelector('button.label-wrap');
  if (button && !button.classList.contains('open')) button.click();
};

/** @type {import('./kit/mount.js').Draw} */
export default (data, host) => {
  (host.marked || []).forEach(unmark);
  const told = (data.what && data.marks) || {};
  host.marked = Object.keys(told)
    .map(id => document.getElementById(id))
    .filter(Boolean);
  if (!data.what) {
    draw(host, null);
    return;
  }
  for (const field of host.marked) {
    unfold(field);
    mark(field, told[field.id]);
  }
  // The window's own notice lies over the page: it can be put away.
  const away = (/** @type {Event} */ event) => {
    event.stopPropagation();
    draw(host, null);
  };
  // A new notice is a new element: a screen reader says it even if it is the same as before.
  host.count = (host.count || 0) + 1;
  draw(
    host,
    html`
    <div key=${host.count} class=${'ink-notice' + (data.good ? ' good' : '')} role=${data.good ? 'status' : 'alert'}>
      <b>${data.what}</b>${data.do || ''}
      ${
        host.closest('#window-notice') &&
        html`<button class="ink-button" type="button" aria-label=${data.close || 'Close'} onclick=${away}>×</button>`
      }
    </div>`,
  );
  if (host.marked.length)
    requestAnimationFrame(() => host.marked[0]?.scrollIntoView({block: 'nearest'}));
};
