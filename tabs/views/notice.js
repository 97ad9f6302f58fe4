// What went wrong (or well), near the cause: what happened, then what to do. The fields it is about are marked in
// the form, the first one is scrolled to, and each is unmarked as soon as a person changes it.
const unmark = field => { field.classList.remove('ink-wrong'); field.querySelectorAll('[aria-invalid]').forEach(e => e.removeAttribute('aria-invalid')); };
const mark = field => {
  field.classList.add('ink-wrong');
  field.querySelectorAll('input, textarea, select').forEach(e => e.setAttribute('aria-invalid', 'true'));
  // A list of choices says nothing when one is taken: it is enough that a person has been there.
  const list = field.querySelector('[role=listbox]');
  for (const event of list ? ['focusout'] : ['input', 'change']) field.addEventListener(event, () => unmark(field), {once: true});
};
(host.marked || []).forEach(unmark);
host.marked = (data.what && data.marks || []).map(id => document.getElementById(id)).filter(Boolean);
if (!data.what) { host.replaceChildren(); return; }
host.marked.forEach(field => {
  const button = field.closest('[id*="-fold-"]')?.querySelector('button.label-wrap');
  if (button && !button.classList.contains('open')) button.click();
  mark(field);
});
// The window's own notice lies over the page: it can be put away.
const over = host.closest('#window-notice');
const away = over ? ink.h('button.ink-button', {type: 'button', 'aria-label': data.close || 'Close', onclick: event => { event.stopPropagation(); host.replaceChildren(); }}, '×') : null;
host.replaceChildren(ink.h('div.ink-notice' + (data.good ? '.good' : ''), {role: data.good ? 'status' : 'alert'}, ink.h('b', {}, data.what), data.do || '', away));
if (host.marked.length) requestAnimationFrame(() => host.marked[0].scrollIntoView({block: 'nearest'}));
