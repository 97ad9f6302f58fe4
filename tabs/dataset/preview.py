"""The preview: a page of the dataset on show as rows, chats or tokens."""

from typing import Any

from studio.datasets import registry
from studio.datasets.paging.row_server import READER
from studio.errors import StudioError
from tabs.dataset import chosen, editing, health, row_finding, token_options
from tabs.dataset import page as dataset_page
from tabs.dataset import view as dataset_view
from tabs.dataset.parts import DatasetTab, seen
from tabs.kit import coming
from tabs.kit.lazy import Lazy
from tabs.kit.session import Session, Values
from tabs.kit.tab import Window
from tabs.kit.wiring import connect


def wire(tab: DatasetTab, window: Window) -> None:
    """The preview: its pages, the dataset and the mode chosen above it, its way to the sample."""
    shared = window.shared

    def turn(session: Session, values: Values, data: dict[str, Any] | None = None) -> Values:
        if (data or {}).get("act") == "sample":
            return window.opening("utterance_sets")
        if (done := health.answer(tab, session, values, data or {})) is not None:
            return done
        if (done := editing.answer(tab, session, values, data or {}, drawn)) is not None:
            return done
        name = chosen.shown(session, values.get(tab.shown))
        page = row_finding.turned(
            session, row_finding.now(session, values.get(tab.page), name), data or {}, name
        )
        tokens = values.get(tab.tokens)
        if (data or {}).get("act") == "options":
            tokens = token_options.state(token_options.read((data or {}).get("tokens")))
            page = page | {"offset": 0}  # packs have other pages than rows
        now = values | {tab.page: page, tab.tokens: tokens}
        return {
            tab.page: page,
            tab.tokens: tokens,
            tab.view: drawn(tab, session, now, dataset_page.CLICK_WAIT_S).draw(tab.view),
        }

    inputs, outputs = seen(tab), [tab.view, tab.page, tab.tokens]
    # One after the other: a search that is overtaken by the next would put its own back.
    slow: dict[str, Any] = {"queue": True, "concurrency_limit": 1}
    connect(
        shared,
        tab.view.act,
        turn,
        inputs=inputs,
        outputs=[*outputs, tab.mode, shared.tabs, shared.active],
        notice=tab.notice,
        event=True,
        trigger_mode="multiple",  # what is typed while the last search is on its way counts too
        **slow,
    )
    for listener in (tab.shown.input, tab.mode.input):
        connect(shared, listener, turn, inputs=inputs, outputs=outputs, notice=tab.notice, **slow)


def drawn(
    tab: DatasetTab,
    session: Session,
    values: Values,
    wait_s: float = dataset_page.WAIT_S,
) -> Lazy:
    """The card now: what is being made, or the page, waited for at most wait_s seconds."""
    record = chosen.awaited(session, values.get(tab.shown))
    if record is not None:
        return Lazy(coming.mark(session, record), lambda: coming.waiting(session, record))
    name = chosen.shown(session, values.get(tab.shown))
    if name and values.get(tab.mode) == health.MODE:
        return health.drawn(tab, session, name, values, wait_s)
    mode = values.get(tab.mode) if values.get(tab.mode) in ("rows", "chat", "tokens") else "rows"
    page = row_finding.now(session, values.get(tab.page), name)
    asked = row_finding.asked(page)
    # A page that was read while the other rows were scanned is read again after it.
    marked = row_finding.marked(session, name)
    age = (
        registry.written(session.workspace),
        name and _file_age(session, name),
        READER.ended,
        marked if row_finding.by_marks(page) else 0,
    )
    offset, tokens = int(page["offset"]), mode == "tokens"
    model = str(values.get(tab.model) or "starter")
    wanted = token_options.read(values.get(tab.tokens))
    found = (
        dataset_page.reading(session, name, str(mode), offset, model, age, wanted, asked)
        if name
        else None
    )
    ready = found and found.ready(wait_s)
    share = dataset_page.counted(session, model, found, wanted, wait_s) if tokens else None
    laid = None
    if found and share and wanted.fits(found.result()["kind"]).joined:
        if share.whole and not share.error:
            laid = dataset_page.joined(session, found.result(), offset, model, age, wanted)
            ready = laid.ready(wait_s)
    state = (age, model if tokens else "", ready, wanted if tokens else None, asked)
    counted = share and (share.figures.rows, share.error)
    scan = row_finding.scan(session, name)
    mark = (
        session.language,
        session.workspace.path,
        name,
        mode,
        offset,
        *state,
        counted,
        scan,
        marked,
    )
    drawn_page = Lazy(
        mark,
        lambda: dataset_view.draw(session, name, str(mode), page, found, share, wanted, laid),
    )
    return editing.with_tools(session, name, drawn_page)


def _file_age(session: Session, name: str) -> int:
    """When the dataset's file was changed; 0 where it cannot be told."""
    try:
        return registry.find(session.workspace, name).stamp[0]
    except StudioError:
        return 0
