"""Which dataset is on show: the lists to choose from, the one that is still being made."""

from typing import Any

from studio.datasets import partners, registry
from studio.datasets.registry import Entry
from studio.errors import InputError, StudioError
from studio.jobs.records import JobRecord
from tabs.kit import coming
from tabs.kit.forms import Choices
from tabs.kit.session import Session

KINDS = ("dataset", "register")


def shown_now(session: Session, wanted: Any) -> str | None:
    """The dataset that is on show: the one wanted, else the newest; None while the one wanted is
    being made.
    """
    return None if awaited(session, wanted) is not None else shown(session, wanted)


def ready(session: Session, wanted: Any) -> str:
    """The dataset on show. Raises InputError while it is being made."""
    name = shown_now(session, wanted)
    if name is None:
        raise InputError(
            "The dataset is not there yet.", "Wait until its job is done, or choose another one."
        )
    return name


def awaited(session: Session, wanted: Any) -> JobRecord | None:
    """The job that is making the dataset wanted, while it is under way and the dataset of that name
    is not there.
    """
    record = coming.job(session, *KINDS)
    named = (
        record is not None
        and wanted
        and record.spec.get("name", "").strip() == wanted
        and record.spec.get("op") != "check"
    )
    return record if named and wanted not in [value for _, value in every(session)] else None


def showable(session: Session) -> Choices:
    """What can be shown: the datasets, and first the one that is being made."""
    record, there = coming.job(session, *KINDS), every(session)
    name = record.spec.get("name", "").strip() if record is not None else ""
    return (
        [(coming.label(session, record), name)]
        if record is not None and awaited(session, name)
        else []
    ) + there


def names(session: Session) -> Choices:
    """The registered datasets that can be opened, the newest first, held-out parts last."""
    return [(entry.name, entry.name) for entry in _entries(session) if not entry.problem]


def every(session: Session) -> Choices:
    """All registered datasets, behind those that can be opened the others, marked."""
    return names(session) + [
        (session.word("dataset.entry.closed", name=entry.name), entry.name)
        for entry in _entries(session)
        if entry.problem
    ]


def _entries(session: Session) -> list[Entry]:
    try:
        found = list(reversed(registry.entries(session.workspace)))
        parts = partners.parts(session.workspace)
        return sorted(found, key=lambda entry: entry.name in parts)
    except StudioError:
        return []  # a damaged dataset_info.json is told by the view


def shown(session: Session, wanted: Any) -> str | None:
    """The dataset wanted where it is there, else the newest; None where there is none."""
    there = [value for _, value in every(session)]
    return wanted if wanted in there else (there[0] if there else None)
