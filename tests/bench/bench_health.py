"""What the health check of a large dataset costs: CPU seconds and the most memory, in a process of
its own.

    python tests/bench/bench_health.py [--rows 100000] [--near]

Rows are passages of the sample books in both languages, numbered so that no two are equal, and one
of a hundred has something wrong. Printed as JSON: rows, characters, CPU seconds of the check, peak
memory in MB. --near: with near-duplicates.
"""

import argparse
import itertools
import json
import resource
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from studio.datasets.profile.job import check
from studio.datasets.taking_in.intake import register_path
from studio.workspace import Workspace
from tests.engine.health_rows import BAD, paragraphs


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--near", action="store_true")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    try:
        print(json.dumps(measured(folder, options.rows, near=options.near), indent=2))
    finally:
        shutil.rmtree(folder)


def measured(folder: Path, count: int, *, near: bool) -> dict[str, Any]:
    """The figures of one check."""
    workspace = Workspace.open(folder / "ws")
    file = folder / "rows.jsonl"
    with file.open("w", encoding="utf-8") as target:
        for row in itertools.islice(rows(), count):
            target.write(json.dumps(row, ensure_ascii=False) + "\n")
    register_path(workspace, file.name, file, "rows")
    before = time.process_time()
    report = check(workspace, ["rows"], near=near)
    return {
        "rows": report["figures"]["rows"],
        "characters": report["figures"]["characters"],
        "near_duplicates": near,
        "cpu_s": round(time.process_time() - before, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
        "findings": {one["name"]: one["count"] for one in report["findings"] if one["count"]},
    }


def rows() -> Iterator[dict[str, Any]]:
    """Endlessly many."""
    books = [paragraphs(name) for name in ("story.en.md", "story.zh.md")]
    wrong = [row for kind, found in BAD.items() if kind != "equal_sides" for row in found]
    for number in itertools.count():
        if number % 100 == 99:
            row = wrong[number // 100 % len(wrong)]
            yield row | {"instruction": f"{row['instruction']} ({number})"}
            continue
        texts = books[number % 2]
        one, other, more = (texts[(number * step + step) % len(texts)] for step in (1, 7, 11))
        yield {"instruction": f"{one[:200]} ({number})", "output": f"{other}\n{more}"}


if __name__ == "__main__":
    main()
