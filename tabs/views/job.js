// The job panel: state, progress in its own units, rate, time left, stop or resume, and the log.
const w = data.words || {};
if (!data.id) { host.replaceChildren(); host.hidden = true; host.parts = null; return; }
host.hidden = false;
const share = data.total ? Math.min(100, Math.round(100 * data.done / data.total)) : 0;
const wide = `width:${data.active && !data.total ? 8 : share}%`, facts_now = data.facts.join(' · ');
// While it goes on only figures and log move: they are written into what stands there, and nothing jumps.
const frame = JSON.stringify([data.id, data.state, data.label, data.stopping, data.resumable, data.error, data.notes, data.warn, data.next, data.words]);
const p = host.parts;
if (p?.frame === frame && p.bar.isConnected) {
  if (p.wide !== wide) { p.wide = wide; p.bar.firstChild.setAttribute('style', wide); p.bar.setAttribute('aria-valuenow', share); }
  if (p.facts.textContent !== facts_now) p.facts.textContent = facts_now;
  if (p.log !== data.log) { p.log = data.log; p.pre.textContent = data.log || ''; p.pre.scrollTop = p.pre.scrollHeight; }
  return;
}
const open = host.querySelector('details')?.open;
const bar = ink.h('div.ink-bar', {role: 'progressbar', 'aria-valuenow': share, 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-label': w.progress}, ink.h('i', {style: wide}));
const facts = ink.h('span.ink-facts', {'aria-live': 'off'}, facts_now);
const buttons = [];
if (data.active) buttons.push(ink.button(data.stopping ? w.stopping : '■ ' + w.stop, 'stop', {id: data.id}));
if (data.resumable) buttons.push(ink.button('▶ ' + w.resume, 'resume', {id: data.id}, 'ink-secondary'));
if (data.stopping) buttons[0].disabled = true;
const state = ink.h('span.ink-state.' + data.state, {}, data.label);
const pre = ink.h('pre.ink-log.ink-scroll', {}, data.log || '');
const log = ink.h('details', open ? {open: true} : {}, ink.h('summary', {}, w.log), pre);
const error = data.error ? ink.h('p.ink-error', {role: 'alert'}, ink.h('b', {}, data.error[0]), ' ', data.error[1]) : null;
const notes = data.notes?.length ? ink.h('ul.ink-notes' + (data.warn ? '.warn' : ''), {}, data.notes.map(n => ink.h('li', {}, n))) : null;
const next = data.next ? ink.h('div.ink-next', {}, data.next.map(n => ink.button(n.label + ' →', 'next', {to: n.to, value: n.value}, 'ink-secondary'))) : null;
host.replaceChildren(ink.h('div.ink-job-line', {}, state, bar, facts, ...buttons), ...[error, notes, next, log].filter(Boolean));
host.parts = {frame, bar, wide, facts, pre, log: data.log};
pre.scrollTop = pre.scrollHeight;
