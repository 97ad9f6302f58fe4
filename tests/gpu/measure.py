"""What Inkwell does on the GPU at hand: trainings of the real worker, chat and sentence vectors,
each beside its plain peer. Prints a table as it goes and writes results.json.

    python tests/gpu/measure.py WORK OUT TOKENIZER_FOLDER [--small NAME] [--large NAME] [--parts …]

WORK holds models and runs. Shapes as in shapes.py. Every part runs in a process of its own with a
limit of time; one that fails takes no other with it.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import yaml
from rows import write

HERE = Path(__file__).parent
WARM = 3  # steps that do not count
LORA = {
    "lora_rank": 16,
    "lora_alpha": 32,
    "learning_rate": 2e-4,
    "gradient_accumulation_steps": 1,
    "save_steps": 1000,
}


class Bench:
    """The parts and what they found."""

    def __init__(self, work: Path, out: Path, tokenizer: Path) -> None:
        self.work, self.out, self.tokenizer = work, out, tokenizer
        self.found: dict[str, dict] = {}
        self.begun = time.monotonic()
        os.environ |= {
            "INKWELL_HOME": str(work / "home"),
            "INKWELL_MODELS": str(work / "models"),
            "HF_HUB_OFFLINE": "1",
            "TOKENIZERS_PARALLELISM": "false",
        }

    def run(self, name: str, words: list[str], limit_s: float, env: dict | None = None) -> dict:
        """One process; its last line of output as JSON, or {"failed": its last words}."""
        begun = time.monotonic()
        log = self.out / "logs.txt"
        try:
            done = subprocess.run(
                [sys.executable, *words],
                capture_output=True,
                text=True,
                timeout=limit_s,
                env=os.environ | (env or {}),
            )
            with log.open("a", encoding="utf-8") as kept:
                kept.write(f"\n##### {name}\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}\n")
            last = (done.stdout.strip().splitlines() or [""])[-1]
            made = json.loads(last) if done.returncode == 0 and last.startswith("{") else None
            found = made or {"failed": (done.stderr or done.stdout).strip()[-1200:]}
        except subprocess.TimeoutExpired as error:
            found = {"failed": f"took over {limit_s:.0f} s", "said": str(error.stderr)[-600:]}
        self.tell(name, found, time.monotonic() - begun)
        return found

    def tell(self, name: str, found: dict, seconds: float) -> None:
        """Print one line of the table and write everything down."""
        self.found[name] = found | {"wall_s": round(seconds, 1)}
        shown = {k: round(v, 3) if isinstance(v, float) else v for k, v in found.items()}
        told = json.dumps({k: v for k, v in shown.items() if v is not None})
        print(f"[{time.monotonic() - self.begun:5.0f} s] {name}: {told}", flush=True)
        (self.out / "results.json").write_text(json.dumps(self.found, indent=1))

    def model(self, shape: str) -> Path:
        """The folder of a model of this shape, made when it is not there."""
        folder = self.work / "models" / shape
        if not (folder / "config.json").exists():
            begun = time.monotonic()
            words = [str(HERE / "shapes.py"), str(self.tokenizer), str(folder), shape]
            subprocess.run([sys.executable, *words], check=True, timeout=200)
            print(f"made {shape} in {time.monotonic() - begun:.0f} s", flush=True)
        return folder

    def train(self, name: str, env: dict | None = None, limit_s: float = 120, **fields) -> dict:
        """A training by the real worker; its result with the speed after the first steps."""
        slug = "".join(c if c.isalnum() else "-" for c in name)
        folder, spec = self.work / "workspace" / "runs" / slug, self.work / f"{slug}.yaml"
        spec.write_text(yaml.safe_dump(LORA | fields), encoding="utf-8")
        begun = time.monotonic()
        words = ["-m", "studio.training.launch", str(spec), "--folder", str(folder)]
        found = self.run(
            f"{name} (whole run)",
            [*words, "--workspace", str(self.work / "workspace")],
            limit_s,
            env,
        )
        if "failed" in found:
            return found
        kept = (folder / "metrics.jsonl").read_text().splitlines()
        lines = [json.loads(line) for line in kept if '"loss"' in line]
        first, last = lines[min(WARM, len(lines) - 1) - 1], lines[-1]
        if last["seconds"] > first["seconds"]:
            passed = last["seconds"] - first["seconds"]
            found["tokens_per_s"] = (last["tokens"] - first["tokens"]) / passed
        found["losses"] = [round(line["loss"], 5) for line in lines]
        rows = json.loads((folder / "rows.json").read_text())
        found["rows"] = f"{rows['train']} rows, {rows['tokens']} tokens, {rows['cut']} cut"
        kept = ("tokens_per_s", "memory_mb", "loss_first", "loss_last", "seconds", "rows")
        self.tell(name, {key: found[key] for key in kept}, time.monotonic() - begun)
        return found


def agreement(bench: Bench) -> None:
    """The same small training in float32 on the GPU and on the processor: one curve."""
    bench.model("tiny")
    fields = {"model_name_or_path": "tiny", "dataset": "short", "compute_type": "fp32"}
    fields |= {"max_steps": 10, "cutoff_len": 256, "per_device_train_batch_size": 4}
    here = bench.train("tiny fp32 here", **fields)
    there = bench.train("tiny fp32 on the CPU", env={"CUDA_VISIBLE_DEVICES": ""}, **fields)
    if "losses" in here and "losses" in there:
        apart = max(abs(a - b) for a, b in zip(here["losses"], there["losses"], strict=True))
        bench.tell("tiny fp32, largest difference of the two curves", {"loss": apart}, 0)


def short_rows(bench: Bench, shape: str) -> None:
    """Rows like a real set's, and trl beside it."""
    folder = bench.model(shape)
    fields = {"model_name_or_path": shape, "dataset": "short", "cutoff_len": 1024}
    fields |= {"per_device_train_batch_size": 8, "max_steps": 48}
    bench.train(f"{shape} LoRA, short rows", **fields)
    data = str(bench.work / "workspace" / "data" / "short.json")
    words = [str(HERE / "plain_trl.py"), str(folder), data, "1024", "8", "48"]
    bench.run(f"{shape} LoRA, short rows, plain trl", words, 90)


