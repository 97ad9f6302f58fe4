"""Quote marks to spans: “” 「」 『』 "" «» „“ and the British ‘’ or ''.

Outermost marks only; a lost mark costs a sentence.
"""

import re
from dataclasses import dataclass, replace

from studio.dialogue.quotes.dash_speech import dash_lines, dash_spans
from studio.dialogue.quotes.quote_marks import (
    CLOSE,
    EITHER,
    ENDS_SENTENCE,
    OPEN,
    WEAK,
    Marks,
    used_families,
)
from studio.progress import UNWATCHED, Watch
from studio.text.paragraphs import Paragraph

# Characters within which a quote must close in its paragraph, so that a stray mark costs little.
LONGEST = 20_000
REACH = 1500  # characters over which a quote may run on into the next paragraphs
UNCLOSED = 400  # characters that a quote without any closing mark may take
SENTENCE = re.compile(r"[。！？!?…]+|\.(?=\s|$)")
BROKEN_OFF = frozenset("：:，,") | frozenset(ENDS_SENTENCE)


@dataclass(frozen=True, slots=True)
class Quote:
    """Speech text[start:end] without its marks; left and right are the offsets just outside the
    marks.

    paragraph: its number. closed: False when the speech goes on in the next paragraph.
    """

    start: int
    end: int
    left: int
    right: int
    paragraph: int
    closed: bool = True


def find_quotes(text: str, parts: list[Paragraph], watch: Watch = UNWATCHED) -> list[Quote]:
    """Every outermost quote of the style or styles that the text uses, in order, never
    overlapping.
    """
    reader = _Reader(text, parts)
    dashes = dash_lines(text, parts)
    found: list[Quote] = []
    position = 0
    for number, part in enumerate(watch.over(parts, 0, 0.03)):
        if part.heading:
            continue
        if number in dashes and position <= part.start:
            found += [Quote(a, b, a, b, number) for a, b in dash_spans(text, part.start, part.end)]
            position = part.end
            continue
        position = max(position, part.start)
        while (opening := reader.opening(position, part)) is not None:
            quote = reader.read(*opening, number)
            position = max(quote.right, quote.left + 1)
            trimmed = _trim(text, quote)
            if trimmed.start < trimmed.end:
                found.append(trimmed)
    return found


