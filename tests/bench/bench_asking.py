"""A model asked about doubtful lines, measured with answers of a known worth:

    python tests/bench/bench_asking.py DATA [--votes 2] [--reliability 0.8]

DATA holds speakers/wp. The rules judge WP dev; each line that they are less sure of than a limit is
"asked" --votes times, where each answer is right with a given probability and else names another
person who stands in the text. Decided as the job decides (asking/votes.py). Printed for each limit:
the share of lines asked, and the share of all lines right with answers that are right to 70, 85
and 100 % (mean of ten draws). No model and no network.
"""

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from studio.dialogue import Utterance
from studio.dialogue.asking.plan import Line
from studio.dialogue.asking.votes import decide
from studio.dialogue.layouts.novel import read_novel
from studio.dialogue.learning.corpora import read_windows
from studio.dialogue.quotes.quote_kinds import told_apart

LIMITS = (0.7, 0.8, 0.9, 0.95)
WORTH = (0.7, 0.85, 1.0)
DRAWS = 10
Judged = tuple[Utterance | None, str, list[str]]  # the rules' line, who speaks, who is in the text


def judged(data: Path) -> Iterator[Judged]:
    """What the rules make of each annotated quote of WP dev."""
    for window in read_windows(data / "speakers" / "wp" / "dev.txt"):
        found = told_apart(window.text, read_novel(window.text, list(window.people), None))
        quote = window.quotes[0]
        overlaps = [
            (min(end, line.end) - max(start, line.start), line)
            for start, end in quote.spans
            for line in found
            if line.start < end and line.end > start
        ]
        best = max(overlaps, key=lambda pair: pair[0], default=(0, None))[1]
        present = [
            person.name
            for person in window.people
            if any(name in window.text for name in person.names)
        ]
        yield best, quote.speaker, present


def right(row: Judged, limit: float, worth: float, options: argparse.Namespace, seed: int) -> bool:
    """Whether a quote ends with its speaker. seed: of this quote's answers."""
    line, speaker, present = row
    if line is None:
        return False
    if line.speaker is not None and line.confidence >= limit:
        return line.speaker == speaker
    draw = random.Random(seed)
    others = [name for name in present if name != speaker] or ["?"]
    votes = Counter(
        speaker if draw.random() < worth else draw.choice(others) for _ in range(options.votes)
    )
    plan = Line(0, "", 0, 1, line.speaker, line.confidence, line.others, line.evidence)
    made = decide(plan, votes, options.reliability, limit)
    return (made.speaker if made else line.speaker) == speaker


def asked(row: Judged, limit: float) -> bool:
    """Whether a quote's line is one of the doubtful ones."""
    return row[0] is not None and (row[0].speaker is None or row[0].confidence < limit)


def percent(share: float) -> float:
    """A share as per cent with one decimal."""
    return round(100 * share, 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--votes", type=int, default=2)
    parser.add_argument("--reliability", type=float, default=0.8)
    given = parser.parse_args()
    rows = list(judged(given.data))
    alone = sum(line is not None and line.speaker == speaker for line, speaker, _ in rows)
    print(json.dumps({"lines": len(rows), "rules alone": percent(alone / len(rows))}))
    for under in LIMITS:
        shares = {
            f"answers {worth:.0%} right": percent(
                sum(
                    right(row, under, worth, given, 1000 * draw + number)
                    for draw in range(DRAWS)
                    for number, row in enumerate(rows)
                )
                / (DRAWS * len(rows))
            )
            for worth in WORTH
        }
        sent = percent(sum(asked(row, under) for row in rows) / len(rows))
        print(json.dumps({"ask_under": under, "asked": sent, **shares}))
