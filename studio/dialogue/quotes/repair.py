"""A paragraph whose quotation marks are damaged: the reading of its marks that needs the fewest
repairs.

Every mark of every family opens, closes, stands inside or means nothing; a mark may also have been
forgotten at a few places (before a tag of speech, at the paragraph's ends). Each reading has a
price, the sum of what is unusual in it, and the cheapest is found by dynamic programming over the
marks from left to right. The prices order the kinds of repair from likely to unlikely; only their
order matters, and the bench of damaged passages (tests/bench/bench_quotes.py) holds it.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from studio.dialogue.quotes.balance import PlainPairs
from studio.dialogue.quotes.mark_glyphs import Glyph, Glyphs
from studio.dialogue.quotes.speech_tags import SURE, Wording

Repair = Literal["", "other mark", "turned", "no closing", "no opening"]
TURNED = 2.5  # a mark that points the wrong way
ALL_TURNED, UNDIRECTED = 1.0, 2.0  # the same for a whole paragraph, and marks without directions
FORGOTTEN = 3.0  # a mark that is missing where a tag shows it
FORGOTTEN_ACT, FORGOTTEN_CUT, FORGOTTEN_HERE = 3.5, 4.0, 4.6  # … an action, a sentence, nothing
WITHIN = {SURE: 3.5, 2: 1.5, 1: 0.8}  # a tag within speech, by its strength
UNSPOKEN = 0.5  # speech without its mark that begins with no word of one who speaks
ACT_WITHIN = 1.0  # a sentence of action within speech
TURNED_HERE = 1.5  # a mark that opens against its shape in the middle of a sentence
NESTED_IN_MISSING = 1.5  # marks that would stand inside speech whose own mark is missing
NO_STOP = 2.0  # words without a stop, whose opening mark is missing
RUNS_ON, RARELY, LOST_AT_END = 0.3, 3.0, 3.2  # speech that is open where the paragraph ends
BOTH_CLOSED, BOTH_BY_ONE = 1.5, 3.5  # one mark that closes the outer speech and the one inside
EMPTY = 5.0
HOPELESS = 6.0  # a reading that is dearer than another by so much is given up
MOST = 10  # marks that are weighed in one go; a longer paragraph is taken in blocks
# Blocks of a paragraph that are weighed, many times what a whole novel without line breaks needs;
# behind them, in what is no prose, only marks that stand side by side pair up.
MOST_BLOCKS = 1500
STOPS = frozenset("。！？!?….,，;；—～~-")


class Spot(NamedTuple):
    """A place where something is to be decided: a mark, or where one may be missing.

    order: at one offset speech may close before a mark, and open behind one. price: of a missing
    mark here; within: of the words that follow, where they stand within speech.
    """

    at: int
    order: int
    kind: Literal["mark", "close", "open", "words"]
    number: int = 0
    price: float = 0.0
    within: float = 0.0


@dataclass(frozen=True)
class Piece:
    """Speech text[start:end]; left and right are just outside its marks. open: it has no end in
    this paragraph.
    """

    start: int
    end: int
    left: int
    right: int
    repair: Repair = ""
    open: bool = False


class Step(NamedTuple):
    """A decision and those before it. what: "open", "close" or, for a missing mark, the same in
    capitals.
    """

    what: str
    number: int
    at: int
    before: "Step | None"


# Which marks are open, the outer one's kind and the one inside it: "" for none, and MISSING for an
# outer mark that was forgotten. A tuple and a plain dict, for they are made by the ten thousand.
State = tuple[str, str]
Prices = dict[State, tuple[float, "Step | None"]]
MISSING = "missing"
NONE: State = ("", "")


def _offer(prices: Prices, state: State, price: float, step: Step | None) -> None:
    """Keep a reading if none with the same marks open is cheaper."""
    known = prices.get(state)
    if known is None or price < known[0]:
        prices[state] = (price, step)


def repaired(
    text: str,
    start: int,
    end: int,
    glyphs: Glyphs,
    wording: Wording,
    plain: PlainPairs,
    *,
    at_end: float,
) -> list[Piece]:
    """The speech of text[start:end], outermost pieces only, in order.

    glyphs: which marks the text uses and how. plain: reads what is sound behind the damage. at_end:
    the price of speech that is open at the end, RUNS_ON where it may go on in the next paragraph,
    RARELY where it may but the text does not do so elsewhere, LOST_AT_END where it may not.
    """
    found: list[Piece] = []
    for _ in range(MOST_BLOCKS):
        if start >= end:
            return found
        if found and (sound := plain.read(text, start, end)) is not None:
            return found + [Piece(a + 1, b - 1, a, b) for a, b in sound]
        marks = glyphs.within(text, start, end, MOST + 1)
        if not marks:
            return found
        last = len(marks) <= MOST
        limit = end if last else marks[MOST].at
        best = _cheapest(text, start, limit, marks[:MOST], wording, at_end if last else RUNS_ON)
        pieces = _pieces(text, start, limit, marks, best)
        if last:
            return found + pieces
        whole = [piece for piece in pieces if not piece.open][: max(1, len(pieces) - 2)]
        found += whole
        start = max(whole[-1].right, start + 1) if whole else limit
    pairs = plain.pair.finditer(text, start, end)
    return found + [Piece(match.start() + 1, match.end() - 1, *match.span()) for match in pairs]


def _cheapest(
    text: str, start: int, end: int, marks: list[Glyph], wording: Wording, at_end: float
) -> Step | None:
    """The last step of the cheapest reading, with directions as written, turned, or of no
    meaning.
    """
    spots = _spots(text, start, end, marks, wording)
    best: tuple[float, Step | None] = (float("inf"), None)
    for sign, price in ((1, 0.0), (-1, ALL_TURNED), (0, UNDIRECTED)):
        if price >= best[0] or (price and not any(mark.looks_turned for mark in marks)):
            continue
        prices: Prices = {NONE: (price, None)}
        for spot in spots:
            if spot.kind == "mark":
                prices = _decided(text, prices, marks[spot.number], spot.number, sign)
            else:
                _missing(prices, spot)
        for (outer, inner), (cost, step) in prices.items():
            if outer:
                cost += at_end + (2.0 if inner else 0.0)
            if cost < best[0]:
                best = (cost, step)
    return best[1]


def _spots(text: str, start: int, end: int, marks: list[Glyph], wording: Wording) -> list[Spot]:
    """Marks and the places where one may be missing, in order."""
    spots = [Spot(mark.at, 1, "mark", number) for number, mark in enumerate(marks)]
    borders = [start, *(place for mark in marks for place in (mark.at, mark.at + 1)), end]
    for low, high in zip(borders[::2], borders[1::2], strict=True):
        if low < high:
            spots += _between(text, start, low, high, high < end, wording)
    return sorted(spots)


def _between(
    text: str, start: int, low: int, high: int, marked: bool, wording: Wording
) -> list[Spot]:
    """The places between two marks where one may be missing. marked: a mark follows."""
    spots: list[Spot] = []
    first = low + len(text[low:high]) - len(text[low:high].lstrip())
    if first >= high:
        return [Spot(low, 0, "close", price=FORGOTTEN_HERE)] if marked else []
    tags = wording.tags(first, high)
    for tag in tags:
        later = 0.0 if tag.strength == SURE else 0.5
        spots.append(Spot(tag.start, 0, "close", price=FORGOTTEN + later))
        spots.append(Spot(tag.start, 3, "words", within=WITHIN[tag.strength]))
        if tag.end < high and not text[tag.end].islower():
            spots.append(Spot(tag.end, 2, "open", price=FORGOTTEN))
    starts = [place for place in wording.sentences(first, high) if place < high]
    taken = {tag.start for tag in tags}
    # behind a closing mark that was typed within speech
    if low > start and starts and not text[first].islower():
        spots.append(Spot(first, 2, "open", price=FORGOTTEN_ACT + 0.2))
    acted = False
    for place, following in zip(starts, [*starts[1:], high], strict=True):
        acts = place not in taken and wording.acts(place, following)
        relates = not acts and wording.relates(place, following)
        if acts:
            spots.append(Spot(place, 0, "close", price=FORGOTTEN_ACT))
            spots.append(Spot(place, 3, "words", within=ACT_WITHIN))
        if place > first or first == start:
            price = FORGOTTEN + (0.0 if place == start else 0.2 if acted else 0.6)
            price += 0.0 if wording.speaks(place, following) else UNSPOKEN
            price += ACT_WITHIN if relates else 0.0
            spots.append(Spot(place, 2, "open", price=price))
        acted = acts or relates
    if marked:
        tail = text[starts[-1] : high].rstrip() if starts else ""
        whole = tail[-1:] in "。！？!?….\u201d" if tail else True
        cut = starts[-1] if starts and (not whole or len(starts) > 1) else high
        spots.append(Spot(cut, 0, "close", price=FORGOTTEN_CUT + (0.2 if whole else 0.0)))
        spots.append(Spot(high, 0, "close", price=FORGOTTEN_HERE))
    return spots


def _missing(prices: Prices, spot: Spot) -> None:
    """A place where a mark may have been forgotten, or words that are no speech; changes the
    prices.
    """
    if spot.kind == "open":
        if (known := prices.get(NONE)) is not None:
            opened = Step("OPEN", -1, spot.at, known[1])
            _offer(prices, (MISSING, ""), known[0] + spot.price, opened)
        return
    for state, (price, step) in list(prices.items()):
        if not state[0]:
            continue
        if spot.kind == "words":
            prices[state] = (price + spot.within, step)
        elif step is None or step.at < spot.at - 1:
            lost = price + spot.price + (1.0 if state[1] else 0.0)
            _offer(prices, NONE, lost, Step("CLOSE", -1, spot.at, step))


def _decided(text: str, prices: Prices, mark: Glyph, number: int, sign: int) -> Prices:
    """What a mark may be, for each reading so far."""
    after: Prices = {}
    points = mark.direction * sign
    opens = mark.opens + (TURNED if points < 0 else 0.0)
    if mark.direction < 0 and mark.leads < sign + 2:
        opens += TURNED_HERE if sign == 0 else 0.5
    closes = mark.closes + (TURNED if points > 0 else 0.0)
    limit = min(price for price, _ in prices.values()) + HOPELESS
    for state, (price, step) in prices.items():
        if price > limit:
            continue
        outer, inner = state
        _offer(after, state, price + mark.ignored, step)
        if not outer:
            _offer(after, (mark.kind, ""), price + opens, Step("open", number, mark.at, step))
            continue
        shut = price + closes
        if step is not None and not text[step.at + 1 : mark.at].strip():
            shut += EMPTY
        done = Step("close", number, mark.at, step)
        if inner:
            own = mark.closing_of(inner)
            _offer(after, (outer, ""), shut + own, step)
            both = BOTH_CLOSED if own else BOTH_BY_ONE
            _offer(after, NONE, shut + mark.closing_of(outer) + both, done)
            continue
        unsaid = NO_STOP if outer == MISSING and mark.before not in STOPS else 0.0
        _offer(after, NONE, shut + mark.closing_of(outer) + unsaid, done)
        nested = price + mark.opens + mark.nesting_in(outer)
        nested += TURNED if points < 0 or (sign == 0 and mark.direction < 0) else 0.0
        nested += NESTED_IN_MISSING if outer == MISSING else 0.0
        _offer(after, (outer, mark.kind), nested, step)
    return after


def _pieces(text: str, start: int, end: int, marks: list[Glyph], last: Step | None) -> list[Piece]:
    """The speech of a reading."""
    steps: list[Step] = []
    while last is not None:
        steps.append(last)
        last = last.before
    found: list[Piece] = []
    opening: Step | None = None
    for step in reversed(steps):
        if step.what.lower() == "open":
            opening = step
        elif opening is not None:
            found.append(_piece(text, marks, opening, step))
            opening = None
    if opening is not None:
        low = opening.at + (opening.what == "open")
        found.append(Piece(low, end, opening.at, end, "no closing", open=True))
    return found


def _piece(text: str, marks: list[Glyph], opening: Step, closing: Step) -> Piece:
    low = opening.at + (opening.what == "open")
    high, right = closing.at, closing.at + (closing.what == "close")
    if opening.what == "OPEN":
        return Piece(low, high, opening.at, right, "no opening")
    if closing.what == "CLOSE":
        return Piece(low, high, opening.at, right, "no closing")
    first, second = marks[opening.number], marks[closing.number]
    repair: Repair = ""
    if first.direction < 0 or second.direction > 0:
        repair = "turned"
    elif second.closing_of(first.kind):
        repair = "other mark"
    return Piece(low, high, opening.at, right, repair)
