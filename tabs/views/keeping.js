// @ts-check
// What a person types and chooses is told to the window a moment after the last change; see tabs/shell/kept.py.
// What could not be told before the page was left waits in this browser for the next page load.

import {createQueue} from './kit/queue.js';

export const keep = /** @type {any} */ ({
  PREFIX: 'inkwell-kept-',
  QUIET_MS: 400,
  LONGEST_MS: 2000,
  act: null,
  keys: [],
  workspace: null,
  base: null,
  latest: null,
  pending: {},
  unsent: [],
  timer: 0,
  since: 0,
  page: Math.random().toString(36).slice(2),
  // Letters on their way to the window, in order; those that it does not answer go with the next page load.
  letters_out: createQueue({
    send: (/** @type {any[]} */ letters) =>
      letters.forEach(letter => keep.act({act: 'keep', ...letter})),
    lost: letters => keep.unsent.push(...letters),
  }),
  // The tab that is open, as a value like the others; first: the one that a new browser opens.
  tab(first = false) {
    const buttons = [...document.querySelectorAll('#tabs > .tab-wrapper [role=tab]')];
    const open = buttons.find(e => first || e.getAttribute('aria-selected') === 'true');
    return open?.id.match(/^tab-(\w+)-button$/)?.[1] ?? null;
  },
  ready(keys, workspace, values) {
    this.keys = keys;
    this.workspace = workspace;
    this.latest = values;
    sessionStorage.setItem('inkwell-workspace', workspace ?? '');
    this.base = Object.fromEntries(keys.map((key, i) => [key, JSON.stringify(values[i] ?? null)]));
    // Another one that is open now was perhaps opened in another workspace, and is this one's too.
    this.base.tab = JSON.stringify(this.tab(true));
    this.still(false);
    document.dispatchEvent(new Event('ink-changed'));
  },
  changed(values) {
    document.dispatchEvent(new Event('ink-changed'));
    if (!this.base) return;
    this.latest = values;
    const now = Date.now();
    this.since = this.timer ? this.since : now;
    clearTimeout(this.timer);
    this.timer = setTimeout(
      () => this.send(),
      Math.max(0, Math.min(this.QUIET_MS, this.since + this.LONGEST_MS - now)),
    );
  },
  compare() {
    if (!this.base) return;
    const look = (key, value) => {
      const text = JSON.stringify(value ?? null);
      if (text !== this.base[key]) {
        this.base[key] = text;
        this.pending[key] = value ?? null;
      }
    };
    this.keys.forEach((key, i) => look(key, this.latest[i]));
    const tab = this.tab();
    if (tab) look('tab', tab);
  },
  send() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.compare();
    if (!this.act || !Object.keys(this.pending).length) return;
    this.letters_out.add({workspace: this.workspace, values: this.pending, at: Date.now()});
    this.pending = {};
  },
  answered(n) {
    this.letters_out.answer(n);
  },
  // Another workspace is being opened: what was typed belongs to the one before.
  hold() {
    this.send();
    this.base = null;
    this.still(true);
  },
  // Another workspace, by a page load: it opens what was open in this page.
  enter(name) {
    this.send();
    sessionStorage.setItem('inkwell-workspace', name);
    location.reload();
  },
  still(on) {
    const tabs = document.getElementById('tabs');
    if (tabs) tabs.inert = on;
  },
  leave() {
    this.compare();
    const letters = [...this.unsent, ...this.letters_out.pending];
    if (Object.keys(this.pending).length)
      letters.push({workspace: this.workspace, values: this.pending, at: Date.now()});
    try {
      if (letters.length) localStorage.setItem(this.PREFIX + this.page, JSON.stringify(letters));
      else localStorage.removeItem(this.PREFIX + this.page);
    } catch {
      /* no room in this browser: the window has what was told before */
    }
  },
  // What this page shows after a reload: the workspace that was open in it; and the letters that pages before could not send.
  letters() {
    const found = [];
    for (const key of Object.keys(localStorage).filter(key => key.startsWith(this.PREFIX))) {
      try {
        found.push(...JSON.parse(localStorage.getItem(key) || '[]'));
      } catch {
        /* not ours */
      }
      localStorage.removeItem(key);
    }
    return JSON.stringify({
      workspace: sessionStorage.getItem('inkwell-workspace') || '',
      letters: found,
    });
  },
});
addEventListener('pagehide', () => keep.leave());
