"""The card in which the Chunking tab shows a text: with its cuts, which can be set right there, or
as the plain book.
"""

from typing import TYPE_CHECKING, Any

import gradio as gr

from studio.chunking.sets import editing, queries
from studio.errors import InputError
from tabs.chunking import chunk_sets, cleaning, plain_book
from tabs.chunking import view as chunk_view
from tabs.chunking.view import Shown
from tabs.kit import coming, notices, upload
from tabs.kit.lazy import Lazy, drawn
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.wiring import connect, number

if TYPE_CHECKING:
    from tabs.chunking.tab import ChunkingTab


def wire(tab: "ChunkingTab", shared: Shared) -> None:
    """What is pressed in the card, and the choice of the sets that it shows."""

    def act(session: Session, values: Values, data: dict[str, Any]) -> Values:
        return _pressed(tab, shared, session, values, data)

    def chosen_set(session: Session, values: Values) -> Values:
        return turned(tab, session, values, plain_book.remember(session, ""))

    def follow(session: Session, values: Values) -> Values:
        """Who reads, reads on in the document just chosen."""
        chosen = _documents(tab, values)
        reads = _page(tab, values).get("book") or not chunk_sets.made(session)
        if not reads or values.get(tab.clean.open):
            return {}
        return read(tab, session, values, chosen[-1] if chosen else "")

    connect(
        shared,
        tab.view.act,
        act,
        inputs=seen(tab),
        outputs=[
            *changing(tab),
            shared.status,
            tab.form.fields["documents"],
            *tab.clean.form.fields.values(),
        ],
        notice=tab.notice,
        event=True,
    )
    watched, changed = seen(tab), changing(tab)
    for listener in (tab.shown.input, tab.other.input):
        connect(shared, listener, chosen_set, inputs=watched, outputs=changed, notice=tab.notice)
    connect(
        shared,
        tab.form.fields["documents"].input,
        follow,
        inputs=[*watched, tab.clean.open],
        outputs=changed,
        notice=tab.notice,
    )


def _pressed(
    tab: "ChunkingTab", shared: Shared, session: Session, values: Values, data: dict[str, Any]
) -> Values:
    """What a press in the card changes."""
    name = data.get("act")
    if name == "sample":
        taken = upload.sample(session, tab.form, "story")
        [document] = taken[tab.form.fields["documents"]]["value"]
        return read(tab, session, values, document) | taken
    if name in plain_book.ACTS:
        before = _page(tab, values)
        page = plain_book.turned(session, before, data, _documents(tab, values))
        own = chunk_sets.of_document(session, str(before.get("book"))) if name == "cuts" else None
        shown = {tab.shown: own[0]} if own else {}
        return turned(tab, session, values | shown, page) | shown
    if name == "clean":
        return _cleaned(tab, shared, session, values)
    changed: Values = {}
    chosen = (on_show(tab, session, values).chosen or {}).get("id", "")
    if name == "toggle":
        editing.toggle(
            session.workspace, chosen, str(data.get("document", "")), number(data, "place", -1)
        )
    elif name == "undo":
        editing.undo(session.workspace, chosen)
    elif name in ("save", "delete"):
        changed = (
            _kept(tab, session, chosen, str(data.get("name", "")))
            if name == "save"
            else _deleted(tab, session, chosen)
        )
        values = values | {tab.shown: changed[tab.shown]["value"]}
    elif name == "page":
        changed = {tab.page: {"offset": max(0, number(data, "offset")), "book": ""}}
        values = values | changed
    return changed | drawn(views(tab, session, values))


def _cleaned(tab: "ChunkingTab", shared: Shared, session: Session, values: Values) -> Values:
    """The book on show cleaned with the steps that find something; before and after beside it."""
    cut = bool(chunk_sets.made(session))
    book = plain_book.on_show(session, _page(tab, values), _documents(tab, values), cut=cut)
    if book is None:
        raise InputError("No document is being read.", "Choose one from the list.")
    return cleaning.at_once(tab.clean, shared, session, book, tab.view)


