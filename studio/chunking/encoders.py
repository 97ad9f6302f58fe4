"""Encoders: sentences → vectors whose products tell how much two sentences have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray


class Encoder(Protocol):
    """Gives the vectors of the sentences text[borders[i]:borders[i + 1]]; `told` gets the share done."""

    def __call__(self, text: str, borders: list[int], told: Callable[[float], None]) -> "Vectors": ...


@dataclass(frozen=True)
class Vectors:
    """One row a sentence, of length 1 or zero: a scipy CSR matrix or a numpy array."""

    rows: Any

    def gram(self, left: slice, right: slice) -> NDArray[np.float64]:
        """Cosine similarities (left, right) between two runs of sentences."""
        product = self.rows[left] @ self.rows[right].T
        return np.asarray(product.toarray() if hasattr(product, "toarray") else product, dtype=np.float64)

    def adjacent(self) -> NDArray[np.float64]:
        """Similarity of each sentence to the next, where both have a vector."""
        first, second = self.rows[:-1], self.rows[1:]
        if hasattr(first, "multiply"):
            found = np.asarray(first.multiply(second).sum(axis=1)).ravel()
            some = (np.diff(first.indptr) > 0) & (np.diff(second.indptr) > 0)
        else:
            found = np.einsum("ij,ij->i", first, second)
            some = first.any(axis=1) & second.any(axis=1)
        return found[some].astype(np.float64)


def make(name: Literal["lexical", "minilm"]) -> Encoder:
    """The encoder of this name, loaded once. Raises ModelError where its model is missing."""
    if name == "minilm":
        from studio.chunking.minilm import MiniLM

        model = MiniLM()

        def by_model(text: str, borders: list[int], told: Callable[[float], None]) -> Vectors:
            sentences = [text[start:end] for start, end in zip(borders, borders[1:], strict=False)]
            return Vectors(model.encode(sentences, told))

        return by_model
    from studio.chunking.lexical import encode

    def by_characters(text: str, borders: list[int], told: Callable[[float], None]) -> Vectors:
        return Vectors(encode(text, borders))

    return by_characters
