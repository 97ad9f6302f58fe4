"""Units: the smallest parts that a cutting method keeps whole, and a method's plan over them."""

from dataclasses import dataclass, field

from studio.text.headings import Heading, at_places
from studio.text.quoted import inside_quotations


@dataclass(frozen=True)
class Begins:
    """What is known of the places where sentences begin, one entry a sentence.

    headings: the heading that begins there, if any. spoken: whether the place is inside a speech,
    or between the words that lead to one and it.
    """

    headings: list[Heading | None]
    spoken: list[bool]


def begins(text: str, places: list[int]) -> Begins:
    """What is known of the sentences that begin at the rising `places` of `text`."""
    return Begins(at_places(text, places), inside_quotations(text, places))


@dataclass(frozen=True)
class Units:
    """A text's units: unit i is text[places[i]:places[i + 1]], so there is one place more than
    units.

    within: whether a unit begins inside a sentence. spoken: whether it begins inside a speech, or
    between the words that lead to one and it. headings: the heading that begins with a unit,
    if any; where `own_line` is false the unit holds the heading's text too ("第三条 凡…").
    """

    places: list[int]
    within: list[bool]
    headings: list[Heading | None]
    spoken: list[bool]

    def __len__(self) -> int:
        return len(self.within)


@dataclass(frozen=True)
class Plan:
    """How a method cuts: `firsts` are the units that begin a chunk, the first of them 0.

    settled: how many of the chunks would be the same whatever text followed; who cuts a long text
    in sections keeps those only and goes on from the place where the next one begins (0: take a
    longer section).
    note: what the person should know, as a template that can be translated; "" if nothing.
    """

    units: Units
    firsts: list[int] = field(default_factory=list)
    settled: int = 0
    note: str = ""
