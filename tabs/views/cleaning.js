// What cleaning would change: a chip a step with its count, below it each change before and after.
const w = data.words || {};
if (!data.steps) { host.replaceChildren(ink.empty(data)); return; }
if (data.error) { host.replaceChildren(ink.h('div.ink-empty', {}, ink.h('p.ink-error', {}, ink.h('b', {}, data.error[0]), ' ', data.error[1]))); return; }
const total = data.steps.reduce((sum, s) => sum + s.count, 0);
if (!data.steps.some(s => s.name === host.step)) host.step = '';
const visible = text => text.replace(/\r/g, '␍').replace(/\n/g, '⏎\n').replace(/\t/g, '⇥').replace(/\u3000/g, '□').replace(/\u00a0/g, '⍽').replace(/[\u200b-\u200f\u2060\ufeff\u00ad]/g, '·').replace(/ {2,}/g, s => '␠'.repeat(s.length)).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, '¤').replace(/^ | $/g, '␠');
const paint = () => {
  const start = ink.button(w.start, 'clean', {}, 'ink-secondary');
  start.disabled = !total;
  const chips = ink.h('div.ink-chips', {role: 'group', 'aria-label': w.steps}, start, [{name: '', label: w.all, count: total}, ...data.steps].map(s =>
    ink.h('button.ink-button' + (host.step === s.name ? '.on' : ''), {type: 'button', 'aria-pressed': String(host.step === s.name), onclick: () => { host.step = s.name; paint(); }}, `${s.label} ${ink.number(s.count)}`)));
  const shown = data.steps.filter(s => (!host.step || s.name === host.step) && s.count);
  const list = ink.h('div.ink-changes.ink-scroll', {tabindex: 0, 'aria-label': w.changes}, ink.h('p.ink-where-note', {}, data.where), shown.map(s => ink.h('section', {},
    ink.h('h3', {}, `${s.label} · ${ink.number(s.count)}`),
    ink.h('table', {}, ink.h('thead', {}, ink.h('tr', {}, ink.h('th', {}, w.before), ink.h('th', {}, w.after))), ink.h('tbody', {}, s.samples.map(c => ink.h('tr', {},
      ink.h('td', {}, c.left, ink.h('del', {}, visible(c.before)), c.right), ink.h('td', {}, c.left, ink.h('ins', {}, visible(c.after)), c.right))))),
    s.count > s.samples.length ? ink.h('p.ink-where-note', {}, (w.more || '').replace('{n}', ink.number(s.count - s.samples.length))) : null)));
  if (!shown.length) list.append(ink.h('p.ink-where-note', {}, w.nothing));
  host.replaceChildren(chips, list);
};
paint();
