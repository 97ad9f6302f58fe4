// The run list: state, name, steps, losses; open a run's curve, resume it, or chat with its adapter.
// A row is built again only when something in it has changed: while a run goes on that is one row a second of many.
const w = data.words || {};
if (!data.rows?.length) { host.replaceChildren(); host.body = null; return; }
const line = r => ink.h('tr' + (r.id === data.open ? '.on' : ''), {},
  ink.h('td', {}, ink.h('span.ink-state.' + r.state, {}, r.label)), ink.h('td.clip', {title: r.id}, r.name), ink.h('td', {}, r.stage), ink.h('td.num', {}, r.steps),
  ink.h('td.num', {}, r.loss), ink.h('td', {}, r.when), ink.h('td.ink-actions', {}, ink.button(w.show, 'open', {id: r.id}),
    r.adapter ? ink.button(w.chat, 'chat', {id: r.id, adapter: r.adapter}) : null, r.resumable ? ink.button(w.resume, 'resume', {id: r.id}) : null));
const words = JSON.stringify(w);
if (!host.body?.isConnected || host.words !== words) {
  host.words = words; host.lines = [];
  host.body = ink.h('tbody');
  host.replaceChildren(ink.h('div.ink-list.ink-scroll', {}, ink.h('table', {}, ink.h('thead', {}, ink.h('tr', {}, [w.state, w.name, w.stage].map(t => ink.h('th', {}, t)), ink.h('th.num', {}, w.steps), ink.h('th.num', {}, w.loss), ink.h('th', {}, w.when), ink.h('th', {}, ink.h('span.sr', {}, w.actions)))), host.body)));
}
host.lines = data.rows.map((r, at) => {
  const sign = JSON.stringify([r, r.id === data.open]), before = host.lines[at];
  if (before?.sign === sign) return before;
  // The step of a run that goes on is a word of its row, no new row: a press on its buttons is not lost.
  const [now, old] = [r, before?.row];
  if (old && JSON.stringify({...old, steps: ''}) === JSON.stringify({...now, steps: ''}) && before.on === (r.id === data.open)) {
    before.element.children[3].textContent = r.steps;
    return {...before, sign, row: r};
  }
  return {sign, row: r, on: r.id === data.open, element: line(r)};
});
const wanted = host.lines.map(one => one.element);
wanted.forEach((element, at) => { if (host.body.children[at] !== element) host.body.insertBefore(element, host.body.children[at] || null); });
while (host.body.children.length > wanted.length) host.body.lastChild.remove();
