// @ts-check
// Gradio's status tracker counts tenths of a second in a loop of animation frames. The one that covers the page while it loads
// is taken out in the middle of that, and its loop goes on for good: 60 frames a second on an idle page. Such callbacks, known
// by what they count, come four times a second instead. (gradio 6.31; tests/journeys/test_rest.py sees when this is no more.)
(() => {
  const frame = window.requestAnimationFrame.bind(window),
    SLOW_MS = 250,
    counts = /performance\.now\(\)\s*-[^;]*\/\s*1e3/;
  window.requestAnimationFrame = callback =>
    counts.test(Function.prototype.toString.call(callback))
      ? setTimeout(() => callback(performance.now()), SLOW_MS)
      : frame(callback);
})();
// The page comes in English and is given its words a moment later: where they will be others, the forms are not shown before,
// so that nothing on them moves. `ready` is set when the page load has answered (tabs/shell/top_bar.py, tabs/shell/layout.css).
document.documentElement.dataset.speaks = localStorage.getItem('inkwell-language') || navigator.language;
