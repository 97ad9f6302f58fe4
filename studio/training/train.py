"""One training run, from a spec to an adapter or a model.

It needs a folder to write to and the workspace's data, not its store, so that it runs the same
under a job, `accelerate launch`, torchrun or Slurm. Worker-only.
"""

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from transformers import set_seed

from studio.datasets.token_view.template import load_tokenizer
from studio.errors import Stopped, StudioError, WorkspaceError
from studio.files import disk_error
from studio.training import checkpoints, effect, fused, model, outcome, verdict
from studio.training.adapting import adapted
from studio.training.arguments import arguments
from studio.training.building import build
from studio.training.metrics import Metrics
from studio.training.own_weights import release
from studio.training.plan import steps
from studio.training.recorder import Recorder
from studio.training.report import Reporter
from studio.training.rows import prepare
from studio.training.runs import ADAPTER, MODEL
from studio.training.selfcheck import check_loss
from studio.training.spec import Figures, TrainJob
from studio.training.stages import ONLINE
from studio.training.trainers import Common
from studio.workspace import Workspace


def train(spec: TrainJob, folder: Path, workspace: Workspace, report: Reporter) -> Figures | None:
    """Train, going on from the newest whole checkpoint in `folder` if there is one; how it went,
    None in every process but the first of several.

    Writes only into `folder`. Raises Stopped once a stop was asked for and a checkpoint and the
    adapter are saved, StudioError for everything a user can mend.
    """
    begun = checkpoints.newest(folder, report.log)
    stopped, main, trainer = False, True, None
    if begun is None or not checkpoints.finished(begun):
        report.log(f"going on from {begun.name}" if begun else "starting at step 0")
        trainer, recorder = _build(spec, folder, workspace, report, begun)
        _run(trainer, folder, begun)
        stopped, main = recorder.stopped, trainer.is_world_process_zero()
    result = _finish(spec, folder, report.log) if main else None
    if result is not None and trainer is not None:
        _look_back(trainer, spec, folder, report, result["steps"])
    if stopped and (result is None or result["steps"] < result["total_steps"]):
        if result is not None:
            report.log(f"stopped after step {result['steps']} of {result['total_steps']}")
        raise Stopped
    return result


def _run(trainer: Common, folder: Path, begun: Path | None) -> None:
    """The steps. Raises WorkspaceError for a disk that is full."""
    try:
        trainer.train(resume_from_checkpoint=str(begun) if begun else None)
    except OSError as error:
        raise disk_error(error, folder) from error
    except RuntimeError as error:  # torch wraps a full disk in one
        raise _full_disk(error, folder) or error from error


def _look_back(trainer: Common, spec: TrainJob, folder: Path, report: Reporter, steps: int) -> None:
    """Did it learn? Measured last, with everything saved, so that a kill in here costs nothing."""
    kept_from = _not_measured(trainer, spec, folder)
    if kept_from:
        report.log(f"what the run did is not measured: {kept_from}")
        return
    try:
        found = verdict.judge(effect.measure(trainer, spec, folder, trainer.learnt_tokens, steps))
    except StudioError as error:
        report.log(error.sentence)
        return
    report.log(f"did it learn? {found.outcome}" + (f" ({found.cause})" if found.cause else ""))


def _not_measured(trainer: Common, spec: TrainJob, folder: Path) -> str:
    """Why the model as it stands cannot tell what the run did; "" where it can."""
    if trainer.is_deepspeed_enabled or trainer.is_fsdp_enabled:
        return "the weights are spread over processes"
    if spec.stage == "rm" or spec.stage in ONLINE:
        return f"at the stage {spec.stage} the scores tell it"
    if trainer.beneath is not None:
        return "the adapter that is saved holds more than the one that was trained"
    mark = checkpoints.read_mark(folder / (ADAPTER if spec.adapting else MODEL))
    if mark is not None and mark.step != trainer.state.global_step:
        return "the saved weights are those of an earlier step"
    return ""


