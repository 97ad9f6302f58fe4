"""Which chapter of a text a place lies in."""

from bisect import bisect_right

from studio.text.headings import heading_of
from studio.text.paragraphs import lines


class Chapters:
    """Which chapter an offset lies in, from 0; headings that touch (`Part I`, `Chapter 1`) count
    once. What a heading is, is what the cutter takes for one (`headings.heading_of`).
    """

    def __init__(self, text: str) -> None:
        self.starts: list[int] = []
        above = seen = False
        for line in lines(text):
            found = heading_of(text, line.start)
            heading = found is not None and found.own_line
            if heading and not above and seen:
                self.starts.append(line.start)
            above, seen = heading, True

    def at(self, offset: int) -> int:
        """The number of the chapter."""
        return bisect_right(self.starts, offset)
