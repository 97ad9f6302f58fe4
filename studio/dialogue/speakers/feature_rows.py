"""The table of what speaks for each candidate as the speaker of a group of quotes.

Every candidate of a group gets a table {feature: value}. Most features stand there twice, plain and
with the kind of tag that the group has (`recent-0`, `recent-0@pronoun`), so that one model serves
tagged and bare lines.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

ELSE = None  # the candidate "somebody else"
OPEN = ""  # of a group whose speaker nobody has decided


@dataclass
class Row:
    """One group's candidates (None: somebody else), what speaks for each, and the step from the
    group before.

    step: features of the step for "the same speaker as the group before"; swap: for "the speaker of
    the group before that one again"; both empty where a scene begins. decided: whom somebody has
    decided for, OPEN where nobody has.
    """

    kind: str
    names: list[str | None] = field(default_factory=list)
    parts: list[dict[str, float]] = field(default_factory=list)
    step: dict[str, float] = field(default_factory=dict)
    swap: dict[str, float] = field(default_factory=dict)
    decided: str | None = OPEN


class Table:
    """Candidates' features; what speaks for somebody who is no candidate is dropped."""

    def __init__(
        self,
        found: dict[str | None, dict[str, float]],
        kind: str,
        genders: Mapping[str, str | None],
    ) -> None:
        self.found, self.kind, self.genders = found, kind, genders

    def gender(self, name: str | None) -> str | None:
        """The gender of a candidate, "m" or "f", None where it is not known."""
        return self.genders.get(name) if name else None

    def plain(self, name: str | None, feature: str, value: float) -> None:
        """One feature; the larger value stands."""
        if value and (parts := self.found.get(name)) is not None:
            parts[feature] = max(parts.get(feature, 0.0), value)

    def agreement(self, feature: str, gender: str | None) -> None:
        """Agreement of each candidate with a gender, "m" or "f", that a word gives away."""
        if gender not in ("m", "f"):
            return
        for name in self.found:
            known = self.gender(name)
            fits = "unsure" if known is None else "agrees" if known == gender else "clashes"
            self.plain(name, f"{feature}-{fits}", 1.0)

    def both(self, name: str | None, feature: str, value: float) -> None:
        """A feature plain and with the kind of tag."""
        self.plain(name, feature, value)
        self.plain(name, f"{feature}@{self.kind}", value)
