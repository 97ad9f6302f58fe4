"""The Dataset tab: register, preview as rows, chat and tokens, export."""

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from studio import documents, jobs
from studio.datasets import naming, registry, window
from studio.datasets.spec import DatasetJob, RegisterJob
from studio.errors import InputError, StudioError
from studio.jobs.records import JobRecord
from tabs.dataset import layout
from tabs.dataset import page as dataset_page
from tabs.dataset import view as dataset_view
from tabs.kit import coming, export_box, job_notes, job_status, notices, presets_box, rows
from tabs.kit.forms import Choices, Form
from tabs.kit.lazy import Lazy
from tabs.kit.presets_box import PresetsBox
from tabs.kit.rows import MadeRows
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.tab import Accept, Chooser, Tab, Window
from tabs.kit.wiring import connect, number
from tabs.views import view

FIRST = {"offset": 0}
KINDS = ("dataset", "register")
AT_ONCE = 4 << 20  # bytes of a file that is read while the person waits; more is a job


@dataclass(frozen=True)
class DatasetTab:
    """The tab's named components."""

    form: Form[DatasetJob]
    presets: PresetsBox
    upload: gr.File
    start: gr.Button
    notice: gr.HTML
    shown: gr.Dropdown
    mode: gr.Radio
    file_format: gr.Dropdown
    file_type: gr.Dropdown
    export_fold: gr.Accordion
    export: gr.Button
    ready: gr.DownloadButton
    onward: gr.Button
    model: gr.Dropdown  # of the top bar: whose tokens the preview shows
    page: gr.State
    view: gr.HTML


def build(shared: Shared) -> DatasetTab:
    """Lay the tab out."""
    with gr.Row(elem_classes=["work"]):
        parts = layout.left(shared)
        with gr.Column(elem_classes=["right"]):
            parts |= layout.result_bar()
            page = gr.State(dict(FIRST))
            card = view("preview", elem_id="dataset-view", elem_classes=["card"])
    layout.translate(shared.translated, parts)
    return DatasetTab(**parts, model=shared.model, page=page, view=card)


def wire(tab: DatasetTab, window: Window) -> None:
    """What a click does."""
    shared = window.shared
    presets_box.wire(tab.presets, tab.form, window, tab.notice)
    _wire_making(tab, shared)
    _wire_preview(tab, window)
    _wire_export(tab, shared)
    window.hand_on(
        tab.onward,
        "dataset",
        lambda session, values: _ready(session, values.get(tab.shown)),
        inputs=[tab.shown],
        notice=tab.notice,
    )


def _seen(tab: DatasetTab) -> list[Any]:
    """What the preview is drawn from."""
    return [tab.shown, tab.mode, tab.page, tab.model]


def _wire_making(tab: DatasetTab, shared: Shared) -> None:
    """New datasets: made by a job from rows, or taken in from an uploaded file."""

    def start(session: Session, values: Values) -> Values:
        spec = tab.form.read(values)
        jobs.start(session.workspace, spec)
        changed = job_status.show(shared, session)
        if spec.op == "check":
            return changed
        # Named already, so that the new set is shown as soon as it is there, unless another is
        # chosen meanwhile.
        named = {tab.shown: spec.name.strip(), tab.page: dict(FIRST)}
        drawn = _lazy(tab, session, values | named).build()
        return changed | _choose(tab, session, spec.name.strip()) | {tab.view: drawn}

    seen = _seen(tab)
    connect(
        shared,
        tab.start.click,
        start,
        inputs=tab.form.inputs | set(seen),
        outputs=[shared.status, tab.shown, tab.view, tab.page],
        notice=tab.notice,
    )
    connect(
        shared,
        tab.upload.upload,
        functools.partial(_add, tab, shared),
        inputs=seen,
        outputs=[tab.shown, shared.status, tab.view, tab.page],
        notice=tab.notice,
        upload=tab.upload,
        queue=True,
        show_progress="full",
        show_progress_on=[tab.upload],
    )


