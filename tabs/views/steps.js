// Decisions on their way to Python: one ordered list with running numbers, one event in flight, later ones batched behind it.
ink.steps = (send, given_up) => {
  const RETRY_MS = 12000, TRIES = 3;
  let number = 0, echo = 0, pending = [], flying = 0, tries = 0, timer = 0;
  const flush = () => {
    if (flying || !pending.length) return;
    flying = pending.at(-1).n;
    post();
  };
  const post = () => {
    send(pending.filter(step => step.n <= flying).map(({local, ...step}) => step));
    clearTimeout(timer);
    // A batch that is sent again is not carried out twice: Python knows the last number it has done.
    timer = setTimeout(() => {
      if (++tries < TRIES) { post(); return; }
      pending = []; flying = 0; tries = 0;
      given_up();
    }, RETRY_MS);
  };
  return {
    add(step) { step.n = ++number; pending.push(step); setTimeout(flush); },  // the page is painted first
    get pending() { return pending; },
    // False for an answer older than what the page has shown.
    heard(done) {
      if (done < echo) return false;
      echo = done;
      number = Math.max(number, done);
      pending = pending.filter(step => step.n > done);
      if (flying && done >= flying) { flying = 0; tries = 0; clearTimeout(timer); setTimeout(flush); }
      return true;
    },
  };
};
