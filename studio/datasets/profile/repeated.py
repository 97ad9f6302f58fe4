"""Rows that come more than once, replies that come too often, and questions with answers that
contradict each other. Sixty bytes a row are kept until the end.
"""

import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from studio.datasets.profile.finding import SHOWN, Check, Finding, Severity, excerpt
from studio.datasets.profile.seen import Seen

OFTEN = 0.02  # share of the rows that have one reply, from which it is told
OFTEN_ROWS = 5
YES = re.compile(
    r"\s*(?:yes|yeah|true|correct|right|certainly|是的?|对的?|可以|能够?|会|有|正确|没错)(?=[\s,.!，。！;；]|\Z)",
    re.I,
)
NO = re.compile(
    r"\s*(?:no|nope|false|incorrect|wrong|不是的?|不对|不可以|不能|不会|没有|错误|不正确)(?=[\s,.!，。！;；]|\Z)",
    re.I,
)
FACT = re.compile(
    r"\b(?:who|when|where|which|how (?:many|much|old|far|long|tall)"
    r"|what (?:year|is the (?:capital|name|number|date|population|height)))\b"
    r"|谁|哪|几|多少|什么时候|何时|何地|多[长高远大]|首都",
    re.I,
)
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
SHORT_FACT = 32  # characters of a reply that is nothing but the fact
ASKED = 8  # characters of a question that is more than a greeting
NOISE = re.compile(r"[\s.。!！,，\"“”'‘’]+")

Texts = Callable[[int], str]  # a row's reply, by its number


class Duplicates(Check):
    """Rows equal to an earlier one, letter by letter."""

    name = "exact_duplicates"
    what = "The row is equal to an earlier one; it is learnt as often as it comes"
    do = "Keep the first of each"
    fix = "drop"
    bad_from = 0.05

    def __init__(self) -> None:
        super().__init__()
        self.first: dict[int, int] = {}

    def see(self, row: Seen) -> None:
        """Compare a hash of the row with those before."""
        self.looked += 1
        key = whole(row)
        known = self.first.setdefault(key, row.number)
        if known != row.number:
            self.rows.append(row.number)
            if len(self.examples) < SHOWN:
                made = excerpt(row.number, row.question or row.reply)
                self.examples.append(replace(made, other=known))

    def findings(self) -> Iterator[Finding]:
        """And how many different rows come again."""
        yield self.finding()


class FrequentReplies(Check):
    """Replies that many rows share."""

    name = "frequent_replies"
    what = "Many rows have the same reply; the model gives it to other questions too"
    do = "Look at these rows and drop or rewrite some of them"
    bad_from = 0.2

    def __init__(self) -> None:
        super().__init__()
        self.keys = array("q")

    def see(self, row: Seen) -> None:
        """Keep a hash of the reply."""
        self.looked += 1
        self.keys.append(hash(row.reply) if row.kind != "text" else row.number)

    def often(self) -> list[tuple[int, int]]:
        """(number of the first row that has it, rows) of the most frequent replies."""
        least = max(OFTEN_ROWS, OFTEN * self.looked)
        counts = {k: n for k, n in Counter(self.keys).items() if n >= least}
        first: dict[int, int] = {}
        for number, key in enumerate(self.keys):
            if key in counts:
                first.setdefault(key, number)
        return sorted(((first[k], n) for k, n in counts.items()), key=lambda one: -one[1])


class Contradictions(Check):
    """One question, and answers that cannot both be right."""

    name = "contradictions"
    what = "The same question has answers that cannot both be right: yes and no, or other numbers"
    do = "Look at the rows, keep the right answer and delete the others"

    def __init__(self) -> None:
        super().__init__()
        self.prompts, self.answers, self.marks = array("q"), array("q"), array("q")
        self.facts, self.numbers = array("q"), array("Q")

    def see(self, row: Seen) -> None:
        """Keep hashes of the question and of what the reply claims."""
        self.looked += 1
        if row.kind not in ("sft", "messages") or len(row.question) < ASKED:
            return
        reply = row.reply
        stance = 1 if YES.match(reply[:24]) else -1 if NO.match(reply[:24]) else 0
        skeleton, numbers = NUMBER.subn("#", reply[:2000])
        short = len(reply) <= SHORT_FACT and FACT.search(row.question)
        self.prompts.append(hash(row.prompt))
        self.answers.append(hash(reply))
        self.marks.append((hash(skeleton) & ~3 if numbers else 0) | (stance & 3))
        self.facts.append(hash(NOISE.sub("", reply).casefold()) if short else 0)
        self.numbers.append(row.number)

    def groups(self) -> list[list[int]]:
        """Rows of each question whose answers contradict each other."""
        import numpy

        order = numpy.argsort(numpy.array(self.prompts), kind="stable")
        keys = numpy.array(self.prompts)[order]
        edges = numpy.flatnonzero(numpy.diff(keys)) + 1
        bounds = [0, *edges.tolist(), len(order)]
        found = []
        for start, end in zip(bounds, bounds[1:], strict=False):
            if end - start > 1 and self._contradict(places := order[start:end].tolist()):
                found.append([self.numbers[place] for place in places])
        return found

    def _contradict(self, places: list[int]) -> bool:
        if len({self.answers[place] for place in places}) < 2:
            return False
        stances = {self.marks[place] & 3 for place in places}
        facts = {self.facts[place] for place in places} - {0}
        if {1, 3} <= stances or len(facts) > 1:
            return True
        by_skeleton: dict[int, set[int]] = {}
        for place in places:
            if skeleton := self.marks[place] & ~3:
                by_skeleton.setdefault(skeleton, set()).add(self.answers[place])
        return any(len(answers) > 1 for answers in by_skeleton.values())


def whole(row: Seen) -> int:
    """A hash of all that a row says, its mark and its sides too."""
    return hash((row.prompt, row.reply, row.row.get("rejected"), row.row.get("kto_tag"), row.all))


def told_often(check: FrequentReplies, text: Texts) -> Finding:
    """The finding, with the replies themselves."""
    often = check.often()
    rows = sum(count for _, count in often)
    examples = [excerpt(first, text(first), group=f"×{count:,}") for first, count in often[:SHOWN]]
    return check.finding(
        count=rows, severity=check.severity(rows), examples=tuple(examples), kinds={}
    )


def told_contradictions(check: Contradictions, text: Texts) -> Finding:
    """The finding, with two answers of each question."""
    groups = check.groups()
    rows = sorted(number for group in groups for number in group)
    examples = []
    for first, second in [(group[0], _other(group, text)) for group in groups[:SHOWN]]:
        made = excerpt(first, f"{text(first)[:70]} ↔ {text(second)[:70]}")
        examples.append(replace(made, other=second))
    severity: Severity = check.severity(len(rows))
    return check.finding(
        count=len(rows), severity=severity, examples=tuple(examples), values={"groups": len(groups)}
    )


def _other(group: list[int], text: Texts) -> int:
    """The first row of a group that says something else than the first of all."""
    first = text(group[0])
    return next((number for number in group[1:21] if text(number) != first), group[1])
