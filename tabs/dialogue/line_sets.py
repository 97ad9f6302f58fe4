"""Which set of lines the Role dialogue tab shows, and the pairs that were built from it."""

from typing import Any

from studio import jobs
from studio.dialogue.review import queries
from studio.errors import InputError
from studio.store import documents, sets, utterance_summary, utterances
from tabs.kit import job_status
from tabs.kit.forms import Choices
from tabs.kit.session import Session


def chosen(session: Session, wanted: Any) -> dict[str, Any] | None:
    """The wanted set if it is there or on its way, else the newest that has any lines: a row of
    `reading.utterance_sets`.
    """
    sets = queries.utterance_sets(session.workspace)
    found = next((s for s in sets if s["id"] == wanted), None)
    if (
        wanted
        and (found is None or not found["utterances"])
        and (coming := awaited(session))
        and coming["id"] == wanted
    ):
        return coming
    return found or next((s for s in sets if s["utterances"]), None)


def awaited(session: Session) -> dict[str, Any] | None:
    """The set that is being extracted and has no lines yet, as a row of `reading.utterance_sets`;
    else None.
    """
    record = jobs.latest(session.workspace, "dialogue")
    if record is None or not record.active:
        return None
    set_id, store = set_of(record.id), session.workspace.store
    if utterances.exists(store, set_id):
        return None
    first = next(iter(record.spec.get("documents") or []), "")
    document = documents.get(store, first)
    name = record.title or (document.name if document else first.removeprefix("sample:"))
    return {
        "id": set_id,
        "name": name,
        "job": record.id,
        "created": record.created,
        "meta": {},
        "utterances": 0,
    }


def set_of(job_id: str) -> str:
    """The set of lines that an extraction makes."""
    return f"utterances-{job_id}"


def needed(session: Session, wanted: Any) -> dict[str, Any]:
    """The same. Raises InputError where there are no lines."""
    found = chosen(session, wanted)
    if found is None or not found["utterances"]:
        raise InputError("There are no lines yet.", "Extract the dialogue of a document first.")
    return found


def pairs_of(session: Session, lines: dict[str, Any] | None) -> str | None:
    """The newest pairs that were built from a set of lines; a run that made none leaves those from
    before in sight.
    """
    if lines is None:
        return None
    return next(
        (
            made.id
            for made in sets.with_rows(session.workspace.store)
            if made.meta.get("utterances") == lines["id"] or (made.job and made.job == lines["job"])
        ),
        None,
    )


def line_of(session: Session, lines: dict[str, Any], row_id: int) -> int:
    """The line that a pair's answer begins with. Raises InputError when it is not in the set."""
    found = utterance_summary.line_of_row(session.workspace.store, lines["id"], row_id)
    if found is None:
        raise InputError(
            "The line of this pair is not in the set that is shown.",
            "Choose the set that the pair was built from.",
        )
    return found


def decided(session: Session, lines: dict[str, Any] | None) -> int:
    """How many lines of a set a person or a model has decided."""
    return utterance_summary.count_decided(session.workspace.store, lines["id"]) if lines else 0


def listed(session: Session) -> Choices:
    """The sets for a dropdown, newest first; one that is on its way stands there already, so that
    it is shown with its first lines.
    """
    coming = awaited(session)
    found = [
        (f"{s['name']} · {s['utterances']:,} · {job_status.when(session, s['created'])}", s["id"])
        for s in queries.utterance_sets(session.workspace)
        if s["utterances"]
    ]
    return (
        [(f"{coming['name']} · … · {job_status.when(session, coming['created'])}", coming["id"])]
        if coming
        else []
    ) + found
