// @ts-check
// Gradio's own words in the window's language: those that it has in English alone, and those that it draws once, in the language
// of that moment. Which there are stands in `words/*.yaml` under `gradio`; a word is found by what it is in any language.

/** language → key → word. @type {Record<string, Record<string, string>>} */
const tables = /** @type {any} */ (globalThis).gradioWords || {};
const NAME = '{name}';

/**
 * The word of the wanted language for one of any language; null where it is none of them.
 * @param {Record<string, Record<string, string>>} known @param {string} language @param {string} said
 */
export function translated(known, language, said) {
  const wanted = known[language] || {};
  for (const table of Object.values(known))
    for (const [key, word] of Object.entries(table)) {
      if (!wanted[key]) continue;
      const [before, after] = word.split(NAME);
      if (after === undefined ? said === word : said.startsWith(before) && said.endsWith(after))
        return after === undefined
          ? wanted[key]
          : wanted[key].replace(NAME, said.slice(before.length, said.length - after.length));
    }
  return null;
}

/** What was looked up: most labels of the page are ours. @type {Map<string, string | null>} */
const seen = new Map();
let spoken = '';

/** @param {string} said */
const look = said => {
  if (!seen.has(said)) seen.set(said, translated(tables, spoken, said));
  return seen.get(said);
};

/** Say what has come in the window's language. */
export function ownWords() {
  const language = document.documentElement.lang.split('-')[0]; // Gradio calls it zh-CN
  if (spoken !== language) seen.clear();
  spoken = language;
  if (!tables[spoken]) return;
  for (const e of document.querySelectorAll('[aria-label]')) {
    const [said, word] = [e.getAttribute('aria-label') || '', look(e.getAttribute('aria-label') || '')];
    if (word && word !== said) e.setAttribute('aria-label', word);
  }
  for (const place of document.querySelectorAll('[data-testid=upload-text]'))
    for (const walk = document.createTreeWalker(place, NodeFilter.SHOW_TEXT); walk.nextNode(); ) {
      const said = (walk.currentNode.nodeValue || '').trim();
      const word = said && look(said);
      if (word && word !== said) walk.currentNode.nodeValue = ` ${word} `;
    }
  if (seen.size > 5000) seen.clear();
}
