"""Speakers for groups of quotes: names beside them first, then pronouns and turns, forward and once again."""

import re

from studio.dialogue.candidates import is_epithet
from studio.dialogue.cast import Cast, MentionIndex, title_gender
from studio.dialogue.clues import Group, Language, Narration
from studio.dialogue.context import Choice, Context

KIN = re.compile(r"(?:his|her|my|our|their)\s", re.IGNORECASE)
KIN_MARGIN = 0.5
FIRST_PERSON = {True: "我", False: "I"}


class Attribution:
    """Fills speaker, confidence, method and addressee of each group."""

    def __init__(self, groups: list[Group], narration: Narration, language: Language, cast: Cast,
                 mentions: MentionIndex, spoken: MentionIndex, *, chinese: bool) -> None:
        self.groups, self.narration, self.language, self.cast = groups, narration, language, cast
        self.context = Context(groups, mentions, spoken, cast)
        self.first_person = cast.resolve(FIRST_PERSON[chinese]) or FIRST_PERSON[chinese]

    def run(self) -> None:
        """Named groups first; then two passes, so that the second can look at both neighbours."""
        for group in self.groups:
            self._named(group)
        for _ in range(2):
            for index, group in enumerate(self.groups):
                if not self._is_named(group):
                    self._inferred(index, group)
        for index, group in enumerate(self.groups):
            if group.addressee is None:
                group.addressee = self._answered(index)

    def _is_named(self, group: Group) -> bool:
        clue = group.clue
        return bool(clue and (clue.pronoun == "i" or clue.name and not self._is_kin(clue.name)))

    def _is_kin(self, name: str) -> bool:
        """`her mother`, `his friend`, and beside a table of persons also `the detective`: somebody of the story
        whom only the context can name."""
        if name in self.cast.gender:
            return False
        return bool(KIN.match(name)) or (bool(self.cast.given) and is_epithet(name))

    def _named(self, group: Group) -> None:
        clue = group.clue
        if clue is None:
            return
        group.addressee = clue.addressee
        if self._is_named(group):
            group.speaker = clue.name or self.first_person
            group.confidence, group.method = clue.confidence, clue.method
            if group.speaker not in self.cast.gender:
                group.confidence -= 0.1  # read from the text, not from the table

    def _inferred(self, index: int, group: Group) -> None:
        pronoun = group.clue.pronoun if group.clue else None
        kin = group.clue.name if group.clue else None
        if kin:
            pronoun = kin_gender(kin) or "x"
        if pronoun in ("p", "y"):
            group.method = "plural"
            return
        at = group.clue.at if group.clue else group.start
        subject, where = self._subject(group) if group.clue is None else (None, "")
        choice = self.context.choose(index, pronoun=pronoun, at=at, subject=subject)
        if kin and (choice is None or choice.margin < KIN_MARGIN):
            group.speaker, group.method, group.confidence = kin, group.clue.method, group.clue.confidence - 0.1
            return
        if choice is None:
            return
        group.speaker = choice.name
        if kin:
            group.method, group.confidence = "kin", _sure(choice, 0.3, 0.55)
        elif pronoun:
            group.method, group.confidence = "pronoun", _sure(choice, 0.45, 0.85)
        elif choice.name == subject:
            group.method, group.confidence = where, _sure(choice, 0.4, 0.75)
        else:
            group.method, group.confidence = "turn", _sure(choice, 0.3, 0.7)

    def _subject(self, group: Group) -> tuple[str | None, str]:
        """Who acts in the narration of the same paragraph, after the quote or before it; pronouns do not count."""
        first, last = group.members[0], group.members[-1]
        for span, is_last in ((self.narration.right(last), False), (self.narration.left(first), True)):
            clue = self.language.subject(*span, last=is_last)
            if clue and clue.name:
                return clue.name, "subject"
        return None, ""

    def _answered(self, index: int) -> str | None:
        """Whom a line answers: the other speaker just before it, else the one just after, in the same run."""
        group = self.groups[index]
        for step in (-1, 1):
            other = self.context.neighbour(index, step)
            if other and other.speaker and other.speaker != group.speaker:
                return other.speaker
        return None


def _sure(choice: Choice, low: float, high: float) -> float:
    """Confidence from the lead of the best candidate: `low` for none, `high` from a lead of 3 on."""
    return low + (high - low) * min(1.0, choice.margin / 3.0)


def kin_gender(phrase: str) -> str | None:
    """The gender that a word of kinship gives away."""
    words = set(phrase.casefold().split())
    if words & {"wife", "daughter", "niece", "ladyship", "grandmother", "girl"}:
        return "f"
    if words & {"husband", "son", "nephew", "lordship", "grandfather", "boy"}:
        return "m"
    return title_gender([phrase])
