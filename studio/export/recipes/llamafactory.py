"""LLaMA-Factory's YAML of a run (`llamafactory-cli train llamafactory.yaml`).

Names as in its hparams (0.9.5). `template` is left out on purpose: LLaMA-Factory then reads the
chat template of the tokenizer, which is what the run was trained with.
"""

from typing import Any

from studio.export.recipes.config_text import commented
from studio.export.recipes.facts import SHARED, Facts

FILE = "llamafactory.yaml"
SAME = ("cutoff_len", "max_samples", *SHARED, "report_to")
LORA = ("lora_rank", "lora_alpha", "lora_dropout")
SWITCHES = ("train_on_prompt", "mask_history", "use_rslora", "use_dora")
LOSSES = ("sigmoid", "hinge", "ipo", "kto_pair", "orpo", "simpo")
PRECISIONS = ("bf16", "fp16", "pure_bf16")


def config(facts: Facts) -> tuple[str, list[str]]:
    """(YAML, notes)."""
    fields, notes = facts.fields, []
    made: dict[str, Any] = {
        "model_name_or_path": facts.model,
        "trust_remote_code": False,
        "stage": facts.stage,
        "do_train": True,
        "finetuning_type": facts.method,
        "dataset_dir": ".",
        "dataset": ",".join(part.name for part in facts.train),
        "output_dir": f"saves/{_slug(facts.name)}",
        "plot_loss": True,
        "overwrite_output_dir": True,
    }
    made |= {name: fields[name] for name in SAME if fields.get(name) is not None}
    made |= {name: True for name in SWITCHES if fields.get(name)}
    if facts.method == "lora":
        made |= {name: fields[name] for name in LORA}
        made["lora_target"] = ",".join(facts.targets) or "all"
    if facts.bits:
        made |= {"quantization_bit": facts.bits, "quantization_method": "bnb"}
    made |= _steps(fields) | _held_out(facts) | _precision(fields)
    if fields.get("packing"):
        made |= {"packing": True, "neat_packing": True}
    if fields.get("neftune_alpha"):
        made["neftune_noise_alpha"] = fields["neftune_alpha"]
    if fields.get("loraplus_lr_ratio"):
        made["loraplus_lr_ratio"] = fields["loraplus_lr_ratio"]
    made["disable_gradient_checkpointing"] = not fields.get("gradient_checkpointing")
    if facts.stage == "dpo":
        made |= {"pref_beta": fields["pref_beta"], "pref_ftx": fields["pref_ftx"]}
        made["pref_loss"] = fields["pref_loss"]
        if fields["pref_loss"] not in LOSSES:
            made["pref_loss"] = "sigmoid"
            notes.append(
                f"LLaMA-Factory has no pref_loss {fields['pref_loss']}: its file says sigmoid."
            )
    if facts.stage == "pt":
        notes.append("LLaMA-Factory drops the last part of a text that fills no block.")
    head = f"# The run {facts.name}; in this folder: llamafactory-cli train {FILE}"
    return commented(head, made), notes


def _steps(fields: dict[str, Any]) -> dict[str, Any]:
    made = {"max_steps": fields["max_steps"]} if fields.get("max_steps", 0) > 0 else {}
    if fields.get("warmup_steps"):
        return made | {"warmup_steps": fields["warmup_steps"]}
    return made | ({"warmup_ratio": fields["warmup_ratio"]} if fields.get("warmup_ratio") else {})


def _held_out(facts: Facts) -> dict[str, Any]:
    every = {
        "eval_strategy": "steps",
        "eval_steps": facts.fields.get("eval_steps") or facts.fields["save_steps"],
        "per_device_eval_batch_size": facts.fields["per_device_train_batch_size"],
    }
    if facts.held_out:
        return {"eval_dataset": ",".join(part.name for part in facts.held_out)} | every
    size = facts.fields.get("val_size") or 0
    return {"val_size": size} | every if size else {}


def _precision(fields: dict[str, Any]) -> dict[str, Any]:
    wanted = fields.get("compute_type", "auto")
    return {"bf16" if wanted == "auto" else wanted: True} if wanted in ("auto", *PRECISIONS) else {}


def _slug(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in name).strip("-") or "run"
