"""For `learn.py`: annotated texts as samples, their groups of quotes with the right speakers and
addressees.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from studio.dialogue.layouts.novel import Reading, take_apart
from studio.dialogue.learning.corpora import Annotated
from studio.dialogue.speakers.addressee import listeners
from studio.dialogue.speakers.feature_rows import Row


@dataclass
class Sample:
    """A text's rows; for each group the annotated speaker and the kind of its quote, "" where there
    is none.
    """

    rows: list[Row]
    gold: list[str]
    name: str
    kinds: list[str]


def prepare(text: Annotated) -> tuple[Sample, Reading]:
    """Rows and gold speakers of one annotated text."""
    reading = take_apart(text.text, list(text.people))
    gold, kinds = align(reading, text)
    return Sample(list(reading.features.rows()), gold, text.name, kinds), reading


def align(reading: Reading, text: Annotated) -> tuple[list[str], list[str]]:
    """For each group the annotated speaker that covers most of it, and the kind of the quote."""
    quotes = reading.narration.quotes
    spans = sorted((a, b, q.speaker, q.kind) for q in text.quotes for a, b in q.spans)
    gold, kinds = [], []
    for g in reading.groups:
        best = (0, "", "")
        for m in g.members:
            for a, b, speaker, kind in spans:
                if a < quotes[m].end and b > quotes[m].start:
                    best = max(
                        best, (min(b, quotes[m].end) - max(a, quotes[m].start), speaker, kind)
                    )
        gold.append(best[1])
        kinds.append(best[2])
    return gold, kinds


def listening(
    text: Annotated, reading: Reading, gold: Sequence[str]
) -> list[tuple[list[dict[str, float]], list[bool]]]:
    """For each annotated group the candidates for the addressee and which of them are right; those
    for whom nobody is right are left out."""
    spans = [(a, b, set(q.addressees)) for q in text.quotes for a, b in q.spans]
    speakers: list[str | None] = [name or None for name in gold]
    heard: list[str | None] = []
    found = []
    for index, group in enumerate(reading.groups):
        right = next((w for a, b, w in spans if a < group.end and b > group.start), set())
        names, parts = listeners(reading.features, index, speakers, heard)
        fits = [name in right for name in names]
        heard.append(next((name for name, fit in zip(names, fits, strict=True) if fit), None))
        if any(fits):
            found.append((parts, fits))
    return found
