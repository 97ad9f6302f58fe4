"""Splits two public corpora into what weights and rules are made with, and what is measured.

    python tests/bench/split_corpora.py PDNC LAWS OUT

PDNC, LAWS: clones of github.com/Priya22/project-dialogism-novel-corpus and
github.com/LawRefBook/Laws; the split of the README was made as they stood at `COMMITS`. Into OUT
go `dev` and `held`, each with `novels` and `laws`, a text a file:

    python tests/bench/fit_turning_points.py --novels OUT/dev/novels --laws OUT/dev/laws
    python tests/bench/bench_segmentation.py --novels OUT/held/novels --laws OUT/held/laws

Novels: in half, `KNOWN` among those to learn from, since other benches measure with them.
Laws: of the fields `FIELDS`, one version each, those of `LEAST_BYTES` or more: the first 160, by
turns. Both are shuffled with `SEED` first.
"""

import random
import sys
from collections.abc import Sequence
from pathlib import Path

COMMITS = ("6fda0a7 of 2023-09-26", "2f4c5c2 of 2025-04-19")
SEED = 1
KNOWN = ("Alices", "PrideAnd", "TheSignOf")
NOVELS_BESIDE, LAWS_EACH, LEAST_BYTES = 11, 80, 9000
FIELDS = ("社会法", "经济法", "行政法", "宪法相关法", "民法商法", "诉讼与非诉讼程序法")


def paths(root: Path, pattern: str) -> list[str]:
    """The files below `root`, relative to it, ordered as text."""
    return sorted(path.relative_to(root).as_posix() for path in root.glob(pattern))


def split(novels: Path, laws: Path) -> dict[str, list[Path]]:
    """The texts of each part of the split, by its folder."""
    rng = random.Random(SEED)
    every = paths(novels, "**/novel_text.txt")
    rest = [path for path in every if not any(name in path for name in KNOWN)]
    known = [path for path in every if path not in rest]
    rng.shuffle(rest)
    versions = {
        path.rpartition("/")[2].partition("(")[0].partition("（")[0]: path
        for field in sorted(FIELDS)
        for path in paths(laws, f"{field}/**/*.md")
    }
    statutes = sorted(versions.values())
    rng.shuffle(statutes)
    large = [path for path in statutes if (laws / path).stat().st_size >= LEAST_BYTES]
    large = large[: 2 * LAWS_EACH]
    return {
        "dev/novels": [novels / path for path in known + rest[:NOVELS_BESIDE]],
        "held/novels": [novels / path for path in rest[NOVELS_BESIDE:]],
        "dev/laws": [laws / path for path in large[::2]],
        "held/laws": [laws / path for path in large[1::2]],
    }


def main(arguments: Sequence[str]) -> None:
    """Write the four folders."""
    if len(arguments) != 3:
        sys.exit(__doc__)
    novels, laws, out = map(Path, arguments)
    for folder, sources in split(novels, laws).items():
        (out / folder).mkdir(parents=True, exist_ok=True)
        for source in sources:
            name = f"{source.parent.name}.txt" if source.suffix == ".txt" else source.name
            (out / folder / name).write_bytes(source.read_bytes())
        print(f"{len(sources)} texts in {folder}")


if __name__ == "__main__":
    main(sys.argv[1:])
