// The book on a paper card: each cut a fine rule; click a rule to remove it, between two sentences to add one.
// Below it the similarity along the text with the cuts. Beside another set: the same text twice, cut by each.
const w = data.words || {};
if (!data.total) { host.replaceChildren(ink.empty(data)); return; }
const rows = data.rows, other = data.other;
const near = (a, b) => a && b && a.document === b.document && a.place === b.place;

// Figures and the histogram.
const facts = (list, name) => ink.h('dl.ink-figures', name ? {'aria-label': name} : {}, name ? ink.h('div.ink-figures-name', {}, ink.h('dt', {}, w.set), ink.h('dd', {}, name)) : null,
  list.map(([k, v]) => ink.h('div', {}, ink.h('dt', {}, k), ink.h('dd', {}, ink.number(v)))));
const most = Math.max(1, ...data.histogram.map(b => b[2]));
const histogram = ink.h('figure.ink-histogram-box', {}, ink.h('div.ink-histogram', {role: 'img', 'aria-label': w.histogram},
  data.histogram.map(([low, high, n]) => ink.h('i', {style: `height:${Math.max(2, 100 * n / most)}%`, title: `${low}–${high}: ${n}`}))),
  ink.h('figcaption', {}, ink.h('span', {}, String(data.histogram[0]?.[0] ?? 0)), ink.h('span', {}, w.histogram), ink.h('span', {}, String(data.histogram.at(-1)?.[1] ?? 0))));
const strip = ink.h('div.ink-strip', {}, other
  ? ink.h('div.ink-two', {}, facts(data.figures, data.name), facts(other.figures, other.name), ink.h('p.ink-agree', {}, other.agreement))
  : [facts(data.figures), histogram]);

// Editing: undo, and saving under a name.
const tools = ink.h('div.ink-tools', {});
if (!other && data.editable) {
  const undo = ink.button(`↶ ${w.undo}` + (data.edits ? ` (${ink.number(data.edits)})` : ''), 'undo', {});
  undo.disabled = !data.edits;
  const name = ink.h('input.ink-input', {type: 'text', placeholder: w.save_name, 'aria-label': w.save_name, maxlength: 80, value: host.typed || '', oninput: e => { host.typed = e.target.value; }});
  const save = ink.h('button.ink-button', {type: 'button', 'data-act': 'save', onclick: () => { save.payload = {name: name.value}; host.typed = ''; }}, w.save);
  name.onkeydown = e => { if (e.key === 'Enter') save.click(); };
  const remove = ink.button(w.delete, 'delete', {});
  remove.onclick = event => { if (!window.confirm(w.delete_sure)) event.stopPropagation(); };
  tools.append(undo, ink.h('span.ink-hint', {}), name, save, remove);
}

// The text.
const passage = ink.h('div.ink-passage.ink-scroll', {lang: data.lang, tabindex: 0, 'aria-label': w.text});
const pick = (number, scroll = true) => {
  for (const e of host.querySelectorAll('.on')) e.classList.remove('on');
  for (const e of host.querySelectorAll(`[data-n="${number}"]`)) {
    e.classList.add('on');
    const box = e.closest('.ink-scroll');
    if (scroll) box?.scrollTo({top: e.offsetTop - box.offsetTop - 60, behavior: 'smooth'});
  }
  host.chosen = number;
};
const similar = value => value === null || value === undefined ? '' : value.toFixed(2);
const clean = text => text.replace(/\r\n?/g, '\n');
const heading = r => r.heading ? ink.h('span.ink-heading', {title: r.heading}, r.heading.split(' › ').at(-1)) : null;
const rule = r => {
  const label = [ink.h('span', {}, `${ink.number(r.n)} · ${ink.number(r.tokens)}`), r.over ? ink.h('span.ink-over', {}, w.over) : null, heading(r), r.where ? ink.h('span.ink-where', {}, r.where) : null];
  if (!data.editable || r.first) return ink.h('div.ink-cut', {}, label);
  const told = `${w.remove}${r.similar === null ? '' : ` · ${w.similarity} ${similar(r.similar)}`}`;
  const cut = ink.h('button.ink-cut', {type: 'button', 'data-act': 'toggle', 'data-place': r.place, tabindex: -1, title: told, 'aria-label': `${told}, ${w.chunk} ${r.n}`}, label);
  cut.payload = {document: r.document, place: r.place};
  return cut;
};
const gap = (r, part) => {
  const told = `${w.add}${part.similar === null ? '' : ` · ${w.similarity} ${similar(part.similar)}`}`;
  const made = ink.h('button.ink-gap', {type: 'button', 'data-act': 'toggle', 'data-place': part.place, tabindex: -1, title: told, 'aria-label': told});
  made.payload = {document: r.document, place: part.place};
  return made;
};
const write = () => {
  let document_name = '';
  for (const r of rows) {
    if (r.name !== document_name) { document_name = r.name; passage.append(ink.h('p.ink-document', {}, document_name)); }
    const chunk = ink.h('div.ink-chunk' + (r.n % 2 ? '' : '.even'), {'data-n': r.n, onclick: e => { if (!e.target.closest('[data-act]')) pick(r.n, false); }});
    if (r.repeated) chunk.append(ink.h('span.ink-repeated', {title: w.repeated}, clean(r.repeated)));
    r.parts.forEach((part, i) => {
      if (i && data.editable) chunk.append(gap(r, part));
      chunk.append(ink.h('span', {'data-at': part.place}, i ? clean(part.text) : clean(part.text).replace(/^\n+/, '')));
    });
    passage.append(rule(r), chunk);
  }
};
const lay = () => {
  // One row for each stretch between the cuts of both sets: equal text stands at equal height.
  const grid = ink.h('div.ink-grid', {}, ink.h('p.ink-document', {}, data.name), ink.h('p.ink-document', {}, other.name));
  for (const s of other.stretches) {
    const side = (cut, even) => ink.h('div.ink-chunk.plain' + (even ? '.even' : ''), {}, cut ? ink.h('div.ink-cut' + (s.a && s.b ? '' : '.alone'), {}, ink.h('span', {}, `${ink.number(cut.n)} · ${ink.number(cut.tokens)}`)) : null, ink.h('span', {}, clean(s.text).replace(/^\n+/, '')));
    grid.append(side(s.a, s.even_a), side(s.b, s.even_b));
  }
  passage.append(grid);
};
other ? lay() : write();

