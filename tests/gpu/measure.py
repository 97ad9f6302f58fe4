"""What Inkwell does on the GPU at hand: trainings of the real worker, chat and sentence vectors,
each beside its plain peer. Prints a line as each ends and writes results.json and table.md.

    python tests/gpu/measure.py WORK OUT TOKENIZER_FOLDER [--tiny] [--seconds S] [--parts …]

WORK holds models and runs. Shapes as in shapes.py. A part that fails or takes too long leaves its
reason in its row, and the rest goes on. --tiny: everything on shapes of a million weights, to try
the script where there is no GPU.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from isolated import Bench
from readme_table import table
from rows import write

HERE = Path(__file__).parent
PACKAGES = ("torch", "transformers", "trl", "peft", "bitsandbytes", "accelerate", "liger-kernel")
LORA = {
    "lora_rank": 16,
    "lora_alpha": 32,
    "lora_target": "all",
    "learning_rate": 2e-4,
    "gradient_accumulation_steps": 1,
    "save_steps": 1000,
    "optim": "adamw_torch_fused",
}
# What 80 GB hold of an 8B shape without checkpointing, by arithmetic: bf16 weights 16.1 GB; what
# the backward pass keeps of a token and layer 146 kB with fused adapters and Liger's norms and
# activations (186 without Liger, 219 as PEFT and transformers compute it), so 19 GB a row of 4,096;
# adapter with Adam 0.7 GB; a part of the logits 1 GB (all of a row's: 8). One row 37 GB, two 56,
# three 75 with nothing left for the allocator: two. At 34 billion operations a token (frozen
# weights have no gradient) 12,500 tokens a second are 426 of the 989 TFLOP/s that an H100 has in
# bf16 on paper.
FULL_BATCH = 2


@dataclass(frozen=True)
class Sizes:
    """What is measured. A run's steps include WARM ones that do not count."""

    small: str = "1B"
    large: str = "8B"
    encoder: str = "bert-base"
    sentences: int = 20000
    length: int = 4096
    steps: int = 14
    short_steps: int = 28
    short_batch: int = 8
    short_cutoff: int = 1024


TINY = Sizes("tiny", "tiny-2", "bert-tiny", 64, 96, 5, 5, 2, 96)


