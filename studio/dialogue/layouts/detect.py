"""Which layout a text has: script, screenplay, chat log, classical prose without quote marks, or
novel; and why.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, get_args

from studio.dialogue.layouts.chatlog import message_share
from studio.dialogue.layouts.label_learning import DIRECTION, Labels
from studio.dialogue.layouts.screenplay import cue_names, is_cue
from studio.dialogue.layouts.script_labels import CAPS, NARRATORS, SPOKE, STAGE, label, plain_name
from studio.dialogue.quotes.dash_speech import dashed
from studio.dialogue.quotes.quote_marks import count_marks
from studio.progress import UNWATCHED, Watch
from studio.text.heading_patterns import SLUG
from studio.text.paragraphs import Line, is_break, lines
from studio.text.wrapping import is_wrapped

__all__ = [
    "CAPS",
    "KINDS",
    "Kind",
    "Layout",
    "NARRATORS",
    "SPOKE",
    "STAGE",
    "detect",
    "is_cue",
    "label",
]

Kind = Literal["script", "screenplay", "novel", "classical", "chat"]
KINDS: tuple[Kind, ...] = get_args(Kind)
UNQUOTED = "道曰云"
OPENING = frozenset("“„「『《«»‘\"＂'＇")
QUOTED_LABELS = 0.6  # of the labels lead to quote marks in a novel
LABELS_ALONE = 0.85  # of the lines have a label in a script that puts speech in quote marks


@dataclass(frozen=True)
class Layout:
    """kind: the layout. sure: 0 to 1. why: an English sentence with {names}, filled from
    `values`.
    """

    kind: Kind
    sure: float
    why: str
    values: dict[str, int] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """`why` with its figures."""
        return self.why.format(**self.values)


def detect(text: str, watch: Watch = UNWATCHED) -> Layout:
    """The layout of a document: by lines that begin like messages or with a speaker, then by its
    quote marks.

    watch: is told how far the look is, and may end it."""
    rows = lines(text)
    bodies = [text[row.start : row.end] for row in rows]
    if not bodies:
        return Layout("novel", 0.0, "The text is empty.")
    messages, share = message_share(bodies, watch.within(0.05, 0.3))
    if messages >= 3 and share >= 0.3:
        return Layout(
            "chat",
            _sure(share),
            "{count} of {lines} lines begin with a time and a name.",
            {"count": messages, "lines": len(bodies)},
        )
    return (
        _script(text, rows, bodies, watch)
        or _screenplay(rows, bodies, watch)
        or _prose(text, bodies)
    )


def _script(text: str, rows: list[Line], bodies: list[str], watch: Watch) -> Layout | None:
    """By the share of labelled lines, among those that are neither headings nor stage directions
    nor a line's wrap.
    """
    labels = Labels(bodies, watch=watch.within(0.3, 0.6))
    joined = is_wrapped(text)
    plain, alone, quoted_lines, named = 0, 0, 0, []
    for row, body in zip(watch.over(rows, 0.6, 0.8), bodies, strict=True):
        if is_break(body) or DIRECTION.match(body):
            continue
        found = labels.at(body)
        if found and found.mark not in ("；", ";"):
            named.append(plain_name(found.name))
            alone += found.length >= len(body)
            quoted_lines += body[found.length : found.length + 1] in OPENING
        plain += bool(found) or not joined or row.blanks > 0
    if (
        not named
        or _is_list(named)
        or (alone > 0.5 * len(named) and _screenplay(rows, bodies, watch))
    ):
        return None
    share = len(named) / plain
    if _is_narrated(quoted_lines, len(named), plain):
        return None
    counts = Counter(named)
    back = sum(n for n in counts.values() if n >= 3) / len(named)
    quoted = count_marks(text)
    if share >= 0.5 or (share >= 0.25 and len(named) >= 10 and back >= 0.8 and quoted < len(named)):
        return Layout(
            "script",
            _sure(share),
            "{count} of {lines} lines begin with a speaker's name.",
            {"count": len(named), "lines": plain},
        )
    return None


def _is_narrated(quoted: int, named: int, lines: int) -> bool:
    """Whether labels are those of a novel, `Tom: “…”` between narration: a script needs no quote
    marks, and has few lines beside its labelled ones.
    """
    return quoted >= QUOTED_LABELS * named and named < LABELS_ALONE * lines


def _is_list(names: list[str]) -> bool:
    """Whether the labels hardly ever come back: a list of terms or a form, not persons who talk."""
    total, different = len(names), len(set(names))
    most = Counter(names).most_common(1)[0][1]
    return (
        (total > 4 and most < 2)
        or (total > 12 and most < 3)
        or (total > 40 and different > 0.7 * total)
    )


def _screenplay(rows: list[Line], bodies: list[str], watch: Watch) -> Layout | None:
    cues = cue_names(rows, bodies, watch.within(0.8, 1))
    total = cues.total()
    back = len(cues) * 2 <= total or max(cues.values(), default=0) >= 3 > len(cues) * 2 - total
    # Nothing but a screenplay is headed INT. or EXT.: there one cue is enough.
    placed = total > 0 and any(SLUG.fullmatch(body.strip()) for body in bodies)
    if placed or (total >= 4 and total >= 0.12 * len(rows) and back):
        return Layout(
            "screenplay",
            _sure(3 * total / len(rows)),
            "{count} names stand on lines of their own above speech.",
            {"count": total},
        )
    return None


def _prose(text: str, bodies: list[str]) -> Layout:
    quotes = count_marks(text)
    bare = sum(text.count(verb + colon) for verb in UNQUOTED for colon in "：:")
    if quotes:
        led = sum(
            text.count(verb + colon + mark)
            for verb in UNQUOTED
            for colon in "：:"
            for mark in '“「『"‘'
        )
        bare -= led
    if bare >= max(3, 2 * quotes):
        return Layout(
            "classical",
            _sure(bare / (bare + quotes)),
            "{count} speeches follow 道： or 曰： without quote marks.",
            {"count": bare},
        )
    dashes = dashed(bodies)
    if dashes and dashes > quotes:
        return Layout(
            "novel",
            _sure(dashes / (dashes + quotes)),
            "{count} paragraphs of speech begin with a dash.",
            {"count": dashes},
        )
    if quotes:
        return Layout(
            "novel",
            _sure(0.4 + quotes / (10 * len(bodies))),
            "{count} quotations in quote marks.",
            {"count": quotes},
        )
    return Layout("novel", 0.1, "No labels and no quote marks were found.")


def _sure(share: float) -> float:
    return round(min(0.99, max(0.1, share)), 2)
