"""transformers' own way to add an attention: rows laid out as one sequence, each seen by itself, on
a processor. Worker-only.

Its interface for attention and masks is documented; that the keyword arguments of forward() reach
the attention of each layer, and that a name without "flash" in it gets a mask as sdpa does, is said
nowhere. Read in the sources of 5.24.0.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from studio.libraries.transformers_inside import plain_layers

NAME = "sdpa_by_rows"
BORDERS = "row_borders"  # the argument of forward(): where rows begin, and the end of all
Attend = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, list[int], float], torch.Tensor]
REFUSED = ("softcap", "s_aux", "position_bias", "sliding_window")


def by_rows(model: Any, attend: Attend) -> bool:
    """Let the model's attention know rows by BORDERS where it computes by sdpa and sees whole rows;
    whether it does. Without that argument all is as before.

    attend(query, key, value, borders, scale): of (heads, tokens, size) and twice (groups, tokens,
    size) to (tokens, heads, size).
    """
    config = model.config.get_text_config(decoder=True)
    if getattr(config, "_attn_implementation", "") != "sdpa" or not plain_layers(model):
        return False
    if "sliding_attention" in (getattr(config, "layer_types", None) or ()):
        return False
    AttentionInterface.register(NAME, partial(_attention, attend))
    AttentionMaskInterface.register(NAME, sdpa_mask)
    model.set_attn_implementation(NAME)
    return bool(getattr(config, "_attn_implementation", "") == NAME)


def as_before(model: Any) -> None:
    """Take `by_rows` back."""
    model.set_attn_implementation("sdpa")


def _attention(
    attend: Attend,
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    **more: Any,
) -> tuple[torch.Tensor, None]:
    borders = more.pop(BORDERS, None)
    if borders is None:
        plain: Any = sdpa_attention_forward
        made: tuple[torch.Tensor, None] = plain(
            module, query, key, value, attention_mask, dropout, scaling, **more
        )
        return made
    if dropout or any(more.get(name) is not None for name in REFUSED):
        raise ValueError(f"attention by rows knows none of {', '.join(REFUSED)}, dropout")
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    return attend(query[0], key[0], value[0], borders, scale).unsqueeze(0), None
