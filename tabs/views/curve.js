// The loss fills the card: raw thin, smoothed bold, evaluation dots; other curves small beside it.
const w = data.words || {};
if (!data.run) { host.replaceChildren(ink.empty(data)); host.parts = null; host.paint = () => {}; return; }
const css = name => getComputedStyle(host).getPropertyValue(name).trim();
const view = host.view ||= {log: false, from: null, to: null};
const plot = (canvas, x, series, opts) => {
  const wide = canvas.clientWidth, tall = canvas.clientHeight, ratio = window.devicePixelRatio || 1;
  // Another size takes another buffer; the same one is only wiped.
  if (canvas.width !== Math.round(wide * ratio) || canvas.height !== Math.round(tall * ratio)) { canvas.width = Math.round(wide * ratio); canvas.height = Math.round(tall * ratio); }
  const c = canvas.getContext('2d'); c.setTransform(ratio, 0, 0, ratio, 0, 0); c.clearRect(0, 0, wide, tall);
  const points = series.flatMap(s => s.y.map((y, i) => [s.x[i], y])).filter(([, y]) => y !== null && Number.isFinite(y));
  if (!points.length) return;
  const left = opts.small ? 44 : 52, bottom = 22, top = 8, right = 12;
  const from = view.from ?? Math.min(...points.map(p => p[0])), to = view.to ?? Math.max(...points.map(p => p[0]), from + 1);
  const scale = y => opts.log ? Math.log10(Math.max(y, 1e-9)) : y;
  const seen = points.filter(([a]) => a >= from && a <= to).map(([, y]) => scale(y));
  let low = Math.min(...seen), high = Math.max(...seen); if (high - low < 1e-12) { high += 1e-6 + Math.abs(high) * .05; low -= 1e-6 + Math.abs(low) * .05; }
  const pad = (high - low) * .06; low -= pad; high += pad;
  const X = a => left + (a - from) / (to - from || 1) * (wide - left - right), Y = y => top + (high - scale(y)) / (high - low) * (tall - top - bottom);
  c.font = '11px system-ui, sans-serif'; c.fillStyle = css('--body-text-color-subdued'); c.strokeStyle = css('--border-color-primary'); c.lineWidth = 1;
  const lines = opts.small ? 2 : 4;
  for (let i = 0; i <= lines; i++) {
    const v = low + (high - low) * i / lines, y = top + (high - v) / (high - low) * (tall - top - bottom), shown = opts.log ? 10 ** v : v;
    c.beginPath(); c.moveTo(left, y); c.lineTo(wide - right, y); c.stroke();
    c.textAlign = 'right'; c.fillText(Math.abs(shown) < 1e-2 && shown !== 0 ? shown.toExponential(1) : shown.toPrecision(3), left - 6, y + 4);
  }
  c.textAlign = 'center';
  const ticks = Math.max(2, Math.min(opts.small ? 3 : 8, Math.floor(to - from)));
  for (let i = 0; i <= ticks; i++) { const a = from + (to - from) * i / ticks; c.fillText(Math.round(a), Math.min(X(a), wide - right - 6), tall - 6); }
  for (const s of series) {
    c.strokeStyle = c.fillStyle = css(s.color); c.globalAlpha = s.alpha || 1; c.lineWidth = s.width || 1.5; c.lineJoin = 'round';
    c.beginPath(); let begun = false;
    s.y.forEach((y, i) => { if (y === null || !Number.isFinite(y) || s.x[i] < from || s.x[i] > to) return;
      if (s.dots || s.y.length === 1) { c.beginPath(); c.arc(X(s.x[i]), Y(y), 4, 0, 7); c.fill(); return; }
      begun ? c.lineTo(X(s.x[i]), Y(y)) : c.moveTo(X(s.x[i]), Y(y)); begun = true; });
    if (!s.dots && s.y.length > 1) c.stroke(); c.globalAlpha = 1;
  }
};
// The canvases stay while a run goes on: only figures are written anew and lines drawn.
const last = (data.loss.y || []).at(-1);
const frame = JSON.stringify([data.run, data.words, data.others.map(o => o.label), data.figures.map(f => f[0]), !data.loss.x.length && data.waiting, data.eval.x.length > 0]);
if (host.parts?.frame !== frame || !host.parts.main.isConnected && data.loss.x.length) {
  const main = ink.h('canvas.ink-main', {role: 'img'});
  const small = data.others.map(o => ink.h('figure.ink-small', {}, ink.h('figcaption', {}, o.label), ink.h('canvas', {role: 'img', 'aria-label': o.label})));
  const figures = ink.h('dl.ink-figures.big', {}, data.figures.map(([k, v]) => ink.h('div', {}, ink.h('dt', {}, k), ink.h('dd', {}, v))));
  const toggle = ink.h('button.ink-button', {type: 'button', 'aria-pressed': String(view.log), onclick: () => { view.log = !view.log; toggle.setAttribute('aria-pressed', view.log); host.paint(); }}, w.log_scale);
  const legend = ink.h('p.ink-legend', {}, ink.h('i.raw'), w.raw, ink.h('i.smooth'), w.smoothed, ...(data.eval.x.length ? [ink.h('i.eval'), w.eval] : []), toggle);
  host.replaceChildren(figures, legend, ink.h('div.ink-main-box', {}, data.loss.x.length ? main : ink.h('p.ink-waiting', {}, data.waiting)), small.length ? ink.h('div.ink-smalls', {}, small) : '');
  host.parts = {frame, main, small, figures};
  main.onwheel = event => {
    event.preventDefault();
    const all = host.now.loss.x, a = view.from ?? all[0], b = view.to ?? all.at(-1), at = a + (b - a) * (event.offsetX - 52) / Math.max(1, main.clientWidth - 64), f = event.deltaY < 0 ? .8 : 1.25;
    view.from = Math.max(all[0], at - (at - a) * f); view.to = Math.min(all.at(-1), at + (b - at) * f); host.paint();
  };
  main.ondblclick = () => { view.from = view.to = null; host.paint(); };
}
const {main, small, figures} = host.parts;
main.setAttribute('aria-label', `${w.loss}: ${last ?? '—'}`);
[...figures.querySelectorAll('dd')].forEach((box, n) => { if (box.textContent !== data.figures[n][1]) box.textContent = data.figures[n][1]; });
host.now = data;
host.paint = () => {
  const d = host.now;
  plot(main, null, [{...d.loss, color: '--ink-slate', alpha: .55, width: 1}, {x: d.loss.x, y: d.smooth, color: '--ink-indigo', width: 2.4}, {...d.eval, color: '--ink-seal', dots: true}], {log: view.log});
  d.others.forEach((o, i) => plot(small[i].querySelector('canvas'), null, [{...o, color: '--ink-indigo', width: 1.5}], {small: true}));
};
requestAnimationFrame(() => host.paint());
if (!host.watcher) {
  host.watcher = new ResizeObserver(() => host.paint()); host.watcher.observe(host);
  host.scheme = new MutationObserver(() => host.paint()); host.scheme.observe(document.body, {attributes: true, attributeFilter: ['class']});
}
