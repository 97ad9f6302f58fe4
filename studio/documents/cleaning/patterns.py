"""The pattern lists of presets/cleaning/patterns/, read once, and a person's own patterns.

The shipped lists hold regular expressions. A person's own patterns are plain text with `*`, since
they come through the window and a regular expression can be written that never ends.
"""

import re
from dataclasses import dataclass
from functools import cache

from studio import presets

FOLDER = presets.SHIPPED / "cleaning" / "patterns"
GAP = 50


@dataclass(frozen=True)
class Advertisements:
    """lines: a line that one matches goes whole. phrases: what one matches goes. heads, tails:
    (from, to) borders.
    """

    lines: re.Pattern[str]
    phrases: re.Pattern[str]
    head: re.Pattern[str]
    tail: re.Pattern[str]
    longest: int
    head_within: int


@cache
def advertisements() -> Advertisements:
    """The shipped list. Raises SpecError if it is not valid YAML."""
    data = presets.read_yaml(FOLDER / "advertisements.yaml")
    return Advertisements(
        lines=_any(data["lines"]),
        phrases=_any(data["phrases"]),
        head=_any(data["head"], re.MULTILINE),
        tail=_any(data["tail"], re.MULTILINE),
        longest=int(data["longest_line"]),
        head_within=int(data["head_within"]),
    )


def _any(patterns: list[str], flags: int = 0) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE | flags)


def own(patterns: list[str]) -> re.Pattern[str] | None:
    """One expression for plain patterns; each `*` is the nearest way to what follows, at most 50
    characters.
    """
    made = []
    for pattern in patterns:
        first, *rest = [
            re.escape(part).replace("\\ ", r"[ \u3000]")
            for part in re.split(r"\*+", pattern.strip("* "))
            if part
        ]
        made.append(first + "".join(f"(?>[^\\n]{{0,{GAP}}}?{part})" for part in rest))
    return re.compile("|".join(made), re.IGNORECASE) if made else None
