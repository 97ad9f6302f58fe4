"""All checks over one set of rows, each row read once."""

import time
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from studio.datasets.opened import Dataset
from studio.datasets.profile import alike, fixes, repeated
from studio.datasets.profile.answers import Copied, CutOff, Hollow, Loops
from studio.datasets.profile.damage import Encoding, LostCharacters
from studio.datasets.profile.declined import Refusals
from studio.datasets.profile.finding import Check, Finding
from studio.datasets.profile.histogram import Lengths
from studio.datasets.profile.labels import EqualSides, LongerChosen, OneLabel, SystemMissing
from studio.datasets.profile.languages import Languages, OtherLanguage, in_words
from studio.datasets.profile.leftovers import Drafts, Markup, Placeholders
from studio.datasets.profile.personal_data import PersonalData, covered
from studio.datasets.profile.seen import Seen, with_texts
from studio.datasets.profile.thoughts import Thoughts
from studio.datasets.profile.unusable import Unusable
from studio.datasets.row_forms.formats import Row
from studio.datasets.source_files.convert import REPORTED
from studio.errors import Stopped

ROW_CHECKS: tuple[type[Check], ...] = (
    Hollow,
    Refusals,
    Placeholders,
    Drafts,
    PersonalData,
    Encoding,
    LostCharacters,
    Markup,
    Thoughts,
    Copied,
    Loops,
    CutOff,
    EqualSides,
    LongerChosen,
    OneLabel,
    SystemMissing,
    OtherLanguage,
)
ORDER = {"bad": 0, "warn": 1, "good": 2}
EVERY = 500  # rows between two looks at the wish to stop
FORM = 2  # of a report that is kept

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Rows:
    """The rows to look at. each: gives them from the first on, as often as it is asked; at: a row
    by its number; count: how many; lost: rows that cannot be used.
    """

    name: str
    count: int
    each: Callable[[], Iterator[Row]]
    at: Callable[[int], Row]
    lost: Unusable

    def seen(self) -> Iterator[Seen]:
        """The rows with their numbers."""
        return (Seen(number, row) for number, row in enumerate(self.each()))


@dataclass(frozen=True)
class Report:
    """What all checks found. figures: rows, the kind that most of them are of, turns, characters,
    duplicates, languages. flagged: the numbers of the rows of each finding that can be mended.
    """

    figures: dict[str, Any]
    findings: list[Finding]
    flagged: "dict[str, array[int]]" = field(default_factory=dict)
    near: bool = False
    against: str = ""

    def plain(self) -> dict[str, Any]:
        """As JSON carries it, without the numbers of rows."""
        return {
            "figures": self.figures,
            "findings": [finding.plain() for finding in self.findings],
            "near": self.near,
            "against": self.against,
            "made": time.strftime("%Y-%m-%d %H:%M"),
        }


def of_dataset(dataset: Dataset) -> Rows:
    """The rows of a registered dataset."""
    lost = Unusable()
    for number, problem, raw in dataset.unusable():
        lost.see(number, problem, raw)
    report = dataset.report
    if report:
        for told in report.problems[:REPORTED]:
            lost.lose(told["row"], told["reason"], told.get("example"))
        for _ in range(report.left_out - len(report.problems[:REPORTED])):
            lost.lose(0, "…", None)
    return Rows(
        dataset.name,
        dataset.count,
        dataset.iterate,
        lambda number: dataset.rows(number, 1)[0],
        lost,
    )


def of_list(name: str, rows: list[Row], problems: Iterable[dict[str, Any]], skipped: int) -> Rows:
    """Rows that were gathered already."""
    lost = Unusable()
    told = list(problems)
    for problem in told:
        lost.lose(problem["row"], problem["reason"], problem.get("example"))
    for _ in range(skipped - len(told)):
        lost.lose(0, "…", None)
    return Rows(name, len(rows), lambda: iter(rows), rows.__getitem__, lost)


def survey(
    rows: Rows,
    *,
    partner: Rows | None = None,
    near: bool = False,
    observe: Callable[[Iterator[Row]], object] | None = None,
    stopping: Callable[[], bool] = lambda: False,
    progress: Progress = lambda done, total: None,
) -> Report:
    """Look at every row with every check.

    partner: the set that measures this one, for leaks. near: also near-duplicates, which takes
    longest. observe: is given the rows as they are read, for figures of its own. Raises Stopped.
    """
    checks = [kind() for kind in ROW_CHECKS]
    lengths, languages = Lengths(), Languages()
    often, twice, against = (
        repeated.FrequentReplies(),
        repeated.Duplicates(),
        repeated.Contradictions(),
    )
    checks += [lengths, languages, often, twice, against]
    leaks = alike.Leaks(partner.seen()) if partner else None
    reading = _read(rows, [*checks, leaks] if leaks else checks, stopping, progress)
    if observe:
        observe(reading)
    for _ in reading:
        pass

    def reply(number: int) -> str:
        return Seen(number, rows.at(number)).reply

    found = rows.lost.findings(rows.count)
    found += [repeated.told_often(often, reply), repeated.told_contradictions(against, reply)]
    flagged = {check.name: check.rows for check in [*checks, leaks] if check and check.fix}
    for check in checks:
        if check not in (often, against):
            found += check.findings()
    if leaks:
        found += leaks.findings()
    if near:
        found += _near(rows, partner, twice, leaks, flagged, stopping)
    found = [_sampled(rows, finding, flagged) for finding in found]
    figures = {
        "rows": rows.count,
        "kind": next(iter(dict(lengths.kinds.most_common(1))), ""),
        "turns": lengths.turns,
        "characters": lengths.characters,
        "duplicates": len(twice.rows),
        "languages": in_words(languages.kinds),
    }
    found.sort(key=lambda finding: (ORDER[finding.severity], -finding.share))
    return Report(figures, found, flagged, near, partner.name if partner else "")


def _read(
    rows: Rows,
    checks: list[Any],
    stopping: Callable[[], bool],
    progress: Progress,
) -> Iterator[Row]:
    """Each row, shown to every check on its way."""
    for row in rows.seen():
        if not row.number % EVERY:
            if stopping():
                raise Stopped
            progress(row.number, rows.count)
        for check in checks:
            check.see(row)
        yield row.row
    progress(rows.count, rows.count)


def _near(
    rows: Rows,
    partner: Rows | None,
    twice: repeated.Duplicates,
    leaks: alike.Leaks | None,
    flagged: "dict[str, array[int]]",
    stopping: Callable[[], bool],
) -> list[Finding]:
    """What needs every row compared with every other."""

    def text(number: int) -> str:
        row = Seen(number, rows.at(number))
        return row.question or row.reply

    made, flagged["near_duplicates"] = alike.near(
        rows.seen(), twice.rows, rows.count, text, stopping
    )
    if partner is None or leaks is None:
        return [made]
    leaking, flagged["near_leaks"] = alike.near_leaks(
        rows.seen(), partner.seen(), leaks.rows, rows.count, text, stopping
    )
    return [made, leaking]


def _sampled(rows: Rows, finding: Finding, flagged: "dict[str, array[int]]") -> Finding:
    """The finding with what its fix would do to the first row; without the fix where it would do
    nothing at all.
    """
    numbers = flagged.get(finding.name)
    if not finding.fix or not numbers:
        return finding
    before = rows.at(numbers[0])
    values = {**finding.values, **dict.fromkeys(finding.kinds, "…")}
    after = fixes.FIXES[finding.fix](before, values)
    if finding.fix == "mask":
        before = with_texts(before, covered)
    return replace(finding, sample=fixes.sample(numbers[0], before, after))
