"""What a document is like before anything is made of it: its pages to read, its chapters, what a
person should know of it, and the cleaning that would do it good.
"""

import functools
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from studio.documents.cleaning import CleanSpec, preview
from studio.documents.records import Document
from studio.errors import WorkspaceError
from studio.text import headings
from studio.text.paragraphs import lines
from studio.text.scripts import is_chinese
from studio.text.wrapping import wrap_width

PAGE = {True: 2_400, False: 5_000}  # characters of a page, of a Chinese text and of another
LOOKED_THROUGH = 20_000_000  # characters; a longer text has the chapters of its beginning
JUDGED_WORDS = 40_000  # characters from which English is told
WORD = re.compile(r"[^\W\d_]+")
COMMONEST = frozenset(("the", "and", "of", "to", "in", "that"))
JUDGED = 400_000  # characters from which marks of speech are told
# The marks with which speech opens, by their family.
QUOTES = {"curly": "“", "straight": '"', "corner": "「『", "angle": "«"}
FEWEST_QUOTES, LEAST_SHARE = 5, 0.02
# Steps that are offered beside those that are always ticked, where they find something.
OFFERED = ("unwrap_lines", "advertisements", "repeated_lines")


@dataclass(frozen=True)
class Chapter:
    """A heading: its title, its depth from 0, the page that it is on, its place in the text."""

    title: str
    depth: int
    page: int
    start: int


@dataclass(frozen=True)
class Outline:
    """A document at a glance.

    pages: where each page begins, in characters, and `ends` where it ends in bytes of the file.
    chapters: the headings in their order. kinds: how many headings of which kind (chapter, article,
    scene, …). wrapped: the width at which lines are broken, 0 where they are paragraphs. quotes:
    the families of marks that open speech, where there are several. looked: characters that were
    looked through for chapters. cleaning: changes a step in the first 100,000 characters, of the
    steps worth ticking; empty where cleaning would change nothing.
    """

    chinese: bool
    english: bool
    pages: tuple[int, ...]
    ends: tuple[int, ...]
    chapters: tuple[Chapter, ...]
    kinds: Mapping[str, int]
    wrapped: int
    quotes: tuple[str, ...]
    looked: int
    cleaning: Mapping[str, int]

    def page_at(self, place: int) -> int:
        """The page, from 0, on which a place of the text lies."""
        return max(0, sum(start <= place for start in self.pages) - 1)


def outline(document: Document) -> Outline:
    """The outline of a document, kept as long as the text is the same. Raises WorkspaceError."""
    return _outlined(document.path, document.sha256, document.name)


def read_page(document: Document, found: Outline, page: int) -> str:
    """The text of one page, read from its place in the file. Raises WorkspaceError."""
    begin = found.ends[page - 1] if page else 0
    try:
        with document.path.open("rb") as source:
            source.seek(begin)
            return source.read(found.ends[page] - begin).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _missing(document.name) from error


@functools.lru_cache(maxsize=16)
def _outlined(path: Path, sha256: str, name: str) -> Outline:
    """`outline`; sha256 says which text the file holds."""
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _missing(name) from error
    chinese = is_chinese(text)
    wrapped = wrap_width(text)
    pages = _pages(text, PAGE[chinese])
    ends, at = [], 0
    for begin, end in zip(pages, [*pages[1:], len(text)], strict=True):
        at += len(text[begin:end].encode("utf-8"))
        ends.append(at)
    chapters, kinds = _chapters(text[:LOOKED_THROUGH], pages)
    return Outline(
        chinese=chinese,
        english=not chinese and _english(text[:JUDGED_WORDS]),
        pages=tuple(pages),
        ends=tuple(ends),
        chapters=chapters,
        kinds=kinds,
        wrapped=wrapped,
        quotes=_quotes(text[:JUDGED]),
        looked=min(len(text), LOOKED_THROUGH),
        cleaning=_cleaning(text, wrapped),
    )


def _english(text: str) -> bool:
    """Whether at least a tenth of the words are the commonest English ones; it is a fifth in
    English prose and next to nothing in other languages.
    """
    words = WORD.findall(text.lower())
    return bool(words) and sum(word in COMMONEST for word in words) >= 0.1 * len(words)


def _missing(name: str) -> WorkspaceError:
    return WorkspaceError(
        "The text of {name} is missing from the workspace.", "Add the document again.", name=name
    )


def _pages(text: str, size: int) -> list[int]:
    """Where pages of about `size` characters begin: at the end of a line where one is near."""
    starts, at = [0], size
    while at < len(text):
        line = text.find("\n", at, at + size // 2)
        at = line + 1 if line >= 0 else at
        if at < len(text):
            starts.append(at)
        at += size
    return starts


def _chapters(text: str, pages: list[int]) -> tuple[tuple[Chapter, ...], dict[str, int]]:
    """The headings that stand on a line of their own, where there are none those that begin one."""
    begins = [line.start for line in lines(text)]
    found = [
        (place, one)
        for place, one in zip(begins, headings.at_places(text, begins), strict=True)
        if one is not None
    ]
    kinds = Counter[str](one.kind for _, one in found)
    shown = [(place, one) for place, one in found if one.own_line] or found
    depths = {level: depth for depth, level in enumerate(sorted({one.level for _, one in shown}))}
    made, page = [], 0
    for place, one in shown:
        while page + 1 < len(pages) and pages[page + 1] <= place:
            page += 1
        made.append(Chapter(one.title, depths[one.level], page, place))
    return tuple(made), dict(kinds)


def _quotes(text: str) -> tuple[str, ...]:
    """The families of marks, where there is more than one."""
    counts = {name: sum(map(text.count, marks)) for name, marks in QUOTES.items()}
    counts["straight"] //= 2  # one mark opens and closes
    least = max(FEWEST_QUOTES, LEAST_SHARE * sum(counts.values()))
    used = tuple(name for name, count in counts.items() if count >= least)
    return used if len(used) > 1 else ()


def _cleaning(text: str, wrapped: int) -> dict[str, int]:
    """Changes by step, of the steps that are always ticked and of those offered that find any."""
    spec = CleanSpec.read(dict.fromkeys(OFFERED, True) | {"unwrap_lines": wrapped > 0})
    counts: dict[str, int] = preview(text, spec)["counts"]
    return {step: count for step, count in counts.items() if count}
