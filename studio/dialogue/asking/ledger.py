"""Answers and decisions in the store. An answer, its done mark, and the decision of each line that
thereby has all its answers, are one transaction; so a kill at any instant loses what is under way
and nothing else.

Each request is one row of `units`: `ask:<job>:<turn>:<first line>` with `/again` for what an answer
lacked and `/1`, `/2` for the halves of a window that was too long. Its note is JSON: the lines
asked, the answers and the tokens; of a request that came to nothing, the fault.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from studio import set_tables
from studio.dialogue.asking.batches import Window
from studio.dialogue.asking.plan import Line
from studio.dialogue.asking.spec import AttributeJob, Spent
from studio.dialogue.asking.votes import Decision, decide
from studio.errors import LlmFault
from studio.jobs.context import Job
from studio.llm.crew import Unit
from studio.store import Writes, units, utterances

FAULT_NOTE = "fault:"


@dataclass(frozen=True)
class Made:
    """What came of a request: the lines asked, {line: name or "?"} as far as it answered, the
    tokens. split: it was too long.
    """

    asked: tuple[int, ...]
    answers: dict[int, str] = field(default_factory=dict)
    prompt_tokens: int = 0
    completion_tokens: int = 0
    split: bool = False

    @property
    def lacking(self) -> tuple[int, ...]:
        """Lines that were asked about and have no valid answer."""
        return tuple(number for number in self.asked if number not in self.answers)


@dataclass
class Ledger:
    """The state of a run.

    `lines` is the plan, `windows` its requests, `halve` cuts one that is too long in two.
    """

    job: Job
    spec: AttributeJob
    set_id: str
    prefix: str
    lines: dict[int, Line]
    windows: list[Window]
    halve: Callable[[Window], list[Window]]
    notes: dict[str, Made] = field(default_factory=dict)
    votes: dict[int, Counter[str]] = field(default_factory=dict)
    # For each line the requests that may still answer it; those of all lines at the beginning.
    awaited: Counter[int] = field(default_factory=Counter)
    slots: int = 0
    fault: LlmFault | None = None

    def open(self) -> None:
        """Read what earlier runs of the job left; requests that ended in a fault are open again."""
        with self.job.store.write() as db:
            units.delete_noted(db, self.set_id, FAULT_NOTE, key=self.prefix)
        for mark in units.of_set(self.job.store, self.set_id, key=self.prefix, note="{"):
            self.notes[mark.key] = _made(mark.data)
        self.awaited = Counter(number for window in self.windows for number in window.asked)
        self.slots = sum(self.awaited.values())
        for unit in self._every():
            if (made := self.notes.get(unit.key)) is not None:
                self._count(unit, made)

    def todo(self) -> list[Unit]:
        """Requests without a note, in the order of asking: first the plan's own, then what followed
        from answers.
        """
        return sorted(
            (unit for unit in self._every() if unit.key not in self.notes),
            key=lambda unit: "/" in unit.key,
        )

    def keep(self, unit: Unit, made: Made | None) -> None:
        """Keep an answer; None is a request that was not sent."""
        if made is not None:
            self._write(
                unit,
                made,
                {
                    "asked": made.asked,
                    "answers": made.answers,
                    "prompt_tokens": made.prompt_tokens,
                    "completion_tokens": made.completion_tokens,
                }
                | ({"split": True} if made.split else {}),
            )

    def give_up(self, unit: Unit, fault: LlmFault) -> None:
        """Keep why a request came to nothing; a resumed job sends it again."""
        self.fault = fault
        self._write(unit, Made(()), f"{FAULT_NOTE}{fault.kind}: {fault.what}")

    def show(self, *, force: bool = False) -> None:
        """Lines so far, each by the share of its answers that are in; requests, tokens and cost."""
        total = len(self.lines)
        done = (
            total
            if force or not self.slots
            else total * (self.slots - sum(self.awaited.values())) // self.slots
        )
        self.job.progress(done, total, "lines", force=force, **self.spent())

    def settle(self) -> None:
        """Decide every line once more with the answers that there are."""
        with set_tables.edited(self.job.workspace, self.set_id) as db:
            for number in self.votes:
                self._decide(db, number, self.votes[number])

    def spent(self) -> Spent:
        """What the requests so far came to."""
        all_made = self.notes.values()
        tokens = (
            sum(made.prompt_tokens for made in all_made),
            sum(made.completion_tokens for made in all_made),
        )
        asked = sum(bool(made.asked) for made in all_made)
        return {
            "requests": asked,
            "prompt_tokens": tokens[0],
            "completion_tokens": tokens[1],
            "cost": self.spec.price(*tokens),
        }

    def decision(self, number: int, votes: Counter[str]) -> Decision | None:
        """What `votes` make of a line."""
        return decide(self.lines[number], votes, self.spec.reliability, self.spec.ask_under)

    def _every(self) -> Iterator[Unit]:
        """The plan's requests, and those that followed from the notes."""
        for window in self.windows:
            yield from self._tree(Unit(f"{self.prefix}{window.turn}:{window.asked[0]}", window))

    def _tree(self, unit: Unit) -> Iterator[Unit]:
        yield unit
        if (made := self.notes.get(unit.key)) is not None:
            for following in self._following(unit, made):
                yield from self._tree(following)

    def _following(self, unit: Unit, made: Made) -> list[Unit]:
        """The requests that an answer calls for: once more for what it lacks, two for one that was
        too long.
        """
        window: Window = unit.task
        if made.split:
            halved = self.halve(replace(window, asked=made.asked))
            return [
                Unit(f"{unit.key}/{number}", half) for number, half in enumerate(halved, start=1)
            ]
        if made.lacking and not window.again:
            return [Unit(f"{unit.key}/again", replace(window, asked=made.lacking, again=True))]
        return []

    def _count(self, unit: Unit, made: Made) -> None:
        """Count an answer's votes, and the lines that it closes."""
        for number, name in made.answers.items():
            self.votes.setdefault(number, Counter())[name] += 1
        self.awaited.subtract(self._closed(unit, made))

    def _closed(self, unit: Unit, made: Made) -> list[int]:
        """Lines of a request for which it, and all that follows from it, is done."""
        later = {
            number for following in self._following(unit, made) for number in following.task.asked
        }
        return [number for number in unit.task.asked if number not in later]

    def _write(self, unit: Unit, made: Made, note: units.Note) -> None:
        """Answer, mark and decisions in one transaction; then the counts follow."""
        with set_tables.edited(self.job.workspace, self.set_id) as db:
            units.add(db, self.set_id, unit.key, note)
            for number in self._closed(unit, made):
                if self.awaited[number] == 1:
                    new = [made.answers[number]] if number in made.answers else []
                    self._decide(db, number, self.votes.get(number, Counter()) + Counter(new))
        self.notes[unit.key] = made
        self._count(unit, made)

    def _decide(self, db: Writes, number: int, votes: Counter[str]) -> None:
        """Write what the votes make of a line, unless a person has decided it."""
        if not votes:
            return
        counted = dict(sorted(votes.items()))
        if (made := self.decision(number, votes)) is None:
            utterances.set_votes(db, self.set_id, number, counted)
            return
        utterances.decide_by_model(
            db,
            self.set_id,
            number,
            speaker=made.speaker,
            confidence=made.confidence,
            votes=counted,
            others=made.others,
            evidence=made.evidence,
        )


def _made(note: dict[str, Any]) -> Made:
    return Made(
        tuple(note["asked"]),
        {int(number): name for number, name in note["answers"].items()},
        note["prompt_tokens"],
        note["completion_tokens"],
        bool(note.get("split")),
    )
