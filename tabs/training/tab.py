"""The Training tab: every stage and method, the loss live, the runs kept."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio import jobs
from studio.errors import ModelError
from studio.jobs.records import JobRecord
from studio.store import jobs as stored
from studio.training import checkpoints, curves, live
from studio.training.runs import adapters, models, runs, stamp_of
from studio.training.spec import TrainJob
from tabs.kit import choices, forms, inspector, job_status, notices, presets_box
from tabs.kit.forms import Form
from tabs.kit.lazy import Lazy, drawn
from tabs.kit.pasted import Elsewhere
from tabs.kit.presets_box import PresetsBox
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.tab import Accept, Tab, Window
from tabs.kit.wiring import connect
from tabs.views import payload, stamp, view

BAR_FIELDS = ("model_name_or_path", "hub_name", "finetuning_type", "quantization_bit")
KINDS = ("train",)
COMMON = ("learning_rate", "grad_norm", "tokens_per_s")
SMALL_ONES = 4
OTHERS = (
    *COMMON,
    "rewards/accuracies",
    "rewards/margins",
    "accuracy",
    "margin",
    "reward",
    "kl",
)
CURVES = live.Runs({"loss": live.MAIN, "eval_loss": live.MAIN} | dict.fromkeys(OTHERS, live.SMALL))


@dataclass(frozen=True)
class TrainingTab:
    """The tab's named components."""

    form: Form[TrainJob]
    presets: PresetsBox
    start: gr.Button
    notice: gr.HTML
    page: gr.State
    curve: gr.HTML
    runs: gr.HTML


def build(shared: Shared) -> TrainingTab:
    """Lay the tab out."""
    translated = shared.translated
    with gr.Row(elem_classes=["work"]):
        with gr.Column(elem_classes=["left"]):
            with gr.Column(elem_classes=["fields"]):
                presets = presets_box.build("training", translated)
                form = forms.build(TrainJob, translated, without=BAR_FIELDS, unfolded=("model",))
            notice = notices.box()
            with inspector.foot():
                start = inspector.start_button(translated, "Train", "train", "training")
        with gr.Column(elem_classes=["right"]):
            page = gr.State({"open": None})
            curve = view("curve", elem_id="train-curve", elem_classes=["card"])
            listing = view("runs", elem_id="train-runs")
    return TrainingTab(
        form=form,
        presets=presets,
        start=start,
        notice=notice,
        page=page,
        curve=curve,
        runs=listing,
    )


def wire(tab: TrainingTab, window: Window) -> None:
    """What a click does."""
    shared = window.shared
    changed, to_chat = window.taking("adapter")

    presets_box.wire(tab.presets, tab.form, window, tab.notice, in_bar(shared))

    def start(session: Session, values: Values) -> Values:
        record = jobs.start(session.workspace, tab.form.read(values, **bar_fields(shared, values)))
        page = {"open": record.id}
        shown = drawn({tab.curve: _curve(session, record, stamp())})
        return {tab.page: page} | shown | job_status.show(shared, session)

    def act(session: Session, values: Values, data: dict[str, Any]) -> Values:
        job_id = str(data.get("id", ""))
        if data.get("act") == "chat":
            return to_chat(session, str(data.get("adapter", "")))
        if data.get("act") == "model":
            known = choices.models(session)
            name = str(data.get("model", ""))
            if name not in [value for _, value in known]:
                raise ModelError(
                    "There is no model {name}.", "Choose one from the list.", name=repr(name[:80])
                )
            return {shared.model: gr.update(choices=known, value=name)}
        if data.get("act") == "resume":
            jobs.resume(session.workspace, job_id)
        record = jobs.get(session.workspace, job_id)
        page = {"open": record.id}
        return {tab.page: page} | drawn(views(tab, session, values | {tab.page: page}))

    connect(
        shared,
        tab.curve.act,
        lambda session, values, data: window.opening("datasets"),
        outputs=[shared.tabs, shared.active],
        event=True,
    )
    outputs = [tab.page, tab.curve, tab.runs]
    connect(
        shared,
        tab.start.click,
        start,
        inputs=tab.form.inputs | shared.bar,
        outputs=[*outputs, shared.status],
        notice=tab.notice,
    )
    connect(
        shared,
        tab.runs.act,
        act,
        inputs=[tab.page],
        outputs=[*outputs, *changed, shared.model],
        notice=tab.notice,
        event=True,
    )


