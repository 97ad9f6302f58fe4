"""Reports that were made, kept by the file that they are about: a set that has not changed is not
looked at again.
"""

import json
from array import array
from pathlib import Path
from typing import Any

from studio.datasets import registry
from studio.datasets.profile.survey import FORM, Report
from studio.files import write_bytes, write_text
from studio.spec import digest
from studio.workspace import Workspace

MOST = 40  # reports that are kept


def save(workspace: Workspace, dataset: str, report: Report) -> dict[str, Any]:
    """Keep a report about a dataset as its file is now; the report as JSON carries it."""
    place = _place(workspace, dataset)
    plain = report.plain() | {"against_age": _age(workspace, report.against)}
    numbers = b"".join(array("Q", rows).tobytes() for rows in report.flagged.values())
    counts = {name: len(rows) for name, rows in report.flagged.items()}
    write_bytes(place.with_suffix(".rows"), numbers)
    write_text(place, json.dumps(plain | {"flagged": counts}, ensure_ascii=False))
    _trim(place.parent)
    return plain


def read(workspace: Workspace, dataset: str) -> dict[str, Any] | None:
    """The report about a dataset's file as it is now; None where there is none. Raises StudioError
    for a dataset that is not there.
    """
    try:
        found: dict[str, Any] = json.loads(_place(workspace, dataset).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if found.get("against_age") == _age(workspace, found["against"]) else None


def flagged(workspace: Workspace, dataset: str, finding: str) -> list[int]:
    """Numbers of the rows of a finding, from 0; empty where there is no report."""
    place, found = _place(workspace, dataset), read(workspace, dataset)
    if found is None or finding not in found["flagged"]:
        return []
    before = 0
    for name, count in found["flagged"].items():
        if name == finding:
            data = place.with_suffix(".rows").read_bytes()[8 * before : 8 * (before + count)]
            return array("Q", data).tolist()
        before += count
    return []


def _place(workspace: Workspace, dataset: str) -> Path:
    entry = registry.find(workspace, dataset)
    key = digest([_age(workspace, dataset), repr(entry.layout), FORM])[:32]
    return workspace.path / "cache" / "health" / f"{key}.json"


def _age(workspace: Workspace, dataset: str) -> str:
    """What changes when a dataset's file does; "" for no dataset, or one that is gone."""
    if not dataset or dataset not in registry.names(workspace):
        return ""
    entry = registry.find(workspace, dataset)
    mtime, size = entry.stamp
    return f"{entry.path}:{mtime}:{size}" if mtime else ""


def _trim(folder: Path) -> None:
    reports = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in reports[MOST:]:
        path.unlink(missing_ok=True)
        path.with_suffix(".rows").unlink(missing_ok=True)
