"""Sentence vectors of a transformers encoder: batched by length, several batches side by side.

For workers only.

A sentence longer than the model's window is read in windows whose vectors are averaged by their
tokens, so that nothing of it is left out.
"""

import hashlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from transformers import AutoModel, AutoTokenizer
from transformers.utils import logging

from studio.chunking.encoders.base import Rows
from studio.chunking.encoders.device import machine
from studio.chunking.encoders.packing import packed
from studio.chunking.encoders.pooling import Pooling, pooled, reading
from studio.errors import ModelError
from studio.files import sha256
from studio.models import LOAD_ERRORS

SENTENCES_AT_ONCE = 4096
READ_FILES = (
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
    "1_Pooling/config.json",
    "sentence_bert_config.json",
)
# Whose code only calls its linear layers and never looks into them.
PACKED_TYPES = ("bert", "roberta", "xlm-roberta", "camembert", "electra", "mpnet", "distilbert")
NO_LIMIT = 1 << 20  # a tokenizer that knows no limit says about 1e30


class HfEncoder:
    """The loaded model; make one per run, since loading takes seconds. Raises ModelError."""

    def __init__(self, folder: Path, pooling: Pooling = "mean", batch_tokens: int = 8192) -> None:
        self.machine = machine()
        try:
            self._tokenizer, self._model, self._pad, positions = _load(
                folder, self.machine.dtype, self.machine.device
            )
        except (*LOAD_ERRORS, SafetensorError) as error:
            raise _not_loaded(folder.name, error) from error
        self._reading = reading(folder, pooling, positions)
        self._tokenizer.enable_truncation(self._reading.window)
        self._tokenizer.no_padding()
        self._batch_tokens = self.machine.batch_tokens(batch_tokens)
        self.width = int(self._model.config.hidden_size)
        self.identity = (
            f"weights:{fingerprint(folder)}:{self._reading.pooling}:{self._reading.window}"
        )

    def encode(self, sentences: list[str]) -> Iterator[Rows]:
        """The vectors as they are done, each sentence once, not in order.

        Raises ModelError where memory is short.
        """
        groups = [
            sentences[begin : begin + SENTENCES_AT_ONCE]
            for begin in range(0, len(sentences), SENTENCES_AT_ONCE)
        ]
        pool = ThreadPoolExecutor(
            self.machine.workers, "encoder", torch.set_num_threads, (self.machine.threads,)
        )
        try:
            ahead = [pool.submit(self._windows, group) for group in groups[:1]]
            for number, group in enumerate(groups):
                ids, owners = ahead.pop().result()
                if number + 1 < len(groups):
                    ahead.append(pool.submit(self._windows, groups[number + 1]))
                for places, rows in self._group(pool, len(group), ids, owners):
                    yield places + number * SENTENCES_AT_ONCE, rows
        finally:
            pool.shutdown(cancel_futures=True)

    def _windows(self, sentences: list[str]) -> tuple[list[list[int]], NDArray[np.int64]]:
        """Token ids of every window, and the number of the sentence that each belongs to."""
        ids, owners = [], []
        for number, whole in enumerate(self._tokenizer.encode_batch(sentences)):
            for window in (whole, *whole.overflowing):
                ids.append(window.ids)
                owners.append(number)
        return ids, np.array(owners, dtype=np.int64)

    def _group(
        self, pool: ThreadPoolExecutor, count: int, ids: list[list[int]], owners: NDArray[np.int64]
    ) -> Iterator[Rows]:
        """(places, vectors) of the sentences of one group whose windows are all done."""
        sums = np.zeros((count, self.width), dtype=np.float32)
        left = np.bincount(owners, minlength=count)
        for batch, totals in self._passes(pool, ids):
            mine = owners[batch]
            np.add.at(sums, mine, totals)
            np.subtract.at(left, mine, 1)
            done = np.unique(mine[left[mine] == 0])
            if len(done):
                yield done, sums[done]

    def _passes(
        self, pool: ThreadPoolExecutor, ids: list[list[int]]
    ) -> Iterator[tuple[list[int], NDArray[np.float32]]]:
        """Each batch with its pooled vectors; as many are under way as there are workers, and one
        waits.
        """
        under_way: deque[tuple[list[int], Future[NDArray[np.float32]]]] = deque()
        for batch in batches([len(one) for one in ids], self._batch_tokens):
            under_way.append((batch, pool.submit(self._pass, [ids[i] for i in batch])))
            if len(under_way) > self.machine.workers + 1:
                first, future = under_way.popleft()
                yield first, future.result()
        for batch, future in under_way:
            yield batch, future.result()

    def _pass(self, rows: list[list[int]]) -> NDArray[np.float32]:
        """The pooled vectors of one batch; a batch too large for the device's memory is done in
        halves.
        """
        try:
            return self._forward(rows)
        except torch.OutOfMemoryError as error:
            torch.cuda.empty_cache()
            if len(rows) == 1:
                raise ModelError(
                    "The memory is too small for this encoder.",
                    "Choose a smaller encoder, or the lexical one.",
                ) from error
        half = len(rows) // 2
        return np.concatenate([self._pass(rows[:half]), self._pass(rows[half:])])

    @torch.inference_mode()
    def _forward(self, rows: list[list[int]]) -> NDArray[np.float32]:
        lengths = torch.tensor([len(row) for row in rows])
        longest = int(lengths.max())
        ids = torch.tensor([row + [self._pad] * (longest - len(row)) for row in rows])
        mask = (torch.arange(longest) < lengths.unsqueeze(1)).long()
        ids, mask = ids.to(self.machine.device), mask.to(self.machine.device)
        # Without padding no mask is needed, and attention is quicker without one.
        given = {} if int(lengths.min()) == longest else {"attention_mask": mask}
        states = self._model(input_ids=ids, **given).last_hidden_state
        found: NDArray[np.float32] = pooled(states, mask, self._reading.pooling).cpu().numpy()
        return found


