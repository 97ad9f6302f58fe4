"""The Library tab: one list of all things of the workspace, each with what it is made from and used
in; find, open, rename, note, compare, export, archive and delete them; the workspace as a zip.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio import inventory
from studio.errors import InputError
from studio.inventory import Ref
from tabs.kit import contents, notices
from tabs.kit.contents import Ways
from tabs.kit.lazy import Lazy, drawn
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.tab import Tab, Window
from tabs.kit.wiring import connect
from tabs.library import carrying, listing
from tabs.library.carrying import Carrying
from tabs.views import view


@dataclass(frozen=True, kw_only=True)
class LibraryTab:
    """The tab's components. page: {"plan": ids of the things whose deletion is being asked,
    "compare": of the two that are compared, "open": of the one to show}.
    """

    page: gr.State
    list: gr.HTML
    notice: gr.HTML
    files: Carrying


def build(shared: Shared) -> LibraryTab:
    """Lay the tab out."""
    with gr.Row(elem_classes=["work"]), gr.Column(elem_classes=["right"]):
        files = carrying.build(shared)
        found = view("library", elem_id="library-list", elem_classes=["card"])
        notice = notices.box()
    return LibraryTab(page=gr.State({}), list=found, notice=notice, files=files)


def wire(tab: LibraryTab, window: Window) -> None:
    """What a click does."""
    shared = window.shared
    carrying.wire(tab.files, shared, tab.notice)
    ways = contents.ways(window)

    def act(session: Session, values: Values, data: dict[str, Any]) -> Values:
        name, refs = str(data.get("act")), _refs(data)
        if name == "show":
            return _shown(session, refs, ways)
        if name == "export":
            form = str(data.get("form", ""))
            return {tab.files.ready: carrying.exported(session, _one(refs), form)}
        if name == "fetch":
            return {tab.files.ready: carrying.fetched(session)}
        page, answer = _done(session, name, refs, data)
        values = values | {tab.page: page}
        return {
            tab.page: page,
            **drawn({tab.list: views(tab, session, values)[tab.list]}),
            **answer(tab),
        }

    connect(
        shared,
        tab.list.act,
        act,
        inputs=[tab.page],
        outputs=[tab.page, tab.list, tab.files.ready, *contents.filled(ways)],
        notice=tab.notice,
        event=True,
        trigger_mode="multiple",  # a note is kept as one goes on to press something
    )


def _shown(session: Session, refs: list[Ref], ways: Ways) -> Values:
    """Open a thing in the tab where it is worked with."""
    return contents.opened(session, inventory.find(session.workspace, _one(refs)), ways)


def _done(session: Session, name: str, refs: list[Ref], data: dict[str, Any]) -> tuple[Any, Any]:
    """Carry one action out: the page's new state, and `answer(tab)` with what is said of it."""
    workspace = session.workspace
    page: dict[str, Any] = {}

    def silent(tab: LibraryTab) -> Values:
        return {tab.notice: ""}

    if name == "rename":
        after = inventory.rename(workspace, _one(refs), str(data.get("name", "")))
        page["open"] = str(after)
    elif name == "note":
        inventory.note(workspace, refs, text=str(data.get("text", "")))
    elif name == "star":
        inventory.note(workspace, refs, starred=bool(data.get("on")))
    elif name == "archive":
        inventory.note(workspace, refs, archived=bool(data.get("on")))
    elif name == "plan":
        page["plan"] = [str(ref) for ref in refs]
    elif name == "compare":
        inventory.compared(workspace, *_two(refs))  # what cannot be compared is told
        page["compare"] = [str(ref) for ref in refs]
    elif name == "delete":
        return page, _deleted(session, refs)
    return page, silent


def _deleted(session: Session, refs: list[Ref]) -> Any:
    plan = inventory.deletion(session.workspace, refs)
    gone = inventory.delete(session.workspace, plan)
    said = session.word(
        "library.deleted",
        n=len(gone),
        name=gone[-1].name if gone else "",
        size=listing.size(sum(thing.bytes for thing in gone)),
    )
    return lambda tab: {tab.notice: notices.text(session, said, good=True)}


def _refs(data: dict[str, Any]) -> list[Ref]:
    """The things that an action names. Raises InputError for what is none."""
    found = []
    given = data.get("refs")
    for text in given if isinstance(given, list) else []:
        family, _, name = str(text).partition(":")
        if family not in listing.FAMILIES or not name:
            raise InputError("{name} is not there any more.", "Look at the list again.", name=text)
        found.append(Ref(family, name))  # type: ignore[arg-type]
    return found


def _one(refs: Sequence[Ref]) -> Ref:
    if len(refs) != 1:
        raise InputError("Nothing is chosen.", "Choose one thing in the list.")
    return refs[0]


def _two(refs: Sequence[Ref]) -> tuple[Ref, Ref]:
    if len(refs) != 2:
        raise InputError("Two things are needed to compare.", "Choose two of one kind.")
    return refs[0], refs[1]


def views(tab: LibraryTab, session: Session, values: Values) -> dict[Any, Lazy]:
    """What the tab shows now."""
    found = contents.things(session)
    page = dict(values.get(tab.page) or {})
    mark = (session.language, session.workspace.path, repr(page), listing.mark(found))
    return {
        tab.list: Lazy(
            (*mark, carrying.mark(session)), lambda: listing.drawn(session, found, page)
        ),
    }


def count(session: Session) -> int:
    """How many things there are that are not archived."""
    return sum(not thing.archived for thing in contents.things(session))


TAB = Tab(
    name="library",
    build=build,
    wire=wire,
    views=views,
    drawn=lambda tab: [tab.list],
    watched=lambda tab: [tab.page],
    kinds=carrying.KINDS,
    badge=None,
    numbered=False,
)
