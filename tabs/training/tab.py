"""The Training tab: every stage and method, the loss live, the runs kept."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio import jobs
from studio.errors import ModelError
from studio.export import TOOLS, recipe_limited
from studio.jobs.records import JobRecord
from studio.store import jobs as stored
from studio.training.spec import TrainJob
from tabs.kit import choices, export_box, forms, inspector, notices, presets_box
from tabs.kit.forms import Form
from tabs.kit.lazy import Lazy, drawn
from tabs.kit.pasted import Elsewhere
from tabs.kit.preset_partner import Partner
from tabs.kit.presets_box import PresetsBox
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.tab import Accept, Tab, Window
from tabs.kit.wiring import connect
from tabs.training import (
    beside,
    curve_card,
    learnt,
    live_panel,
    machines,
    measured_on,
    on_memory,
    preflight_card,
    queue_card,
    run_list,
    sample_prompts,
    several,
)
from tabs.views import stamp, view

BAR_FIELDS = ("model_name_or_path", "hub_name", "finetuning_type", "quantization_bit")
KINDS = ("train", "preflight", "grid")


@dataclass(frozen=True)
class TrainingTab:
    """The tab's named components."""

    form: Form[TrainJob]
    machines: machines.Machines
    memory: Partner
    presets: PresetsBox
    start: gr.Button
    preflight: preflight_card.PreflightCard
    notice: gr.HTML
    page: gr.State
    curve: gr.HTML
    runs: gr.HTML
    live: live_panel.LivePanel
    samples: gr.Button
    later: gr.Button  # into the queue
    several: several.Several
    grid: gr.HTML
    ready: gr.DownloadButton  # a run's bundle for other tools


def build(shared: Shared) -> TrainingTab:
    """Lay the tab out."""
    translated = shared.translated
    with gr.Row(elem_classes=["work"]):
        with gr.Column(elem_classes=["left"]):
            with gr.Column(elem_classes=["fields"]):
                memory = on_memory.build(translated)
                presets = presets_box.build("training", translated)
                form = forms.build(TrainJob, translated, without=BAR_FIELDS, unfolded=("model",))
                samples = sample_prompts.build(form, translated)
                commands = machines.build(translated)
                tries = several.build(translated)
            card = preflight_card.shown()
            notice = notices.box()
            with inspector.foot():
                start = inspector.start_button(translated, "Train", "train", "training")
                later = queue_card.button(translated)
                check = preflight_card.button(translated)
        with gr.Column(elem_classes=["right"]):
            page = gr.State({"open": None})
            curve = view("curve", elem_id="train-curve", elem_classes=["card"])
            live = live_panel.build()
            grid = several.table()
            listing = view("runs", elem_id="train-runs")
            ready = gr.DownloadButton(
                "Download", size="sm", visible=False, elem_id="train-download"
            )
    preflight = preflight_card.build(card, check, form, shared, bar_fields)
    return TrainingTab(
        form=form,
        machines=commands,
        memory=memory,
        presets=presets,
        start=start,
        preflight=preflight,
        notice=notice,
        page=page,
        curve=curve,
        runs=listing,
        live=live,
        samples=samples,
        later=later,
        several=tries,
        grid=grid,
        ready=ready,
    )


def wire(tab: TrainingTab, window: Window) -> None:
    """What a click does."""
    shared = window.shared
    presets_box.wire(tab.presets, tab.form, window, tab.notice, in_bar(shared), tab.memory)
    measured_on.wire(tab.form, tab.notice, shared)
    sample_prompts.wire(tab.samples, tab.form, tab.notice, shared)
    live_panel.wire(tab.live, shared, tab.ready, tab.notice, [tab.page], _run_of(tab))
    machines.wire(tab.machines, tab.form, tab.notice, shared, in_bar(shared))
    preflight_card.wire(tab.preflight, tab.notice)

    queue_card.wire(
        tab,
        shared,
        lambda values: tab.form.read(values, **bar_fields(shared, values)),
        lambda session, values: drawn(views(tab, session, values)),
    )
    _wire_card(tab, window)
    _wire_runs(tab, window)


def _wire_card(tab: TrainingTab, window: Window) -> None:
    """The card: the way to the data, a run's settings once more, runs beside each other."""
    shared = window.shared

    def act(session: Session, values: Values, data: dict[str, Any]) -> Values:
        if data.get("act") == "again":
            return learnt.again(tab.form, session, str(data.get("id", "")))
        if data.get("act") in ("beside", "axis", "measure"):
            return _looked_at(tab, session, values, data)
        return window.opening("datasets")

    connect(
        shared,
        tab.curve.act,
        act,
        inputs=[tab.page, tab.live.page],
        outputs=[shared.tabs, shared.active, *tab.form.inputs, tab.page, *TAB.drawn(tab)],
        notice=tab.notice,
        event=True,
    )


