"""The Dataset tab: register, preview as rows, chat and tokens, export."""

import functools
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from studio import documents, jobs
from studio.datasets import naming, registry, window
from studio.datasets.spec import DatasetJob, RegisterJob
from studio.errors import InputError, StudioError
from studio.jobs.records import JobRecord
from tabs import coming, dataset_page, forms, job_notes, job_panel, rows
from tabs.dataset_page import PAGE
from tabs.forms import Choices, Form
from tabs.job_panel import JobPanel
from tabs.language import sentences
from tabs.shared import Lazy, Session, Shared, Values, connect, go, notice, number, told
from tabs.views import payload, view

FIRST = {"offset": 0}
KINDS = ("dataset", "register")
AT_ONCE = (
    4 << 20
)  # bytes of a file that is read while the person waits; larger ones are a job with its progress


@dataclass(frozen=True)
class DatasetTab:
    """The tab's named components."""

    form: Form
    upload: gr.File
    start: gr.Button
    notice: gr.HTML
    shown: gr.Dropdown
    mode: gr.Radio
    file_format: gr.Dropdown
    file_type: gr.Dropdown
    export: gr.Button
    ready: gr.DownloadButton
    onward: gr.Button
    page: gr.State
    view: gr.HTML
    panel: JobPanel


def build(shared: Shared) -> DatasetTab:
    """Lay the tab out."""
    said = shared.said
    with gr.Row(elem_classes=["work"]):
        with gr.Column(elem_classes=["left"]):
            with gr.Column(elem_classes=["fields"]):
                upload = gr.File(
                    label="upload",
                    height=104,
                    interactive=True,
                    elem_id="dataset-upload",
                    type="filepath",
                )
                form = forms.build(DatasetJob, said)
                with gr.Accordion("Export", open=False, elem_id="dataset-export-fold") as fold:
                    file_format = gr.Dropdown(
                        ["alpaca", "sharegpt", "openai"],
                        value="alpaca",
                        label="formatting",
                        interactive=True,
                        elem_id="export-format",
                    )
                    file_type = gr.Dropdown(
                        ["json", "jsonl", "parquet"],
                        value="json",
                        label="file_type",
                        interactive=True,
                        elem_id="export-type",
                    )
                    export = said.label(
                        gr.Button("Export", size="sm", elem_id="dataset-export"),
                        "dataset.export",
                        "value",
                    )
                    ready = gr.DownloadButton(
                        "Download", size="sm", visible=False, elem_id="dataset-download"
                    )
            heard = notice()
            start = said.label(
                gr.Button("Make", variant="primary", elem_id="dataset-start"),
                "dataset.start",
                "value",
            )
        with gr.Column(elem_classes=["right"]):
            with gr.Row(elem_classes=["result-bar"]):
                shown = gr.Dropdown(
                    [],
                    label="dataset",
                    interactive=True,
                    elem_id="dataset-shown",
                    container=False,
                    show_label=False,
                    scale=2,
                )
                mode = gr.Radio(
                    [("Rows", "rows")],
                    value="rows",
                    label="view",
                    interactive=True,
                    elem_id="dataset-mode",
                    container=False,
                    show_label=False,
                    scale=2,
                )
                onward = gr.Button(
                    "→", size="sm", elem_id="dataset-onward", scale=1, min_width=200, visible=False
                )
            page = gr.State(dict(FIRST))
            card = view("preview", elem_id="dataset-view", elem_classes=["card"])
            panel = job_panel.build(*KINDS)
    for component, key in (
        (upload, "dataset.upload"),
        (fold, "dataset.export_title"),
        (shown, "dataset.shown"),
        (file_format, "fields.formatting.label"),
        (file_type, "fields.file_type.label"),
    ):
        said.label(component, key)
    said.add(
        mode,
        lambda language: {
            "choices": [
                (forms.word(language, f"dataset.modes.{m}"), m) for m in ("rows", "chat", "tokens")
            ]
        },
    )
    return DatasetTab(
        form,
        upload,
        start,
        heard,
        shown,
        mode,
        file_format,
        file_type,
        export,
        ready,
        onward,
        page,
        card,
        panel,
    )


