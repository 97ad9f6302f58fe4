"""Narration in or beside damaged speech: tags such as `said Tom` and `老周说道`, and sentences that
act instead of speak (`Tom shrugged.`, `老周摆摆手。`).

Where a quotation mark was forgotten or mistyped, only such words show where speech ends.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from studio.dialogue.quotes.dash_speech import VERB, WHO
from studio.text.speech import SAYING_ZH, VERBS_OTHER

ANY_MARK = "“”„‟「」『』〝〞〟«»\"＂‘’‚'＇﹁﹂﹃﹄｢｣"
SURE, LIKELY, WEAK_TAG = 3, 2, 1
BLOCK = 100_000  # characters around a damaged paragraph from which speakers' names are learnt
LEAST_SEEN = 2  # tags that a name must have there
NO_SUBJECT = re.compile("[你您不没再休莫别听该怎这这谁若如]")
PUNCTUATION = rf"\s，。！？：；、（）()!?,:;.…—～{re.escape(ANY_MARK)}"
TAG_ZH = re.compile(
    rf"(?P<who>[^{PUNCTUATION}]{{1,12}}?)(?P<verb>{SAYING_ZH})(?P<more>[道着曰话]|了?[一两几]?[声句])?"
    rf"(?P<end>[，。：:,…！]|(?=[\s{re.escape(ANY_MARK)}])|$)"
)
# What leads to speech from afar: `… the King, who said in a low voice, Your Majesty …`, and long
# Chinese sentences up to 道：.
LEAD_EN = re.compile(
    r"\b(?:said|saying|cried|crying|exclaimed|exclaiming|shouted|shouting|continued|added|adding"
    r"|asked|asking|replied|answered|whispered)(?:\s+\w+){0,6}[,:]\s+(?=[A-Z_])"
)
COLON = re.compile("[：:]")
VERB_BEFORE = re.compile(rf"(?:{SAYING_ZH}|道)着?$")
INVERTED = re.compile(
    rf"(?:{VERB}|{VERBS_OTHER})\s+(?P<who>{WHO}|[A-ZÄÖÜÉ]\w+|er|sie|ich|il|elle)\b"
)
DIRECT = re.compile(
    rf"(?P<who>{WHO})\s+(?:{VERB})\b(?P<end>\s*[.,:;—-]|\s*$|(?=\s*[{re.escape(ANY_MARK)}]))?"
)
CLAUSE = re.compile(rf"[。！？…!?，,；;.—]+[{re.escape(ANY_MARK)}]*\s*|[{re.escape(ANY_MARK)}]+\s*")
SENTENCE = re.compile(
    rf"(?:[。！？!?…]+|(?<!\bMr)(?<!\bMrs)(?<!\bDr)(?<!\bSt)\.+(?=[\s{re.escape(ANY_MARK)}]|$))"
    rf"[{re.escape(ANY_MARK)}]*\s*"
)
SPOKEN = re.compile(
    r"[我你您咱吾汝俺尔吧呢吗啊呀哪嘛罢？！?!]|\b(?:I|[Yy]ou|[Mm]y|[Yy]our|[Mm]e|[Ww]e|[Uu]s|[Oo]ur)\b"
)
THIRD = re.compile(r"[他她](?!们?的)|(?:He|She|They)\b")
RELATES = re.compile(r"(?:The|His|Her|Their|An?|At|In|On|Then|When|As|After|There)\b")
PAST = re.compile(r"\b(?:was|were|had|did|could|would|came|went|took|gave|sat|stood|\w+ed)\b")
LEAD_IN = re.compile("(?:却说|且说|话说|只见|这|那|好)(?:个|位)?")
NAMED = re.compile("[道曰说问](?=[：:，。])")
NAME_BEFORE = re.compile(
    rf"(?:^|[^\w]|(?<=[{PUNCTUATION}]))(?P<who>\w{{2,4}}?)[笑怒喝叫问答哭叹说]?$"
)
NAMES_EN = re.compile(
    rf"[”\"’,.!?]\s+(?:(?:{VERB})\s+(?P<a>(?:(?:Mr|Mrs|Miss|Dr)\.?\s)?[A-Z]\w+)"
    rf"|(?P<b>(?:(?:Mr|Mrs|Miss|Dr)\.?\s)?[A-Z]\w+)\s+(?:{VERB}))\b"
)
BEHIND = re.compile(r"[^.,:;!?“”\"„]{0,40}[.,:;]\s*")
NO_NAME = frozenset(
    "He She They It I We You The But And Then There This That What Why How No Yes".split()
)


@dataclass(frozen=True)
class Tag:
    """A tag of speech text[start:end], the mark behind it included. strength: SURE, LIKELY or
    WEAK_TAG.
    """

    start: int
    end: int
    strength: int


class Wording:
    """What the words of a text say about where narration stands.

    names: persons known from elsewhere; more are learnt from the tags around each place that is
    asked about.
    """

    def __init__(self, text: str, names: Iterable[str] = ()) -> None:
        self.text = text
        self.given = frozenset(name for name in names if name)
        self._near = lru_cache(maxsize=4)(self._learn)

    def names(self, position: int) -> frozenset[str]:
        """Who is named beside speech around a place."""
        return self._near(position // BLOCK)

    def _learn(self, block: int) -> frozenset[str]:
        low, high = block * BLOCK, (block + 1) * BLOCK
        seen: Counter[str] = Counter()
        for verb in NAMED.finditer(self.text, low, high):
            head = self.text[max(0, verb.start() - 7) : verb.start()]
            if name := NAME_BEFORE.search(head):
                seen[name["who"]] += 1
        seen.update(m["a"] or m["b"] for m in NAMES_EN.finditer(self.text, low, high))
        kept = {n for n, times in seen.items() if times >= LEAST_SEEN and n not in NO_NAME}
        return self.given | {n for n in kept if not NO_SUBJECT.search(n)}

    def tags(self, start: int, end: int) -> list[Tag]:
        """The tags in text[start:end] that begin with a clause, in order."""
        found: list[Tag] = []
        for place in [start, *(m.end() for m in CLAUSE.finditer(self.text, start, end))]:
            if found and place < found[-1].end:
                continue
            if tag := self.tag_at(place, end):
                found.append(tag)
        return self._with_leads(found, start, end)

    def _with_leads(self, found: list[Tag], start: int, end: int) -> list[Tag]:
        """With long sentences that lead to speech by a verb and a colon."""
        taken = {tag.end for tag in found}
        leads = [m for m in self._leads(start, end) if m.end() not in taken]
        if not leads:
            return found
        begins = self.sentences(start, end)
        for lead in leads:
            begin = max(place for place in begins if place <= lead.start())
            found = [tag for tag in found if not begin <= tag.start < lead.end()]
            found.append(Tag(begin, lead.end(), LIKELY))
        return sorted(found, key=lambda tag: tag.start)

    def _leads(self, start: int, end: int) -> Iterator[re.Match[str]]:
        """The verbs that lead to speech, up to their comma or colon."""
        text = self.text
        for colon in COLON.finditer(text, start, end):
            if VERB_BEFORE.search(text, max(start, colon.start() - 4), colon.start()):
                yield colon
        if text[start : start + 1].isascii():
            yield from LEAD_EN.finditer(text, start, end)

    def tag_at(self, place: int, end: int) -> Tag | None:
        """The tag that begins right here, or None."""
        if place >= end:
            return None
        if self.text[place] > "\u2e80":
            return self._chinese(place, end)
        return self._english(place, end)

    def _chinese(self, place: int, end: int) -> Tag | None:
        match = TAG_ZH.match(self.text, place, end)
        if not match:
            return None
        who, words = match["who"], match["verb"] + (match["more"] or "")
        after = self.text[match.end() : min(end, match.end() + 40)].lstrip()
        led = not after or after[0] in ANY_MARK
        names = self.names(place)
        known = any(who[:size] in names for size in range(min(6, len(who)), 0, -1))
        pronoun = who[0] in "他她" or (who[0] == "我" and words[-1] in "道曰")
        formal = words[-1] in "道曰"
        firm = led or match["end"] in ("。", "！")
        if NO_SUBJECT.search(who):
            return None
        if firm and (known or pronoun or formal):
            return Tag(place, match.end(), SURE)
        if known or formal or match["end"] in ("：", ":"):
            return Tag(place, match.end(), LIKELY)
        return Tag(place, match.end(), WEAK_TAG) if led or pronoun else None

    def _english(self, place: int, end: int) -> Tag | None:
        text = self.text
        match = INVERTED.match(text, place, end)
        if match and text[place].islower():
            stop = _past_mark(text, match.end(), end)
            return Tag(place, stop, SURE)
        match = DIRECT.match(text, place, end)
        if not match:
            return None
        before = text[max(0, place - 3) : place].rstrip(" " + ANY_MARK)[-1:]
        after = text[match.end() : min(end, match.end() + 40)].lstrip()
        led = match["end"] is not None and (not after or after[0] in ANY_MARK)
        stop = match.end() if match["end"] else _past_mark(text, match.end(), end)
        if led or (text[place].islower() and before in tuple(",?!—")):
            return Tag(place, stop, SURE if match["who"] != "I" or led else WEAK_TAG)
        return Tag(place, stop, LIKELY if match["end"] and match["who"] != "I" else WEAK_TAG)

    def sentences(self, start: int, end: int) -> list[int]:
        """Where the sentences of text[start:end] begin."""
        ends = [m.end() for m in SENTENCE.finditer(self.text, start, end)]
        return [start, *(place for place in ends if place < end)]

    def speaks(self, start: int, end: int) -> bool:
        """Whether a sentence has a word of one who speaks: I, you, a question, a call."""
        return SPOKEN.search(self.text, start, end) is not None

    def relates(self, start: int, end: int) -> bool:
        """Whether an English sentence is likely to narrate: of things and in the past, with no word
        of one who speaks.
        """
        return (
            RELATES.match(self.text, start, end) is not None
            and PAST.search(self.text, start, end) is not None
            and not self.speaks(start, end)
        )

    def acts(self, start: int, end: int) -> bool:
        """Whether a sentence narrates what a third person does, and has no word of one who speaks
        (I, you, a question).
        """
        text = self.text
        if SPOKEN.search(text, start, end):
            return False
        if THIRD.match(text, start, end):
            return True
        if text[start].islower():  # `“Yes!” but he only shook his head.`
            return True
        names, head = self.names(start), text[start : min(end, start + 30)]
        if head[:1] > "\u2e80":
            lead = LEAD_IN.match(head)
            return any(
                head[low : low + size] in names
                for low in {0, lead.end() if lead else 0}
                for size in range(2, 6)
            )
        words = head.split()
        return bool(words) and (words[0].rstrip("’s") in names or " ".join(words[:2]) in names)


def _past_mark(text: str, place: int, end: int) -> int:
    """Past the comma or stop that ends a tag, when it stands near: `said Tom quietly, `."""
    match = BEHIND.match(text, place, end)
    return match.end() if match else place
