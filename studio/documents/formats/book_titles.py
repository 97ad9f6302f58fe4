"""Titles of a book's table of contents → headings where they stand in its pages.

The contents point at a page, at a place within one (`a.xhtml#c2`), or at a picture. A title that
the page has itself becomes a heading; one that only the contents have is written as one.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from studio.documents.formats.blocks import write_tree
from studio.documents.formats.records import Writer

if TYPE_CHECKING:
    from lxml.etree import _Element

# Around an anchor's number in the text that is being read: characters that no text may have.
OPEN, CLOSE = "\ufdd0", "\ufdd1"
LOOK_LINES = 6  # lines with words below an anchor, among which its title may be
LONGEST_TITLE = 120
ALIKE = 0.5  # of two titles' lengths, one of which lies in the other


@dataclass(frozen=True)
class Title:
    """An entry of the contents. depth: from 1; fragment: the anchor within the page, "" for its
    top; leaf: whether no other entry lies under it.
    """

    text: str
    depth: int = 1
    fragment: str = ""
    leaf: bool = True


@dataclass
class Page:
    """The text of one page. marks: where each of its titles stands, and the title. waiting: titles
    behind which it has no words.
    """

    text: str
    marks: list[tuple[int, str]] = field(default_factory=list)
    waiting: list[Title] = field(default_factory=list)


def read_page(root: "_Element", titles: Sequence[Title]) -> Page:
    """The text of a page with its titles as headings."""
    _mark(root, titles)
    writer = Writer()
    write_tree(root, writer)
    lines, anchors = _anchored(writer.text())
    return _Headings(lines, titles, anchors).page()


def _mark(root: "_Element", titles: Sequence[Title]) -> None:
    """Put each anchor's number before the element that has it."""
    wanted: dict[str, list[int]] = defaultdict(list)
    for number, title in enumerate(titles):
        if title.fragment:
            wanted[title.fragment].append(number)
    if not wanted:
        return
    for element in list(root.iter()):
        if not isinstance(element.tag, str):
            continue
        for key in ("id", "name"):
            for number in wanted.pop(element.get(key, ""), []):
                _put_before(element, f"{OPEN}{number}{CLOSE}")


def _put_before(element: "_Element", mark: str) -> None:
    if element.tag in ("tr", "tbody", "thead"):
        element = next(element.iter("td", "th"), element)
    parent, before = element.getparent(), element.getprevious()
    if parent is None or element.tag in ("body", "html", "td", "th"):
        element.text = mark + (element.text or "")
    elif before is not None:
        before.tail = (before.tail or "") + mark
    else:
        parent.text = (parent.text or "") + mark


def _anchored(text: str) -> tuple[list[str], dict[int, int]]:
    """The lines without anchors, and the line of each anchor by its number."""
    lines: list[str] = []
    anchors: dict[int, int] = {}
    for raw in text.split("\n"):
        line = ""
        found: list[tuple[int, int]] = []
        for piece in raw.split(OPEN):
            digits, closed, rest = piece.partition(CLOSE)
            if closed and digits.isdigit():
                found.append((int(digits), len(line)))
                line += rest
            else:
                line += piece
        if found and not line.strip():
            # The block held an anchor alone: it and the empty line before it go.
            if lines and not lines[-1]:
                lines.pop()
            anchors |= {number: len(lines) + bool(lines) for number, _ in found}
            continue
        for number, at in found:
            # Far behind the beginning of a paragraph it stands before the next one.
            behind = at > len(line) / 2 and len(line) > LONGEST_TITLE
            anchors[number] = len(lines) + 2 * behind
        lines.append(line)
    while lines and not lines[0]:
        lines.pop(0)
        anchors = {number: max(0, line - 1) for number, line in anchors.items()}
    return lines, anchors


