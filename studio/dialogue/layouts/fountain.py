"""Fountain's own marks in a screenplay: notes, cut passages, forced names and scenes, lyrics.

After the syntax at https://fountain.io/syntax. Everything keeps its place: `masked` gives a text of
the same length, so that spans of one are spans of the other.
"""

import re

from studio.text.paragraphs import Line

HIDDEN = (("/*", "*/"), ("[[", "]]"))  # what is cut, and notes; neither is spoken nor shown
LONGEST_MASK = 100  # characters of one bracket, less than the reader of directions looks over
LYRICS = re.compile(r"(?m)^([ \t]*)~")
FORCED_NAME = re.compile(
    r"@(?P<name>[^\W\d_][^\n(（^@]{0,38}?)(?P<stage>(?:\s*[(（][^)）\n]{0,60}[)）])*)\s*\^?$"
)
FORCED_SCENE = re.compile(r"\.(?![.\s])\w.{0,80}$")
# `>FADE OUT.` forces a transition, `>THE END<` is centred.
SHOWN = re.compile(r">.{0,80}$")
KEPT_OPEN = "  "  # a line of two spaces is an empty line within a speech


def masked(text: str) -> str:
    """The text with notes and cut passages as brackets around spaces, and lyrics without `~`.

    A mark that is never closed hides nothing.
    """
    for opened, closed in HIDDEN:
        text = _masked(text, opened, closed)
    return LYRICS.sub(lambda found: found[1] + " ", text)


def _masked(text: str, opened: str, closed: str) -> str:
    pieces, at = [], 0
    while (start := text.find(opened, at)) != -1:
        end = text.find(closed, start + len(opened))
        if end == -1:
            break
        end += len(closed)
        pieces += [text[at:start], *map(_brackets, text[start:end].splitlines(keepends=True))]
        at = end
    return "".join([*pieces, text[at:]])


def _brackets(line: str) -> str:
    """Directions as long as a line, which keeps its end."""
    body = line.rstrip("\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029")
    made = []
    for start in range(0, len(body), LONGEST_MASK):
        length = min(LONGEST_MASK, len(body) - start)
        made.append(f"({' ' * (length - 2)})" if length > 1 else " ")
    return "".join(made) + line[len(body) :]


def forced_name(body: str) -> str:
    """The name that a line forces with `@`, capitals or not; "" for any other line."""
    match = FORCED_NAME.match(body)
    return match["name"].strip() if match else ""


def forces_scene(row: Line, body: str) -> bool:
    """Whether a line forces a scene heading: one full stop, a word, and nothing above it."""
    return (row.blanks > 0 or row.start <= row.indent) and FORCED_SCENE.match(body) is not None


def is_shown(body: str) -> bool:
    """Whether a line is a forced transition or centred, and so nothing that is spoken."""
    return SHOWN.match(body) is not None


def touches(text: str, above: Line, below: Line) -> bool:
    """Whether no empty line lies between two lines, or only such as keep a speech open."""
    if below.blanks == 0:
        return True
    return below.blanks <= 2 and all(
        line == KEPT_OPEN for line in text[above.end : below.start].split("\n")[1:-1]
    )
