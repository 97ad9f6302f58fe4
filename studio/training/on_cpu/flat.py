"""A batch as one sequence without padding. Worker-only."""

from collections.abc import Sequence
from typing import Any

import torch

from studio.datasets.token_view.render import IGNORED
from studio.libraries.row_attention import BORDERS
from studio.training.loss import Batch


class FlatBatch(Batch):
    """Rows behind each other: the same rows a step as Batch makes, but no padding."""

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """input_ids, labels and position_ids, (1, tokens); `learnt` as Batch gives it; BORDERS, the
        beginnings of the rows and the end of the last. The first token of a row is learnt by none.
        """
        ids: list[int] = []
        labels: list[int] = []
        places: list[int] = []
        for row in rows:
            size = len(row["input_ids"])
            ids += row["input_ids"]
            labels += row["labels"]
            places += row.get("position_ids") or range(size)
        borders = [at for at, place in enumerate(places) if place == 0]
        for at in borders:
            labels[at] = IGNORED
        learnt = [at - 1 for at, label in enumerate(labels) if label != IGNORED]
        return {
            "input_ids": torch.tensor([ids]),
            "labels": torch.tensor([labels]),
            "position_ids": torch.tensor([places]),
            "learnt": torch.tensor(learnt, dtype=torch.long),
            BORDERS: [*borders, len(ids)],
        }
