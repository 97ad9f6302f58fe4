"""How many weights a training learns, from the spec and the model's shape. Light."""

from dataclasses import dataclass

from studio.models.shapes import Linear, Shape
from studio.spec import several
from studio.training.spec import TrainJob

EXPERTS = "experts."  # transformers 5 keeps them in one tensor, on which PEFT's "all-linear" is not


@dataclass(frozen=True)
class TrainedWeights:
    """adapter: beside the model's own weights; own: the model's own that are learnt; layers: in how
    many layers something is learnt, counted from the top, as far down as gradients have to go;
    adapted: the modules under an adapter; head: whether the language-model head is learnt.
    """

    adapter: int
    own: int
    layers: int
    adapted: tuple[Linear, ...] = ()
    head: bool = False

    @property
    def total(self) -> int:
        """All weights that are learnt."""
        return self.adapter + self.own


def trained_weights(spec: TrainJob, shape: Shape) -> TrainedWeights:
    """What is learnt by the spec's method."""
    if spec.finetuning_type == "full":
        own = shape.parameters
        if spec.stage == "rm":  # a head with one score in place of the vocabulary's
            own += shape.hidden_size - (0 if shape.tie_word_embeddings else shape.embeddings)
        return TrainedWeights(0, own, shape.num_hidden_layers, head=spec.stage != "rm")
    if spec.finetuning_type == "freeze":
        return _frozen(spec, shape)
    target = spec.oft_target if spec.finetuning_type == "oft" else spec.lora_target
    adapted = _adapted(several(target), shape)
    extra = several(spec.additional_target)
    own = sum(_outside(name, shape) for name in extra)
    own += shape.hidden_size if spec.stage == "rm" else 0
    return TrainedWeights(
        sum(_beside(spec, one) for one in adapted),
        own,
        shape.num_hidden_layers,
        tuple(adapted),
        "lm_head" in extra,
    )


def _beside(spec: TrainJob, one: Linear) -> int:
    """Weights of the adapters on a kind of module."""
    if spec.finetuning_type == "oft":
        size = min(spec.oft_block_size, one.inputs)
        return one.modules * (one.inputs // size) * size * (size - 1) // 2
    return one.modules * (
        spec.lora_rank * (one.inputs + one.outputs) + (one.outputs if spec.use_dora else 0)
    )


def _adapted(wanted: list[str], shape: Shape) -> list[Linear]:
    """The modules that get an adapter; "all": every linear layer of the blocks."""
    inside = [one for one in shape.linear if not one.name.startswith(EXPERTS)]
    if wanted in ([], ["all"]):
        return [one for one in inside if one.name not in ("lm_head", "gate")]
    ends = {name.split(".")[-1] for name in wanted}
    return [one for one in inside if one.name.split(".")[-1] in ends]


def _frozen(spec: TrainJob, shape: Shape) -> TrainedWeights:
    """The last layers, or the first ones, or some parts of them."""
    count = min(abs(spec.freeze_trainable_layers), shape.num_hidden_layers)
    parts = several(spec.freeze_trainable_modules)
    inside = [one for one in shape.linear if one.name != "lm_head"]
    a_layer = sum(one.weights for one in inside if _in_part(one.name, parts))
    own = a_layer * count // shape.num_hidden_layers
    own += 2 * shape.hidden_size * count if parts in ([], ["all"]) else 0
    extra = several(spec.freeze_extra_modules)
    own += sum(_outside(name, shape) for name in extra)
    own += shape.hidden_size if spec.stage == "rm" else 0
    deep = spec.freeze_trainable_layers < 0 or "embed_tokens" in extra
    return TrainedWeights(
        0, own, shape.num_hidden_layers if deep else count, head="lm_head" in extra
    )


def _in_part(name: str, parts: list[str]) -> bool:
    if parts in ([], ["all"]):
        return True
    attention = name in ("q_proj", "k_proj", "v_proj", "o_proj")
    return name.split(".")[-1] in parts or ("self_attn" if attention else "mlp") in parts


def _outside(name: str, shape: Shape) -> int:
    """Weights of a module outside the layers; 0 for a name that is not known here."""
    if name in ("embed_tokens", "lm_head"):
        return shape.embeddings
    return shape.hidden_size if name == "norm" else 0
