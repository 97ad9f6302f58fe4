"""From a model's states of all tokens to one vector a sentence, and what a model's own folder says
about it.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Pooling = Literal["mean", "cls", "last"]
# Names in sentence-transformers' 1_Pooling/config.json; the root of the length changes no
# direction.
NAMES: dict[str, Pooling] = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_lasttoken": "last",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean",
}
LONGEST_WINDOW = 512


@dataclass(frozen=True)
class Reading:
    """How a model reads a sentence: the pooling, and the most tokens at once, special ones
    included.
    """

    pooling: Pooling
    window: int


def reading(folder: Path, wanted: Pooling, positions: int) -> Reading:
    """What the spec and the model's folder say together.

    A sentence-transformers folder names the pooling that its model was trained with; that wins over
    the default, mean, but not over cls or last, which somebody chose. `positions`: the most the
    model can take.
    """
    own = _own_pooling(_table(folder / "1_Pooling" / "config.json"))
    limit = _table(folder / "sentence_bert_config.json").get("max_seq_length")
    window = limit if isinstance(limit, int) and limit > 8 else LONGEST_WINDOW
    return Reading(
        own if own and wanted == "mean" else wanted, max(8, min(window, positions, LONGEST_WINDOW))
    )


def pooled(states: Any, mask: Any, pooling: Pooling) -> Any:
    """(rows, width) float32, each row's vector times its number of tokens, so that windows add up.

    states: (rows, tokens, width); mask: (rows, tokens), 1 for a token, 0 for padding on the right.
    """
    import torch

    if pooling == "mean":
        return (states.float() * mask.unsqueeze(-1)).sum(dim=1)
    lengths = mask.sum(dim=1)
    rows = torch.arange(len(states), device=states.device)
    one = states[rows, lengths - 1 if pooling == "last" else 0].float()
    return torch.nn.functional.normalize(one, dim=-1) * lengths.unsqueeze(-1)


def _own_pooling(config: dict[str, Any]) -> Pooling | None:
    """The pooling that 1_Pooling/config.json names in its old or its new form; None where it names
    another.
    """
    if config.get("pooling_mode") in ("mean", "cls", "lasttoken"):
        return NAMES.get(
            f"pooling_mode_{config['pooling_mode']}",
            NAMES.get(f"pooling_mode_{config['pooling_mode']}_token", "mean"),
        )
    return next((pooling for name, pooling in NAMES.items() if config.get(name) is True), None)


def _table(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
