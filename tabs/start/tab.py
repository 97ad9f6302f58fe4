"""The start page: the shelf, one box for files, the sample, what runs, what was last made."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio import inventory, jobs
from studio.errors import InputError
from studio.inventory import Ref, Thing
from studio.jobs.kinds import KINDS
from studio.jobs.records import JobRecord
from tabs.kit import coming, contents, job_status, notices, upload
from tabs.kit.contents import Ways
from tabs.kit.lazy import Lazy, drawn
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.tab import Tab, Window
from tabs.kit.upload import Taken, UploadBox
from tabs.kit.wiring import connect
from tabs.start import sample, shelf
from tabs.start.shelf import Spine
from tabs.views import payload, stamp, view


@dataclass(frozen=True, kw_only=True)
class StartTab:
    """The tab's components."""

    shelf: gr.HTML
    first: gr.HTML
    upload: UploadBox
    notice: gr.HTML


def build(shared: Shared) -> StartTab:
    """Lay the tab out."""
    with gr.Row(elem_classes=["work", "start-page"]):
        with gr.Column(elem_classes=["start-main"]):
            books = view("start", elem_id="start-view")
        with gr.Column(elem_classes=["start-side"]):
            uploads = upload.build(shared.translated, "start")
            notice = notices.box()
            first = view("first", elem_id="start-first")
    return StartTab(shelf=books, first=first, upload=uploads, notice=notice)


def wire(tab: StartTab, window: Window) -> None:
    """What a click does."""
    shared = window.shared
    ways = contents.ways(window)
    _wire_upload(tab, window)

    def act(session: Session, values: Values, data: dict[str, Any]) -> Values:
        name = str(data.get("act"))
        if name == "open":
            return contents.opened(session, _thing(session, data.get("ref")), ways)
        if name == "job":
            return shared.go(_tab_of(window, session, _job(session, data)))
        if name == "chat":
            return _side_by_side(session, ways)
        if name == "sample":
            sample.start(session)
        elif name == "stop":
            jobs.stop(session.workspace, _job(session, data).id)
        elif name == "resume":
            jobs.resume(session.workspace, _job(session, data).id)
        return drawn(views(tab, session, values))

    for part in (tab.shelf, tab.first):
        connect(
            shared,
            part.act,
            act,
            outputs=[tab.shelf, tab.first, shared.tabs, shared.active, *contents.filled(ways)],
            notice=tab.notice,
            event=True,
        )


def _wire_upload(tab: StartTab, window: Window) -> None:
    """Files go the way of the tab that takes documents, which opens with the first of them."""
    shared = window.shared
    outputs, hand = window.taking("upload")

    def handler(session: Session, values: Values, taken: Taken) -> Values:
        said = upload.told(session, taken)
        if not taken.ids and not taken.slow:
            return {tab.notice: said}
        # What its job will bring is chosen there as soon as it has come.
        return hand(session, taken)

    upload.wire_files(tab.upload, shared, tab.notice, handler, outputs=[*outputs, shared.status])


def _thing(session: Session, text: Any) -> Thing:
    """The thing that the page names. Raises InputError where there is none."""
    family, _, name = str(text).partition(":")
    return inventory.find(session.workspace, Ref(family, name))  # type: ignore[arg-type]


def _job(session: Session, data: dict[str, Any]) -> JobRecord:
    return jobs.get(session.workspace, str(data.get("id", "")))


def _tab_of(window: Window, session: Session, record: JobRecord) -> str:
    """The tab that shows a job, of a pipeline that of the step under way; this one where none
    does.
    """
    if record.kind == "pipeline":
        children = jobs.children(session.workspace, record.id).values()
        record = max(children, key=lambda child: child.created, default=record)
    return window.shared.places.get(record.kind, TAB.name)


def _side_by_side(session: Session, ways: Ways) -> Values:
    """The chat with the model that the sample has tuned beside the base. Raises InputError."""
    record = sample.newest(session)
    adapter = sample.adapter(record) if record else ""
    if not adapter or "adapter" not in ways:
        raise InputError("The sample has not been trained yet.", "Take it the whole way first.")
    return ways["adapter"][1](session, adapter)


def views(tab: StartTab, session: Session, values: Values) -> dict[Any, Lazy]:
    """What the tab shows now."""
    at = stamp()
    things = contents.things(session)
    spines, last = shelf.spines(things), shelf.last(things)
    running = [_running(session, record) for record in sample.running(session)]
    state = sample.described(session, sample.newest(session))
    at_all = (session.language, session.workspace.path)
    return {
        tab.shelf: Lazy(
            (*at_all, repr(spines), repr([(t.ref, t.name, t.count) for t in last]), repr(running)),
            lambda: _shelf(session, spines, last, running),
            at,
        ),
        tab.first: Lazy(
            (*at_all, repr(state)),
            lambda: payload({"sample": state, "words": session.words("start.first")}),
            at,
        ),
    }


def _shelf(
    session: Session, spines: list[Spine], last: list[Thing], running: list[dict[str, Any]]
) -> str:
    return payload(
        {
            "key": str(session.workspace.path),
            "books": [_book(session, spine) for spine in spines[: shelf.MOST]],
            "left": max(0, len(spines) - shelf.MOST),
            "running": running,
            "last": [
                {
                    "ref": str(thing.ref),
                    "label": session.word(f"library.kinds.{thing.kind}"),
                    "name": thing.name,
                    "amount": _amount(session, thing),
                    "when": job_status.when(session, thing.created),
                }
                for thing in last
            ],
            "words": session.words("start.words"),
        }
    )


def _book(session: Session, spine: Spine) -> dict[str, Any]:
    made = [
        session.word(f"start.made.{kind}" if n != 1 else f"start.made_one.{kind}", n=f"{n:,}")
        for kind, n in spine.made.items()
    ]
    return {
        "ref": str(spine.open),
        "title": spine.title,
        "hue": spine.hue,
        "thickness": spine.thickness,
        "about": [session.word("library.amounts.characters", n=f"{spine.chars:,}"), *made],
    }


def _amount(session: Session, thing: Thing) -> str:
    if thing.count is None:
        return ""
    return session.word(f"library.amounts.{thing.unit}", n=f"{thing.count:,}")


def _running(session: Session, record: JobRecord) -> dict[str, Any]:
    """A job that runs, with how far it is; its progress is read anew."""
    record = jobs.get(session.workspace, record.id)
    progress = record.progress
    about = coming.name(session, record)
    facts = job_status.facts(session, record)
    return {
        "id": record.id,
        "kind": session.word(f"job.kind.{record.kind}"),
        "name": about,
        "facts": " · ".join(facts),
        "share": progress["done"] / progress["total"] if progress.get("total") else 0,
        "stopping": (session.workspace.run_folder(record.id) / "stop").exists(),
    }


TAB = Tab(
    name="start",
    build=build,
    wire=wire,
    views=views,
    drawn=lambda tab: [tab.shelf, tab.first],
    kinds=tuple(KINDS),
    numbered=False,
)
