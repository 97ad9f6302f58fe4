// The people of a text as a table. What is changed here is shown at once and sent whole; Python answers with the rows as
// the text field now holds them, or says what is wrong, and then the rows stay as they were typed.
const w = data.words || {}, hues = data.hues || [];
const MANY = 8, SHOWN = 150, KEPT = 50;
const c = host.cast ||= {rows: [], next: 1, n: 0, sent: 0, tries: 0, again: false, history: [], query: '', all: false, painted: '', told: null, bad: []};

// ---- what came from Python: pictures of a text that the field no longer holds are left aside
const field = document.querySelector('#dialogue-characters textarea');
const echo = c.sent > 0 && data.answer && data.n === c.sent;
const stale = !data.answer && field && field.value.replace(/\r\n?/g, '\n') !== data.text;
if (echo) { c.sent = c.tries = 0; clearTimeout(c.timer); if (c.again) { c.again = false; host.send(); return; } }
else if (c.painted && (c.sent || stale || (data.draft && data.n < c.n))) return;
const plain = r => ({name: r.name, aliases: r.aliases, gender: r.gender, colour: r.colour});
const told_rows = rows => rows.filter(r => r.name.trim() || r.aliases.length).map(plain);
const known = rows => JSON.stringify(told_rows(rows).map(JSON.stringify).sort());
const kept = () => { c.history.push(JSON.stringify(c.rows)); c.history.splice(0, c.history.length - KEPT); };
if (known(c.rows) === known(data.rows)) {
  const figures = new Map(data.rows.map(r => [JSON.stringify(plain(r)), r]));
  for (const row of c.rows) { const now = figures.get(JSON.stringify(plain(row))); if (now) { row.lines = now.lines; row.found = now.found; } }
  if (!echo && !host.contains(document.activeElement)) c.rows.sort((a, b) => b.lines - a.lines || b.found - a.found);
} else {
  if (data.answer && !echo && c.painted) kept();
  const before = new Map(c.rows.map(r => [r.name, r]));
  c.rows = data.rows.map(r => { const row = before.get(r.name) || {id: c.next++}; before.delete(r.name); return Object.assign(row, r); });
}
c.bad = data.bad || []; c.told = data.told; c.rare = data.rare || []; c.data = data;

// ---- changes: shown at once, sent one after the other, always the whole table
host.send = () => {
  if (c.sent) { c.again = true; return; }
  c.n += 1; c.sent = c.n;
  clearTimeout(c.timer);
  c.timer = setTimeout(() => { c.sent = 0; if (c.again || ++c.tries < 3) { c.again = false; host.send(); } }, 8000);
  host.act({act: 'rows', n: c.n, rows: told_rows(c.rows)});
};
// Without a place to go the focus is on its way by itself (Tab, a click): the table is painted when it has arrived.
const change = (edit, focus) => {
  const before = JSON.stringify(c.rows);
  edit();
  if (JSON.stringify(c.rows) !== before) { c.history.push(before); c.history.splice(0, c.history.length - KEPT); host.send(); }
  if (focus) paint(focus); else setTimeout(() => paint());
};
const unique = names => [...new Set(names.map(n => n.trim()).filter(Boolean))];
const tell = text => { c.box.live.textContent = text; };
const fill = (text, values) => (text || '').replace(/\{(\w+)\}/g, (_, key) => values[key]);
const give = (row, names) => { row.aliases = unique([...row.aliases, ...names]).filter(n => n !== row.name); };
const merge = (from, into) => { if (from !== into) change(() => {
  give(into, [from.name, ...from.aliases]);
  into.gender ??= from.gender; into.colour ??= from.colour; into.lines += from.lines; into.found += from.found;
  c.rows = c.rows.filter(r => r !== from);
  tell(fill(w.merged, {first: from.name, second: into.name}));
}, [into.id, 'name']); };
const move = (from, alias, into) => { if (from !== into) change(() => { from.aliases = from.aliases.filter(a => a !== alias); give(into, [alias]); }, [into.id, 'add']); };
const add = () => {
  const row = {id: c.next++, name: '', aliases: [], gender: null, colour: null, lines: 0, found: 0};
  c.query = '';
  c.rows.unshift(row);
  paint([row.id, 'name']);
};
const undo = () => { if (c.history.length) { c.rows = JSON.parse(c.history.pop()); host.send(); paint('undo'); } };