def wire(tab: DatasetTab, shared: Shared) -> None:
    """What a click does."""
    job_panel.wire(
        tab.panel,
        shared,
        tab.notice,
        lambda session, record: _choose(tab, session, str(record.spec.get("name", "")).strip()),
        [tab.shown, tab.page],
    )
    seen = [tab.shown, tab.mode, tab.page, shared.model]

    def start(session: Session, values: Values) -> Values:
        spec = tab.form.read(values)
        jobs.start(session.workspace, spec)
        changed = {tab.panel.view: job_panel.show(session, *KINDS)}
        if spec.op == "check":
            return changed
        # Named already, so that the new set is shown as soon as it is there, unless another is
        # chosen meanwhile.
        named = {tab.shown: spec.name.strip(), tab.page: dict(FIRST)}
        drawn = _lazy(tab, shared, session, values | named).build()
        return changed | _choose(tab, session, spec.name.strip()) | {tab.view: drawn}

    def turn(session: Session, values: Values, data: dict[str, Any] | None = None) -> Values:
        if (data or {}).get("act") == "sample":
            return go(shared, "dialogue")
        page = {"offset": max(0, number(data or {}, "offset"))}
        return {
            tab.page: page,
            tab.view: _lazy(
                tab, shared, session, values | {tab.page: page}, dataset_page.CLICK_WAIT_S
            ).draw(tab.view),
        }

    def exported(session: Session, values: Values) -> Values:
        name = values.get(tab.shown)
        if not name:
            raise InputError("No dataset is chosen.", "Choose one above the preview, then export.")
        path = window.export_zip(
            session.workspace, name, values.get(tab.file_format), values.get(tab.file_type)
        )
        # Gradio serves files from the temporary folder alone, and a workspace lies elsewhere.
        served = shutil.copy(path, tempfile.mkdtemp(prefix="inkwell-export-"))
        return {
            tab.ready: gr.update(
                value=str(served),
                label=session.word("dataset.download", name=path.name),
                visible=True,
            )
        }

    outputs = [tab.view, tab.page]
    slow = {"queue": True, "concurrency_limit": 2}
    connect(
        shared,
        tab.start.click,
        start,
        inputs=tab.form.inputs | set(seen),
        outputs=[tab.panel.view, tab.shown, *outputs],
        notice=tab.notice,
    )
    connect(
        shared,
        tab.upload.upload,
        functools.partial(_add, tab, shared),
        inputs=seen,
        outputs=[tab.shown, tab.panel.view, *outputs],
        notice=tab.notice,
        upload=tab.upload,
        queue=True,
        show_progress="full",
        show_progress_on=[tab.upload],
    )
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
        tab.notice: told(session, added, _losses(session, made), good=not made["skipped"])
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
        tab.panel.view: job_panel.show(session, *KINDS),
        tab.view: _lazy(tab, shared, session, values | named).draw(tab.view),
        tab.notice: told(session, text, good=True),
    }


def poll_inputs(tab: DatasetTab) -> set[Any]:
    """What the timer needs to know of the page."""
    return {tab.shown, tab.mode, tab.page}


def views(tab: DatasetTab, session: Session, values: Values, shared: Shared) -> dict[Any, Lazy]:
    """What the tab shows now."""
    name = shown_now(session, values.get(tab.shown))
    told = session.word("dataset.onward")
    return {
        tab.view: _lazy(tab, shared, session, values),
        tab.panel.view: job_panel.lazy(session, tab.panel),
        tab.onward: Lazy(
            (session.language, name), lambda: gr.update(value=told, visible=bool(name))
        ),
    }


def lists(session: Session) -> dict[str, Choices]:
    """The lists that forms offer from this tab."""
    return {
        "datasets": _names(session),
        "row_sets": rows.sets(session) + _names(session),
        "datasets_shown": _showable(session),
    }


def count(session: Session) -> int:
    """How many datasets there are; counted again only when the file that names them was written."""
    return session.kept(
        "count datasets", (), lambda: len(_names(session)), also=registry.written(session.workspace)
    )


