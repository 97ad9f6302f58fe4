"""Who speaks, measured: python tests/bench/bench_speakers.py DATA [--shipped] [--train] [--decided
0.1] [--joined]

DATA holds speakers/wp, speakers/pdnc and novels/. English novels are each judged by weights and
confidence learned without them (--shipped: by the shipped weights, which have seen them); WP dev is
in no training;
--joined: persons whom a novel's table lists twice (Small beside Jonathan Small) are one; without
it the lines of one of the two count as wrong.
--train adds WP's training windows by the shipped weights. An annotated quote counts as found when
an utterance overlaps it, and as right when the speaker of the utterance that overlaps it most is
the annotated one; quotes not found count as wrong.
Addressee: right when it is one of the annotated ones. Seconds and MB: a novel of 2 MB in a process
of its own.
--decided S: that share of a novel's lines, the least sure ones, is decided as annotated; told is
the share right among all other lines, before and after the decisions are carried over to them.
"""

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from studio.dialogue import Utterance
from studio.dialogue.layouts.novel import read_novel
from studio.dialogue.learning.corpora import (
    Annotated,
    novels,
    read_windows,
    without_doubles,
)
from studio.dialogue.quotes.quote_kinds import told_apart
from studio.dialogue.speakers.scorer import Weights, from_table

KINDS = ("explicit", "anaphoric", "implicit", "latent")
TIMED = """
import resource, sys, time
from studio.dialogue import find_utterances
text = open(sys.argv[1], encoding="utf-8").read()
began = time.process_time()
found = find_utterances(text)
took = time.process_time() - began
most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(len(text.encode()) / 1e6, len(found), took, most)
"""


@dataclass
class Score:
    """Counts of one corpus."""

    total: Counter = field(default_factory=Counter)
    right: Counter = field(default_factory=Counter)
    found: int = 0
    heard: list[bool] = field(default_factory=list)
    sure: list[tuple[float, bool]] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, text: Annotated, utterances: list[Utterance]) -> None:
        """Judge the annotated quotes of a text."""
        for quote in text.quotes:
            overlap = [
                (min(b, u.end) - max(a, u.start), u)
                for a, b in quote.spans
                for u in near(utterances, a, b)
            ]
            best = max(overlap, key=lambda pair: pair[0], default=(0, None))[1]
            right = best is not None and best.speaker == quote.speaker
            self.total[quote.kind] += 1
            self.right[quote.kind] += right
            self.found += best is not None
            self.sure.append((best.confidence if best else 0.0, right))
            if quote.addressees:
                self.heard.append(best is not None and best.addressee in quote.addressees)

    def row(self) -> dict[str, float | str]:
        """The figures in per cent; calibration as the mean gap between confidence and truth, in
        points.
        """
        shares = {
            k: f"{100 * self.right[k] / self.total[k]:.1f} ({self.total[k]})"
            for k in KINDS
            if self.total[k]
        }
        above = {f"≥ {t}": part(s for c, s in self.sure if c >= t) for t in (0.9, 0.8, 0.6)}
        return shares | {
            "all": part(s for _, s in self.sure),
            "found": round(100 * self.found / sum(self.total.values()), 1),
            "addressee": part(self.heard),
            "ece": round(100 * gap(self.sure), 1),
            **above,
            "seconds": round(self.seconds, 1),
        }


def near(utterances: list[Utterance], start: int, end: int) -> Iterable[Utterance]:
    """Utterances that overlap a span."""
    return (u for u in utterances if u.start < end and u.end > start)


def part(rights: Iterable[bool]) -> str:
    """A share in per cent with how many there are."""
    kept = list(rights)
    return f"{100 * sum(kept) / len(kept):.1f} ({len(kept)})" if kept else "–"


def gap(sure: list[tuple[float, bool]], bins: int = 10) -> float:
    """Expected calibration error: the mean over answers of |confidence − share right| of their
    tenth.
    """
    groups: dict[int, list[tuple[float, bool]]] = {}
    for confidence, right in sure:
        groups.setdefault(min(bins - 1, int(confidence * bins)), []).append((confidence, right))
    return sum(abs(sum(c for c, _ in g) - sum(r for _, r in g)) for g in groups.values()) / max(
        1, len(sure)
    )


def measure(texts: Iterable[Annotated], weights: Weights | None) -> Score:
    """Judge texts one by one, each on its own."""
    score = Score()
    for text in texts:
        began = time.process_time()
        found = told_apart(text.text, read_novel(text.text, list(text.people), weights))
        score.seconds += time.process_time() - began
        score.add(text, found)
    return score


def left_out(texts: list[Annotated], index: int) -> Weights:
    """English weights, penalty and confidence learned from all novels but one."""
    from studio.dialogue.learning import learn

    return from_table(learn.learn_english([t for i, t in enumerate(texts) if i != index]))


def carried(text: Annotated, weights: Weights | None, share: float) -> dict[str, float | str]:
    """What decisions about the least sure lines do for the others."""
    people = list(text.people)
    found = told_apart(text.text, read_novel(text.text, people, weights))
    gold: dict[int, str] = {}
    for quote in text.quotes:
        overlap = [
            (min(b, u.end) - max(a, u.start), u) for a, b in quote.spans for u in near(found, a, b)
        ]
        if best := max(overlap, key=lambda pair: pair[0], default=(0, None))[1]:
            gold[best.start] = quote.speaker
    known = sorted((u for u in found if u.start in gold), key=lambda u: u.confidence)
    count = int(share * len(known))
    decided = {u.start: gold[u.start] for u in known[:count]}
    after = {u.start: u.speaker for u in read_novel(text.text, people, weights, decided)}
    rest = known[count:]
    return {
        "decided": count,
        "others right before": part(u.speaker == gold[u.start] for u in rest),
        "others right after": part(after[u.start] == gold[u.start] for u in rest),
    }


def main() -> None:
    """Measure and print, one corpus a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--shipped", action="store_true")
    parser.add_argument("--train", action="store_true")
    parser.add_argument("--decided", type=float, default=0.0)
    parser.add_argument("--joined", action="store_true")
    options = parser.parse_args()
    if options.decided:
        books = novels(options.data / "speakers")
        for index, book in enumerate(books):
            weights = None if options.shipped else left_out(books, index)
            print(book.name, json.dumps(carried(book, weights, options.decided)), flush=True)
        return
    wp = options.data / "speakers" / "wp"
    show("WP dev", measure(read_windows(wp / "dev.txt"), None))
    if options.train:
        show("WP train (seen)", measure(read_windows(wp / "train.txt"), None))
    books = novels(options.data / "speakers")
    books = list(map(without_doubles, books)) if options.joined else books
    for index, book in enumerate(books):
        show(book.name, measure([book], None if options.shipped else left_out(books, index)))
    timed = subprocess.run(
        [sys.executable, "-c", TIMED, str(options.data / "novels" / "journey_to_the_west.txt")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    print(
        "journey_to_the_west",
        json.dumps(
            dict(
                zip(
                    ("MB of text", "utterances", "cpu seconds", "MB of memory"),
                    (round(float(x), 1) for x in timed),
                    strict=True,
                )
            )
        ),
    )


def show(name: str, score: Score) -> None:
    """One line of the table."""
    print(name, json.dumps(score.row(), ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
