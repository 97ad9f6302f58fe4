// A dataset as rows, as rendered chat, or as tokens coloured by what is trained on.
const w = data.words || {};
if (!data.total) { host.replaceChildren(ink.empty(data)); return; }
const roles = {system: w.role_system, user: w.role_user, assistant: w.role_assistant, chosen: w.chosen, rejected: w.rejected, tool: 'tool'};
const draw = {
  rows: r => ink.h('article.ink-card', {}, ink.h('h3', {}, '#' + ink.number(r.n)), ink.h('dl.ink-kv', {}, Object.entries(r.data).filter(([, v]) => v !== '' && v !== null && v !== undefined && !(Array.isArray(v) && !v.length)).map(([k, v]) =>
    [ink.h('dt', {}, k), ink.h('dd', {lang: data.lang}, typeof v === 'string' ? v : JSON.stringify(v, null, 1))]))),
  chat: r => ink.h('article.ink-card.chat', {}, ink.h('h3', {}, '#' + ink.number(r.n)), r.messages.map(m =>
    ink.h('div.ink-bubble.' + m.role, {}, ink.h('span.ink-role', {}, roles[m.role] || m.role), ink.h('p', {lang: data.lang}, m.content)))),
  tokens: r => ink.h('article.ink-card', {}, ink.h('h3', {}, '#' + ink.number(r.n)), r.parts.map(part => ink.h('div', {},
    ink.h('p.ink-token-facts', {}, part.facts), ink.h('div.ink-tokens', {}, part.tokens.map(([text, kind], i) => ink.h('span.tok.' + kind, {title: `${part.ids[i]}`}, text)),
      part.cut ? ink.h('span.ink-cutoff', {}, part.cut, ' ', ink.h('s', {}, (part.lost || []).join(''))) : null))), r.error ? ink.h('p.ink-error', {}, r.error) : null),
};
const legend = data.mode === 'tokens' ? ink.h('p.ink-legend', {}, ink.h('span.tok.t', {}, w.trained), ' ', ink.h('span.tok.u', {}, w.untrained), ' ', ink.h('span.tok.s', {}, w.special)) : null;
const problems = data.problems?.length ? ink.h('details.ink-problems', {}, ink.h('summary', {}, data.problems_title), ink.h('ul', {}, data.problems.map(p => ink.h('li', {}, p)))) : null;
host.replaceChildren(ink.h('div.ink-strip', {}, ink.h('dl.ink-figures', {}, data.figures.map(([k, v]) => ink.h('div', {}, ink.h('dt', {}, k), ink.h('dd', {}, ink.number(v))))), legend || ''),
  ...[problems].filter(Boolean), ink.h('div.ink-cards.ink-scroll', {}, data.error ? ink.h('p.ink-error', {}, ink.h('b', {}, data.error[0]), ' ', data.error[1]) : data.waiting ? ink.h('p.ink-waiting', {role: 'status'}, data.waiting) : data.rows.map(draw[data.mode])), ink.pager(data, w) || '');
