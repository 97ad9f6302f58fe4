"""Screenplays: a name on a line of its own, parentheticals and speech right below it."""

import re
from collections import Counter

from studio.dialogue.layouts.fountain import forced_name
from studio.dialogue.layouts.label_learning import DIRECTION
from studio.dialogue.layouts.script_labels import CAPS, NOT_CUES, NOT_LABELS, plain_name
from studio.progress import UNWATCHED, Watch
from studio.text.paragraphs import Line, is_break

# Names that keep small letters where the rest is in capitals: McCLANE, DeVITO.
SMALL_PREFIX = re.compile(r"\b(?:Mc|Mac|De|Di|Du|La|Le|Van|Von)(?=[^\W\d_]{2})")
SMALL = re.compile(
    r"(?P<name>[\u3400-\u9fff·]{2,5}|[A-Z][a-z’']+(?: [A-Z][a-z’']+){0,2})"
    r"(?P<stage>\s*[（(][^)）\n]{0,60}[)）])*[.:：]?$"
)


def cue_name(body: str) -> str:
    """The name on a line that may be a cue, without (V.O.), (CONT'D) and brackets; empty when it
    cannot be one.
    """
    body = body.strip("*_")
    if forced := forced_name(body):
        return plain_name(forced)
    match = CAPS.match(body)
    if match is None or NOT_CUES.match(body) or not in_capitals(match["name"]):
        return ""
    return plain_name(match["name"].strip(" ."))


def in_capitals(name: str) -> bool:
    """Whether all letters are capitals, of any script that has them: ÉLODIE, ŁUKASZ, ИВАН."""
    letters = [c for c in SMALL_PREFIX.sub("", name) if c.isalpha()]
    return bool(letters) and "_" not in name and all(c.isupper() or c == "ß" for c in letters)


def small_name(body: str) -> str:
    """A name that is not in capitals, alone on its line: a cue only where such names come back."""
    match = SMALL.fullmatch(body.strip("*_"))
    return plain_name(match["name"]) if match and match["name"] not in NOT_LABELS else ""


def is_cue(bodies: list[str], rows: list[Line], index: int) -> bool:
    """Whether a line is a speaker's name in capitals with speech in the very next line."""
    return (
        bool(cue_name(bodies[index]))
        and _leads(bodies, rows, index)
        and (bool(forced_name(bodies[index])) or not bodies[index + 1].isupper())
    )


def small_cues(bodies: list[str], rows: list[Line], watch: Watch = UNWATCHED) -> Counter[str]:
    """Names in small letters or Chinese that stand alone above speech after a blank line. One of
    them must come three times; then others count that come twice, or once with a colon."""
    spots = [
        (name, body[-1] in ":：")
        for i, body in enumerate(watch.over(bodies, 0, 1))
        if (name := small_name(body)) and (i == 0 or rows[i].blanks) and _leads(bodies, rows, i)
    ]
    names = Counter(name for name, _ in spots)
    if not names or max(names.values()) < 3:
        return Counter()
    colons = {name for name, colon in spots if colon}
    return Counter({name: n for name, n in names.items() if n >= 2 or name in colons})


def cue_names(rows: list[Line], bodies: list[str], watch: Watch = UNWATCHED) -> Counter[str]:
    """How often each name stands as a cue."""
    caps = Counter(
        cue_name(bodies[i]) for i in watch.over(range(len(rows)), 0, 0.4) if is_cue(bodies, rows, i)
    )
    shouted = Counter(
        name
        for i, body in enumerate(watch.over(bodies, 0.4, 0.8))
        if (name := cue_name(body)) in caps and _leads(bodies, rows, i) and bodies[i + 1].isupper()
    )
    return caps + shouted + small_cues(bodies, rows, watch.within(0.8, 1))


def _leads(bodies: list[str], rows: list[Line], index: int) -> bool:
    """Whether the next line touches this one and can be speech or a parenthetical."""
    if index + 1 >= len(rows) or rows[index + 1].blanks or is_break(bodies[index]):
        return False
    below = bodies[index + 1]
    return below.startswith(("(", "（")) or not DIRECTION.match(below)
