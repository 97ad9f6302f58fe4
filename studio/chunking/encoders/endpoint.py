"""Sentence vectors of a model server: many sentences a request, a few requests at a time."""

import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio.chunking.encoders.base import Rows
from studio.errors import LlmFault
from studio.llm.address import host_of, tidy
from studio.llm.embeddings import connect_embeddings, other_width
from studio.llm.spec import ProviderSpec

# Small enough for most servers' limits on one request; a server that takes less says so and is
# asked with less.
TEXTS_A_REQUEST = 64
LETTERS_A_REQUEST = 24_000
REQUESTS_AT_ONCE = {"openai": 4, "ollama": 2}
TIMEOUT_S = 120.0
LEAST_PART = 16
BEAT_S = 0.25
LAST_S = 5.0
Pending = deque[tuple[NDArray[np.int64], Future[NDArray[np.float32]]]]


class EndpointEncoder:
    """The embeddings of one model on one server. Raises LlmFault for an unusable address."""

    def __init__(self, provider: Literal["openai", "ollama"], model: str, url: str = "") -> None:
        address = tidy(url, provider)
        spec = ProviderSpec(
            provider=provider, model_name_or_path=model, base_url=url, timeout_s=TIMEOUT_S
        )
        self._client = connect_embeddings(spec)
        self._host = host_of(address)
        self._at_once = REQUESTS_AT_ONCE[provider]
        self._most = TEXTS_A_REQUEST
        self._width = 0
        self.identity = f"{provider}:{address}:{model}"

    def encode(self, sentences: list[str]) -> Iterator[Rows]:
        """The vectors, request by request, in order. Raises LlmFault."""
        ended = threading.Event()
        pool = ThreadPoolExecutor(self._at_once, "embeddings")
        under_way: Pending = deque()
        try:
            for begin, end in requests(sentences, self._most):
                under_way.append(
                    (np.arange(begin, end), pool.submit(self._rows, sentences[begin:end], ended))
                )
                if len(under_way) > self._at_once:
                    yield from self._first(under_way)
            while under_way:
                yield from self._first(under_way)
        finally:  # a stop or a fault ends the other requests too
            ended.set()
            pool.shutdown(cancel_futures=True)

    def _first(self, under_way: Pending) -> Iterator[Rows]:
        """The oldest request's vectors; while it waits, nothing, four times a second, so that a
        stop is seen.
        """
        places, future = under_way.popleft()
        while not wait([future], BEAT_S).done:
            yield np.zeros(0, dtype=np.int64), np.zeros((0, 1), dtype=np.float32)
        if isinstance(
            future.exception(), LlmFault
        ):  # what was asked beside it may be paid for: it is kept
            wait([other for _, other in under_way], LAST_S)
            good = [
                (mine, other) for mine, other in under_way if other.done() and not other.exception()
            ]
            yield from ((mine, self._alike(other.result())) for mine, other in good)
        yield places, self._alike(future.result())

    def _alike(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """These rows, if they are as wide as all before. Raises LlmFault."""
        self._width = self._width or rows.shape[1]
        if rows.shape[1] != self._width:
            raise other_width(self._host, self._width, rows.shape[1])
        return rows

    def _rows(self, sentences: list[str], ended: threading.Event) -> NDArray[np.float32]:
        """(sentences, width); a request that the server finds too large goes in halves, down to
        half a sentence.
        """
        if len(sentences) <= self._most:
            try:
                return np.array(self._client.embed(sentences, ended.is_set), dtype=np.float32)
            except LlmFault as fault:
                if fault.kind not in ("too_long", "bad_request") or (
                    len(sentences) == 1 and fault.kind != "too_long"
                ):
                    raise
                if len(sentences) == 1:
                    return self._parts(sentences[0], ended, fault)
                self._most = min(self._most, max(1, len(sentences) // 2))
        half = len(sentences) // 2
        return np.concatenate(
            [self._rows(sentences[:half], ended), self._rows(sentences[half:], ended)]
        )

    def _parts(self, sentence: str, ended: threading.Event, fault: LlmFault) -> NDArray[np.float32]:
        """(1, width): the mean of a long sentence's two halves by their letters."""
        middle = len(sentence) // 2
        place = sentence.find(" ", middle, middle + middle // 2)
        halves = (
            [part.strip() for part in (sentence[:place], sentence[place:])]
            if place > 0
            else [sentence[:middle], sentence[middle:]]
        )
        if middle < LEAST_PART or not all(halves):
            raise fault
        rows = self._rows(halves, ended)
        rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
        letters = np.array([[len(part)] for part in halves])
        mean: NDArray[np.float32] = (rows * letters).sum(axis=0, keepdims=True).astype(np.float32)
        return mean


def requests(sentences: list[str], most: int) -> Iterator[tuple[int, int]]:
    """(begin, end) of the sentences that one request holds."""
    begin = letters = 0
    for number, sentence in enumerate(sentences):
        if number > begin and (
            number - begin >= most or letters + len(sentence) > LETTERS_A_REQUEST
        ):
            yield begin, number
            begin, letters = number, 0
        letters += len(sentence)
    if begin < len(sentences):
        yield begin, len(sentences)
