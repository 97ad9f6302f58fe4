"""The health of a dataset for the window, which parses no file itself: each call runs in the
sandbox (see `window`). The functions that run there stand at the end.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio.datasets import registry
from studio.datasets.profile import kept, token_lengths
from studio.datasets.row_changes import edits
from studio.datasets.row_changes.edit_log import Edit
from studio.datasets.token_view import share
from studio.datasets.token_view.options import Options
from studio.sandbox import Limits, run_limited
from studio.workspace import Workspace

AT_ONCE = 4 << 20  # bytes of a file that is checked and mended while the person waits
STARTING = 32 << 20  # bytes whose time is given on top: what the checks need is loaded first


def is_small(workspace: Workspace, dataset: str) -> bool:
    """Whether a set is checked while the person waits; a larger one is a job's work."""
    return registry.find(workspace, dataset).bytes <= AT_ONCE


def report(workspace: Workspace, dataset: str) -> dict[str, Any] | None:
    """The kept report about the file as it is now, as `Report.plain` has it; None for none. Raises
    StudioError.
    """
    return kept.read(workspace, dataset)


def check(workspace: Workspace, dataset: str, against: str, *, near: bool) -> dict[str, Any]:
    """Look at every row; the report. against: see `profile.job.partner_of`. Raises StudioError."""
    return dict(_call(workspace, dataset, "checked", against=against, near=near))


def mend(
    workspace: Workspace, dataset: str, finding: str, values: Mapping[str, str], why: str
) -> dict[str, Any]:
    """Mend the rows of a finding; see `profile.job.mend`. Raises StudioError."""
    return dict(_call(workspace, dataset, "mended", finding=finding, values=dict(values), why=why))


def tokens(
    workspace: Workspace, dataset: str, rows: int, model: str, options: Options, stage: str
) -> dict[str, Any] | None:
    """The finding about rows beyond the cutoff, as far as they are counted by now (see `share`);
    None where nothing is counted yet, or it cannot be.
    """
    found = share.counted(workspace, dataset, rows, model, options, stage)
    if found.error is not None or not found.figures.rows:
        return None
    return token_lengths.told(found.figures, options.cutoff_len).plain()


def last_change(workspace: Workspace, dataset: str) -> Edit | None:
    """The last change of a dataset that holds; None for none."""
    made = [edit for edit in edits.history(workspace, dataset) if not edit.undone]
    return made[-1] if made else None


def _call(workspace: Workspace, dataset: str, function: str, **arguments: Any) -> Any:
    size = registry.find(workspace, dataset).bytes
    return run_limited(
        f"studio.datasets.health:{function}",
        name=dataset,
        limits=Limits.for_bytes(STARTING + size),
        workspace=str(workspace.path),
        dataset=dataset,
        **arguments,
    )


def checked(workspace: str, dataset: str, against: str, near: bool) -> dict[str, Any]:
    """See `check`."""
    from studio.datasets.profile.job import check as work

    return work(Workspace.open(Path(workspace)), [dataset], against, near=near)


def mended(
    workspace: str, dataset: str, finding: str, values: dict[str, str], why: str
) -> dict[str, Any]:
    """See `mend`."""
    from studio.datasets.profile.job import mend as work

    return dict(work(Workspace.open(Path(workspace)), dataset, finding, values, why))
