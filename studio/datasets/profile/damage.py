"""Characters that were damaged on their way through encodings."""

import re
import unicodedata

from studio.datasets.profile.finding import Check
from studio.datasets.profile.seen import Seen
from studio.text.scripts import HAN_ONE

SUSPECT = re.compile(r"[\x80-\u0233\u0370-\u04ff\u2010-\u2122\u0590-\u06ff\ue000-\uf8ff]")
CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufeff\u2028\u2029\u200b\u2060]"
)
WIDE = re.compile(r"[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]+")
NARROW_KANA = re.compile(r"[\uff65-\uff9f]{2,}")
LOST = "\ufffd"
SAMPLE = 4000  # characters that are tried in the other encoding


class Encoding(Check):
    """Damage that can be undone."""

    name = "encoding"
    what = (
        "Characters are damaged: letters read in a wrong encoding (Ã©, â€™, 锛), invisible control "
        "characters, or full-width letters and digits beside half-width ones"
    )
    do = "Repair the characters; what cannot be repaired stays as it is"
    fix = "repair"

    def find(self, row: Seen) -> tuple[str, int, int, str] | None:
        """Look at all texts."""
        text = row.all
        if text.isascii() and text.isprintable():
            return None
        if found := CONTROL.search(text):
            return text, found.start(), found.end(), "control"
        if text.isascii():
            return None
        if span := mojibake(text):
            return text, *span, "mojibake"
        if span := mixed_width(text):
            return text, *span, "width"
        return None


class LostCharacters(Check):
    """Damage that cannot be undone."""

    name = "lost_characters"
    what = "The sign � stands where characters were lost"
    do = "Drop these rows, or take the texts anew from their source"
    fix = "drop"

    def find(self, row: Seen) -> tuple[str, int, int, str] | None:
        """Look for the sign."""
        at = row.all.find(LOST)
        return (row.all, at, at + 1, "") if at >= 0 else None


def mojibake(text: str) -> tuple[int, int] | None:
    """Where text begins that was read in a wrong encoding."""
    at = 0
    for line in text[:SAMPLE].split("\n"):
        if undone(line):
            return at, at + len(line)
        at += len(line) + 1
    if not SUSPECT.search(text):
        return None
    from ftfy.badness import BADNESS_RE

    for found in BADNESS_RE.finditer(text):
        around = text[max(0, found.start() - 40) : found.end() + 40]
        if _fixed(around) != around:
            return (found.start(), found.end())
    return None


def mixed_width(text: str) -> tuple[int, int] | None:
    """Where full-width letters or digits stand in a text that has half-width ones too."""
    found = WIDE.search(text)
    if found and re.search(r"[A-Za-z0-9]", text):
        return found.span()
    kana = NARROW_KANA.search(text)
    return kana.span() if kana else None


def repaired(text: str) -> str:
    """The text without damage that can be undone; line ends, quotation marks and entities stay."""
    if text.isascii() and text.isprintable():
        return text
    text = "\n".join(undone(line) or _fixed(line) for line in text.split("\n"))
    text = CONTROL.sub(lambda found: "\n" if found[0] in "\u2028\u2029" else "", text)
    if mixed_width(text):
        text = WIDE.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
        text = NARROW_KANA.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    return text


def undone(line: str) -> str:
    """A line of UTF-8 that was read as GBK, the damage that is most usual in Chinese files, as it
    was; "" for any other line. Hardly any Chinese text is UTF-8 once it is written in GBK.
    """
    if len(line) < 4 or not HAN_ONE.search(line):
        return ""
    try:
        made = line.encode("gb18030").decode("utf-8", "replace")
    except UnicodeEncodeError:
        return ""
    lost = made.count(LOST)
    return made if len(made) < len(line) and lost <= max(1, len(made) // 6) else ""


def _fixed(text: str) -> str:
    """What ftfy makes of it, its tidying left out."""
    if not SUSPECT.search(text):
        return text
    import ftfy

    return ftfy.fix_text(
        text,
        unescape_html=False,
        uncurl_quotes=False,
        fix_latin_ligatures=False,
        fix_character_width=False,
        fix_line_breaks=False,
        remove_terminal_escapes=False,
        normalization=None,
        explain=False,
    )
