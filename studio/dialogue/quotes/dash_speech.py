"""Speech that begins with a dash: `— Yes, said Tom.`, `— Oui, dit-il. — Non.`,
`——你来了，他说。`
"""

import re

from studio.text.paragraphs import Paragraph
from studio.text.speech import SPEECH_ZH, VERBS_EN

DASH = r"(?:[—―⸺–−]{1,2}|--|-(?=[ \u00a0\u3000]))"
LEAD = re.compile(rf"{DASH}[ \u00a0\u3000]*(?=[^\s—―–\-*=])")
INNER = re.compile(
    rf"(?:(?<=[\s,.!?…，。！？])|(?<=\s)){DASH}[ \u00a0\u3000]+|(?<=[。！？，…]){DASH}"
)
ASKS = re.compile(r"[?!？！…。.]")
WORD = re.compile(r"[^\W\d_]+")
VERB = "|".join(
    sorted(v for v in VERBS_EN if v not in ("put", "went", "goes", "read", "told", "say", "ask"))
)
WHO = (
    r"(?:(?:[Tt]he|[Hh]is|[Hh]er|[Mm]y)\s+\w+(?:\s+\w+)?|he|she|they|I|we|(?:(?:Mrs?|Dr"
    r"|Miss)\.?\s)?[A-Z][\w’']*(?:\s[A-Z][\w’']*){0,2})"
)
TAG_EN = re.compile(
    rf"(?<=[,.!?…])\s+(?:(?:{VERB})\s+{WHO}|{WHO}\s+(?:{VERB}))\b(?![’'])[^.,!?]*[.,!?]?"
    r"(?:(?<=,)\s+(?:\w+ing|with|as|while|and|but|when|in|at|to|from|for|his|her"
    r"|who)\b[^.!?]*[.!?]?)?\s*"
)
TAG_ZH = re.compile(
    r"(?<=[，。！？…!?])[^，。！？…!?]{1,10}?(?:说道?|问道?|答道?|喊道?|叫道?|笑道|道|嘀咕|回答"
    r"|吩咐)(?:着)?(?=[。，！？：])[^。！？!?]*[。！？!?]?"
)
NARRATION = re.compile(r"(?:(?<=[.!?])\s*|(?<=\s))(?:He|She|They|His|Her|Then)\s(?=[a-z])")
LEAST, PART = (
    5,
    0.1,
)  # a text speaks in dashes when so many paragraphs, and such a part of all, begin with one


def dashed(bodies: list[str]) -> int:
    """How many paragraphs begin with a dash, where that is the way the text marks speech; else
    0.
    """
    found = [body for body in bodies if LEAD.match(body)]
    spoken = sum(bool(ASKS.search(body[-3:])) for body in found)
    asked = sum("?" in body or "？" in body or "!" in body or "！" in body for body in found)
    if (
        len(found) < LEAST
        or len(found) < PART * len(bodies)
        or spoken < 0.5 * len(found)
        or asked < 0.1 * len(found)
    ):
        return 0
    return len(found)


def dash_lines(text: str, parts: list[Paragraph]) -> set[int]:
    """The numbers of the paragraphs that begin with a dash; none where dashes do not mark
    speech.
    """
    plain = [i for i, part in enumerate(parts) if not part.heading]
    openings = [text[parts[i].start : parts[i].start + 400] for i in plain]
    ends = [
        head[:-3] + text[parts[i].end - 3 : parts[i].end]
        for i, head in zip(plain, openings, strict=True)
    ]
    if not dashed(ends):
        return set()
    return {i for i, head in zip(plain, openings, strict=True) if LEAD.match(head)}


def dash_spans(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The speech of a paragraph that begins with a dash: what stands between its dashes and is no
    `said Tom`.
    """
    lead = LEAD.match(text, start, end)
    low = lead.end() if lead else start
    cuts = [(low, low), *((m.start(), m.end()) for m in INNER.finditer(text, low, end)), (end, end)]
    spans: list[tuple[int, int]] = []
    after_tag = False
    for (_, a), (b, _) in zip(cuts, cuts[1:], strict=False):
        if spans and not after_tag and _is_tag(text, a, b):
            after_tag = True
            continue
        if spans and not after_tag:
            whole = (spans.pop()[0], b)  # a pause within the speech
        else:
            whole = (a, b)
        after_tag = False
        spans.append(whole)
    return [piece for a, b in spans for piece in _without_tags(text, a, b)]


def _is_tag(text: str, start: int, end: int) -> bool:
    """Whether words between dashes say who speaks."""
    words = [m.group().lower() for m in WORD.finditer(text, start, min(end, start + 60))][:5]
    if any(word in VERBS_EN for word in words) or SPEECH_ZH.search(
        text, start, min(end, start + 14)
    ):
        return True
    before = text[max(0, start - 8) : start].rstrip(" —–-―\u00a0")[-1:]
    return text[start : start + 1].islower() and before in tuple(",!?….")


def _without_tags(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """A piece of speech without `, said Tom` and what is told after it."""
    tag = TAG_EN.search(text, start, end) or TAG_ZH.search(text, start, end)
    if tag is None:
        return _stripped(text, start, end)
    found = _stripped(text, start, tag.start())
    if tag.re is TAG_EN and tag.end() < end:
        narration = NARRATION.search(text, tag.end() - 1, end)
        stop = max(tag.end(), narration.start()) if narration else end
        found += _without_tags(text, tag.end(), stop)
    return found


def _stripped(text: str, start: int, end: int) -> list[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in "—–―"):
        end -= 1
    return [(start, end)] if any(c.isalnum() for c in text[start:end]) else []
