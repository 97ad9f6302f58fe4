"""An encoder that remembers the section before, so that sentences which two sections share are
encoded once.
"""

from collections.abc import Callable
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from studio.chunking.encoders.base import Encoder, Vectors


class Once:
    """For models, which see each sentence by itself; the lexical encoder looks at all of a
    section.
    """

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.known: dict[str, NDArray[np.float32]] = {}

    def __call__(self, text: str, borders: list[int], told: Callable[[float], None]) -> Vectors:
        """As the encoder does; only sentences that the call before did not have reach it."""
        sentences = [text[start:end] for start, end in pairwise(borders)]
        fresh = list(
            dict.fromkeys(sentence for sentence in sentences if sentence not in self.known)
        )
        if fresh:
            rows = self.encoder("".join(fresh), [0, *accumulate(map(len, fresh))], told).rows
            self.known |= zip(fresh, rows, strict=True)
        self.known = {sentence: self.known[sentence] for sentence in sentences}
        return Vectors(np.stack([self.known[sentence] for sentence in sentences]))
