"""How plainly something begins at each unit: what the cutting methods weigh one border against
another by.
"""

from studio.chunking.atoms import Units
from studio.text.punctuation import NEWLINES

# Up to AFTER_HEADING nothing begins there: a border stands there only where none else can be.
WITHIN, SPOKEN, SPOKEN_LINE, AFTER_HEADING, SENTENCE, LINE, BLANK_LINE = range(7)
# Headings from here on, the higher the stronger.
HEADING = 1_000
LOOK = 64


def strengths(text: str, units: Units) -> list[int]:
    """One of the above for each unit: WITHIN a sentence, inside a speech (SPOKEN, or at a line's
    begin SPOKEN_LINE), right AFTER_HEADING, SENTENCE, LINE, BLANK_LINE, or a heading's.

    Of headings that follow one another only the first may be a border, as strong as the highest.
    """
    found = [SENTENCE] * len(units)
    headed = 0  # the unit that begins the headings right above, plus one
    for unit, (place, heading, within, spoken) in enumerate(
        zip(units.places, units.headings, units.within, units.spoken, strict=False)
    ):
        if within:
            found[unit] = WITHIN
        elif heading and headed:
            found[unit] = AFTER_HEADING
            found[headed - 1] = max(found[headed - 1], HEADING - heading.level)
        elif heading:
            found[unit] = HEADING - heading.level
        elif headed:
            found[unit] = AFTER_HEADING
        elif spoken:
            found[unit] = SPOKEN if _by_line(text, place) == SENTENCE else SPOKEN_LINE
        elif place and text[place - 1] in NEWLINES:
            found[unit] = BLANK_LINE if ends_blank(text, place) else LINE
        headed = (headed or unit + 1) if heading is not None and heading.own_line else 0
    return found


def _by_line(text: str, place: int) -> int:
    if not place or text[place - 1] not in NEWLINES:
        return SENTENCE
    return BLANK_LINE if ends_blank(text, place) else LINE


def ends_blank(text: str, place: int) -> bool:
    """Whether a blank line stands before the line that begins at `place`."""
    if text[place - 2 : place] == "\n\n" and not text[place - 3 : place - 2].isspace():
        return True
    before = text[max(0, place - LOOK) : place]
    space = before[len(before.rstrip()) :]
    return len(space.replace("\r\n", "\n").strip(" \t\u3000\xa0").splitlines()) > 1
