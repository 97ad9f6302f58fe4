// @ts-check
// Gradio's own nameless icons, unfocusable scroll regions and label-less text areas get names and focus.
(() => {
  const mend = () => {
    for (const e of document.querySelectorAll('[role=log], .ink-scroll'))
      if (!e.hasAttribute('tabindex')) e.tabIndex = 0;
    for (const e of document.querySelectorAll('button.icon-button'))
      if (!e.getAttribute('aria-label') && !e.textContent.trim())
        e.setAttribute('aria-label', e.title || 'Options');
    for (const e of document.querySelectorAll('.empty[aria-label]:not([role])'))
      e.setAttribute('role', 'img');
    for (const e of document.querySelectorAll('button[aria-dropeffect][aria-label]'))
      e.removeAttribute('aria-label');
    for (const e of document.querySelectorAll('textarea:not([aria-label])'))
      if (!e.closest('label')) e.setAttribute('aria-label', e.placeholder || 'Text');
  };
  let due = false;
  new MutationObserver(() => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      mend();
    });
  }).observe(document, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ['aria-label', 'class'],
  });
})();
