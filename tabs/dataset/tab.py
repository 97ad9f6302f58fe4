"""The Dataset tab: register, preview as rows, chat and tokens, export."""

import re
from typing import Any

import gradio as gr

from studio.datasets import naming, registry
from tabs.dataset import (
    bringing,
    chosen,
    entries,
    entry_acts,
    export,
    layout,
    making,
    preview,
    publish,
    ways,
)
from tabs.dataset import page as dataset_page
from tabs.dataset.parts import FIRST, DatasetTab, choose, seen
from tabs.kit import presets_box, rows
from tabs.kit.lazy import Lazy
from tabs.kit.rows import MadeRows
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.tab import Accept, Chooser, Tab, Window
from tabs.views import view


def build(shared: Shared) -> DatasetTab:
    """Lay the tab out."""
    with gr.Row(elem_classes=["work"]):
        parts = layout.left(shared)
        with gr.Column(elem_classes=["right"]):
            parts |= layout.result_bar()
            page = gr.State(dict(FIRST))
            card = view("preview", elem_id="dataset-view", elem_classes=["card"])
            panel = entries.build()
    layout.translate(shared.translated, parts)
    tokens = gr.State(None)
    return DatasetTab(
        **parts, model=shared.model, page=page, tokens=tokens, view=card, entries=panel
    )


def wire(tab: DatasetTab, window: Window) -> None:
    """What a click does."""
    shared = window.shared
    presets_box.wire(tab.presets, tab.form, window, tab.notice)
    making.wire(tab, shared)
    ways.wire(tab, shared)
    preview.wire(tab, window)
    export.wire(tab, shared)
    publish.wire(tab.publish, tab.shown, tab.notice, shared)
    entry_acts.wire(tab, shared)
    bringing.wire(tab, shared)
    window.hand_on(
        tab.onward,
        "dataset",
        lambda session, values: chosen.ready(session, values.get(tab.shown)),
        inputs=[tab.shown],
        notice=tab.notice,
    )


def views(tab: DatasetTab, session: Session, values: Values) -> dict[Any, Lazy]:
    """What the tab shows now."""
    name = chosen.shown_now(session, values.get(tab.shown))
    onward = session.word("dataset.onward")
    return {
        tab.view: preview.drawn(tab, session, values),
        **entry_acts.views(tab, session, values),
        tab.onward: Lazy(
            (session.language, name), lambda: gr.update(value=onward, visible=bool(name))
        ),
    }


def count(session: Session) -> int:
    """How many datasets there are; counted again only when the file that names them was written."""
    found: int = session.kept(
        "count datasets",
        (),
        lambda: len(chosen.names(session)),
        also=registry.written(session.workspace),
    )
    return found


def _rows(tab: DatasetTab, window: Window, session: Session, made: MadeRows) -> Values:
    """Rows of any kind in the form, with a name to start from, which no other dataset has."""
    wanted = re.sub(r"[^\w-]+", "_", made.name).strip("_")[:60] or (
        made.kind if made.name else f"{made.kind}-{made.set_id.rsplit('-', 1)[-1]}"
    )
    return {
        tab.form.fields["sources"]: gr.update(choices=rows.sets(session), value=[made.set_id]),
        tab.form.fields["name"]: gr.update(value=naming.free_name(session.workspace, wanted)),
    }


TAB = Tab(
    name="dataset",
    build=build,
    wire=wire,
    drawn=lambda tab: [tab.onward, tab.view, tab.entries.view],
    views=views,
    watched=seen,
    forms=lambda tab: [tab.form, tab.publish.form],
    choosers=lambda tab: [
        Chooser(box=tab.shown, source="datasets_shown", made_by=chosen.KINDS),
        presets_box.chooser(tab.presets),
    ],
    kinds=(*chosen.KINDS, "repair", "publish"),
    makes=chosen.KINDS,
    badge=count,
    offers={
        **presets_box.offers("dataset"),
        "datasets": chosen.names,
        "row_sets": lambda session: rows.sets(session) + chosen.names(session),
        "datasets_shown": chosen.showable,
        "strata": ways.strata,
    },
    accepts={
        "rows": Accept(
            fills=lambda tab: [tab.form.fields["sources"], tab.form.fields["name"]], fill=_rows
        ),
        "shown dataset": Accept(
            fills=lambda tab: [tab.shown, tab.page],
            fill=lambda tab, window, session, name: choose(tab, session, name),
        ),
    },
    unstored=dataset_page.finished,
)
