// What all views share. Text from books, models and people only ever becomes textContent, never markup.
window.ink = {
  // ink.h('p.note', {title: 'x'}, 'text', child): one element with classes, attributes and children.
  h(name, attributes, ...children) {
    const [tag, ...classes] = name.split('.');
    const element = document.createElement(tag || 'div');
    if (classes.length) element.className = classes.join(' ');
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (key.startsWith('on')) element[key] = value; else element.setAttribute(key, value === true ? '' : value);
    }
    element.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false));
    return element;
  },
  read(text) { try { return JSON.parse(text || '{}'); } catch { return {}; } },
  number(value) { return typeof value === 'number' ? value.toLocaleString('en-US') : value; },
  button(label, act, data, kind) {
    const extra = data || {};
    const button = ink.h('button.ink-button' + (kind ? '.' + kind : ''), {type: 'button', 'data-act': act}, label);
    button.payload = extra;
    return button;
  },
  // One pager for every list: offset, limit and total in rows.
  pager(data, words) {
    if (!data.total || data.total <= data.limit) return null;
    const last = Math.min(data.offset + data.limit, data.total);
    const back = ink.button('‹', 'page', {offset: Math.max(0, data.offset - data.limit)});
    const next = ink.button('›', 'page', {offset: data.offset + data.limit});
    back.disabled = data.offset <= 0; next.disabled = last >= data.total;
    back.setAttribute('aria-label', words.previous || 'Previous'); next.setAttribute('aria-label', words.next || 'Next');
    return ink.h('nav.ink-pager', {'aria-label': words.pages || 'Pages'}, back,
      ink.h('span', {}, `${ink.number(data.offset + 1)}–${ink.number(last)} / ${ink.number(data.total)}`), next);
  },
  empty(data) {
    const words = data.empty || {};
    return ink.h('div.ink-empty', {}, ink.h('p.ink-empty-title', {}, words.title || ''), ink.h('p', {}, words.text || ''),
      words.button ? ink.button(words.button, 'sample', {}, 'ink-secondary') : null);
  },
  // Fields that an answer is about to fill take nothing in until it has come, or what is typed meanwhile would be replaced.
  hold(fields, on) {
    for (const field of document.querySelectorAll(fields)) field.inert = on;
    clearTimeout(ink.holding);
    if (on) ink.holding = setTimeout(() => ink.hold(fields, false), 10000);  // an answer that never comes
  },
  // A value that came beside Gradio, to the view that it is of.
  shows(value) { ink.take[(ink.read(value)._v || '').split('=')[0]]?.(value); },
  // Redraw `draw(data, host)` whenever the value changes; one listener hands clicks on to Python.
  // Answers overtake each other: one that Python read earlier than what is shown is dropped, and the same content of another
  // time is not drawn again. `ink.have` tells which version of the component is on show, for the page's next question.
  mount(element, props, watch, act, draw) {
    const host = element.querySelector('.host');
    host.act = act;
    let raw, shown, read_at = ['', 0], id = null;
    const take = value => {
      if (value === raw) return;
      raw = value;
      const data = ink.read(raw), at = data._at || ['', Infinity], mark = (data._v || '').split('=');
      if (at[0] === read_at[0] && at[1] < read_at[1]) return;
      read_at = data._at || read_at;
      if (mark[1]) { ink.have[id = mark[0]] = mark[1]; ink.take[id] = take; } else if (id) delete ink.have[id];
      const content = raw.slice(0, data._at ? raw.lastIndexOf(',"_at":') : undefined);
      if (content === shown) return;
      shown = content;
      const places = [...host.querySelectorAll('.ink-scroll')].map(e => e.scrollTop), same = host.view_key === data.key;
      draw(data, host);
      host.view_key = data.key;
      if (same) [...host.querySelectorAll('.ink-scroll')].forEach((e, i) => { if (!e.matches('.ink-log')) e.scrollTop = places[i] || e.scrollTop; });
    };
    take(props.value);
    watch('value', () => take(props.value));
    element.addEventListener('click', event => {
      const target = event.target.closest('[data-act]');
      if (!target || target.disabled) return;
      act({act: target.dataset.act, ...(target.payload || {})});
    });
  },
};
