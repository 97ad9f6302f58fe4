// The book on a paper card: each cut a fine rule with the chunk's number and tokens; the list beside it.
const w = data.words || {};
if (!data.total) { host.replaceChildren(ink.empty(data)); return; }
const rows = data.rows;
const most = Math.max(1, ...data.histogram.map(b => b[2]));
const figures = ink.h('dl.ink-figures', {}, data.figures.map(([k, v]) => ink.h('div', {}, ink.h('dt', {}, k), ink.h('dd', {}, ink.number(v)))));
const histogram = ink.h('div.ink-histogram', {role: 'img', 'aria-label': w.histogram},
  data.histogram.map(([low, high, n]) => ink.h('i', {style: `height:${Math.max(2, 100 * n / most)}%`, title: `${low}–${high}: ${n}`})));
const histogramBox = ink.h('figure.ink-histogram-box', {}, histogram, ink.h('figcaption', {}, ink.h('span', {}, String(data.histogram[0]?.[0] ?? 0)), ink.h('span', {}, w.histogram), ink.h('span', {}, String(data.histogram.at(-1)?.[1] ?? 0))));
const pick = number => {
  for (const e of host.querySelectorAll('.on')) e.classList.remove('on');
  for (const e of host.querySelectorAll(`[data-n="${number}"]`)) {
    e.classList.add('on');
    e.parentElement.scrollTo?.({top: e.offsetTop - e.parentElement.offsetTop - 60, behavior: 'smooth'});
  }
};
const list = ink.h('tbody', {}, rows.map(r => ink.h('tr', {'data-n': r.n, tabindex: 0, onclick: () => pick(r.n), onkeydown: e => { if (e.key === 'Enter') pick(r.n); }},
  ink.h('td.num', {}, ink.number(r.n)), ink.h('td.num', {}, ink.number(r.tokens)), ink.h('td.clip', {}, r.text.trim().slice(0, 60)))));
const table = ink.h('div.ink-list.ink-scroll', {}, ink.h('table', {}, ink.h('thead', {}, ink.h('tr', {}, ink.h('th.num', {}, '#'), ink.h('th.num', {}, w.tokens), ink.h('th', {}, w.begins))), list));
const passage = ink.h('div.ink-passage.ink-scroll', {lang: data.lang});
let document_name = '';
for (const r of rows) {
  if (r.document !== document_name) { document_name = r.document; passage.append(ink.h('p.ink-document', {}, document_name)); }
  passage.append(ink.h('div.ink-cut', {'aria-hidden': 'true'}, ink.h('span', {}, `${ink.number(r.n)} · ${ink.number(r.tokens)}`)),
    ink.h('div.ink-chunk', {'data-n': r.n, onclick: () => pick(r.n)}, r.text.replace(/\r\n/g, '\n').replace(/^\n+|\s+$/g, '')));
}
host.replaceChildren(ink.h('div.ink-strip', {}, figures, histogramBox), ink.h('div.ink-pair', {}, ink.h('div.ink-side', {}, table, ink.pager(data, w)), passage));
