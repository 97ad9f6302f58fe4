// @ts-check
// The lines that the page knows, with what has been decided but not yet answered laid over them, and what comes next.

export const deciding = () => {
  const FIELDS = ['speaker', 'confidence', 'decided', 'kind'],
    MOST_WINDOWS = 8;
  const spoken = line => line.kind === 'speech' || line.kind === 'thought';
  let lines = new Map(),
    known = new Map(),
    asked = new Set(),
    shown = /** @type {any} */ (null),
    done = /** @type {any[]} */ ([]),
    under = 0.7,
    counts = {},
    people = new Map();

  const doubtful = line =>
    line.decided !== 'person' && spoken(line) && (line.speaker === null || line.confidence < under);
  const holds = (part, id) => part?.lines.some(line => line.id === id);
  const tally = (delta, line, by) => {
    if (doubtful(line)) delta.doubtful += by;
    if (line.decided === 'person') delta.reviewed += by;
    if (spoken(line)) delta.people.push([line.speaker, by]);
  };
  const add = delta => {
    for (const name of ['doubtful', 'reviewed', 'edits']) counts[name] += delta[name];
    for (const [speaker, by] of delta.people) people.set(speaker, (people.get(speaker) || 0) + by);
  };
  // The pieces of one speech that stand with the same person go together.
  const pieces = line =>
    line.speech < 0
      ? [line]
      : [...lines.values()].filter(
          other =>
            other === line ||
            (other.document === line.document &&
              other.speech === line.speech &&
              other.speaker === line.speaker &&
              other.decided !== 'person'),
        );
  // A key means the person whom it has meant since the line was first open, whatever the answers on their way say meanwhile.
  const choices = line =>
    asked.has(line.id)
      ? [...new Set([...(lines.get(line.id)?.choices || []), ...line.choices])].slice(0, 9)
      : line.choices;
  const values = line => Object.fromEntries(FIELDS.map(name => [name, line[name]]));

  return {
    doubtful,
    spoken,
    get counts() {
      return counts;
    },
    get people() {
      return [...people].filter(([, n]) => n > 0);
    },
    get undoable() {
      return done.length > 0;
    },
    line: id => lines.get(id),
    forget() {
      done = [];
    },
    // Another threshold: what is known of the next line in doubt holds no longer.
    under(value) {
      under = value;
      known = new Map();
      if (shown) shown.ahead = undefined;
    },
    // A payload, with the steps that it does not know yet laid over it.
    take(data, pending, afresh) {
      if (afresh) {
        lines = new Map();
        known = new Map();
        asked = new Set();
        done = [];
        shown = null;
      }
      under = data.under;
      counts = {...data.counts};
      people = new Map(data.speakers.map(([name, n]) => [name, n]));
      for (const part of data.windows) {
        if (part.ahead === undefined) part.ahead = known.get(part.key)?.ahead;
        known.delete(part.key);
        known.set(part.key, part);
        for (const line of part.lines)
          lines.set(line.id, {...line, choices: choices(line), document: part.document});
      }
      for (const key of [...known.keys()].slice(0, -MOST_WINDOWS)) known.delete(key);
      const fresh = new Set(data.windows.flatMap(part => part.lines.map(line => line.id)));
      for (const {local} of pending) {
        if (!local) continue;
        add(local.delta);
        for (const [id, after] of local.after)
          if (fresh.has(id)) Object.assign(lines.get(id), after);
      }
    },
    // The window to paint for a line: the one that is shown as long as it holds it, with fresh lines where there are some.
    window(id) {
      const same = shown && (known.get(shown.key) || shown);
      const found = holds(same, id)
        ? same
        : [...known.values()].reverse().find(part => holds(part, id)) || null;
      if (found) {
        shown = found;
        asked.add(id);
      }
      return found;
    },
    // Carry a decision out on the page; of an undo that the page knows, the line that it opens again.
    decide(step) {
      const line = lines.get(step.id),
        last = step.do === 'undo' ? done.pop() : null;
      const new_values = {
        confidence: 1,
        decided: 'person',
        ...(step.do === 'assign'
          ? {speaker: step.speaker}
          : step.do === 'kind'
            ? {kind: step.kind}
            : {}),
      };
      const after = last
        ? last.before
        : (step.do === 'kind' ? [line] : pieces(line)).map(piece => [piece.id, new_values]);
      const delta = {doubtful: 0, reviewed: 0, edits: last ? -1 : 1, people: []};
      if (!last) done.push({id: step.id, before: after.map(([id]) => [id, values(lines.get(id))])});
      for (const [id, changed] of after) {
        if (!lines.has(id)) continue;
        tally(delta, lines.get(id), -1);
        Object.assign(lines.get(id), changed);
        tally(delta, lines.get(id), 1);
      }
      add(delta);
      step.local = {after, delta};
      return last?.id ?? null;
    },
    // The next line in doubt, of one speaker or of any, that the page knows of for certain; null: ask Python.
    next(from, back, who = null) {
      const wanted = line => doubtful(line) && (who === null || (line.speaker ?? '') === who);
      const among = part =>
        (part?.lines || [])
          .map(line => lines.get(line.id))
          .filter(wanted)
          .map(line => line.id);
      const here = among(shown);
      if (back) return here.filter(id => id < from).at(-1) ?? null;
      const found = here.find(id => id > from);
      if (found !== undefined || who !== null || shown?.ahead === undefined) return found ?? null;
      if (shown.ahead === null) return here.find(id => id !== from) ?? null;
      return (
        among([...known.values()].find(part => holds(part, shown.ahead))).find(
          id => id >= shown.ahead && id !== from,
        ) ?? null
      );
    },
  };
};
