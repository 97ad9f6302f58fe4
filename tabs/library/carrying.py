"""Things and workspaces as files: a thing exported, the workspace packed, a packed one opened."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from studio import documents, inventory, jobs
from studio.errors import InputError
from studio.files import human_size
from studio.inventory import FORMS, Ref
from studio.inventory.spec import PackJob, UnpackJob
from studio.jobs.records import JobRecord
from tabs.kit import export_box, job_status
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.wiring import connect

KINDS = ("pack", "unpack")
TOLD_FOR_S = 3600.0  # how long the list tells of a zip that was made


@dataclass(frozen=True, kw_only=True)
class Carrying:
    """The bar above the list. ready: fetches the file that was made last."""

    pack: gr.Button
    unpack: gr.UploadButton
    ready: gr.DownloadButton


def build(shared: Shared) -> Carrying:
    """Lay the bar out."""
    said = shared.translated
    with gr.Row(elem_classes=["result-bar", "library-files"]):
        pack = gr.Button("Pack", size="sm", elem_id="library-pack", min_width=150, scale=0)
        unpack = gr.UploadButton(
            "Open",
            size="sm",
            type="filepath",
            elem_id="library-unpack",
            min_width=150,
            scale=0,
        )
        ready = gr.DownloadButton(
            "Download",
            size="sm",
            variant="primary",
            visible=False,
            elem_id="library-download",
            min_width=120,
            scale=0,
        )
    said.label(pack, "library.pack", "value")
    said.label(unpack, "library.unpack")
    return Carrying(pack=pack, unpack=unpack, ready=ready)


def wire(box: Carrying, shared: Shared, notice: Any) -> None:
    """Packing and unpacking are jobs; stop and resume stand in the status line."""

    def packed(session: Session, values: Values) -> Values:
        jobs.start(session.workspace, PackJob())
        return {
            **job_status.show(shared, session),
            box.ready: gr.update(visible=False),
        }

    def unpacked(session: Session, values: Values) -> Values:
        path = Path(str(values.get(box.unpack) or ""))
        if not path.is_file():
            return {}
        reference = documents.stage(session.workspace, path.name, path)
        jobs.start(session.workspace, UnpackJob(file=reference))
        return job_status.show(shared, session)

    connect(shared, box.pack.click, packed, outputs=[shared.status, box.ready], notice=notice)
    connect(
        shared,
        box.unpack.upload,
        unpacked,
        inputs=[box.unpack],
        outputs=[shared.status],
        notice=notice,
        upload=box.unpack,
        queue=True,
    )


def exported(session: Session, ref: Ref, form: str) -> Any:
    """The update of the download button that offers a thing as a file. Raises StudioError."""
    thing = inventory.find(session.workspace, ref)
    return export_box.offered(session, inventory.exported(session.workspace, thing, form))


def fetched(session: Session) -> Any:
    """The same of the zip that was packed last. Raises InputError where there is none."""
    path = _zip(session, _newest(session, "pack"))
    if path is None:
        raise InputError("There is nothing to export.", "Press Pack this workspace first.")
    return export_box.offered(session, path)


def state(session: Session) -> dict[str, Any]:
    """What the page needs of the two jobs, and of the forms of each kind of thing.

    packed: the zip's name and size. unpacked: the workspace that came, where another is open.
    """
    path, came = _zip(session, _newest(session, "pack")), _newest(session, "unpack")
    name = str(came.result.get("workspace") or "") if came else ""
    return {
        "packed": [path.name, human_size(path.stat().st_size)] if path else None,
        "unpacked": name if name and name != session.workspace.name else "",
        "forms": {kind: [[form, form] for form in forms] for kind, forms in FORMS.items()},
    }


def mark(session: Session) -> tuple[str, ...]:
    """What moves when `state` does."""
    return tuple(record.id for kind in KINDS if (record := _newest(session, kind)) is not None)


def _newest(session: Session, kind: str) -> JobRecord | None:
    """The newest job of a kind, where it is done and was so lately."""
    record = jobs.latest(session.workspace, kind)
    if record is None or record.state != "done":
        return None
    return record if time.time() - (record.ended or 0) < TOLD_FOR_S else None


def _zip(session: Session, record: JobRecord | None) -> Path | None:
    """The file of a job that packed, where it is still there."""
    if record is None:
        return None
    path = session.workspace.inside(str(record.result.get("file") or ""))
    return path if path.is_file() else None