class Parts:
    """The measurements by name, in the order of what they are worth."""

    def __init__(self, bench: Bench, sizes: Sizes, tokenizer: Path) -> None:
        self.bench, self.sizes, self.tokenizer = bench, sizes, tokenizer
        self.all: dict[str, Callable[[], object]] = {
            "full": self.full,
            "full-peers": self.full_peers,
            "qlora": self.qlora,
            "short-large": self.short_large,
            "chat": lambda: self.chat(sizes.large, "full-lora"),
            "vectors": self.vectors,
            "short": self.short,
            "agreement": self.agreement,
            "plain-steps": self.plain_steps,
            "kinds": self.kinds,
        }

    def model(self, shape: str) -> str:
        """The name of a model of this shape, made where it is not there; "" where that fails."""
        folder = self.bench.work / "models" / shape
        if not (folder / "config.json").exists():
            words = [str(HERE / "shapes.py"), str(self.tokenizer), str(folder), shape]
            if "failed" in self.bench.run(f"making {shape}", words, 150):
                return ""
        return shape

    def train(self, name: str, shape: str, limit_s: float = 110, **fields: object) -> dict:
        """One training of ours, a row of the table."""
        if not self.model(shape):
            return self.bench.tell(name, {"failed": f"no model {shape}"}, 0)
        return self.bench.train(name, LORA | {"model_name_or_path": shape} | fields, limit_s)

    def trl(self, name: str, shape: str, rows: str, batch: int, *more: str) -> dict:
        """One training of trl's on the same rows."""
        data = self.bench.work / "workspace" / "data" / f"{rows}.json"
        full = rows == "full"
        cutoff = self.sizes.length if full else self.sizes.short_cutoff
        steps = self.sizes.steps if full else self.sizes.short_steps
        words = [str(HERE / "plain_trl.py"), str(self.bench.work / "models" / shape), str(data)]
        words += [f"--cutoff={cutoff}", f"--batch={batch}", f"--steps={steps}", *more]
        return self.bench.run(name, words, 110)

    def full_fields(self) -> dict:
        """Rows that fill the cutoff."""
        return {
            "dataset": "full",
            "cutoff_len": self.sizes.length,
            "max_steps": self.sizes.steps,
            "per_device_train_batch_size": FULL_BATCH,
        }

    def short_fields(self) -> dict:
        """Rows like a real set's."""
        return {
            "dataset": "short",
            "cutoff_len": self.sizes.short_cutoff,
            "max_steps": self.sizes.short_steps,
            "per_device_train_batch_size": self.sizes.short_batch,
        }

    def full(self) -> None:
        """LoRA on all linear layers."""
        self.train("full-lora", self.sizes.large, **self.full_fields())

    def full_peers(self) -> None:
        """trl as its documentation shows it, at one row and two; and with what LLaMA-Factory sets
        where nothing is said: checkpointing."""
        large = self.sizes.large
        self.trl("full-lora-trl", large, "full", FULL_BATCH)
        self.trl("full-lora-trl-checkpointing", large, "full", FULL_BATCH, "--checkpointing")
        self.trl("full-lora-trl-one-row", large, "full", 1)

    def qlora(self) -> None:
        """The same on 4 bits."""
        fields = self.full_fields() | {"finetuning_type": "qlora"}
        self.train("full-qlora", self.sizes.large, **fields)
        self.trl("full-qlora-trl", self.sizes.large, "full", FULL_BATCH, "--bits=4")

    def short_large(self) -> None:
        """Short rows on the large shape, as many as make a full row's tokens; padding does not
        count as tokens."""
        fields = self.short_fields() | {"per_device_train_batch_size": 4 * self.sizes.short_batch}
        self.train("short-large", self.sizes.large, **fields | {"max_steps": self.sizes.steps})
        fields |= {"packing": True, "cutoff_len": self.sizes.length, "max_steps": self.sizes.steps}
        fields |= {"per_device_train_batch_size": FULL_BATCH}
        self.train("short-large-packed", self.sizes.large, **fields)

    def short(self) -> None:
        """Short rows, few a step: what starting each small step costs."""
        self.train("short-lora", self.sizes.small, **self.short_fields())
        self.trl("short-lora-trl", self.sizes.small, "short", self.sizes.short_batch)

    def plain_steps(self) -> None:
        """What the fused steps bring: full rows without them, where one row fits."""
        fields = self.full_fields() | {"fused_steps": False, "per_device_train_batch_size": 1}
        self.train("full-lora-plain-steps", self.sizes.large, **fields)

    def kinds(self) -> None:
        """The short rows in other ways."""
        short = self.short_fields() | {"max_steps": self.sizes.steps}
        for name, more in (
            ("packed", {"packing": True}),
            ("qlora", {"finetuning_type": "qlora"}),
            ("8-bit", {"quantization_bit": "8"}),
            ("dpo", {"stage": "dpo", "dataset": "pairs", "per_device_train_batch_size": 2}),
            ("dora", {"optim": "paged_adamw_8bit", "use_dora": True}),
        ):
            self.train(f"short-{name}", self.sizes.small, **short | more)

    def agreement(self) -> None:
        """The same small training in float32 on the GPU and on the processor: one curve."""
        fields = {"dataset": "short", "compute_type": "fp32", "model_name_or_path": "tiny"}
        fields |= {"max_steps": 6, "cutoff_len": 96, "per_device_train_batch_size": 2}
        if not self.model("tiny"):
            return
        here = self.bench.train("tiny-here", LORA | fields)
        bare = {"CUDA_VISIBLE_DEVICES": ""}
        there = self.bench.train("tiny-cpu", LORA | fields, env=bare)
        if "losses" in here and "losses" in there:
            pairs = zip(here["losses"], there["losses"], strict=True)
            self.bench.tell("agreement", {"apart": max(abs(a - b) for a, b in pairs)}, 0)

    def chat(self, shape: str, run: str) -> None:
        """The model server with the adapter of a run, and generate() beside it."""
        adapter = self.bench.work / "workspace" / "runs" / run / "adapter"
        words = [str(HERE / "chat.py"), "ours", shape, str(adapter)]
        self.bench.run("chat", words, 120)
        words = [str(HERE / "chat.py"), "plain", str(self.bench.work / "models" / shape)]
        self.bench.run("chat-plain", [*words, str(adapter)], 80)

    def vectors(self) -> None:
        """Sentence vectors of an encoder, and sentence-transformers beside it."""
        if self.model(self.sizes.encoder):
            folder = self.bench.work / "models" / self.sizes.encoder
            words = [str(HERE / "encode.py"), str(folder), str(self.sizes.sentences)]
            self.bench.run("vectors", words, 90)


def _card() -> str:
    """The GPU's name, "" without one."""
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else ""


def about(sizes: Sizes, card: str) -> dict:
    """The card, the shapes and the versions."""
    found = {"card": card, "small": sizes.small, "large": sizes.large, "length": sizes.length}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not there"
    return found


def main() -> None:
    """The parts asked for, each isolated; the table is rewritten after every one."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("work", "out", "tokenizer"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--seconds", type=float, default=520, help="when nothing more is begun")
    parser.add_argument("--parts", default="", help="which, in what order; all by default")
    given = parser.parse_args()
    sizes = TINY if given.tiny else Sizes()
    card = "" if given.tiny else _card()
    bench = Bench(
        given.work.resolve(),
        given.out.resolve(),
        given.seconds,
        about(sizes, card),
        10.0 if given.tiny else 1.0,  # on a busy machine without a GPU
    )
    parts = Parts(bench, sizes, given.tokenizer.resolve())
    write(given.work / "workspace" / "data", sizes.length)
    for name in given.parts.split(",") if given.parts else parts.all:
        parts.all[name]()
        (given.out / "table.md").write_text(table(bench.about, bench.found), encoding="utf-8")
    print((given.out / "table.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
