"""From quotes and the narration beside them to groups: quotes that share one speaker, and what is
known of them.
"""

from dataclasses import dataclass, field, replace
from typing import Protocol

from studio.dialogue.quotes.spans import Quote
from studio.dialogue.records import Clue
from studio.dialogue.speakers.clauses_zh import is_whole_tag
from studio.progress import UNWATCHED, Watch
from studio.text.paragraphs import Paragraph

INHERITED = 0.93  # of the confidence of the quote it is linked to
# The same, when a colon leads to it from words that name nobody known, or much lies between.
DOUBTFUL = 0.6
TALE = 4  # paragraphs, each opened and none closed, after which a speech is a tale
LEADS = "：:，,-—–"  # marks of a paragraph's end that lead to a quote in the next one
BEAT_GAP = 160  # characters of narration after which a quote in the same paragraph may be another's


class Language(Protocol):
    """What the rules of one language answer of narration text[start:end]."""

    def left(self, start: int, end: int) -> Clue | None:
        """The clue in narration that leads to a quote."""

    def right(self, start: int, end: int) -> Clue | None:
        """The clue in narration that follows a quote."""

    def subject(self, start: int, end: int, *, last: bool) -> Clue | None:
        """Who acts in the last or first sentence."""


@dataclass(slots=True)
class Group:
    """Neighbouring quotes of one speaker: their numbers, the clues for the speaker, scene and
    place.

    clue: the best of `clues`; own: number of the quote that it stands beside. The fields after it
    are filled in later.
    """

    members: list[int]
    clue: Clue | None
    scene: int
    paragraph: int
    start: int
    end: int
    own: int | None = None
    clues: list[Clue] = field(default_factory=list)
    speaker: str | None = None
    confidence: float = 0.0
    method: str = "unknown"
    addressee: str | None = None
    evidence: tuple[tuple[str, float], ...] = ()
    others: tuple[tuple[str, float], ...] = ()


def is_tale(group: Group) -> bool:
    """Whether a speech is so long, in pieces, that it is a tale."""
    return len(group.members) >= TALE


class Narration:
    """The stretches of narration to the left and right of each quote."""

    def __init__(self, text: str, parts: list[Paragraph], quotes: list[Quote]) -> None:
        self.text, self.parts, self.quotes = text, parts, quotes

    def left(self, index: int) -> tuple[int, int]:
        """Before quote `index`: back to the quote before it or the paragraph's start; a paragraph
        that ends with a colon directly before a quote counts as its left side."""
        quote = self.quotes[index]
        before = self.quotes[index - 1] if index else None
        start = self.parts[quote.paragraph].start
        if before and before.right > start:
            start = before.right
        if self.text[start : quote.left].strip() or quote.paragraph == 0:
            return start, quote.left
        above = self.parts[quote.paragraph - 1]
        here = self.parts[quote.paragraph]
        if above.heading or above.scene != here.scene or self.text[above.end - 1] not in LEADS:
            return start, quote.left
        return max(above.start, before.right if before else 0), above.end

    def led(self, index: int) -> bool:
        """Whether a colon stands right before the quote."""
        low, high = self.left(index)
        return self.text[low:high].rstrip()[-1:] in ("：", ":")

    def right(self, index: int) -> tuple[int, int]:
        """After quote `index`: to the next quote or the paragraph's end."""
        quote = self.quotes[index]
        end = self.parts[quote.paragraph].end
        if index + 1 < len(self.quotes):
            end = min(end, self.quotes[index + 1].left)
        return min(quote.right, end), max(quote.right, end)

    def below(self, index: int) -> tuple[int, int]:
        """The paragraph of narration directly under a quote that ends its own; an empty span if
        there is none.
        """
        quote = self.quotes[index]
        number = quote.paragraph + 1
        low, high = self.right(index)
        if self.text[low:high].strip() or number >= len(self.parts):
            return high, high
        part, here = self.parts[number], self.parts[quote.paragraph]
        if part.heading or part.scene != here.scene:
            return high, high
        following = self.quotes[index + 1].left if index + 1 < len(self.quotes) else part.end
        return part.start, max(part.start, min(part.end, following))


def link_trust(narration: Narration, index: int) -> float:
    """How far a quote without a clue of its own shares the trust of the quote before it."""
    low, high = narration.left(index)
    return DOUBTFUL if narration.led(index) or high - low > BEAT_GAP else INHERITED


