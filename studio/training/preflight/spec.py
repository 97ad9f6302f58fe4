"""A training that is only tried: the fields of `train`, and what is found."""

from typing import Any, ClassVar, TypedDict

from studio.training.spec import TrainJob


class PreflightResult(TypedDict):
    """What a training will take; whole numbers are bytes, tokens or rows.

    tokens: of an epoch, padding left out; padded: with it; learnt: of them. longest: of a row;
    heaviest, learnt_heaviest: of the fullest batch of the run (of pairs, the one side).
    total_tokens: of all steps, with padding. parts: the estimate by part, estimate its total;
    measured: the peak of the steps that were tried, 0 where none were; free: what the device has.
    seconds: of the whole run, with low and high; times: of them by what is done. checkpoint: size
    of one; disk: of all that is kept, disk_free: what there is. labels: three rows as runs of text,
    each learnt or not. refused: "memory" or "disk" where it cannot work, else ""; remedies: what
    would help, as `remedies.Remedy`.
    """

    parameters: int
    trained: int
    rows: int
    eval_rows: int
    rows_dropped: int
    rows_cut: int
    rows_refused: int
    problems: list[dict[str, Any]]
    tokens: int
    padded: int
    learnt: int
    longest: int
    heaviest: int
    learnt_heaviest: int
    steps: int
    total_tokens: int
    device: str
    compute: str
    parts: dict[str, int]
    estimate: int
    measured: int
    free: int
    seconds: float
    seconds_low: float
    seconds_high: float
    times: dict[str, float]
    checkpoint: int
    disk: int
    disk_free: int
    labels: list[dict[str, Any]]
    refused: str
    remedies: list[dict[str, Any]]


class PreflightJob(TrainJob):
    """Try a training before it starts: count its tokens, show what is learnt of three rows, run
    three real steps, and tell memory, time and disk of the whole; nothing of it is kept.
    """

    KIND: ClassVar[str] = "preflight"
    RESULT: ClassVar[type] = PreflightResult

    def training(self) -> TrainJob:
        """The training that is tried."""
        return TrainJob.read(self.plain() | {"kind": TrainJob.KIND})