def bar_fields(shared: Shared, values: Values) -> dict[str, Any]:
    """The spec's fields that the top bar sets."""
    given = {
        "model_name_or_path": str(values.get(shared.model) or "starter"),
        "hub_name": values.get(shared.hub) or "huggingface",
        "finetuning_type": values.get(shared.finetuning_type) or "lora",
        "quantization_bit": values.get(shared.quantization) or "none",
    }
    return {key: value for key, value in given.items() if key in TrainJob.model_fields}


def in_bar(shared: Shared) -> Elsewhere:
    """The top bar as the place of the model's fields."""

    def tidy(data: dict[str, Any]) -> dict[str, Any]:
        """LoRA on a base of fewer bits is QLoRA, and QLoRA without bits takes 4: as in the bar."""
        bits, kind = data["quantization_bit"], data["finetuning_type"]
        if kind == "lora" and bits != "none":
            return data | {"finetuning_type": "qlora"}
        return data | {"quantization_bit": "4"} if (kind, bits) == ("qlora", "none") else data

    return Elsewhere(
        held=lambda session, values: bar_fields(shared, values),
        components={
            "model_name_or_path": shared.model,
            "hub_name": shared.hub,
            "finetuning_type": shared.finetuning_type,
            "quantization_bit": shared.quantization,
        },
        tidy=tidy,
        always=("model_name_or_path",),
        inputs=frozenset(shared.bar),
    )


def views(tab: TrainingTab, session: Session, values: Values) -> dict[Any, Lazy]:
    """What the tab shows now: the run that is open, else the newest."""
    at = stamp()
    found = _runs(session)
    wanted = (values.get(tab.page) or {}).get("open")
    record = next((r for r in found if r.id == wanted), found[0] if found else None)
    steps = tuple((r.id, r.state, r.progress.get("done")) for r in found[:20])
    mark = (
        session.language,
        session.workspace.path,
        record and record.id,
        steps,
        tuple(stamp_of(session.workspace, r.id) for r in found if r.active),
    )
    return {
        tab.curve: _curve(session, record, at),
        tab.runs: Lazy(mark, lambda: _listing(session, found, record), at),
    }


def _runs(session: Session) -> list[JobRecord]:
    """The runs, newest first; only those that go on are read anew for their progress."""
    kept = session.kept("runs", ("jobs",), lambda: runs(session.workspace))
    return [jobs.get(session.workspace, record.id) if record.active else record for record in kept]


def _curve(session: Session, record: JobRecord | None, at: int) -> Lazy:
    if record is None:
        return Lazy(
            (session.language, session.workspace.path),
            lambda: payload({"empty": session.words("training.empty")}),
            at,
        )
    path = session.workspace.run_folder(record.id) / "metrics.jsonl"
    size = path.stat().st_size if path.exists() else 0
    return Lazy(
        (session.language, record.id, record.state, size, repr(record.progress)),
        lambda: _curve_payload(session, record),
        at,
    )


def _curve_payload(session: Session, record: JobRecord) -> str:
    folder = session.workspace.run_folder(record.id)
    found = CURVES.look(folder / "metrics.jsonl")
    loss, held_out = found["loss"], found["eval_loss"]
    others = [{"label": session.word(f"training.curves.{name}"), **found[name]} for name in OTHERS]
    smooth = [float(f"{value:.6g}") for value in curves.smooth(loss["y"])]
    return payload(
        {
            "run": record.id,
            "loss": loss,
            "smooth": smooth,
            "eval": held_out,
            "weight": round(curves.usual_weight(len(loss["y"])), 2),
            "total": int(record.progress.get("total") or record.result.get("total_steps") or 0),
            "epochs": _epochs(record),
            "checkpoints": sorted(step for step, _ in checkpoints.numbered(folder)),
            "others": _shown(others),
            "figures": _figures(session, record, loss, held_out),
            "words": session.words("training.view"),
            "waiting": session.word("training.loading" if record.active else "training.no_steps"),
        }
    )


