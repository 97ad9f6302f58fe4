"""What a check found, and what all checks have in common."""

import bisect
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Literal

from studio.datasets.profile.seen import Seen

Severity = Literal["good", "warn", "bad"]
SHOWN = 5  # examples of a finding
AROUND = 48  # characters of an example before and behind what was found


@dataclass(frozen=True)
class Example:
    """One place where it shows. row: number of the good row from 0, of an unusable row its number
    in the file from 1 (`in_file`). text: a line of the row, in which start to end is what was
    found. other: the row that it belongs to, of two that are alike; group: the word for what it is.
    """

    row: int
    text: str
    start: int = 0
    end: int = 0
    other: int | None = None
    group: str = ""
    in_file: bool = False


@dataclass(frozen=True)
class Finding:
    """What one check says of the whole set.

    count: rows that have it, of `total` looked at. kinds: how often what. values: figures of this
    finding alone. what, do: in plain English what it means and what to do; fix: the name in
    `fixes.FIXES` of what can be done at a press, "" for nothing. sample: {"row", "before", "after"}
    of the first row that the fix would change.
    """

    name: str
    severity: Severity
    count: int
    total: int
    what: str
    do: str
    fix: str = ""
    kinds: dict[str, int] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    sample: dict[str, Any] | None = None

    @property
    def share(self) -> float:
        """Rows that have it, of those looked at."""
        return self.count / self.total if self.total else 0.0

    def plain(self) -> dict[str, Any]:
        """As JSON carries it, its share with it."""
        return asdict(self) | {"share": round(self.share, 6)}


class Check:
    """One kind of trouble. A check sees every row once, in order, and is asked at the end."""

    name: ClassVar[str]
    what: ClassVar[str]
    do: ClassVar[str]
    fix: ClassVar[str] = ""
    bad_from: ClassVar[float] = (
        0.01  # share of the rows from which it is bad; below it is a warning
    )

    def __init__(self) -> None:
        self.rows = array("Q")
        self.kinds: Counter[str] = Counter()
        self.examples: list[Example] = []
        self.looked = 0

    def see(self, row: Seen) -> None:
        """Look at one row."""
        self.looked += 1
        found = self.find(row)
        if found is not None:
            text, start, end, kind = found
            self.hit(row.number, text, start, end, kind)

    def find(self, row: Seen) -> tuple[str, int, int, str] | None:
        """(text, where it begins in it, where it ends, the word for what it is), or None."""
        return None

    def hit(self, row: int, text: str, start: int = 0, end: int = 0, kind: str = "") -> None:
        """Count a row, and keep it as an example while there is room: of each kind one first."""
        self.rows.append(row)
        known = self.kinds[kind] if kind else len(self.examples)
        if kind:
            self.kinds[kind] += 1
        if len(self.examples) < SHOWN or (kind and not known):
            self.examples.append(excerpt(row, text, start, end, kind))

    def findings(self) -> Iterator[Finding]:
        """What it has to say of the rows seen; also that it found nothing."""
        yield self.finding()

    def finding(self, **more: Any) -> Finding:
        """The finding as it stands."""
        count = len(self.rows)
        kept: dict[str, Any] = {
            "count": count,
            "severity": self.severity(count),
            "fix": self.fix if count else "",
            "kinds": dict(self.kinds.most_common(50)),
            "examples": tuple(_varied(self.examples)),
        }
        return Finding(
            name=self.name, total=self.looked, what=self.what, do=self.do, **(kept | more)
        )

    def severity(self, count: int) -> Severity:
        """How serious so many rows are."""
        if not count:
            return "good"
        return "bad" if count >= self.bad_from * self.looked else "warn"


def excerpt(row: int, text: str, start: int = 0, end: int = 0, group: str = "") -> Example:
    """An example: the line around start to end."""
    begin = max(0, start - AROUND)
    before, found = _line(text[begin:start]), _line(text[start : min(end, start + 160)])
    behind = _line(text[end : max(end, start) + 2 * AROUND])
    before = ("…" if begin else "") + before
    behind += "…" if len(text) > max(end, start) + 2 * AROUND else ""
    return Example(row, before + found + behind, len(before), len(before) + len(found), group=group)


def _line(text: str) -> str:
    """Text on one line, as long as it was."""
    return text.replace("\n", " ").replace("\r", " ").replace("\t", " ")


def _varied(examples: list[Example]) -> list[Example]:
    """At most five, each kind once before any comes twice, in the order of the rows."""
    first: dict[str, Example] = {}
    for example in examples:
        first.setdefault(example.group, example)
    chosen = list(first.values())[:SHOWN]
    chosen += [example for example in examples if example not in chosen][: SHOWN - len(chosen)]
    return sorted(chosen, key=lambda example: example.row)


def among(rows: "array[int]", row: int) -> bool:
    """Whether a number is in a rising array."""
    at = bisect.bisect_left(rows, row)
    return at < len(rows) and rows[at] == row
