"""How long prompts and replies are."""

from collections.abc import Iterator

from studio.datasets.profile.finding import Check, Finding
from studio.datasets.profile.seen import Seen

FIRST, BINS = 16, 14  # the first bin ends at 16 characters, each next one at twice as many


class Lengths(Check):
    """A histogram of characters; the bins are those that `edges` names."""

    name = "lengths"
    what = "The characters of prompts and replies"
    do = "Nothing is to be done"

    def __init__(self) -> None:
        super().__init__()
        self.prompts, self.replies = [0] * BINS, [0] * BINS
        self.characters = self.turns = 0

    def see(self, row: Seen) -> None:
        """Count a row's lengths."""
        self.looked += 1
        self.kinds[row.kind] += 1
        prompt, reply = sum(len(words) for _, words in row.turns), len(row.reply)
        self.characters += sum(map(len, row.texts))
        self.turns += 1 + sum(role != "system" for role, _ in row.turns)
        self.prompts[bin_of(prompt)] += 1
        self.replies[bin_of(reply)] += 1

    def findings(self) -> Iterator[Finding]:
        """The histogram; it is no trouble."""
        yield self.finding(
            kinds={}, values={"edges": edges(), "prompt": self.prompts, "reply": self.replies}
        )


def bin_of(length: int) -> int:
    """The number of the bin of a length: 0 below 16 characters, 1 below 32 …; the last has the
    rest.
    """
    return min(BINS - 1, max(0, (length // FIRST).bit_length()))


def edges() -> list[int]:
    """Where each bin begins, in characters."""
    return [0, *(FIRST << number for number in range(BINS - 1))]
