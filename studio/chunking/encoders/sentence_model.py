"""What stands between a model of sentences and the cutter: each sentence once, from the cache or
from the model.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from studio.chunking.encoders.base import Encoder, SentenceModel, Vectors
from studio.chunking.encoders.cache import VectorCache
from studio.errors import ModelError


def encoder(model: SentenceModel, cache: VectorCache | None = None) -> Encoder:
    """The model as the cutter calls it.

    A sentence is stripped of white space, encoded once though it stands ten times in the text, and
    kept in the cache right after its batch. Vectors are rounded to 16 bits with or without a cache,
    so that both give the same chunks.
    """

    def encode(text: str, borders: list[int], told: Callable[[float], None]) -> Vectors:
        sentences = [
            text[start:end].strip() for start, end in zip(borders, borders[1:], strict=False)
        ]
        place = {
            sentence: number
            for number, sentence in enumerate(dict.fromkeys(filter(None, sentences)))
        }
        found = _unique(model, cache, list(place), told)
        # The last row is that of blank sentences.
        rows = np.concatenate([found, np.zeros((1, found.shape[1]), dtype=np.float32)])
        return Vectors(rows[[place.get(sentence, len(place)) for sentence in sentences]])

    return encode


def _unique(
    model: SentenceModel,
    cache: VectorCache | None,
    sentences: list[str],
    told: Callable[[float], None],
) -> NDArray[np.float32]:
    """(sentences, width) unit vectors; `told` gets the share done, in characters, after each
    batch.
    """
    known, new = (
        cache.read(model.identity, sentences) if cache else ({}, list(range(len(sentences))))
    )
    sizes = np.array([len(sentence) for sentence in sentences] or [1])
    done = int(sizes[list(known)].sum())
    rows = np.zeros((0, 1), dtype=np.float32)
    if known:
        rows = np.zeros((len(sentences), len(next(iter(known.values())))), dtype=np.float32)
        rows[list(known)] = np.stack(list(known.values()))
    told(done / sizes.sum())
    for mine, fresh in _new(model, cache, sentences, new):
        if len(mine) and not len(rows):
            rows = np.zeros((len(sentences), fresh.shape[1]), dtype=np.float32)
        if len(mine) and fresh.shape[1] != rows.shape[1]:
            raise _other_width(cache, model.identity, rows.shape[1], fresh.shape[1])
        rows[mine] = fresh if len(mine) else 0
        done += int(sizes[mine].sum())
        told(done / sizes.sum())
    unit: NDArray[np.float32] = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return unit


def _new(
    model: SentenceModel, cache: VectorCache | None, sentences: list[str], new: list[int]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float16]]]:
    """The vectors that had to be computed, each batch kept before it is handed on."""
    numbers = np.array(new, dtype=np.int64)
    try:
        for places, fresh in model.encode([sentences[i] for i in new]) if new else ():
            mine, kept = numbers[places], rounded(fresh)
            if cache and len(mine):
                cache.write(model.identity, [sentences[i] for i in mine], kept)
            yield mine, kept
    finally:
        if cache:
            cache.flush()


def _other_width(cache: VectorCache | None, identity: str, known: int, found: int) -> ModelError:
    """A server's model changed under its name since vectors were kept: none of those is good any
    more.
    """
    if cache:
        cache.forget(identity)
    return ModelError(
        (
            "The encoder now gives vectors of {found} numbers; those kept in the workspace have "
            "{known}."
        ),
        "Start again; the old ones are forgotten.",
        found=found,
        known=known,
    )


def rounded(rows: NDArray[np.float32]) -> NDArray[np.float16]:
    """Each row brought to length 1, zero if it was; 16 bits hold a cosine to about 1e-4."""
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float32] = np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)
    return unit.astype(np.float16)
