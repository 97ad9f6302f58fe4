"""Full and half width: letters and digits half, katakana full, Chinese marks as they are."""

import re
import unicodedata
from collections.abc import Iterator

from studio.documents.cleaning.edits import Edit
from studio.documents.cleaning.spec import CleanSpec

WIDE = "\uff10-\uff19\uff21-\uff3a\uff41-\uff5a"
# Letters and digits; marks only between two of them, as in ｗｗｗ．ａｂｃ．ｃｏｍ, ３．５ and
# ａ＠ｂ; half-width katakana with its voicing marks; half-width marks of Japanese.
FORMS = re.compile(
    f"[{WIDE}]|(?<=[0-9A-Za-z{WIDE}])[．／＿＠＋＝＆～－](?=[0-9A-Za-z{WIDE}])"
    f"|[\uff66-\uff9d][\uff9e\uff9f]?|[\uff61-\uff65]"
)


def find(text: str, spec: CleanSpec) -> Iterator[Edit]:
    """Edits character by character, so that each keeps its own place."""
    if text.isascii():
        return
    for found in FORMS.finditer(text):
        yield Edit(found.start(), found.end(), unicodedata.normalize("NFKC", found[0]))
