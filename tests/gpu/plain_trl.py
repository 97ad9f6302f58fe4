"""The peer: the same rows, adapter and batch with trl's SFTTrainer as its documentation shows it.

    python tests/gpu/plain_trl.py MODEL ROWS.json --cutoff N --batch N --steps N [--bits 4]
        [--checkpointing]

Prints one JSON object.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig, TrainerCallback
from trl import SFTConfig, SFTTrainer

WARM = 3  # steps that do not count


class Clock(TrainerCallback):
    """When each step was logged, and the tokens until then."""

    def __init__(self) -> None:
        self.lines: list[tuple[float, float]] = []

    def on_log(self, args, state, control, logs=None, **_):
        """Keep one line."""
        if logs and "num_tokens" in logs and "loss" in logs:
            self.lines.append((time.monotonic(), float(logs["num_tokens"])))


def main(
    model: str, rows: str, cutoff: int, batch: int, steps: int, bits: int, checkpointing: bool
) -> dict:
    """Train; tokens a second after the first steps, memory, first and last loss."""
    read = json.loads(Path(rows).read_text(encoding="utf-8"))
    data = Dataset.from_list(
        [
            {
                "prompt": [{"role": "user", "content": row["instruction"]}],
                "completion": [{"role": "assistant", "content": row["output"]}],
            }
            for row in read
        ]
    )
    gpu = torch.cuda.is_available()
    dtype = torch.bfloat16 if gpu else torch.float32
    quantised = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
    )
    more = {"quantization_config": quantised} if bits else {}
    if gpu:
        more["device_map"] = {"": 0}
    loaded = AutoModelForCausalLM.from_pretrained(model, dtype=dtype, **more)
    with tempfile.TemporaryDirectory() as folder:
        config = SFTConfig(
            output_dir=folder,
            max_length=cutoff,
            per_device_train_batch_size=batch,
            max_steps=steps,
            logging_steps=1,
            learning_rate=2e-4,
            bf16=gpu,
            use_cpu=not gpu,
            gradient_checkpointing=checkpointing,
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
            eos_token=None,
        )
        clock = Clock()
        trainer = SFTTrainer(
            model=loaded,
            args=config,
            train_dataset=data,
            processing_class=AutoTokenizer.from_pretrained(model),
            peft_config=LoraConfig(
                r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM"
            ),
            callbacks=[clock],
        )
        trainer.train()
    losses = [line["loss"] for line in trainer.state.log_history if "loss" in line]
    (begun, before), (ended, after) = clock.lines[min(WARM, steps) - 1], clock.lines[-1]
    return {
        "tokens_per_s": (after - before) / (ended - begun),
        "memory_mb": torch.cuda.max_memory_allocated() / 2**20 if gpu else 0,
        "loss_first": losses[0],
        "loss_last": losses[-1],
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("model")
    parser.add_argument("rows")
    for name, value in (("cutoff", 1024), ("batch", 8), ("steps", 14), ("bits", 0)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--checkpointing", action="store_true")
    print(json.dumps(main(**vars(parser.parse_args()))))
