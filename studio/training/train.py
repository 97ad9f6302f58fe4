"""One training run, from a spec to an adapter. It needs a folder to write to and the workspace's data, not its store,
so that it runs the same under a job, `accelerate launch`, torchrun or Slurm. Worker-only."""

import os
import shutil
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

from transformers import set_seed

from studio.datasets.template import load_tokenizer
from studio.errors import Stopped, WorkspaceError
from studio.files import disk_error
from studio.training import checkpoints, model, outcome, trainers
from studio.training.recorder import Recorder
from studio.training.report import Reporter
from studio.training.rows import Prepared, prepare
from studio.training.spec import TrainJob
from studio.workspace import Workspace


def train(spec: TrainJob, folder: Path, workspace: Workspace, report: Reporter) -> dict[str, Any]:
    """Train, going on from the newest whole checkpoint in `folder` if there is one; what `outcome.figures` gives.

    Writes only into `folder`. Raises Stopped once a stop was asked for and a checkpoint and the adapter are saved,
    StudioError for everything a user can mend.
    """
    from_checkpoint = checkpoints.newest(folder, report.log)
    step = checkpoints.numbered(folder)[0][0] if from_checkpoint else 0
    report.log(f"going on from {from_checkpoint.name}" if from_checkpoint else "starting at step 0")
    os.environ |= {"TENSORBOARD_LOGGING_DIR": str(folder / "tensorboard"), "TRACKIO_DIR": str(folder / "trackio")}
    trainer, rows, recorder = _build(spec, folder, workspace, report, step)
    try:
        trainer.train(resume_from_checkpoint=str(from_checkpoint) if from_checkpoint else None)
    except OSError as error:
        raise disk_error(error, folder) from error
    except RuntimeError as error:  # torch wraps a full disk in one
        raise _full_disk(error, folder) or error from error
    return _finish(spec, folder, trainer, rows, recorder)


def _build(
    spec: TrainJob, folder: Path, workspace: Workspace, report: Reporter, step: int
) -> tuple[trainers.Common, Prepared, Recorder]:
    """Rows, model and trainer. The seed is set before the adapter's first weights are drawn."""
    compute = model.precision(spec.compute_type)
    warnings.filterwarnings("ignore", category=FutureWarning)  # of the libraries to each other; the log is for people
    args = trainers.arguments(spec, folder, compute, evaluates=bool(spec.eval_dataset or spec.val_size), resumes=step > 0)
    tokenizer = _tokenizer(spec, workspace)
    with args.main_process_first():
        rows = prepare(spec, folder, workspace, tokenizer, report)
    report.log(f"loading {spec.model_name_or_path} in {spec.bits or compute}{' bits' if spec.bits else ''}")
    set_seed(spec.seed)
    base = model.load_base(spec.model_name_or_path, spec.hub_name, workspace, bits=spec.bits, dtype=model.DTYPES[compute])
    if spec.gradient_checkpointing:
        base.enable_input_require_grads()
    new_for_dpo = spec.stage == "dpo" and not spec.adapter_name_or_path
    adapted = None if new_for_dpo else model.with_adapter(spec, base, workspace)
    trainer = trainers.build(spec, args, base, adapted, rows, tokenizer)
    before = Recorder(spec, folder, report, {}).metrics.cut_back(step) if args.process_index == 0 else {}
    recorder = Recorder(spec, folder, report, before)
    recorder.trainer = trainer
    trainer.add_callback(recorder)
    learnt = sum(p.numel() for p in trainer.model.parameters() if p.requires_grad)
    report.log(f"{learnt} weights are trained on {args.device} in {compute}")
    return trainer, rows, recorder


def _tokenizer(spec: TrainJob, workspace: Workspace) -> Any:
    """The model's tokenizer, with a token to pad with."""
    tokenizer = load_tokenizer(spec.model_name_or_path, spec.hub_name, workspace)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def _finish(spec: TrainJob, folder: Path, trainer: trainers.Common, rows: Prepared, recorder: Recorder) -> dict[str, Any]:
    """Adapter, picture and summary; then Stopped if the run was stopped before its end."""
    state = trainer.state
    result = {}
    if state.is_world_process_zero:
        staged = folder / ".adapter.new"
        shutil.rmtree(staged, ignore_errors=True)
        trainers.save_adapter(trainer.accelerator.unwrap_model(trainer.model), trainer.processing_class, staged)
        checkpoints.sign(staged, state.global_step, spec.model_name_or_path)
        checkpoints.put_in_place(staged, folder / "adapter")
        result = outcome.figures(folder)
        outcome.draw(folder, spec.name)
        outcome.summary(folder, spec, result, asdict(rows.counts))
    if recorder.stopped and state.global_step < state.max_steps:
        recorder.report.log(f"stopped after step {state.global_step} of {state.max_steps}")
        raise Stopped
    return result


def _full_disk(error: RuntimeError, folder: Path) -> WorkspaceError | None:
    """torch reports a disk that is full while it writes a file as a RuntimeError with these words."""
    text = str(error)
    if "file write failed" in text or "No space left" in text or "unexpected pos" in text:
        return disk_error(OSError(28, text), folder)
    return None
