"""What chunking gives: chunks, and how their borders lie."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Chunk:
    """A span of a text: `text == source[start:end]`, offsets in characters; `heading`: the nearest one above."""

    start: int
    end: int
    text: str
    tokens: int
    heading: str = ""


@dataclass(frozen=True)
class Cut:
    """The chunks of one text; `mid_sentence` counts the borders that fall inside a sentence."""

    chunks: list[Chunk] = field(default_factory=list)
    mid_sentence: int = 0