// ---- a small window of choices under the button that opens it
const shut = back => { if (!c.pop) return; const {box, opener} = c.pop; c.pop = null; box.remove(); if (back) opener.focus(); if (c.late) setTimeout(() => paint()); };
const pop = (opener, title, content) => {
  const box = ink.h('div.ink-pop', {role: 'dialog', 'aria-label': title}, ink.h('p.ink-pop-title', {}, title), content);
  shut();
  host.append(box);
  const place = opener.getBoundingClientRect(), card = host.getBoundingClientRect();
  box.style.left = `${Math.max(4, Math.min(place.left - card.left, card.width - box.offsetWidth - 8))}px`;
  box.style.top = `${Math.max(4, Math.min(place.bottom - card.top + 3, card.height - box.offsetHeight - 6))}px`;
  box.onkeydown = e => {
    const all = [...box.querySelectorAll('button, input')].filter(b => !b.hidden), at = all.indexOf(document.activeElement);
    const step = {ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1}[e.key];
    if (e.key === 'Escape') { e.stopPropagation(); shut(true); }
    else if (step && !(document.activeElement.matches('input') && e.key.match(/Left|Right/))) { all[(at + step + all.length) % all.length]?.focus(); e.preventDefault(); }
  };
  box.onfocusout = e => { if (c.pop?.box === box && e.relatedTarget && !box.contains(e.relatedTarget)) shut(); };
  c.pop = {box, opener};
  (box.querySelector('[aria-pressed=true]') || box.querySelector('input, button'))?.focus();
};
const option = (label, onclick, more = {}) => ink.h('button.ink-button', {type: 'button', onclick: () => { shut(true); onclick(); }, ...more}, label);
const palette = (row, opener) => pop(opener, fill(w.colour_of, {name: row.name}), ink.h('div.ink-palette', {}, [null, 0, 1, 2, 3, 4, 5, 6, 7].map(n =>
  option([ink.h('span.ink-swatch' + (n === null ? '.auto' : '.h' + n)), n === null ? w.auto : hues[n]], () => change(() => { row.colour = n; }, [row.id, 'colour']), {'aria-pressed': String(row.colour === n)}))));
const persons = (row, choose) => {
  const others = c.rows.filter(r => r !== row && r.name), list = ink.h('div.ink-persons');
  const show = query => list.replaceChildren(...others.filter(r => [r.name, ...r.aliases].some(n => n.toLowerCase().includes(query.toLowerCase()))).slice(0, 40).map(r => option(r.name, () => choose(r))));
  show('');
  return [ink.h('input.ink-input', {type: 'text', placeholder: w.search, 'aria-label': w.search, oninput: e => show(e.target.value.trim()),
    onkeydown: e => { if (e.key === 'Enter' && !e.isComposing) list.querySelector('button')?.click(); }}), list];
};
const join = (row, opener) => pop(opener, fill(w.merge_title, {name: row.name}), persons(row, other => merge(row, other)));
const named = (row, alias, opener) => pop(opener, fill(w.alias_title, {alias, name: row.name}), [
  option(w.alias_main, () => change(() => { row.aliases = unique([row.name, ...row.aliases.filter(a => a !== alias)]); row.name = alias; }, [row.id, 'name'])),
  option(w.alias_apart, () => change(() => { row.aliases = row.aliases.filter(a => a !== alias); c.rows.splice(c.rows.indexOf(row) + 1, 0, {id: c.next++, name: alias, aliases: [], gender: null, colour: null, lines: 0, found: 0}); }, [row.id, 'name'])),
  ink.h('p.ink-pop-title', {}, w.alias_give), ...persons(row, other => move(row, alias, other)),
]);

