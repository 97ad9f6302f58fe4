"""Printed lines → paragraphs: a new one where the gap, the letters' size or the indent says so."""

from collections import Counter
from dataclasses import dataclass
from statistics import median

ENDS = tuple("。！？…：；.!?:;”’」』）)】》—\"'")
GAP = 1.35  # of the usual distance between lines
SIZE = 1.15  # of the letters
INDENT = (0.8, 4.5)  # in letters
SHORT = 2.5  # letters that a paragraph's last line stays behind the margin


@dataclass(frozen=True)
class Line:
    """One line: its text, where its first and last characters stand (points, upwards), the letters'
    size.
    """

    text: str
    x: float
    y: float
    end_x: float
    end_y: float
    size: float


def paragraphs(lines: list[Line]) -> str:
    """A page's text: lines apart by a line feed, paragraphs by two."""
    if not lines:
        return ""
    if sum(_upright(line) for line in lines) * 2 > len(lines):
        return _columns(lines)
    return _flowing(lines)


def _upright(line: Line) -> bool:
    return abs(line.end_y - line.y) > abs(line.end_x - line.x)


def _columns(lines: list[Line]) -> str:
    """Vertical writing: columns from the right to the left, one tier after the other; lines across
    stand above or below.
    """
    across = [line for line in lines if abs(line.end_x - line.x) > line.size and not _upright(line)]
    upright = sorted((line for line in lines if line not in across), key=lambda line: -line.y)
    tiers: list[list[Line]] = []
    for line in upright:
        # A column begins no lower than an indent below its tier's top, or beside another that
        # reaches further down.
        if tiers and (
            line.y > tiers[-1][0].y - INDENT[1] * line.size
            or line.y > min(other.end_y for other in tiers[-1])
        ):
            tiers[-1].append(line)
        else:
            tiers.append([line])
    top = upright[0].y
    # Turned by a quarter, downwards is along and leftwards is onwards.
    turned = [
        Line(line.text, -line.y, line.x, -line.end_y, line.end_x, line.size)
        for tier in tiers
        for line in sorted(tier, key=lambda line: -line.x)
    ]
    above, below = (
        [line.text for line in across if line.y > top],
        [line.text for line in across if line.y <= top],
    )
    return "\n\n".join([*above, _flowing(turned), *below])


def _flowing(lines: list[Line]) -> str:
    em = median(max(line.size, 1.0) for line in lines)
    steps = [
        before.y - line.y
        for before, line in zip(lines, lines[1:], strict=False)
        if 0.5 * em < before.y - line.y < 4 * em
    ]
    pitch = median(steps) if steps else 1.5 * em
    lefts = _margins(lines, em)
    parts = [lines[0].text]
    for before, line in zip(lines, lines[1:], strict=False):
        parts.append("\n\n" if _parted(before, line, em, pitch, lefts, lines) else "\n")
        parts.append(line.text)
    return "".join(parts)


def _margins(lines: list[Line], em: float) -> list[float]:
    """Where lines begin, more than by chance."""
    counted = Counter(round(line.x / em * 3) for line in lines)
    return [place * em / 3 for place, count in counted.items() if count >= max(2, 0.1 * len(lines))]


def _parted(
    before: Line, line: Line, em: float, pitch: float, lefts: list[float], lines: list[Line]
) -> bool:
    """Whether a paragraph begins with `line`."""
    sizes = sorted((max(before.size, 1.0), max(line.size, 1.0)))
    if before.y - line.y > GAP * pitch or sizes[1] > SIZE * sizes[0]:
        return True
    right = max(other.end_x for other in lines if abs(other.x - before.x) < 6 * em)
    short = before.end_x < right - SHORT * em
    if not (short or before.text.endswith(ENDS)):
        return False
    indented = any(INDENT[0] * em < line.x - left < INDENT[1] * em for left in lefts)
    return indented or short and before.text.endswith(ENDS)
