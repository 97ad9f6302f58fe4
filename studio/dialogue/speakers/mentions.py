"""Where persons are named: in narration or in speech, and the part that a name plays in its
sentence.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from studio.dialogue.characters.table import Cast, Mention

SENTENCE_START = re.compile(
    r"(?:^|[.!?。！？…”\"\n\r；;:：]|--|—)[\s\u3000_(*]*(?:(?:[Aa]nd|[Bb]ut|[Ss]o|[Tt]hen|[Hh]ere"
    r"|[Ww]hen|[Aa]s|只见|却说|这时|于是|那)\s*)?$"
)
OBJECT = re.compile(
    r"(?:\b(?:to|at|of|with|for|from|by|upon|on|about|after|towards?|against|behind|beside|than"
    r"|near|like|saw|told|asked|see|met|and)\s+"
    r"|[对向跟和与给朝冲把被替问叫让请使看望盯瞅着劝骂喊])$"
)
OWNER = re.compile(r"[’']s\b|的|家|妈|爸|爹|娘|哥|他")
PRONOUN = re.compile(r"(?P<m>\b[Hh]e\b|(?<!其)他(?!们))|(?P<f>\b[Ss]he\b|她(?!们))")
REACH = 700  # characters over which a pronoun may look back for its person


class MentionIndex:
    """Mentions of a whole text, sorted, for quick look-up by range."""

    def __init__(self, mentions: list[Mention]) -> None:
        self.all = mentions
        self._starts = [m.start for m in mentions]
        self.count = Counter(m.name for m in mentions)

    def between(self, start: int, end: int) -> list[Mention]:
        """Mentions that begin at or after `start` and before `end`."""
        return self.all[bisect_left(self._starts, start) : bisect_left(self._starts, end)]

    def last(self, end: int, limit: int) -> list[Mention]:
        """At most `limit` mentions before `end`, nearest first."""
        at = bisect_left(self._starts, end)
        return self.all[max(0, at - limit) : at][::-1]


@dataclass(frozen=True)
class Named:
    """Mentions in narration, in speech, and pronouns of the narration with whom they mean; each
    list sorted.

    spans: the quotes, sorted.
    """

    outside: list[Mention]
    inside: list[Mention]
    pronouns: list[Mention]
    spans: list[tuple[int, int]]


def mentions_apart(
    text: str, mentions: list[Mention], spans: list[tuple[int, int]]
) -> tuple[list[Mention], list[Mention]]:
    """Mentions in narration, each with its role, and those inside the given sorted spans of
    speech.
    """
    outside, inside, at = [], [], 0
    for mention in mentions:
        while at < len(spans) and spans[at][1] <= mention.start:
            at += 1
        if at < len(spans) and spans[at][0] <= mention.start:
            inside.append(mention)
        else:
            outside.append(replace(mention, role=role(text, mention)))
    return outside, inside


def role(text: str, mention: Mention) -> str:
    """The part of a name in its sentence, from the words that touch it."""
    before = text[max(0, mention.start - 24) : mention.start]
    if OWNER.match(text, mention.end):
        return "owner"
    if OBJECT.search(before):
        return "object"
    return "subject" if SENTENCE_START.search(before) else "other"


def resolve_pronouns(
    text: str, outside: list[Mention], spans: list[tuple[int, int]], cast: Cast
) -> list[Mention]:
    """`he` and `she` of the narration, each as a mention of the last person of that gender who was
    a subject, else of the last one named at all; those for whom nobody fits are left out."""
    words = apart(PRONOUN.finditer(text), spans)
    marks = sorted(
        [(m.start, m) for m in outside] + [(p.start(), p) for p in words], key=lambda x: x[0]
    )
    last: dict[str, tuple[int, bool, str]] = {}
    found = []
    for start, mark in marks:
        if isinstance(mark, Mention):
            if mark.role != "owner":
                _note(last, mark, cast.gender.get(mark.name))
            continue
        gender = "m" if mark["m"] else "f"
        held = last.get(gender)
        if held and start - held[0] <= REACH:
            found.append(Mention(start, mark.end(), held[2], "pronoun"))
            last[gender] = (start, held[1], held[2])
    return found


def _note(last: dict[str, tuple[int, bool, str]], mention: Mention, gender: str | None) -> None:
    """Keep who is talked about, for each gender: an object does not take a subject's place at
    once.
    """
    for slot in (gender,) if gender else ("m", "f"):
        held = last.get(slot)
        subject = mention.role == "subject"
        if (
            held is None
            or subject
            or not held[1]
            or held[2] == mention.name
            or mention.start - held[0] > REACH // 4
        ):
            last[slot] = (mention.start, subject, mention.name)


def apart(
    matches: Iterable[re.Match[str]], spans: list[tuple[int, int]]
) -> Iterator[re.Match[str]]:
    """The matches, in order, that begin outside the sorted spans of speech."""
    at = 0
    for match in matches:
        while at < len(spans) and spans[at][1] <= match.start():
            at += 1
        if not (at < len(spans) and spans[at][0] <= match.start()):
            yield match
