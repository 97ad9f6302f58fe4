// @ts-check
// The review: the passage with speech in its speaker's hue, under it who may have said the open line, the turns beside it.
// A decision and the step to the next line in doubt are shown at once; Python hears of them in order and sets the view right.
import {deciding} from './deciding.js';
import {onKeys} from './kit/keys.js';
import {Empty, draw, html, inSight} from './kit/list.js';
import {element} from './kit/parts.js';
import {createQueue} from './kit/queue.js';
import * as part from './reviewing.js';
import * as speech from './speech.js';

const EDGE = 24; // pixels from the edge of the text at which a line counts as out of sight

export default (data, host) => {
  host.review ||= (() => {
    const r = /** @type {any} */ ({
      data: null,
      words: {},
      model: deciding(),
      open: null,
      waiting: false,
      helping: false,
    });
    /** @type {ReturnType<typeof createQueue<any>>} */
    const queue = createQueue({
      send: steps => host.act({act: 'steps', steps}),
      lost: () => {
        r.waiting = false;
        r.model.forget();
        r.add({do: 'look'});
      },
    });
    const box = {},
      painted = {};

    const build = () => {
      box.chips = element('div.ink-chips', {role: 'group'});
      box.tools = element('div.ink-tools');
      box.text = element('div.ink-passage', {tabindex: 0});
      box.question = element('div.ink-question');
      box.side = element('div.ink-side.turns');
      box.foot = element('div.ink-foot');
      box.live = element('p.sr', {'aria-live': 'polite'});
      r.names = element('datalist', {id: 'ink-names-' + Math.random().toString(36).slice(2)});
      draw(host, null);
      host.replaceChildren(
        box.chips,
        box.tools,
        element('div.ink-pair', {}, element('div.ink-text', {}, box.text), box.side),
        box.question,
        box.foot,
        box.live,
        r.names,
      );
      host.tabIndex = 0;
      host.setAttribute('role', 'group');
      new ResizeObserver(() => {
        const height = box.text.clientHeight,
          before = box.text.seen || 0;
        if (height && !before) {
          place();
          take_keys(false);
        }
        box.text.seen = height;
      }).observe(box.text);
    };

    // The keys work at once when the lines come into sight, unless somebody is at work elsewhere.
    const take_keys = extracted => {
      const active = document.activeElement,
        clicked = active?.matches('[role=tab]:not(:focus-visible)');
      if (
        host.offsetParent &&
        (active === document.body || clicked || (extracted && active?.id === 'dialogue-start'))
      )
        r.focus();
    };

    // ---- painting
    const paint_text = keep => {
      const found = r.model.window(r.open);
      if (!found) return;
      const mark = painted.marks?.get(r.open)?.[0],
        top = keep && mark ? mark.getBoundingClientRect().top : null;
      if (painted.key !== found.key) {
        painted.key = found.key;
        painted.marks = new Map();
        const spans = found.lines.map(line => ({
          start: line.start,
          end: line.end,
          make: text => {
            const pair = [
              element('mark', {'data-id': line.id, onclick: () => r.show(line.id, true)}, text),
              element('sup'),
            ];
            painted.marks.set(line.id, pair);
            return pair;
          },
        }));
        const {body} = speech.lay(found.text, found.offset, spans);
        box.text.lang = r.data.lang;
        box.text.replaceChildren(element('p.ink-document', {}, found.document), body);
      }
      for (const [id, [mark, chip]] of painted.marks) {
        const line = r.model.line(id),
          classes = part.classes(r, line),
          label = part.label(r, line);
        const name = 'ink-speech ' + classes;
        if (mark.className !== name) {
          mark.className = name;
          chip.className = 'ink-chip ' + classes;
        }
        if (chip.textContent !== label) chip.textContent = label;
      }
      paint_question(r.model.line(r.open));
      place(top);
    };
    const paint_question = line => {
      const {question} = box;
      question.classList.toggle('waiting', r.waiting);
      for (const [name, value] of r.waiting
        ? [
            ['aria-busy', 'true'],
            ['role', ''],
            ['aria-label', ''],
          ]
        : [
            ['aria-busy', ''],
            ['role', 'group'],
            ['aria-label', r.words.who],
          ])
        if (value) question.setAttribute(name, value);
        else question.removeAttribute(name);
      draw(question, r.waiting ? '…' : part.question(r, line));
    };
    // The open line where it stood; one that is out of sight, at a third of the height. The text moves no more than that: the question
    // has a place of its own under it.
    const place = top => {
      const mark = painted.marks?.get(r.open)?.[0];
      if (!mark || !box.text.clientHeight) return;
      const frame = box.text.getBoundingClientRect(),
        first = mark.getClientRects()[0] || mark.getBoundingClientRect();
      const last = mark.getBoundingClientRect().bottom;
      if (typeof top === 'number') box.text.scrollTop += first.top - top;
      else if (first.top < frame.top + EDGE || last > frame.bottom - EDGE)
        box.text.scrollTop += first.top - frame.top - frame.height * 0.3;
    };
    const paint_side = () => {
      draw(box.side, part.side(r));
      const list = box.side.querySelector('.ink-list');
      if (!r.data.hear) inSight(list, list.querySelector('li.on'));
    };
    r.paintChips = () => draw(box.chips, part.chips(r));
    const paint = keep => {
      const within = host.contains(document.activeElement) && document.activeElement !== host;
      box.chips.setAttribute('aria-label', r.words.speakers);
      if (!box.chips.querySelector('select:focus')) r.paintChips();
      draw(box.tools, part.tools(r));
      paint_text(keep);
      paint_side();
      draw(box.foot, part.foot(r));
      host.classList.toggle('waiting', r.waiting);
      for (const name of ['carry', 'again'])
        document
          .querySelector(`#dialogue-${name}-onward`)
          ?.setAttribute('title', r.words[`${name}_help`]);
      host.setAttribute('aria-label', r.words.card);
      if (within && !host.contains(document.activeElement)) r.focus();
      const line = r.model.line(r.open);
      const said =
        line && !r.waiting
          ? `${part.label(r, line)}: ${painted.marks?.get(r.open)?.[0].textContent.slice(0, 120) || ''}`
          : '';
      if (box.live.textContent !== said) box.live.textContent = said;
    };

    // ---- what the buttons and keys do
    r.width = () => host.clientWidth || 900;
    r.focus = () => host.focus({preventScroll: true});
    r.add = step => {
      step.set = r.data.set;
      queue.add(step);
    };
    const go = (step, target) => {
      step.next = target;
      r.add(step);
      if (target !== null) r.open = target;
      r.waiting = target === null ? r.model.counts.doubtful > 0 : !r.model.window(target);
      paint();
    };
    const decide = (step, stay) => {
      if (r.waiting || !r.model.line(r.open)) return;
      step.id = r.open;
      r.model.decide(step);
      go(step, stay ? r.open : r.model.next(r.open, false, r.data.speaker));
    };
    r.assign = speaker => decide({do: 'assign', speaker});
    r.accept = () => decide({do: 'accept', speaker: r.model.line(r.open)?.speaker ?? null});
    r.kind = kind => decide({do: 'kind', kind}, kind !== 'quoted');
    r.undo = () => {
      if (r.model.counts.edits <= 0 || r.waiting) return;
      if (r.model.undoable) {
        const step = {do: 'undo'};
        go(step, r.model.decide(step));
        return;
      }
      r.waiting = true;
      r.add({do: 'undo', next: null});
      paint();
    };
    r.show = (id, keep) => {
      if (id === r.open || id < 0 || id >= r.data.all) return;
      r.add({do: 'open', id});
      r.open = r.model.line(id) && r.model.window(id) ? id : r.open;
      r.waiting = r.open !== id;
      paint(keep);
    };
    r.next = back => {
      if (r.waiting) return;
      const target = r.model.next(r.open, back, r.data.speaker);
      if (target !== null) {
        r.show(target);
        return;
      }
      r.waiting = true;
      r.add({do: 'next', id: r.open, back});
      paint();
    };
    r.set = values => {
      const step = {
        do: 'set',
        ...('speaker' in values || 'only' in values ? {offset: null} : {}),
        ...values,
      };
      r.add(step);
      if ('under' in values) r.model.under(values.under);
      Object.assign(r.data, values);
      paint(true);
    };
    r.under = value => {
      r.model.under(value);
      draw(box.tools, part.tools(r));
      paint_text(true);
    };
    r.hear = (speaker, seed = 0) => {
      r.add({do: 'hear', speaker, seed});
    };
    r.help = () => {
      r.helping = !r.helping;
      paint(true);
    };

    const KEYS = {
      n: () => r.next(false),
      ArrowDown: () => r.next(false),
      p: () => r.next(true),
      ArrowUp: () => r.next(true),
      ArrowRight: () => r.show(r.open + 1),
      ArrowLeft: () => r.show(r.open - 1),
      Enter: () => r.accept(),
      0: () => r.assign(null),
      x: () => r.kind('quoted'),
      '/': () => host.querySelector('.ink-other')?.focus(),
      Backspace: () => r.undo(),
      u: () => r.undo(),
      '?': () => r.help(),
    };
    onKeys(host, key => {
      if (!r.data) return false;
      const choice =
        /^[1-9]$/.test(key) && !r.waiting
          ? r.model.line(r.open)?.choices[Number(key) - 1]
          : undefined;
      const act = choice !== undefined ? () => r.assign(choice) : KEYS[key];
      return act ? act() : false;
    });
    host.addEventListener('click', event => {
      if (r.data && event.detail && !event.target.closest('input, select')) r.focus();
    });

    return data => {
      if (!data.all) {
        if (r.data || !host.firstChild) host.replaceChildren();
        r.data = null;
        box.chips = null;
        host.removeAttribute('tabindex');
        draw(host, html`<${Empty} data=${data} />`);
        return;
      }
      const afresh = r.data?.set !== data.set;
      if (!queue.answer(data.echo)) return;
      const first = !box.chips;
      if (first) build();
      for (const step of queue.pending)
        if (step.do === 'set')
          for (const key of ['speaker', 'only', 'under']) if (key in step) data[key] = step[key];
      const before = r.open,
        edits = r.model.counts.edits;
      r.data = data;
      r.words = data.words;
      const names = data.names.join('\n');
      if (names !== painted.names)
        r.names.replaceChildren(...data.names.map(name => element('option', {value: name})));
      painted.names = names;
      speech.learn(data.set, data.speakers);
      r.model.take(data, queue.pending, afresh);
      if (data.failed || r.model.counts.edits !== edits) r.model.forget(); // others have decided too: undo is Python's
      if (afresh || painted.lang !== data.lang) painted.key = null;
      painted.lang = data.lang;
      if (!queue.pending.length) {
        r.open = data.open;
        r.waiting = false;
      }
      if (!host.querySelector('.ink-other:focus')) paint(!first && !afresh && before === r.open);
      if (first || afresh) take_keys(true);
    };
  })();
  host.review(data);
};