// Keys: ← → from border to border, Enter sets or removes, ⌫ undoes.
passage.onkeydown = event => {
  if (event.ctrlKey || event.metaKey || event.altKey || !data.editable || other) return;
  const all = [...passage.querySelectorAll('[data-place]')], at = all.indexOf(document.activeElement);
  if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
    const box = passage.getBoundingClientRect();
    const seen = all.findIndex(e => e.getBoundingClientRect().top >= box.top);
    const next = all[at < 0 ? Math.max(0, seen) : at + (event.key === 'ArrowRight' ? 1 : -1)];
    if (next) { next.focus(); event.preventDefault(); }
  } else if (event.key === 'Backspace') { host.querySelector('[data-act=undo]:enabled')?.click(); event.preventDefault(); }
};
passage.onclick = event => { const target = event.target.closest('[data-place]'); if (target) host.edited = target.dataset.place; };

// The list of chunks.
const list = ink.h('tbody', {}, rows.map(r => ink.h('tr', {'data-n': r.n, tabindex: 0, onclick: () => pick(r.n), onkeydown: e => { if (e.key === 'Enter') pick(r.n); }},
  ink.h('td.num', {}, ink.number(r.n)), ink.h('td.num' + (r.over ? '.ink-over' : ''), {}, ink.number(r.tokens)), ink.h('td.clip', {}, r.begins))));
const table = ink.h('div.ink-list.ink-scroll', {}, ink.h('table', {}, ink.h('thead', {}, ink.h('tr', {}, ink.h('th.num', {}, '#'), ink.h('th.num', {}, w.tokens), ink.h('th', {}, w.begins))), list));

// Similarity along the text, the cuts under it; both share the text's places as their axis.
const points = data.curve || [], from = data.from, to = Math.max(data.to, from + 1);
const x = place => 1000 * (place - from) / (to - from);
const curve = ink.h('figure.ink-similar', {});
if (points.length > 1) {
  const low = Math.min(...points.map(p => p[1])), high = Math.max(...points.map(p => p[1]), low + 0.01);
  const y = value => 4 + 48 * (1 - (value - low) / (high - low));
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const draw = (tag, attributes) => { const e = document.createElementNS(svg.namespaceURI, tag); for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v); svg.append(e); };
  svg.setAttribute('viewBox', '0 0 1000 64'); svg.setAttribute('preserveAspectRatio', 'none'); svg.setAttribute('role', 'img'); svg.setAttribute('aria-label', w.curve);
  for (const r of rows) if (!r.first) draw('line', {x1: x(r.at), x2: x(r.at), y1: 2, y2: 62, class: 'cut'});
  draw('polyline', {points: points.map(p => `${x(p[0]).toFixed(1)},${y(p[1]).toFixed(1)}`).join(' ')});
  for (const r of rows) if (!r.first) draw('line', {x1: x(r.at), x2: x(r.at), y1: 55, y2: 64, class: 'mark'});
  const hint = data.editable ? `${w.curve_hint} · ${w.edit_hint}` : w.curve_hint, told = ink.h('figcaption', {}, hint);
  const nearest = event => { const box = svg.getBoundingClientRect(), place = from + (to - from) * (event.clientX - box.left) / box.width; return points.reduce((a, b) => Math.abs(b[0] - place) < Math.abs(a[0] - place) ? b : a); };
  svg.onmousemove = event => { told.textContent = `${w.similarity} ${similar(nearest(event)[1])}`; };
  svg.onmouseleave = () => { told.textContent = hint; };
  svg.onclick = event => {
    const place = nearest(event)[0], row = rows.filter(r => r.at <= place).at(-1);
    if (row) pick(row.n, false);
    const target = passage.querySelector(`[data-at="${place - (row?.shift || 0)}"]`) || passage.querySelector(`.ink-chunk[data-n="${row?.n}"]`);
    target?.scrollIntoView({block: 'center', behavior: 'smooth'});
  };
  curve.append(svg, told);
}
const text = ink.h('div.ink-text', {}, tools.childElementCount ? tools : null, passage, points.length > 1 && !other ? curve : null);
host.replaceChildren(strip, ink.h('div.ink-pair', {}, other ? null : ink.h('div.ink-side', {}, table, ink.pager(data, w)), text), ...(other ? [ink.pager(data, w)].filter(Boolean) : []));
if (host.edited) {  // after an edit the keyboard goes on where it was
  passage.querySelector(`[data-place="${host.edited}"]`)?.focus({preventScroll: true});
  host.edited = null;
}
