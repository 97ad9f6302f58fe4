"""The Dataset tab: register, preview as rows, chat and tokens, export."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from studio import datasets, jobs
from studio.datasets import preview, registry
from studio.datasets.spec import DatasetJob
from studio.errors import InputError, StudioError
from tabs import forms, job_panel, rows
from tabs.forms import Choices, Form
from tabs.job_panel import JobPanel
from tabs.language import sentences
from tabs.shared import Lazy, Session, Shared, Values, connect, go, notice, told
from tabs.views import payload, view

PAGE = 10
FIRST = {"offset": 0}


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
                upload = gr.File(label="upload", height=104, interactive=True, elem_id="dataset-upload", type="filepath")
                form = forms.build(DatasetJob, said)
                with gr.Accordion("Export", open=False, elem_id="dataset-export-fold") as fold:
                    file_format = gr.Dropdown(["alpaca", "sharegpt", "openai"], value="alpaca", label="formatting", interactive=True, elem_id="export-format")
                    file_type = gr.Dropdown(["json", "jsonl", "parquet"], value="json", label="file_type", interactive=True, elem_id="export-type")
                    export = said.label(gr.Button("Export", size="sm", elem_id="dataset-export"), "dataset.export", "value")
                    ready = gr.DownloadButton("Download", size="sm", visible=False, elem_id="dataset-download")
            heard = notice()
            start = said.label(gr.Button("Make", variant="primary", elem_id="dataset-start"), "dataset.start", "value")
        with gr.Column(elem_classes=["right"]):
            with gr.Row(elem_classes=["result-bar"]):
                shown = gr.Dropdown([], label="dataset", interactive=True, elem_id="dataset-shown", container=False, show_label=False, scale=2)
                mode = gr.Radio([("Rows", "rows")], value="rows", label="view", interactive=True, elem_id="dataset-mode", container=False, show_label=False, scale=2)
                onward = gr.Button("→", size="sm", elem_id="dataset-onward", scale=1, min_width=200, visible=False)
            page = gr.State(dict(FIRST))
            card = view("preview", elem_id="dataset-view", elem_classes=["card"])
            panel = job_panel.build("dataset")
    for component, key in ((upload, "dataset.upload"), (fold, "dataset.export_title"), (shown, "dataset.shown"),
                           (file_format, "fields.formatting.label"), (file_type, "fields.file_type.label")):
        said.label(component, key)
    said.add(mode, lambda language: {"choices": [(forms.word(language, f"dataset.modes.{m}"), m) for m in ("rows", "chat", "tokens")]})
    return DatasetTab(form, upload, start, heard, shown, mode, file_format, file_type, export, ready, onward, page, card, panel)


def wire(tab: DatasetTab, shared: Shared) -> None:
    """What a click does."""
    job_panel.wire(tab.panel, shared, tab.notice)
    seen = [tab.shown, tab.mode, tab.page, shared.model]

    def start(session: Session, values: Values) -> Values:
        jobs.start(session.workspace, tab.form.read(values))
        return {tab.panel.view: job_panel.show(session, "dataset")}

    def add(session: Session, values: Values) -> Values:
        path = Path(str(values.get(tab.upload) or ""))
        if not path.is_file():
            return {}
        entry = datasets.register_file(session.workspace, path.name, path.read_bytes(), path.stem)
        names = _names(session)
        return {tab.upload: None, tab.shown: gr.update(choices=names, value=entry.name), tab.page: dict(FIRST),
                tab.notice: told(session, session.word("dataset.added", name=entry.name), good=True)}

    def turn(session: Session, values: Values, data: dict[str, Any] | None = None) -> Values:
        if (data or {}).get("act") == "sample":
            return go(shared, "dialogue")
        page = {"offset": max(0, int((data or {}).get("offset", 0)))}
        return {tab.page: page, tab.view: _lazy(tab, shared, session, values | {tab.page: page}).draw(tab.view)}

    def exported(session: Session, values: Values) -> Values:
        name = values.get(tab.shown)
        if not name:
            raise InputError("No dataset is chosen.", "Choose one above the preview, then export.")
        path = datasets.export_zip(session.workspace, name, values.get(tab.file_format), values.get(tab.file_type))
        # Gradio serves files from the temporary folder alone, and a workspace lies elsewhere.
        served = shutil.copy(path, tempfile.mkdtemp(prefix="inkwell-export-"))
        return {tab.ready: gr.update(value=str(served), label=session.word("dataset.download", name=path.name), visible=True)}

    outputs = [tab.view, tab.page]
    slow = {"queue": True, "concurrency_limit": 2}
    connect(shared, tab.start.click, start, inputs=tab.form.inputs, outputs=[tab.panel.view], notice=tab.notice)
    connect(shared, tab.upload.upload, add, inputs=[tab.upload], outputs=[tab.upload, tab.shown, tab.page], notice=tab.notice, queue=True)
    connect(shared, tab.view.act, turn, inputs=seen, outputs=[*outputs, shared.tabs, shared.active], notice=tab.notice, event=True, **slow)
    for listener in (tab.shown.input, tab.mode.input):
        connect(shared, listener, turn, inputs=seen, outputs=outputs, notice=tab.notice, **slow)
    connect(shared, tab.export.click, exported, inputs=[tab.shown, tab.file_format, tab.file_type], outputs=[tab.ready], notice=tab.notice, queue=True)


def poll_inputs(tab: DatasetTab) -> set[Any]:
    """What the timer needs to know of the page."""
    return {tab.shown, tab.mode, tab.page}


def views(tab: DatasetTab, session: Session, values: Values, shared: Shared) -> dict[Any, Lazy]:
    """What the tab shows now."""
    name = _shown(session, values.get(tab.shown))
    told = session.word("dataset.onward")
    return {
        tab.view: _lazy(tab, shared, session, values),
        tab.panel.view: job_panel.lazy(session, tab.panel),
        tab.onward: Lazy((session.language, name), lambda: gr.update(value=told, visible=bool(name))),
    }


def lists(session: Session) -> dict[str, Choices]:
    """The lists that forms offer from this tab."""
    return {"datasets": _names(session), "row_sets": rows.sets(session) + _names(session)}


def _names(session: Session) -> Choices:
    try:
        names = [entry.name for entry in reversed(registry.entries(session.workspace))]
        return [(name, name) for name in sorted(names, key=lambda name: name.endswith("-heldout"))]
    except StudioError:
        return []  # a damaged dataset_info.json is told by the view


def _shown(session: Session, wanted: Any) -> str | None:
    names = [value for _, value in _names(session)]
    return wanted if wanted in names else (names[0] if names else None)


def _lazy(tab: DatasetTab, shared: Shared, session: Session, values: Values) -> Lazy:
    name = _shown(session, values.get(tab.shown))
    mode = values.get(tab.mode) if values.get(tab.mode) in ("rows", "chat", "tokens") else "rows"
    offset = int((values.get(tab.page) or FIRST)["offset"])
    info = session.workspace.data / "dataset_info.json"
    stamp = info.stat().st_mtime_ns if info.exists() else 0
    mark = (session.language, session.workspace.path, name, mode, offset, stamp, mode == "tokens" and (values.get(shared.model), preview.finished()))
    return Lazy(mark, lambda: _payload(session, name, str(mode), offset, str(values.get(shared.model) or "starter")))


def _payload(session: Session, name: str | None, mode: str, offset: int, model: str) -> str:
    base = {"mode": mode, "words": session.words("dataset.view"), "empty": session.words("dataset.empty"), "total": 0}
    try:
        if name is None:
            registry.entries(session.workspace)
            return payload(base)
        opened = datasets.open_dataset(name, session.workspace)
        count = opened.count
        shown = _rows(session, opened, mode, offset, model)
    except StudioError as error:
        return payload(base | {"total": 1, "figures": [], "rows": [], "error": list(sentences(session.language, error))})
    text = " ".join(str(v) for row in opened.rows(offset, 3) for v in row.values())
    return payload(base | {
        "key": f"{name}-{mode}-{offset}", "total": count, "offset": offset, "limit": PAGE, "rows": shown or [],
        "waiting": session.word("dataset.reading_tokens") if shown is None else None,
        "lang": "zh" if any("\u4e00" <= c <= "\u9fff" for c in text[:500]) else "en",
        "figures": [[session.word("dataset.rows"), count], [session.word("dataset.format"), f"{opened.formatting}{' · ranking' if opened.ranking else ''}"]],
    })


def _rows(session: Session, opened: Any, mode: str, offset: int, model: str) -> list[dict[str, Any]] | None:
    """The page's rows; None while their tokens are being read."""
    if mode == "tokens":
        found = preview.soon(session.workspace, opened.name, offset, PAGE, model, 2048, "dpo" if opened.ranking else "sft")
        if found is None:
            return None
        return [{"n": row["row"] + 1, "parts": [_part(session, p) for p in row["parts"]], "error": _told(session, row["error"])} for row in found]
    plain = opened.rows(offset, PAGE)
    if mode == "chat":
        return [{"n": offset + i + 1, "messages": _messages(opened, row)} for i, row in enumerate(plain)]
    return [{"n": offset + i + 1, "data": row} for i, row in enumerate(plain)]


