"""One answer in the making: its tokens, its own sampler and its text.

Worker-only (imports torch).
"""

from collections.abc import Callable
from typing import Any, cast

import torch
from transformers import (
    LogitsProcessorList,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from studio.serving.request import Generation, Piece
from studio.serving.textstream import TextStream

BROKEN = (
    "The model answers with invalid numbers (NaN). The adapter is broken: "
    "train it again with a lower learning rate."
)


class Row:
    """A request on its way through the engine.

    `emit` is called in the engine's thread with each new piece.
    """

    def __init__(
        self,
        request: Generation,
        tokenizer: Any,
        ends: frozenset[int],
        emit: Callable[[Piece], None],
    ) -> None:
        self.request = request
        self.made = 0
        self.finish = ""
        self.cancelled = False
        self._emit = emit
        self._ends = ends
        self._text = TextStream(tokenizer, request.stop)
        self._ids = torch.zeros(1, len(request.prompt) + request.max_tokens, dtype=torch.long)
        self._ids[0, : len(request.prompt)] = torch.tensor(request.prompt)
        self._processors = _processors(request)
        self._random = torch.Generator()
        if request.seed is None:
            self._random.seed()
        else:
            self._random.manual_seed(request.seed)

    @property
    def adapter(self) -> str:
        """The name of the row's adapter, or "base"."""
        return self.request.adapter

    @property
    def prompt(self) -> list[int]:
        """The prompt's tokens."""
        return self.request.prompt

    @property
    def last(self) -> int:
        """The newest token's id."""
        return int(self._ids[0, self._length - 1])

    @property
    def done(self) -> bool:
        """Whether nothing more is to be made."""
        return bool(self.finish) or self.cancelled

    @property
    def _length(self) -> int:
        return len(self.request.prompt) + self.made

    def take(self, logits: torch.Tensor) -> None:
        """Choose the next token from its logits, shape (vocabulary,), and pass on its text."""
        if self.done:
            return
        if torch.isnan(logits).any():
            return self.fail(BROKEN)
        token = self._choose(logits.float().cpu().unsqueeze(0))
        self._ids[0, self._length] = token
        self.made += 1
        text = "" if token in self._ends else self._text.push(token)
        if token in self._ends or self._text.stopped:
            self.finish = "stop"
        elif self.made >= self.request.max_tokens:
            self.finish = "length"
        if self.finish:
            self._emit(Piece(text + self._text.end(), self.finish, self.made))
        elif text:
            self._emit(Piece(text))

    def fail(self, reason: str) -> None:
        """End the row with an error for whoever waits for it."""
        self.finish = "error"
        self._emit(Piece("", "error", self.made, reason))

    def cancel(self) -> None:
        """Nobody waits any more; the engine drops the row before its next step.

        Callable from any thread.
        """
        self.cancelled = True

    def _choose(self, scores: torch.Tensor) -> int:
        ids = cast(torch.LongTensor, self._ids[:, : self._length])
        scores = self._processors(ids, cast(torch.FloatTensor, scores))
        if self.request.temperature <= 0:
            return int(scores.argmax(dim=-1))
        return int(torch.multinomial(torch.softmax(scores, dim=-1), 1, generator=self._random))


def _processors(request: Generation) -> LogitsProcessorList:
    """The row's own chain, in the order of transformers' generate: penalty, grammar, temperature,
    top-k, top-p.
    """
    chain = LogitsProcessorList()
    if request.repetition_penalty != 1.0:
        chain.append(RepetitionPenaltyLogitsProcessor(request.repetition_penalty))
    if request.grammar is not None:
        from xgrammar.contrib.hf import LogitsProcessor

        chain.append(LogitsProcessor(request.grammar))
    if request.temperature > 0:
        if request.temperature != 1.0:
            chain.append(TemperatureLogitsWarper(request.temperature))
        if request.top_k > 0:
            chain.append(TopKLogitsWarper(request.top_k))
        if request.top_p < 1.0:
            chain.append(TopPLogitsWarper(request.top_p))
    return chain
