"""Several books in one document: where each begins, if the document says so plainly.

By the marks that Project Gutenberg puts around each of its books, or by chapters that are counted
anew below a line that names a book or behind a line that ends one. Volumes of one book, which count
anew under 第二卷 or Book Two, are none.
"""

import re
from typing import Any

from studio.documents.formats.records import Extracted

GUTENBERG = re.compile(
    r"^\*{3} ?START OF (?:THE|THIS) PROJECT GUTENBERG EBOOK(?P<title>[^*\n]{0,120})", re.MULTILINE
)
NUMBER_ZH = "一二三四五六七八九十百千零〇两0-9０-９"
CHAPTER = re.compile(
    rf"^[ \t\u3000#]*(?:第[ \t]?(?P<zh>[{NUMBER_ZH}]{{1,6}})[ \t]?[章回节話话]"
    r"|(?:chapter|kapitel|chapitre|cap[ií]tulo)[ \t]+(?P<latin>[ivxlc]{1,7}|\d{1,3}|one)\b)",
    re.MULTILINE | re.IGNORECASE,
)
FIRST = frozenset(("一", "1", "１", "i", "one", "01", "001"))
VOLUME = re.compile(
    rf"[ \t\u3000#]*(?:第[{NUMBER_ZH}]{{1,4}}[卷部集册篇]"
    r"|[卷上中下][卷部篇一二三四五六七八九十]?\s*$"
    r"|(?:book|part|volume|vol\.|teil|band|tome|partie|parte)\b)",
    re.IGNORECASE,
)
NAMED = re.compile(
    r"[ \t\u3000]*(?:(?:书名|書名)[:：]\s*(?P<told>[^\n]{1,60})|《(?P<marked>[^《》\n]{1,60})》"
    r"|#[ \t](?P<head>[^\n]{1,80}))"
)
ENDED = re.compile(
    r"[（(【\[\s]*"
    r"(?:全书完|全書完|全文完|全文终|全文終|全剧终|the end|finis|fin|ende)[）)】\].\s]*",
    re.IGNORECASE,
)
FEWEST = 3  # chapters that a book has at least
LOOK = 400  # characters above a first chapter, in which its book may be named or another end
MOST = 200


def mark(made: Extracted) -> None:
    """Note the books of a document in its meta, where there are several."""
    books = books_of(made.text)
    if len(books) > 1:
        made.meta["books"] = books[:MOST]


def books_of(text: str) -> list[dict[str, Any]]:
    """`start` (of its title or, without one, of its first chapter) and `title` of each book; []
    where the text is one book or does not say.
    """
    by_mark = [
        {"start": found.start(), "title": " ".join(found["title"].split())}
        for found in GUTENBERG.finditer(text)
    ]
    return by_mark if len(by_mark) > 1 else _by_chapters(text)


def _by_chapters(text: str) -> list[dict[str, Any]]:
    starts = list(CHAPTER.finditer(text))
    firsts = [number for number, one in enumerate(starts) if _is_first(one)]
    books: list[dict[str, Any]] = []
    for place, number in enumerate(firsts):
        end = firsts[place + 1] if place + 1 < len(firsts) else len(starts)
        if end - number < FEWEST:
            continue
        title, begins, start = _title(text, starts[number].start())
        if begins or not books:
            books.append({"start": start, "title": title})
    return books if len(books) > 1 else []


def _is_first(chapter: re.Match[str]) -> bool:
    return (chapter["zh"] or chapter["latin"]).lower() in FIRST


def _title(text: str, at: int) -> tuple[str, bool, int]:
    """The name of the book that begins with a first chapter, whether one does, and where: at the
    line with its name, else right behind the end of the book before."""
    title, begins, start, line_end = "", False, at, at
    for line in reversed(text[max(0, at - LOOK) : at].splitlines(keepends=True)):
        line_start = line_end - len(line)
        body = line.rstrip()
        if VOLUME.match(body):
            return "", False, at
        if ENDED.fullmatch(body):
            return title, True, start if title else line_end
        if not title and (named := NAMED.fullmatch(body)):
            title = next(filter(None, named.groups())).strip()
            begins, start = True, line_start
        line_end = line_start
    return title, begins, start