def kinds(bench: Bench, shape: str) -> None:
    """The same rows in other ways: packed, 4 and 8 bits, preferences, with what saves memory."""
    bench.model(shape)
    fields = {"model_name_or_path": shape, "dataset": "short", "cutoff_len": 1024}
    fields |= {"per_device_train_batch_size": 8, "max_steps": 24}
    bench.train(f"{shape} LoRA, short rows packed", **fields | {"packing": True})
    bench.train(f"{shape} QLoRA, short rows", **fields | {"finetuning_type": "qlora"})
    bench.train(f"{shape} 8 bits, short rows", **fields | {"quantization_bit": "8"})
    more = {"stage": "dpo", "dataset": "pairs", "per_device_train_batch_size": 4}
    bench.train(f"{shape} DPO", **fields | more)
    more = {"optim": "paged_adamw_8bit", "use_dora": True, "gradient_checkpointing": True}
    bench.train(f"{shape} DoRA, paged 8-bit Adam, checkpointing", **fields | more)


def full_rows(bench: Bench, shape: str, length: int) -> None:
    """Rows that fill the cutoff: LoRA and QLoRA on all linear layers, trl beside each."""
    folder = bench.model(shape)
    fields = {"model_name_or_path": shape, "dataset": "full", "cutoff_len": length}
    fields |= {"per_device_train_batch_size": 1, "max_steps": 14}
    data = str(bench.work / "workspace" / "data" / "full.json")
    plain = [str(HERE / "plain_trl.py"), str(folder), data, str(length), "1", "14"]
    bench.train(f"{shape} LoRA, full rows", **fields)
    bench.run(f"{shape} LoRA, full rows, plain trl", plain, 120)
    bench.train(f"{shape} QLoRA, full rows", **fields | {"finetuning_type": "qlora"})
    bench.run(f"{shape} QLoRA, full rows, plain trl", [*plain, "4"], 120)


def chat(bench: Bench, shape: str, run: str) -> None:
    """The model server with the adapter of a run, and generate() beside it."""
    adapter = bench.work / "workspace" / "runs" / run / "adapter"
    words = [str(HERE / "chat.py"), "ours", shape, str(adapter)]
    bench.run(f"{shape} chat", words, 150)
    words = [str(HERE / "chat.py"), "plain", str(bench.model(shape)), str(adapter)]
    bench.run(f"{shape} chat, plain generate()", words, 90)


def vectors(bench: Bench, shape: str, sentences: int) -> None:
    """Sentence vectors of an encoder, and sentence-transformers beside it."""
    words = [str(HERE / "encode.py"), str(bench.model(shape)), str(sentences)]
    bench.run("sentence vectors", words, 90)


def main() -> None:
    """All parts, the short ones first."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("work", "out", "tokenizer"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--small", default="1B")
    parser.add_argument("--large", default="8B")
    parser.add_argument("--encoder", default="bert-base")
    parser.add_argument("--sentences", type=int, default=20000)
    parser.add_argument("--length", type=int, default=4096)
    parser.add_argument("--parts", default=",".join(PARTS), help="which, in what order")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    bench = Bench(given.work.resolve(), given.out.resolve(), given.tokenizer.resolve())
    write(given.work / "workspace" / "data", given.length)
    for part in given.parts.split(","):
        PARTS[part](bench, given)


PARTS = {
    "agreement": lambda bench, given: agreement(bench),
    "short": lambda bench, given: short_rows(bench, given.small),
    "short-chat": lambda bench, given: chat(bench, given.small, f"{given.small}-LoRA--short-rows"),
    "vectors": lambda bench, given: vectors(bench, given.encoder, given.sentences),
    "full": lambda bench, given: full_rows(bench, given.large, given.length),
    "full-chat": lambda bench, given: chat(bench, given.large, f"{given.large}-LoRA--full-rows"),
    "kinds": lambda bench, given: kinds(bench, given.small),
}

if __name__ == "__main__":
    main()
