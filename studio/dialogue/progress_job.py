"""The progress bar of a job that reads long texts, and the stop that reaches into the reading."""

from collections.abc import Sequence

from studio.jobs.context import Job
from studio.progress import Watch


class Bar:
    """The progress of a job over documents of so many characters each; a stop that is asked for
    ends the reading.
    """

    def __init__(self, job: Job, sizes: Sequence[int]) -> None:
        self.job, self.sizes = job, list(sizes)

    def of(self, number: int) -> Watch:
        """The watch over one document, with those before it done."""
        done, size = sum(self.sizes[:number]), self.sizes[number]

        def report(share: float) -> None:
            self.job.check_stop()
            self.job.progress(done + int(size * share), max(1, sum(self.sizes)), "characters")

        return Watch(report)

    def full(self) -> None:
        """All is done."""
        total = max(1, sum(self.sizes))
        self.job.progress(total, total, "characters", force=True)
