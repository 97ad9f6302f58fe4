// The model server: off, loading, ready or failed; what it holds and how much memory that takes.
if (!data.state) return;
const line = ink.h('div.ink-server.' + data.state, {role: 'status'}, ink.h('i', {'aria-hidden': 'true'}), ink.h('b', {}, data.label), data.state === 'off' ? '' : ` ${data.model} `, ink.h('small', {}, data.memory));
host.replaceChildren(line, ...[data.error ? ink.h('p.ink-error', {}, ink.h('b', {}, data.error[0]), ' ', data.error[1]) : null].filter(Boolean));
