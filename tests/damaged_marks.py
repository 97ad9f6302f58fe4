"""Texts whose quotation marks are damaged on purpose, with what is speech in them: for the bench
and the tests of the quote reader.

Only paragraphs whose marks are plain pairs of one kind are damaged, one fault each; what stood
between the marks is the truth.
"""

import random
import re
from dataclasses import dataclass, field

from studio.dialogue.quotes.spans import Quote, find_quotes
from studio.text.paragraphs import Paragraph, paragraphs

FAULTS = ("other closing", "other opening", "no closing", "no opening", "turned")
CLOSINGS, OPENINGS = ('"', "’", "』", "」", "＂"), ('"', "「", "＂", "‘")
PLAIN = re.compile(r"[^“”]*(?:“[^“”]+”[^“”]*)+")
OTHER = re.compile("[\"＂‘’'「」『』«»„]")


@dataclass
class Damaged:
    """A text; its lines of speech as (start, end, fault of the paragraph or ""); its narration."""

    text: str
    lines: list[tuple[int, int, str]] = field(default_factory=list)
    narration: list[tuple[int, int]] = field(default_factory=list)


@dataclass
class Score:
    """How many lines there were and were found exactly, by fault; and found ones with narration."""

    lines: dict[str, int]
    exact: dict[str, int]
    found: int
    narrated: list[str]


def curled(text: str) -> str:
    """Straight double marks of well-set text made curly, where a paragraph has an even number."""
    pieces: list[str] = []
    for block in re.split(r"(\n\s*\n)", text):
        if block.count('"') % 2 == 0:
            parts = block.split('"')
            block = "".join(p + "“”"[i % 2] for i, p in enumerate(parts[:-1])) + parts[-1]
        pieces.append(block)
    return "".join(pieces)


def damaged(text: str, share: float, seed: int) -> Damaged:
    """The paragraphs of a text with plain pairs of “ and ”, a share of them with one fault each;
    every paragraph is parted from the next by a blank line.
    """
    chance = random.Random(seed)
    made = Damaged("")
    out: list[str] = []
    at = 0
    for part in paragraphs(text):
        body = text[part.start : part.end]
        if part.heading or OTHER.search(body.replace("’", "")) or "“" not in body:
            continue
        if not PLAIN.fullmatch(body):
            continue
        fault = chance.choice(FAULTS) if chance.random() < share else ""
        for piece, kind in _pieces(body, fault, chance):
            if kind == "speech":
                made.lines.append((at, at + len(piece), fault))
            elif kind == "narration":
                made.narration.append((at, at + len(piece)))
            out.append(piece)
            at += len(piece)
        out.append("\n\n")
        at += 2
    made.text = "".join(out)
    return made


def _pieces(body: str, fault: str, chance: random.Random) -> list[tuple[str, str]]:
    """A paragraph in pieces, "speech", "narration" or "mark", with its fault in one pair."""
    parts = re.split("([“”])", body)
    marks = [i for i, part in enumerate(parts) if part in ("“", "”")]
    closings, openings = marks[1::2], marks[0::2]
    if fault == "other closing":
        parts[chance.choice(closings)] = chance.choice(CLOSINGS)
    elif fault == "other opening":
        parts[chance.choice(openings)] = chance.choice(OPENINGS)
    elif fault == "no closing":
        parts[chance.choice(closings)] = ""
    elif fault == "no opening":
        parts[chance.choice(openings)] = ""
    elif fault == "turned":
        for i in marks:
            parts[i] = "”" if parts[i] == "“" else "“"
    kinds = ("narration", "mark", "speech", "mark")
    return [(part, kinds[i % 4]) for i, part in enumerate(parts)]


def judged(made: Damaged, names: tuple[str, ...] = ()) -> Score:
    """What the quote reader finds in it."""
    parts: list[Paragraph] = paragraphs(made.text)
    found: list[Quote] = find_quotes(made.text, parts, names=names)
    spans = {(q.start, q.end) for q in found}
    score = Score({}, {}, len(found), [])
    for start, end, fault in made.lines:
        body = made.text[start:end]
        low = start + len(body) - len(body.lstrip())
        score.lines[fault] = score.lines.get(fault, 0) + 1
        score.exact[fault] = score.exact.get(fault, 0) + ((low, low + len(body.strip())) in spans)
    place = 0
    for quote in found:
        while place < len(made.narration) and made.narration[place][1] <= quote.start:
            place += 1
        for low, high in made.narration[place : place + 40]:
            if low >= quote.end:
                break
            within = made.text[max(low, quote.start) : min(high, quote.end)]
            if any(c.isalnum() for c in within):
                score.narrated.append(made.text[quote.start : quote.end])
                break
    return score