def batches(lengths: list[int], most: int) -> Iterator[list[int]]:
    """Indices grouped by length, longest first, so that little is padded; at most `most` padded
    tokens a batch.
    """
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > most:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def fingerprint(folder: Path) -> str:
    """SHA-256 over the weights and all that tells how they are read: another revision of a model
    gets another.
    """
    total = hashlib.sha256()
    files = [*sorted(folder.glob("*.safetensors")), *(folder / name for name in READ_FILES)]
    for path in files:
        if path.is_file():
            total.update(f"{path.relative_to(folder)}={sha256(path)}\n".encode())
    return total.hexdigest()


def _load(folder: Path, dtype: torch.dtype, device: str) -> tuple[Any, Any, int, int]:
    """(the tokenizers library's tokenizer, the model, the id that pads, the most tokens at
    once).
    """
    logging.disable_progress_bar()  # the log is a file
    kept = {"local_files_only": True, "trust_remote_code": False}
    tokenizer = AutoTokenizer.from_pretrained(folder, **kept)
    model, found = AutoModel.from_pretrained(
        folder, use_safetensors=True, dtype=dtype, output_loading_info=True, **kept
    )
    # transformers would fill what is missing with random numbers; only the pooler is never used
    # here.
    missing = sorted(name for name in found["missing_keys"] if "pooler" not in name)
    if missing:
        raise ValueError(f"its weights lack {missing[0]}")
    model = model.get_encoder() if model.config.is_encoder_decoder else model
    limit = getattr(model.config, "max_position_embeddings", None) or NO_LIMIT
    told = int(min(tokenizer.model_max_length, NO_LIMIT))
    # Where only the model tells: RoBERTa's first two positions are not for tokens.
    positions = min(told, limit) if told < NO_LIMIT else limit - 2
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else 0
    model = model.eval().to(device)
    if device == "cpu" and dtype == torch.bfloat16 and model.config.model_type in PACKED_TYPES:
        model = packed(model)
    return tokenizer.backend_tokenizer, model, int(pad), positions


def _not_loaded(name: str, error: Exception) -> ModelError:
    return ModelError(
        "The sentence encoder {name} cannot be loaded ({reason}).",
        "Choose another encoder; the lexical one needs no model.",
        name=name,
        reason=" ".join(str(error).split())[:140].rstrip("."),
    )
