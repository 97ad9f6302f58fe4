"""Mojibake: text that was read in the wrong encoding and can be read back with certainty.

UTF-8 read as a Western encoding is ftfy's field (its repair of encodings alone, so that quotes,
widths and entities stay as they are). Two more come from China: UTF-8 read as GBK (你好 → 浣犲ソ)
and GBK read as Latin-1 (你好 → ÄãºÃ). Work goes line by line, and only lines that are not plain
ASCII are looked at.
"""

import re
from collections.abc import Iterator
from functools import cache

from studio.documents.cleaning.edits import Edit
from studio.documents.cleaning.spec import CleanSpec
from studio.text.scripts import HAN, lines

LONGEST = 20_000
ASCII_RUN = re.compile(r"[ -~\t]+")
# What garbled Western text always holds: letters, signs or boxes that are neither ASCII nor usual
# in Chinese.
SUSPECT = re.compile(f"[^\\x00-\\x7f{HAN}\u3000-\u303f\u3040-\u30ff\uff00-\uffef“”‘’—…]")
# GB 2312's first level, the 3,755 common characters, has these lead bytes.
COMMON_LEADS = range(0xB0, 0xD8)
HAN_RUN = re.compile(f"[{HAN}]")


def find(text: str, spec: CleanSpec) -> Iterator[Edit]:
    """Edits that read garbled pieces back."""
    if text.isascii():
        return
    for start, end, _ in lines(text):
        for begin in range(start, end, LONGEST):
            piece = text[begin : min(end, begin + LONGEST)]
            if not piece.isascii():
                yield from _in_piece(piece, begin)


def _in_piece(piece: str, begin: int) -> Iterator[Edit]:
    if SUSPECT.search(piece):
        from ftfy import fix_encoding

        fixed = fix_encoding(piece)
        if fixed != piece:
            yield from _differences(piece, fixed, begin)
            return
        if (read := _from_latin(piece)) is not None:
            yield from _differences(piece, read, begin)
            return
    for run in _gbk_run().finditer(piece):
        if (read := _from_gbk(run[0])) is not None:
            yield Edit(begin + run.start(), begin + run.end(), read)


@cache
def _gbk_run() -> re.Pattern[str]:
    """A run of characters that begins as UTF-8's Chinese does when it is read as GBK: a byte E2–EF,
    then one of 80–BF.
    """
    pairs = (bytes((lead, after)) for lead in range(0xE2, 0xF0) for after in range(0x80, 0xC0))
    first = "".join(pair.decode("gbk", "ignore") for pair in pairs)
    return re.compile(f"(?<![^\\x00-\\x7f])[{re.escape(first)}][^\\x00-\\x7f]+")


def _from_gbk(run: str) -> str | None:
    """The Chinese that a run read as GBK was in UTF-8; None where its bytes are not UTF-8, as in
    all real Chinese.
    """
    try:
        read = run.encode("gbk").decode("utf-8")
    except UnicodeError:
        return None
    # Two-byte characters would make GBK text look like UTF-8 by chance: ask for Chinese, which
    # takes three.
    return read if len(HAN_RUN.findall(read)) * 2 >= len(read) and len(read) >= 2 else None


def _from_latin(piece: str) -> str | None:
    """A line of GBK that was read as Latin-1: nearly all its letters are high ones and give common
    characters.
    """
    high = sum("\u00a1" <= c <= "\u00fe" for c in piece)
    if (
        high < 6
        or high * 2 < sum(not c.isspace() for c in piece)
        or any(c > "\u00ff" for c in piece)
    ):
        return None
    data = piece.encode("latin-1")
    try:
        read = data.decode("gbk")
    except UnicodeError:
        return None
    wide = HAN_RUN.findall(read)
    common = sum(c.encode("gbk")[0] in COMMON_LEADS for c in wide)
    return read if wide and common * 10 >= len(wide) * 7 and len(wide) * 3 >= high else None


def _differences(old: str, new: str, begin: int) -> Iterator[Edit]:
    """Edits from `old` to `new`: piece by piece between equal runs of ASCII, else what differs in
    the middle.
    """
    between_old, between_new = list(ASCII_RUN.finditer(old)), list(ASCII_RUN.finditer(new))
    if [m[0] for m in between_old] == [m[0] for m in between_new]:
        bounds = zip([*between_old, None], [*between_new, None], strict=True)
        at = at_new = 0
        for a, b in bounds:
            stop, stop_new = (a.start(), b.start()) if a and b else (len(old), len(new))
            if old[at:stop] != new[at_new:stop_new]:
                yield Edit(begin + at, begin + stop, new[at_new:stop_new])
            if a and b:
                at, at_new = a.end(), b.end()
        return
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    yield Edit(begin + head, begin + len(old) - tail, new[head : len(new) - tail])
