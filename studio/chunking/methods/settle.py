"""What must be known of the whole text before its sections are cut."""

from collections import Counter
from collections.abc import Iterator

from studio.chunking.spec import ChunkSpec
from studio.text import headings
from studio.text.blanks import run_at
from studio.text.headings import Heading
from studio.text.punctuation import NEWLINE
from studio.text.scripts import is_latin

LOOK = 1_000_000
# The finest first. A text is made of a kind if half of it stands right below headings of that kind
# or a finer one.
FINEST = ("article", "scene", "section", "heading", "chapter", "part")
LEAST_SHARE, LEAST_COUNT = 0.5, 2
NO_STRUCTURE = "This text has no headings to cut by, so it was cut by paragraph."
NOT_ITS_LANGUAGE = (
    "MiniLM reads English and this text is in another script, so it was cut by the lexical encoder."
)
LEAST_LATIN = 0.5  # of the first letters, where MiniLM is to tell what they say
NOT_OF_KIND = "This text has no headings of the chosen kind, so it was cut by paragraph."


def settle(text: str, spec: ChunkSpec) -> tuple[ChunkSpec, str]:
    """The spec with what only the whole text can tell, and a note for the person ("" if there is
    none).

    Method structure: `structure_unit` auto becomes a kind, from the first million characters; a
    text that has none of the kind is cut by paragraph. Method semantic: a text that MiniLM cannot
    read is cut by the lexical encoder, whose borders are better there. Call it once a text, before
    its sections; `plan` calls it for itself where that was not done, and then for its section
    alone.
    """
    if spec.method == "semantic" and spec.encoder == "minilm" and not is_latin(text, LEAST_LATIN):
        return spec.model_copy(update={"encoder": "lexical"}), NOT_ITS_LANGUAGE
    if spec.method != "structure":
        return spec, ""
    if spec.structure_unit == "auto":
        kind = made_of(text)
        note = NO_STRUCTURE
    else:
        kind = (
            spec.structure_unit
            if any(_is(heading, spec.structure_unit) for _, heading in _headings(text))
            else ""
        )
        note = NOT_OF_KIND
    if kind:
        return spec.model_copy(update={"structure_unit": kind}), ""
    return spec.model_copy(update={"method": "paragraph"}), note


def made_of(text: str) -> str:
    """The finest kind of heading that the text is plainly made of; "" if it has no structure."""
    part = text[:LOOK]
    found = [*_headings(part)]
    counts: Counter[str] = Counter(heading.kind for _, heading in found)
    below: Counter[str] = Counter()
    ends = [*(place for place, _ in found[1:]), len(part)]
    for (place, heading), end in zip(found, ends, strict=False):
        below[heading.kind] += end - place
    held = 0
    for kind in FINEST:
        held += below[kind]
        if counts[kind] >= LEAST_COUNT and held >= LEAST_SHARE * len(part):
            return kind
    return ""


def _is(heading: Heading, kind: str) -> bool:
    return heading.own_line if kind == "heading" else heading.kind == kind


def _headings(text: str) -> Iterator[tuple[int, Heading]]:
    """(place, heading) of each line that is one, LOOK characters of lines at a time."""
    places = [0]
    for newline in NEWLINE.finditer(text):
        place = newline.end()
        if place - places[0] > LOOK:
            yield from _known(text, places)
            places = []
        if place < len(text) and not text[place].isspace() or _has_text(text, place):
            places.append(place)
    yield from _known(text, places)


def _has_text(text: str, place: int) -> bool:
    """Whether the line at `place` has anything but blanks."""
    end = run_at(headings.BLANK, text, place).end()
    return end < len(text) and not NEWLINE.match(text, end)


def _known(text: str, places: list[int]) -> Iterator[tuple[int, Heading]]:
    found = headings.at_places(text, places)
    yield from ((place, heading) for place, heading in zip(places, found, strict=True) if heading)
