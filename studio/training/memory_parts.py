"""The parts of a training's memory, each with its formula. Light; see `memory`."""

from typing import Protocol

from studio.models.shapes import Shape
from studio.training.spec import TrainJob
from studio.training.stages import ONLINE, REFERENCED
from studio.training.trained_weights import TrainedWeights

MB = 1 << 20
# Bytes of state for each learnt weight held in 4 bytes, by the beginning of the optimiser's name
# (torch, bitsandbytes 0.50, transformers 5.24): moments in 4 bytes; in 1 byte with one scale of 4
# bytes a block of 256. Adafactor's and the low-rank ones are a row and a column a matrix.
SCALE = 4 / 256
STATES: dict[str, float] = {
    "adamw_torch_4bit": 2 * (0.5 + 4 / 128),
    "adamw_torch_8bit": 2 * (1 + SCALE),
    "adamw_torch": 8,
    "adamw_8bit": 2 * (1 + SCALE),
    "paged_adamw_8bit": 2 * (1 + SCALE),
    "paged_adamw_32bit": 8,
    "adafactor": 0.05,
    "adagrad": 4,
    "rmsprop": 4,
    "sgd": 0,
    "paged_ademamix_8bit": 3 * (1 + SCALE),
    "ademamix_8bit": 3 * (1 + SCALE),
    "paged_ademamix_32bit": 12,
    "ademamix": 12,
    "paged_lion_8bit": 1 + SCALE,
    "lion_8bit": 1 + SCALE,
    "paged_lion_32bit": 4,
    "lion_32bit": 4,
    "galore_adamw_8bit": 0.5,
    "galore_adafactor": 0.3,
    "galore_adamw": 2,
    "apollo_adamw": 2,
    "adalomo": 0.05,
    "lomo": 0,
    "grokadamw": 12,
    "stable_adamw": 8,
    "schedule_free_sgd": 4,
    "schedule_free": 8,
}
CUDA_CONTEXT = 600 * MB  # driver, kernels, cuBLAS workspaces: what nvidia-smi shows of an idle one
CUDA_SLACK = 0.05  # of the caching allocator's blocks, free within but not to others
CPU_LIBRARIES = 700 * MB  # resident before the first step beside the model: torch and the others


class Batch(Protocol):
    """See `memory.Load`."""

    @property
    def rows(self) -> int: ...
    @property
    def tokens(self) -> int: ...
    @property
    def learnt(self) -> int: ...
    @property
    def compute(self) -> int: ...
    @property
    def length(self) -> int: ...


def weight_bytes(spec: TrainJob, shape: Shape, trained: TrainedWeights, compute: str) -> int:
    """All models that the run holds: the trained one, its adapter, a reference, a reward model."""
    width = 4 if compute == "fp32" or spec.finetuning_type == "full" else 2
    if compute == "pure_bf16":
        width = 2
    base = shape.parameters * width
    if spec.stage == "rm" and not shape.tie_word_embeddings:
        base -= shape.embeddings * width
    if spec.bits:
        inside = sum(one.weights for one in shape.linear if one.name != "lm_head")
        base -= inside * width
        base += round(inside * bytes_of_bits(spec.bits, spec.double_quantization))
    found = base
    if spec.finetuning_type in ("full", "freeze") and needs_reference(spec):
        found += base  # a second copy of the model as it was
    kept = 2 if compute == "pure_bf16" else 4
    found += trained.adapter * kept
    if spec.finetuning_type == "freeze":
        found += trained.own * (kept - width)
    elif spec.adapting:
        found += trained.own * kept  # a copy of the module that is learnt
    if spec.stage in ONLINE and spec.reward_model:
        found += shape.parameters * 2  # as large as the model, where nothing else is known
    return found


def needs_reference(spec: TrainJob) -> bool:
    """Whether the model as it was before training is asked at each step."""
    if spec.stage in ONLINE:
        return spec.pref_beta > 0
    return spec.stage in REFERENCED and not spec.reference_free


def bytes_of_bits(bits: int, double: bool) -> float:
    """Bytes of a weight that bitsandbytes holds in 8 bits (a scale a row is nothing), or in 4: a
    scale of 4 bytes for 64 weights, which double quantisation holds in 1 byte, with one of 4 bytes
    for 256 of them.
    """
    if bits == 8:
        return 1.0
    return 0.5 + (1 / 64 + 4 / (64 * 256) if double else 4 / 64)


def optimizer_bytes(spec: TrainJob, trained: TrainedWeights, kept: int) -> int:
    """States of the optimiser; kept: bytes of a learnt weight, in which torch's own hold theirs."""
    name = max((one for one in STATES if spec.optim.startswith(one)), key=len)
    each = STATES[name]
    if name in ("adamw_torch", "adagrad", "rmsprop"):
        each = each * kept / 4
    return round(each * trained.total)


