// What asking will take: lines, requests, tokens, and the price where prices are given.
if (!data.facts?.length) { host.replaceChildren(); return; }
host.replaceChildren(ink.h('p.ink-estimate', {role: 'status'}, data.facts.join(' · ')));
