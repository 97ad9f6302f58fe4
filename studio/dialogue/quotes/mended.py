"""What was taken for granted about the quotation marks of a novel: counted, to be shown."""

from collections.abc import Iterable

from studio.dialogue.quotes.spans import find_quotes
from studio.text.paragraphs import paragraphs

AROUND = 12  # characters of narration that an example shows behind the marks
LONGEST = 60  # characters of an example


def mended_marks(text: str, names: Iterable[str] = ()) -> dict[str, dict[str, int | str]]:
    """How many quotations had a mark of another family, a forgotten or a turned one, each kind with
    the first such place as an example.

    names: persons who are known to speak. Returns kind (`other_mark`, `no_closing`, `no_opening`,
    `turned`) → `n` and `example`; kinds that do not occur are left out.
    """
    found: dict[str, dict[str, int | str]] = {}
    counts: dict[str, int] = {}
    for quote in find_quotes(text, paragraphs(text), names=names):
        if not quote.repair:
            continue
        kind = quote.repair.replace(" ", "_")
        counts[kind] = counts.get(kind, 0) + 1
        if kind not in found:
            begin = max(quote.left, quote.right - LONGEST)
            found[kind] = {"example": " ".join(text[begin : quote.right + AROUND].split())}
        found[kind]["n"] = counts[kind]
    return found