def _kept(tab: "ChunkingTab", session: Session, chosen: str, name: str) -> Values:
    """The set saved under a name, and shown."""
    made = editing.save_as(session.workspace, chosen, name)
    return {
        tab.shown: gr.update(choices=chunk_sets.shown(session), value=made),
        tab.notice: notices.text(
            session, session.word("chunking.saved", name=name.strip()), good=True
        ),
    }


def _deleted(tab: "ChunkingTab", session: Session, chosen: str) -> Values:
    queries.delete_set(session.workspace, chosen)
    left = chunk_sets.shown(session)
    return {
        tab.shown: gr.update(choices=left, value=left[0][1] if left else None),
        tab.page: plain_book.remember(session, ""),
    }


def seen(tab: "ChunkingTab") -> list[Any]:
    """What the card hangs on, on the page."""
    return [tab.shown, tab.other, tab.page, tab.form.fields["documents"]]


def changing(tab: "ChunkingTab") -> list[Any]:
    """What changes with the set on show."""
    shown = [tab.view, tab.page, tab.onward, tab.shown]
    return [*shown, *cleaning.parts(tab.clean)]


def _page(tab: "ChunkingTab", values: Values) -> dict[str, Any]:
    """The page's state: which chunk or which leaf of a book it is at."""
    return dict(values.get(tab.page) or {})


def _documents(tab: "ChunkingTab", values: Values) -> list[str]:
    return [str(one) for one in values.get(tab.form.fields["documents"]) or []]


def on_show(tab: "ChunkingTab", session: Session, values: Values) -> Shown:
    sets = queries.chunk_sets(session.workspace)
    known = {s["id"]: s for s in sets}
    chosen = known.get(values.get(tab.shown)) or (sets[0] if sets else None)
    other = known.get(values.get(tab.other) or "")
    offset = int((values.get(tab.page) or {}).get("offset", 0))
    return Shown(chosen, offset, other if other is not chosen else None)


def turned(tab: "ChunkingTab", session: Session, values: Values, page: dict[str, Any]) -> Values:
    """The card at another page, in the place of what cleaning would change."""
    found = drawn(views(tab, session, values | {tab.page: page}))
    card = {tab.view: gr.update(value=found[tab.view], visible=True)}
    return {**cleaning.closed(tab.clean, tab.view), tab.page: page, **found, **card}


def read(tab: "ChunkingTab", session: Session, values: Values, document: str) -> Values:
    """A document read from its first page."""
    return turned(tab, session, values, plain_book.remember(session, document))


def choose(tab: "ChunkingTab", session: Session, set_id: str) -> Values:
    """The updates that show a set from its first page on; it may still be in the making."""
    page = plain_book.remember(session, "")
    return {tab.page: page, tab.shown: gr.update(choices=chunk_sets.shown(session), value=set_id)}


def views(tab: "ChunkingTab", session: Session, values: Values) -> dict[Any, Lazy]:
    """What the tab shows now."""
    shown = on_show(tab, session, values)
    awaited = chunk_sets.awaited(session, values.get(tab.shown))
    cut = awaited is not None or shown.chosen is not None
    book = plain_book.on_show(session, _page(tab, values), _documents(tab, values), cut=cut)
    count = shown.chosen["count"] if shown.chosen and awaited is None else 0
    marks = [
        s
        and (
            s["id"],
            s["name"],
            s["count"],
            bool(s["meta"]),
            editing.edits(session.workspace, s["id"]),
        )
        for s in (shown.chosen, shown.other)
    ]
    onward = session.word("chunking.onward", n=f"{count:,}")
    return {
        tab.view: plain_book.lazy(session, book, _page(tab, values), count)
        if book
        else Lazy(coming.mark(session, awaited), lambda: coming.waiting(session, awaited))
        if awaited
        else Lazy(
            (session.language, session.workspace.path, shown.offset, *marks),
            lambda: chunk_view.draw(session, shown),
        ),
        tab.onward: Lazy(
            (session.language, count), lambda: gr.update(value=onward, visible=count > 0)
        ),
    }
