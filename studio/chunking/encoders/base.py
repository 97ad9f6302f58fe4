"""What every encoder is and gives, and what a model of sentences is to it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Rows = tuple[NDArray[np.int64], NDArray[np.float32]]


class SentenceModel(Protocol):
    """Gives the vectors of sentences, none of which is empty; `identity` names all that decides on
    them.
    """

    identity: str

    def encode(self, sentences: list[str]) -> Iterator[Rows]:
        """(places in `sentences`, vectors of any length) as they are done, each sentence once, in
        any order.

        A model that waits may give no places, so that a stop request is seen.
        """


class Encoder(Protocol):
    """Gives the vectors of the sentences text[borders[i]:borders[i + 1]]; `told` gets the share
    done.
    """

    def __call__(
        self, text: str, borders: list[int], told: Callable[[float], None]
    ) -> "Vectors": ...


@dataclass(frozen=True)
class Vectors:
    """One row a sentence, of length 1 or zero: a scipy CSR matrix or a numpy array."""

    rows: Any

    def gram(self, left: slice, right: slice) -> NDArray[np.float64]:
        """Cosine similarities (left, right) between two runs of sentences."""
        product = self.rows[left] @ self.rows[right].T
        return np.asarray(
            product.toarray() if hasattr(product, "toarray") else product, dtype=np.float64
        )

    def adjacent(self) -> NDArray[np.float64]:
        """Similarity of each sentence to the next, where both have a vector."""
        first, second = self.rows[:-1], self.rows[1:]
        if hasattr(first, "multiply"):
            found = np.asarray(first.multiply(second).sum(axis=1)).ravel()
            some = (np.diff(first.indptr) > 0) & (np.diff(second.indptr) > 0)
        else:
            found = np.einsum("ij,ij->i", first, second)
            some = first.any(axis=1) & second.any(axis=1)
        known: NDArray[np.float64] = found[some].astype(np.float64)
        return known
