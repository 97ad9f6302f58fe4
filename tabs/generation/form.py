"""What Instructions and Preferences share: a form that asks a model, rows appearing as they are
made.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio import jobs
from studio.spec import Spec
from studio.store import rows as stored
from tabs.kit import coming, forms, inspector, job_status, notices, presets_box, providers, rows
from tabs.kit.forms import Choices, Form
from tabs.kit.lazy import Lazy, drawn
from tabs.kit.presets_box import PresetsBox
from tabs.kit.providers import KeyBox
from tabs.kit.rows import RowsView
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.tab import Accept, Chooser, Tab, Window
from tabs.kit.wiring import connect


@dataclass(frozen=True)
class GeneratingTab:
    """The tab's named components; `kind` is the job's kind and the section of its words.

    source: the list of that from which it makes its rows.
    """

    kind: str
    source: str
    form: Form[Any]
    presets: PresetsBox
    key: KeyBox
    start: gr.Button
    notice: gr.HTML
    onward: gr.Button
    shown: gr.Dropdown
    rows: RowsView


def build(shared: Shared, spec: type[Spec], custom: tuple[str, ...], source: str) -> GeneratingTab:
    """Lay the tab out."""
    translated, kind = shared.translated, spec.KIND
    with gr.Row(elem_classes=["work"]):
        with gr.Column(elem_classes=["left"]):
            with gr.Column(elem_classes=["fields"]):
                presets = presets_box.build(kind, translated)
                form = forms.build(spec, translated, custom=custom)
                key = providers.build(translated, kind)
            notice = notices.box()
            with inspector.foot():
                start = inspector.start_button(translated, "Write", kind)
        with gr.Column(elem_classes=["right"]):
            with gr.Row(elem_classes=["result-bar"]):
                shown = gr.Dropdown(
                    [],
                    label="result",
                    elem_id=f"{kind}-shown",
                    interactive=True,
                    container=False,
                    show_label=False,
                    min_width=120,
                )
                onward = gr.Button(
                    "→", size="sm", elem_id=f"{kind}-onward", scale=0, min_width=260, visible=False
                )
            made = rows.build(kind, f"{kind}-view")
    translated.label(shown, "rows.shown")
    return GeneratingTab(
        kind=kind,
        source=source,
        form=form,
        presets=presets,
        key=key,
        start=start,
        notice=notice,
        onward=onward,
        shown=shown,
        rows=made,
    )


def wire(tab: GeneratingTab, window: Window) -> None:
    """What a click does."""
    shared = window.shared
    providers.wire(tab.key, tab.form, window, tab.notice)
    presets_box.wire(tab.presets, tab.form, window, tab.notice)

    def start(session: Session, values: Values) -> Values:
        jobs.start(session.workspace, tab.form.read(values))
        made: Values = {tab.rows.page: dict(rows.FIRST), tab.shown: gr.update(value=None)}
        shown = views(tab, session, values | {tab.rows.page: dict(rows.FIRST), tab.shown: None})
        return made | drawn(shown) | job_status.show(shared, session)

    def choose(session: Session, values: Values) -> Values:
        page: Values = {tab.rows.page: dict(rows.FIRST)}
        return page | drawn(views(tab, session, values | page))

    outputs = [tab.rows.page, tab.rows.view, tab.onward, tab.shown]
    connect(
        shared,
        tab.start.click,
        start,
        inputs=tab.form.inputs,
        outputs=[*outputs, shared.status],
        notice=tab.notice,
    )
    connect(
        shared,
        tab.shown.input,
        choose,
        inputs=[tab.shown, tab.rows.page],
        outputs=outputs[:-1],
        notice=tab.notice,
    )
    rows.wire(
        tab.rows,
        shared,
        tab.notice,
        lambda session, values: rows.newest(session, tab.kind, values.get(tab.shown)),
        {tab.shown},
        lambda session, values: window.opening(tab.source),
        [shared.tabs, shared.active],
    )
    window.hand_on(
        tab.onward,
        "rows",
        lambda session, values: rows.made(
            rows.newest(session, tab.kind, values.get(tab.shown)), tab.kind
        ),
        inputs=[tab.shown],
        notice=tab.notice,
    )


def views(tab: GeneratingTab, session: Session, values: Values) -> dict[Any, Lazy]:
    """What the tab shows now: the set that is chosen; else the rows of the job that is under way,
    from its first row on, else the newest.
    """
    chosen = values.get(tab.shown)
    record = None if chosen else coming.job(session, tab.kind)
    set_id = rows.of_job(session, record.id) if record else rows.newest(session, tab.kind, chosen)
    count = stored.count(session.workspace.store, set_id) if set_id else 0
    onward = session.word(f"{tab.kind}.onward", n=f"{count:,}")
    return {
        tab.rows.view: Lazy(coming.mark(session, record), lambda: coming.waiting(session, record))
        if record and not count
        else rows.lazy(tab.rows, session, set_id, values.get(tab.rows.page) or rows.FIRST),
        tab.onward: Lazy(
            (session.language, count), lambda: gr.update(value=onward, visible=count > 0)
        ),
    }


def _offered(session: Session, kind: str) -> Choices:
    return [(session.word("rows.newest"), ""), *rows.made_by(session, kind)]


def described(
    build: Callable[[Shared], GeneratingTab],
    kind: str,
    accepts: Mapping[str, Accept[GeneratingTab]] | None = None,
) -> Tab[GeneratingTab]:
    """The record of the tab that starts jobs of `kind`."""
    shown: Accept[GeneratingTab] = Accept(
        fills=lambda tab: [tab.shown, tab.rows.page],
        fill=lambda tab, window, session, set_id: {
            tab.rows.page: dict(rows.FIRST),
            tab.shown: gr.update(choices=_offered(session, kind), value=set_id),
        },
    )
    return Tab(
        name=kind,
        build=build,
        wire=wire,
        drawn=lambda tab: [tab.onward, tab.rows.view],
        views=views,
        watched=lambda tab: [tab.rows.page, tab.shown],
        forms=lambda tab: [tab.form],
        choosers=lambda tab: [
            Chooser(box=tab.shown, source=f"{kind}_sets", none="rows.newest", made_by=(kind,)),
            presets_box.chooser(tab.presets),
        ],
        offers={
            **presets_box.offers(kind),
            f"{kind}_sets": lambda session: rows.made_by(session, kind),
        },
        kinds=(kind,),
        makes=(kind,),
        badge=lambda session: rows.count_newest(session, kind),
        accepts={**(accepts or {}), f"shown {kind}": shown},
    )
