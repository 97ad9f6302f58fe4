"""A text cut into chunks: section by section its sentences, their sizes, the borders chosen, and
the spans they give.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from studio.chunking import methods, similarity
from studio.chunking.atoms import Units
from studio.chunking.encoders import factory
from studio.chunking.encoders.base import Encoder, Vectors
from studio.chunking.encoders.memo import Once
from studio.chunking.methods import semantic
from studio.chunking.methods.articles import in_articles
from studio.chunking.records import Chunk, Cut
from studio.chunking.sections import Section, section, size
from studio.chunking.sets.borders_file import Borders
from studio.chunking.spec import ChunkSpec
from studio.chunking.tokens.counting import Tokens, count_tokens
from studio.text.headings import Stack
from studio.workspace import Workspace

NO_VECTORS = Vectors(np.zeros((0, 0), dtype=np.float32))
Told = Callable[[int], None]
BY_MEANING = ("semantic", "greedy")
OVER_TRIES = 12
UNSETTLED_CHUNKS = 8
LOOK_BACK_PER_TOKEN = 8  # characters


@dataclass(frozen=True)
class Parted:
    """A section's choice: `firsts` begin a chunk, those before `settled` whatever text follows.

    places, vectors: its sentences, one place more than vectors, for the curve.
    """

    units: Units
    firsts: list[int]
    settled: int
    places: list[int]
    vectors: Vectors
    note: str = ""


@dataclass(frozen=True)
class Means:
    """What cutting a text needs beside it."""

    spec: ChunkSpec
    encoder: Encoder
    told: Told
    workspace: Workspace | None
    curve: bool

    def tokens(self, text: str) -> Tokens:
        """The running counts of a part of the text."""
        return count_tokens(
            text, self.spec.token_counter, self.spec.tokenizer, workspace=self.workspace
        )


def cut_text(
    text: str,
    spec: ChunkSpec,
    told: Told = lambda done: None,
    encoder: Encoder | None = None,
    *,
    workspace: Workspace | None = None,
    curve: bool = True,
) -> Cut:
    """The chunks of `text` in one piece; see `cut_sections`."""
    chunks: list[Chunk] = []
    borders, alike, sentences, notes, above = Borders(), 0.0, 0, [""], []
    mid_sentence = in_speech = in_article = 0
    for cut in cut_sections(
        text, spec, told=told, encoder=encoder, workspace=workspace, curve=curve
    ):
        chunks += cut.chunks
        borders.extend(cut.borders)
        mid_sentence += cut.mid_sentence
        in_speech, in_article = in_speech + cut.in_speech, in_article + cut.in_article
        alike, sentences = alike + cut.cohesion * cut.sentences, sentences + cut.sentences
        notes.append(cut.note)
        above = cut.above
    return Cut(
        chunks,
        mid_sentence,
        len(text),
        above,
        borders,
        alike / sentences if sentences else 0.0,
        sentences,
        max(notes, key=len),
        in_speech,
        in_article,
    )


def cut_sections(
    text: str,
    spec: ChunkSpec,
    *,
    told: Told = lambda done: None,
    encoder: Encoder | None = None,
    begin: int = 0,
    above: Sequence[Sequence[Any]] = (),
    workspace: Workspace | None = None,
    curve: bool = True,
) -> Iterator[Cut]:
    """The chunks of `text` from `begin` on, a section at a time, in order.

    Raises ModelError or LlmFault.

    begin, above: 0 and nothing, or `end` and `above` of an earlier section's Cut, from where it
    goes on as if it had not been put down. told: gets the number of characters done, often.
    encoder: one made before, for several texts; else the spec's is made. workspace: a place of
    models and of the encoder's cache. curve: whether the similarity at the borders and the cohesion
    are wanted, which take longer than the cutting itself where that needs no vectors.
    """
    if begin >= len(text):
        return
    wanted = spec.encoder
    spec, note = methods.settle(text, spec)
    if encoder is None or spec.encoder != wanted:
        encoder = factory.make(spec if spec.method in BY_MEANING else ChunkSpec(), workspace)
    if _by_model(spec):
        encoder = Once(encoder)
    means = Means(spec, encoder, _forward(told, begin), workspace, curve)
    stack = Stack.from_plain(above)
    while begin < len(text):
        cut = _next(text, begin, means, stack)
        yield replace(cut, note=cut.note or note)
        begin = cut.end
        means.told(begin)


def _forward(told: Told, begin: int) -> Told:
    """`told` without steps back, where what a section left open is looked at again."""
    reached = begin

    def tell(done: int) -> None:
        nonlocal reached
        reached = max(reached, done)
        told(reached)

    return tell


def _next(text: str, begin: int, means: Means, stack: Stack) -> Cut:
    """The section from `begin`, taken longer until some of its chunks are settled; `stack` goes on
    under its headings.
    """
    spec = means.spec
    wanted = size(begin, spec.max_tokens, _by_model(spec))
    while True:
        part = section(text, begin, wanted, LOOK_BACK_PER_TOKEN * spec.overlap)
        tokens = means.tokens(part.part)
        parted = _parted(part, tokens, spec, means)
        if part.last or parted.settled:
            return _fitting(text, part, parted, tokens, means, stack)
        wanted *= 2


def _by_model(spec: ChunkSpec) -> bool:
    return spec.method in BY_MEANING and spec.encoder != "lexical"


def _fitting(
    text: str, part: Section, parted: Parted, tokens: Tokens, means: Means, stack: Stack
) -> Cut:
    """The section's chunks; cut again under a smaller limit where a tokenizer counts more in a
    chunk's own text.
    """
    limit = spec = means.spec
    for attempt in range(1, OVER_TRIES + 1):
        kept = len(parted.firsts) if part.last else bisect_left(parted.firsts, parted.settled)
        spans = _spans(text, part, parted, kept, tokens, limit, means)
        chunks = [Chunk(start, end, text[start:end], count) for start, end, count in spans]
        if spec.token_counter == "tokenizer":
            counts = tokens.exact([chunk.text for chunk in chunks])
            chunks = [
                replace(chunk, tokens=count) for chunk, count in zip(chunks, counts, strict=True)
            ]
        over = max(chunk.tokens for chunk in chunks) - spec.max_tokens
        if over <= 0:
            break
        limit = _lower(limit, over, attempt)
        again = _parted(part, tokens, limit, means)
        parted = (
            again
            if part.last or again.settled
            else replace(again, settled=again.firsts[-1] or len(again.units))
        )
    return _cut(part, parted, chunks, stack, means)


def _lower(spec: ChunkSpec, over: int, attempt: int) -> ChunkSpec:
    """A limit smaller by what was too much, and by more at each attempt."""
    most = max(1, min(spec.max_tokens - over, spec.max_tokens * (20 - attempt) // 20))
    return spec.model_copy(
        update={
            "max_tokens": most,
            "min_tokens": min(spec.min_tokens, most),
            "overlap": min(spec.overlap, most // 2),
        }
    )


def _parted(part: Section, tokens: Tokens, spec: ChunkSpec, means: Means) -> Parted:
    """The section's units, and where its chunks begin."""

    def told(share: float) -> None:
        means.told(part.begin + int(share * len(part.part)))

    if spec.method not in BY_MEANING:
        plan = methods.plan(part.part, part.borders, tokens, spec, part.known)
        settled = plan.firsts[plan.settled] if plan.settled < len(plan.firsts) else len(plan.units)
        vectors = means.encoder(part.part, part.borders, told) if means.curve else NO_VECTORS
        return Parted(
            _known(plan.units, part), plan.firsts, settled, part.borders, vectors, plan.note
        )
    units = methods.sentence_units(
        part.part, part.borders, tokens, tokens.units(spec.max_tokens - spec.overlap), part.known
    )
    cuts, places, vectors = semantic.cuts(part.part, units, tokens, spec, means.encoder, told)
    settled = cuts.settled
    if not settled and len(cuts.firsts) > UNSETTLED_CHUNKS:
        settled = cuts.firsts[-2]
    return Parted(_known(units, part), cuts.firsts, settled, places, vectors)


