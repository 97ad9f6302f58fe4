"""Memory and time as they are told before a training, against the training itself.

``PYTHONPATH=. python tests/bench/bench_preflight.py [--only NAME …] [--steps 4]``: for each
configuration the check before a training in a fresh process (estimate and dry run), then the
training in another, without the look back at its end; peak resident memory (VmHWM) and seconds
of the steps. One JSON line each, then
a table. Linux, CPU; random models beside the starter.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SHAPES: dict[str, dict[str, Any]] = {
    "wide": {"hidden_size": 384, "intermediate_size": 1024, "num_hidden_layers": 8},
    "deep": {"hidden_size": 192, "intermediate_size": 512, "num_hidden_layers": 20},
}
HEADS = {"num_attention_heads": 6, "num_key_value_heads": 2}
LORA, FULL = {"finetuning_type": "lora"}, {"finetuning_type": "full"}
FP32, BF16 = {"compute_type": "fp32"}, {"compute_type": "bf16"}


def batch(rows: int, tokens: int, each: int = 1) -> dict[str, int]:
    """Rows of a batch, the cutoff, batches of a step."""
    return {
        "per_device_train_batch_size": rows,
        "cutoff_len": tokens,
        "gradient_accumulation_steps": each,
    }


CASES: dict[str, dict[str, Any]] = {
    "wide sft lora fp32": {"model": "wide", **LORA, **FP32, **batch(4, 256)},
    "wide sft full fp32": {"model": "wide", **FULL, **FP32, **batch(2, 256, 2)},
    "wide sft full bf16": {"model": "wide", **FULL, **BF16, **batch(2, 256)},
    "wide sft lora checkpointing": {
        "model": "wide",
        **LORA,
        **FP32,
        **batch(8, 256),
        "gradient_checkpointing": True,
    },
    "wide pt full pure_bf16": {
        "model": "wide",
        **FULL,
        "stage": "pt",
        "compute_type": "pure_bf16",
        **batch(2, 256),
    },
    "wide sft freeze fp32": {
        "model": "wide",
        "finetuning_type": "freeze",
        **FP32,
        **batch(4, 256),
    },
    "deep dpo lora fp32": {"model": "deep", "stage": "dpo", **LORA, **FP32, **batch(2, 256)},
    "deep dpo full adafactor": {
        "model": "deep",
        "stage": "dpo",
        **FULL,
        **FP32,
        "optim": "adafactor",
        **batch(1, 384, 2),
    },
    "deep kto lora bf16": {"model": "deep", "stage": "kto", **LORA, **BF16, **batch(4, 256)},
    "deep rm lora fp32": {"model": "deep", "stage": "rm", **LORA, **FP32, **batch(2, 256)},
    "deep sft eager fp32": {
        "model": "deep",
        **LORA,
        **FP32,
        "flash_attn": "disabled",
        **batch(4, 256),
    },
    "deep sft oft fp32": {"model": "deep", "finetuning_type": "oft", **FP32, **batch(2, 256)},
    "wide orpo lora fp32": {
        "model": "wide",
        "stage": "dpo",
        "pref_loss": "orpo",
        **LORA,
        **FP32,
        **batch(1, 256),
    },
    "starter sft lora fp32": {"model": "starter", **LORA, **FP32, **batch(1, 256)},
    "starter sft lora bf16": {"model": "starter", **LORA, **BF16, **batch(2, 256)},
    "starter sft qlora bf16": {
        "model": "starter",
        "finetuning_type": "qlora",
        **BF16,
        **batch(1, 192),
    },
}
DATA = {"dpo": "pairs", "rm": "pairs", "kto": "marked", "pt": "plain"}
WORDS = ("the rope sail mast tide gull rum fog whale anchor wind star deck hull crew port").split()


def rows_of(kind: str, count: int) -> list[dict[str, Any]]:
    """Rows of very different lengths."""
    lot = random.Random(3)

    def text(middle: float = 4.6) -> str:
        return " ".join(lot.choice(WORDS) for _ in range(int(lot.lognormvariate(middle, 0.6)) + 3))

    if kind == "plain":
        return [{"text": text(5.5)} for _ in range(count)]
    asked: list[dict[str, Any]] = [{"instruction": text(3.5), "input": ""} for _ in range(count)]
    for number, row in enumerate(asked):
        if kind == "pairs":
            row |= {"chosen": text(), "rejected": text()}
        else:
            row |= {"output": text()} | ({"kto_tag": number % 2 == 0} if kind == "marked" else {})
    return asked


def prepare(home: Path) -> None:
    """The random models and the datasets."""
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    from studio.datasets import register_file
    from studio.models import resolve
    from studio.workspace import Workspace

    workspace = Workspace.open(str(home / "workspace"))
    for kind in ("sft", "pairs", "marked", "plain"):
        made = json.dumps(rows_of(kind, 160)).encode()
        register_file(workspace, f"{kind}.json", made)
    tokenizer = AutoTokenizer.from_pretrained(resolve("starter", "huggingface", workspace))
    for name, shape in SHAPES.items():
        torch.manual_seed(7)
        config = LlamaConfig(
            vocab_size=len(tokenizer),
            max_position_embeddings=1024,
            tie_word_embeddings=True,
            bos_token_id=1,
            eos_token_id=2,
            pad_token_id=2,
            **HEADS,
            **shape,
        )
        LlamaForCausalLM(config).save_pretrained(home / "models" / name)
        tokenizer.save_pretrained(home / "models" / name)


def one(name: str, what: str, home: Path, steps: int) -> dict[str, Any]:
    """In a process of its own: the check of a configuration, or its training."""
    from studio.training.preflight import trial
    from studio.training.preflight.job import check
    from studio.training.report import calm_libraries, plain
    from studio.training.spec import TrainJob
    from studio.workspace import Workspace

    calm_libraries()
    fields = dict(CASES[name])
    data = DATA.get(fields.get("stage", "sft"), "sft")
    fields |= {"model_name_or_path": fields.pop("model"), "dataset": data, "max_steps": steps}
    spec = TrainJob.read(fields | {"save_steps": 1000, "threads": 1})
    workspace = Workspace.open(str(home / "workspace"))
    with tempfile.TemporaryDirectory(dir=home) as folder:
        if what == "check":
            return dict(check(spec, workspace, Path(folder), plain()))
        from studio.training.train import train

        done = train(spec, Path(folder), workspace, plain(), judged=False)
        assert done is not None
        return {"peak": trial.peak_bytes(), "seconds": done["seconds"]}


def compared(name: str, home: Path, steps: int) -> dict[str, Any]:
    """One line of the table."""
    environment = os.environ | {
        "INKWELL_MODEL_ROOTS": str(home / "models"),
        "PYTHONPATH": str(ROOT),
    }
    found = []
    for what in ("check", "train"):
        command = [sys.executable, __file__, "--one", name, what, str(home), str(steps)]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True)
        if ran.returncode:
            return {"name": name, "failed": ran.stderr[-800:]}
        found.append(json.loads(ran.stdout.splitlines()[-1]))
    told, real = found
    return {
        "name": name,
        "estimate_mb": told["estimate"] >> 20,
        "dry_run_mb": told["measured"] >> 20,
        "measured_mb": real["peak"] >> 20,
        "estimate_off": told["estimate"] / real["peak"] - 1,
        "dry_run_off": told["measured"] / real["peak"] - 1,
        "told_s": told["times"]["steps"],
        "took_s": real["seconds"],
        "time_off": told["times"]["steps"] / real["seconds"] - 1,
        "parts_mb": {part: size >> 20 for part, size in told["parts"].items()},
    }


def main() -> None:
    """Compare the configurations and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=list(CASES))
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--one", nargs=4)
    options = parser.parse_args()
    if options.one:
        name, what, home, steps = options.one
        print(json.dumps(one(name, what, Path(home), int(steps))))
        return
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        for name in options.only:
            lines.append(compared(name, Path(folder), options.steps))
            print(json.dumps(lines[-1]), flush=True)
    print(
        "| run | estimate | dry run | measured | time told, took |\n| --- | --- | --- | --- | --- |"
    )
    for line in lines:
        if "failed" not in line:
            print(
                f"| {line['name']} | {line['estimate_mb']} ({line['estimate_off']:+.0%}) | "
                f"{line['dry_run_mb']} ({line['dry_run_off']:+.0%}) | {line['measured_mb']} | "
                f"{line['told_s']:.0f}, {line['took_s']:.0f} s ({line['time_off']:+.0%}) |"
            )


if __name__ == "__main__":
    main()
