"""English phrases that tell whose speech it was by the voice: `It was Bob who spoke`, `came Lucy’s
voice`, `was the curt reply of Captain Hull`.
"""

from collections.abc import Callable

from studio.dialogue.records import Clue
from studio.dialogue.speakers.phrases_en import Word, is_verb

Subject = Callable[[list[Word], int], tuple[Clue, int] | None]
ANSWERS = frozenset(
    "answer reply response words question exclamation remark rejoinder observation comment cry "
    "retort greeting verdict explanation conclusion admission inquiry warning".split()
)
VOICES = frozenset("voice voices tone tones whisper shout murmur growl drawl".split())
OWNERS = {"his": "m", "her": "f", "my": "i"}
# Verbs with which a voice comes: `came Lucy’s voice`.
COMES = frozenset(
    "came was were is rose rang sounded broke called floated drifted followed".split()
)
GIVES = frozenset("made gave returned vouchsafed could had got".split())
REACH = 8  # words from the quote to the word for the speech


def voice_after(row: list[Word], subject: Subject) -> Clue | None:
    """Whose voice the words right behind a quote name; `subject` reads a noun phrase at a word."""
    if row[0].low in ("it", "this", "that") and len(row) > 3 and row[1].low in ("was", "is"):
        return _cleft(row, subject)
    if row[0].low in COMES:
        return _owner(row, 1, subject, ANSWERS | VOICES)
    return _possessed(row, 0, subject, VOICES)


def voice_before(row: list[Word], subject: Subject) -> Clue | None:
    """Whose voice or words the clause names that leads to a quote: `Lucy’s only words were, “`."""
    for at in range(len(row)):
        if clue := _possessed(row, at, subject, ANSWERS | VOICES):
            return clue
    spot = next((i for i, w in enumerate(row) if w.low in VOICES | ANSWERS), None)
    return _behind(row, spot, subject) if spot is not None else None


def spoken_by(row: list[Word], subject: Subject) -> Clue | None:
    """`when thus accosted by Miss Lowe, “`, at the end of the clause that leads to a quote."""
    for at in range(max(0, len(row) - 8), len(row) - 2):
        if row[at].low.endswith("ed") and is_verb(row, at, beside=True) and row[at + 1].low == "by":
            found = subject(row, at + 2)
            if found and all(not w.text[0].isalpha() for w in row[found[1] :]):
                return found[0]
    return None


def _cleft(row: list[Word], subject: Subject) -> Clue | None:
    """`It was Bob who spoke`, `It was Lucy’s voice`, `It was the voice of Ned`."""
    found = subject(row, 2)
    if found and found[1] + 1 < len(row) and row[found[1]].low in ("who", "that"):
        speaks = any(
            is_verb(row, i, beside=True) for i in range(found[1] + 1, min(found[1] + 4, len(row)))
        )
        return found[0] if speaks else None
    return _owner(row, 2, subject, VOICES)


def _owner(row: list[Word], at: int, subject: Subject, nouns: frozenset[str]) -> Clue | None:
    """The owner of a voice or answer named from a word on, before the noun or behind it."""
    if clue := _possessed(row, at, subject, nouns):
        return clue
    spot = next(
        (i for i in range(at, min(at + REACH, len(row))) if row[i].low in {*nouns, "all"}), None
    )
    return _behind(row, spot, subject) if spot is not None else None


def _possessed(row: list[Word], at: int, subject: Subject, nouns: frozenset[str]) -> Clue | None:
    """`Lucy’s only words`, `his voice`, at a word."""
    owner = row[at]
    if owner.low in OWNERS and any(w.low in nouns for w in row[at + 1 : at + 4]):
        return Clue("", 0, None, OWNERS[owner.low], owner.start)
    found = subject(row, at)
    if found is None:
        return None
    last = row[found[1] - 1].text
    owns = last.endswith(("’s", "'s", "s’", "s'"))
    return found[0] if owns and any(w.low in nouns for w in row[found[1] : found[1] + 4]) else None


def _behind(row: list[Word], spot: int, subject: Subject) -> Clue | None:
    """`the voice of Captain Hull`, `the reply that Jane made`, `all that Ned said`."""
    for at in range(spot + 1, min(spot + 4, len(row) - 1)):
        if row[at].low in ("of", "from", "that", "which"):
            found = subject(row, at + 1)
            if found is None:
                continue
            if row[at].low in ("of", "from"):
                return found[0] if found[0].name else None
            gives = range(found[1], min(found[1] + 3, len(row)))
            if any(is_verb(row, i, beside=True) or row[i].low in GIVES for i in gives):
                return found[0]
    if row[spot].low in ANSWERS | VOICES:
        return None
    found = subject(row, spot + 1)  # `all Ned said`
    return found[0] if found else None
