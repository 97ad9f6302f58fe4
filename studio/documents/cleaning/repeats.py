"""Page headers, footers and page numbers: lines that come back at even distances.

A header is a short line that stands at least four times, a page apart each time (300 to 6,000
characters, evenly), or next to form feeds where the text has them. Page numbers say so ("第12页",
"Page 12", "— 12 —") or are bare numbers that rise page by page and interrupt sentences. Headings
with a number of their own ("Chapter 12") are never headers, and of a heading that runs along the
pages the first stays.
"""

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from studio.documents.cleaning.edits import Edit
from studio.documents.cleaning.offsets import CODE, Column
from studio.documents.cleaning.spec import CleanSpec
from studio.text.headings import is_heading_line
from studio.text.scripts import ENDS, lines

LONGEST = 80
FEWEST = 4
PAGE = range(300, 6000)
# Share of the distances that must lie within a third of the middle one.
EVEN = 0.7
SENTENCE = frozenset("。！？…；，：,;:.!?”’\"'」』")
DIGITS = re.compile(r"\d+")
SAID = re.compile(
    (
        r"第 ?(\d{1,5}) ?[页頁](?:[ ，,/]{0,3}共 ?\d{1,5} ?[页頁])?|(?:page"
        r"|p\.) ?(\d{1,5})(?: ?(?:of|/) ?\d{1,5})?"
    ),
    re.IGNORECASE,
)
DASHED = re.compile(r"[-–—─·•~]{1,3} ?(\d{1,5}) ?[-–—─·•~]{1,3}|(\d{1,5}) ?/ ?\d{1,5}")
BARE = re.compile(r"(\d{1,4})")
LETTER = re.compile(r"[^\W\d_]{2}|[\u4e00-\u9fff]")


@dataclass
class Seen:
    """Where one kind of line stands. starts: of its lines; numbers: for page numbers; feeds: next
    to form feeds.
    """

    starts: Column
    numbers: Column
    feeds: int = 0
    interrupts: int = 0


def find(text: str, spec: CleanSpec) -> Iterator[Edit]:
    """Edits that take those lines out, with the break they make in a sentence."""
    chosen = _chosen(text)
    if not chosen:
        return
    done = first = last = (
        0  # first:last holds lines to take out with nothing but blank lines between
    )
    for start, end, after in lines(text):
        if start in chosen:
            first, last = (first, after) if last else (max(start, done), after)
        elif last and text[start:end].strip():
            edit = _removed(text, first, last, done)
            done, last = edit.end, 0
            yield edit
    if last:
        yield _removed(text, first, last, done)


def _chosen(text: str) -> set[int]:
    """The starts of all lines to take out."""
    counts: Counter[int] = Counter()
    for start, end, _ in lines(text):
        if key := _key(text[start:end]):
            counts[hash(key)] += 1
    wanted = {key for key, count in counts.items() if count >= 2}
    seen = _collected(text, wanted)
    chosen: set[int] = set()
    pages = text.count("\f")
    for key, where in seen.items():
        if key in ("said", "dashed", "bare"):
            if _numbered(key, where, pages):
                chosen.update(where.starts)
        elif _header(where, pages):
            chosen.update(where.starts[1:] if is_heading_line(key) else where.starts)
    return chosen


def _key(line: str) -> str:
    """What is equal for two headers of a kind: digits count as one, headings as they are; "" for
    other lines.
    """
    if len(line) > LONGEST * 2:
        return ""
    line = line.strip()
    if not line or len(line) > LONGEST:
        return ""
    for key, pattern in (("said", SAID), ("dashed", DASHED), ("bare", BARE)):
        if pattern.fullmatch(line):
            return key
    if not LETTER.search(line):
        return ""
    # A header is a title, not a sentence.
    if line[-1] in SENTENCE:
        return ""
    return line if is_heading_line(line) else DIGITS.sub("0", line).casefold()


def _collected(text: str, wanted: set[int]) -> dict[str, Seen]:
    seen: dict[str, Seen] = defaultdict(lambda: Seen(array(CODE), array(CODE)))
    last = ""
    for start, end, after in lines(text):
        raw = text[start:end]
        body = raw.strip()
        if not body:
            continue
        key = _key(raw)
        if key and hash(key) in wanted:
            where = seen[key]
            where.starts.append(start)
            if key in ("said", "dashed", "bare"):
                where.numbers.append(int(DIGITS.findall(body)[0]))
            where.feeds += _at_feed(text, start, after)
            where.interrupts += bool(last) and last not in ENDS
        else:
            last = body[-1]
    return seen


def _at_feed(text: str, start: int, after: int) -> bool:
    """Whether a form feed stands at the line's side, blank lines apart."""
    before = text[max(0, start - 20) : start + 1].rstrip(" \t\r\n")
    behind = text[after : after + 20].lstrip(" \t\r\n")
    return (
        before.endswith("\f")
        or behind.startswith("\f")
        or text[start] == "\f"
        or text[after - 2 : after - 1] == "\f"
    )


def _gaps(starts: Column) -> list[int]:
    return [b - a for a, b in zip(starts, starts[1:], strict=False)]


def _header(where: Seen, pages: int) -> bool:
    count = len(where.starts)
    if pages >= 3 and count >= 3 and where.feeds >= 0.8 * count:
        return True
    if count < FEWEST:
        return False
    gaps = _gaps(where.starts)
    middle = median(gaps)
    even = sum(abs(gap - middle) * 3 <= middle for gap in gaps)
    return int(middle) in PAGE and even >= EVEN * len(gaps)


def _numbered(kind: str, where: Seen, pages: int) -> bool:
    """Whether the numbers are those of pages: they rise by a few at a time, a page apart."""
    count = len(where.starts)
    if count < {"said": 2, "dashed": 3, "bare": 5}[kind]:
        return False
    steps = [b - a for a, b in zip(where.numbers, where.numbers[1:], strict=False)]
    rising = sum(0 < step <= 3 for step in steps) >= 0.9 * len(steps)
    if not rising:
        return False
    if kind == "said" or where.feeds >= 0.5 * count:
        return True
    if not 100 <= median(_gaps(where.starts)) <= PAGE.stop:
        return False
    return where.interrupts >= (0.25 if kind == "bare" else 0.1) * count


def _removed(text: str, start: int, after: int, done: int) -> Edit:
    """The line with its end; where it cut a sentence in two, the blank lines around it go too."""
    before = start
    while before > done and text[before - 1] in " \t\r\n\f\u3000":
        before -= 1
    if before > done and text[before - 1] not in ENDS:
        behind = after
        while behind < len(text) and text[behind] in "\r\n\f":
            behind += 1
        return Edit(before, behind, "\n")
    return Edit(start, after, "")
