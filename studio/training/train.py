"""One training run, from a spec to an adapter or a model.

It needs a folder to write to and the workspace's data, not its store, so that it runs the same
under a job, `accelerate launch`, torchrun or Slurm. Worker-only.
"""

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import torch
from transformers import set_seed

from studio.datasets.token_view.template import load_tokenizer
from studio.errors import Stopped, StudioError
from studio.training import (
    causes,
    checkpoints,
    effect,
    fused,
    model,
    outcome,
    pictures,
    reply_sampler,
    verdict,
)
from studio.training.adapting import adapted
from studio.training.arguments import arguments
from studio.training.building import build
from studio.training.distributed.together import Together
from studio.training.metrics import Metrics
from studio.training.on_cpu.quicken import quicken
from studio.training.own_weights import release
from studio.training.plan import steps
from studio.training.recorder import Recorder
from studio.training.report import Reporter
from studio.training.rows import prepare
from studio.training.runs import ADAPTER, MODEL
from studio.training.selfcheck import check_loss
from studio.training.spec import Figures, TrainJob
from studio.training.trainers import Common
from studio.workspace import Workspace


def train(
    spec: TrainJob, folder: Path, workspace: Workspace, report: Reporter, *, judged: bool = True
) -> Figures | None:
    """Train, going on from the newest whole checkpoint in `folder` if there is one; how it went,
    None in every process but the first of several.

    judged: look back at its end whether it learnt. Writes only into `folder`. Raises Stopped once a
    stop was asked for and a checkpoint and the adapter are saved, StudioError for everything a user
    can mend.
    """
    together = Together(spec)
    begun = together.from_first(lambda: checkpoints.newest(folder, report.log))
    if begun is not None:
        checkpoints.require_everywhere(begun, together, report.log)
    stopped, trainer = False, None
    if begun is None or not checkpoints.finished(begun):
        report.log(f"going on from {begun.name}" if begun else "starting at step 0")
        with causes.explained(spec, folder):
            trainer, recorder = _build(spec, folder, workspace, report, begun, together)
            trainer.train(resume_from_checkpoint=str(begun) if begun else None)
        stopped = recorder.stopped
    learnt = together.total(trainer.learnt_tokens if trainer is not None else 0)
    result = _finish(spec, folder, report.log) if together.first else None
    if judged and result is not None and trainer is not None:
        _look_back(trainer, spec, folder, report, result["steps"], learnt)
    together.wait()  # for the first, which writes
    if stopped and (result is None or result["steps"] < result["total_steps"]):
        if result is not None:
            report.log(f"stopped after step {result['steps']} of {result['total_steps']}")
        raise Stopped
    return result


def _look_back(
    trainer: Common, spec: TrainJob, folder: Path, report: Reporter, steps: int, learnt: int
) -> None:
    """Did it learn? Measured last, with everything saved, so that a kill in here costs nothing."""
    if trainer.is_deepspeed_enabled or trainer.is_fsdp_enabled:
        report.log("what the run did is not measured: the weights are spread over processes")
        return
    mark = checkpoints.read_mark(folder / (ADAPTER if spec.adapting else MODEL))
    if mark is not None and mark.step != trainer.state.global_step:
        trainer.take_weights(folder / f"checkpoint-{mark.step}")
    try:
        found = verdict.judge(effect.measure(trainer, spec, folder, learnt, steps))
    except StudioError as error:
        report.log(error.sentence)
        return
    report.log(f"did it learn? {found.outcome}" + (f" ({found.cause})" if found.cause else ""))


def _build(
    spec: TrainJob,
    folder: Path,
    workspace: Workspace,
    report: Reporter,
    begun: Path | None,
    together: Together,
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
    model.require_gpu(spec)
    warnings.filterwarnings(
        "ignore", category=FutureWarning
    )  # of the libraries to each other; the log is for people
    tokenizer = _tokenizer(spec, workspace)
    rows = together.first_then_all(lambda: prepare(spec, folder, workspace, tokenizer, report))
    planned = steps(spec, rows.counts.train)
    args = arguments(spec, folder, compute, steps=planned, resumes=begun is not None)
    report.log(
        f"loading {spec.model_name_or_path} in {spec.bits or compute}{' bits' if spec.bits else ''}"
    )
    set_seed(spec.seed)
    base = model.load_for(spec, workspace, compute)
    on = None
    if spec.adapting:
        if spec.gradient_checkpointing:
            base.enable_input_require_grads()
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
    recorder = Recorder(spec, folder, report, before, together)
    recorder.trainer = trainer
    reply_sampler.add(trainer, recorder, spec, folder, report, step)
    trainer.add_callback(recorder)
    quicker = quicken(trainer)
    if quicker is not None:
        report.log(quicker.sentence)
    _look_ahead(trainer, spec, folder, report, compute)
    _tell(trainer, together, report, compute)
    return trainer, recorder


def _look_ahead(
    trainer: Common, spec: TrainJob, folder: Path, report: Reporter, compute: str
) -> None:
    """Before the first step: the loss by plain calls, and what the model says now. Raises
    JobError where the training's loss is another one.
    """
    if spec.spread:
        report.log("not checked against a plain call of the model: its weights are spread")
        return
    apart = check_loss(trainer, spec, compute)
    report.log(
        f"checked against a plain call of the model: the first rows' loss is off by {apart:.1e}"
    )
    effect.keep(trainer, folder)


def _tell(trainer: Common, together: Together, report: Reporter, compute: str) -> None:
    """What is trained, and where."""
    trained, device = cast(Any, trainer.model), trainer.args.device
    learnt = sum(p.numel() for p in trained.parameters() if p.requires_grad)
    several = f", {together.size} processes" if together.size > 1 else ""
    report.log(f"{learnt} weights are trained on {device} in {compute}{several}")
    if together.size == 1 and device.type == "cuda" and torch.cuda.device_count() > 1:
        report.log(f"1 of {torch.cuda.device_count()} GPUs is used; `distributed` uses them all")


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
    best, _ = outcome.HeldOut(Metrics(folder).lines()).best()
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
    pictures.draw(folder, spec.name)
    outcome.summary(folder, spec, result)
    return result
