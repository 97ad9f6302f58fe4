"""How far the reading of a long text is, told now and then to whoever waits, who may end it by
raising.
"""

from collections.abc import Callable, Collection, Iterator
from typing import TypeVar

T = TypeVar("T")
EVERY = 64  # items between two tellings: a few milliseconds of work


class Watch:
    """Tells how far a reading is, 0 to 1.

    Whatever `tell` raises goes up through the reading and ends it.
    """

    def __init__(self, tell: Callable[[float], None] | None = None) -> None:
        self._tell = tell

    def at(self, share: float) -> None:
        """Tell that so much is done."""
        if self._tell is not None:
            self._tell(share)

    def within(self, begin: float, end: float) -> "Watch":
        """A watch over a part of the work, which tells its own 0 to 1 as `begin` to `end` of the
        whole.
        """
        return (
            Watch(lambda share: self.at(begin + (end - begin) * share))
            if self._tell is not None
            else self
        )

    def over(self, items: Collection[T], begin: float, end: float) -> Iterator[T]:
        """The items; meanwhile the share that is done goes from `begin` to `end`."""
        for number, item in enumerate(items):
            if number and number % EVERY == 0:
                self.at(begin + (end - begin) * number / len(items))
            yield item


UNWATCHED = Watch()
