"""Axolotl's YAML of a run (`axolotl train axolotl.yaml`). Names as in its schema (0.19.0)."""

from typing import Any

from studio.export.recipes.config_text import commented
from studio.export.recipes.facts import Facts, Part

FILE = "axolotl.yaml"
# Its `rl` by our loss; the others of trl are dpo with a `dpo_loss_type`.
RL = {"ipo": "ipo", "orpo": "orpo", "simpo": "simpo"}


def config(facts: Facts) -> tuple[str, list[str]]:
    """(YAML, notes)."""
    fields, notes = facts.fields, []
    made: dict[str, Any] = {
        "base_model": facts.model,
        "datasets": [_dataset(facts, part) for part in facts.train],
        "sequence_len": fields["cutoff_len"],
        "output_dir": "outputs/axolotl",
        "micro_batch_size": fields["per_device_train_batch_size"],
        "gradient_accumulation_steps": fields["gradient_accumulation_steps"],
        "num_epochs": fields["num_train_epochs"],
        "learning_rate": fields["learning_rate"],
        "lr_scheduler": fields["lr_scheduler_type"],
        "optimizer": fields["optim"],
        "weight_decay": fields["weight_decay"],
        "max_grad_norm": fields["max_grad_norm"],
        "seed": fields["seed"],
        "logging_steps": fields["logging_steps"],
        "save_steps": fields["save_steps"],
        "save_total_limit": fields["save_total_limit"],
        "gradient_checkpointing": bool(fields.get("gradient_checkpointing")),
        "bf16": "auto" if fields.get("compute_type") == "auto" else "bf16" in _compute(fields),
        "fp16": _compute(fields) == "fp16",
    }
    if facts.stage != "pt":
        made["chat_template"] = "tokenizer_default"
    made |= _method(facts)
    made |= _steps(fields) | _held_out(facts)
    if fields.get("packing"):
        # Packed rows are kept apart by attention that knows where each begins.
        made |= {"sample_packing": True, "attn_implementation": "flash_attention_2"}
    if fields.get("neftune_alpha"):
        made["neftune_noise_alpha"] = fields["neftune_alpha"]
    if fields.get("train_on_prompt"):
        made["train_on_inputs"] = True
    if facts.stage in ("dpo", "kto"):
        made |= _preference(facts)
    if fields.get("mask_history"):
        notes.append("Axolotl has no mask_history: its file learns every reply of a conversation.")
    head = f"# The run {facts.name}; in this folder: axolotl train {FILE}"
    return commented(head, made), notes


def _compute(fields: dict[str, Any]) -> str:
    return str(fields.get("compute_type", "auto"))


def _dataset(facts: Facts, part: Part) -> dict[str, Any]:
    """One dataset. A local file is named by `path` with `ds_type`."""
    place: dict[str, Any] = {"path": part.file, "split": "train"}
    if facts.stage == "pt":
        return place | {"ds_type": "json", "type": "completion", "field": "text"}
    if part.kind == "ranking":
        columns = {
            "field_messages": part.layout.messages,
            "field_chosen": part.layout.chosen,
            "field_rejected": part.layout.rejected,
        }
        return {"data_files": [part.file], "path": "json", "split": "train"} | (
            {"type": "chat_template.default"} | columns
        )
    return place | {
        "ds_type": "json",
        "type": "chat_template",
        "field_messages": part.layout.messages or "messages",
        "roles_to_train": ["assistant"],
        "train_on_eos": "turn",
    }


def _method(facts: Facts) -> dict[str, Any]:
    if facts.method != "lora":
        return {}
    fields = facts.fields
    made = {
        "adapter": "qlora" if facts.bits == 4 else "lora",
        "lora_r": fields["lora_rank"],
        "lora_alpha": fields["lora_alpha"],
        "lora_dropout": fields["lora_dropout"],
    }
    made |= (
        {"lora_target_modules": facts.targets} if facts.targets else {"lora_target_linear": True}
    )
    if facts.bits:
        made[f"load_in_{facts.bits}bit"] = True
    for ours, theirs in (("use_dora", "peft_use_dora"), ("use_rslora", "peft_use_rslora")):
        if fields.get(ours):
            made[theirs] = True
    if fields.get("loraplus_lr_ratio"):
        made["loraplus_lr_ratio"] = fields["loraplus_lr_ratio"]
    return made


def _steps(fields: dict[str, Any]) -> dict[str, Any]:
    made = {"max_steps": fields["max_steps"]} if fields.get("max_steps", 0) > 0 else {}
    if fields.get("warmup_steps"):
        return made | {"warmup_steps": fields["warmup_steps"]}
    return made | {"warmup_ratio": fields.get("warmup_ratio") or 0.0}


def _held_out(facts: Facts) -> dict[str, Any]:
    every = {"eval_steps": facts.fields.get("eval_steps") or facts.fields["save_steps"]}
    if facts.held_out:
        return {"test_datasets": [_dataset(facts, part) for part in facts.held_out]} | every
    size = facts.fields.get("val_size") or 0
    return {"val_set_size": size} | every if size else {"val_set_size": 0.0}


def _preference(facts: Facts) -> dict[str, Any]:
    if facts.stage == "kto":
        return {"rl": "kto", "rl_beta": facts.fields["pref_beta"]}
    loss = str(facts.fields["pref_loss"])
    made: dict[str, Any] = {"rl": RL.get(loss, "dpo"), "rl_beta": facts.fields["pref_beta"]}
    if loss not in RL and loss != "sigmoid":
        made["dpo_loss_type"] = [loss]
    return made
