"""Names that may mean one person, for a reader to decide: 诸葛亮 and 孔明, 行者 and 悟空.

Never joined by themselves, as brothers and namesakes look the same from afar.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from studio.dialogue.characters.table import Cast
from studio.dialogue.quotes.spans import find_quotes
from studio.dialogue.records import Character, Proposal
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


def suggestions(
    text: str, people: Sequence[Character], most: int = 60
) -> list[tuple[str, Proposal]]:
    """Canonical names and those that may be the same person's, the more frequent first, by what the
    text says outright, by who answers to a name, and by a title on the last character of a name.

    people: as found, most lines first; only the first `most` are compared.
    """
    rank = {person.name: at for at, person in enumerate(people[:most])}
    cast = Cast([], people[:most])
    known: dict[tuple[str, str], Proposal] = {}
    for first, proposal in [
        *_said_outright(text, cast),
        *_answering(text, cast),
        *_titled(list(rank)),
    ]:
        name, other = sorted((first, proposal.name), key=rank.__getitem__)
        if name != other:
            known.setdefault((name, other), replace(proposal, name=other))
    return [(pair[0], known[pair]) for pair in sorted(known, key=lambda p: [rank[n] for n in p])]


def _said_outright(text: str, cast: Cast) -> Iterator[tuple[str, Proposal]]:
    for first in cast.find(text):
        match = re.compile(SECOND).match(text, first.end, first.end + 24)
        for second in cast.find(text, match.end(), match.end() + 6)[:1] if match else ():
            if match and second.start == match.end():
                yield first.name, Proposal(second.name, "said", text[first.start : second.end])
    for match in STYLED.finditer(text):
        full, style = cast.owner(match[1] + match[2]), cast.owner(match[3])
        if full and style:
            yield full, Proposal(style, "said", match[0])


def _titled(names: Sequence[str]) -> Iterator[tuple[str, Proposal]]:
    """A name, and the last character of it with a title, where one name alone ends so: 凤姐."""
    for name in names:
        match = re.fullmatch(rf"([\u3400-\u9fff]){TITLE}", name)
        full = [other for other in names if match and len(other) > 1 and other[-1] == match[1]]
        if len(full) == 1 and full[0] != name:
            yield full[0], Proposal(name, "title", name)
        if name.endswith("儿") and name[:-1] in names:
            yield name[:-1], Proposal(name, "title", name)


def _answering(text: str, cast: Cast) -> Iterator[tuple[str, Proposal]]:
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
    for name, by in answers.items():
        other, n = next(((o, k) for o, k in by.most_common(2) if o != name), (name, 0))
        near = beside[frozenset((name, other))]
        apart = near <= BESIDE * max(1, min(lines[name], lines[other]))
        total = by.total() - by[name]
        if n >= CALLS and n >= SHARE * total and apart:
            yield name, Proposal(other, "answers", times=n, of=total)
