// @ts-check
// A quiet word of something that is done: four seconds, said politely, and never over a button.

const SHOWN_MS = 4000;
const GAP = 12; // pixels to the edges
const PRESSED = 'button, input, select, textarea, a[href], [role=tab], [role=option]';

/** Whether two boxes lie over each other. @param {any} a @param {any} b */
export const overlap = (a, b) =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/**
 * Of the places where a box of a size may stand, the first that covers none of `others`; else the one
 * that covers the fewest.
 * @param {{left: number, top: number}[]} places
 * @param {{width: number, height: number}} size
 * @param {{left: number, top: number, right: number, bottom: number}[]} others
 */
export const clear = (places, size, others) => {
  const covered = (/** @type {{left: number, top: number}} */ at) => {
    const box = {...at, right: at.left + size.width, bottom: at.top + size.height};
    return others.filter(other => overlap(box, other)).length;
  };
  const counts = places.map(covered);
  return places[counts.indexOf(Math.min(...counts))];
};

/** Everything on the page that can be pressed and is in sight. */
const pressed = () =>
  [...document.querySelectorAll(PRESSED)]
    .map(one => one.getBoundingClientRect())
    .filter(box => box.width && box.height);

/** The one place for toasts, made once. */
const shelf = () => {
  let box = document.getElementById('toasts');
  if (!box) {
    box = document.createElement('div');
    box.id = 'toasts';
    box.setAttribute('role', 'status');
    box.setAttribute('aria-live', 'polite');
    document.body.append(box);
  }
  return box;
};

/** @param {string} text */
export function toast(text) {
  const box = shelf();
  const made = document.createElement('p');
  made.className = 'ink-toast';
  made.textContent = text;
  box.replaceChildren(made);
  const {width, height} = made.getBoundingClientRect();
  const [right, foot] = [window.innerWidth - width - GAP, window.innerHeight - height - 28 - GAP];
  const middle = (window.innerWidth - width) / 2;
  const places = [];
  for (let top = foot; top > 60; top -= height + GAP)
    for (const left of [right, middle, GAP]) places.push({left, top});
  const at = clear(places, {width, height}, pressed());
  if (at) made.style.transform = `translate(${Math.round(at.left)}px, ${Math.round(at.top)}px)`;
  setTimeout(() => made.remove(), SHOWN_MS);
}
