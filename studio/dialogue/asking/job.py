"""The attribute job: one request is one unit, its answers and decisions are kept with its mark."""

import threading
from collections import Counter
from collections.abc import Callable

from studio import set_tables
from studio.dialogue.asking.batches import Window, halves
from studio.dialogue.asking.ledger import Ledger, Made
from studio.dialogue.asking.plan import Line, kept
from studio.dialogue.asking.prompts import read
from studio.dialogue.asking.requests import Requests
from studio.dialogue.asking.spec import AttributeJob, AttributeResult
from studio.dialogue.review.queries import UtteranceSet, utterance_set
from studio.errors import LlmFault
from studio.jobs.context import Job
from studio.llm import Client, connect
from studio.llm.crew import Crew, Unit
from studio.store import utterance_summary

DEEPEST = 2  # how often a window that is too long is halved


def run(spec: AttributeJob, job: Job) -> AttributeResult:
    """Ask about every doubtful line of the set and write what comes of it.

    Raises InputError, LlmFault, Stopped.
    """
    found = utterance_set(job.workspace, spec.utterances)
    prefix = f"ask:{job.id}:"
    lines = kept(job.store, found.id, f"{prefix}plan", spec.ask_under)
    requests = Requests(spec, job.workspace, found, lines) if lines else None
    ledger = Ledger(
        job,
        spec,
        found.id,
        prefix,
        {line.id: line for line in lines},
        requests.windows() if requests else [],
        lambda window: _halved(requests, window),
    )
    with (
        set_tables.together()
    ):  # while lines are decided one by one there is no table that could be old
        ledger.open()
        if requests:
            client = connect(spec, job.workspace)
            try:
                _ask_all(ledger, _Asking(client, requests, ledger), spec.concurrency)
            finally:
                client.close()
        ledger.settle()
    set_tables.write(job.workspace, found.id, job.folder)
    ledger.show(force=True)
    return _result(found, ledger, lines)


def _ask_all(ledger: Ledger, asking: "_Asking", workers: int) -> None:
    """Send what is open, and what follows from the answers.

    Raises the last fault if nothing at all was answered.
    """
    while todo := ledger.todo():
        before = len(ledger.notes)
        Crew(ledger.job, asking.make, ledger, workers).run(todo)
        if ledger.fault is not None and not any(made.answers for made in ledger.notes.values()):
            raise ledger.fault
        if len(ledger.notes) == before:  # nothing may be sent any more
            return


def _halved(requests: Requests | None, window: Window) -> list[Window]:
    return (
        halves(requests.books[window.document].pieces, window, requests.lines) if requests else []
    )


class _Asking:
    """Making one request, from any thread."""

    def __init__(self, client: Client, requests: Requests, ledger: Ledger) -> None:
        self.client = client
        self.requests = requests
        self.log = ledger.job.log
        self.most = requests.spec.max_requests
        self._sent = sum(bool(made.asked) for made in ledger.notes.values())
        self._lock = threading.Lock()

    def make(self, unit: Unit, stop: Callable[[], bool]) -> Made | None:
        """The answers; None if there is nothing left to ask or no request left to ask it with.

        Raises LlmFault, Stopped.
        """
        window: Window = unit.task
        request = self.requests.request(window)
        if request is None or not self._may_send(unit):
            return None
        shift = window.turn + 100 * window.again + 1000 * unit.visit
        try:
            reply = self.client.ask(
                request.messages,
                request.schema,
                stop,
                on_wait=self._waiting,
                seed_shift=shift,
                checked=False,
            )
        except LlmFault as fault:
            if fault.kind != "too_long" or window.depth >= DEEPEST:
                raise
            self.log(f"{fault.sentence} Asking in two parts.")
            return Made(request.asked, split=True)
        answers = read(reply.data, request.asked, self.requests.people.resolve)
        return Made(request.asked, answers, reply.prompt_tokens, reply.completion_tokens)

    def _may_send(self, unit: Unit) -> bool:
        """Whether the limit allows another request; a second visit to one that failed is not
        counted.
        """
        with self._lock:
            if self.most and self._sent >= self.most and unit.visit == 0:
                return False
            self._sent += unit.visit == 0
            return True

    def _waiting(self, fault: LlmFault, seconds: float) -> None:
        self.log(f"{fault.sentence} Trying again in {seconds:.1f} s.")


def _result(found: UtteranceSet, ledger: Ledger, lines: list[Line]) -> AttributeResult:
    """What came of it.

    Lines that a person decided meanwhile count as doubtful and asked, and no further.
    """
    by_hand = utterance_summary.decided_by_person(ledger.job.store, found.id)
    tally: Counter[str] = Counter()
    for line in lines:
        if line.id in by_hand:
            continue
        decision = ledger.decision(line.id, ledger.votes.get(line.id, Counter()))
        if decision is None:
            tally["left"] += 1
            continue
        tally["answered"] += 1
        tally[
            "disagreed"
            if not decision.agreed
            else "agreed"
            if decision.speaker == line.speaker
            else "changed"
        ] += 1
    asked = {number for made in ledger.notes.values() for number in made.asked}
    return {
        "set": found.id,
        "name": found.name,
        "doubtful": len(lines),
        "asked": len(asked),
        "answered": tally["answered"],
        "changed": tally["changed"],
        "agreed": tally["agreed"],
        "disagreed": tally["disagreed"],
        "left": tally["left"],
        **ledger.spent(),
    }
