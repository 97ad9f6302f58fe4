"""What a click in the panel of entries does: open one, try a change, save it, fetch an entry's rows
from its hub, take a waiting file in.
"""

from typing import Any

import gradio as gr

from studio.errors import InputError
from tabs.dataset import chosen, entries, preview
from tabs.dataset.parts import FIRST, DatasetTab, choose, seen
from tabs.kit import job_status, notices
from tabs.kit.lazy import Lazy
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.wiring import connect


def views(tab: DatasetTab, session: Session, values: Values) -> dict[Any, Lazy]:
    """The panel, while it is what is shown."""
    if values.get(tab.mode) != entries.MODE:
        return {}
    return {
        tab.entries.view: entries.drawn(
            session, values.get(tab.shown), values.get(tab.entries.state)
        )
    }


def wire(tab: DatasetTab, shared: Shared) -> None:
    """The panel's events, and those above it that change what it shows."""
    panel = tab.entries

    def acted(session: Session, values: Values, data: dict[str, Any]) -> Values:
        state = values.get(panel.state) or entries.NOTHING
        changed = _done(tab, shared, session, values, state, data)
        shown = changed.get(panel.state, state)
        wanted = changed.pop("wanted", None) or values.get(tab.shown)
        return {
            panel.view: entries.drawn(session, wanted, shown, click=True).draw(panel.view)
        } | changed

    def turned(session: Session, values: Values) -> Values:
        if values.get(tab.mode) != entries.MODE:
            return {}
        state = dict(entries.NOTHING)
        return {
            panel.state: state,
            panel.view: entries.drawn(session, values.get(tab.shown), state, click=True).draw(
                panel.view
            ),
        }

    slow: dict[str, Any] = {"queue": True, "concurrency_limit": 2}
    inputs, outputs = seen(tab), [panel.view, panel.state]
    connect(
        shared,
        panel.view.act,
        acted,
        inputs=inputs,
        outputs=[*outputs, tab.shown, tab.page, tab.mode, tab.view, shared.status],
        notice=tab.notice,
        event=True,
        # A press right behind a change, whose check is still under way, counts too.
        trigger_mode="multiple",
        **slow,
    )
    for listener in (tab.shown.input, tab.mode.input):
        connect(shared, listener, turned, inputs=inputs, outputs=outputs, notice=tab.notice, **slow)


def _done(
    tab: DatasetTab,
    shared: Shared,
    session: Session,
    values: Values,
    state: dict[str, Any],
    data: dict[str, Any],
) -> dict[Any, Any]:
    """The updates of one event; "wanted": the dataset that is on show from now on."""
    act, pending = str(data.get("act") or ""), state.get("pending")
    nothing = {tab.entries.state: dict(entries.NOTHING)}
    if act == "open":
        name = str(data.get("name") or "")
        if name not in [value for _, value in chosen.every(session)]:
            raise InputError("There is no dataset {name}.", "Reload the page.", name=name[:80])
        return nothing | choose(tab, session, name) | {"wanted": name}
    if act == "download":
        name = str(data.get("name") or "")
        entries.download(session, name)
        text = session.word("dataset.taking", name=name)
        return job_status.show(shared, session) | {
            tab.notice: notices.text(session, text, good=True)
        }
    if act == "drop":
        return nothing
    name = chosen.shown(session, values.get(tab.shown)) or ""
    form = entries.read_form(data.get("form"))
    if act == "try":
        kept = entries.kept(form, str(pending["name"]) if pending else name)
        return {tab.entries.state: state | kept}
    if act == "take" and pending:
        made = entries.take(session, pending, form)
        text = session.word("dataset.taking", name=made)
        named = {tab.shown: made, tab.page: dict(FIRST), tab.mode: "rows"}
        return (
            nothing
            | choose(tab, session, made)
            | job_status.show(shared, session)
            | {
                "wanted": made,
                tab.view: preview.drawn(tab, session, values | named).draw(tab.view),
                tab.page: dict(FIRST),
                tab.mode: gr.update(value="rows"),
                tab.notice: notices.text(session, text, good=True),
            }
        )
    if act == "save" and not pending:
        entry = entries.save(session, name, form)
        text = session.word("dataset.entry.saved", name=entry.name)
        return nothing | {tab.notice: notices.text(session, text, good=True)}
    return {}
