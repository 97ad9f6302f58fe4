"""Quote marks to spans: “” 「」 『』 "" «» „“ and the British ‘’ or ''.

Outermost marks only; a lost mark costs a sentence.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from studio.dialogue.quotes.balance import PlainPairs, ends_within, unpaired
from studio.dialogue.quotes.dash_speech import dash_lines, dash_spans
from studio.dialogue.quotes.mark_glyphs import Glyphs
from studio.dialogue.quotes.quote_marks import (
    CLOSE,
    EITHER,
    ENDS_SENTENCE,
    WEAK,
    Marks,
    used_families,
)
from studio.dialogue.quotes.repair import Piece, Repair, repaired
from studio.dialogue.quotes.speech_tags import Wording
from studio.progress import UNWATCHED, Watch
from studio.text.paragraphs import Paragraph

# Characters within which a quote must close in its paragraph, so that a stray mark costs little.
LONGEST = 20_000
REACH = 1500  # characters over which a quote may run on into the next paragraphs
UNCLOSED = 400  # characters that a quote without any closing mark may take
SENTENCE = re.compile(r"[。！？!?…]+|\.(?=\s|$)")
BROKEN_OFF = frozenset("：:，,") | frozenset(ENDS_SENTENCE)


@dataclass(frozen=True)
class Quote:
    """Speech text[start:end] without its marks; left and right are the offsets just outside the
    marks.

    paragraph: its number. closed: False when the speech goes on in the next paragraph. repair: what
    was taken for granted about its marks, "" where they are a pair.
    """

    start: int
    end: int
    left: int
    right: int
    paragraph: int
    closed: bool = True
    repair: Repair = ""


def find_quotes(
    text: str, parts: list[Paragraph], watch: Watch = UNWATCHED, names: Iterable[str] = ()
) -> list[Quote]:
    """Every outermost quote of the style or styles that the text uses, in order, never
    overlapping.

    names: persons who are known to speak, which helps where marks are damaged.
    """
    reader = _Reader(text, parts, names)
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
        for quote in reader.paragraph(position, number):
            if not quote.closed:
                reader.open_in = number
            position = max(position, quote.right, quote.left + 1)
            trimmed = _trim(text, quote)
            if trimmed.start < trimmed.end:
                found.append(trimmed)
    return found


class _Reader:
    """Finds where quotes open and close, over the marks of each family in use."""

    def __init__(self, text: str, parts: list[Paragraph], names: Iterable[str]) -> None:
        self.text, self.parts = text, parts
        self.used = used_families(text)
        self.families = [Marks(text, family) for family in self.used]
        self.plain = PlainPairs(self.used)
        self.wording = Wording(text, names)
        self.glyphs = Glyphs(self.used, self.wording)
        self.cursor = [0] * len(self.families)
        self.open_in = -2  # the last paragraph whose speech goes on in the next one

    def paragraph(self, position: int, number: int) -> list[Quote]:
        """The quotes that begin in a paragraph from a position on."""
        part = self.parts[number]
        plain = self.plain.read(self.text, position, part.end)
        if plain is not None:
            return [Quote(a + 1, b - 1, a, b, number) for a, b in plain]
        if self._damaged(position, number):
            return self._mended(position, number)
        found: list[Quote] = []
        while (opening := self._opening(position, part)) is not None:
            found.append(self._read(*opening, number))
            position = max(found[-1].right, found[-1].left + 1)
        return found

    def _damaged(self, position: int, number: int) -> bool:
        """Whether marks of a paragraph have no partner, and none in the paragraphs below."""
        part = self.parts[number]
        lost, opening = unpaired(
            self.text, position, part.end, self.used, self.glyphs, self.wording
        )
        if lost or opening < 0:
            return lost
        if self._onward(opening, number) is None:
            return True
        continued = number - 1 == self.open_in
        return ends_within(self.text, opening, part.end, self.wording, continued=continued)

    def _onward(self, opening: int, number: int) -> int | None:
        """Where speech that is open at its paragraph's end closes: in a paragraph below, or at the
        end of its own (-1) when the next one opens again; None where its mark was lost.
        """
        mark = self.text[opening]
        marks = next((m for m in self.families if m.family.opening == mark), None)
        if marks is None:
            return None
        far = self._far(marks, opening, number)
        if far is None and self._goes_on(marks, number):
            return -1
        return far

    def _mended(self, position: int, number: int) -> list[Quote]:
        """The quotes of a damaged paragraph."""
        text, end = self.text, self.parts[number].end
        runs_on = any(self._goes_on(marks, number) for marks in self.families)
        pieces = repaired(text, position, end, self.glyphs, self.wording, runs_on=runs_on)
        return [self._mended_quote(piece, number) for piece in pieces]

    def _mended_quote(self, piece: Piece, number: int) -> Quote:
        if not piece.open:
            low, stop = piece.start, piece.end
            if piece.repair == "no closing":
                stop = self._capped(low, stop)
            elif piece.repair == "no opening" and stop - low > UNCLOSED:
                near = [m.end() for m in SENTENCE.finditer(self.text, stop - UNCLOSED, stop - 1)]
                low = near[0] if near else stop - UNCLOSED
            right = piece.right if stop == piece.end else stop
            return Quote(low, stop, max(piece.left, low - 1), right, number, repair=piece.repair)
        onward = self._onward(piece.left, number) if piece.start > piece.left else None
        if onward is None:
            stop = self._capped(piece.start, piece.end)
            return Quote(piece.start, stop, piece.left, stop, number, repair=piece.repair)
        if onward < 0:
            return Quote(piece.start, piece.end, piece.left, piece.end, number, closed=False)
        return Quote(piece.start, onward, piece.left, onward + 1, number)

    def _opening(self, position: int, part: Paragraph) -> tuple[Marks, int] | None:
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

    def _read(self, marks: Marks, index: int, number: int) -> Quote:
        """The quote that a mark opens in a paragraph whose marks are sound."""
        part, opening = self.parts[number], marks.at[index]
        close, right = self._close(marks, index, part)
        if close is not None:
            return Quote(opening + 1, close, opening, right, number)
        if (far := self._far(marks, opening, number)) is not None:
            return Quote(opening + 1, far, opening, far + 1, number)
        if self._goes_on(marks, number):
            return Quote(opening + 1, part.end, opening, part.end, number, closed=False)
        end = self._capped(opening + 1, part.end)
        return Quote(opening + 1, end, opening, end, number, repair="no closing")

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
