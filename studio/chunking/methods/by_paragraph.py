"""By paragraph: whole paragraphs, short ones joined, long ones parted between sentences."""

from studio.chunking.methods.filling import evenly, lengthen
from studio.chunking.methods.strengths import BLANK_LINE, HEADING, LINE

# From this share of blank lines among the lines' ends on, a paragraph is what stands between blank
# lines.
BLANK_SHARE = 0.25


def paragraphs(
    sizes: list[int], strong: list[int], least: int, most: int, wrapped: bool
) -> list[int]:
    """The units that begin a chunk. wrapped: lines end inside paragraphs, so that only a blank line
    parts them.
    """
    parting = _parting(strong, wrapped)
    begins = [0, *(unit for unit in range(1, len(strong)) if strong[unit] >= parting)]
    found: list[int] = []
    open_at = 0
    for begin, end in zip(begins, [*begins[1:], len(strong)], strict=True):
        held = sizes[begin] - sizes[open_at]
        if begin > open_at and (
            held >= least
            or (strong[begin] > HEADING // 2 and _joins_back(sizes, found, open_at, begin, most))
        ):
            open_at = _close(found, open_at, begin, sizes, least)
        if sizes[end] - sizes[open_at] > most:
            found += evenly(sizes, strong, open_at, end, most)
            open_at = end
    if open_at < len(strong):
        found.append(open_at)
    return lengthen(sizes, strong, found, least, most)


def _parting(strong: list[int], wrapped: bool) -> int:
    """The least strength that parts paragraphs."""
    blank, line = strong.count(BLANK_LINE), strong.count(LINE)
    return BLANK_LINE if blank and (wrapped or blank > BLANK_SHARE * (blank + line)) else LINE


def _joins_back(sizes: list[int], found: list[int], open_at: int, begin: int, most: int) -> bool:
    """Whether the short chunk before a heading fits behind the chunk before it."""
    return bool(found) and found[-1] < open_at and sizes[begin] - sizes[found[-1]] <= most


def _close(found: list[int], open_at: int, begin: int, sizes: list[int], least: int) -> int:
    """End the open chunk at `begin`; a short one goes to the chunk before it."""
    if sizes[begin] - sizes[open_at] >= least or not found:
        found.append(open_at)
    return begin
