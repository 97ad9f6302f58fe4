"""A run as one Python script on trl, transformers and peft alone (`python train_trl.py`)."""

from typing import Any

from studio.export.recipes.config_text import assigned
from studio.export.recipes.facts import SHARED, Facts

FILE = "train_trl.py"
STAGES = ("pt", "sft", "dpo")
ARGUMENTS = (*SHARED, "gradient_checkpointing")
HEAD = '''"""The run {name}, with trl, transformers and peft alone: python {file}

pip install "trl>=1.16,<1.17" peft{more}
"""

from datasets import Dataset, load_dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer{quantising}
from trl import {trainer}

{settings}

tokenizer = AutoTokenizer.from_pretrained(MODEL)
if tokenizer.pad_token is None:
    tokenizer.pad_token = tokenizer.eos_token
model = AutoModelForCausalLM.from_pretrained(MODEL, dtype="auto"{weights})
'''
READ = """

def rows(files):
    data = load_dataset("json", data_files=files, split="train")
    data = data.map(converted, remove_columns=data.column_names)
    if "pairs" not in data.column_names:
        return data
    return Dataset.from_list([pair for row in data for pair in row["pairs"]])


train = rows(TRAIN)
held_out = rows(HELD_OUT) if HELD_OUT else None
if VAL_SIZE and held_out is None:
    split = train.train_test_split(test_size=VAL_SIZE, seed=SEED)
    train, held_out = split["train"], split["test"]
"""
RUN = """
arguments = {config}(
    output_dir="outputs/trl",
    eval_strategy="steps" if held_out is not None else "no",
    {extra}
    **ARGUMENTS,
)
trainer = {trainer_class}(
    model=model,
    args=arguments,
    train_dataset=train,
    eval_dataset=held_out,
    processing_class=tokenizer,
    peft_config={peft},
)
trainer.train()
trainer.save_model("outputs/trl/final")
"""
# What a row becomes: a prompt and what is learnt; of a conversation such a pair for each reply.
CONVERT = {
    "pt": """
def converted(row):
    return {"text": row["text"]}
""",
    "last": """
def converted(row):
    turns = [{"role": turn["role"], "content": turn["content"]} for turn in row["messages"]]
    return {"prompt": turns[:-1], "completion": turns[-1:]}
""",
    "all": """
def converted(row):
    turns = [{"role": turn["role"], "content": turn["content"]} for turn in row["messages"]]
    replies = [at for at, turn in enumerate(turns) if turn["role"] == "assistant" and at]
    return {"pairs": [{"prompt": turns[:at], "completion": turns[at : at + 1]} for at in replies]}
""",
    "dpo": """
def converted(row):
    turns = [{"role": turn["role"], "content": turn["content"]} for turn in row["messages"]]
    said = {side: row[side]["content"] for side in ("chosen", "rejected")}
    sides = {side: [{"role": "assistant", "content": text}] for side, text in said.items()}
    return {"prompt": turns, **sides}
""",
}


def config(facts: Facts) -> tuple[str, list[str]]:
    """(the script, notes); ("", a note) for a stage that it is not written for."""
    if facts.stage not in STAGES:
        return "", [f"No trl script is written for the stage {facts.stage}."]
    fields, notes = facts.fields, []
    several = max(part.turns for part in facts.train) > 1 and not fields.get("mask_history")
    way = facts.stage if facts.stage != "sft" else "all" if several else "last"
    if way == "all":
        notes.append(
            "The trl script makes each reply of a conversation a row, with what stands before it."
        )
    name = "DPO" if facts.stage == "dpo" else "SFT"
    text = HEAD.format(
        name=facts.name.replace('"', "'"),
        file=FILE,
        more=" bitsandbytes" if facts.bits else "",
        quantising=", BitsAndBytesConfig" if facts.bits else "",
        trainer=f"{name}Config, {name}Trainer",
        settings=assigned(_settings(facts)),
        weights=", quantization_config=QUANTISED" if facts.bits else "",
    )
    if facts.bits:
        made = f"BitsAndBytesConfig({_quantised(facts.bits)})"
        text = text.replace("\ntokenizer =", f"\nQUANTISED = {made}\ntokenizer =", 1)
    text += CONVERT[way] + READ
    text += RUN.format(
        config=f"{name}Config",
        trainer_class=f"{name}Trainer",
        extra=_extra(facts, way),
        peft=_peft(facts),
    )
    return text, notes


def _settings(facts: Facts) -> dict[str, Any]:
    fields = facts.fields
    arguments = {name: fields[name] for name in ARGUMENTS}
    if fields.get("max_steps", 0) > 0:
        arguments["max_steps"] = fields["max_steps"]
    arguments["warmup_steps"] = fields.get("warmup_steps") or fields.get("warmup_ratio") or 0
    arguments["report_to"] = fields.get("report_to", "none")
    compute = fields.get("compute_type", "auto")
    arguments |= {"bf16": compute == "bf16", "fp16": compute == "fp16"}
    if facts.stage == "sft" and fields.get("packing"):
        arguments["packing"] = True
    return {
        "MODEL": facts.model,
        "TRAIN": [part.file for part in facts.train],
        "HELD_OUT": [part.file for part in facts.held_out],
        "VAL_SIZE": fields.get("val_size") or 0,
        "SEED": fields["seed"],
        "ARGUMENTS": arguments,
    }


def _quantised(bits: int) -> str:
    if bits == 8:
        return "load_in_8bit=True"
    return 'load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True'


def _extra(facts: Facts, way: str) -> str:
    fields = facts.fields
    if facts.stage == "dpo":
        return (
            f"max_length={fields['cutoff_len']}, beta={fields['pref_beta']}, "
            f"loss_type=[{fields['pref_loss']!r}],"
        )
    learnt = "packing=True," if way == "pt" else "completion_only_loss=True,"
    return f"max_length={fields['cutoff_len']}, {learnt}"


def _peft(facts: Facts) -> str:
    if facts.method != "lora":
        return "None"
    fields = facts.fields
    more = [f"{name}=True" for name in ("use_rslora", "use_dora") if fields.get(name)]
    values = [
        'task_type="CAUSAL_LM"',
        f"r={fields['lora_rank']}",
        f"lora_alpha={fields['lora_alpha']}",
        f"lora_dropout={fields['lora_dropout']}",
        f"target_modules={facts.targets or 'all-linear'!r}",
        *more,
    ]
    return f"LoraConfig({', '.join(values)})"
