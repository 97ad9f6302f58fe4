"""How time and memory of cutting grow with the text: ten times the text must take at most eleven
times as much of the processor.

    python tests/bench/bench_growth.py [--text FILE] [--method semantic] [--sizes 0.4 2 4 40]
    [--best 1]

Texts of these sizes (MB of UTF-8) are made from the chapters of a novel, shuffled anew for each
repetition. Each is cut with the lexical encoder as a stream, in a process of its own. Printed:
seconds to the first chunks and for all, seconds of processor time, MB per second, and MB of memory
at the peak above what the process held with the text read and the libraries loaded.
Last line: JSON with the ratios.
"""

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST_RATIO = 11.0
CHILD = """
import json, sys, threading, time
import psutil
from studio.chunking import ChunkSpec
from studio.chunking.cut import cut_sections
process = psutil.Process()
spec = ChunkSpec(method=sys.argv[2])
for cut in cut_sections("一句话。另一句话！\\n" * 400, spec):
    pass
text = open(sys.argv[1], encoding="utf-8", newline="").read()
base = peak = process.memory_info().rss
done = threading.Event()
def watch():
    global peak
    while not done.wait(0.005):
        peak = max(peak, process.memory_info().rss)
watcher = threading.Thread(target=watch)
watcher.start()
begun, busy = time.perf_counter(), time.process_time()
first, chunks, reached = 0.0, 0, 0
for cut in cut_sections(text, spec):
    first = first or time.perf_counter() - begun
    chunks += len(cut.chunks)
    for chunk in cut.chunks:
        assert chunk.start == reached and len(chunk.text) == chunk.end - chunk.start
        reached = chunk.end
took, busy = time.perf_counter() - begun, time.process_time() - busy
assert reached == len(text)
done.set()
watcher.join()
print(json.dumps({"first_s": first, "s": took, "cpu_s": busy, "chunks": chunks,
    "extra_mb": (peak - base) / 1e6, "text_mb": base / 1e6}))
"""


def book(chapters: list[str], megabytes: float) -> str:
    """The chapters in a new order again and again, until there is enough."""
    rng, made, held = random.Random(1), [], 0
    while held < megabytes * 1e6:
        order = chapters[:]
        rng.shuffle(order)
        for chapter in order:
            made.append(chapter)
            held += len(chapter.encode())
            if held >= megabytes * 1e6:
                break
    return "".join(made).encode()[: int(megabytes * 1e6)].decode("utf-8", "ignore")


def measure(text: str, method: str, best: int) -> dict[str, float]:
    """The quickest of `best` runs, each in a new process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.txt"
        path.write_text(text, encoding="utf-8", newline="")
        runs = [
            json.loads(
                subprocess.run(
                    [sys.executable, "-c", CHILD, str(path), method],
                    cwd=ROOT,
                    check=True,
                    capture_output=True,
                    text=True,
                ).stdout
            )
            for _ in range(best)
        ]
    return min(runs, key=lambda run: run["s"])


def main(arguments: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--text", type=Path, default=ROOT.parent / "shared/data/novels/journey_to_the_west.txt"
    )
    parser.add_argument("--method", default="semantic")
    parser.add_argument("--sizes", type=float, nargs="+", default=[0.4, 2, 4, 40])
    parser.add_argument("--best", type=int, default=1)
    given = parser.parse_args(arguments)
    chapters = re.split(
        r"(?=\n第[一二三四五六七八九十百零]+回)", given.text.read_text(encoding="utf-8")
    )
    runs = {}
    print("     MB  first s    all s    cpu s   MB/s   chunks  extra MB")
    for size in given.sizes:
        run = runs[size] = measure(book(chapters, size), given.method, given.best)
        print(
            (
                f"{size:7g}{run['first_s']:9.2f}{run['s']:9.2f}{run['cpu_s']:9.2f}"
                f"{size / run['s']:7.2f}{run['chunks']:9d}{run['extra_mb']:10.0f}"
            ),
            flush=True,
        )
    tenfold = [(small, large) for small in runs for large in runs if abs(large / small - 10) < 1e-6]
    ratios = {
        name: {
            f"{small:g} to {large:g}": round(runs[large][key] / runs[small][key], 2)
            for small, large in tenfold
        }
        for name, key in (("time", "s"), ("cpu", "cpu_s"))
    }
    # By the processor's time: the wall's tells what else the machine does.
    linear = all(ratio <= MOST_RATIO for ratio in ratios["cpu"].values())
    print(json.dumps({"method": given.method} | ratios | {"linear": linear}))


if __name__ == "__main__":
    main(sys.argv[1:])
