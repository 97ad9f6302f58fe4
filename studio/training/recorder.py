"""What happens beside the steps: metrics, progress, signed checkpoints, the wish to stop.

Worker-only.
"""

import time
from pathlib import Path
from typing import Any

import psutil
import torch
from transformers import TrainerCallback

from studio.training.checkpoints import numbered, rotate, sign
from studio.training.distributed.together import Together
from studio.training.doubts import STILL, doubts
from studio.training.machine_load import MachineLoad
from studio.training.metrics import Metrics
from studio.training.outcome import HeldOut
from studio.training.report import Reporter
from studio.training.spec import TrainJob

# Speeds that transformers adds to every log; ours are measured over the same span for all stages.
LEFT_OUT = ("_runtime", "_per_second", "epoch", "total_flos", "num_tokens", "train_loss")


class Recorder(TrainerCallback):
    """Writes metrics.jsonl, signs and rotates checkpoints, and stops at the next step when
    asked.
    """

    def __init__(
        self,
        spec: TrainJob,
        folder: Path,
        report: Reporter,
        before: dict[str, Any],
        together: Together,
    ) -> None:
        self.spec, self.folder, self.report, self.together = spec, folder, report, together
        self.metrics = Metrics(folder)
        self.trainer: Any = None
        self.stopped = False
        self.memory_mb = 0.0
        self._told: set[str] = set()
        self._newest: list[dict[str, Any]] = []
        self._held = HeldOut(self.metrics.lines())
        self._load = MachineLoad(0 if torch.cuda.is_available() else None)
        # Time and tokens of earlier stretches of a resumed run, so that the sums go on.
        self.seconds, self.tokens = float(before.get("seconds", 0.0)), int(before.get("tokens", 0))
        self._at, self._seen = time.monotonic(), 0

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """The clock starts with the first step, not with loading; a resumed run's is not the first
        of all."""
        self._at = time.monotonic()
        self.report.progress(state.global_step, state.max_steps, begins=True)

    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any
    ) -> None:
        """One line a measurement."""
        kept = {
            k: v
            for k, v in (logs or {}).items()
            if isinstance(v, int | float) and not k.endswith(LEFT_OUT)
        }
        if not ({"loss", "eval_loss"} & kept.keys()):
            return
        speed = self._speed() if "loss" in kept else {}
        if not self.together.first:
            return
        line = {
            "step": state.global_step,
            "total_steps": state.max_steps,
            "epoch": round(state.epoch or 0.0, 4),
        } | kept
        if "loss" in kept:
            line |= speed | self._load.measure()
        self.metrics.add(line)
        self._held.take(line)
        self._newest = [*self._newest, line][-STILL:]
        for doubt in doubts(self.spec, self._newest):
            kind = doubt.split(":")[-1]
            if kind not in self._told:
                self._told.add(kind)
                self.report.log(f"careful: {doubt}")
        told = {
            "loss": kept.get("loss"),
            "eval_loss": kept.get("eval_loss"),
            "tok_s": line.get("tokens_per_s"),
        }
        told |= {"memory_mb": line.get("memory_mb"), "epoch": line["epoch"]}
        self.report.progress(
            state.global_step, state.max_steps, **{k: v for k, v in told.items() if v is not None}
        )

    def on_evaluate(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        """Time spent on held-out rows does not count as training speed. The best weights so far are
        kept where they will be asked for, and the run ends where no better ones come.
        """
        self._at = time.monotonic()
        if not (self.spec.load_best_model_at_end or self.spec.early_stopping_steps):
            return control
        best, since = self.together.from_first(self._held.best)
        if best == state.global_step:
            control.should_save = True
        if 0 < self.spec.early_stopping_steps <= since and state.global_step < state.max_steps:
            self.report.log(
                f"ended at step {state.global_step}: {since} measurements of the held-out loss "
                f"without one below that of step {best}"
            )
            control.should_save = control.should_training_stop = True
        return control

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        """After a step: when a stop was asked for, log, save and leave. The last step is logged
        whatever `logging_steps` says, so that the shortest run has a loss."""
        if not self.stopped and self.together.from_first(self.report.stopping):
            self.stopped = True
        if self.stopped and state.global_step < state.max_steps:
            control.should_log = control.should_save = control.should_training_stop = True
            control.should_evaluate = False
        if state.global_step >= state.max_steps:
            control.should_log = True
        return control

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """A checkpoint was written: sign it once all processes are done, then let the oldest go."""
        self.together.wait()
        if self.together.first:
            self._sign(state.global_step)
        self.together.wait()
        self._at = time.monotonic()

    def _sign(self, step: int) -> None:
        folder = self.folder / f"checkpoint-{step}"
        (folder / "README.md").unlink(missing_ok=True)
        sign(folder, step, self.spec.model_name_or_path)
        self.report.log(f"{folder.name} is saved")
        best = self._held.best({step for step, _ in numbered(self.folder)})[0]
        for gone in rotate(self.folder, self.spec.save_total_limit, best):
            self.report.log(f"{gone.name} is deleted, newer ones are kept")

    def pause(self, seconds: float) -> None:
        """Leave so much time out of the training's: something else was done meanwhile."""
        self._at += seconds

    def _speed(self) -> dict[str, float]:
        """Seconds, tokens of all processes, tokens a second since the last line, and memory in MB:
        of the GPU, else of this process.
        """
        seen = self.together.total(self.trainer.seen_tokens if self.trainer else 0)
        now = time.monotonic()
        passed, fresh = max(now - self._at, 1e-6), seen - self._seen
        self._at, self._seen = now, seen
        self.seconds += passed
        self.tokens += fresh
        if torch.cuda.is_available():
            memory = torch.cuda.max_memory_allocated()
        else:
            memory = psutil.Process().memory_info().rss
        self.memory_mb = max(self.memory_mb, memory / 2**20)
        return {
            "seconds": round(self.seconds, 3),
            "tokens": self.tokens,
            "tokens_per_s": round(fresh / passed, 2),
            "memory_mb": round(self.memory_mb, 1),
        }