def _wire_preview(tab: DatasetTab, window: Window) -> None:
    """The preview: its pages, the dataset and the mode chosen above it, its way to the sample."""
    shared = window.shared

    def turn(session: Session, values: Values, data: dict[str, Any] | None = None) -> Values:
        if (data or {}).get("act") == "sample":
            return window.opening("utterance_sets")
        page = {"offset": max(0, number(data or {}, "offset"))}
        return {
            tab.page: page,
            tab.view: _lazy(
                tab, session, values | {tab.page: page}, dataset_page.CLICK_WAIT_S
            ).draw(tab.view),
        }

    seen, outputs = _seen(tab), [tab.view, tab.page]
    slow: dict[str, Any] = {"queue": True, "concurrency_limit": 2}
    connect(
        shared,
        tab.view.act,
        turn,
        inputs=seen,
        outputs=[*outputs, shared.tabs, shared.active],
        notice=tab.notice,
        event=True,
        **slow,
    )
    for listener in (tab.shown.input, tab.mode.input):
        connect(shared, listener, turn, inputs=seen, outputs=outputs, notice=tab.notice, **slow)


def _wire_export(tab: DatasetTab, shared: Shared) -> None:
    """The export of the dataset on show, as a zip to download."""

    def exported(session: Session, values: Values) -> Values:
        name = values.get(tab.shown)
        if not name:
            raise InputError("No dataset is chosen.", "Choose one above the preview, then export.")
        path = window.export_zip(
            session.workspace,
            name,
            str(values.get(tab.file_format) or ""),
            str(values.get(tab.file_type) or ""),
        )
        return {tab.ready: export_box.offered(session, path)}

    connect(
        shared,
        tab.export.click,
        exported,
        inputs=[tab.shown, tab.file_format, tab.file_type],
        outputs=[tab.ready],
        notice=tab.notice,
        queue=True,
    )


def _choose(tab: DatasetTab, session: Session, name: str) -> Values:
    """The updates that show a dataset from its first page on; it may still be in the making."""
    return {tab.shown: gr.update(choices=_showable(session), value=name), tab.page: dict(FIRST)}


def _add(tab: DatasetTab, shared: Shared, session: Session, values: Values) -> Values:
    """An upload: read while the person waits, or, if it is large, by a job."""
    path = Path(str(values.get(tab.upload) or ""))
    if not path.is_file():
        return {}
    name = naming.free_name(session.workspace, path.stem)
    if path.stat().st_size > AT_ONCE:
        return _later(tab, shared, session, values, path, name)
    made = window.take_in(session.workspace, path, name)
    added = session.word(
        "dataset.added" if name == path.stem else "dataset.added_as",
        name=made["name"],
        taken=path.stem,
    )
    return _choose(tab, session, made["name"]) | {
        tab.notice: notices.text(session, added, _losses(session, made), good=not made["skipped"])
    }


def _later(
    tab: DatasetTab, shared: Shared, session: Session, values: Values, path: Path, name: str
) -> Values:
    """A large file: a job takes it in; the set is named already, so that it is shown as soon as it
    is there.
    """
    documents.refuse_at_once(path.name, path)
    spec = RegisterJob(file=documents.stage(session.workspace, path.name, path), name=name)
    jobs.start(session.workspace, spec)
    named = {tab.shown: name, tab.page: dict(FIRST)}
    text = session.word(
        "dataset.taking" if name == path.stem else "dataset.taking_as", name=name, taken=path.stem
    )
    return _choose(tab, session, name) | {
        **job_status.show(shared, session),
        tab.view: _lazy(tab, session, values | named).draw(tab.view),
        tab.notice: notices.text(session, text, good=True),
    }


def views(tab: DatasetTab, session: Session, values: Values) -> dict[Any, Lazy]:
    """What the tab shows now."""
    name = shown_now(session, values.get(tab.shown))
    onward = session.word("dataset.onward")
    return {
        tab.view: _lazy(tab, session, values),
        tab.onward: Lazy(
            (session.language, name), lambda: gr.update(value=onward, visible=bool(name))
        ),
    }


def count(session: Session) -> int:
    """How many datasets there are; counted again only when the file that names them was written."""
    found: int = session.kept(
        "count datasets", (), lambda: len(_names(session)), also=registry.written(session.workspace)
    )
    return found


def shown_now(session: Session, wanted: Any) -> str | None:
    """The dataset that is on show: the one wanted, else the newest; None while the one wanted is
    being made.
    """
    return None if _awaited(session, wanted) is not None else _shown(session, wanted)


def _ready(session: Session, wanted: Any) -> str:
    """The dataset on show. Raises InputError while it is being made."""
    name = shown_now(session, wanted)
    if name is None:
        raise InputError(
            "The dataset is not there yet.", "Wait until its job is done, or choose another one."
        )
    return name


