"""How alike a text is before and after a border, and within its chunks."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from studio.chunking.encoders.base import Vectors

SENTENCES = 3
Floats = NDArray[np.float64]


def across_borders(vectors: Vectors) -> Floats:
    """(sentences − 1): cosine between the sums of up to three sentences before and after each
    border.

    NaN where one side has no vector. With w sentences a side it is the measure of Hearst's
    TextTiling (1997).
    """
    count = vectors.rows.shape[0]
    if count < 2:
        return np.zeros(0)
    after = sum(sparse.eye(count, k=lag, format="csr") for lag in range(SENTENCES)) @ vectors.rows
    before = sum(sparse.eye(count, k=-lag, format="csr") for lag in range(SENTENCES)) @ vectors.rows
    left, right = before[:-1], after[1:]
    norms = np.sqrt(_products(left, left) * _products(right, right))
    return np.divide(_products(left, right), norms, out=np.full(count - 1, np.nan), where=norms > 0)


def cohesion(vectors: Vectors, chunk_of: NDArray[np.int64]) -> tuple[float, int]:
    """(mean cosine of the sentences to the sum of their chunk's vectors, how many sentences have a
    vector).

    chunk_of: each sentence's chunk, from 0. The cosines of a chunk's unit vectors to their sum add
    up to its length.
    """
    rows = vectors.rows
    if not len(chunk_of):
        return 0.0, 0
    member = sparse.csr_matrix((np.ones(len(chunk_of)), (chunk_of, np.arange(len(chunk_of)))))
    sums = member @ rows
    held = int((_products(rows, rows) > 0).sum())
    return (float(np.sqrt(_products(sums, sums)).sum() / held), held) if held else (0.0, 0)


def _products(first: sparse.csr_matrix | Floats, second: sparse.csr_matrix | Floats) -> Floats:
    """Row by row."""
    if hasattr(first, "multiply"):
        return np.asarray(first.multiply(second).sum(axis=1), dtype=np.float64).ravel()
    found: Floats = np.einsum("ij,ij->i", first, second, dtype=np.float64)
    return found
