"""Adding documents: the upload box, the folder button and the sample, shared by Chunking and Role
dialogue.

A few light texts are added at once, read in a process of their own; anything else by an import job,
which shows its progress in the status line.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from studio import documents, jobs
from studio.documents.spec import ImportJob
from studio.errors import InputError, StudioError
from tabs.kit import inspector, job_notes, job_status, notices, omnibus
from tabs.kit.forms import Choices, Form
from tabs.kit.language import field_help, sentences, word
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.wiring import connect

AT_ONCE = 20
SOURCE = "documents"  # the list that offers the documents, and the field that takes them


@dataclass(frozen=True)
class UploadBox:
    """The box for files and zips, the button for a whole folder, the columns of tables, the button
    that takes a document with several books apart.
    """

    files: gr.File
    folder: gr.UploadButton
    column: gr.Textbox
    speaker: gr.Textbox
    apart: gr.Button


def build(translated: Any, name: str) -> UploadBox:
    """Lay the box out; its elements are called `<name>-upload` and so on."""
    files = gr.File(
        file_count="multiple",
        label="upload",
        height=64,
        interactive=True,
        elem_id=f"{name}-upload",
        type="filepath",
    )
    with gr.Accordion("More", open=False, elem_id=f"{name}-upload-more") as fold:
        folder = gr.UploadButton(
            "Folder", file_count="directory", size="sm", elem_id=f"{name}-folder", type="filepath"
        )
        typed: dict[str, Any] = {
            "interactive": True,
            "max_lines": 1,
            "elem_classes": inspector.LINE,
        }
        column = gr.Textbox("", label="text_column", elem_id=f"{name}-text-column", **typed)
        speaker = gr.Textbox("", label="speaker_column", elem_id=f"{name}-speaker-column", **typed)
    translated.label(fold, "documents.more")
    translated.label(folder, "documents.folder")
    translated.add(column, lambda language: _labelled(language, "text_column"))
    translated.add(speaker, lambda language: _labelled(language, "speaker_column"))
    apart = omnibus.build(translated, name)
    return UploadBox(translated.label(files, "documents.upload"), folder, column, speaker, apart)


def _labelled(language: str, field: str) -> dict[str, str]:
    """The label and the help of a field of the import."""
    return {
        "label": word(language, f"fields.{field}.label"),
        "info": field_help(language, ImportJob.KIND, ImportJob.row(field)),
    }


def listed(session: Session) -> Choices:
    """The workspace's documents for a dropdown, newest first."""
    return [(f"{d.name} · {d.chars:,}", d.id) for d in documents.listing(session.workspace)]


def offered(session: Session) -> Choices:
    """`listed`, read again only when a document has come or gone."""
    choices: Choices = session.kept("documents", ("documents",), lambda: listed(session))
    return choices


def wire(box: UploadBox, form: Form[Any], shared: Shared, notice: Any) -> None:
    """An upload becomes documents of the workspace and is chosen in the form."""
    omnibus.wire(box.apart, form, shared, notice, listed)

    def added(source: Any) -> Any:
        def handler(session: Session, values: Values) -> Values:
            given = values.get(source) or []
            paths = [Path(p) for p in ([given] if isinstance(given, str) else given)]
            columns = {
                "text_column": str(values.get(box.column) or "").strip(),
                "speaker_column": str(values.get(box.speaker) or "").strip(),
            }
            return _taken(shared, session, form, notice, paths, columns) if paths else {}

        return handler

    for source in (box.files, box.folder):
        connect(
            shared,
            source.upload,
            added(source),
            inputs=[box.column, box.speaker],
            outputs=[form.fields["documents"], shared.status],
            notice=notice,
            upload=source,
            queue=True,
            show_progress="full",
            show_progress_on=[source],
        )


def arrived(session: Session) -> tuple[str, list[str]]:
    """The newest finished import or cleaning: its job's id and its documents; ("", []) where there
    is none.
    """
    record = job_status.newest(session, "import", "clean")
    if record is None or record.state != "done":
        return "", []
    known = {document.id for document in documents.listing(session.workspace)}
    return record.id, [d for d in record.result.get("documents", []) if d in known]


def sample(session: Session, form: Form[Any], kind: str) -> Values:
    """Choose the shipped sample text in the session's language: `kind` is story or statute."""
    name = next(
        (s for s in documents.samples() if s.startswith(f"{kind}.{session.language}")), None
    )
    if name is None:
        raise InputError("The sample text is missing.", "Install Inkwell Studio again.")
    document = documents.get(session.workspace, f"sample:{name}")
    return {form.fields["documents"]: gr.update(choices=listed(session), value=[document.id])}


def _taken(
    shared: Shared,
    session: Session,
    form: Form[Any],
    notice: Any,
    paths: list[Path],
    columns: dict[str, str],
) -> Values:
    """Light files are documents at once, what takes longer goes to an import job; a file that could
    not be used is named.

    Nothing is parsed here: the light ones are read in a process of their own, which is given
    seconds.
    """
    ids: list[str] = []
    bad: list[StudioError] = []
    slow: list[Path] = []
    at_once = (
        not any(columns.values())
        and len(paths) <= AT_ONCE
        and all(documents.quick(p.name, p.stat().st_size) for p in paths)
    )
    for path in paths:
        try:
            documents.refuse_at_once(path.name, path)
            found = (
                documents.add_quickly(session.workspace, path.name, path)
                if at_once and not slow
                else None
            )
            ids.append(found) if found else slow.append(path)
        except StudioError as error:
            bad.append(error)
    changed: Values = (
        {form.fields["documents"]: gr.update(choices=listed(session), value=ids)} if ids else {}
    )
    if slow:
        staged = [documents.stage(session.workspace, p.name, p) for p in slow]
        jobs.start(session.workspace, ImportJob(paths=staged, **columns))
        changed |= job_status.show(shared, session)
    if bad:
        lines = [sentences(session.language, error) for error in bad]
        changed[notice] = notices.text(session, " ".join(what for what, _ in lines), lines[0][1])
    elif ids and not slow:
        changed[notice] = notices.text(
            session, session.word("documents.added", n=len(ids)), _guesses(session, ids), good=True
        )
    return changed


def _guesses(session: Session, ids: list[str]) -> str:
    """What is uncertain about the documents' characters, and which hold several books, naming them;
    "" where nothing is.
    """
    found = [documents.get(session.workspace, i) for i in ids]
    doubts = job_notes.doubts(session, [{"name": d.name, "encoding": d.encoding} for d in found])
    several = [
        {"name": d.name, "titles": [book["title"] for book in d.meta["books"]]}
        for d in found
        if d.meta.get("books")
    ]
    return " ".join([*doubts, *job_notes.books(session, several)])
