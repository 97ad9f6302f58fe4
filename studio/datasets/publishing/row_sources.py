"""Where rows came from, as columns of an exported file.

LLaMA-Factory takes the columns that dataset_info.json names and passes over these:

    source_document   name of the document          source_start, source_end   span in characters
    source_chunk      id of the chunk               source_set, source_row     set, row in it
    source_model      the model that wrote the row; empty where it is the text's own words
    source_edited     the day on which a person changed or added the row
    rating, tags      what a person gave the row
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from studio.datasets.assembly.gather import origins
from studio.datasets.opened import Dataset
from studio.datasets.row_changes import row_marks
from studio.datasets.row_forms.formats import Row
from studio.errors import StudioError
from studio.jobs.records import JobRecord
from studio.jobs.records import get as job_of
from studio.store import documents, sets
from studio.store.sets import SetRow
from studio.workspace import Workspace

COLUMNS = (
    "source_document",
    "source_chunk",
    "source_start",
    "source_end",
    "source_set",
    "source_row",
    "source_model",
    "source_edited",
)
# Kinds of job in which a model writes what stands in the rows.
WRITING = ("instructions", "preferences")


def with_more(
    workspace: Workspace, dataset: Dataset, rows: Sequence[Row], *, sources: bool, marks: bool
) -> list[Row]:
    """Laid-out rows of a whole dataset, each with what is known of it. Every row has the same
    columns; what is not known of one is null. Raises StudioError.
    """
    made = [dict(row) for row in rows]
    if sources:
        found = columns(workspace, origins(workspace, dataset), len(rows))
        for row, more in zip(made, found, strict=True):
            row |= more
    if marks:
        given = row_marks.marks(workspace, dataset.name)
        for number, row in enumerate(made):
            one = given.get(number, row_marks.Mark())
            row |= {"rating": one.rating or None, "tags": list(one.tags)}
    return made


def columns(
    workspace: Workspace, known: Sequence[dict[str, Any]], count: int
) -> Iterable[dict[str, Any]]:
    """The source columns of `count` rows. known: their origins (see `gather.origins`), or none."""

    @cache
    def document(ident: str) -> str:
        found = documents.get(workspace.store, ident)
        return found.name if found else ident

    @cache
    def set_of(ident: str) -> tuple[str, str]:
        found = sets.get(workspace.store, ident)
        return (found.name if found else ident, model_of(workspace, found))

    for number in range(count):
        one = known[number] if number < len(known) else {}
        name, model = set_of(str(one["set"])) if one.get("set") else (one.get("dataset"), None)
        yield {
            "source_document": document(str(one["document"])) if one.get("document") else None,
            "source_chunk": str(one["chunk"]) if one.get("chunk") is not None else None,
            "source_start": _whole(one.get("start")),
            "source_end": _whole(one.get("end")),
            "source_set": str(name) if name else None,
            "source_row": _whole(one.get("row_id", one.get("row"))),
            "source_model": model or None,
            "source_edited": one.get("edited") or one.get("added") or None,
        }


def model_of(workspace: Workspace, found: SetRow | None) -> str:
    """The model that wrote a set's rows; "" where none did, or it is not known."""
    record = maker(workspace, found)
    if record is None or record.kind not in WRITING:
        return ""
    return str(record.spec.get("model_name_or_path") or record.spec.get("model") or "")


def maker(workspace: Workspace, found: SetRow | None) -> JobRecord | None:
    """The job that made a set, where it is still known."""
    if found is None or not found.job:
        return None
    try:
        return job_of(workspace, found.job)
    except StudioError:
        return None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