def _rows(tab: DatasetTab, window: Window, session: Session, made: MadeRows) -> Values:
    """Rows of any kind in the form, with a name to start from, which no other dataset has."""
    wanted = re.sub(r"[^\w-]+", "_", made.name).strip("_")[:60] or (
        made.kind if made.name else f"{made.kind}-{made.set_id.rsplit('-', 1)[-1]}"
    )
    return {
        tab.form.fields["sources"]: gr.update(choices=rows.sets(session), value=[made.set_id]),
        tab.form.fields["name"]: gr.update(value=naming.free_name(session.workspace, wanted)),
    }


def _awaited(session: Session, wanted: Any) -> JobRecord | None:
    """The job that is making the dataset wanted, while it is under way and the dataset of that name
    is not there.
    """
    record = coming.job(session, *KINDS)
    named = (
        record is not None
        and wanted
        and record.spec.get("name", "").strip() == wanted
        and record.spec.get("op") != "check"
    )
    return record if named and wanted not in [value for _, value in _names(session)] else None


def _showable(session: Session) -> Choices:
    """What can be shown: the datasets, and first the one that is being made."""
    record, names = coming.job(session, *KINDS), _names(session)
    name = record.spec.get("name", "").strip() if record is not None else ""
    return (
        [(coming.label(session, record), name)]
        if record is not None and _awaited(session, name)
        else []
    ) + names


def _names(session: Session) -> Choices:
    try:
        names = [entry.name for entry in reversed(registry.entries(session.workspace))]
        return [(name, name) for name in sorted(names, key=lambda name: name.endswith("-heldout"))]
    except StudioError:
        return []  # a damaged dataset_info.json is told by the view


def _shown(session: Session, wanted: Any) -> str | None:
    names = [value for _, value in _names(session)]
    return wanted if wanted in names else (names[0] if names else None)


def _lazy(
    tab: DatasetTab,
    session: Session,
    values: Values,
    wait_s: float = dataset_page.WAIT_S,
) -> Lazy:
    record = _awaited(session, values.get(tab.shown))
    if record is not None:
        return Lazy(coming.mark(session, record), lambda: coming.waiting(session, record))
    name = _shown(session, values.get(tab.shown))
    mode = values.get(tab.mode) if values.get(tab.mode) in ("rows", "chat", "tokens") else "rows"
    offset = int((values.get(tab.page) or FIRST)["offset"])
    age = (registry.written(session.workspace), name and _file_age(session, name))
    found = (
        dataset_page.reading(
            session, name, str(mode), offset, str(values.get(tab.model) or "starter"), age
        )
        if name
        else None
    )
    state = (age, mode == "tokens" and values.get(tab.model), found and found.ready(wait_s))
    mark = (session.language, session.workspace.path, name, mode, offset, *state)
    return Lazy(mark, lambda: dataset_view.draw(session, name, str(mode), offset, found))


def _file_age(session: Session, name: str) -> int:
    """When the dataset's file was changed; 0 where it cannot be told."""
    try:
        path = registry.find(session.workspace, name).path
        return path.stat().st_mtime_ns if path else 0
    except (StudioError, OSError):
        return 0


def _losses(session: Session, made: dict[str, Any]) -> str:
    """The notice's second line after an upload: how many rows were left out, and the first of
    them.
    """
    return " ".join(
        job_notes.losses(
            session, made | {"problems": made["problems"][:1], "skipped": made["skipped"]}
        )[:3]
    )


TAB = Tab(
    name="dataset",
    build=build,
    wire=wire,
    drawn=lambda tab: [tab.onward, tab.view],
    views=views,
    watched=_seen,
    forms=lambda tab: [tab.form],
    choosers=lambda tab: [
        Chooser(box=tab.shown, source="datasets_shown", made_by=KINDS),
        presets_box.chooser(tab.presets),
    ],
    kinds=KINDS,
    makes=KINDS,
    badge=count,
    offers={
        **presets_box.offers("dataset"),
        "datasets": _names,
        "row_sets": lambda session: rows.sets(session) + _names(session),
        "datasets_shown": _showable,
    },
    accepts={
        "rows": Accept(
            fills=lambda tab: [tab.form.fields["sources"], tab.form.fields["name"]], fill=_rows
        ),
        "shown dataset": Accept(
            fills=lambda tab: [tab.shown, tab.page],
            fill=lambda tab, window, session, name: _choose(tab, session, name),
        ),
    },
    unstored=dataset_page.finished,
)
