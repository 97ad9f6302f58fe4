"""Rows that say nearly the same as others: within the set, and in the set that measures it."""

import itertools
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from studio.datasets.assembly.near_duplicates import clusters
from studio.datasets.profile.finding import SHOWN, Check, Example, Finding, among, excerpt
from studio.datasets.profile.repeated import whole
from studio.datasets.profile.seen import Seen

ASKED = 12  # characters of a question that is more than a greeting; a Chinese one counts twice
Stopping = Callable[[], bool]


class Near(Check):
    """Rows nearly equal to an earlier one."""

    name = "near_duplicates"
    what = (
        "The row is nearly equal to an earlier one: of their runs of five characters 80 % are the "
        "same"
    )
    do = "Keep the first of each, unless the small differences are what is to be learnt"
    fix = "drop"
    bad_from = 0.1


class Leaks(Check):
    """Rows that the measuring set has too."""

    name = "leaks"
    what = "The held-out set has the same row or question, so the measured loss is too good"
    do = "Drop these rows here; the held-out set keeps them"
    fix = "drop"
    bad_from = 0.0

    def __init__(self, partner: Iterable[Seen] = ()) -> None:
        super().__init__()
        self.rows_there: dict[int, int] = {}
        self.asked_there: dict[int, int] = {}
        for row in partner:
            self.rows_there.setdefault(whole(row), row.number)
            if long_enough(row):
                self.asked_there.setdefault(hash(row.prompt), row.number)

    def see(self, row: Seen) -> None:
        """Look the row up in the other set, then its question."""
        self.looked += 1
        there = self.rows_there.get(whole(row))
        kind = "row"
        if there is None and long_enough(row):
            there, kind = self.asked_there.get(hash(row.prompt)), "question"
        if there is not None:
            self.hit(row.number, row.question or row.reply, kind=kind)
            last = self.examples[-1]
            if last.row == row.number:
                self.examples[-1] = replace(last, other=there)


class NearLeaks(Check):
    """Rows nearly equal to one of the measuring set."""

    name = "near_leaks"
    what = "The held-out set has a row that is nearly equal, so the measured loss is too good"
    do = "Drop these rows here; the held-out set keeps them"
    fix = "drop"
    bad_from = 0.0


def long_enough(row: Seen) -> bool:
    """Whether a question is so long that it is no chance that two have it."""
    size = len(row.question)
    return size >= (ASKED if row.question.isascii() else ASKED // 2) and row.kind != "text"


def near(
    rows: Iterable[Seen],
    exact: "array[int]",
    total: int,
    text: Callable[[int], str],
    stopping: Stopping,
) -> tuple[Finding, "array[int]"]:
    """The near-duplicates that are no exact ones, and their numbers."""
    check = Near()
    check.looked = total
    examples: list[Example] = []
    for group in clusters((words(row) for row in rows), stopping=stopping):
        for number in group[1:]:
            if among(exact, number):
                continue
            check.rows.append(number)
            if len(examples) < SHOWN:
                examples.append(_pair(number, group[0], text(number)))
    check.rows = array("Q", sorted(check.rows))
    return check.finding(examples=tuple(examples), kinds={}), check.rows


def near_leaks(
    rows: Iterable[Seen],
    partner: Iterable[Seen],
    exact: "array[int]",
    total: int,
    text: Callable[[int], str],
    stopping: Stopping,
) -> tuple[Finding, "array[int]"]:
    """Rows nearly equal to one of the partner, that do not leak exactly; their numbers."""
    check = NearLeaks()
    check.looked = total
    counted = [0]
    examples: list[Example] = []
    texts = itertools.chain(_counting(partner, counted), map(words, rows))
    for group in clusters(texts, stopping=stopping):
        border = counted[0]
        there = next((number for number in group if number < border), None)
        for number in group if there is not None else ():
            mine = number - border
            if mine < 0 or among(exact, mine):
                continue
            check.rows.append(mine)
            if len(examples) < SHOWN and there is not None:
                examples.append(_pair(mine, there, text(mine)))
    check.rows = array("Q", sorted(check.rows))
    return check.finding(examples=tuple(examples), kinds={}), check.rows


def words(row: Seen) -> str:
    """What is compared: all that is said but the system prompt, which all rows may share."""
    return "\n".join([*(said for role, said in row.turns if role != "system"), row.reply])


def _counting(rows: Iterable[Seen], counted: list[int]) -> Iterator[str]:
    for row in rows:
        counted[0] += 1
        yield words(row)


def _pair(number: int, other: int, text: str) -> Example:
    return replace(excerpt(number, text), other=other)