def _wire_runs(tab: TrainingTab, window: Window) -> None:
    """The list of runs: open, resume, chat, compare, take over the settings."""
    given, to_chat = window.taking("adapter")

    def act(session: Session, values: Values, data: dict[str, Any]) -> Values:
        job_id, wanted = str(data.get("id", "")), data.get("act")
        if wanted == "chat":
            return to_chat(session, str(data.get("adapter", "")))
        if wanted == "model":
            return {window.shared.model: _own_model(session, str(data.get("model", "")))}
        if wanted == "beside":
            return _looked_at(tab, session, values, data)
        if (changed := run_list.act(session, data)) is not None:
            page = (values.get(tab.page) or {}) | changed
            return {tab.page: page} | drawn(views(tab, session, values | {tab.page: page}))
        if wanted == "settings":
            return learnt.settings(tab.form, session, job_id)
        if wanted == "elsewhere":
            return _elsewhere(tab, session, job_id)
        if wanted == "resume":
            jobs.resume(session.workspace, job_id)
        record = jobs.get(session.workspace, job_id)
        page = (values.get(tab.page) or {}) | {"open": record.id}
        return {tab.page: page} | drawn(views(tab, session, values | {tab.page: page}))

    connect(
        window.shared,
        tab.runs.act,
        act,
        inputs=[tab.page, tab.live.page],
        outputs=[
            tab.page,
            *TAB.drawn(tab),
            tab.ready,
            *given,
            *tab.form.inputs,
            window.shared.model,
        ],
        notice=tab.notice,
        event=True,
        queue=True,
    )


def _elsewhere(tab: TrainingTab, session: Session, job_id: str) -> Values:
    """A run's data with a config for each of the other tools, as a zip to download."""
    made = recipe_limited(session.workspace, job_id)
    told = session.word("training.elsewhere", tools=", ".join(name for name, *_ in TOOLS))
    return {
        tab.ready: export_box.offered(session, made.path),
        tab.notice: notices.text(session, told, " ".join(made.notes), good=True),
    }


def _own_model(session: Session, name: str) -> Any:
    """What a run left, as the model of the top bar. Raises ModelError."""
    known = choices.models(session)
    if name not in [value for _, value in known]:
        raise ModelError(
            "There is no model {name}.", "Choose one from the list.", name=repr(name[:80])
        )
    return gr.update(choices=known, value=name)


def _looked_at(tab: TrainingTab, session: Session, values: Values, data: dict[str, Any]) -> Values:
    """Another run beside the open one, another axis or measure."""
    page = values.get(tab.page) or {}
    if (act := str(data.get("act"))) in ("axis", "measure"):
        page = page | {act: str(data.get(act, ""))}
    else:
        page = page | {"beside": beside.ticked(page, str(data.get("id", "")))}
    return {tab.page: page} | drawn(views(tab, session, values | {tab.page: page}))


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
    page = values.get(tab.page) or {}
    grid, record = _opened(tab, session, values)
    found = run_list.found(session)
    opened = run_list.opened(found, page.get("open"))
    shown = beside.chosen(page, record, [one for one in found if one.kind == "train"])
    ticked = tuple(r.id for r in shown[1:])
    return {
        tab.curve: curve_card.of(
            session, record, shown, beside.axis_of(page), at, curve_card.measure_of(page)
        ),
        tab.live.view: live_panel.shown(session, tab.live, values, record, at),
        tab.grid: several.lazy(session, grid, record, at),
        tab.runs: run_list.lazy(session, page, found, opened, ticked, at),
    }


def _run_of(tab: TrainingTab) -> Callable[[Session, Values], JobRecord | None]:
    return lambda session, values: _opened(tab, session, values)[1]


def _opened(
    tab: TrainingTab, session: Session, values: Values
) -> tuple[JobRecord | None, JobRecord | None]:
    """(the grid that is open, the run that is: of that grid, else the one chosen or the newest)."""
    found = run_list.found(session)
    opened = run_list.opened(found, (values.get(tab.page) or {}).get("open"))
    grid = several.grid_of(session, opened)
    if grid and grid is opened:  # of a grid without a run yet the newest other run stays in sight
        return grid, several.run_of(session, grid) or run_list.opened(found, None)
    return grid, opened


def _dataset(tab: TrainingTab, window: Window, session: Session, name: Any) -> Values:
    """A dataset in the form with its part for validation, and the list that has them."""
    offered = window.choices(session, "datasets")
    measured = tab.form.fields["eval_dataset"]
    found = measured_on.proposed(tab.form, tab.notice, session, {measured: None}, name, offered)
    return {
        measured: gr.update(choices=offered, value=[]),
        tab.form.fields["dataset"]: gr.update(choices=offered, value=[name]),
    } | found


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
    drawn=lambda tab: [tab.preflight.view, tab.curve, tab.live.view, tab.grid, tab.runs],
    views=lambda tab, session, values: (
        views(tab, session, values) | preflight_card.views(tab.preflight, session, values)
    ),
    watched=lambda tab: [tab.page, tab.live.page, *tab.preflight.inputs],
    forms=lambda tab: [tab.form],
    choosers=lambda tab: [presets_box.chooser(tab.presets)],
    offers=presets_box.offers("training"),
    kinds=KINDS,
    makes=("train",),
    badge=count,
    accepts={
        "dataset": Accept(
            fills=lambda tab: [
                *(tab.form.fields[name] for name in ("dataset", "eval_dataset")),
                tab.notice,
            ],
            fill=_dataset,
        ),
        "run": Accept(
            fills=lambda tab: [tab.page],
            fill=lambda tab, window, session, run: {tab.page: {"open": run}},
        ),
    },
)
