"""Names that may mean one person, for a reader to decide: 诸葛亮 and 孔明, 行者 and 悟空.

Never joined by themselves, as brothers and namesakes look the same from afar.
"""

import re
from collections import Counter
from collections.abc import Sequence

from studio.dialogue.characters.table import Cast
from studio.dialogue.quotes.spans import find_quotes
from studio.dialogue.records import Character
from studio.dialogue.speakers.cues import Narration
from studio.dialogue.speakers.discovery import last_tag
from studio.dialogue.speakers.vocatives import called
from studio.text.paragraphs import paragraphs

# `诸葛亮，字孔明`, `法名唤做悟空`: a second name, said outright.
SECOND = (
    r"[，,]?(?:[^。，！？；“”\n]{0,4}?[，,]?(?:表?字|别号|号(?=[曰为叫称])|法名|道号|小名|乳名|绰号|外号|诨号|人称|又名|本名|原名))"
    r"[曰为叫做唤是名称]{0,2}[“「]?"
)
STYLED = re.compile(
    r"姓([\u3400-\u9fff]{1,2})[，,]?名([\u3400-\u9fff]{1,2})[，,]?表?字([\u3400-\u9fff]{2})"
)
TITLE = r"(?:姐儿?|哥儿?|丫头|姑娘|小姐|奶奶|儿|爷|妹妹|姐姐|哥哥|兄弟?|公子?)"
CALLS, SHARE = 4, 0.6  # answers to a name called, and the part of them that one other name gives
BESIDE = 0.1  # lines of both names next to each other, for each of the rarer: more is a talk of two


def suggestions(text: str, people: Sequence[Character], most: int = 60) -> list[tuple[str, str]]:
    """Pairs of canonical names that may be one person, the more frequent first, by what the text
    says outright, by a title on the last character of a name, and by who answers to a name.

    people: as found, most lines first; only the first `most` are compared.
    """
    rank = {person.name: at for at, person in enumerate(people[:most])}
    cast = Cast([], people[:most])
    pairs = _said_outright(text, cast) | _titled(list(rank)) | _answering(text, cast)
    known = {tuple(sorted(p, key=rank.__getitem__)) for p in pairs if p[0] != p[1]}
    return sorted(((a, b) for a, b in known), key=lambda p: (rank[p[0]], rank[p[1]]))


def _said_outright(text: str, cast: Cast) -> set[tuple[str, str]]:
    found = set()
    for first in cast.find(text):
        match = re.compile(SECOND).match(text, first.end, first.end + 24)
        for second in cast.find(text, match.end(), match.end() + 6)[:1] if match else ():
            if match and second.start == match.end():
                found.add((first.name, second.name))
    for match in STYLED.finditer(text):
        full, style = cast.owner(match[1] + match[2]), cast.owner(match[3])
        if full and style:
            found.add((full, style))
    return found


def _titled(names: Sequence[str]) -> set[tuple[str, str]]:
    """A name, and the last character of it with a title, where one name alone ends so: 凤姐."""
    found = set()
    for name in names:
        match = re.fullmatch(rf"([\u3400-\u9fff]){TITLE}", name)
        full = [other for other in names if match and len(other) > 1 and other[-1] == match[1]]
        if len(full) == 1 and full[0] != name:
            found.add((full[0], name))
        if name.endswith("儿") and name[:-1] in names:
            found.add((name[:-1], name))
    return found


def _answering(text: str, cast: Cast) -> set[tuple[str, str]]:
    """Names that are called, and another name under which the answer comes each time."""
    parts = paragraphs(text)
    narration = Narration(text, parts, find_quotes(text, parts))
    answers: dict[str, Counter[str]] = {}
    beside: Counter[frozenset[str]] = Counter()
    lines: Counter[str] = Counter()
    before: tuple[str, tuple[str, ...]] | None = None
    for index, quote in enumerate(narration.quotes):
        speaker = next((m.name for m in cast.find(last_tag(text, narration, index))), None)
        if speaker is None:
            continue
        lines[speaker] += 1
        if before and before[0] != speaker:
            beside[frozenset((before[0], speaker))] += 1
            for name in before[1]:
                answers.setdefault(name, Counter())[speaker] += 1
        span = (quote.start, quote.end)
        calls = called(text, [span], cast.find(text, *span), chinese=True)
        before = speaker, tuple(name for name in calls.names if name != speaker)
    found = set()
    for name, by in answers.items():
        other, n = next(((o, k) for o, k in by.most_common(2) if o != name), (name, 0))
        near = beside[frozenset((name, other))]
        apart = near <= BESIDE * max(1, min(lines[name], lines[other]))
        if n >= CALLS and n >= SHARE * (by.total() - by[name]) and apart:
            found.add((name, other))
    return found
