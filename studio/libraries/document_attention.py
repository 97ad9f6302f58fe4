"""Attention of several texts in one row, each by itself, without a mask. Worker-only.

transformers reads from positions that begin again where a text of a pack ends, and makes a mask of
(length × length) for it, with which torch's fast kernels cannot be used; a packed row of 4,096
tokens costs three times its attention. `torch.nn.attention.varlen.varlen_attn` takes the borders
instead; it comes with torch and needs a CUDA device and 16 bits. On other devices each text goes
through scaled_dot_product_attention in its turn, so that the way there can be tested anywhere.

Beyond documentation, read in transformers 5.17.0 and 5.24.0 and torch 2.11 and 2.13: that further
arguments of a model's call reach its attention function, and so does a mask of four dimensions.
"""

from functools import cache
from inspect import signature
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS, sdpa_mask
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

NAME = "documents"  # as attn_implementation
BORDERS, LONGEST = "cu_seq_lens_q", "max_length_q"  # transformers' names of the arguments
WIDEST = 256  # of a head, that the kernel takes


def put_on(model: Any) -> bool:
    """Let the model attend by documents wherever a call gives borders, and as before elsewhere;
    False where its layers do more than plain causal attention or do not take the borders.
    """
    config = model.config.get_text_config(decoder=True)
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    heads = getattr(config, "num_attention_heads", 0)
    width = getattr(config, "head_dim", None) or (config.hidden_size // heads if heads else 0)
    if (
        model.config._attn_implementation != "sdpa"
        or kinds != {"full_attention"}
        or getattr(config, "sliding_window", None)
        or getattr(config, "attn_logit_softcapping", None)
        or not 0 < width <= WIDEST
        or width % 8
    ):
        return False
    ALL_ATTENTION_FUNCTIONS.register(NAME, _attention)
    ALL_MASK_ATTENTION_FUNCTIONS.register(NAME, sdpa_mask)
    model.set_attn_implementation(NAME)
    return True


def is_on(model: Any) -> bool:
    """Whether the model attends by documents."""
    return bool(model.config._attn_implementation == NAME)


def unmasked(model: Any, inputs: dict[str, Any]) -> dict[str, torch.Tensor]:
    """What a call of the model on these inputs is given beside, so that no mask is made where none
    is needed: with borders, and for rows without padding. Else nothing.

    transformers passes a mask of four dimensions on as it is; without one it would look on the
    device whether positions begin again, and the step would wait for that.
    """
    plain = "attention_mask" not in inputs and "position_ids" not in inputs
    if not is_on(model) or not (plain or BORDERS in inputs):
        return {}
    return {"attention_mask": inputs["input_ids"].new_ones(1, 1, 1, 1, dtype=torch.bool)}


def borders(lengths: list[int]) -> dict[str, Any]:
    """The arguments of a call on one row that holds texts of these lengths, one after another."""
    ends = torch.tensor([0, *lengths]).cumsum(0).to(torch.int32)
    longest = max(lengths)
    return {BORDERS: ends, "cu_seq_lens_k": ends, LONGEST: longest, "max_length_k": longest}


def _attention(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    **more: Any,
) -> tuple[torch.Tensor, None]:
    """States of shape (1, heads, positions, size) → (1, positions, heads, size)."""
    if attention_mask is not None and attention_mask.numel() == 1:  # of `unmasked`
        attention_mask = None
    ends, longest = more.get(BORDERS), more.get(LONGEST)
    if ends is None or longest is None or attention_mask is not None:
        made: tuple[torch.Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **more
        )
        return made
    if dropout:
        raise ValueError("attention by documents has no dropout")
    if not query.is_cuda:
        return _one_by_one(query, key, value, ends, scaling), None
    from torch.nn.attention.varlen import varlen_attn

    flat = [states[0].transpose(0, 1) for states in (query, key, value)]
    how = _asked()
    q, k, v = flat if "enable_gqa" in how else _widened(flat)
    out: Any = varlen_attn(q, k, v, ends, ends, longest, longest, scale=scaling, **how)
    return out[None], None


@cache
def _asked() -> dict[str, Any]:
    """How this torch is asked for causal attention, and for keys of fewer heads than queries: 2.10
    has a word for the first, 2.13 has one for the second.
    """
    from torch.nn.attention.varlen import varlen_attn

    names = signature(varlen_attn).parameters
    how: dict[str, Any] = (
        {"window_size": (-1, 0)} if "window_size" in names else {"is_causal": True}
    )
    return how | ({"enable_gqa": True} if "enable_gqa" in names else {})


def _widened(states: list[torch.Tensor]) -> list[torch.Tensor]:
    """Queries, keys and values of one number of heads."""
    query, *rest = states
    times = query.shape[1] // rest[0].shape[1]
    return [query, *(one.repeat_interleave(times, 1) if times > 1 else one for one in rest)]


def _one_by_one(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    ends: torch.Tensor,
    scaling: float | None,
) -> torch.Tensor:
    places = ends.tolist()
    made = [
        scaled_dot_product_attention(
            query[:, :, begin:end],
            key[:, :, begin:end],
            value[:, :, begin:end],
            scale=scaling,
            is_causal=True,
            enable_gqa=key.shape[1] != query.shape[1],
        )
        for begin, end in zip(places, places[1:], strict=False)
    ]
    return torch.cat(made, 2).transpose(1, 2).contiguous()
