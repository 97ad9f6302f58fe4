"""From the steps that were tried to the whole run: how long it takes, in figures and in words.
Light.
"""

from typing import Any, TypedDict

from studio.training.preflight.spec import PreflightResult
from studio.training.report import Reporter
from studio.training.spec import TrainJob


class Times(TypedDict):
    """See `spec.PreflightResult`."""

    seconds: float
    seconds_low: float
    seconds_high: float
    times: dict[str, float]


MARGIN = 0.1  # of the time: what three steps cannot tell of hundreds
GB = 1 << 30


def timed(
    spec: TrainJob, tried: Any, padded: list[int], total: int, held: int, planned: int
) -> Times:
    """How long the whole run takes, without the look back at its end.

    tried: a `trial.Trial`; padded: tokens of its steps, total: of all steps of the run, held: of
    all held-out rows, padding included. The first step is left out where there are others: it makes
    the optimiser's state and warms the caches.
    """
    kept = slice(1, None) if len(tried.steps) > 1 else slice(None)
    seconds, tokens = tried.steps[kept], padded[kept]
    rates = [s / max(1, t) for s, t in zip(seconds, tokens, strict=True)]
    rate = sum(seconds) / max(1, sum(tokens))
    every = spec.eval_steps or spec.save_steps
    looks = 1 + planned // every if spec.evaluates else 0
    saves = planned // spec.save_steps + (planned % spec.save_steps > 0)
    others = {
        "loading": tried.loading,
        "evaluation": looks * tried.evaluation * held / max(1, tried.eval_tokens),
        "saving": saves * tried.saving,
    }
    beside = sum(others.values())
    times = {"steps": rate * total} | others
    return {
        "seconds": sum(times.values()),
        "seconds_low": min(rates) * total * (1 - MARGIN) + beside * (1 - MARGIN),
        "seconds_high": max(rates) * total * (1 + MARGIN) + beside * (1 + MARGIN),
        "times": times,
    }


def tell(report: Reporter, made: PreflightResult) -> None:
    """The figures in the log."""
    padding = 1 - made["tokens"] / max(1, made["padded"])
    lines = [
        f"{made['parameters']:,} weights, {made['trained']:,} of them learnt",
        f"{made['tokens']:,} tokens an epoch, {made['learnt']:,} learnt, {padding:.0%} padding; "
        f"longest row {made['longest']:,}; {made['steps']:,} steps",
        "memory by the estimate: "
        + ", ".join(f"{name} {size / GB:.2f}" for name, size in made["parts"].items())
        + f"; in all {made['estimate'] / GB:.2f} of {made['free'] / GB:.2f} GB free",
        f"disk: {made['disk'] / GB:.2f} of {made['disk_free'] / GB:.2f} GB free",
    ]
    if made["measured"]:
        lines += [
            f"measured: {made['measured'] / GB:.2f} GB; about {made['seconds']:,.0f} s in all "
            f"({made['seconds_low']:,.0f} to {made['seconds_high']:,.0f})"
        ]
    if made["refused"]:
        lines.append(f"this cannot work: too little {made['refused']}")
    for one in made["remedies"]:
        changes = ", ".join(f"{name}={value}" for name, value in one["changes"].items())
        fits = "fits" if one["fits"] else "is still too much"
        lines.append(f"with {changes} it needs {one['total'] / GB:.2f} GB, which {fits}")
    for line in lines:
        report.log(line)