def _build(
    spec: TrainJob, folder: Path, workspace: Workspace, report: Reporter, begun: Path | None
) -> tuple[Common, Recorder]:
    """Rows, model and trainer. The seed is set before the adapter's first weights are drawn."""
    os.environ |= {
        "TENSORBOARD_LOGGING_DIR": str(folder / "tensorboard"),
        "TRACKIO_DIR": str(folder / "trackio"),
    }
    fused.calm_memory()
    if spec.threads:
        torch.set_num_threads(spec.threads)
    compute = model.precision(spec.compute_type)
    warnings.filterwarnings(
        "ignore", category=FutureWarning
    )  # of the libraries to each other; the log is for people
    tokenizer = _tokenizer(spec, workspace)
    # Asked of accelerate before the arguments are made, since the schedule hangs on the rows.
    with PartialState().main_process_first():
        rows = prepare(spec, folder, workspace, tokenizer, report)
    planned = steps(spec, rows.counts.train)
    args = arguments(spec, folder, compute, steps=planned, resumes=begun is not None)
    report.log(
        f"loading {spec.model_name_or_path} in {spec.bits or compute}{' bits' if spec.bits else ''}"
    )
    set_seed(spec.seed)
    base = model.load_for(spec, workspace, compute)
    if spec.gradient_checkpointing and spec.adapting:
        base.enable_input_require_grads()
    on = None
    if spec.adapting:
        on = adapted(spec, base, workspace, rows.train, tokenizer)
    else:
        learnt_in = release(spec, base, compute)
        report.log(
            f"learnt in the model itself: {', '.join(learnt_in) if any(learnt_in) else 'all'}"
        )
    trainer = build(spec, args, base, on, rows, tokenizer, workspace, compute)
    for line in fused.put_on(trainer, spec) if fused.wanted(spec) else []:
        report.log(f"fused: {line}")
    step = checkpoints.numbered(folder)[0][0] if begun else 0
    before = Metrics(folder).cut_back(step) if args.process_index == 0 else {}
    recorder = Recorder(spec, folder, report, before)
    recorder.trainer = trainer
    trainer.add_callback(recorder)
    apart = check_loss(trainer, spec, compute)
    report.log(
        f"checked against a plain call of the model: the first rows' loss is off by {apart:.1e}"
    )
    if spec.stage not in ("rm", *ONLINE):  # of these the scores tell what was learnt
        effect.keep(trainer, folder)
    trained: Any = trainer.model
    learnt = sum(p.numel() for p in trained.parameters() if p.requires_grad)
    report.log(f"{learnt} weights are trained on {args.device} in {compute}")
    return trainer, recorder


def _tokenizer(spec: TrainJob, workspace: Workspace) -> Any:
    """The model's tokenizer, with a token to pad with."""
    tokenizer = load_tokenizer(spec.model_name_or_path, spec.hub_name, workspace)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def _finish(spec: TrainJob, folder: Path, log: Callable[[str], None]) -> Figures:
    """Weights, picture and summary, made from the newest checkpoint, or from the best where that is
    asked for; so a kill in here costs nothing on the next run.
    """
    step, source = checkpoints.numbered(folder)[0]
    best, _ = outcome.best_so_far(Metrics(folder).lines())
    if (spec.load_best_model_at_end or spec.early_stopping_steps) and best is not None:
        found = dict(checkpoints.numbered(folder)).get(best)
        if found is not None and not checkpoints.fault(found):
            step, source = best, found
            log(f"the weights are those of step {best}, where the held-out loss was lowest")
    name = ADAPTER if spec.adapting else MODEL
    staged = folder / f".{name}.new"
    checkpoints.copy_weights(source, staged)
    checkpoints.sign(staged, step, spec.model_name_or_path)
    checkpoints.put_in_place(staged, folder / name)
    result = outcome.figures(folder)
    outcome.draw(folder, spec.name)
    outcome.summary(folder, spec, result)
    return result


def _full_disk(error: RuntimeError, folder: Path) -> WorkspaceError | None:
    """torch reports a disk that is full while it writes a file as a RuntimeError with these
    words.
    """
    text = str(error)
    if "file write failed" in text or "No space left" in text or "unexpected pos" in text:
        return disk_error(OSError(28, text), folder)
    return None
