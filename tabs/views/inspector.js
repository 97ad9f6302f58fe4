// @ts-check
// The form's lines: a field's help is reached by mouse, by key and by a screen reader, and a field is
// called by its label alone. How the lines look stands in shell/form.css.
import {element} from './kit/parts.js';

const MARK = '.ink-field .info-text';
const GAP = 4; // pixels between a field and its help, and to the page's edge
const LEAVING_MS = 120; // long enough for the mouse to cross the gap
let count = 0;

/** The element's own id, or one made for it. @param {Element} of */
const named = of => of.id || (of.id = `ink-part-${++count}`);

/** @param {Element} of @param {string} name @param {string} value */
const set = (of, name, value) => {
  if (of.getAttribute(name) !== value) of.setAttribute(name, value);
};

/** The controls of a field: what a person types into or chooses from. @param {Element} field */
const controls = field => field.querySelectorAll('input, textarea');

/** Why a field does not count just now stands in an element of this id. @param {Element} field */
export const reason = field => `${field.id}-reason`;

/** Name and describe the controls of each field by its label, its help, and why it does not count. */
export const described = () => {
  for (const field of document.querySelectorAll('.ink-field')) {
    const mark = field.querySelector('.info-text');
    const label = field.querySelector('[data-testid=block-info], .label-text');
    const why = document.getElementById(reason(field));
    if (mark) {
      set(mark, 'role', 'note');
      set(mark, 'tabindex', '0');
    }
    const told = [mark && named(mark), why?.id].filter(Boolean).join(' ');
    for (const control of controls(field)) {
      if (told) set(control, 'aria-describedby', told);
      if (label && control.closest('label.container')) set(control, 'aria-labelledby', named(label));
    }
  }
  for (const fold of document.querySelectorAll('.gr-accordion > button.label-wrap'))
    set(fold, 'aria-expanded', String(fold.classList.contains('open')));
};

/** @type {HTMLElement | null} */
let box = null;
/** @type {Element | null} */
let open = null;
let leaving = 0;

const hide = () => {
  clearTimeout(leaving);
  open = null;
  if (box) box.hidden = true;
};

/** Show a field's help below it, or above where there is no room. @param {Element} mark */
const show = mark => {
  clearTimeout(leaving);
  if (!box) {
    box = element('div', {id: 'ink-help', 'aria-hidden': 'true', hidden: true});
    document.body.append(/** @type {HTMLElement} */ (box));
  }
  const shown = /** @type {HTMLElement} */ (box);
  const field = /** @type {Element} */ (mark.closest('.ink-field'));
  const why = document.getElementById(reason(field))?.textContent;
  open = mark;
  shown.textContent = [why, mark.textContent].filter(Boolean).join(' ');
  shown.hidden = false;
  const line = mark.getBoundingClientRect();
  const below = line.bottom + GAP + shown.offsetHeight <= innerHeight - GAP;
  const most = innerWidth - shown.offsetWidth - GAP;
  shown.style.left = `${Math.max(GAP, Math.min(field.getBoundingClientRect().left, most))}px`;
  shown.style.top = `${below ? line.bottom + GAP : Math.max(GAP, line.top - GAP - shown.offsetHeight)}px`;
};

/** @param {Event} event */
const marked = event => /** @type {Element} */ (event.target)?.closest?.(MARK) ?? null;

document.addEventListener('pointerover', event => {
  const mark = marked(event);
  if (mark) show(mark);
  else if (open && /** @type {Element} */ (event.target).closest('#ink-help')) clearTimeout(leaving);
});
document.addEventListener('pointerout', event => {
  if (!marked(event) && !(/** @type {Element} */ (event.target).closest('#ink-help'))) return;
  clearTimeout(leaving);
  leaving = setTimeout(hide, LEAVING_MS);
});
document.addEventListener('focusin', event => {
  const mark = marked(event);
  if (mark) show(mark);
  else hide();
});
document.addEventListener('focusout', event => marked(event) && hide());
document.addEventListener('keydown', event => {
  if (event.key === 'Escape' && open) hide();
});
document.addEventListener('scroll', hide, true);
// The mark stands in the field's label: a press on it is for the help, not for the field.
document.addEventListener('click', event => {
  const mark = marked(event);
  if (!mark) return;
  event.preventDefault();
  show(mark);
});