// ---- one row
const drag = what => e => { c.drag = what; e.dataTransfer.setData('text/plain', what.alias || what.name || ''); e.dataTransfer.effectAllowed = 'move'; };
const drop = row => {
  const here = () => c.drag && c.drag.row !== row;
  const dropped = () => { const d = c.drag; c.drag = null; if (d.alias) move(d.row, d.alias, row); else if (d.row) merge(d.row, row); else change(() => give(row, d.names), [row.id, 'add']); };
  return {ondragover: e => { if (here()) { e.preventDefault(); e.currentTarget.classList.add('drop'); } }, ondragleave: e => e.currentTarget.classList.remove('drop'),
    ondrop: e => { e.preventDefault(); e.currentTarget.classList.remove('drop'); if (here()) dropped(); }};
};
const key = name => name.toLowerCase().replace(/^(the|an?)\s+/, '');
const wrong = name => c.bad.some(one => key(one) === key(name));
const other_row = (e, row, part) => {
  const all = visible().slice(0, c.all ? undefined : SHOWN), next = all[all.indexOf(row) + {ArrowDown: 1, ArrowUp: -1}[e.key]];
  if (next) { e.preventDefault(); host.querySelector(`tr[data-id="${next.id}"] [data-part="${part}"]`)?.focus(); }
};
const name_box = row => ink.h('input.ink-cell', {type: 'text', value: row.name, 'data-part': 'name', 'aria-label': w.name, 'aria-invalid': wrong(row.name) ? 'true' : null, placeholder: w.name, maxlength: 200,
  onblur: e => { const name = e.target.value.trim(); if (!c.painting && name !== row.name) change(() => { row.name = name; row.aliases = row.aliases.filter(a => a !== name); }); },
  onkeydown: e => { if (e.key === 'Enter' && !e.isComposing) host.querySelector(`tr[data-id="${row.id}"] [data-part=add]`)?.focus(); else if (e.key.match(/^Arrow(Up|Down)$/)) other_row(e, row, 'name'); }});
const chip = (row, alias, at) => ink.h('span.ink-alias' + (wrong(alias) ? '.bad' : ''), {draggable: 'true', ondragstart: drag({row, alias})},
  ink.h('button', {type: 'button', 'data-part': 'alias' + at, title: w.alias_help, 'aria-haspopup': 'dialog', onclick: e => named(row, alias, e.currentTarget),
    onkeydown: e => { if (e.key === 'Delete' || e.key === 'Backspace') { e.preventDefault(); change(() => row.aliases.splice(at, 1), [row.id, 'add']); } }}, alias),
  ink.h('button.ink-x', {type: 'button', tabindex: -1, 'aria-label': fill(w.alias_remove, {alias}), onclick: () => change(() => row.aliases.splice(at, 1), [row.id, 'add'])}, '×'));
const add_box = row => {
  const take = (e, focus) => { const names = e.target.value.split(/[,，、;；]/); e.target.value = ''; change(() => give(row, names), focus); };
  return ink.h('input.ink-cell', {type: 'text', 'data-part': 'add', placeholder: row.aliases.length ? '' : w.alias_add, 'aria-label': fill(w.alias_add_to, {name: row.name}), maxlength: 400,
    oninput: e => { if (!e.isComposing && /[,，、;；]/.test(e.target.value)) take(e, [row.id, 'add']); },
    oncompositionend: e => { if (/[,，、;；]/.test(e.target.value)) take(e, [row.id, 'add']); },
    onblur: e => { if (!c.painting && e.target.value.trim()) take(e); },
    onkeydown: e => {
      if (e.isComposing) return;
      if (e.key === 'Enter' && e.target.value.trim()) take(e, [row.id, 'add']);
      else if (e.key === 'Backspace' && !e.target.value && row.aliases.length) { e.preventDefault(); const last = row.aliases.at(-1); change(() => row.aliases.pop(), [row.id, 'add']); const box = host.querySelector(`tr[data-id="${row.id}"] [data-part=add]`); if (box) box.value = last; }
      else if (e.key.match(/^Arrow(Up|Down)$/)) other_row(e, row, 'add');
    }});
};
const line = row => {
  const hue = Number.isInteger(row.colour) ? '.h' + row.colour : '.auto', bad = [row.name, ...row.aliases].some(wrong);
  return ink.h('tr' + (bad ? '.bad' : ''), {'data-id': row.id, ...drop(row)},
    ink.h('td.ink-grip', {}, ink.h('span', {draggable: 'true', title: w.drag, 'aria-hidden': 'true', ondragstart: drag({row, name: row.name})}, '⠿'),
      ink.h('button.ink-swatch' + hue, {type: 'button', 'data-part': 'colour', 'aria-haspopup': 'dialog', title: hue === '.auto' ? w.auto : hues[row.colour], onclick: e => palette(row, e.currentTarget),
        'aria-label': `${fill(w.colour_of, {name: row.name})}: ${hue === '.auto' ? w.auto : hues[row.colour]}`})),
    ink.h('td', {}, name_box(row)),
    ink.h('td', {}, ink.h('div.ink-aliases', {onclick: e => { if (e.target === e.currentTarget) e.currentTarget.querySelector('input').focus(); }}, row.aliases.map((alias, at) => chip(row, alias, at)), add_box(row))),
    ink.h('td', {}, ink.h('select.ink-cell', {'data-part': 'gender', 'aria-label': fill(w.gender_of, {name: row.name}), onchange: e => change(() => { row.gender = e.target.value || null; }, [row.id, 'gender'])},
      [['', '—'], ['f', `♀ ${w.female}`], ['m', `♂ ${w.male}`]].map(([value, label]) => ink.h('option', {value, selected: (row.gender || '') === value}, label)))),
    c.data.has_lines ? ink.h('td.num', {}, ink.number(row.lines)) : null, c.data.has_found ? ink.h('td.num', {}, ink.number(row.found)) : null,
    ink.h('td.ink-ends', {}, ink.h('button.ink-button', {type: 'button', 'data-part': 'merge', 'aria-haspopup': 'dialog', disabled: c.rows.length < 2, 'aria-label': fill(w.merge_title, {name: row.name}), onclick: e => join(row, e.currentTarget)}, w.merge),
      ink.h('button.ink-button', {type: 'button', 'data-part': 'remove', title: w.remove, 'aria-label': fill(w.remove_name, {name: row.name}), onclick: () => { const all = visible(), at = all.indexOf(row); change(() => { c.rows = c.rows.filter(r => r !== row); }, [(all[at + 1] || all[at - 1])?.id, 'remove']); }}, '×')));
};