class _Headings:
    """One page's lines while its titles are found among them."""

    def __init__(self, lines: list[str], titles: Sequence[Title], anchors: dict[int, int]) -> None:
        self.lines, self.titles = lines, titles
        self.before: dict[int, list[tuple[str, str]]] = defaultdict(list)  # headings to write
        self.labels: dict[int, str] = {}  # of lines that are headings
        self.gone: set[int] = set()  # lines that were joined to the one before
        self.spots = self._spots(anchors)

    def page(self) -> Page:
        """The text with its headings."""
        waiting: list[Title] = []
        at = 0
        for (line, title), limit in zip(self.spots, self._limits(), strict=True):
            at = max(at, line)
            words = self._words(at, len(self.lines) if limit is None else limit)
            if not words and limit is None:
                waiting.append(title)
            elif words or not title.leaf:
                at = self._place(title, at, words)
        return self._built(waiting)

    def _limits(self) -> list[int | None]:
        """For each title, where one on a later line begins; None for the last."""
        limits: list[int | None] = []
        later: int | None = None
        below = -1
        for line, _ in reversed(self.spots):
            later = below if below > line else later
            limits.append(later)
            below = line
        return limits[::-1]

    def _spots(self, anchors: dict[int, int]) -> list[tuple[int, Title]]:
        """(line from which on it is looked for, title), in the order of the page.

        Without an anchor the first stands at the top, others where their words are; those that are
        nowhere are left out.
        """
        spots: list[tuple[int, int, Title]] = []
        seen: set[tuple[int, str]] = set()
        held = {_same(text): number for number, text in reversed(list(enumerate(self.lines)))}
        above = True  # whether all before it are parts that begin with the page
        for number, title in enumerate(self.titles):
            line = anchors.get(number)
            if line is None and number:
                line = held.get(_same(title.text), 0 if above else None)
            elif line is None:
                line = 0
            above = above and line == 0 and not title.leaf
            if line is not None and (line, _same(title.text)) not in seen:
                seen.add((line, _same(title.text)))
                spots.append((line, number, title))
        return [(line, title) for line, _, title in sorted(spots, key=lambda spot: spot[:2])]

    def _words(self, start: int, end: int) -> list[int]:
        """The first lines with words between two lines."""
        found = []
        for number in range(start, min(end, len(self.lines))):
            if self.lines[number].strip():
                found.append(number)
                if len(found) == LOOK_LINES:
                    break
        return found

    def _place(self, title: Title, at: int, words: list[int]) -> int:
        """Make the heading of a title; the line behind it."""
        mark = "#" * min(title.depth, 6) + " "
        run = self._run(title, words)
        if not run:
            self.before[at].append((mark + title.text, title.text))
            return at
        first, last = run[0], run[-1]
        if not self.lines[first].startswith("#"):
            self.lines[first] = mark + " ".join(self.lines[n].strip() for n in run)
            self.gone.update(range(first + 1, last + 1))
        self.labels[first] = title.text
        return last + 1

    def _run(self, title: Title, words: list[int]) -> list[int]:
        """The lines that are the title: the same words on one line or up to three; a heading of the
        page's own; a first line that has most of it.
        """
        wanted = _same(title.text)
        for length in (1, 2, 3):
            for first in range(len(words) - length + 1):
                run = words[first : first + length]
                if "".join(_same(self.lines[n]) for n in run) == wanted:
                    return run
        own = [n for n in words if self.lines[n].startswith("#")]
        if own:
            return own[:1]
        line = _same(self.lines[words[0]]) if words else ""
        short, long = sorted((line, wanted), key=len)
        alike = len(short) >= max(2, ALIKE * len(long)) or (
            len(line) > 2 and wanted.startswith(line)
        )
        return words[:1] if words and short and short in long and alike else []

    def _built(self, waiting: list[Title]) -> Page:
        pieces: list[str] = []
        marks: list[tuple[int, str]] = []
        length = 0
        for number, line in enumerate([*self.lines, ""]):
            for heading, label in self.before.get(number, ()):
                marks.append((length, label))
                pieces.append(heading + "\n\n")
                length += len(pieces[-1])
            if number in self.labels:
                marks.append((length, self.labels[number]))
            if number not in self.gone:
                pieces.append(line + "\n")
                length += len(pieces[-1])
        return Page("".join(pieces).rstrip("\n"), marks, waiting)


def _same(text: str) -> str:
    return "".join(text.lstrip("# ").split()).casefold()
