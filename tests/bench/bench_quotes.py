"""Damaged quotation marks: python tests/bench/bench_quotes.py DATA [--share 0.2] [--seed 1]
[--show N]

DATA holds novels/ and speakers/pdnc. Of each novel the paragraphs with plain pairs of marks are
taken, and a share of them gets one fault each: a mark of another family, a forgotten one, or all
marks of the paragraph turned (tests/damaged_marks.py). Prints one JSON line: for each novel the
share in per cent of lines found exactly, by fault ("sound": in paragraphs without one), the share
of found lines that hold narration, and the CPU seconds that the quote reader takes for the novel as
it is. --show prints so many of the lines with narration.
"""

import argparse
import json
import sys
import time
from pathlib import Path

from studio.dialogue.quotes.spans import find_quotes
from studio.text.paragraphs import paragraphs
from tests.damaged_marks import curled, damaged, judged

TIMES = 3


def measure(text: str, share: float, seed: int, show: int) -> dict[str, object]:
    """The figures of one novel."""
    parts = paragraphs(text)
    took = []
    for _ in range(TIMES):
        began = time.process_time()
        find_quotes(text, parts)
        took.append(time.process_time() - began)
    score = judged(damaged(curled(text), share, seed))
    for line in score.narrated[:show]:
        print(repr(line), file=sys.stderr)
    hurt = [fault for fault in score.lines if fault]
    exact = {
        fault or "sound": round(100 * score.exact[fault] / score.lines[fault], 1)
        for fault in sorted(score.lines)
    }
    exact["damaged"] = round(
        100 * sum(score.exact[f] for f in hurt) / max(1, sum(score.lines[f] for f in hurt)), 1
    )
    return {
        "lines": sum(score.lines.values()),
        "exact": exact,
        "with narration": round(100 * len(score.narrated) / max(1, score.found), 2),
        "seconds": round(min(took), 3),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--share", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=0)
    options = parser.parse_args()
    files = [
        options.data / "novels" / "journey_to_the_west.txt",
        *sorted((options.data / "speakers" / "pdnc").glob("*/novel_text.txt")),
    ]
    found = {
        file.stem if file.stem != "novel_text" else file.parent.name: measure(
            file.read_bytes().decode(), options.share, options.seed, options.show
        )
        for file in files
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
