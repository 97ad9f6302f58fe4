"""Who can be meant: the set's table of persons and whoever else speaks in it, and what an answer
means.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from studio.dialogue.asking.plan import UNKNOWN, Line
from studio.dialogue.characters.table import Cast
from studio.dialogue.characters.text_form import parse_characters
from studio.dialogue.records import Character
from studio.dialogue.review import queries
from studio.dialogue.review.queries import UtteranceSet
from studio.errors import InputError
from studio.workspace import Workspace

UNKNOWN_WORDS = frozenset(
    (
        "",
        "?",
        "？",
        "unknown",
        "none",
        "nobody",
        "null",
        "n/a",
        "未知",
        "不明",
        "无",
        "不知道",
        "无法确定",
        "不确定",
    )
)
MOST, ENUM = (
    40,
    900,
)  # persons of a request; names in all enumerations of its schema, of which servers take 1,000
EDGES = re.compile(r"^[\s\"'“”‘’「」【\[(（]+|[\s\"'“”‘’「」】\])）.。,，:：]+$")


@dataclass(frozen=True)
class People:
    """Everyone that a line of the set can be given to, the busiest speaker first."""

    persons: tuple[Character, ...]
    cast: Cast

    def resolve(self, answer: object) -> str | None:
        """The canonical name that a model's answer means, "?" where it says that it does not know,
        None for neither.
        """
        if not isinstance(answer, str):
            return UNKNOWN if answer is None else None
        plain = EDGES.sub("", answer)
        for name in (answer.strip(), plain, re.split(r"[(（/、,，=＝]", plain)[0].strip()):
            owner = self.cast.resolve_label(name)
            if owner in self._names:
                return owner
        if plain.casefold() in UNKNOWN_WORDS:
            return UNKNOWN
        return self.cast.shortened(plain)

    def of_request(
        self, text: str, likely: Iterable[str | None], lines: int, shift: int = 0
    ) -> list[Character]:
        """The persons to show with `text`: all, or where they are many those named in it, the
        likely and the busiest.

        shift: how far the list is turned, so that no name is first in every request.
        """
        most = max(8, min(MOST, ENUM // max(1, lines) - 1))
        chosen = list(self.persons)
        if len(chosen) > most:
            near = {mention.name for mention in self.cast.find(text)} | {
                name for name in likely if name
            }
            kept = [person for person in chosen if person.name in near][:most]
            rest = [person for person in chosen if person.name not in near]
            wanted = {person.name for person in (*kept, *rest[: most - len(kept)])}
            chosen = [person for person in chosen if person.name in wanted]
        turn = shift % len(chosen)
        return chosen[turn:] + chosen[:turn]

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(person.name for person in self.persons)


def people(workspace: Workspace, lines_of: UtteranceSet, doubtful: Sequence[Line]) -> People:
    """The persons of a set: its table, its speakers, and whom the rules thought of.

    Raises InputError if there are none.
    """
    table = parse_characters(lines_of.characters)
    spoken = {name: count for name, count in queries.speakers(workspace, lines_of.id) if name}
    thought = [
        name
        for line in doubtful
        for name in (line.speaker, *(other for other, _ in line.others))
        if name
    ]
    known = Cast(table)
    named = list(dict.fromkeys([*spoken, *thought]))
    found = [
        Character(name)
        for name in named
        if name not in known.given and known.resolve_label(name) == name
    ]
    persons = sorted([*table, *found], key=lambda person: -spoken.get(person.name, 0))
    if not persons:
        raise InputError(
            "Nobody is known who could speak in {name}.",
            "Name its characters first.",
            name=lines_of.name,
        )
    return People(tuple(persons), Cast(table, found))
