"""New datasets: made by a job from rows, or taken in from an uploaded file."""

import functools
from pathlib import Path
from typing import Any

import gradio as gr

from studio import documents, jobs
from studio.datasets import naming, window
from studio.datasets.spec import RegisterJob
from studio.errors import InputError
from tabs.dataset import entries, preview
from tabs.dataset.parts import FIRST, DatasetTab, choose, seen
from tabs.kit import job_notes, job_status, notices
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.wiring import connect

AT_ONCE = 4 << 20  # bytes of a file that is read while the person waits; more is a job


def wire(tab: DatasetTab, shared: Shared) -> None:
    """New datasets: made by a job from rows, or taken in from an uploaded file."""

    def start(session: Session, values: Values) -> Values:
        spec = tab.form.read(values)
        jobs.start(session.workspace, spec)
        changed = job_status.show(shared, session)
        if spec.op == "check" or not spec.registered:
            return changed
        # Named already, so that the new set is shown as soon as it is there, unless another is
        # chosen meanwhile.
        named = {tab.shown: spec.name.strip(), tab.page: dict(FIRST)}
        drawn = preview.drawn(tab, session, values | named).build()
        return changed | choose(tab, session, spec.name.strip()) | {tab.view: drawn}

    drawn_from = seen(tab)
    connect(
        shared,
        tab.start.click,
        start,
        inputs=tab.form.inputs | set(drawn_from),
        outputs=[shared.status, tab.shown, tab.view, tab.page],
        notice=tab.notice,
    )
    connect(
        shared,
        tab.upload.upload,
        functools.partial(_add, tab, shared),
        inputs=drawn_from,
        outputs=[
            tab.shown,
            shared.status,
            tab.view,
            tab.page,
            tab.mode,
            tab.entries.state,
            tab.entries.view,
        ],
        notice=tab.notice,
        upload=tab.upload,
        queue=True,
        show_progress="full",
        show_progress_on=[tab.upload],
    )


def _add(tab: DatasetTab, shared: Shared, session: Session, values: Values) -> Values:
    """An upload: read while the person waits, or, if it is large, by a job."""
    path = Path(str(values.get(tab.upload) or ""))
    if not path.is_file():
        return {}
    name = naming.free_name(session.workspace, path.stem)
    if path.stat().st_size > AT_ONCE:
        return _later(tab, shared, session, values, path, name)
    try:
        made = window.take_in(session.workspace, path, name)
    except InputError as error:
        if not entries.unknown_columns(error):
            raise
        return _asked(tab, session, path, name)
    added = session.word(
        "dataset.added" if name == path.stem else "dataset.added_as",
        name=made["name"],
        taken=path.stem,
    )
    return choose(tab, session, made["name"]) | {
        tab.notice: notices.text(session, added, _losses(session, made), good=not made["skipped"])
    }


def _later(
    tab: DatasetTab, shared: Shared, session: Session, values: Values, path: Path, name: str
) -> Values:
    """A large file: a job takes it in; the set is named already, so that it is shown as soon as it
    is there.
    """
    window.refuse_at_once(path)
    if not window.look(session.workspace, path=path, filename=path.name)["known"]:
        return _asked(tab, session, path, name)
    spec = RegisterJob(file=documents.stage(session.workspace, path.name, path), name=name)
    jobs.start(session.workspace, spec)
    named = {tab.shown: name, tab.page: dict(FIRST)}
    text = session.word(
        "dataset.taking" if name == path.stem else "dataset.taking_as", name=name, taken=path.stem
    )
    return choose(tab, session, name) | {
        **job_status.show(shared, session),
        tab.view: preview.drawn(tab, session, values | named).draw(tab.view),
        tab.notice: notices.text(session, text, good=True),
    }


def _asked(tab: DatasetTab, session: Session, path: Path, name: str) -> Values:
    """A file whose columns nobody knows waits, and the panel of entries asks which is what."""
    state = entries.awaiting(session, path, name)
    return {
        tab.entries.state: state,
        tab.mode: gr.update(value=entries.MODE),
        tab.entries.view: entries.drawn(session, None, state, click=True).draw(tab.entries.view),
    }


def _losses(session: Session, made: dict[str, Any]) -> str:
    """The notice's second line after an upload: how many rows were left out, and the first of
    them.
    """
    return " ".join(
        job_notes.losses(
            session, made | {"problems": made["problems"][:1], "skipped": made["skipped"]}
        )[:5]
    )
