"""The Chunking tab: a document cut into chunks, the cuts shown in the text itself."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio import documents, jobs
from studio.chunking import reading
from studio.chunking.spec import ChunkJob
from tabs import documents as adding
from tabs import forms, job_panel, presets_box
from tabs.forms import Choices, Form
from tabs.job_panel import JobPanel
from tabs.presets_box import PresetsBox
from tabs.shared import Lazy, Session, Shared, Values, connect, drawn, notice
from tabs.views import payload, view

PAGE = 40


@dataclass(frozen=True)
class ChunkingTab:
    """The tab's named components."""

    form: Form
    presets: PresetsBox
    upload: gr.File
    start: gr.Button
    notice: gr.HTML
    shown: gr.Dropdown
    onward: gr.Button
    page: gr.State
    view: gr.HTML
    panel: JobPanel


def build(shared: Shared) -> ChunkingTab:
    """Lay the tab out."""
    said = shared.said
    with gr.Row(elem_classes=["work"]):
        with gr.Column(elem_classes=["left"]):
            with gr.Column(elem_classes=["fields"]):
                presets = presets_box.build("chunking", said)
                upload = adding.build(said, "chunk-upload")
                form = forms.build(ChunkJob, said)
            told = notice()
            start = said.label(gr.Button("Cut", variant="primary", elem_id="chunk-start"), "chunking.start", "value")
        with gr.Column(elem_classes=["right"]):
            with gr.Row(elem_classes=["result-bar"]):
                shown = gr.Dropdown([], label="result", interactive=True, elem_id="chunk-shown", container=False, show_label=False)
                onward = gr.Button("→", size="sm", elem_id="chunk-onward", scale=0, min_width=260, visible=False)
            page = gr.State({"offset": 0})
            card = view("chunks", elem_id="chunk-view", elem_classes=["card"])
            panel = job_panel.build("chunk")
    said.label(shown, "chunking.shown")
    return ChunkingTab(form, presets, upload, start, told, shown, onward, page, card, panel)


def wire(tab: ChunkingTab, shared: Shared) -> None:
    """What a click does."""
    adding.wire(tab.upload, tab.form, shared, tab.notice)
    presets_box.wire(tab.presets, tab.form, shared, tab.notice)
    job_panel.wire(tab.panel, shared, tab.notice)

    def start(session: Session, values: Values) -> Values:
        jobs.start(session.workspace, tab.form.read(values))
        return {tab.panel.view: job_panel.show(session, "chunk"), tab.page: {"offset": 0, "newest": True}}

    def turn(session: Session, values: Values, data: dict[str, Any]) -> Values:
        if data.get("act") == "sample":
            return adding.sample(session, tab.form, "story")
        page = {"offset": max(0, int(data.get("offset", 0)))}
        return {tab.page: page} | drawn(views(tab, session, values | {tab.page: page}))

    def choose(session: Session, values: Values) -> Values:
        page = {"offset": 0}
        return {tab.page: page} | drawn(views(tab, session, values | {tab.page: page}))

    outputs = [tab.view, tab.page, tab.panel.view, tab.onward]
    connect(shared, tab.start.click, start, inputs=tab.form.inputs, outputs=outputs, notice=tab.notice)
    connect(shared, tab.view.act, turn, inputs=[tab.shown, tab.page], outputs=[*outputs, tab.form.fields["documents"]], notice=tab.notice, event=True)
    connect(shared, tab.shown.input, choose, inputs=[tab.shown, tab.page], outputs=outputs, notice=tab.notice)


def poll_inputs(tab: ChunkingTab) -> set[Any]:
    """What the timer needs to know of the page."""
    return {tab.shown, tab.page}


def views(tab: ChunkingTab, session: Session, values: Values) -> dict[Any, Lazy]:
    """What the tab shows now."""
    sets = reading.chunk_sets(session.workspace)
    chosen = next((s for s in sets if s["id"] == values.get(tab.shown)), sets[0] if sets else None)
    offset = int((values.get(tab.page) or {}).get("offset", 0))
    count = chosen["count"] if chosen else 0
    mark = (session.language, session.workspace.path, chosen and chosen["id"], count, offset)
    told = session.word("chunking.onward", n=f"{count:,}")
    return {
        tab.view: Lazy(mark, lambda: _payload(session, chosen, offset)),
        tab.panel.view: job_panel.lazy(session, tab.panel),
        tab.onward: Lazy(mark[:4], lambda: gr.update(value=told, visible=count > 0)),
    }


def lists(session: Session) -> dict[str, Choices]:
    """The lists that other tabs' forms offer from this one."""
    return {
        "documents": adding.listed(session),
        "chunk_sets": [(f"{s['name']} · {s['count']:,}", s["id"]) for s in reading.chunk_sets(session.workspace)],
    }


def _payload(session: Session, chosen: dict[str, Any] | None, offset: int) -> str:
    empty = {"total": 0, "empty": session.words("chunking.empty")}
    if chosen is None:
        return payload(empty)
    rows = reading.page(session.workspace, chosen["id"], offset, PAGE)
    names = {d.id: d.name for d in documents.listing(session.workspace)}
    shown = [{"n": offset + i + 1, "tokens": r["tokens"], "text": r["text"], "document": names.get(r["document"], "")} for i, r in enumerate(rows)]
    return payload({
        "key": f"{chosen['id']}-{offset}", "total": chosen["count"], "offset": offset, "limit": PAGE, "rows": shown,
        "lang": "zh" if any("\u4e00" <= c <= "\u9fff" for c in (rows[0]["text"][:200] if rows else "")) else "en",
        "histogram": [list(b) for b in reading.histogram(session.workspace, chosen["id"])],
        "figures": _figures(session, chosen), "words": session.words("chunking.view"),
    })


def _figures(session: Session, chosen: dict[str, Any]) -> list[list[Any]]:
    meta = chosen["meta"]
    told = [[session.word("chunking.figures.chunks"), chosen["count"]]]
    for key in ("tokens_median", "tokens_max"):
        if key in meta:
            told.append([session.word(f"chunking.figures.{key}"), meta[key]])
    for key in ("coverage", "mid_sentence_share"):
        if key in meta:
            told.append([session.word(f"chunking.figures.{key}"), f"{100 * meta[key]:.4g} %"])
    return told
