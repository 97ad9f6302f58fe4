"""A long text a section at a time, so that work begins at once, time grows evenly and memory stays
bounded.

Sections grow with the place where they begin and depend on nothing else: a text taken up again at
any of their ends is cut as if it had never been put down.
"""

from dataclasses import dataclass
from itertools import takewhile

from studio.chunking.atoms import Begins, begins
from studio.text.sentences import stream

# Characters. A model takes long over a section, so that its sections are shorter.
FIRST, MOST = 16_384, 131_072
FIRST_OF_MODEL, MOST_OF_MODEL = 8_192, 65_536
CHUNKS_A_SECTION = 6  # at least, at four characters a token
LONGEST_SENTENCE = 4  # of a section's sizes; a longer one is taken in parts
LOOK_BACK = 2_048


@dataclass(frozen=True)
class Section:
    """text[begin:end] as `part`; `borders`: where its sentences begin, in `part`, with len(part)
    last.

    known: what is known of each sentence's begin, from the whole text.
    last: whether it is the text's last. before: where the sentences right before it begin, in the
    text, with `begin` last. inside: whether it begins inside a sentence.
    """

    part: str
    begin: int
    end: int
    borders: list[int]
    last: bool
    before: list[int]
    inside: bool
    known: Begins


def size(begin: int, max_tokens: int, by_model: bool) -> int:
    """How many characters the section from `begin` should have."""
    first, most = (FIRST_OF_MODEL, MOST_OF_MODEL) if by_model else (FIRST, MOST)
    return max(min(max(begin, first), most), 4 * CHUNKS_A_SECTION * max_tokens)


def section(text: str, begin: int, wanted: int, look_back: int = LOOK_BACK) -> Section:
    """The section from `begin` of about `wanted` characters, to the end of a sentence where that is
    near.
    """
    most, found = begin + LONGEST_SENTENCE * wanted, [begin]
    for place in stream(text, begin):
        found.append(min(place, most))
        if place - begin >= wanted:
            break
    end = found[-1]
    before, inside = _before(text, begin, max(look_back, LOOK_BACK))
    return Section(
        text[begin:end],
        begin,
        end,
        [place - begin for place in found],
        end == len(text),
        before,
        inside,
        begins(text, found[:-1]),
    )


def _before(text: str, begin: int, chars: int) -> tuple[list[int], bool]:
    """(the borders in the `chars` characters before `begin`, with `begin` last; whether that is
    inside a sentence).
    """
    if not begin:
        return [0], False
    floor = max(0, begin - chars)
    start = text.rfind("\n", max(0, floor - chars), floor) + 1 or floor
    found = [0] if not start else []
    inside = True
    for place in takewhile(lambda place: place <= begin, stream(text, start)):
        inside = place != begin
        found.append(place)
    return [*found, begin] if inside else found, inside
