"""The MiniLM encoder: all-MiniLM-L6-v2 with mean pooling (Reimers & Gurevych 2019), for English above all.

A sentence longer than the model's window is read in windows whose vectors are averaged by their tokens,
so that nothing of it is left out.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.errors import ModelError
from studio.models.places import folder

NAME = "all-minilm-l6-v2"
WINDOW_TOKENS = 256
TOKENS_A_BATCH = 8192
SENTENCES_AT_ONCE = 4096


class MiniLM:
    """The loaded encoder; make one per run, since loading takes seconds."""

    def __init__(self) -> None:
        place = model_folder()
        import torch
        from transformers import AutoModel, AutoTokenizer

        try:
            self.tokenizer: Any = AutoTokenizer.from_pretrained(place, local_files_only=True, trust_remote_code=False)
            model = AutoModel.from_pretrained(place, local_files_only=True, trust_remote_code=False, use_safetensors=True)
        except (OSError, ValueError) as error:
            raise ModelError(
                "The sentence encoder in {folder} cannot be loaded.", "Delete the folder and run `python launch.py setup`.",
                folder=place,
            ) from error
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model: Any = model.eval().to(self.device)

    def encode(self, sentences: list[str], told: Callable[[float], None] = lambda share: None) -> NDArray[np.float32]:
        """(sentences, 384) rows of length 1, zero for blank sentences; `told` gets the share done after each batch."""
        found = []
        for begin in range(0, len(sentences), SENTENCES_AT_ONCE):
            some = sentences[begin : begin + SENTENCES_AT_ONCE]

            def part(share: float, begin: int = begin, size: int = len(some)) -> None:
                told((begin + share * size) / len(sentences))

            found.append(self._some(some, part))
        return np.concatenate(found) if found else np.zeros((0, self.model.config.hidden_size), dtype=np.float32)

    def _some(self, sentences: list[str], told: Callable[[float], None]) -> NDArray[np.float32]:
        import torch

        windows = self.tokenizer(sentences, truncation=True, max_length=WINDOW_TOKENS, return_overflowing_tokens=True)
        owner = windows["overflow_to_sample_mapping"]
        lengths = [len(ids) for ids in windows["input_ids"]]
        sums = np.zeros((len(sentences), self.model.config.hidden_size), dtype=np.float32)
        done = 0
        for batch in _batches(lengths):
            chosen = {key: [windows[key][i] for i in batch] for key in ("input_ids", "attention_mask")}
            padded = self.tokenizer.pad(chosen, return_tensors="pt").to(self.device)
            with torch.inference_mode():
                states = self.model(**padded).last_hidden_state
                totals = (states * padded["attention_mask"].unsqueeze(-1)).sum(dim=1).float().cpu().numpy()
            np.add.at(sums, [owner[i] for i in batch], totals)
            done += sum(lengths[i] for i in batch)
            told(done / sum(lengths))
        sums[[not s.strip() for s in sentences]] = 0
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        return np.divide(sums, norms, out=np.zeros_like(sums), where=norms > 0)


def model_folder() -> Path:
    """Where the encoder lies. Raises ModelError where it is missing."""
    place = folder() / NAME
    if not (place / "model.safetensors").is_file():
        raise ModelError(
            "The sentence encoder MiniLM is not on this machine yet.",
            "Run `python launch.py setup`, or choose the lexical encoder, which needs no model.",
        )
    return place


def _batches(lengths: list[int]) -> list[list[int]]:
    """Indices grouped by length, so that little is padded; at most about 8,192 tokens a batch."""
    batches: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if batches and (len(batches[-1]) + 1) * lengths[batches[-1][0]] <= TOKENS_A_BATCH:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches
