"""transformers beyond its documentation: how forward() is called, how a cache is taken apart, where
logits are made.

Read in the sources of 5.23.0 and 5.24.0. Worker-only.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn.functional import pad
from transformers.cache_utils import Cache, DynamicCache, DynamicLayer

from studio.errors import ModelError

# The field of a model's output in which its cache comes back is also the argument that takes it
# (generate() relies on the same): `cache` since 5.24, before that `past_key_values`, and
# `cache_params` for models with a recurrent state.
CACHE_NAMES = ("cache", "past_key_values", "cache_params")
# Models without positions of their own (ALiBi, recurrent) take no position_ids, and old ones no
# logits_to_keep.
MAY_BE_REFUSED = ("position_ids", "logits_to_keep")
PLAIN_LAYERS = {"full_attention", "sliding_attention"}
FIRST_ROOM = 64  # positions


class Forward:
    """A causal model's forward pass with a cache, with the argument names that this model and
    version have.

    They are found by calling the model once, never by reading its signature: wrappers hide the
    names in it. An argument that the model refuses is left out from then on, and `left_out` names
    it; the cache is never left out.
    """

    def __init__(self, model: Any) -> None:
        self.left_out: tuple[str, ...] = ()
        device = model.get_input_embeddings().weight.device
        one = torch.ones(1, 1, dtype=torch.long, device=device)
        given = {
            "input_ids": one,
            "attention_mask": one,
            "position_ids": one - 1,
            "logits_to_keep": 1,
            "use_cache": True,
        }
        with torch.no_grad():
            fields = list(self._accepted(model, given).keys())
        self.cache_name = next((name for name in CACHE_NAMES if name in fields), "")
        if not self.cache_name:
            raise ModelError(
                "The model {kind} gives no cache back, so it cannot be served token by token.",
                "Choose another model.",
                kind=type(model).__name__,
            )

    def __call__(
        self,
        model: Any,
        ids: torch.Tensor,
        mask: torch.Tensor | None,
        places: torch.Tensor,
        cache: Any,
        **more: Any,
    ) -> torch.Tensor:
        """Logits after the last position, (rows, vocabulary); the cache grows in place.

        ids and places: (rows, new positions); mask: (rows, cached + new positions), 0 for padding,
        None without any.
        """
        given = {
            "input_ids": ids,
            "position_ids": places,
            "logits_to_keep": 1,
            "use_cache": True,
            self.cache_name: cache,
        }
        if mask is not None:
            given["attention_mask"] = mask
        given = {name: value for name, value in given.items() if name not in self.left_out}
        logits: torch.Tensor = model(**given, **more).logits
        return logits[:, -1, :]

    def _accepted(self, model: Any, given: dict[str, Any]) -> Any:
        """The output of the call, without those arguments that the model says it does not know."""
        while True:
            try:
                return model(
                    **{name: value for name, value in given.items() if name not in self.left_out}
                )
            except TypeError as error:
                refused = [
                    name
                    for name in MAY_BE_REFUSED
                    if f"'{name}'" in str(error) and name not in self.left_out
                ]
                if "unexpected keyword" not in str(error) or not refused:
                    raise
                self.left_out = (*self.left_out, *refused)


class RoomyLayer(DynamicLayer):
    """Keys and values with room to grow, so that a new token is written in place; DynamicLayer
    copies everything.
    """

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Append states of shape (rows, heads, new positions, size); all so far, views into the
        room.
        """
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
            self.length, self.room = 0, (key_states[:, :, :0], value_states[:, :, :0])
        begun, self.length = self.length, self.length + key_states.shape[-2]
        if self.length > self.room[0].shape[-2]:
            size = self.length + max(FIRST_ROOM, self.length // 2)
            self.room = (
                _copied(self.room[0], key_states, begun, size),
                _copied(self.room[1], value_states, begun, size),
            )
        for room, new in zip(self.room, (key_states, value_states), strict=True):
            room[:, :, begun : self.length] = new
        self.keys, self.values = (room[:, :, : self.length] for room in self.room)
        return self.keys, self.values


def _copied(old: torch.Tensor, like: torch.Tensor, used: int, size: int) -> torch.Tensor:
    room = like.new_empty(like.shape[0], like.shape[1], size, like.shape[3])
    room[:, :, :used] = old[:, :, :used]
    return room


def plain_layers(model: Any) -> bool:
    """Whether every layer keeps plain keys and values, so that rows can share a cache (no recurrent
    state).
    """
    kinds = set(
        getattr(model.config.get_text_config(decoder=True), "layer_types", None)
        or ["full_attention"]
    )
    return kinds <= PLAIN_LAYERS and not getattr(model, "_is_stateful", False)


def quantised(model: Any) -> bool:
    """Whether the model was loaded in 8 or 4 bits."""
    return getattr(model, "hf_quantizer", None) is not None


def new_cache(config: Any = None) -> Any:
    """An empty cache: of plain layers that keep all positions (a sliding window is left to the
    mask), or, with the model's config, of the layers that the model asks for."""
    return (
        Cache(layer_class_to_replicate=RoomyLayer)
        if config is None
        else DynamicCache(config=config)
    )


def joined(first: Any, second: Any, width: int) -> Any:
    """The rows of two plain caches in one, each padded on the left to `width` positions."""
    made = new_cache()
    for index, (old, add) in enumerate(zip(first.layers, second.layers, strict=True)):
        keys = torch.cat([_widened(old.keys, width), _widened(add.keys, width)])
        values = torch.cat([_widened(old.values, width), _widened(add.values, width)])
        made.update(keys, values, index)
    return made


def narrowed(cache: Any, rows: list[int], first: int) -> Any:
    """Some rows of a plain cache, without the positions before `first`."""
    made = new_cache()
    for index, layer in enumerate(cache.layers):
        made.update(layer.keys[rows, :, first:], layer.values[rows, :, first:], index)
    return made


def _widened(states: torch.Tensor, width: int) -> torch.Tensor:
    return pad(states, (0, 0, width - states.shape[2], 0))


@contextmanager
def only_positions(model: Any, wanted: torch.Tensor) -> Iterator[None]:
    """Within it, the model gives logits of shape (wanted positions, vocabulary) instead of (rows,
    length, vocabulary).

    wanted: numbers of positions, counted through all rows, (wanted positions,); a mask would make
    the device wait to be counted. The hidden states are gathered just before the output embedding,
    so that what forward() does before and after it (autocast, DDP, scaled or capped logits) stays
    as it is; that it calls that module with states of shape (rows, length, size) is said nowhere.
    """

    def gather(_module: Any, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        return (inputs[0].flatten(0, 1)[wanted.to(inputs[0].device)], *inputs[1:])

    handle = model.get_output_embeddings().register_forward_pre_hook(gather)
    try:
        yield
    finally:
        handle.remove()


@contextmanager
def states_before_head(model: Any, wanted: torch.Tensor) -> Iterator[None]:
    """Within it, the model gives the states that go into its output embedding, (wanted positions,
    size), in the place of logits; for models whose forward() does nothing to these (see
    `ends_with_head`). wanted: as in `only_positions`.
    """
    head = model.get_output_embeddings()
    head.forward = lambda states: states.flatten(0, 1)[wanted.to(states.device)]
    try:
        yield
    finally:
        del head.forward


def ends_with_head(model: Any) -> bool:
    """Whether the model's logits are what a plain linear output embedding gives, neither capped nor
    scaled; found by calling it once.
    """
    head = model.get_output_embeddings()
    if type(head) is not torch.nn.Linear or "forward" in vars(head):
        return False
    seen: list[torch.Tensor] = []
    handle = head.register_forward_hook(lambda _module, _inputs, made: seen.append(made))
    try:
        with torch.no_grad():
            ids = torch.arange(2, device=model.get_input_embeddings().weight.device)[None]
            logits = model(input_ids=ids, use_cache=False).logits
    finally:
        handle.remove()
    return len(seen) == 1 and torch.equal(seen[0].float(), logits.float())


def forget_quantisation(model: Any) -> None:
    """A model read from GGUF is dequantised by then; these two, left in place, would make
    save_pretrained refuse.
    """
    model.hf_quantizer = None
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
