// Lines found in the text: a list with speaker and place beside the passage with speech in the speaker's hue.
const w = data.words || {};
if (!data.total && !data.speakers?.length) { host.replaceChildren(ink.empty(data)); return; }
const hue = Object.fromEntries(data.speakers.map((s, i) => [s[0], i % 8]));
const name = s => s === '?' ? w.unknown : s;
const chips = ink.h('div.ink-chips', {role: 'group', 'aria-label': w.speakers},
  ink.button(`${w.all} ${ink.number(data.all)}`, 'speaker', {name: ''}, data.speaker === '' ? 'on' : ''),
  data.speakers.slice(0, 14).map(([s, n], i) => { const b = ink.button(`${name(s)} ${ink.number(n)}`, 'speaker', {name: s}, data.speaker === s ? 'on' : ''); b.classList.add('hue', 'h' + i % 8); return b; }));
const list = ink.h('tbody', {}, data.rows.map(r => {
  const row = ink.h('tr' + (r.id === data.open ? '.on' : ''), {'data-act': 'open', tabindex: 0, onkeydown: e => { if (e.key === 'Enter') e.currentTarget.click(); }},
    ink.h('td', {}, ink.h('span.ink-who.h' + (hue[r.speaker] ?? 0) + (r.confidence < 0.6 ? '.doubt' : ''), {title: `${r.method} · ${Math.round(r.confidence * 100)} %`}, name(r.speaker))),
    ink.h('td.clip', {lang: data.lang}, r.text), ink.h('td.num', {title: w.place}, ink.number(r.start)));
  row.payload = {id: r.id};
  return row;
}));
const table = ink.h('div.ink-list.ink-scroll', {}, ink.h('table', {}, ink.h('thead', {}, ink.h('tr', {}, ink.h('th', {}, w.speaker), ink.h('th', {}, w.line), ink.h('th.num', {}, w.place))), list));
const passage = ink.h('div.ink-passage.ink-scroll', {lang: data.lang});
const p = data.passage;
if (p) {
  let at = 0;
  const body = ink.h('div.ink-chunk.plain');
  for (const u of p.utterances) {
    body.append(p.text.slice(at, u.start - p.offset));
    body.append(ink.h('mark.ink-speech.h' + (hue[u.speaker] ?? 0) + (u.id === data.open ? '.on' : '') + (u.confidence < 0.6 ? '.doubt' : ''), {title: name(u.speaker)}, p.text.slice(Math.max(at, u.start - p.offset), u.end - p.offset)), ink.h('sup.ink-chip.h' + (hue[u.speaker] ?? 0), {}, name(u.speaker)));
    at = u.end - p.offset;
  }
  body.append(p.text.slice(at));
  passage.append(body);
}
host.replaceChildren(chips, ink.h('div.ink-pair', {}, ink.h('div.ink-side.wide', {}, table, ink.pager(data, w)), passage));
host.querySelector('.ink-speech.on')?.scrollIntoView({block: 'center'});
