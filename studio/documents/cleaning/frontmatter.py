"""What stands before a book's text and is none of it: a YAML block, comments, the page with the
rights, the ISBN and the cataloguing.

Only what stands before the first chapter or article goes, at most the first LOOK characters: a
novel's person may well speak of a copyright.
"""

import re
from collections.abc import Iterator

from studio.documents.cleaning.edits import Edit
from studio.documents.cleaning.spec import CleanSpec
from studio.text.headings import heading_of

LOOK = 20_000
LONGEST = 1_500  # characters of a paragraph about rights
BLOCK = re.compile(r"\ufeff?---[ \t]*\r?\n(?:[^\n]{0,400}\n){1,80}?---[ \t]*\r?\n\s*")
COMMENT = re.compile(r"<!--.{0,4000}?-->[ \t]*(?:\r?\n\s*)?", re.DOTALL)
PARAGRAPH = re.compile(r"[^\r\n](?:.|\r?\n(?![ \t]*\r?\n))*(?:\s*\n|\Z)")
RIGHTS = re.compile(
    r"©|\(c\) ?\d{4}|copyright|all rights reserved|\bISBN\b|licen[cs]ed under|creative commons"
    r"|library of congress|first published (?:in|by)|printed in (?:the|great)"
    r"|版权所有|版權所有|版权页|图书在版编目|CIP|著作权|翻印必究|书号|印张|印次|版次|定价[:：]|责任编辑",
    re.IGNORECASE,
)


def find(text: str, spec: CleanSpec) -> Iterator[Edit]:
    """Edits that take the front matter out, in order."""
    done = 0
    if block := BLOCK.match(text):
        done = block.end()
        yield Edit(0, done, "")
    end = _front(text, done)
    for paragraph in PARAGRAPH.finditer(text, done, min(len(text), end)):
        start = paragraph.start()
        if start < done:
            continue
        if comment := COMMENT.match(text, start):
            done = comment.end()
            yield Edit(start, done, "")
        elif paragraph.end() - start <= LONGEST and RIGHTS.search(paragraph.group()):
            done = paragraph.end()
            yield Edit(start, done, "")


def _front(text: str, begin: int) -> int:
    """Where the first chapter or article begins, at most LOOK characters on."""
    place = begin
    while place < min(len(text), begin + LOOK):
        heading = heading_of(text, place) if text[place] not in "\r\n" else None
        if heading and heading.kind in ("part", "chapter", "section", "article", "scene"):
            return place
        newline = text.find("\n", place)
        if newline < 0:
            break
        place = newline + 1
    return min(len(text), begin + LOOK)
