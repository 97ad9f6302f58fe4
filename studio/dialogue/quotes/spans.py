"""Quote marks to spans: “” 「」 『』 "" «» „“ and the British ‘’ or ''.

Outermost marks only; a lost mark costs a sentence.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from studio.dialogue.quotes.balance import Balance, PlainPairs, balance, ends_within
from studio.dialogue.quotes.dash_speech import dash_lines, dash_spans
from studio.dialogue.quotes.mark_glyphs import Glyphs
from studio.dialogue.quotes.quote_marks import CLOSE, SINGLES, Family, mark_role, used_families
from studio.dialogue.quotes.repair import LOST_AT_END, RARELY, RUNS_ON, Piece, Repair, repaired
from studio.dialogue.quotes.speech_tags import LIKELY, SURE, Wording
from studio.progress import UNWATCHED, Watch
from studio.text.paragraphs import Paragraph
from studio.text.scripts import is_han

REACH = 1500  # characters over which a quote may run on into the next paragraphs
LEAST_OPEN = 0.005  # of the opening marks must lack a closing one where speech runs on as a custom
UNCLOSED = 400  # characters that a quote without any closing mark may take
SENTENCE = re.compile(r"[。！？!?…]+|\.(?=\s|$)")


class Quote(NamedTuple):
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
        self.families = {family.opening: family for family in self.used}
        self.either = {
            f.opening: re.compile(f"[{re.escape(f.opening + f.closing)}]") for f in self.used
        }
        self.undirected = any(family.opening == family.closing for family in self.used)
        # where hardly more marks open than close, speech does not run on over paragraphs
        opened = sum(text.count(family.opening) for family in self.used)
        closed = sum(text.count(mark) for family in self.used for mark in family.closing)
        self.runs_on = self.undirected or opened - closed >= max(1, opened * LEAST_OPEN)
        self.plain = PlainPairs(self.used)
        self.wording = Wording(text, names)
        self.glyphs = Glyphs(self.used, self.wording)
        self.asked: tuple[int, int | None] = (-1, None)  # the last answer of `_onward`
        self.open_in = -2  # the last paragraph whose speech goes on in the next one

    def paragraph(self, position: int, number: int) -> list[Quote]:
        """The quotes that begin in a paragraph from a position on."""
        text, part = self.text, self.parts[number]
        plain = self.plain.read(text, position, part.end)
        if plain is not None:
            return [Quote(a + 1, b - 1, a, b, number) for a, b in plain]
        marks = balance(text, position, part.end, self.used, self.glyphs, self.wording)
        if self._damaged(marks, number):
            # marks that have a direction are sound up to the pair before the damage
            sound = [] if self.undirected else marks.pairs[:-1]
            found = [Quote(a + 1, b - 1, a, b, number) for a, b in sound]
            return found + self._mended(sound[-1][1] if sound else position, number)
        found = [Quote(a + 1, b - 1, a, b, number) for a, b in marks.pairs]
        if marks.opening >= 0:
            found.append(self._onward_quote(marks.opening, number))
        return found

    def _damaged(self, marks: Balance, number: int) -> bool:
        """Whether marks of a paragraph have no partner, and none in the paragraphs below."""
        if marks.lost or marks.opening < 0:
            return marks.lost
        end, continued = self.parts[number].end, number - 1 == self.open_in
        again = self.text.find(self.text[marks.opening], marks.opening + 1, end)
        onward = self._onward(marks.opening, number)
        if again >= 0 or onward is None or (onward < 0 and not self.runs_on):
            return True
        return ends_within(self.text, marks.opening, end, self.wording, continued=continued)

    def _onward(self, opening: int, number: int) -> int | None:
        """Where speech that is open at its paragraph's end closes: in a paragraph below, or at the
        end of its own (-1) when the next one opens again; None where its mark was lost.
        """
        if opening == self.asked[0]:
            return self.asked[1]
        family = self.families.get(self.text[opening])
        found = None
        if family is not None:
            found = self._far(family, opening, number)
            if found is None and self._goes_on(family.opening, number):
                found = -1
        self.asked = opening, found
        return found

    def _onward_quote(self, opening: int, number: int) -> Quote:
        """Speech that is open at its paragraph's end."""
        onward, end = self._onward(opening, number), self.parts[number].end
        if onward is None:
            stop = self._capped(opening + 1, end)
            return Quote(opening + 1, stop, opening, stop, number, repair="no closing")
        if onward < 0:
            return Quote(opening + 1, end, opening, end, number, closed=False)
        return Quote(opening + 1, onward, opening, onward + 1, number)

    def _mended(self, position: int, number: int) -> list[Quote]:
        """The quotes of a damaged paragraph."""
        text, end = self.text, self.parts[number].end
        at_end = LOST_AT_END
        if any(self._goes_on(mark, number) for mark in self.families):
            at_end = RUNS_ON if self.runs_on else RARELY
        pieces = repaired(text, position, end, self.glyphs, self.wording, self.plain, at_end=at_end)
        return [self._mended_quote(piece, number) for piece in pieces]

    def _mended_quote(self, piece: Piece, number: int) -> Quote:
        if not piece.open:
            low, stop = piece.start, piece.end
            if piece.repair == "no closing":
                stop = self._capped(low, stop)
            elif piece.repair == "no opening" and stop - low > REACH:
                near = [m.end() for m in SENTENCE.finditer(self.text, stop - REACH, stop - 1)]
                low = near[0] if near else stop - REACH
            right = piece.right if stop == piece.end else stop
            return Quote(low, stop, max(piece.left, low - 1), right, number, repair=piece.repair)
        if piece.start > piece.left:
            return self._onward_quote(piece.left, number)
        stop = self._capped(piece.start, piece.end)
        return Quote(piece.start, stop, piece.left, stop, number, repair=piece.repair)

    def _far(self, family: Family, opening: int, number: int) -> int | None:
        """The closing mark in a later paragraph, if it comes before any opening one and within
        reach.
        """
        if family in SINGLES:
            return None
        marks = self.either[family.opening]
        found = marks.search(self.text, self.parts[number].end, opening + REACH)
        if found is None or mark_role(self.text, found.start(), family) != CLOSE:
            return None
        close = found.start()
        ahead = [part for part in self.parts[number + 1 : number + 40] if part.start <= close]
        if any(part.heading or part.start == close for part in ahead) or not ahead:
            return None
        below = self.parts[number + 1]
        tags = self.wording.tags(below.start, close)
        least = LIKELY if is_han(self.text[below.start]) else SURE
        if any(tag.strength >= least for tag in tags):
            return None
        first = self.wording.sentences(below.start, min(below.end, close))
        acts = self.wording.acts(below.start, first[1] if len(first) > 1 else close)
        return None if acts else close

    def _goes_on(self, mark: str, number: int) -> bool:
        """Whether the next paragraph begins with the same mark, as it does where one speech runs
        over several.
        """
        if number + 1 >= len(self.parts):
            return False
        here, below = self.parts[number], self.parts[number + 1]
        return not below.heading and below.scene == here.scene and self.text[below.start] == mark

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
    if not body[:1].isspace() and not body[-1:].isspace():
        return quote
    start = quote.start + len(body) - len(body.lstrip())
    return quote._replace(start=start, end=start + len(body.strip()))
