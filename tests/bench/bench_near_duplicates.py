"""Near-duplicates among many rows: how many planted twins are found, and what it costs.

    python tests/bench/bench_near_duplicates.py [--rows 100000] [--twins 5000] [--seed 1]

Half of the rows are English, half Chinese, 60 to 400 characters of words drawn by Zipf's law. A
twin is a row with changed characters, once strewn over it, once in one passage. A changed character
takes five 5-grams with it, so that strewn changes of 5 to 10 % leave a Jaccard similarity of 0.35
to 0.65, and the threshold must be set for them. Printed for each case: twins, those whose exact
similarity reaches the threshold, the share found of these and of all, groups with rows that were
not planted, seconds of CPU time, and the most memory of the process so far in MB.
"""

import argparse
import json
import random
import resource
import time
from collections.abc import Callable, Sequence
from itertools import accumulate

from studio.datasets.assembly.near_duplicates import clusters, similarity

CASES = (  # the threshold, and how a twin was changed: from, to in shares of its characters; strewn
    ("strewn 5-10 %, threshold 0.3", 0.3, 0.05, 0.10, True),
    ("strewn 1-2 %, threshold 0.8", 0.8, 0.01, 0.02, True),
    ("one passage 5-10 %, threshold 0.7", 0.7, 0.05, 0.10, False),
)


def words(draw: random.Random, letters: Sequence[str], longest: int) -> list[str]:
    """20,000 words of a language."""
    return ["".join(draw.choices(letters, k=draw.randint(1, longest))) for _ in range(20_000)]


def writer(draw: random.Random) -> Callable[[], str]:
    """Gives a row of text at each call, English and Chinese in turn."""
    english = words(draw, "eeettaaoinshrdlucmfwypvbgk", 9)
    chinese = words(draw, [chr(0x4E00 + n) for n in range(2500)], 3)
    weights = list(accumulate(1 / (n + 20) for n in range(20_000)))
    turns = 0

    def row() -> str:
        nonlocal turns
        turns += 1
        length = draw.randint(60, 400)
        known, between = ((english, " "), (chinese, ""))[turns % 2]
        return between.join(draw.choices(known, cum_weights=weights, k=length // 2))[:length]

    return row


def changed(text: str, share: float, draw: random.Random, *, strewn: bool) -> str:
    """The text with a share of its characters replaced, here and there or in one passage."""
    count = max(1, round(share * len(text)))
    start = draw.randrange(len(text) - count + 1)
    places = draw.sample(range(len(text)), count) if strewn else range(start, start + count)
    letters = list(text)
    for place in places:
        letters[place] = draw.choice("xqzj" if text.isascii() else "龘靐齉爨")
    return "".join(letters)


def measure(rows: int, twins: int, seed: int) -> None:
    """Print a line of JSON for each case."""
    for name, threshold, low, high, strewn in CASES:
        draw = random.Random(seed)
        row = writer(draw)
        texts = [row() for _ in range(rows - twins)]
        planted = list(enumerate(draw.sample(range(len(texts)), twins), start=len(texts)))
        texts += [
            changed(texts[first], draw.uniform(low, high), draw, strewn=strewn)
            for _, first in planted
        ]
        begun = time.process_time()
        groups = clusters(texts, threshold=threshold)
        seconds = time.process_time() - begun
        group = {number: at for at, found in enumerate(groups) for number in found}
        reach = [
            pair for pair in planted if similarity(texts[pair[0]], texts[pair[1]]) >= threshold
        ]
        found = {
            pair for pair in planted if pair[0] in group and group[pair[0]] == group.get(pair[1])
        }
        known = {frozenset(pair) for pair in planted}
        report = {
            "case": name,
            "rows": len(texts),
            "twins": twins,
            "reach the threshold": len(reach),
            "found of these": round(sum(pair in found for pair in reach) / max(1, len(reach)), 4),
            "found of all": round(len(found) / twins, 4),
            "groups not planted": sum(frozenset(one) not in known for one in groups),
            "cpu_seconds": round(seconds, 1),
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }
        print(json.dumps(report))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--twins", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    measure(options.rows, options.twins, options.seed)
