"""What a job does and has made, in one sentence each, and where its result is worked with."""

from typing import Any

from studio import datasets, documents
from studio.jobs.records import JobRecord
from studio.store import sets
from tabs.kit.language import find
from tabs.kit.session import Session

# The figure of a kind's result that says how much was made.
COUNTED = {
    "import": "added",
    "chunk": "chunks",
    "dialogue": "utterances",
    "attribute": "asked",
    "pairs": "pairs",
    "propagate": "changed",
    "instructions": "rows",
    "preferences": "rows",
    "dataset": "rows",
    "register": "rows",
    "repair": "rows",
    "publish": "rows",
    "edit": "rows",
    "train": "steps",
    "preflight": "steps",
    "grid": "runs",
    "evaluate": "rows",
}
# What a tab can show from the press of the button on, before the first of it is there.
CHOSEN_AT_ONCE = ("shown chunks", "shown dataset")


def doing(session: Session, record: JobRecord) -> str:
    """What a job does: "Cutting into chunks"."""
    checking = record.kind == "dataset" and record.spec.get("op") == "check"
    found = find(session.language, f"job.doing.{'check' if checking else record.kind}")
    return str(found) if found is not None else record.kind


def made(session: Session, record: JobRecord) -> str:
    """What a job has made: "Cut into 214 chunks"; what it did where that cannot be counted."""
    n = _count(record)
    key = f"job.made.{record.kind}"
    if n == 1 and find(session.language, f"{key}_one") is not None:
        return session.word(f"{key}_one")
    if n is None or find(session.language, key) is None:
        return doing(session, record)
    return session.word(key, n=f"{n:,}")


def _count(record: JobRecord) -> int | None:
    result = record.result
    if record.kind == "clean":
        return len(result.get("documents") or [])
    if record.kind == "pipeline":
        return len(result.get("steps") or [])
    if record.kind == "dataset" and result.get("stats") and not result.get("dataset"):
        return None  # a check makes nothing
    value = result.get(COUNTED.get(record.kind, ""))
    return int(value) if isinstance(value, int | float) else None


def opened_as(record: JobRecord) -> tuple[str, Any] | None:
    """What a tab takes over to show a job's result, and its id (`Tab.accepts`): of a job that goes
    on what it is making. None where nothing is shown of it.
    """
    result, spec = record.result, record.spec
    documents = result.get("documents")
    ways: dict[str, tuple[str, Any]] = {
        "import": ("document", documents[0] if isinstance(documents, list) and documents else None),
        "clean": ("document", documents[0] if isinstance(documents, list) and documents else None),
        "chunk": ("shown chunks", result.get("set") or f"chunks-{record.id}"),
        "dialogue": ("shown lines", result.get("utterance_set") or f"utterances-{record.id}"),
        "attribute": ("shown lines", spec.get("utterances")),
        "propagate": ("shown lines", spec.get("utterances")),
        "pairs": ("shown pairs", result.get("set")),
        "instructions": ("shown instructions", result.get("set")),
        "preferences": ("shown preferences", result.get("set")),
        # An export for other programs has no name; while the job runs, its spec has one.
        "dataset": ("shown dataset", result.get("dataset", spec.get("name"))),
        "repair": ("shown dataset", spec.get("dataset")),
        "register": ("shown dataset", result.get("dataset") or spec.get("name")),
        "publish": ("shown dataset", spec.get("dataset")),
        "edit": ("shown dataset", spec.get("dataset")),
        "train": ("run", record.id),
        "grid": ("run", record.id),
    }
    thing, ident = ways.get(record.kind, ("", None))
    return (thing, ident) if thing and ident else None


def stands(session: Session, thing: str, ident: Any) -> bool:
    """Whether what `opened_as` names is still there: results can be deleted, jobs stay."""
    workspace = session.workspace
    if thing == "run":
        return True
    if thing == "document":
        return any(document.id == ident for document in documents.listing(workspace))
    if thing == "shown dataset":
        return ident in datasets.names(workspace)
    return sets.get(workspace.store, str(ident)) is not None