def find_clues(
    narration: Narration, language: Language, *, chinese: bool, watch: Watch = UNWATCHED
) -> list[list[Clue]]:
    """For each quote the clues that stand beside it, best first."""
    found: list[list[Clue]] = []
    for index in watch.over(range(len(narration.quotes)), 0.12, 0.2):
        left = language.left(*narration.left(index))
        span = narration.right(index)
        right = language.right(*span)
        if right and chinese and narration.text[span[0] : span[1]].rstrip()[-1:] in ("：", ":"):
            # the tag leads to the next quote; it is this one's only if nothing better is known
            method, less = ("verb-next", 0.6) if narration.led(index) else ("verb-between", 0.3)
            right = replace(right, confidence=right.confidence - less, method=method)
        here = sorted((c for c in (left, right) if c), key=lambda c: -c.confidence)
        if not here and not chinese and (above := _above(narration, language, index)):
            here = [above]
        if not here and chinese and (below := _below(narration, language, index)):
            here = [below]
        found.append(here)
    return found


def _above(narration: Narration, language: Language, index: int) -> Clue | None:
    """A sentence that ends the paragraph over the quote and says that somebody begins to speak."""
    quote = narration.quotes[index]
    here, above = narration.parts[quote.paragraph], narration.parts[quote.paragraph - 1]
    if quote.paragraph == 0 or narration.text[here.start : quote.left].strip():
        return None
    if above.heading or above.scene != here.scene or narration.text[above.end - 1] != ".":
        return None
    start = max(above.start, narration.quotes[index - 1].right if index else 0)
    return language.left(start, above.end)


def _below(narration: Narration, language: Language, index: int) -> Clue | None:
    """A tag in a paragraph of its own under the quote (`她问。`), as some editions break the
    line.
    """
    low, high = narration.below(index)
    if not 0 < high - low <= 28 or narration.text[low:high].rstrip()[-1:] in ("：", ":"):
        return None
    if not is_whole_tag(narration.text[low:high]):
        return None
    clue = language.right(low, high)
    return replace(clue, confidence=clue.confidence - 0.1, method="verb-below") if clue else None


def group(narration: Narration, clues: list[list[Clue]]) -> list[Group]:
    """Link quotes of one paragraph that have no clue of their own, and speech that runs on over
    paragraphs.
    """
    groups: list[Group] = []
    for index, quote in enumerate(narration.quotes):
        scene = narration.parts[quote.paragraph].scene
        last = groups[-1] if groups else None
        best = next((c for c in clues[index] if c.method != "verb-next"), None)
        if last and best and _tells(narration, last, index):
            best, clues[index] = None, []
        if last and last.scene == scene and _same(narration, last, index, best):
            last.members.append(index)
            last.end = quote.end
            last.clues += clues[index]
            if _better(best, last.clue):
                last.clue, last.own = best, index
            continue
        groups.append(
            Group(
                [index],
                best,
                scene,
                quote.paragraph,
                quote.start,
                quote.end,
                own=index if best else None,
                clues=list(clues[index]),
            )
        )
    return groups


def _tells(narration: Narration, last: Group, index: int) -> bool:
    """Whether a quote goes on with a tale of many paragraphs that are opened and never closed:
    `said I` in it belongs to the tale, not to who tells it."""
    quotes, before = narration.quotes, narration.quotes[last.members[-1]]
    runs_on = sum(not quotes[member].closed for member in last.members)
    goes_on = not before.closed and quotes[index].paragraph - before.paragraph == 1
    return last.clue is None and runs_on >= TALE and goes_on


def _better(new: Clue | None, old: Clue | None) -> bool:
    if new is None or old is None:
        return new is not None
    if bool(new.name) != bool(old.name):
        return bool(new.name)
    return new.confidence > old.confidence


def _same(narration: Narration, last: Group, index: int, mine: Clue | None) -> bool:
    """Whether a quote belongs to the speaker of the group before it."""
    quote, before = narration.quotes[index], narration.quotes[last.members[-1]]
    theirs = last.clue
    if not before.closed and quote.paragraph - before.paragraph <= (1 if mine else 2):
        return mine is None or theirs is None or mine.name in (None, theirs.name)
    if quote.paragraph != before.paragraph:
        return False
    if not narration.text[before.right : quote.left].strip():
        return False  # two quotes that touch are two turns
    if mine is None or theirs is None:
        return True
    if mine.name and theirs.name:
        return mine.name == theirs.name
    if mine.name and theirs.pronoun:
        return False  # `"…?" she asked Ned, and Ned answered, "…"`: two tags, two persons
    if mine.pronoun and theirs.pronoun:
        return mine.pronoun == theirs.pronoun
    return True  # a pronoun in the paragraph of a name speaks of the same person