def _messages(opened: Any, row: dict[str, Any]) -> list[dict[str, str]]:
    """A row as turns; of a ranking row both answers, chosen first."""
    turns = list(opened.messages(row))
    if "chosen" in row:
        turns = [t for t in turns if t["role"] not in ("chosen", "rejected")]
        if turns and turns[-1]["role"] == "assistant":
            turns.pop()
        turns += [{"role": "chosen", "content": str(row["chosen"])}, {"role": "rejected", "content": str(row["rejected"])}]
    return turns


def _told(session: Session, record: dict[str, Any] | None) -> str | None:
    """A row's own trouble in one line."""
    return " ".join(sentences(session.language, StudioError.from_record(record))) if record else None


def _part(session: Session, part: dict[str, Any]) -> dict[str, Any]:
    """One rendered answer: tokens with t(rained), u(ntrained), s(pecial), and a line of facts."""
    kinds = [("s" if special else "") + (" t" if label != -100 else " u") for special, label in zip(part["special"], part["labels"], strict=True)]
    label = f"{session.word('dataset.view.' + part['name'])} · " if part.get("name") in ("chosen", "rejected") else ""
    fact = session.word("dataset.token_facts", n=len(part["input_ids"]), share=f"{100 * part['trained_fraction']:.0f}")
    return {"facts": label + fact, "ids": part["input_ids"], "tokens": [[t, k.strip()] for t, k in zip(part["tokens"], kinds, strict=True)],
            "cut": session.word("dataset.cut") if part["truncated"] else None, "lost": part["cut_tokens"]}
