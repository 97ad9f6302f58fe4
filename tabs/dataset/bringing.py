"""Rows brought in by the path of a file or folder, or by a dataset's name on a hub."""

from typing import Any

import gradio as gr

from studio import jobs
from studio.datasets import naming, window
from studio.datasets.spec import RegisterJob
from studio.datasets.taking_in import hub_files
from studio.datasets.taking_in.outside import require_dataset_file
from studio.errors import InputError
from tabs.dataset import entries, preview
from tabs.dataset.parts import FIRST, DatasetTab, choose, seen
from tabs.kit import forms, job_status, notices
from tabs.kit.language import Translated
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.wiring import connect


def build(translated: Translated) -> dict[str, Any]:
    """The fold with the form, by name."""
    with gr.Accordion("Import", open=False, elem_id="dataset-bring-fold") as fold:
        form = forms.build(RegisterJob, translated)
        start = translated.label(
            gr.Button("Import", size="sm", elem_id="dataset-bring"), "dataset.bring.start", "value"
        )
    return {"bring_fold": fold, "bring": form, "bring_start": start}


def wire(tab: DatasetTab, shared: Shared) -> None:
    """What the button does."""

    def brought(session: Session, values: Values) -> Values:
        spec = tab.bring.read(values, guess=True)
        if not spec.file:
            raise InputError(
                "No file is named.",
                "Give a path, or a name such as hf:owner/name.",
                fields=("file",),
            ).about("register", "file")
        wanted = spec.name
        spec.name = naming.free_name(session.workspace, wanted)
        if hub_files.named(spec.file) is None:
            require_dataset_file(session.workspace, spec.path(session.workspace))
        if hub_files.named(spec.file) is None and (asked := _asked(session, spec)):
            return {
                tab.entries.state: asked,
                tab.mode: gr.update(value=entries.MODE),
                tab.entries.view: entries.drawn(session, None, asked, click=True).draw(
                    tab.entries.view
                ),
            }
        jobs.start(session.workspace, spec)
        named = {tab.shown: spec.name, tab.page: dict(FIRST)}
        said = "dataset.taking" if spec.name == wanted else "dataset.taking_as"
        text = session.word(said, name=spec.name, taken=wanted)
        return choose(tab, session, spec.name) | {
            **job_status.show(shared, session),
            tab.page: dict(FIRST),
            tab.view: preview.drawn(tab, session, values | named).draw(tab.view),
            tab.notice: notices.text(session, text, good=True),
        }

    connect(
        shared,
        tab.bring_start.click,
        brought,
        inputs=tab.bring.inputs | set(seen(tab)),
        outputs=[
            tab.shown,
            tab.page,
            tab.mode,
            tab.entries.state,
            tab.entries.view,
            tab.view,
            shared.status,
        ],
        notice=tab.notice,
        queue=True,
    )


def _asked(session: Session, spec: RegisterJob) -> dict[str, Any] | None:
    """The state in which a person is asked for the columns of a file that nobody knows; None where
    they are known.
    """
    path, filename = spec.place(session.workspace)
    if window.look(session.workspace, path=path, filename=filename)["known"]:
        return None
    return entries.NOTHING | {
        "pending": {"file": spec.file, "filename": filename, "name": spec.name}
    }
