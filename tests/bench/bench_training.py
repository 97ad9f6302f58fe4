"""Training on the CPU: seconds, processor time, peak memory and held-out loss, ours and
LLaMA-Factory's.

    python tests/bench/bench_training.py [--peer FOLDER[:FOLDER…]] [--rounds 1] [--only NAME,…]

The same 104 rows of 5 to 240 words (spans of the sample story), the starter's own folder of
weights, LoRA of rank 8 on all linear layers, batches of 4, one epoch at 1e-4, cutoff 1,024; each
training in a fresh process, in turn: llamafactory (--peer: folders where llamafactory 0.9.5 and
trl 0.24.0 are importable, both from `pip install --no-deps --target`), ours with `compute_type:
fp32`, ours by default, and with --peer llamafactory with `bf16: true`, which its page chooses.
Seconds and processor time are those of `Trainer.train`, so of the steps alone; the peak is that of
the whole process, loading and what ours measures behind the steps included. The held-out loss is
one plain float32 look at the saved adapters, the same for all. Threads sleep while they wait, in
all of them alike. Last line: JSON.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
ROWS, HELD_OUT = 104, 24
SYSTEM = "You tell the story on."
PEER_FILES = {"torchaudio.py": ""}  # which llamafactory imports where there is no GPU
# Runs in the measured process: what `Trainer.train` took, and the process's peak.
CHILD = """
import json, resource, runpy, sys, time
import transformers
plain = transformers.Trainer.train
took = {}
def train(*given, **more):
    begun, busy = time.perf_counter(), time.process_time()
    made = plain(*given, **more)
    took.update(seconds=time.perf_counter() - begun, cpu=time.process_time() - busy,
                peak_steps=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return made
transformers.Trainer.train = train
target, sys.argv = sys.argv[1], sys.argv[1:]
try:
    if target == "llamafactory":
        sys.argv = [target, "train", sys.argv[1]]
        from llamafactory.cli import main
        main()
    else:
        runpy.run_module(target, run_name="__main__")
except SystemExit as end:
    if end.code:
        raise
took["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print("TOOK " + json.dumps(took), flush=True)
"""
HELD = """
import json, sys
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer
from studio.datasets import render_row
model, rows, adapters = sys.argv[1], json.load(open(sys.argv[2])), sys.argv[3:]
tokenizer = AutoTokenizer.from_pretrained(model)
def loss(net):
    total = count = 0
    for row in rows:
        one = render_row(row, tokenizer, "sft", 1024)
        ids, labels = torch.tensor([one.input_ids]), torch.tensor([one.labels])
        with torch.no_grad():
            mean = net(input_ids=ids, labels=labels).loss
        learnt = sum(label != -100 for label in one.labels[1:])
        total, count = total + float(mean) * learnt, count + learnt
    return total / count
base = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
found = [loss(base)]
for folder in adapters:
    fresh = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    found.append(loss(PeftModel.from_pretrained(fresh, folder)))
print("HELD " + json.dumps(found))
"""


def make_rows(data: Path) -> list[dict[str, str]]:
    """The rows to train on in a workspace's data folder, registered; those that are held out."""
    words = (ROOT / "presets" / "samples" / "story.en.md").read_text(encoding="utf-8").split()
    dice, rows = random.Random(7), []
    for _ in range(ROWS + HELD_OUT):
        at, size = dice.randrange(12, len(words) - 240), dice.randint(5, 240)
        rows.append(
            {
                "instruction": " ".join(words[at - 12 : at]),
                "input": "",
                "output": " ".join(words[at : at + size]),
                "system": SYSTEM,
            }
        )
    data.mkdir(parents=True)
    (data / "spans.json").write_text(json.dumps(rows[:ROWS]), encoding="utf-8")
    columns = {"prompt": "instruction", "query": "input", "response": "output", "system": "system"}
    info = {"spans": {"file_name": "spans.json", "columns": columns}}
    (data / "dataset_info.json").write_text(json.dumps(info), encoding="utf-8")
    return rows[ROWS:]


def config(name: str, model: str, data: Path, out: Path) -> dict[str, object]:
    """The training as a YAML (or JSON) of LLaMA-Factory's keys, which ours reads too."""
    shared = {
        "stage": "sft",
        "model_name_or_path": model,
        "finetuning_type": "lora",
        "lora_rank": 8,
        "lora_alpha": 16,
        "lora_target": "all",
        "dataset": "spans",
        "cutoff_len": 1024,
        "per_device_train_batch_size": 4,
        "gradient_accumulation_steps": 1,
        "num_train_epochs": 1.0,
        "learning_rate": 1e-4,
        "lr_scheduler_type": "cosine",
        "logging_steps": 5,
        "save_steps": 1000,
        "seed": 42,
    }
    if name.startswith("ours"):
        return shared | ({"compute_type": "fp32"} if name == "ours fp32" else {})
    return shared | {
        "do_train": True,
        "template": "chatml",
        "dataset_dir": str(data),
        "output_dir": str(out),
        "report_to": "none",
        "use_cpu": True,
        # Its own way to checkpoint breaks with the transformers that both run on here.
        "disable_gradient_checkpointing": True,
        "bf16": name.endswith("bf16"),
    }


def run(name: str, model: Path, workspace: Path, folder: Path, peer: str) -> dict[str, float]:
    """Train in a fresh process; seconds, cpu, peak (MB), and the folder of the adapter."""
    folder.mkdir(parents=True)
    ours = name.startswith("ours")
    given = config(
        name, "smollm2-135m-instruct" if ours else str(model), workspace / "data", folder
    )
    spec = folder / "spec.yaml"
    spec.write_text(json.dumps(given), encoding="utf-8")
    path = [str(ROOT)] if ours else [*peer.split(os.pathsep), str(folder / "stubs")]
    if not ours:
        (folder / "stubs").mkdir()
        for file, text in PEER_FILES.items():
            (folder / "stubs" / file).write_text(text, encoding="utf-8")
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(path),
        "INKWELL_MODEL_ROOTS": str(model.parent),
        "DISABLE_VERSION_CHECK": "1",
        "OMP_WAIT_POLICY": "PASSIVE",
        "GOMP_SPINCOUNT": "0",
        "HF_HUB_OFFLINE": "1",
    }
    target = (
        [
            "studio.training.launch",
            str(spec),
            "--workspace",
            str(workspace),
            "--folder",
            str(folder),
        ]
        if ours
        else ["llamafactory", str(spec)]
    )
    log = folder / "log.txt"
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", CHILD, *target], env=environment, stdout=out, stderr=out
        )
        tree = [0.0]
        watch = threading.Thread(target=_watch, args=(process, tree), daemon=True)
        watch.start()
        process.wait()
        watch.join()
    text = log.read_text(encoding="utf-8", errors="replace")
    if process.returncode or "TOOK " not in text:
        raise SystemExit(f"{name} failed:\n{text[-3000:]}")
    took = json.loads(text.rsplit("TOOK ", 1)[1].splitlines()[0])
    took["peak"] = max(took["peak"], tree[0])
    took["adapter"] = str(folder / "adapter" if ours else folder)
    return took


