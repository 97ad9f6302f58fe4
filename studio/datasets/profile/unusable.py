"""Rows that training cannot use at all, by what is wrong with them."""

import re
from collections import Counter

from studio.datasets.profile.finding import SHOWN, Example, Finding, Severity
from studio.datasets.source_files.convert import example
from studio.datasets.source_files.row_problem import RowProblem

BAD_FROM = 0.05
# (name, what reasons it has, what it means, what to do), in the order in which they are asked.
GROUPS = (
    (
        "roles",
        re.compile(r"role|take turns|system turn|last turn|no turn but|no question stands"),
        "Turns are out of order or of unknown roles, so the row is left out of training",
        "Correct the roles and their order in the file: user and assistant take turns",
    ),
    (
        "empty_fields",
        re.compile(r"is empty|is missing|blank"),
        "A field that is needed is empty or missing, so the row is left out of training",
        "Write the field in the file, or let the row be left out",
    ),
    (
        "same_sides",
        re.compile(r"chosen and rejected are the same"),
        "chosen and rejected are the same, so the pair is left out of training",
        "Write another rejected reply, or let the pair be left out",
    ),
    (
        "unusable",
        re.compile(""),
        "The row cannot be read, so it is left out of training",
        "Correct the row in the file, or let it be left out",
    ),
)


class Unusable:
    """Counts rows that are left out, by group and reason."""

    def __init__(self) -> None:
        self.reasons: dict[str, Counter[str]] = {name: Counter() for name, *_ in GROUPS}
        self.examples: dict[str, list[Example]] = {name: [] for name, *_ in GROUPS}

    def see(self, number: int, problem: RowProblem, raw: object = None) -> None:
        """Count a row of the file. number: from 1."""
        self.lose(number, str(problem), problem.example if problem.example is not None else raw)

    def lose(self, number: int, reason: str, raw: object) -> None:
        """Count a row by its reason."""
        name = next(name for name, pattern, *_ in GROUPS if pattern.search(reason))
        if len(self.reasons[name]) < 200 or reason in self.reasons[name]:
            self.reasons[name][reason] += 1
        else:
            self.reasons[name]["…"] += 1
        kept = self.examples[name]
        if len(kept) < SHOWN:
            text = "" if raw is None or isinstance(raw, RowProblem) else example(raw)
            kept.append(Example(number, text, group=reason, in_file=True))

    def findings(self, good: int) -> list[Finding]:
        """One for each group; `good` rows can be used."""
        lost = {name: sum(reasons.values()) for name, reasons in self.reasons.items()}
        total = good + sum(lost.values())
        return [
            Finding(
                name=name,
                severity=_severity(lost[name], total),
                count=lost[name],
                total=total,
                what=what,
                do=do,
                kinds=dict(self.reasons[name].most_common(20)),
                examples=tuple(self.examples[name]),
            )
            for name, _, what, do in GROUPS
        ]


def _severity(count: int, total: int) -> Severity:
    return "good" if not count else "bad" if count >= BAD_FROM * total else "warn"
