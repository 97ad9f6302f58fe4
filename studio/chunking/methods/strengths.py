"""How plainly something begins at each unit: what the cutting methods weigh one border against
another by.
"""

from studio.chunking.atoms import Units
from studio.text.punctuation import NEWLINES

WITHIN, AFTER_HEADING, SENTENCE, LINE, BLANK_LINE = range(5)
# Headings from here on, the higher the stronger.
HEADING = 1_000
LOOK = 64


def strengths(text: str, units: Units) -> list[int]:
    """One of the above for each unit: WITHIN a sentence, right AFTER_HEADING, SENTENCE, LINE,
    BLANK_LINE, or a heading's.
    """
    found, headed = [], False
    for place, within, heading in zip(units.places, units.within, units.headings, strict=False):
        if within:
            found.append(WITHIN)
        elif heading:
            found.append(HEADING - heading.level)
        else:
            found.append(AFTER_HEADING if headed else _by_line(text, place))
        headed = heading is not None and heading.own_line
    return found


def _by_line(text: str, place: int) -> int:
    if not place or text[place - 1] not in NEWLINES:
        return SENTENCE
    before = text[max(0, place - LOOK) : place]
    space = before[len(before.rstrip()) :]
    lines = len(space.replace("\r\n", "\n").strip(" \t\u3000\xa0").splitlines())
    return BLANK_LINE if lines > 1 else LINE