def _watch(process: subprocess.Popen, tree: list[float]) -> None:
    """The peak of the process and those that it started, in MB."""
    root = psutil.Process(process.pid)
    while process.poll() is None:
        total = 0
        try:
            for one in (root, *root.children(recursive=True)):
                total += one.memory_info().rss
        except psutil.Error:
            pass
        tree[0] = max(tree[0], total / 2**20)
        time.sleep(0.1)


def held_out(model: Path, rows: Path, adapters: list[str]) -> list[float]:
    """Mean loss of the held-out rows: of the base, then with each adapter."""
    done = subprocess.run(
        [sys.executable, "-c", HELD, str(model), str(rows), *adapters],
        env=os.environ | {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.rsplit("HELD ", 1)[1])


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", default="", help="where llamafactory 0.9.5 is importable")
    parser.add_argument("--rounds", type=int, default=1, help="each training so many times")
    parser.add_argument("--only", default="", help="of the trainings these, with commas")
    options = parser.parse_args()
    home = Path(os.environ.get("INKWELL_HOME", Path.home() / ".inkwell"))
    model = home / "models" / "smollm2-135m-instruct"
    names = ["ours fp32", "ours by default"]
    if options.peer:
        names = ["llamafactory", *names, "llamafactory bf16"]
    names = [n for n in names if not options.only or n in options.only.split(",")]
    found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as place:
        workspace = Path(place) / "workspace"
        rows = Path(place) / "held.json"
        rows.write_text(json.dumps(make_rows(workspace / "data")), encoding="utf-8")
        for number in range(options.rounds):
            for name in names:
                folder = workspace / "runs" / f"{name.replace(' ', '-')}-{number}"
                found[name].append(run(name, model, workspace, folder, options.peer))
        adapters = [found[name][-1]["adapter"] for name in names]
        losses = held_out(model, rows, [str(one) for one in adapters])
    told = {}
    print(f"held-out loss of the base {losses[0]:.4f}")
    for name, loss in zip(names, losses[1:], strict=True):
        told[name] = {
            key: statistics.median(one[key] for one in found[name])
            for key in ("seconds", "cpu", "peak_steps", "peak")
        } | {"held_out": loss}
    for name, one in told.items():
        line = (
            f"{name:18} {one['seconds']:6.1f} s, CPU {one['cpu']:6.1f} s, peak "
            f"{one['peak']:5.0f} MB (steps {one['peak_steps']:5.0f}), "
            f"held-out loss {one['held_out']:.4f}"
        )
        if "llamafactory" in told and name != "llamafactory":
            other = told["llamafactory"]
            line += (
                f"; {other['seconds'] / one['seconds']:.2f} x the speed, by CPU time "
                f"{other['cpu'] / one['cpu']:.2f} x, {one['peak'] / other['peak']:.2f} x the memory"
            )
        print(line)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
