"""Adding documents: the upload box and the sample button, shared by Chunking and Role dialogue."""

from pathlib import Path
from typing import Any

import gradio as gr

from studio import documents
from studio.errors import InputError, StudioError
from tabs.forms import Choices, Form
from tabs.language import sentences
from tabs.shared import Session, Shared, Values, connect, told


def build(said: Any, elem_id: str) -> gr.File:
    """The upload box."""
    box = gr.File(file_count="multiple", label="upload", height=104, interactive=True, elem_id=elem_id, type="filepath")
    return said.label(box, "documents.upload")


def listed(session: Session) -> Choices:
    """The workspace's documents for a dropdown, newest first."""
    return [(f"{d.name} · {d.chars:,}", d.id) for d in documents.listing(session.workspace)]


def wire(box: gr.File, form: Form, shared: Shared, notice: Any) -> None:
    """An upload becomes documents of the workspace and is chosen in the form."""

    def added(session: Session, values: Values) -> Values:
        ids, bad = [], []
        for path in values.get(box) or []:
            try:
                ids.append(documents.add(session.workspace, Path(path).name, Path(path).read_bytes()).id)
            except StudioError as error:
                bad.append(error)
        return _chosen(session, form, box, notice, ids, bad)

    connect(shared, box.upload, added, inputs=[box], outputs=[box, form.fields["documents"]], notice=notice, queue=True, show_progress="full")


def sample(session: Session, form: Form, kind: str) -> Values:
    """Choose the shipped sample text in the session's language: `kind` is story or statute."""
    name = next((s for s in documents.samples() if s.startswith(f"{kind}.{session.language}")), None)
    if name is None:
        raise InputError("The sample text is missing.", "Install Inkwell Studio again.")
    document = documents.get(session.workspace, f"sample:{name}")
    return {form.fields["documents"]: gr.update(choices=listed(session), value=[document.id])}


def _chosen(session: Session, form: Form, box: gr.File, notice: Any, ids: list[str], bad: list[StudioError]) -> Values:
    """The form with the new documents chosen; files that could not be used are named, the rest goes on."""
    changed: Values = {box: gr.update(value=None)}
    if ids:
        changed[form.fields["documents"]] = gr.update(choices=listed(session), value=ids)
    if bad:
        lines = [sentences(session.language, error) for error in bad]
        changed[notice] = told(session, " ".join(what for what, _ in lines), lines[0][1])
    elif ids:
        changed[notice] = told(session, session.word("documents.added", n=len(ids)), good=True)
    return changed
