"""What pairs and marks of preference get wrong, and system prompts that some rows lack."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from studio.datasets.profile.answers import SAME
from studio.datasets.profile.finding import Check, Finding, Severity, excerpt
from studio.datasets.profile.seen import Seen

ENOUGH = 20  # rows from which a habit is one
SYSTEMS = 1000  # different ones that are remembered


class EqualSides(Check):
    """Pairs without a difference."""

    name = "equal_sides"
    what = (
        "chosen and rejected are the same but for blanks, marks and capitals: there is nothing to "
        "learn"
    )
    do = "Drop these rows"
    fix = "drop"

    def find(self, row: Seen) -> tuple[str, int, int, str] | None:
        """Compare both sides."""
        if row.kind != "ranking":
            return None
        chosen, rejected = row.reply, row.row["rejected"]
        if SAME.sub("", chosen).casefold() != SAME.sub("", rejected).casefold():
            return None
        return f"{chosen[:80]} | {rejected[:80]}", 0, 0, ""


class LongerChosen(Check):
    """Pairs whose better side is always the longer one."""

    name = "longer_chosen"
    what = (
        "chosen is longer than rejected in nearly every pair; the model may learn that longer is "
        "better, and nothing else"
    )
    do = "Add pairs whose shorter side is the better one, or train with a length-aware loss (SimPO)"

    def __init__(self) -> None:
        super().__init__()
        self.ratio = 0.0

    def see(self, row: Seen) -> None:
        """Compare the lengths of a pair."""
        if row.kind != "ranking":
            return
        self.looked += 1
        chosen, rejected = len(row.reply), len(row.row["rejected"])
        self.ratio += chosen / max(1, rejected)
        if chosen > 1.2 * rejected:
            self.hit(row.number, row.reply)

    def findings(self) -> Iterator[Finding]:
        """Only of a set with pairs."""
        if self.looked:
            mean = round(self.ratio / self.looked, 2)
            yield self.finding(values={"times": mean})

    def severity(self, count: int) -> Severity:
        """A warning where nine of ten are much longer."""
        return "warn" if self.looked >= ENOUGH and count >= 0.9 * self.looked else "good"


class OneLabel(Check):
    """KTO with one mark alone."""

    name = "one_label"
    what = "Every reply has the same mark (kto_tag); KTO needs wanted and unwanted ones"
    do = "Add rows of the other mark, or train on the wanted rows with SFT"
    bad_from = 0.0

    def see(self, row: Seen) -> None:
        """Count the marks."""
        if row.kind != "kto":
            return
        self.looked += 1
        self.kinds[str(row.row["kto_tag"]).lower()] += 1
        if not self.examples:
            self.examples = [excerpt(row.number, row.reply)]

    def findings(self) -> Iterator[Finding]:
        """Only of a set with marks."""
        if self.looked:
            alone = len(self.kinds) == 1
            yield self.finding(
                count=self.looked if alone else 0,
                severity="bad" if alone else "good",
                examples=tuple(self.examples) if alone else (),
            )


class SystemMissing(Check):
    """Rows without the system prompt that the others have."""

    name = "system_missing"
    what = "Most rows begin with one system prompt, and these have none"
    do = "Give these rows the same system prompt"
    fix = "fill_system"
    bad_from = 0.2

    def __init__(self) -> None:
        super().__init__()
        self.systems: Counter[str] = Counter()

    def see(self, row: Seen) -> None:
        """Count the system prompts."""
        if row.kind == "text":
            return
        self.looked += 1
        if not row.system.strip():
            self.hit(row.number, row.question)
        elif row.system in self.systems or len(self.systems) < SYSTEMS:
            self.systems[row.system] += 1

    def findings(self) -> Iterator[Finding]:
        """Only where one prompt has half of the rows or more."""
        usual, times = (self.systems.most_common(1) or [("", 0)])[0]
        values: dict[str, Any] = {"different": len(self.systems), "system": usual}
        if self.rows and 2 * times >= self.looked and times < self.looked:
            yield self.finding(values=values)
        else:
            yield self.finding(count=0, severity="good", fix="", examples=(), values=values)