def _known(units: Units, part: Section) -> Units:
    """The units, the first of them marked where the section begins inside a sentence."""
    return (
        replace(
            units,
            within=[True, *units.within[1:]],
            headings=[None, *units.headings[1:]],
            spoken=[False, *units.spoken[1:]],
        )
        if part.inside
        else units
    )


def _spans(
    text: str,
    part: Section,
    parted: Parted,
    kept: int,
    tokens: Tokens,
    spec: ChunkSpec,
    means: Means,
) -> list[tuple[int, int, int]]:
    """(start, end, tokens) of the first `kept` chunks, offsets in the text; overlap is whole units
    put in front.
    """
    places, sums = (
        [part.begin + place for place in parted.units.places],
        tokens.sums[parted.units.places].tolist(),
    )
    shift = 0
    if spec.overlap and part.begin:
        earlier = text[part.before[0] : part.begin]
        borders, counted = [place - part.before[0] for place in part.before], means.tokens(earlier)
        if spec.method in BY_MEANING:
            units = methods.sentence_units(
                earlier, borders, counted, tokens.units(spec.max_tokens - spec.overlap)
            )
        else:
            units = methods.plan(earlier, borders, counted, spec).units
        shift, base = len(units), int(counted.sums[-1]) - sums[0]
        places = [part.before[0] + place for place in units.places[:-1]] + places
        sums = [int(count) - base for count in counted.sums[units.places[:-1]]] + sums
    found = []
    most, overlap = tokens.units(spec.max_tokens), tokens.units(spec.overlap)
    for first, end in pairwise(
        [first + shift for first in [*parted.firsts, len(parted.units)]][: kept + 1]
    ):
        floor = max(sums[first] - overlap, sums[end] - most)
        start = min(first, bisect_left(sums, floor, 0, first + 1)) if overlap else first
        found.append((places[start], places[end], -((sums[start] - sums[end]) // tokens.scale)))
    return found


def _cut(part: Section, parted: Parted, chunks: list[Chunk], stack: Stack, means: Means) -> Cut:
    """The chunks with the headings above them, and what is measured of them."""
    units, firsts = parted.units, parted.firsts[: len(chunks)]
    named = []
    for chunk, (first, end) in zip(chunks, pairwise([*parted.firsts, len(units)]), strict=False):
        named.append(replace(chunk, heading=_heading(units, first, end, stack)))
    end = chunks[-1].end - part.begin
    spoken = sum(units.spoken[first] for first in firsts)
    inside = in_articles(units) if means.spec.method in BY_MEANING else [0] * len(units)
    cut = Cut(
        named,
        sum(units.within[first] for first in firsts) + spoken,
        chunks[-1].end,
        stack.plain(),
        note=parted.note,
        in_speech=spoken,
        in_article=sum(inside[first] > 0 for first in firsts),
    )
    if not means.curve:
        return cut
    starts = [units.places[first] for first in firsts]
    sentences = bisect_left(parted.places, end, 0, len(parted.places) - 1)
    inner = [number for number in range(1, len(parted.places) - 1) if parted.places[number] <= end]
    alike = similarity.across_borders(parted.vectors)
    borders = Borders(
        array("I", [part.begin + parted.places[number] for number in inner]),
        array("f", [alike[number - 1] for number in inner]),
    )
    of = semantic.chunk_of(parted.places[:sentences], starts)
    cohesion, held = similarity.cohesion(Vectors(parted.vectors.rows[:sentences]), of)
    return replace(cut, borders=borders, cohesion=cohesion, sentences=held)


def _heading(units: Units, first: int, end: int, stack: Stack) -> str:
    """The path above a chunk, with the headings that it begins with; `stack` goes on to the chunk's
    end.
    """
    unit, level = first, -1
    while unit < end and (heading := units.headings[unit]) is not None and heading.level > level:
        stack.push(heading)
        unit, level = unit + 1, heading.level
        if not heading.own_line:
            break
    path = stack.path()
    for heading in filter(None, units.headings[unit:end]):
        stack.push(heading)
    return path
