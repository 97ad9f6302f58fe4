"""Starting: at once, behind what waits, or with several values; and what a press on a grid's table
does.
"""

from collections.abc import Callable
from typing import Any

import gradio as gr

from studio import jobs
from studio.jobs import queue, records
from studio.jobs.records import JobRecord
from studio.spec import Spec
from studio.training.spec import TrainJob
from tabs.kit import job_status, notices
from tabs.kit.language import Translated
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.wiring import connect
from tabs.training import several

Draw = Callable[[Session, Values], Values]


def button(translated: Translated) -> gr.Button:
    """The button that puts the form's training into the queue."""
    made = gr.Button("Add to queue", elem_id="train-later")
    translated.label(made, "runs.add", "value")
    return made


def wire(tab: Any, shared: Shared, read: Callable[[Values], TrainJob], draw: Draw) -> None:
    """The buttons that start, and the fold's sum of what it will be. read: the form's training;
    draw: what the tab shows.
    """
    part = tab.several

    def starting(made: Callable[[Values], Spec], *, waits: bool) -> Callable[..., Values]:
        def start(session: Session, values: Values) -> Values:
            spec = made(values)
            same = records.same_active(session.workspace, spec, None)
            record = jobs.start(session.workspace, spec, waits=waits)
            page = (values.get(tab.page) or {}) | {"open": record.id, "beside": []}
            told = session.word("runs.same") if same else _told(session, record)
            if told and waits:  # what is looked at stays open
                page = values.get(tab.page) or {}
            shown = draw(session, values | {tab.page: page})
            notice = {tab.notice: notices.text(session, told, good=not same)} if told else {}
            return {tab.page: page} | shown | notice | job_status.show(shared, session)

        return start

    def grid(values: Values) -> Spec:
        return several.read(part, read(values), values)

    for pressed, made, waits in (
        (tab.start, read, False),
        (tab.later, read, True),
        (part.start, grid, False),
    ):
        connect(
            shared,
            pressed.click,
            starting(made, waits=waits),
            inputs={*tab.form.inputs, *shared.bar, *part.inputs, tab.page, tab.live.page},
            outputs=[tab.page, *_shown(tab), shared.status],
            notice=tab.notice,
        )
    for box in (*part.names, *part.values, part.hours):
        connect(
            shared,
            box.input,
            lambda session, values: several.estimate(part, session, read(values), values),
            inputs={*tab.form.inputs, *shared.bar, *part.inputs},
            outputs=[part.told],
            notice=part.told,
            looks=True,
            trigger_mode="always_last",
        )
    _wire_table(tab, shared, draw)


def _wire_table(tab: Any, shared: Shared, draw: Draw) -> None:
    def act(session: Session, values: Values, data: dict[str, Any]) -> Values:
        grid_id = str(data.get("id", ""))
        if data.get("act") == "best":
            return dict(tab.form.fill(several.settings(session, grid_id)))
        page = values.get(tab.page) or {}
        if data.get("act") == "overlay":
            compared = several.compared(session, grid_id)
            page = page | ({"open": compared[0], "beside": compared[1:]} if compared else {})
        else:
            record = jobs.get(session.workspace, grid_id)
            page = page | {"open": record.id, "beside": []}
        return {tab.page: page} | draw(session, values | {tab.page: page})

    connect(
        shared,
        tab.grid.act,
        act,
        inputs=[tab.page, tab.live.page],
        outputs=[tab.page, *_shown(tab), *tab.form.inputs],
        notice=tab.notice,
        event=True,
    )


def _shown(tab: Any) -> list[gr.HTML]:
    """What of a run, a grid and their list is drawn."""
    return [tab.curve, tab.live.view, tab.grid, tab.runs]


def _told(session: Session, record: JobRecord) -> str:
    """That a job waits, and behind how many; "" for one that has begun."""
    place = queue.place(session.workspace, record.id)
    if not place:
        return ""
    if queue.look(session.workspace).hold.held:
        return session.word("runs.queued_held", n=place)
    return session.word("runs.queued", n=place)
