// @ts-check
// Long texts into a text field at once. The browser's own way takes a second for each thousand lines squared (a cast of 3,000
// names held the page for a minute); put in as a value they are there at once, with the cursor behind them. Undo is ours, too.
(() => {
  const LONG = 2000,
    KINDS = ['insertFromPaste', 'insertText', 'insertFromDrop', 'insertReplacementText'];
  const put = (field, text, from, to) => {
    field.setRangeText(text, from, to, 'end');
    field.dispatchEvent(new InputEvent('input', {bubbles: true, inputType: 'insertFromPaste'}));
  };
  const befores = new WeakMap();
  document.addEventListener(
    'beforeinput',
    event => {
      const field = /** @type {any} */ (event.target);
      if (!field.matches?.('textarea') || field.readOnly || field.disabled) return;
      if (event.inputType === 'historyUndo' && befores.has(field)) {
        const {text, now} = befores.get(field);
        befores.delete(field);
        if (field.value === now) {
          event.preventDefault();
          put(field, text, 0, field.value.length);
        }
        return;
      }
      const text = event.data ?? event.dataTransfer?.getData('text/plain');
      if (!KINDS.includes(event.inputType) || !text || text.length < LONG || !event.cancelable)
        return;
      event.preventDefault();
      const before = field.value;
      put(field, text.replace(/\r\n?/g, '\n'), field.selectionStart, field.selectionEnd);
      befores.set(field, {text: before, now: field.value});
    },
    true,
  );
  // The browser offers no undo for what it did not put in itself.
  document.addEventListener(
    'keydown',
    event => {
      const field = /** @type {any} */ (event.target);
      if (
        !(event.ctrlKey || event.metaKey) ||
        event.shiftKey ||
        event.key.toLowerCase() !== 'z' ||
        !befores.has(field)
      )
        return;
      const {text, now} = befores.get(field);
      befores.delete(field);
      if (field.value === now) {
        event.preventDefault();
        put(field, text, 0, field.value.length);
      }
    },
    true,
  );
})();
