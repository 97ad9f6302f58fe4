"""What a training cuts off of a set, from its figures in tokens."""

from studio.datasets.profile.finding import Finding, Severity
from studio.datasets.token_view.options import Figures

BAD_FROM = 0.1


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
