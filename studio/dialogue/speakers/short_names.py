"""Classical prose calls a person by one character of the name once the scene has named him: 曹操 …
`操曰`. Which characters a text uses so, the full names they end, and whom each of them means.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from studio.dialogue.characters.table import Cast, Mention
from studio.dialogue.lexicon import AFTER_NAME_ZH, LEAD_ZH, SURNAMES_ZH
from studio.dialogue.lexicon_zh import (
    COMPOUND_SURNAMES_ZH,
    MORE_SURNAMES_ZH,
    NAME_AT_TIMES,
    TITLES_ONE_ZH,
)
from studio.dialogue.speakers.kinship import BARE_ZH
from studio.dialogue.speakers.tags_zh import is_predicate, subject_of
from studio.dialogue.speakers.unsaid import BOOK_TITLE

NEAR = 3000  # characters before a short name within which a surname may stand for its bearer
LONER = 2  # tags that make a character a person of its own, where the text has no longer name
SHARE = 0.15  # of the places of the most frequent full name, or a rarer one is chance
SURNAME = (
    f"(?:{'|'.join(COMPOUND_SURNAMES_ZH)}|[{''.join(sorted(SURNAMES_ZH | set(MORE_SURNAMES_ZH)))}])"
)
BEGINS = r"(?:^|(?<=[\s。，：；！？、“”‘’「」『』—…]))"
LEADS = LEAD_ZH.pattern.removeprefix("^")
# A name stands where a clause begins, or behind a verb or preposition.
STANDS = re.compile(
    rf"(?:(?:^|[\s。，：；！？、“”‘’「」『』—…])(?:{LEADS})*|[见報报请令命使教唤召问对与同和及迎遣差谓向引拜访杀斩擒救遇"
    r"随领望呼劝告辞投从将是有着了会求说道曰给叫])$"
)
# What goes on after a name at the head of a clause, beside what may follow any name.
ACTS = AFTER_NAME_ZH | frozenset(
    "引令视从入既领退奔带取使遣斩纵挺执举亦甚深自亲欲未必先后方皆俱接辞受许允依谏召唤聚点传升登离归投杀率驱"
    "趋按披据守为曰谓奉大拜回答请惊怒喜笑叹"
)
# `徐主任`, `老徐`: a surname with what people call its bearer.
TITLED = re.compile(
    rf"(?:(?P<surname>{SURNAME})(?:副?(?:主任|书记|队长|局长|县长|部长|院长|厂长|厅长|科长|处长|校长|所长|站长|社长"
    r"|团长|连长|班长|排长|营长|师长|军长|市长|省长|乡长|镇长|村长|会长|董事长|经理|主席|专员|参谋|司令|政委)"
    r"|老师|老板|老先生|老汉|老总|总|教授|医生|大夫|律师|法官|警官|先生|师傅|掌柜|同志|秘书|将军|元帅|大人|员外|秀才"
    rf"|公公|老爷)|[老小](?P<bare>{SURNAME}))"
)
NO_TITLE_WORD = "".join(sorted(AFTER_NAME_ZH | frozenset("令命使召请迎拜杀劝为与以于是而则其")))


def by_surname(name: str, cast: Cast, text: str) -> str | None:
    """Whom of a table a surname with a title means: `徐主任` is 徐治功 where the text names no
    other 徐 of the table; None where several or none fit."""
    match = TITLED.fullmatch(name)
    if match is None:
        return None
    surname = match["surname"] or match["bare"]
    named = {
        mention.name
        for mention in cast.find(text)
        if mention.name in cast.given and mention.name.startswith(surname)
    }
    return named.pop() if len(named) == 1 else None


@dataclass(frozen=True)
class Shorts:
    """The one-character names of a text: by each the full names that the text has, most frequent
    first; none where it is a person of its own."""

    full: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def ones(self) -> frozenset[str]:
        """Characters that are names here though they are words elsewhere."""
        return frozenset(self.full) & NAME_AT_TIMES


def find_shorts(text: str, clauses: Iterable[str]) -> Shorts:
    """The one-character subjects of clauses that lead to speech.

    A character that is also a word counts only beside a full name in the text.
    """
    rows = list(clauses)
    times = Counter(
        name for clause in rows if len(name := subject_of(clause, NAME_AT_TIMES)[0]) == 1
    )
    full: dict[str, tuple[str, ...]] = {
        short: names
        for short, n in times.items()
        if short not in BARE_ZH
        and ((names := _persons(text, short)) or (n >= LONER and short not in NAME_AT_TIMES))
    }
    return Shorts(full)


def _persons(text: str, short: str) -> tuple[str, ...]:
    """The full names, without the books among them: 周易 makes 易 no person of the family 周."""
    return tuple(name for name in full_names(text, short) if not BOOK_TITLE.fullmatch(name))


def full_names(text: str, short: str) -> tuple[str, ...]:
    """Names of the text that end in a character, a surname before it, or one character between:
    曹操, 诸葛亮; of a title what stands before it (梁惠王). Most frequent first.
    """
    if short in TITLES_ONE_ZH:
        titled = Counter(
            m.group()
            for m in re.finditer(rf"[^\W\d_a-zA-Z{NO_TITLE_WORD}]{{1,2}}{short}", text)
            if not m.group().endswith(f"大{short}")
        )
        return tuple(name for name, _ in titled.most_common())
    near, far, stands = Counter[str](), Counter[str](), set[str]()
    pattern = rf"(?<![{short}])(?=({SURNAME}[\u3400-\u9fff]?{short})(?![的地得]))"
    for match in re.finditer(pattern, text):
        name, before = match[1], text[max(0, match.start() - 6) : match.start()]
        (near if name[:-1] in COMPOUND_SURNAMES_ZH or len(name) == 2 else far)[name] += 1
        if STANDS.search(before):
            stands.add(name)
    found = near if near.keys() & stands else Counter({n: k for n, k in far.items() if k > 1})
    most = max((found[name] for name in found.keys() & stands), default=0)
    fit = {n: k for n, k in found.items() if n in stands and k >= SHARE * most}
    return tuple(sorted(fit, key=lambda name: (-fit[name], name)))


class Owners:
    """Whom a one-character name means at a place: the latest person named before it whose name it
    ends, or, near by, begins; else the next one; else nobody longer."""

    def __init__(self, spelled: Iterable[tuple[int, str, str]]) -> None:
        """spelled: (offset, name as it stands there, canonical name), in any order."""
        self.ends: dict[str, list[tuple[int, str]]] = {}
        self.begins: dict[str, list[tuple[int, str]]] = {}
        for at, name, person in sorted(spelled):
            if len(name) > 1:
                self.ends.setdefault(name[-1], []).append((at, person))
                self.begins.setdefault(name[0], []).append((at, person))

    def at(self, short: str, place: int) -> str | None:
        """The canonical name, or None."""
        ends = _latest(self.ends.get(short, []), place)
        begins = _latest(self.begins.get(short, []), place)
        for found in (ends, begins):
            if found and place - NEAR <= found[0] < place:
                return found[1]
        return ends[1] if ends else None


def _latest(places: Sequence[tuple[int, str]], before: int) -> tuple[int, str] | None:
    at = bisect_left(places, (before, ""))
    return places[at - 1] if at else places[0] if places else None


def short_mentions(
    text: str, shorts: Shorts, cast: Cast, outside: Sequence[Mention]
) -> list[Mention]:
    """Where one-character names stand as the subject of a clause or as the listener of a tag, each
    with whom it means.

    outside: the mentions of longer names in narration. A character that the table gives to a person
    is left to the table.
    """
    mine = sorted(short for short in shorts.full if cast.owner(short) in (None, short))
    if not mine:
        return []
    taken = {mention.start for mention in cast.find(text) if mention.end - mention.start > 1}
    owners = Owners((m.start, text[m.start : m.end], m.name) for m in outside)
    one = f"[{''.join(mine)}]"
    subject = rf"{BEGINS}(?:{LEADS})*(?P<subject>{one})(?=(?P<rest>[\u3400-\u9fff]{{1,18}}))"
    listener = rf"(?<=[谓问对与向顾语])(?P<listener>{one})(?=[曰道云])"
    found = []
    for match in re.finditer(f"{subject}|{listener}", text):
        at = match.end() - 1
        rest = match["rest"]
        if rest and rest[0] not in ACTS and not is_predicate(rest):
            continue
        if at not in taken and (name := owners.at(text[at], at) or cast.ending(text[at])):
            found.append(Mention(at, at + 1, name))
    return found
