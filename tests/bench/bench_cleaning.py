"""Cleaning: processor seconds, changes and share of each step on a 2 MB novel, then on 40 MB, with
memory.

    python tests/bench/bench_cleaning.py [--data ../shared/data] [--mb 2 40]

The text is Journey to the West with its line ends as they are, dirtied: lines broken at 38 columns,
page headers and numbers, notices, tags, full-width digits, and every fifth chapter in traditional
characters; repeated up to the size.
Each size runs in a process of its own, so that its peak memory is its own. Prints JSON.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--mb", type=float, nargs="+", default=[2, 40])
    parser.add_argument("--one", type=float, help="measure one size in this process")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measured(options.data, options.one)))
        return
    told = []
    for size in options.mb:
        command = [sys.executable, __file__, "--data", str(options.data), "--one", str(size)]
        told.append(
            json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        )
    if len(told) > 1:
        told.append(
            {
                "text_ratio": round(told[-1]["characters"] / told[0]["characters"], 1),
                "time_ratio": round(told[-1]["seconds"] / told[0]["seconds"], 1),
            }
        )
    print(json.dumps(told, indent=2, ensure_ascii=False))


def measured(data: Path, size_mb: float) -> dict:
    """Every step on, one after the other as `clean_text` runs them, each timed."""
    from studio.documents.cleaning import STEPS, CleanSpec, Offsets, preview
    from studio.documents.cleaning.clean import find, joined
    from studio.documents.cleaning.edits import Sampler, apply

    text = dirty(data, int(size_mb * 1e6))
    spec = CleanSpec(**dict.fromkeys(STEPS, True), mask_passports=True)
    first = time.process_time()
    preview(text, spec)
    again = time.process_time()
    preview(text, spec)
    shown = time.process_time()
    preview(text, CleanSpec())
    plain = time.process_time()
    before, parts, steps = peak_mb(), [], {}
    size = len(text)
    begun = time.process_time()
    for step in spec.steps():
        start = time.process_time()
        text, offsets, count = apply(text, find(step, text, spec), Sampler())
        parts.append(offsets)
        steps[step] = {"seconds": round(time.process_time() - start, 3), "changes": count}
    start = time.process_time()
    offsets: Offsets = joined(parts)
    joining, total = time.process_time() - start, time.process_time() - begun
    for step in steps.values():
        step["share"] = f"{step['seconds'] / total:.0%}"
    return {
        "characters": size,
        "seconds": round(total, 2),
        "characters_a_second": round(size / total),
        "steps": steps,
        "joining_offsets_seconds": round(joining, 3),
        "edits": len(offsets),
        "offsets_mb": round(offsets.nbytes / 1e6, 2),
        "offsets_file_mb": round(len(offsets.to_bytes()) / 1e6, 2),
        "preview_first_ms": round((again - first) * 1000),
        "preview_ms": round((shown - again) * 1000),
        "preview_default_ms": round((plain - shown) * 1000),
        "peak_mb_before": before,
        "peak_mb": peak_mb(),
    }


def peak_mb() -> int:
    """Most resident memory of this process so far, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak >> 20 if sys.platform == "darwin" else peak >> 10


def dirty(data: Path, size: int) -> str:
    """A text of `size` bytes of UTF-8 that gives every step work."""
    from opencc import OpenCC

    source = (data / "novels" / "journey_to_the_west.txt").read_bytes().decode("utf-8")
    old = OpenCC("s2t").convert(source)
    made, held, number = [], 0, 0
    paragraphs = list(zip(source.split("\r\n\r\n"), old.split("\r\n\r\n"), strict=True))
    while held < size:
        for place, (plain, traditional) in enumerate(paragraphs):
            number += 1
            piece = traditional if place // 150 % 5 == 0 else plain
            lines = (
                [piece[i : i + 38] for i in range(0, len(piece), 38)]
                if place // 300 % 3 == 0
                else [piece]
            )
            if number % 40 == 0:
                lines += [
                    "请记住本书首发域名：www.example.com",
                    "<p>第１２３回&nbsp;二〇二三年三月五日，￥1,200,手机13812345678</p>",
                    "æ–‡ä»¶ don’t",
                ]
            made.append("\r\n".join(lines))
            held += len(made[-1].encode()) + 4
            if held >= size:
                break
    lines, page, filled = [], 0, 0
    for line in "\r\n\r\n".join(made).split("\r\n"):
        filled += len(line)
        lines.append(line)
        if filled >= 1000:
            page, filled = page + 1, 0
            lines += ["", f"— {page} —", "西游记 上册", ""]
    return "\r\n".join(lines)


if __name__ == "__main__":
    main()
