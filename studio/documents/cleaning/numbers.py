"""Numbers in one form: no thousands separators, half-width digits.

Left alone: "(100,200)", which is a pair; lists like "1,234,56"; Chinese numerals.
"""

import re
from collections.abc import Iterator

from studio.documents.cleaning.edits import Edit
from studio.documents.cleaning.spec import CleanSpec

WIDE = "\uff10-\uff19"
# A comma or a thin, narrow no-break or figure space between groups of three; the same one
# throughout.
NUMBER = re.compile(
    rf"(?<![\d.,{WIDE}\u2009\u202f])(?P<whole>[1-9]\d{{0,2}}"
    rf"(?P<mark>[,\u2009\u202f\u2007])\d{{3}}(?:(?P=mark)\d{{3}})*+)(?![\d{WIDE}]|[,，]\d)"
    rf"|(?P<wide>[{WIDE}]+(?:[．，][{WIDE}]+)*+[％]?)"
)
TO_HALF = {0xFF10 + i: str(i) for i in range(10)} | {ord("．"): ".", ord("％"): "%"}
GROUPED = re.compile(rf"[{WIDE}]{{1,3}}(?:，[{WIDE}]{{3}})+(?:．[{WIDE}]+)?％?")
PAIR = re.compile(r"\d{1,3},\d{3}")


def find(text: str, spec: CleanSpec) -> Iterator[Edit]:
    """Edits that write numbers anew."""
    for found in NUMBER.finditer(text):
        start, end = found.span()
        if wide := found["wide"]:
            if GROUPED.fullmatch(wide):
                wide = wide.replace("，", "")
            yield Edit(start, end, wide.translate(TO_HALF))
        elif not (
            PAIR.fullmatch(found[0])
            and text[start - 1 : start] in ("(", "（", "[")
            and text[end : end + 1] in (")", "）", "]")
        ):
            yield Edit(start, end, found[0].replace(found["mark"], ""))