def activation_bytes(
    spec: TrainJob, shape: Shape, trained: TrainedWeights, load: Batch, device: str
) -> int:
    """What the forward pass keeps for the backward pass, at the end of the forward pass."""
    layers = trained.layers
    a_layer = layer_bytes(spec, shape, load)
    stream = (
        load.tokens * shape.hidden_size * (4 if spec.finetuning_type == "full" else load.compute)
    )
    if spec.gradient_checkpointing:
        kept = stream * layers + a_layer  # each layer's input, and one layer computed again
    else:
        kept = a_layer * layers
    return kept + 4 * stream + _cast_weights(spec, shape, trained, load)


def layer_bytes(spec: TrainJob, shape: Shape, load: Batch) -> int:
    """What one layer keeps. Of each token: both norms' inputs in 4 bytes; the normed inputs of the
    linear layers; queries, keys and values after rotation and repetition over the heads, and what
    attention gives, twice (by head, and in one row); gate, its activation, up, and their product.
    """
    hidden, wide, width = shape.hidden_size, shape.queries, load.compute
    inner = shape.intermediate_size
    if shape.num_experts:
        active = max(1, shape.num_experts_per_tok) + shape.num_shared_experts
        inner = (shape.moe_intermediate_size or inner) * active
    # Under autocast each module under an adapter gets a copy of its input of its own.
    copies = _copies(spec, width)
    norms = 2 * 4 * hidden
    normed = (copies[0] + copies[1]) * hidden * width
    attention = (3 * wide + 2 * wide) * width
    mlp = (4 if shape.gated else 3) * inner * width
    found = load.tokens * (norms + normed + attention + mlp)
    if spec.flash_attn == "disabled":  # the scores of every pair of positions, and their softmax
        pairs = load.rows * shape.num_attention_heads * load.length**2
        found += pairs * (width + 4 + (width if width < 4 else 0))
    if spec.adapting and spec.finetuning_type != "oft":
        found += load.tokens * spec.lora_rank * width * 7
        if spec.lora_dropout > 0:
            found += load.tokens * (6 * hidden + inner) * (width + 1)
    if spec.finetuning_type == "oft":  # each module's input, turned
        found += load.tokens * (6 * hidden + inner) * width
    return found


def _copies(spec: TrainJob, width: int) -> tuple[int, int]:
    """How many copies of its normed input attention and MLP keep."""
    if not spec.adapting or width == 4:
        return 1, 1
    return 3, 2


def _cast_weights(spec: TrainJob, shape: Shape, trained: TrainedWeights, load: Batch) -> int:
    """Weights in 4 bytes that autocast turns into 2 for a pass, and keeps until its end."""
    if load.compute == 4 or spec.compute_type == "pure_bf16":
        return 0
    return trained.total * 2


def logit_bytes(spec: TrainJob, shape: Shape, load: Batch, device: str) -> int:
    """Logits, their log-softmax and the gradients of both, where they are taken (`loss`); trl's
    trainers go through the vocabulary in tiles of 32,768. A CPU's memory holds one more of them
    (measured), which its allocator does not give back in time.
    """
    if spec.stage == "rm":
        return 0
    each = (16 if device == "cpu" else 12) + (2 * load.compute if load.compute < 4 else 0)
    if spec.stage in ("pt", "sft"):
        return load.learnt * shape.vocab_size * each
    if spec.reference_free:
        return load.tokens * shape.vocab_size * each
    tile = min(shape.vocab_size, 32768)
    # With Triton only learnt positions are gone through; without, all, with eight such tiles at
    # once (measured).
    return load.tokens * tile * 32 if device == "cpu" else load.learnt * tile * 12


def overhead_bytes(spec: TrainJob, shape: Shape, load: Batch, device: str, weights: int) -> int:
    """What is used beside: libraries and allocator, the pass's largest temporary, on a GPU the
    driver's context; the keys and values of answers that are being written online.
    """
    largest = max(one.inputs * one.outputs for one in shape.linear if one.name != "lm_head")
    found = 4 * load.tokens * shape.intermediate_size * load.compute // 2
    if spec.bits:
        found += 2 * largest * load.compute
    if spec.stage in ONLINE:
        length = load.length + spec.max_completion_length
        narrow = shape.head_dim * shape.num_key_value_heads
        found += 2 * load.rows * length * narrow * shape.num_hidden_layers * load.compute
    if device == "cpu":
        # A product there begins by laying the matrix out anew; the largest is the output's.
        head = 0 if spec.stage == "rm" else 4 * shape.embeddings
        return found + CPU_LIBRARIES + head
    return found + CUDA_CONTEXT + round(CUDA_SLACK * weights)
