"""A text cut into chunks: sentences, their sizes, the borders between them, and the spans they give.

Long texts are worked on in sections of at most 20,000 sentences, so that time grows evenly and memory
stays bounded; a section begins before a heading where there is one.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from studio.chunking import encoders
from studio.chunking.encoders import Encoder
from studio.chunking.headings import heading_at
from studio.chunking.marks import NEWLINES
from studio.chunking.pieces import pieces
from studio.chunking.records import Chunk, Cut
from studio.chunking.segment import Limits, Starts, full_cuts, semantic_cuts
from studio.chunking.sentences import borders
from studio.chunking.spec import ChunkSpec
from studio.chunking.tokens import Tokens, count_tokens

SECTION_SENTENCES = 20_000
# In deviations (see segment): a heading draws a border to itself, the middle of a paragraph repels it.
HEADING_Z, IN_PARAGRAPH_Z = -6.0, 0.5
MID_SENTENCE_COST, AFTER_HEADING_COST = 1e4, 1e3

Told = Callable[[int], None]


@dataclass(frozen=True)
class Units:
    """A section's units: `places` their borders in the text, `within` whether one begins inside a sentence."""

    places: list[int]
    within: list[bool]
    headings: list[str]


def cut_text(text: str, spec: ChunkSpec, told: Told = lambda done: None, encoder: Encoder | None = None) -> Cut:
    """The chunks of `text`; `told` gets the number of characters done, often. Raises ModelError.

    encoder: one made before, for cutting several texts; else the spec's is made.
    """
    if not text:
        return Cut()
    if spec.method == "semantic" and encoder is None:
        encoder = encoders.make(spec.encoder)
    chunks: list[Chunk] = []
    mid_sentence, heading = 0, ""
    for section, part, places in _sections(text):
        told(section)
        tokens = count_tokens(part, spec.token_counter)
        units = _units(part, places, tokens, tokens.units(spec.max_tokens - spec.overlap))
        firsts = _firsts(part, units, tokens, spec, encoder, _within(told, section, len(part)))
        mid_sentence += sum(units.within[unit] for unit in firsts)
        made, heading = _chunks(part, section, units, firsts, tokens, spec, heading)
        chunks += made
    told(len(text))
    return Cut(chunks, mid_sentence)


def _within(told: Told, offset: int, length: int) -> Callable[[float], None]:
    """Turns a share of the section into characters of the text."""
    return lambda share: told(offset + int(share * length))


def _sections(text: str) -> Iterator[tuple[int, str, list[int]]]:
    """(offset, text, sentence borders in it) of each section."""
    places = borders(text)
    first, last = 0, len(places) - 1
    while first < last:
        end = min(first + SECTION_SENTENCES, last)
        if end < last:
            back = range(end, end - SECTION_SENTENCES // 4, -1)
            end = next((i for i in back if heading_at(text, places[i])), end)
        offset = places[first]
        yield offset, text[offset : places[end]], [place - offset for place in places[first : end + 1]]
        first = end


def _units(text: str, sentences: list[int], tokens: Tokens, limit: int) -> Units:
    """The sentences, those over the limit in pieces."""
    places, within, headings = [], [], []
    for start, end in zip(sentences, sentences[1:], strict=False):
        inner = pieces(text, start, end, tokens, limit)
        places += [start, *inner]
        within += [False, *[True] * len(inner)]
        begins_line = start == 0 or text[start - 1] in NEWLINES
        headings += [heading_at(text, start) if begins_line else "", *[""] * len(inner)]
    return Units([*places, sentences[-1]], within, headings)


def _firsts(
    text: str, units: Units, tokens: Tokens, spec: ChunkSpec, encoder: Encoder | None, told: Callable[[float], None]
) -> list[int]:
    """The units that begin a chunk."""
    sums = tokens.sums[units.places]
    most = spec.max_tokens - spec.overlap
    limits = Limits(tokens.units(min(spec.min_tokens, most)), tokens.units(most))
    starts = _starts(text, units)
    if spec.method == "length" or encoder is None:
        return full_cuts(sums, starts, limits)
    return semantic_cuts(encoder(text, units.places, told), sums, starts, limits, spec.similarity_threshold)


def _starts(text: str, units: Units) -> Starts:
    """What speaks for and against beginning a chunk at each unit."""
    soft, hard = np.zeros(len(units.within)), np.zeros(len(units.within))
    for unit, place in enumerate(units.places[:-1]):
        if units.within[unit]:
            hard[unit] = MID_SENTENCE_COST
        elif unit and units.headings[unit - 1]:
            hard[unit] = AFTER_HEADING_COST
        elif units.headings[unit]:
            soft[unit] = HEADING_Z
        elif place and text[place - 1] not in NEWLINES:
            soft[unit] = IN_PARAGRAPH_Z
    return Starts(soft, hard)


def _chunks(
    text: str, offset: int, units: Units, firsts: list[int], tokens: Tokens, spec: ChunkSpec, heading: str
) -> tuple[list[Chunk], str]:
    """The section's chunks with offsets in the whole text, and the heading that stands at its end."""
    made = []
    named = [unit for unit, name in enumerate(units.headings) if name]
    for first, next_first in zip(firsts, [*firsts[1:], len(units.within)], strict=True):
        end = units.places[next_first]
        start = units.places[_overlapped(units, first, next_first, tokens, spec)]
        above = bisect_right(named, first)
        name = units.headings[named[above - 1]] if above else heading
        made.append(Chunk(offset + start, offset + end, text[start:end], tokens.count(start, end), name))
    return made, units.headings[named[-1]] if named else heading


def _overlapped(units: Units, first: int, end: int, tokens: Tokens, spec: ChunkSpec) -> int:
    """The unit from which the overlap runs: as many whole units before `first` as `overlap` tokens hold."""
    if not spec.overlap:
        return first
    sums, places = tokens.sums, units.places
    floor = max(sums[places[first]] - tokens.units(spec.overlap), sums[places[end]] - tokens.units(spec.max_tokens))
    return min(first, bisect_left(range(first + 1), floor, key=lambda unit: sums[places[unit]]))
