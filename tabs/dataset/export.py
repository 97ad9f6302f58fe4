"""The export of the dataset on show, as a zip to download."""

from pathlib import Path
from typing import Any

from studio.datasets import window
from studio.datasets.row_changes import row_work
from studio.datasets.row_forms.column_map import FORMATTINGS
from studio.errors import InputError
from tabs.dataset.parts import DatasetTab
from tabs.kit import export_box, job_notes, notices
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.wiring import connect

SHOWN = 6  # sentences of the notice


def wire(tab: DatasetTab, shared: Shared) -> None:
    """What the button does."""
    box = tab.export

    def exported(session: Session, values: Values) -> Values:
        name = values.get(tab.shown)
        if not name:
            raise InputError("No dataset is chosen.", "Choose one above the preview, then export.")
        if values.get(box.sources):
            return {box.ready: export_box.offered(session, with_sources(session, name, values))}
        made = window.export(session.workspace, name, box.wish(values))
        ready = {box.ready: export_box.offered(session, Path(made["path"]))}
        lost = made["skipped"] or made["dropped"]
        return ready | ({tab.notice: _told(session, made)} if lost else {})

    def with_sources(session: Session, name: str, values: Values) -> Path:
        """The set with where each row came from, in columns that LLaMA-Factory passes over."""
        wish = box.wish(values)
        if wish["rows_as"] != "same" or wish["formatting"] not in FORMATTINGS:
            raise InputError(
                "Sources go along with alpaca, sharegpt and openai rows as they are.",
                "Choose one of these, or leave the sources out.",
            )
        return row_work.export_with_sources(
            session.workspace, name, wish["formatting"], wish["file_type"]
        )

    connect(
        shared,
        box.make.click,
        exported,
        inputs=[tab.shown, *box.fields.values(), box.sources],
        outputs=[box.ready],
        notice=tab.notice,
        queue=True,
    )


def _told(session: Session, made: dict[str, Any]) -> str:
    """How many rows were written, and what of them was not carried over."""
    what = session.word("dataset.exported", n=f"{made['rows']:,}")
    losses = job_notes.not_carried(session, made)[:SHOWN]
    return notices.text(session, what, " ".join(losses), good=not made["skipped"])
