"""Several values of a training: the fold in which they are typed, and a grid's runs as a table with
the best marked.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from studio import jobs
from studio.errors import SpecError
from studio.jobs.records import JobRecord
from studio.training.grid import GridJob, Tried, best, points, tried, values_of
from studio.training.plan import plan
from studio.training.runs import runs
from studio.training.spec import TrainJob
from tabs.kit import job_status, notices
from tabs.kit.inspector import LINE
from tabs.kit.language import Translated, field_label, word
from tabs.kit.lazy import Lazy
from tabs.kit.session import Session, Values
from tabs.views import payload, view

FIRST = (("learning_rate", "1e-4, 3e-4"), ("lora_rank", "8, 32"), ("", ""))
USUAL = (
    *("learning_rate", "lora_rank", "lora_alpha", "lora_dropout", "num_train_epochs", "max_steps"),
    *("per_device_train_batch_size", "gradient_accumulation_steps", "weight_decay"),
    *("warmup_ratio", "lr_scheduler_type", "optim", "finetuning_type", "seed"),
)
COMPARED = 5  # runs beside the open one


@dataclass(frozen=True)
class Several:
    """The fold's components. names, values: of each field to vary."""

    names: tuple[gr.Dropdown, ...]
    values: tuple[gr.Textbox, ...]
    hours: gr.Number
    told: gr.HTML
    start: gr.Button

    @property
    def inputs(self) -> list[Any]:
        """What is typed in the fold."""
        return [*self.names, *self.values, self.hours]


def build(translated: Translated) -> Several:
    """The fold in the current Gradio context."""
    names, values = [], []
    fold = gr.Accordion(word("en", "several.title"), open=False, elem_id="train-several")
    with translated.label(fold, "several.title"):
        for number, (name, typed) in enumerate(FIRST, 1):
            made = gr.Dropdown(
                choices=["", *USUAL],
                value=name,
                elem_id=f"several-field-{number}",
                elem_classes=LINE,
                interactive=True,
            )
            names.append(translated.add(made, partial(_fields, n=number)))
            text = gr.Textbox(
                value=typed, max_lines=1, elem_id=f"several-values-{number}", elem_classes=LINE
            )
            values.append(translated.add(text, partial(_values, n=number)))
        hours = gr.Number(value=0, minimum=0, elem_id="several-hours", elem_classes=LINE)
        translated.add(
            hours,
            lambda language: {
                "label": word(language, "several.hours"),
                "info": word(language, "several.hours_help"),
            },
        )
        told = notices.box()
        start = gr.Button("Try these values", size="sm", elem_id="several-start")
        translated.label(start, "several.start", "value")
    return Several(tuple(names), tuple(values), hours, told, start)


def _fields(language: str, n: int) -> dict[str, Any]:
    known = [
        (field_label(language, "train", name), name)
        for name in USUAL
        if name in TrainJob.model_fields
    ]
    return {
        "label": word(language, "several.field", n=n),
        "choices": [(word(language, "several.no_field"), ""), *known],
    }


def _values(language: str, n: int) -> dict[str, Any]:
    return {
        "label": word(language, "several.values", n=n),
        "info": word(language, "several.values_help"),
        "placeholder": word(language, "several.example"),
    }


def read(part: Several, base: TrainJob, values: Values) -> GridJob:
    """The grid that the fold asks for, over the form's training. Raises SpecError."""
    over: dict[str, list[Any]] = {}
    for box, text in zip(part.names, part.values, strict=True):
        name = str(values.get(box) or "")
        if not name:
            continue
        if name not in TrainJob.model_fields or name in over:
            raise SpecError(
                "The field {name} stands twice, or is none.", "Choose another one.", name=name[:40]
            )
        over[name] = values_of(name, str(values.get(text) or ""))
    given = {"name": base.name, "base": base.plain(), "over": over}
    return GridJob.read(given | {"max_hours": values.get(part.hours) or 0})


def estimate(part: Several, session: Session, base: TrainJob, values: Values) -> Values:
    """How many runs and steps it will be, and about how long, told under the values."""
    grid = read(part, base, values)
    made = points(grid)
    planned = [plan(point.spec, session.workspace) for point in made]
    steps = sum(one.steps for one in planned if one)
    told = session.word("several.runs", n=len(made), steps=f"{steps:,}")
    known = _seconds_a_step(session, base)
    if known:
        about = job_status.human(session, known * steps)
        told += " " + session.word("several.takes", time=about)
    else:
        told += " " + session.word("several.unknown")
    return {part.told: notices.text(session, told, good=True)}


