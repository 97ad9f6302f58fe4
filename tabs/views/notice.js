// What went wrong (or well), near the cause: what happened, then what to do.
if (!data.what) { host.replaceChildren(); return; }
host.replaceChildren(ink.h('div.ink-notice' + (data.good ? '.good' : ''), {role: data.good ? 'status' : 'alert'}, ink.h('b', {}, data.what), data.do || ''));