def shown_now(session: Session, wanted: Any) -> str | None:
    """The dataset that is on show: the one wanted, else the newest; None while the one wanted is
    being made.
    """
    return None if _awaited(session, wanted) is not None else _shown(session, wanted)


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
    shared: Shared,
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
            session, name, str(mode), offset, str(values.get(shared.model) or "starter"), age
        )
        if name
        else None
    )
    told = (age, mode == "tokens" and values.get(shared.model), found and found.ready(wait_s))
    mark = (session.language, session.workspace.path, name, mode, offset, *told)
    return Lazy(mark, lambda: _payload(session, name, str(mode), offset, found))


def _file_age(session: Session, name: str) -> int:
    """When the dataset's file was changed; 0 where it cannot be told."""
    try:
        path = registry.find(session.workspace, name).path
        return path.stat().st_mtime_ns if path else 0
    except (StudioError, OSError):
        return 0


def _payload(
    session: Session, name: str | None, mode: str, offset: int, found: dataset_page.Reading | None
) -> str:
    base = {
        "mode": mode,
        "words": session.words("dataset.view"),
        "empty": session.words("dataset.empty"),
        "total": 0,
    }
    try:
        if name is None or found is None:
            registry.entries(session.workspace)
            return payload(base)
        if not found.done():
            return payload(
                base
                | {
                    "empty": {
                        "title": session.word("dataset.reading"),
                        "text": session.word("dataset.reading_tokens")
                        if mode == "tokens"
                        else name,
                    }
                }
            )
        page = found.result()
    except StudioError as error:
        return payload(
            base
            | {
                "total": 1,
                "figures": [],
                "rows": [],
                "error": list(sentences(session.language, error)),
            }
        )
    left_out = [[session.word("dataset.skipped"), page["skipped"]]] if page["skipped"] else []
    return payload(
        base
        | {
            "key": f"{name}-{mode}-{offset}",
            "total": page["count"],
            "offset": offset,
            "limit": PAGE,
            "rows": _rows(session, page, mode, offset),
            "lang": "zh" if page["chinese"] else "en",
            "problems": job_notes.problems(session, page),
            "problems_title": session.word(
                "dataset.problems" if page["skipped"] else "dataset.notes", n=f"{page['skipped']:,}"
            ),
            "figures": [
                [session.word("dataset.rows"), page["count"]],
                *left_out,
                [
                    session.word("dataset.format"),
                    f"{page['formatting']}{' · ranking' if page['ranking'] else ''}",
                ],
            ],
        }
    )


def _losses(session: Session, made: dict[str, Any]) -> str:
    """The notice's second line after an upload: how many rows were left out, and the first of
    them.
    """
    return " ".join(
        job_notes.losses(
            session, made | {"problems": made["problems"][:1], "skipped": made["skipped"]}
        )[:3]
    )


def _rows(session: Session, page: dict[str, Any], mode: str, offset: int) -> list[dict[str, Any]]:
    if mode == "tokens":
        return [
            {
                "n": row["row"] + 1,
                "parts": [_part(session, p) for p in row["parts"]],
                "error": _told(session, row["error"]),
            }
            for row in page["rows"]
        ]
    return [
        {"n": offset + i + 1, "messages" if mode == "chat" else "data": row}
        for i, row in enumerate(page["rows"])
    ]


def _told(session: Session, record: dict[str, Any] | None) -> str | None:
    """A row's own trouble in one line."""
    return (
        " ".join(sentences(session.language, StudioError.from_record(record))) if record else None
    )


def _part(session: Session, part: dict[str, Any]) -> dict[str, Any]:
    """One rendered answer: tokens with t(rained), u(ntrained), s(pecial), and a line of facts."""
    kinds = [
        ("s" if special else "") + (" t" if label != -100 else " u")
        for special, label in zip(part["special"], part["labels"], strict=True)
    ]
    label = (
        f"{session.word('dataset.view.' + part['name'])} · "
        if part.get("name") in ("chosen", "rejected")
        else ""
    )
    fact = session.word(
        "dataset.token_facts",
        n=len(part["input_ids"]),
        share=f"{100 * part['trained_fraction']:.0f}",
    )
    return {
        "facts": label + fact,
        "ids": part["input_ids"],
        "tokens": [[t, k.strip()] for t, k in zip(part["tokens"], kinds, strict=True)],
        "cut": session.word("dataset.cut") if part["truncated"] else None,
        "lost": part["cut_tokens"],
    }