def _seconds_a_step(session: Session, base: TrainJob) -> float | None:
    """As the newest run that did alike went: same model, method, batch and cutoff length."""
    alike = (
        *("model_name_or_path", "finetuning_type", "stage", "per_device_train_batch_size"),
        *("gradient_accumulation_steps", "cutoff_len"),
    )
    wanted = base.plain()
    for record in runs(session.workspace):
        steps, seconds = record.result.get("steps"), record.result.get("seconds")
        if steps and seconds and all(record.spec.get(n) == wanted[n] for n in alike):
            return float(seconds) / int(steps)
    return None


def grid_of(session: Session, record: JobRecord | None) -> JobRecord | None:
    """The grid that is open, or that the open run is a part of."""
    if record is None or record.kind == "grid":
        return record
    if not record.parent:
        return None
    every = jobs.recent(session.workspace, "grid", -1)
    return next((grid for grid in every if grid.id == record.parent), None)


def run_of(session: Session, grid: JobRecord) -> JobRecord | None:
    """The run whose curve stands for a grid: the one that goes on, else the best, else any."""
    children = list(jobs.children(session.workspace, grid.id).values())
    going = next((child for child in children if child.state == "running"), None)
    found = _tried(session, grid)
    top = best(found)
    named = next((c for c in children if top >= 0 and c.id == found[top].run), None)
    return going or named or (children[-1] if children else None)


def compared(session: Session, grid_id: str) -> list[str]:
    """The runs of a grid that are put beside each other: the best ones."""
    grid = jobs.get(session.workspace, grid_id)
    measured = [one for one in _tried(session, grid) if one.eval_loss is not None]
    measured.sort(key=lambda one: one.eval_loss or 0.0)
    return [one.run for one in measured][: COMPARED + 1]


def settings(session: Session, grid_id: str) -> dict[str, Any]:
    """The training with the best values, without its name. Raises JobError for an unknown grid,
    SpecError where nothing was measured yet.
    """
    grid = jobs.get(session.workspace, grid_id)
    found = _tried(session, grid)
    if (top := best(found)) < 0:
        raise SpecError("No run of the grid was measured yet.", "Wait for the first one.")
    spec = jobs.get(session.workspace, found[top].run).spec
    return {name: value for name, value in spec.items() if name not in ("kind", "name")}


def _tried(session: Session, grid: JobRecord) -> list[Tried]:
    return tried(session.workspace, grid, points(GridJob.read(grid.spec)))


def lazy(session: Session, grid: JobRecord | None, record: JobRecord | None, at: int) -> Lazy:
    """The table of a grid; empty where none is open."""
    if grid is None:
        return Lazy("no grid", lambda: payload({}), at)
    changes = session.workspace.store.changes()
    mark = (
        session.language,
        grid.id,
        changes["jobs"],
        record and record.id,
        round(grid.progress.get("spent_s") or 0, -1),
    )
    return Lazy(mark, lambda: _table(session, grid, record), at)


def _table(session: Session, grid: JobRecord, record: JobRecord | None) -> str:
    found = _tried(session, grid)
    names = list(grid.spec["over"])
    ended = sum(one.state == "done" for one in found)
    facts = [session.word("several.ended", n=ended, of=len(found))]
    for state in ("failed", "skipped"):
        if count := sum(one.state == state for one in found):
            facts.append(session.word(f"several.{state}", n=count))
    if budget := float(grid.spec.get("max_hours") or 0) * 3600:
        spent = float(grid.result.get("seconds") or grid.progress.get("spent_s") or 0)
        left = job_status.human(session, max(0.0, budget - spent))
        facts.append(session.word("several.left", time=left))
    return payload(
        {
            "id": grid.id,
            "name": grid.title,
            "fields": [field_label(session.language, "train", name) for name in names],
            "points": [
                _point(session, one, names) | {"on": bool(record and record.id == one.run)}
                for one in found
            ],
            "best": best(found),
            "facts": facts,
            "words": session.words("several.view"),
        }
    )


def _point(session: Session, one: Tried, names: list[str]) -> dict[str, Any]:
    known = ("done", "failed", "stopped", "running", "queued", "interrupted")
    state = f"job.state.{one.state}" if one.state in known else f"several.state.{one.state}"
    return {
        "values": [_plain(one.values[name]) for name in names],
        "run": one.run,
        "state": one.state,
        "label": session.word(state),
        "loss": one.eval_loss,
        "error": one.error,
    }


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def table() -> gr.HTML:
    """The place of a grid's table."""
    return view("grid", elem_id="train-grid")
