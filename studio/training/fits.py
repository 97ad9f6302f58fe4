"""What a model takes, told before it is fetched: bytes to download, memory to chat with it and to
train it by each method, and whether a machine has that. Light.
"""

import functools
from dataclasses import dataclass
from typing import Literal, NamedTuple

from studio.models.machine import Device, Machine
from studio.models.shapes import Shape
from studio.training.memory import estimate
from studio.training.spec import TrainJob

Way = Literal["lora", "qlora", "full"]
Verdict = Literal["fits", "qlora", "chat", "large"]
# As the presets for small memories train: one row of the default cutoff length at a time, its
# activations computed again.
FRUGAL = {"per_device_train_batch_size": 1, "gradient_checkpointing": True}
WAYS: dict[Way, dict[str, str]] = {
    "lora": {"finetuning_type": "lora"},
    "qlora": {"finetuning_type": "qlora", "optim": "paged_adamw_8bit"},
    "full": {"finetuning_type": "full"},
}
PUBLISHED = 2  # bytes of a weight, as models are published
CHAT_TOKENS = 4096  # of a conversation, whose keys and values stand beside the weights
BESIDE = 1 << 30  # libraries, the driver's context, what a step computes in
SPARE = 0.1  # of the memory is left to the system and to what else is open


class Need(NamedTuple):
    """Bytes: to fetch; to chat; to train, by method."""

    download: int
    chat: int
    train: dict[Way, int]

    @property
    def memory(self) -> dict[str, int]:
        """Bytes to chat, then to train by each method."""
        return {"chat": self.chat} | {str(way): need for way, need in self.train.items()}


@dataclass(frozen=True)
class Fit:
    """A model beside a machine. room: bytes that the machine has for it."""

    need: Need
    room: int

    @property
    def verdict(self) -> Verdict:
        """fits: LoRA can be trained on its whole weights; qlora: on weights in 4 bits; chat: it can
        be chatted with alone; large: not even that.
        """
        train = self.need.train
        if train["lora"] <= self.room:
            return "fits"
        if train["qlora"] <= self.room:
            return "qlora"
        return "chat" if self.need.chat <= self.room else "large"


def fit(shape: Shape, found: Machine) -> Fit:
    """How a model stands to a machine."""
    return Fit(needed(shape, found.device), round(found.total * (1 - SPARE)))


@functools.lru_cache(maxsize=256)
def needed(shape: Shape, device: Device) -> Need:
    """What a model takes on a device; on a CPU weights stand in 4 bytes each."""
    width = 2 if device == "cuda" else 4
    narrow = shape.num_key_value_heads * shape.head_dim
    kept = 2 * shape.num_hidden_layers * narrow * CHAT_TOKENS * width
    train: dict[Way, int] = {}
    for way, settings in WAYS.items():
        spec = TrainJob.read({"dataset": "any"} | FRUGAL | settings)
        train[way] = estimate(spec, shape, tokens_in_batch=spec.cutoff_len, device=device).total
    return Need(PUBLISHED * shape.parameters, width * shape.parameters + kept + BESIDE, train)
