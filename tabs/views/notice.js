// What went wrong (or well), near the cause: what happened, then what to do.
if (!data.what) { host.replaceChildren(); return; }
// The window's own notice lies over the page: it can be put away.
const over = host.closest('#window-notice');
const away = over ? ink.h('button.ink-button', {type: 'button', 'aria-label': data.close || 'Close', onclick: event => { event.stopPropagation(); host.replaceChildren(); }}, '×') : null;
host.replaceChildren(ink.h('div.ink-notice' + (data.good ? '.good' : ''), {role: data.good ? 'status' : 'alert'}, ink.h('b', {}, data.what), data.do || '', away));
