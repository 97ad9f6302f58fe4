"""The fields of chunking: `ChunkSpec` for a text at hand, `ChunkJob` for documents of the workspace."""

from typing import ClassVar, Literal, Self

from pydantic import model_validator

from studio.spec import FieldRow, Spec, field


class ChunkSpec(Spec):
    """How a text is cut. Token counts are those of `token_counter` (see `studio.chunking.tokens`)."""

    # semantic: borders where the subject changes; length: whole sentences until the chunk is full.
    method: Literal["semantic", "length"] = field("semantic")
    # lexical: characters and words in common, no model; minilm: all-MiniLM-L6-v2, made for English.
    encoder: Literal["lexical", "minilm"] = field("lexical")
    max_tokens: int = field(512, low=16, high=32768, unit="tokens")
    # 0: cut only where max_tokens asks for it; 1: cut at every sentence that min_tokens allows.
    similarity_threshold: float = field(0.5, low=0, high=1, step=0.05, widget="slider")

    # A chunk falls short of this only where max_tokens leaves no other way.
    min_tokens: int = field(64, group="limits", low=0, high=32768, unit="tokens")
    # Sentences of the chunk before, repeated at the front of each chunk, up to this many tokens.
    overlap: int = field(0, group="limits", low=0, high=16384, unit="tokens")
    token_counter: Literal["estimate", "characters"] = field("estimate", group="advanced")

    @model_validator(mode="after")
    def _lengths(self) -> Self:
        if self.min_tokens > self.max_tokens:
            if "min_tokens" in self.model_fields_set:
                raise ValueError("min_tokens is larger than max_tokens")
            self.min_tokens = self.max_tokens // 8
        if self.overlap * 2 > self.max_tokens:
            raise ValueError("overlap is larger than half of max_tokens")
        return self


class ChunkJob(ChunkSpec):
    """Cut documents of the workspace into one set of chunks."""

    KIND: ClassVar[str] = "chunk"
    FIRST: ClassVar[tuple[str, ...]] = ("documents", "method", "encoder", "max_tokens", "similarity_threshold", "name")

    documents: list[str] = field(factory=list, source="documents")
    name: str = field("")

    @classmethod
    def rows(cls) -> list[FieldRow]:
        """The field table with the documents first."""
        place = {name: number for number, name in enumerate(cls.FIRST)}
        return sorted(super().rows(), key=lambda row: place.get(row.name, len(place)))
