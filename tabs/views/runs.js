// The run list: state, name, steps, losses; open a run's curve, resume it, or chat with its adapter.
const w = data.words || {};
if (!data.rows?.length) { host.replaceChildren(); return; }
const body = data.rows.map(r => ink.h('tr' + (r.id === data.open ? '.on' : ''), {},
  ink.h('td', {}, ink.h('span.ink-state.' + r.state, {}, r.label)), ink.h('td.clip', {title: r.id}, r.name), ink.h('td', {}, r.stage), ink.h('td.num', {}, r.steps),
  ink.h('td.num', {}, r.loss), ink.h('td', {}, r.when), ink.h('td.ink-actions', {}, ink.button(w.show, 'open', {id: r.id}),
    r.adapter ? ink.button(w.chat, 'chat', {id: r.id, adapter: r.adapter}) : null, r.resumable ? ink.button(w.resume, 'resume', {id: r.id}) : null)));
host.replaceChildren(ink.h('div.ink-list.ink-scroll', {}, ink.h('table', {}, ink.h('thead', {}, ink.h('tr', {}, [w.state, w.name, w.stage].map(t => ink.h('th', {}, t)), ink.h('th.num', {}, w.steps), ink.h('th.num', {}, w.loss), ink.h('th', {}, w.when), ink.h('th', {}, ink.h('span.sr', {}, w.actions)))), ink.h('tbody', {}, body))));
