"""Three real steps of a training in a folder that is thrown away: memory, seconds, bytes.
Worker-only.

The run itself is `train.train`, on rows that stand in the order in which they are to be tried, so
that whatever a training does is measured: loading, checks, evaluation, saving. The look back at its
end is left out: it takes minutes on a slow machine, and no more memory than a step.
"""

import json
import shutil
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import torch
import yaml

from studio.training import extra
from studio.training.memory_parts import CUDA_CONTEXT
from studio.training.preflight.run_batches import Chosen, padded_in_order
from studio.training.report import Reporter
from studio.training.rows import Prepared
from studio.training.spec import TrainJob
from studio.training.stages import ONLINE
from studio.workspace import Workspace

HELD = 8  # batches of held-out rows that are measured
NEVER = 1_000_000


@dataclass
class Trial:
    """What was measured. peak: bytes; steps: seconds of each; loading, evaluation (of `eval_tokens`
    padded tokens), saving: seconds; checkpoint, result: bytes on the disk.
    """

    peak: int = 0
    steps: list[float] = field(default_factory=list)
    loading: float = 0.0
    evaluation: float = 0.0
    eval_tokens: int = 0
    saving: float = 0.0
    checkpoint: int = 0
    result: int = 0


def run(
    spec: TrainJob,
    rows: Prepared,
    chosen: Chosen,
    folder: Path,
    workspace: Workspace,
    report: Reporter,
    tokenizer: Any,
) -> Trial:
    """Train on the chosen rows in `folder`. Raises what a training raises."""
    from studio.training.train import train

    found = Trial()
    a_step = spec.per_device_train_batch_size * spec.gradient_accumulation_steps
    found.eval_tokens = _write_rows(rows, chosen, folder, spec, tokenizer)
    clock = _Clock(report, found)
    train(
        _tried(spec, max(1, len(chosen.rows) // a_step)),
        folder,
        workspace,
        clock.reporter,
        judged=False,
    )
    found.steps = _step_seconds(folder)
    checkpoints = sorted(folder.glob("checkpoint-*"))
    found.checkpoint = max((_size(path) for path in checkpoints), default=0)
    found.result = sum(_size(folder / name) for name in ("adapter", "model"))
    found.peak = peak_bytes()
    return found


class _Clock:
    """Seconds between what a training tells of."""

    def __init__(self, report: Reporter, found: Trial) -> None:
        self.at, self.report, self.found = time.monotonic(), report, found
        self.reporter = Reporter(self._progress, report.stopping, self._log)

    def _lap(self) -> float:
        now = time.monotonic()
        passed, self.at = now - self.at, now
        return passed

    def _progress(self, step: float, total: float, **figures: Any) -> None:
        passed = self._lap()
        if figures.get("begins"):
            self.found.loading = passed
        elif "eval_loss" in figures:
            self.found.evaluation = passed
        self.report.progress(step, total, **figures)

    def _log(self, text: str) -> None:
        if text.endswith(" is saved"):
            self.found.saving = self._lap()
        self.report.log(text)


def _tried(spec: TrainJob, steps: int) -> TrainJob:
    """The spec of the trial: as many steps, in the order of the file, nothing sent anywhere."""
    more = yaml.safe_dump(
        extra.arguments(spec.extra_args, spec.stage)
        | ({} if spec.stage in ONLINE else {"train_sampling_strategy": "sequential"})
    )
    return TrainJob.read(
        spec.plain()
        | {
            "max_steps": steps,
            "logging_steps": 1,
            "save_steps": NEVER,
            "eval_steps": NEVER,
            "early_stopping_steps": 0,
            "load_best_model_at_end": False,
            "report_to": "none",
            "extra_args": more,
            "name": "",
        }
    )


def _write_rows(
    rows: Prepared, chosen: Chosen, folder: Path, spec: TrainJob, tokenizer: Any
) -> int:
    """The run's files of rows, as `rows.prepare` finds them; padded tokens of the held-out ones."""
    from studio.training.rows import keep_rows

    held = rows.eval
    if held is not None:
        size = spec.per_device_eval_batch_size or spec.per_device_train_batch_size
        held = held.select(range(min(HELD * size, len(held))))
    keep_rows(folder, rows.train.select(chosen.rows), held, rows.counts)
    return padded_in_order(spec, held, tokenizer)


def _step_seconds(folder: Path) -> list[float]:
    """Seconds of each step, as they stand in the measures."""
    text = (folder / "metrics.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    sums = [line["seconds"] for line in lines if "seconds" in line]
    return [b - a for a, b in zip([0.0, *sums], sums, strict=False)]


def peak_bytes() -> int:
    """The most memory that this process has held: of the GPU with the driver's share, else resident
    (Linux: VmHWM).
    """
    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_reserved()) + CUDA_CONTEXT
    if sys.platform == "linux":
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    info = psutil.Process().memory_info()
    return int(getattr(info, "peak_wset", info.rss))


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def throw_away(folder: Path) -> None:
    """Nothing of a trial stays."""
    shutil.rmtree(folder, ignore_errors=True)
