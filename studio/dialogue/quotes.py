"""Quote marks to spans: “” 「」 『』 "" and the British ‘’ or ''. Outermost marks only."""

import re
from collections import Counter
from dataclasses import dataclass

from studio.dialogue.lines import Paragraph

PAIRS = {"“": "”", "「": "」", "『": "』", "〝": "〞", "«": "»"}
LONGEST = 20_000  # characters within which a quote must close, so that a stray mark costs little time
NESTED = 300  # characters over which an inner pair of the same marks is looked for
REACH = 1500  # characters over which a quote may run on into the next paragraphs
WORD_BEFORE = re.compile(r"[\w’']")
ENDS_SPEECH = ",.!?;:—–-…*_)"


@dataclass(frozen=True)
class Quote:
    """Speech text[start:end] without its marks; left and right are the offsets just outside the marks.

    paragraph: its number. closed: False when the speech goes on in the next paragraph.
    """

    start: int
    end: int
    left: int
    right: int
    paragraph: int
    closed: bool = True


def find_quotes(text: str, parts: list[Paragraph]) -> list[Quote]:
    """Every outermost quote of the style or styles that the text uses, in order, never overlapping."""
    styles = used_styles(text)
    found: list[Quote] = []
    position = 0
    for number, part in enumerate(parts):
        if part.heading:
            continue
        position = max(position, part.start)
        while position < part.end:
            opening = _next_opening(text, position, part.end, styles)
            if opening is None:
                break
            quote = _read(text, opening, number, parts)
            position = max(quote.right, opening + 1)
            trimmed = _trim(text, quote)
            if trimmed.start < trimmed.end:
                found.append(trimmed)
    return found


def used_styles(text: str) -> str:
    """The opening marks that mean speech here; single marks only where no double ones are in use."""
    count = Counter({mark: text.count(mark) for mark in (*PAIRS, '"')})
    count['"'] //= 2
    strong = [mark for mark, n in count.items() if n]
    singles = {"‘": text.count("‘"), "'": len(re.findall(r"(?:^|[\s(—-])'(?=\w)", text)) if "'" in text else 0}
    best = max(singles, key=lambda mark: singles[mark])
    if singles[best] > 3 * sum(count.values()) and singles[best] >= 2:
        return best
    # 『』 stand inside 「」 and the curly marks inside neither; a text that has few of one kind quotes with them.
    return "".join(strong)


def _next_opening(text: str, start: int, end: int, styles: str) -> int | None:
    for position in range(start, end):
        mark = text[position]
        if mark in styles and (mark not in "\"'‘" or _opens(text, position)):
            return position
    return None


def _opens(text: str, at: int) -> bool:
    """Whether an undirected or British mark opens: nothing wordlike before it, something after it."""
    after = text[at + 1:at + 2]
    if not after or after.isspace():
        return False
    if text[at] == '"':
        return True  # the caller alternates, so the next one that is met outside a quote opens
    return not WORD_BEFORE.match(text[at - 1:at] or " ")


def _read(text: str, opening: int, number: int, parts: list[Paragraph]) -> Quote:
    """The quote that opens at `opening`: to its closing mark, else to the end of its paragraph."""
    mark, part = text[opening], parts[number]
    close = _closing(text, opening, part.end, mark)
    if close is not None:
        return Quote(opening + 1, close, opening, close + 1, number)
    if mark in PAIRS and (far := _far_closing(text, opening, number, parts)) is not None:
        return Quote(opening + 1, far, opening, far + 1, number)
    return Quote(opening + 1, part.end, opening, part.end, number, closed=False)


def _closing(text: str, opening: int, end: int, mark: str) -> int | None:
    end = min(end, opening + LONGEST)
    if mark in PAIRS:
        return _nested_closing(text, opening, end, mark)
    if mark == '"':
        return _straight_closing(text, opening, end)
    return _british_closing(text, opening, end, "’" if mark == "‘" else "'")


def _nested_closing(text: str, opening: int, end: int, mark: str) -> int | None:
    """The closing mark of the same kind; an inner pair of the same kind is stepped over."""
    close, depth = PAIRS[mark], 0
    for position in range(opening + 1, end):
        if text[position] == close:
            if depth == 0:
                return position
            depth -= 1
        elif text[position] == mark and text.count(close, position, min(end, position + NESTED)) > text.count(
            mark, position, min(end, position + NESTED)
        ):
            depth += 1
    return None


def _straight_closing(text: str, opening: int, end: int) -> int | None:
    """The next straight mark that can close; one after a space and before a letter opens instead."""
    position = text.find('"', opening + 1, end)
    while position != -1:
        before, after = text[position - 1], text[position + 1:position + 2]
        if not (before.isspace() and after[:1].isalnum()):
            return position
        position = text.find('"', position + 1, end)
    return None


def _british_closing(text: str, opening: int, end: int, close: str) -> int | None:
    """A single mark after a stop and before no letter closes; else the first that is not an apostrophe."""
    fallback = None
    for position in range(opening + 1, end):
        if text[position] == ("‘" if close == "’" else "") and fallback is not None:
            return fallback
        if text[position] != close or text[position + 1:position + 2].isalnum():
            continue
        if text[position - 1] in ENDS_SPEECH or text[position - 1] == "”":
            return position
        if fallback is None and not text[position - 1].isspace():
            fallback = position
    return fallback


def _far_closing(text: str, opening: int, number: int, parts: list[Paragraph]) -> int | None:
    """The closing mark in a later paragraph, if it comes before any opening one and within reach."""
    mark = text[opening]
    limit = min(len(text), opening + REACH)
    close = text.find(PAIRS[mark], parts[number].end, limit)
    again = text.find(mark, parts[number].end, limit)
    if close == -1 or (again != -1 and again < close):
        return None
    ahead = [part for part in parts[number + 1:number + 40] if part.start <= close]
    return None if any(part.heading for part in ahead) else close


def _trim(text: str, quote: Quote) -> Quote:
    """White space inside the marks is not speech."""
    body = text[quote.start:quote.end]
    start = quote.start + len(body) - len(body.lstrip())
    return Quote(start, start + len(body.strip()), quote.left, quote.right, quote.paragraph, quote.closed)
