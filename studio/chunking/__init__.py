"""Chunking: a text becomes chunks that lose nothing.

Importing this is light; numpy and scipy load on use.
"""

from studio.chunking.records import Chunk
from studio.chunking.spec import ChunkJob, ChunkSpec

__all__ = ["Chunk", "ChunkJob", "ChunkSpec", "chunk_text"]


def chunk_text(text: str, spec: ChunkSpec | None = None) -> list[Chunk]:
    """The chunks of `text` in order: `chunk.text == text[chunk.start:chunk.end]`, none over
    `max_tokens`.

    Without overlap the chunks' texts joined are `text` itself. Raises ModelError where an encoder
    is missing.
    """
    from studio.chunking.cut import cut_text

    return cut_text(text, spec or ChunkSpec(), curve=False).chunks


# Modules that other rooms and the window may use beside these names.
MODULES = (
    "sets.borders_file",
    "sets.compare",
    "sets.editing",
    "sets.export",
    "sets.queries",
    "spec",
    "tokens.counting",
)