// ---- the whole
const visible = () => { const q = c.query.trim().toLowerCase(); return q ? c.rows.filter(r => !r.name || [r.name, ...r.aliases].some(n => n.toLowerCase().includes(q))) : c.rows; };
const rare_box = () => {
  if (!c.rare.length) return null;
  const one = ([name, n, gender, aliases], at) => ink.h('button.ink-button', {type: 'button', draggable: 'true', ondragstart: drag({name, names: [name, ...aliases]}), title: aliases.join(', ') || null, 'aria-label': fill(w.rare_add, {name}),
    'data-tool': 'rare' + at, onclick: () => { c.rare = c.rare.filter(r => r[0] !== name); change(() => c.rows.push({id: c.next++, name, aliases: [...aliases], gender, colour: null, lines: 0, found: n}), 'rare' + Math.min(at, c.rare.length - 1)); }}, `+ ${name} `, ink.h('small', {}, ink.number(n)));
  const few = c.rare.every(r => r[1] <= 2);
  return ink.h('details.ink-rare', {open: c.open || null, ontoggle: e => { c.open = e.target.open; }}, ink.h('summary', {'data-tool': 'rare'}, fill(few ? w.rare : w.rare_more, {n: ink.number(c.rare.length)})),
    ink.h('div.ink-rare-list', {}, c.rare.map(one)));
};
// A row is built again only when something in it has changed: hundreds of persons stay quick, and the focus where it is.
c.kept ||= new WeakMap();
const element = row => {
  const sign = JSON.stringify([row, [row.name, ...row.aliases].map(wrong), c.data.has_lines, c.data.has_found, c.rows.length < 2, w.name]), before = c.kept.get(row);
  if (before?.sign === sign) return before.element;
  const made = line(row);
  c.kept.set(row, {sign, element: made});
  return made;
};
const fill_table = () => {
  const found = visible(), wanted = (c.all ? found : found.slice(0, SHOWN)).map(element), stay = new Set(wanted), body = c.box.body;
  for (const old of [...body.children]) if (!stay.has(old)) old.remove();
  let at = body.firstChild;
  for (const one of wanted) if (one === at) at = at.nextSibling; else body.insertBefore(one, at);
  const rest = found.length - wanted.length;
  c.box.rest.replaceChildren(...[rest ? ink.h('button.ink-button', {type: 'button', onclick: () => { c.all = true; paint(); }}, fill(w.show_all, {n: ink.number(rest)})) : null,
    c.query && !found.length ? ink.h('p.ink-hint', {}, w.none) : null, rare_box()].filter(Boolean));
};
const frame = () => {
  const box = c.box = {tools: ink.h('div.ink-tools'), told: ink.h('div'), head: ink.h('thead'), body: ink.h('tbody'), rest: ink.h('div.ink-rest'), empty: ink.h('div.ink-empty'), live: ink.h('p.sr', {'aria-live': 'polite'})};
  box.list = ink.h('div.ink-list.ink-scroll.ink-cast', {tabindex: 0, role: 'region'}, ink.h('table', {}, box.head, box.body), box.rest);
  host.replaceChildren(box.tools, box.told, box.list, box.empty, box.live);
};
const paint_frame = () => {
  const box = c.box, nobody = !c.rows.length && !c.rare.length;
  const search = c.rows.length > MANY || c.query ? ink.h('input.ink-input', {type: 'search', 'data-tool': 'search', value: c.query, placeholder: w.search, 'aria-label': w.search, oninput: e => { c.query = e.target.value; c.all = false; fill_table(); c.box.list.scrollTop = 0; }}) : null;
  box.tools.replaceChildren(...[ink.h('span.ink-hint', {}, fill(w.count, {n: ink.number(c.rows.filter(r => r.name).length)})), search,
    ink.h('button.ink-button', {type: 'button', 'data-tool': 'undo', disabled: !c.history.length, onclick: undo}, `↶ ${w.undo}`),
    ink.h('button.ink-button.ink-secondary', {type: 'button', 'data-tool': 'new', onclick: add}, `+ ${w.add}`)].filter(Boolean));
  const titles = [['', w.colour], ['', w.name], ['', w.aliases], ['', w.gender], ...(c.data.has_lines ? [['.num', w.lines, w.lines_help]] : []), ...(c.data.has_found ? [['.num', w.found, w.found_help]] : [])];
  box.head.replaceChildren(ink.h('tr', {}, titles.map(([kind, label, help]) => ink.h('th' + kind, {title: help}, label)), ink.h('th', {}, ink.h('span.sr', {}, w.actions))));
  box.told.replaceChildren(...(c.told ? [ink.h('div.ink-notice', {role: 'alert'}, ink.h('b', {}, c.told[0]), c.told[1])] : []));
  box.empty.replaceChildren(ink.h('p.ink-empty-title', {}, c.data.empty.title), ink.h('p', {}, c.data.empty.text),
    ink.h('button.ink-button.ink-secondary', {type: 'button', onclick: () => document.querySelector('#dialogue-find')?.click()}, c.data.empty.button),
    // After a reload the form begins anew: the persons of the lines that are shown are not lost.
    c.data.take ? ink.h('button.ink-button', {type: 'button', 'data-tool': 'take', onclick: () => host.act({act: 'take'})}, c.data.take) : '');
  box.list.setAttribute('aria-label', w.table);
  box.empty.hidden = !nobody; box.list.hidden = nobody;
};
const paint = focus => {
  // Not while a word is being composed, the pointer is down on what would go, or a choice is open.
  if (c.composing || c.down || c.pop) { c.late = focus || c.late || true; return; }
  if (c.late) { focus ||= c.late === true ? undefined : c.late; c.late = null; }
  const active = host.contains(document.activeElement) ? document.activeElement : null;
  const at = focus || (active && (active.dataset.tool || active.dataset.part && [Number(active.closest('tr')?.dataset.id) || 0, active.dataset.part]));
  const typing = !focus && active?.matches('input') ? [active.value, active.selectionStart, active.selectionEnd] : null;
  c.painting = true;
  if (!c.box) frame();
  paint_frame();
  fill_table();
  c.painted = picture();
  const next = Array.isArray(at) ? host.querySelector(`tr[data-id="${at[0]}"] [data-part="${at[1]}"]`) : at && host.querySelector(`[data-tool="${at}"]`);
  if (next && next !== document.activeElement) {
    next.focus({preventScroll: !focus});
    if (typing) { next.value = typing[0]; if (typing[1] !== null) next.setSelectionRange(typing[1], typing[2]); }
  }
  c.painting = false;
};
const picture = () => JSON.stringify([c.rows, c.bad, c.told, c.rare, data.take, data.words, data.has_lines, data.has_found]);
if (!host.listening) {
  host.listening = true;
  const free = () => { c.down = false; if (c.late) host.paint(); };
  host.addEventListener('pointerdown', () => { c.down = true; }, true);
  host.addEventListener('click', () => { c.down = false; if (c.late) setTimeout(() => host.paint()); }, true);
  for (const name of ['pointerup', 'pointercancel', 'dragend']) document.addEventListener(name, () => { if (c.down) setTimeout(free); });
  host.addEventListener('compositionstart', () => { c.composing = true; }, true);
  host.addEventListener('compositionend', () => { c.composing = false; if (c.late) setTimeout(() => host.paint()); }, true);
  host.addEventListener('keydown', e => { if ((e.ctrlKey || e.metaKey) && e.key === 'z' && !e.target.matches('input')) { e.preventDefault(); host.querySelector('[data-tool=undo]:enabled')?.click(); } });
  document.addEventListener('pointerdown', e => { if (c.pop && !c.pop.box.contains(e.target)) host.shut(); });
}
host.paint = paint; host.shut = shut;
if (picture() !== c.painted) paint();
