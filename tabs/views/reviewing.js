// The parts of the review card: chips, tools, the question under the open line, the list of turns, lines to hear, the keys.
// `r` is the card: data, words, model, open, waiting, and what its buttons do.
ink.reviewing = (() => {
  const told = (text, values) => (text || '').replace(/\{(\w+)\}/g, (_, key) => values[key]);
  const name = (r, speaker) => speaker === null || speaker === '' ? r.words.unknown : speaker;
  const percent = value => `${Math.round(100 * value)} %`;
  const hue = (r, speaker) => ink.speech.hue(r.data.set, speaker === '' ? null : speaker);
  const plain = (label, onclick, kind = '', more = {}) => ink.h('button.ink-button' + kind, {type: 'button', onclick, ...more}, label);

  // What stands of a line beside its speaker, never by colour alone: ✓ a person, ◆ a model, ? in doubt.
  const label = (r, line) => {
    if (!r.model.spoken(line)) return (line.decided === 'person' ? '✓ ' : '') + r.words['kind_' + line.kind];
    const sign = line.decided === 'person' ? '✓ ' : line.decided === 'model' ? '◆ ' : '';
    return sign + name(r, line.speaker) + (r.model.doubtful(line) ? ' ?' : '') + (line.kind === 'thought' ? ` · ${r.words.kind_thought}` : '');
  };
  const classes = (r, line) => `${r.model.spoken(line) ? hue(r, line.speaker) : 'h-none'} ${line.kind}` + (r.model.doubtful(line) ? ' doubt' : '') + (line.id === r.open ? ' on' : '');

  const chips = r => {
    const people = r.model.people.sort((a, b) => b[1] - a[1]);
    const chosen = r.data.speaker;
    // One row: as many as are wide enough, the rest in a list.
    const wide = text => 48 + 7 * [...text].reduce((sum, c) => sum + (c > '\u2e80' ? 2 : 1), 0), width = ([speaker, n]) => Math.min(246, wide(name(r, speaker) + n));
    const fit = room => (people.findIndex(one => (room -= width(one)) <= 0) + people.length + 1) % (people.length + 1);
    // The one whose lines are shown has a button more, and is always there.
    const shown = people.find(([speaker]) => chosen === (speaker ?? '')), room = r.width() - 270 - (chosen ? wide(`♪ ${r.words.hear}`) : 0);
    const most = people.indexOf(shown) < fit(room) ? fit(room) : fit(room - width(shown)), top = people.slice(0, most), rest = people.slice(most);
    const one = ([speaker, n]) => {
      const on = chosen === (speaker ?? '');
      const chip = plain(`${name(r, speaker)} ${ink.number(n)}`, () => r.set({speaker: on ? null : speaker ?? ''}), '.hue.' + hue(r, speaker) + (on ? '.on' : ''), {'aria-pressed': String(on), lang: r.data.lang});
      const hear = on && speaker ? plain(`♪ ${r.words.hear}`, () => r.hear(speaker), '.ink-secondary.ink-hear') : null;
      return [chip, hear];
    };
    const picked = rest.find(([speaker]) => chosen === (speaker ?? ''));
    // A novel has hundreds of names: they are listed when the list is asked for.
    const fill = e => { if (e.target.length === 1) e.target.append(...rest.map(([speaker, n], i) => ink.h('option', {value: i}, `${name(r, speaker)} ${ink.number(n)}`))); };
    const more = rest.length ? ink.h('select.ink-input.ink-more', {'aria-label': r.words.more, onfocus: fill, onmousedown: fill, onchange: e => { const one = rest[e.target.value]; r.focus(); r.set({speaker: one[0] ?? ''}); }},
      ink.h('option', {value: ''}, `${r.words.more} (${ink.number(rest.length)})`)) : null;
    const all = plain(`${r.words.all} ${ink.number(r.data.all)}`, () => r.set({speaker: null}), chosen === null ? '.on' : '', {'aria-pressed': String(chosen === null)});
    return [all, top.map(one), picked ? one(picked) : null, more];
  };

  const tools = r => {
    const w = r.words, counts = r.model.counts;
    const told_under = value => told(w.under, {n: Number(value).toFixed(2)});
    const line = ink.h('span', {}, told_under(r.data.under));
    const slider = ink.h('label.ink-under', {}, line, ink.h('input', {type: 'range', min: 0.3, max: 1, step: 0.05, value: r.data.under,
      oninput: e => { line.textContent = told_under(e.target.value); r.under(Number(e.target.value)); }, onchange: e => r.set({under: Number(e.target.value)})}));
    const undo = plain(`↶ ${w.undo}` + (counts.edits ? ` (${ink.number(counts.edits)})` : ''), () => r.undo(), '.ink-undo');
    undo.disabled = !counts.edits;
    return [slider, plain(w.only, () => r.set({only: !r.data.only}), r.data.only ? '.on' : '', {'aria-pressed': String(r.data.only)}),
      ink.h('span.ink-hint.ink-left', {}, ink.h('b', {}, told(w.left, {n: ink.number(Math.max(0, counts.doubtful))})), ' · ', told(w.reviewed, {n: ink.number(counts.reviewed)})), undo];
  };

  // Who may have said the open line, why it stands as it does, and what else can be said of it.
  const question = (r, line) => {
    const w = r.words;
    if (r.waiting) return ink.h('div.ink-question.waiting', {'aria-busy': 'true'}, '…');
    const chances = new Map([...line.others, ...(line.speaker !== null ? [[line.speaker, line.confidence]] : [])]);
    const choices = line.choices.map((speaker, i) => plain([ink.h('kbd', {}, i + 1), ink.h('span.ink-who.' + hue(r, speaker), {lang: r.data.lang}, speaker),
      chances.has(speaker) ? ink.h('small', {}, percent(chances.get(speaker))) : null], () => r.assign(speaker), line.speaker === speaker ? '.on' : '', {'aria-pressed': String(line.speaker === speaker), 'data-choice': i + 1}));
    const other = ink.h('input.ink-input.ink-other', {type: 'text', placeholder: w.other, 'aria-label': w.other, maxlength: 80, list: r.names.id, onkeydown: e => {
      if (e.isComposing) return;
      if (e.key === 'Enter' && e.target.value.trim()) { e.preventDefault(); r.assign(e.target.value.trim().replace(/\s+/g, ' ')); r.focus(); }
      if (e.key === 'Escape') r.focus();
      e.stopPropagation();
    }});
    const silent = plain([ink.h('kbd', {}, '0'), w.nobody], () => r.assign(null), line.speaker === null && line.decided === 'person' ? '.on' : '');
    const kinds = r.model.spoken(line) ? [plain([ink.h('kbd', {}, 'x'), w.not_speech], () => r.kind('quoted'))] : ['speech', 'thought'].map(kind => plain(w['is_' + kind], () => r.kind(kind)));
    const votes = Object.entries(line.votes);
    const facts = [line.why.length ? told(w.why, {told: line.why.join(' · ')}) : '', votes.length ? told(w.votes, {told: votes.map(([who, n]) => `${who === '?' ? w.nobody : who} ${n}`).join(' · ')}) : '',
      line.decided === 'person' ? w.by_person : line.decided === 'model' ? w.by_model : ''].filter(Boolean);
    return ink.h('div.ink-question', {role: 'group', 'aria-label': w.who}, ink.h('div.ink-choices', {}, choices, silent, kinds, other), facts.length ? ink.h('p.ink-why', {}, facts.join(' — ')) : null);
  };

  const look = (r, row) => { const line = r.model.line(row.id) || row; return `${classes(r, line)} ${label(r, line)} ${line.confidence}`; };
  const entry = (r, row, kind) => {
    const line = r.model.line(row.id) || row, on = row.id === r.open;
    const item = ink.h('button.ink-item.ink-turn', {type: 'button', onclick: () => r.show(row.id), ...(on ? {'aria-current': 'true'} : {})},
      ink.h('span.ink-turn-head', {}, ink.h('span.ink-who.' + classes(r, line).replaceAll(' ', '.'), {lang: r.data.lang}, label(r, line)),
        ink.h('span.ink-turn-facts', {title: row.document}, r.model.spoken(line) && line.speaker !== null ? `${percent(line.confidence)} · ` : '', ink.number(row.start))),
      ink.h('span.ink-turn-text' + kind, {lang: r.data.lang}, row.text));
    const made = ink.h('li' + (on ? '.on' : ''), {'data-id': row.id}, item);
    Object.assign(made, {row, kind, drawn: look(r, row)});
    return made;
  };
  const turns = (r, rows, kind) => ink.h('ol.ink-items', {'aria-label': r.words.turns}, rows.map(row => entry(r, row, kind)));
  // Only the turns that look otherwise than before are drawn again.
  const refresh = (r, list) => {
    for (const item of list.querySelectorAll('li')) if (look(r, item.row) !== item.drawn) item.replaceWith(entry(r, item.row, item.kind));
  };
  const pager = r => {
    const found = ink.pager(r.data, r.words);
    for (const button of found?.querySelectorAll('button') || []) { button.removeAttribute('data-act'); button.onclick = () => r.set({offset: button.payload.offset}); }
    return found;
  };
  const hearing = r => {
    const {speaker, seed} = r.data.hear;
    return ink.h('div.ink-tools', {}, ink.h('b.ink-hint', {}, told(r.words.heard, {name: speaker})), plain(r.words.others, () => r.hear(speaker, seed + 1), '.ink-others'), plain('✕', () => r.hear(''), '', {'aria-label': r.words.close}));
  };

  const KEYS = [['n ↓', 'next'], ['p ↑', 'previous'], ['1–9', 'assign'], ['↵', 'accept'], ['0', 'nobody'], ['x', 'not_speech'], ['/', 'other'], ['⌫ u', 'undo']];
  const keys = r => ink.h('p.ink-keys', {}, ink.h('b.ink-keys-off', {}, r.words.keys_off), KEYS.map(([key, word]) => ink.h('span', {}, ink.h('kbd', {}, key), r.words['key_' + word])),
    plain([ink.h('kbd', {}, '?')], () => r.help(), '', {'aria-label': r.words.help, 'aria-expanded': String(r.helping)}));
  const help = r => ink.h('div.ink-help', {role: 'note'}, ink.h('p', {}, r.words.help_keys), ink.h('p.ink-help-marks', {},
    [['speech h0', 'mark_sure'], ['speech h1 doubt', 'mark_doubt'], ['thought h2', 'mark_thought'], ['quoted h-none', 'mark_quoted']].map(([kind, word]) => ink.h('mark.ink-speech.' + kind.replaceAll(' ', '.'), {}, r.words[word])),
    ink.h('span', {}, `✓ ${r.words.by_person}`), ink.h('span', {}, `◆ ${r.words.by_model}`)));

  return {label, classes, chips, tools, question, turns, refresh, pager, hearing, keys, help, told};
})();
