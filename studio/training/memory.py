"""How much memory a training needs, by part, from the spec and the model's shape alone. Light.

Weights and optimiser states follow from the formats: QLoRA's nf4 (Dettmers et al. 2023), Adam's two
moments, their 8-bit blocks (Dettmers et al. 2022). Activations follow Korthikanti et al. 2022
("Reducing activation recomputation"), with the tensors that transformers' Llama layer, PEFT's LoRA
layer and torch's autograd really keep, as read in transformers 5.24, peft 0.21 and torch 2.13; the
overhead on a CPU was measured. `tests/bench/bench_preflight.py` holds them against real runs.
"""

from dataclasses import dataclass, fields

from studio.models.shapes import Shape
from studio.training.memory_parts import (
    activation_bytes,
    logit_bytes,
    optimizer_bytes,
    overhead_bytes,
    weight_bytes,
)
from studio.training.spec import TrainJob
from studio.training.stages import ONLINE, PAIRED
from studio.training.trained_weights import trained_weights

WIDTHS = {"bf16": 2, "pure_bf16": 2, "fp16": 2, "fp32": 4}
# Optimisers that use up each gradient as soon as it is made.
FUSED_BACKWARD = ("lomo", "adalomo")


@dataclass(frozen=True)
class Memory:
    """Bytes by part, each at its greatest. total: of all parts at the step's fullest moment; below
    their sum where gradients come only as activations go (full training without accumulation).
    """

    weights: int
    gradients: int
    optimizer: int
    activations: int
    logits: int
    overhead: int
    total: int

    @property
    def parts(self) -> dict[str, int]:
        """The parts by name, without the total."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name != "total"}


@dataclass(frozen=True)
class Load:
    """What one batch puts on a model. rows: sequences that are computed at once; tokens: of all of
    them, padding included; learnt: positions at which a loss is taken; compute: bytes of a number.
    """

    rows: int
    tokens: int
    learnt: int
    compute: int

    @property
    def length(self) -> int:
        """Tokens of one padded sequence."""
        return max(1, self.tokens // max(1, self.rows))


def estimate(
    spec: TrainJob,
    shape: Shape,
    *,
    tokens_in_batch: int,
    device: str = "cuda",
    learnt_tokens: int | None = None,
    compute: str = "",
) -> Memory:
    """The memory of one training process, in bytes.

    tokens_in_batch: rows × longest row of a batch, padding included; of pairs the longer side, that
    there are two is known here. device: "cuda" (what the driver shows as used) or "cpu" (resident
    memory). learnt_tokens: positions of such a batch that are learnt; all where it is not given.
    compute: the number type where the spec leaves it to the machine ("auto"); bf16 on a GPU, fp32
    on a CPU unless given.
    """
    named = spec.compute_type if spec.compute_type != "auto" else compute
    named = named or ("bf16" if device == "cuda" else "fp32")
    sides = 2 if spec.stage in PAIRED else 1
    load = Load(
        rows=sides * spec.per_device_train_batch_size,
        tokens=sides * tokens_in_batch,
        learnt=sides * (tokens_in_batch if learnt_tokens is None else learnt_tokens),
        compute=WIDTHS[named],
    )
    trained = trained_weights(spec, shape)
    weights = weight_bytes(spec, shape, trained, named)
    kept = 2 if named == "pure_bf16" else 4  # bytes of a weight that is learnt, and of its gradient
    gradients = 0 if spec.optim.startswith(FUSED_BACKWARD) else kept * trained.total
    if spec.optim.endswith("_layerwise"):
        gradients = max(gradients // shape.num_hidden_layers, kept * shape.embeddings)
    optimizer = optimizer_bytes(spec, trained, kept)
    activations = activation_bytes(spec, shape, trained, load, device)
    logits = logit_bytes(spec, shape, load, device)
    overhead = overhead_bytes(spec, shape, load, device, weights)
    # Gradients of earlier batches wait while the next one is computed; without such they grow as
    # the activations shrink.
    waiting = spec.gradient_accumulation_steps > 1 or spec.stage in ONLINE
    moving = activations + logits + gradients if waiting else max(activations + logits, gradients)
    return Memory(
        weights=weights,
        gradients=gradients,
        optimizer=optimizer,
        activations=activations,
        logits=logits,
        overhead=overhead,
        total=weights + optimizer + moving + overhead,
    )