def _shown(others: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Four of the small curves: those of the stage, which come last, before those that all have."""
    there = [one for one in others if len(one["x"]) > 1]
    own = there[len(COMMON) :][: SMALL_ONES - 2]
    return [*there[: SMALL_ONES - len(own)], *own]


def _epochs(record: JobRecord) -> float:
    """How often the whole run sees every row, as its progress tells; 0 where that is not known."""
    progress = record.progress
    done, epoch, total = (float(progress.get(name) or 0) for name in ("done", "epoch", "total"))
    return round(epoch / done * total, 3) if done else 0.0


def _figures(
    session: Session,
    record: JobRecord,
    loss: dict[str, list[float]],
    held_out: dict[str, list[float]],
) -> list[list[str]]:
    progress, figures = record.progress, []
    figures.append([session.word("training.run"), record.title or record.id.removeprefix("train-")])
    if progress.get("total"):
        figures.append(
            [session.word("training.step"), f"{progress['done']:,.0f}/{progress['total']:,.0f}"]
        )
    if loss["y"]:
        figures.append([session.word("training.loss"), f"{loss['y'][-1]:.3f}"])
    if held_out["y"]:
        figures.append([session.word("training.eval_loss"), f"{held_out['y'][-1]:.3f}"])
    speed = progress.get("tok_s") or record.result.get("tokens_per_s")
    if speed:
        figures.append([session.word("training.speed"), f"{speed:,.0f} tok/s"])
    if record.active and progress.get("eta_s"):
        figures.append(
            [session.word("training.left"), job_status.human(session, progress["eta_s"])]
        )
    return figures


def _listing(session: Session, found: list[JobRecord], opened: JobRecord | None) -> str:
    have = {a.run_id: a.name for a in reversed(adapters(session.workspace))}
    own = {a.run_id: a.name for a in reversed(models(session.workspace))}
    shown = [
        {
            "id": r.id,
            "state": r.state,
            "label": session.word(f"job.state.{r.state}"),
            "name": r.title or r.id.removeprefix("train-"),
            "stage": f"{str(r.spec.get('stage', '')).upper()}",
            "steps": f"{r.progress.get('done', 0):,.0f}",
            "loss": _last_loss(r),
            "when": job_status.when(session, r.created),
            "adapter": have.get(r.id),
            "model": own.get(r.id),
            "resumable": jobs.resumable(r),
        }
        for r in found
    ]
    return payload(
        {
            "rows": shown,
            "open": opened.id if opened else None,
            "words": session.words("training.list"),
        }
    )


def _last_loss(record: JobRecord) -> str:
    """The loss that a run ended with, else the last that it logged; "" before the first."""
    last = record.result.get("loss_last", record.progress.get("loss"))
    return f"{last:.3f}" if isinstance(last, float) else ""


def _dataset(tab: TrainingTab, window: Window, session: Session, name: Any) -> Values:
    """A dataset in the form, with the list that has it."""
    offered = window.choices(session, "datasets")
    return {tab.form.fields["dataset"]: gr.update(choices=offered, value=[name])}


def count(session: Session) -> int:
    """How many runs there are."""
    found: int = session.kept(
        "count runs", ("jobs",), lambda: stored.count(session.workspace.store, "train")
    )
    return found


TAB = Tab(
    name="training",
    build=build,
    wire=wire,
    drawn=lambda tab: [tab.curve, tab.runs],
    views=views,
    watched=lambda tab: [tab.page],
    forms=lambda tab: [tab.form],
    choosers=lambda tab: [presets_box.chooser(tab.presets)],
    offers=presets_box.offers("training"),
    kinds=KINDS,
    makes=KINDS,
    badge=count,
    accepts={
        "dataset": Accept(fills=lambda tab: [tab.form.fields["dataset"]], fill=_dataset),
        "run": Accept(
            fills=lambda tab: [tab.page],
            fill=lambda tab, window, session, run: {tab.page: {"open": run}},
        ),
    },
)
