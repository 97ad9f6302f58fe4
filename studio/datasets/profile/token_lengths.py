"""What a training cuts off of a set, from the counts of the token view (see `share`)."""

import time
from collections.abc import Callable

from studio.datasets import share
from studio.datasets.options import STAGES, Figures, Options
from studio.datasets.profile.finding import Finding, Severity
from studio.errors import Stopped
from studio.workspace import Workspace

BAD_FROM = 0.1
LOOK_S = 0.2


def counted(
    workspace: Workspace,
    name: str,
    rows: int,
    kind: str,
    model: str,
    cutoff_len: int,
    stopping: Callable[[], bool] = lambda: False,
) -> Finding:
    """The finding once the whole set is counted. kind: of its rows. Raises StudioError, Stopped."""
    options, stage = Options(cutoff_len=cutoff_len), STAGES.get(kind, ("sft",))[0]
    while True:
        found = share.counted(workspace, name, rows, model, options, stage, wait_s=LOOK_S)
        if found.error is not None:
            raise found.error
        if found.whole:
            return told(found.figures, cutoff_len)
        if stopping():
            raise Stopped
        time.sleep(LOOK_S)


def told(figures: Figures, cutoff_len: int) -> Finding:
    """How many rows are longer than the cutoff, and how much is trained on."""
    sides = figures.sides.values()
    tokens, trained = (sum(getattr(side, of) for side in sides) for of in ("tokens", "trained"))
    rows = max((side.cut_rows for side in sides), default=0) + figures.dropped
    return Finding(
        name="tokens",
        severity=_severity(rows, figures.rows),
        count=0 if figures.plain else rows,
        total=figures.rows,
        what=(
            "The row is longer than the cutoff length; what lies beyond it is not learnt, and a "
            "row of which nothing is left to learn is dropped"
        ),
        do="Raise the cutoff length (cutoff_len), or cut the texts into shorter rows",
        values={
            "cutoff_len": cutoff_len,
            "tokens": tokens,
            "trained": trained,
            "cut": sum(side.cut for side in sides),
            "dropped": figures.dropped,
            "faulty": figures.faulty,
            "longest": figures.longest,
        },
    )


def _severity(rows: int, total: int) -> Severity:
    return "good" if not rows else "bad" if rows >= BAD_FROM * total else "warn"
