"""What chunking gives: chunks, and how their borders lie."""

from dataclasses import dataclass, field
from typing import Any

from studio.chunking.sets.borders_file import Borders


@dataclass(frozen=True)
class Chunk:
    """A span of a text: `text == source[start:end]`, offsets in characters; `heading`: the path of
    headings above.
    """

    start: int
    end: int
    text: str
    tokens: int
    heading: str = ""


@dataclass(frozen=True)
class Cut:
    """What is cut of a text up to `end`: a section of it, or all.

    mid_sentence: how many chunks begin inside a sentence or a speech. in_speech: how many of them
    inside a speech, since it alone is longer than a chunk. in_article: by meaning, how many begin
    inside an article of a statute. above: the headings to go on under
    (`headings.Stack.plain`).
    borders: the curve from behind the section's begin up to and with `end`. cohesion: the mean
    cosine of a chunk's sentences to the sum of their vectors, over all `sentences` that have a
    vector (a chunk of one sentence has 1). note: what the person should know, "" if nothing.
    """

    chunks: list[Chunk] = field(default_factory=list)
    mid_sentence: int = 0
    end: int = 0
    above: list[list[Any]] = field(default_factory=list)
    borders: Borders = field(default_factory=Borders)
    cohesion: float = 0.0
    sentences: int = 0
    note: str = ""
    in_speech: int = 0
    in_article: int = 0
