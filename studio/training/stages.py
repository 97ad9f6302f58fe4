"""The stages and methods of a training, and what each asks of rows and weights. Light."""

from typing import Literal

Stage = Literal["pt", "sft", "rm", "dpo", "kto", "grpo", "rloo"]
Method = Literal["lora", "qlora", "oft", "freeze", "full"]

# The stages that train on chosen and rejected replies, those that let the model answer and score
# its answers, and those with a reference: the model as it was before the first step.
PAIRED = ("rm", "dpo")
ONLINE = ("grpo", "rloo")
REFERENCED = ("dpo", "kto")
# Losses of the stage dpo that have no reference (Hong et al. 2024, Meng et al. 2024).
REFERENCE_FREE = ("orpo", "simpo")
# Methods that train weights beside the model's, and those that train the model's own.
ADAPTING = ("lora", "qlora", "oft")
WHOLE = ("full", "freeze")
LORA = ("lora", "qlora")

# Stage → the kinds of rows (see `studio.datasets.row_forms.formats`) that it trains on.
KINDS: dict[str, tuple[str, ...]] = {
    "pt": ("text",),
    "sft": ("sft", "messages", "text"),
    "rm": ("ranking",),
    "dpo": ("ranking",),
    "kto": ("kto", "ranking"),
    "grpo": ("sft", "messages", "ranking", "kto"),
    "rloo": ("sft", "messages", "ranking", "kto"),
}
