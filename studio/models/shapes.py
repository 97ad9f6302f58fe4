"""The sizes of a decoder's weights, from a Hugging Face config.json alone. Light.

Names are those of transformers' LlamaConfig; `ALIASES` says how older families write the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from studio.errors import ModelError

# Our name → what other families call it (GPT-2, BLOOM, Falcon, MPT, ChatGLM, Mixtral, DeepSeek).
ALIASES = {
    "hidden_size": ("n_embd", "d_model"),
    "num_hidden_layers": ("n_layer", "num_layers", "n_layers"),
    "num_attention_heads": ("n_head", "n_heads"),
    "num_key_value_heads": ("multi_query_group_num", "num_kv_heads"),
    "intermediate_size": ("n_inner", "ffn_hidden_size", "ffn_dim"),
    "vocab_size": ("padded_vocab_size",),
    "num_experts": ("num_local_experts", "n_routed_experts"),
    "moe_intermediate_size": ("expert_ffn_hidden_size",),
    "num_shared_experts": ("n_shared_experts",),
    "head_dim": ("kv_channels",),
}
# Families whose config class ties input and output embeddings where config.json does not say.
TIED = ("gemma", "gpt2", "bloom", "falcon", "mpt", "opt", "gpt_bigcode", "cohere")
# Families with two matrices in the MLP, not three (no gate).
UNGATED = ("gpt2", "bloom", "falcon", "mpt", "opt", "gpt_neox", "gptj", "phi", "starcoder2")


class Linear(NamedTuple):
    """A kind of linear module: its name, the width of its input and output, how many modules."""

    name: str
    inputs: int
    outputs: int
    modules: int

    @property
    def weights(self) -> int:
        """Weights of all of them, biases left out."""
        return self.inputs * self.outputs * self.modules


@dataclass(frozen=True)
class Shape:
    """The sizes of a decoder. intermediate_size: of the dense MLP; moe_intermediate_size: of one
    expert. dense_layers: how many layers of a mixture of experts have the dense MLP.
    """

    hidden_size: int
    num_hidden_layers: int
    intermediate_size: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    vocab_size: int
    tie_word_embeddings: bool
    num_experts: int = 0
    moe_intermediate_size: int = 0
    num_experts_per_tok: int = 0
    num_shared_experts: int = 0
    dense_layers: int = 0
    gated: bool = True

    @property
    def linear(self) -> list[Linear]:
        """The linear modules of all layers and the language-model head. Of a mixture of experts
        the experts' matrices are among them, as `experts.…`, and the router as `gate`.
        """
        hidden, layers = self.hidden_size, self.num_hidden_layers
        wide, narrow = self.queries, self.head_dim * self.num_key_value_heads
        found = [
            Linear("q_proj", hidden, wide, layers),
            Linear("k_proj", hidden, narrow, layers),
            Linear("v_proj", hidden, narrow, layers),
            Linear("o_proj", wide, hidden, layers),
        ]
        dense = self.dense_layers if self.num_experts else layers
        sparse = layers - dense
        found += self._mlp("", self.intermediate_size, dense)
        if sparse:
            inner = self.moe_intermediate_size or self.intermediate_size
            found.append(Linear("gate", hidden, self.num_experts, sparse))
            found += self._mlp("experts.", inner, sparse * self.num_experts)
            found += self._mlp("shared_experts.", inner * self.num_shared_experts, sparse)
        return [one for one in found if one.weights] + [
            Linear("lm_head", hidden, self.vocab_size, 1)
        ]

    def _mlp(self, head: str, inner: int, count: int) -> list[Linear]:
        names = ("gate_proj", "up_proj") if self.gated else ("up_proj",)
        return [
            *(Linear(head + name, self.hidden_size, inner, count) for name in names),
            Linear(head + "down_proj", inner, self.hidden_size, count),
        ]

    @property
    def queries(self) -> int:
        """The width of all heads together."""
        return self.num_attention_heads * self.head_dim

    @property
    def embeddings(self) -> int:
        """Weights of the input embedding."""
        return self.vocab_size * self.hidden_size

    @property
    def norms(self) -> int:
        """Weights of the norms: two a layer and the last one."""
        return self.hidden_size * (2 * self.num_hidden_layers + 1)

    @property
    def parameters(self) -> int:
        """Weights of the whole model; a shared matrix counts once. Biases and norms within the
        attention, under a thousandth of it, are left out.
        """
        inside = sum(one.weights for one in self.linear if one.name != "lm_head")
        head = 0 if self.tie_word_embeddings else self.embeddings
        return inside + self.embeddings + self.norms + head


def shape_of(config: Mapping[str, Any]) -> Shape:
    """The shape that a config.json describes; of a model that sees or hears, its text model's.

    Raises ModelError where the sizes are not in it.
    """
    inner = config.get("text_config")
    found: Mapping[str, Any] = inner if isinstance(inner, Mapping) else config
    hidden, layers, heads, vocab = (
        _number(found, name)
        for name in ("hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size")
    )
    if not min(hidden, layers, heads, vocab):
        raise ModelError(
            "The config.json of the model does not say how large it is.",
            "Choose a decoder such as Llama, Qwen or GLM.",
        )
    kind = str(found.get("model_type") or "")
    experts = _number(found, "num_experts")
    tied = found.get("tie_word_embeddings", config.get("tie_word_embeddings"))
    return Shape(
        hidden_size=hidden,
        num_hidden_layers=layers,
        intermediate_size=_number(found, "intermediate_size") or 4 * hidden,
        num_attention_heads=heads,
        num_key_value_heads=_number(found, "num_key_value_heads")
        or (1 if found.get("multi_query") else heads),
        head_dim=_number(found, "head_dim") or hidden // heads,
        vocab_size=vocab,
        tie_word_embeddings=kind.startswith(TIED) if tied is None else bool(tied),
        num_experts=experts,
        moe_intermediate_size=_number(found, "moe_intermediate_size"),
        num_experts_per_tok=_number(found, "num_experts_per_tok"),
        num_shared_experts=_number(found, "num_shared_experts"),
        dense_layers=_number(found, "first_k_dense_replace") if experts else 0,
        gated=kind not in UNGATED,
    )


def _number(config: Mapping[str, Any], name: str) -> int:
    """A size by our name or an older one; 0 where there is none."""
    for key in (name, *ALIASES.get(name, ())):
        value = config.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return 0
