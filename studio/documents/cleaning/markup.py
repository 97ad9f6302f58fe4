"""HTML left in a text: tags, comments, scripts and entities. Only HTML's own names are tags.

A tag has a known name and attributes as HTML writes them, so "a < b", "if a <b and c> d" and
"<张三>" stay.
Tags that end a line in a browser become line ends.
"""

import html
import re
from collections.abc import Iterator

from studio.documents.cleaning.edits import Edit
from studio.documents.cleaning.spec import CleanSpec

BLOCKS = frozenset(
    "address article aside blockquote body br center dd div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 head header hr html legend li main nav ol option p pre "
    "section table tbody tfoot thead title tr ul".split()
)
INLINE = frozenset(
    "a abbr acronym area audio b base basefont bdi bdo big button canvas caption cite code col "
    "colgroup data del dfn dir em embed font i iframe img input ins kbd label link map mark meta "
    "meter noscript object output param picture progress q rb rp rt rtc ruby s samp select small "
    "source span strike strong sub summary sup svg td template textarea th time track tt u var "
    "video wbr".split()
)
# Their content is no text.
SILENT = frozenset(("script", "style"))
# A single letter in angle brackets may be mathematics: these count only where the closing tag
# occurs too.
SHORT = ("a", "b", "i", "q", "s", "u", "p")
START = re.compile(r"<(?=[A-Za-z/!?])|&(?=[#A-Za-z])")
VALUE = r"(?:\"[^\"<]{0,4000}+\"|'[^'<]{0,4000}+'|[^\s\"'<>=]{1,2000}+)"
ALONE = (
    "async|autofocus|checked|controls|defer|disabled|hidden|loop|muted|multiple|noshade|nowrap"
    "|open|readonly|required|selected"
)
TAG = re.compile(
    (
        rf"<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9]{{0,11}}+)(?P<rest>(?:\s{{1,80}}+"
        rf"(?:[A-Za-z_:@][\w:.\-]{{0,60}}+\s{{0,9}}+=\s{{0,9}}+{VALUE}"
        rf"|(?:{ALONE})\b)){{0,40}}+)\s{{0,80}}+/?>"
    ),
    re.IGNORECASE,
)
DECLARED = re.compile(r"<!(?:DOCTYPE|doctype)\b[^<>]{0,400}+>|<\?xml\b[^<>]{0,400}+\?>")
ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
SPANS = (("<!--", "-->"), ("<![CDATA[", "]]>"))


def find(text: str, spec: CleanSpec) -> Iterator[Edit]:
    """Edits that take the markup out."""
    closed = (
        {name: f"</{name}>" in text or f"</{name.upper()}>" in text for name in SHORT}
        if "<" in text
        else {}
    )
    missing: set[str] = set()
    done = 0
    for mark in START.finditer(text):
        place = mark.start()
        if place < done:
            continue
        edit = _entity(text, place) if text[place] == "&" else _tag(text, place, closed, missing)
        if edit:
            done = edit.end
            yield edit


def _entity(text: str, place: int) -> Edit | None:
    """`&amp;` and its like where the name is known."""
    found = ENTITY.match(text, place)
    if not found:
        return None
    meant = html.unescape(found[0])
    return (
        None
        if meant == found[0] or (meant.endswith(";") and meant != ";")
        else Edit(place, found.end(), meant)
    )


def _tag(text: str, place: int, closed: dict[str, bool], missing: set[str]) -> Edit | None:
    """The edit for what begins with "<"; None if it is no markup."""
    for opening, closing in SPANS:
        if text.startswith(opening, place):
            end = _after(text, place + len(opening), closing, missing)
            return _removed(text, place, end) if end else None
    if found := DECLARED.match(text, place):
        return _removed(text, place, found.end())
    found = TAG.match(text, place)
    name = found["name"].lower() if found else ""
    if not found or (name not in BLOCKS and name not in INLINE and name not in SILENT):
        return None
    if name in SHORT and not found["rest"] and not closed[name]:
        return None
    if name in SILENT and not found["close"]:
        end = _after(text, found.end(), f"</{name}>", missing)
        return _removed(text, place, end or found.end())
    if name in BLOCKS:
        return Edit(place, found.end(), _line_end(text, place, found))
    next_cell = (
        name in ("td", "th")
        and not found["close"]
        and text[max(0, place - 5) : place].lower() in ("</td>", "</th>")
    )
    return Edit(place, found.end(), " " if next_cell else "")


def _line_end(text: str, place: int, found: re.Match[str]) -> str:
    """A line end, unless the text already has one there; closing and single tags look ahead,
    opening ones back.
    """
    if found["close"] or found["name"].lower() in ("br", "hr"):
        return "" if text[found.end() : found.end() + 1] in ("\n", "\r", "") else "\n"
    return "" if text[place - 1 : place] in ("\n", "") or not place else "\n"


def _removed(text: str, start: int, end: int) -> Edit:
    """The span taken out, with its whole line where it stood alone on one."""
    if (not start or text[start - 1] == "\n") and text[end : end + 1] == "\n":
        end += 1
    return Edit(start, end, "")


def _after(text: str, place: int, closing: str, missing: set[str]) -> int:
    """Where `closing` ends after `place`, or 0; what was not found once is not looked for again."""
    if closing in missing:
        return 0
    found = text.find(closing, place)
    if found < 0:
        found = text.find(closing.upper(), place)
    if found < 0:
        missing.add(closing)
        return 0
    return found + len(closing)
