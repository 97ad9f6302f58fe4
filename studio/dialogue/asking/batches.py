"""Which doubtful lines share a request, and the text that goes with them.

Each turn of voting covers every line once. The turns cut the lines into groups at other places and
lay the text otherwise around them (more before, more after), so that a line's votes come from
different windows.
Windows begin and end at paragraph borders; only a paragraph of more than half a window is cut,
after a sentence and never inside a line. The paragraphs next to a line come along, if they are no
longer than a window.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from studio.dialogue.asking.plan import Line
from studio.text.paragraphs import paragraphs

# Of the text around the lines, the part that goes before them, turn by turn.
BEFORE = (0.5, 0.7, 0.3, 0.85, 0.15)
CORE = 0.6  # of a window at most, from the first doubtful line to the last
SENTENCE_END = re.compile(r"[。！？!?…]+[”」』’）)]*|[.!?]+[\"'”’)]*\s+|\n")


@dataclass(frozen=True)
class Window:
    """One request: text[start:end] of a document, the lines asked about, and the turn of voting.

    depth: how often it was halved because it was too long. again: it asks for what an answer
    lacked.
    """

    document: str
    start: int
    end: int
    asked: tuple[int, ...]
    turn: int
    depth: int = 0
    again: bool = False


class Pieces:
    """A text in pieces that windows are made of: its paragraphs, the long ones cut between
    sentences.
    """

    def __init__(self, text: str, spoken: Sequence[tuple[int, int]], chars: int) -> None:
        """`spoken`: the spans of all lines of the text, in order; `chars`: how long a window should
        be.
        """
        self.chars = chars
        self.ends: list[int] = []
        self.starts: list[int] = []
        for part in paragraphs(text) if text.strip() else []:
            for start, end in _cut(text, part.start, part.end, spoken, chars // 2):
                self.starts.append(start)
                self.ends.append(end)

    def place(self, start: int, end: int) -> tuple[int, int]:
        """(first, last) piece of a span."""
        return max(0, bisect_right(self.starts, start) - 1), max(
            0, bisect_right(self.starts, end - 1) - 1
        )

    def size(self, first: int, last: int) -> int:
        """Characters from piece `first` to the end of piece `last`."""
        return self.ends[last] - self.starts[first]

    def around(self, start: int, end: int, share: float, chars: int = 0) -> tuple[int, int]:
        """The window around a span: whole pieces up to about `chars` characters, `share` of the
        rest before it.
        """
        first, last = self.place(start, end)
        room = max((chars or self.chars) - self.size(first, last), (chars or self.chars) // 3)
        low, left = self._back(first, int(room * share))
        high, spare = self._on(last, room - int(room * share) + max(0, left))
        low, _ = self._back(low, max(0, spare), at_least=0)
        return self.starts[low], self.ends[high]

    def _back(self, at: int, room: int, at_least: int = 1) -> tuple[int, int]:
        """(piece, room left): as many pieces before `at` as there is room for."""
        least = at - at_least if at and self.size(at - 1, at - 1) <= self.chars else at
        while at > 0 and (self.size(at - 1, at - 1) <= room or at > least):
            at -= 1
            room -= self.size(at, at)
        return at, room if at == 0 else 0

    def _on(self, at: int, room: int) -> tuple[int, int]:
        """(piece, room left): as many pieces behind `at` as there is room for."""
        last = len(self.ends) - 1
        least = at + 1 if at < last and self.size(at + 1, at + 1) <= self.chars else at
        while at < last and (self.size(at + 1, at + 1) <= room or at < least):
            at += 1
            room -= self.size(at, at)
        return at, room if at == last else 0


def windows(pieces: Pieces, lines: Sequence[Line], turns: int, most: int) -> list[Window]:
    """The windows of one document's doubtful lines, turn by turn; at most `most` lines in each."""
    found = []
    for turn in range(turns):
        for group in _groups(pieces, lines, turn, turns, most):
            start, end = pieces.around(group[0].start, group[-1].end, BEFORE[turn % len(BEFORE)])
            found.append(
                Window(group[0].document, start, end, tuple(line.id for line in group), turn)
            )
    return found


def halves(pieces: Pieces, window: Window, lines: Mapping[int, Line]) -> list[Window]:
    """The windows that take the place of one that was too long: half the lines each, with half the
    text around them.
    """
    middle = (len(window.asked) + 1) // 2
    found = []
    for asked in (window.asked[:middle], window.asked[middle:]):
        if asked:
            share = BEFORE[window.turn % len(BEFORE)]
            start, end = pieces.around(
                lines[asked[0]].start,
                lines[asked[-1]].end,
                share,
                pieces.chars >> (window.depth + 1),
            )
            found.append(replace(window, start=start, end=end, asked=asked, depth=window.depth + 1))
    return found


def _groups(
    pieces: Pieces, lines: Sequence[Line], turn: int, turns: int, most: int
) -> Iterator[list[Line]]:
    """The lines in groups.

    Where a run of them begins, later turns make a shorter group, so that the next ones shift.
    """
    widest = int(pieces.chars * CORE)
    group: list[Line] = []
    share = 1 - turn / turns
    for line in lines:
        if group:
            size = pieces.size(
                pieces.place(group[0].start, group[0].end)[0], pieces.place(line.start, line.end)[1]
            )
            if size > widest * share or len(group) >= max(1, round(most * share)):
                apart = line.start - group[-1].end > widest
                yield group
                group, share = [], 1 - turn / turns if apart else 1.0
        group.append(line)
    if group:
        yield group


def _cut(
    text: str, start: int, end: int, spoken: Sequence[tuple[int, int]], longest: int
) -> Iterator[tuple[int, int]]:
    """text[start:end] in pieces of at most about `longest` characters, cut after sentences outside
    all lines.
    """
    if end - start > longest:
        for match in SENTENCE_END.finditer(text, start + longest // 2, end):
            if (
                match.end() - start >= longest // 2
                and match.end() < end
                and not _inside(match.end(), spoken)
            ):
                yield start, match.end()
                start = match.end()
    yield start, end


def _inside(at: int, spoken: Sequence[tuple[int, int]]) -> bool:
    """Whether a place lies within a line or at its marks."""
    index = bisect_right(spoken, (at, 1 << 60)) - 1
    return (index >= 0 and at <= spoken[index][1]) or (
        index + 1 < len(spoken) and at >= spoken[index + 1][0]
    )
