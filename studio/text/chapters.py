"""Which chapter of a text a place lies in."""

from bisect import bisect_right

from studio.text.paragraphs import SEPARATOR, is_heading, lines


class Chapters:
    """Which chapter an offset lies in, from 0; headings that touch (`Part I`, `Chapter 1`) count
    once.
    """

    def __init__(self, text: str) -> None:
        self.starts: list[int] = []
        above = False
        for row in lines(text):
            body = text[row.start : row.end]
            heading = is_heading(body) and not SEPARATOR.match(body)
            if heading and not above and row.start > 0:
                self.starts.append(row.start)
            above = heading

    def at(self, offset: int) -> int:
        """The number of the chapter."""
        return bisect_right(self.starts, offset)