class _Reader:
    """Finds where quotes open and close, over the marks of each family in use."""

    def __init__(self, text: str, parts: list[Paragraph]) -> None:
        self.text, self.parts = text, parts
        self.families = [Marks(text, family) for family in used_families(text)]
        self.cursor = [0] * len(self.families)

    def opening(self, position: int, part: Paragraph) -> tuple[Marks, int] | None:
        """The next mark of any family that opens in a paragraph, with its number."""
        best: tuple[int, Marks, int] | None = None
        for number, marks in enumerate(self.families):
            index = self.cursor[number]
            if index < len(marks.at) and marks.at[index] < position:
                index = marks.index(position)
            while (
                index < len(marks.at)
                and marks.at[index] < part.end
                and not marks.opens(index, part.start, part.end)
            ):
                index += 1
            while marks.doubled(index):
                index += 1
            self.cursor[number] = index
            if (
                index < len(marks.at)
                and marks.at[index] < part.end
                and (best is None or marks.at[index] < best[0])
            ):
                best = (marks.at[index], marks, index)
        return best[1:] if best else None

    def read(self, marks: Marks, index: int, number: int) -> Quote:
        """The quote that a mark opens: to its closing mark, else as far as it can be trusted."""
        part, opening = self.parts[number], marks.at[index]
        close, right = self._close(marks, index, part)
        if close is not None:
            return Quote(opening + 1, close, opening, right, number)
        if (far := self._far(marks, opening, number)) is not None:
            return Quote(opening + 1, far, opening, far + 1, number)
        if self._goes_on(marks, number):
            return Quote(opening + 1, part.end, opening, part.end, number, closed=False)
        if (wrong := self._mistyped(marks, index, part)) is not None:
            return Quote(opening + 1, wrong, opening, wrong + 1, number)
        end = self._capped(opening + 1, part.end)
        return Quote(opening + 1, end, opening, end, number)

    def _close(self, marks: Marks, index: int, part: Paragraph) -> tuple[int | None, int]:
        """Where the speech ends and where its mark does; another opening mark shows that the
        closing one was lost.
        """
        end = min(part.end, marks.at[index] + LONGEST)
        depth, weak = 0, None
        for at in range(index + 1, len(marks.at)):
            position, role = marks.at[at], marks.role(at, end)
            if not role:
                break
            if role in (CLOSE, EITHER):
                if depth == 0:
                    return position, position + 1
                depth -= 1
            elif role == WEAK:
                weak = position if weak is None else weak
            elif weak is not None:
                return weak, weak + 1
            elif self._nested(marks, at, end):
                depth += 1
            elif self._meant_closing(marks, at, end):
                return position, position + 1
            else:
                cut = self._cut(marks.at[index] + 1, position)
                return cut, cut
        return (weak, weak + 1) if weak is not None else (None, 0)

    def _nested(self, marks: Marks, at: int, end: int) -> bool:
        """Whether an opening mark inside a quote has a closing one of its own: two close after it,
        or it stands in the middle of a sentence."""
        first, second = marks.role(at + 1, end), marks.role(at + 2, end)
        if first not in (CLOSE, EITHER) or not first:
            return False
        if second and second in (CLOSE, EITHER):
            return True
        before = self.text[max(0, marks.at[at] - 3) : marks.at[at]].rstrip()[-1:]
        return bool(before) and before not in BROKEN_OFF

    def _meant_closing(self, marks: Marks, at: int, end: int) -> bool:
        """Whether `“` was typed for `”`: it stands after a stop, and no closing mark follows."""
        if marks.family.opening == marks.family.closing or marks.role(at + 1, end) == CLOSE:
            return False
        return self.text[marks.at[at] - 1] in ENDS_SENTENCE + "，,—"

    def _cut(self, start: int, stop: int) -> int:
        """Where speech without its closing mark ended: before the sentence that leads to the next
        quote.
        """
        stop = min(stop, start + LONGEST)
        ends = [m.end() for m in SENTENCE.finditer(self.text, start, stop)]
        if not ends:
            return stop
        if self.text[ends[-1] : stop].strip():
            return ends[-1]
        return ends[-2] if len(ends) > 1 else ends[-1]

    def _far(self, marks: Marks, opening: int, number: int) -> int | None:
        """The closing mark in a later paragraph, if it comes before any opening one and within
        reach.
        """
        index = marks.index(self.parts[number].end)
        if marks.family.opening in "‘'" or marks.role(index, opening + REACH) != CLOSE:
            return None
        close = marks.at[index]
        ahead = [part for part in self.parts[number + 1 : number + 40] if part.start <= close]
        if any(part.heading or part.start == close for part in ahead) or not ahead:
            return None
        return close

    def _goes_on(self, marks: Marks, number: int) -> bool:
        """Whether the next paragraph begins with the same mark, as it does where one speech runs
        over several.
        """
        if number + 1 >= len(self.parts):
            return False
        here, below = self.parts[number], self.parts[number + 1]
        return (
            not below.heading
            and below.scene == here.scene
            and self.text[below.start] == marks.family.opening
        )

    def _mistyped(self, marks: Marks, index: int, part: Paragraph) -> int | None:
        """A mark of another family that closes in the place of the lost one: `“你好。"`."""
        limit = min(part.end, marks.at[index] + LONGEST)
        if marks.role(index + 1, limit) == OPEN:
            limit = marks.at[index + 1]
        spots = [
            p
            for mark in marks.family.fallback
            if (p := self.text.find(mark, marks.at[index] + 1, limit)) != -1
        ]
        return min(spots) if spots else None

    def _capped(self, start: int, end: int) -> int:
        """The end of the paragraph, or of the last sentence within a few hundred characters of a
        longer one.
        """
        if end - start <= UNCLOSED:
            return end
        ends = [m.end() for m in SENTENCE.finditer(self.text, start, start + UNCLOSED)]
        return ends[-1] if ends else start + UNCLOSED


def _trim(text: str, quote: Quote) -> Quote:
    """White space inside the marks is not speech."""
    body = text[quote.start : quote.end]
    start = quote.start + len(body) - len(body.lstrip())
    return replace(quote, start=start, end=start + len(body.strip()))
