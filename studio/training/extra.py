"""Further arguments of the trainer, given as YAML: which there are, and how they are read.

Light.
"""

import difflib
from typing import Any

import yaml

from studio.spec import Wrong

# Of transformers' TrainingArguments what changes how is trained and has no field of its own. What
# decides where a run writes, what it may load and when it saves is not among them.
EXTRA_ARGS = (
    "adam_beta1",
    "adam_beta2",
    "adam_epsilon",
    "auto_find_batch_size",
    "average_tokens_across_devices",
    "bf16_full_eval",
    "data_seed",
    "dataloader_drop_last",
    "dataloader_persistent_workers",
    "dataloader_pin_memory",
    "dataloader_prefetch_factor",
    "eval_accumulation_steps",
    "eval_delay",
    "fp16_full_eval",
    "full_determinism",
    "logging_first_step",
    "tf32",
    "torch_compile",
    "torch_compile_backend",
    "torch_compile_mode",
    "torch_empty_cache_steps",
    "train_sampling_strategy",
)
# Of trl's configs, by stage.
STAGE_ARGS: dict[str, tuple[str, ...]] = {
    "rm": ("center_rewards_coefficient",),
    "dpo": ("discopop_tau", "f_alpha_divergence_coef", "f_divergence_type", "ld_alpha"),
    "kto": ("loss_type",),
    "grpo": (
        "epsilon",
        "epsilon_high",
        "loss_type",
        "mask_truncated_completions",
        "min_p",
        "num_iterations",
        "repetition_penalty",
        "scale_rewards",
        "top_k",
        "top_p",
    ),
    "rloo": (
        "epsilon",
        "epsilon_high",
        "mask_truncated_completions",
        "min_p",
        "normalize_advantages",
        "num_iterations",
        "repetition_penalty",
        "reward_clip_range",
        "top_k",
        "top_p",
    ),
}


def table(text: str, field: str) -> dict[str, Any]:
    """A field's YAML as a table, {} of nothing. Raises Wrong with the field's name."""
    try:
        found = yaml.safe_load(text) if text.strip() else {}
    except yaml.YAMLError as error:
        raise Wrong("not YAML: {reason}", field, reason=_first_line(error)) from error
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
        raise Wrong("write it as `key: value` lines", field)
    return found


def arguments(text: str, stage: str) -> dict[str, Any]:
    """The arguments of a text, each one that may be given. Raises Wrong."""
    found = table(text, "extra_args")
    known = (*EXTRA_ARGS, *STAGE_ARGS.get(stage, ()))
    for name, value in found.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            if near:
                raise Wrong(
                    "{name} cannot be given here; the nearest is {near}",
                    "extra_args",
                    name=name,
                    near=near[0],
                )
            raise Wrong("{name} cannot be given here", "extra_args", name=name)
        if isinstance(value, dict | list):
            raise Wrong("{name} takes one value", "extra_args", name=name)
    return found


def _first_line(error: yaml.YAMLError) -> str:
    problem = getattr(error, "problem", None)
    return str(problem or error).splitlines()[0][:100]
