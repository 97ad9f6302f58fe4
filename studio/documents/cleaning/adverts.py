"""Advertisements and notices that sites and libraries put into a book, by pattern list and by a
person's own patterns.
"""

import re
from collections.abc import Iterator

from studio.documents.cleaning import patterns
from studio.documents.cleaning.edits import Edit
from studio.documents.cleaning.spec import CleanSpec
from studio.text.scripts import lines

TAIL_SHARE = 0.5
# What may be left of a line around a removed phrase so that the whole line goes.
REST = " \t\r\u3000-—=*·.。,，!！~…<>《》()（）[]【】"


def find(text: str, spec: CleanSpec) -> Iterator[Edit]:
    """Edits that take the notices out: the head, then line by line, then the tail."""
    shipped = patterns.advertisements() if spec.advertisements else None
    own = patterns.own(spec.patterns())
    first, last = _frame(text, shipped) if shipped else (0, len(text))
    if first:
        yield Edit(0, first, "")
    for start, end, after in lines(text):
        if start < first or start >= last:
            continue
        line = text[start:end]
        if shipped and len(line) <= shipped.longest and shipped.lines.search(line.strip()):
            yield Edit(start, after, "")
            continue
        spans = _phrases(line, shipped, own)
        if not spans:
            continue
        if not _without(line, spans).strip(REST):
            yield Edit(start, after, "")
        else:
            yield from (Edit(start + a, start + b, "") for a, b in spans)
    if last < len(text):
        yield Edit(last, len(text), "")


def _frame(text: str, shipped: patterns.Advertisements) -> tuple[int, int]:
    """Where the book itself begins and ends between a library's head and tail."""
    first = 0
    for head in shipped.head.finditer(text, 0, min(len(text), shipped.head_within)):
        first = head.end()
    while first and first < len(text) and text[first] in "\r\n":
        first += 1
    tail = shipped.tail.search(text, max(first, int(len(text) * TAIL_SHARE)))
    return first, tail.start() if tail else len(text)


def _phrases(
    line: str, shipped: patterns.Advertisements | None, own: re.Pattern[str] | None
) -> list[tuple[int, int]]:
    """Spans of the line that a phrase pattern matches, joined where they overlap."""
    found = [
        m.span()
        for pattern in ((shipped.phrases if shipped else None), own)
        if pattern
        for m in pattern.finditer(line)
    ]
    joined: list[tuple[int, int]] = []
    for start, end in sorted(span for span in found if span[0] < span[1]):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _without(line: str, spans: list[tuple[int, int]]) -> str:
    rest, done = [], 0
    for start, end in spans:
        rest.append(line[done:start])
        done = end
    return "".join(rest) + line[done:]
