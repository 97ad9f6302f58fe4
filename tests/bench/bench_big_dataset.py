"""Files of a million rows in the preview: first and far pages, search, filters, order, memory.

    python tests/bench/bench_big_dataset.py [--rows 1000000] [--peer FOLDER] [--keep DIR]

Rows of about a kilobyte, English and Chinese in turns, are written by script as jsonl and parquet.
Every call is the window's own (`studio.datasets.window`), so that this process is measured as the
window would be. Printed for each file: seconds until each page is there, in brackets the reader's
processor time; the scan behind the first page; MB that this process grew by, and those of the
reader. --peer: a folder with llamafactory unpacked (`pip download --no-deps llamafactory==0.9.5`);
its own `get_preview` is then called on the same jsonl, without the package where its imports are
missing: the same lines of it (webui/components/data.py). Last line: JSON.
"""

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from studio.datasets import registry, window
from studio.datasets.paging.row_server import READER
from studio.datasets.row_forms.column_map import Layout
from studio.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "presets" / "samples"
RARE, RARE_ZH = "quetzalcoatlus", "羽蛇神翼龙"
LAYOUT = Layout(prompt="instruction", query="input", response="output", system="system")
PEER = """
import json, sys, time, resource
folder, pages, peer = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
sys.path.insert(0, peer)
try:
    from llamafactory.webui.components.data import get_preview
    def look(page): return get_preview(folder, ["million"], page)
    how = "llamafactory's own function"
except Exception:
    how = "the same lines"
    def look(page):
        with open(f"{folder}/dataset_info.json", encoding="utf-8") as file:
            name = json.load(file)["million"]["file_name"]
        with open(f"{folder}/{name}", encoding="utf-8") as file:
            data = [json.loads(line) for line in file]
        return len(data), data[2 * page : 2 * page + 2]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
took = []
for page in pages:
    begun, busy = time.perf_counter(), time.process_time()
    found = look(page)
    took.append([round(time.perf_counter() - begun, 2), round(time.process_time() - busy, 2)])
    del found
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(json.dumps({"how": how, "s": took, "mb": grown >> 10}))
"""


def rows(count: int) -> Iterator[dict[str, str]]:
    """Rows of random words, the same at every run; one holds the rare words."""
    source = random.Random(7)
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(SAMPLES.glob("*.md")))
    words, signs = re.findall(r"[A-Za-z']+", text), re.findall(r"[\u4e00-\u9fff]", text)
    english = " ".join(source.choice(words) for _ in range(200_000))
    chinese = "".join(source.choice(signs) for _ in range(400_000))
    for number in range(count):
        pool, part = (chinese, 3) if number % 2 else (english, 1)
        asked, answered = source.randrange(60, 300) // part, source.randrange(300, 1400) // part
        at = source.randrange(len(pool) - 2000)
        yield {
            "instruction": pool[at : at + asked],
            "input": "",
            "output": pool[at + asked : at + asked + answered]
            + (f" {RARE} {RARE_ZH}" if number == count * 7 // 9 else ""),
            "system": "You are a helpful reader." if number % 5 == 0 else "",
        }


def write(folder: Path, count: int) -> None:
    """million.jsonl and million.parquet, unless they are there."""
    import pyarrow
    import pyarrow.parquet

    if not (folder / "million.jsonl").exists():
        with (folder / "million.jsonl").open("w", encoding="utf-8") as out:
            for row in rows(count):
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
    if not (folder / "million.parquet").exists():
        schema = pyarrow.schema(
            [(n, pyarrow.string()) for n in ("instruction", "input", "output", "system")]
        )
        with pyarrow.parquet.ParquetWriter(folder / "million.parquet", schema) as writer:
            batch: list[dict[str, str]] = []
            for row in rows(count):
                batch.append(row)
                if len(batch) == 100_000:
                    writer.write_table(pyarrow.Table.from_pylist(batch, schema))
                    batch = []
            if batch:
                writer.write_table(pyarrow.Table.from_pylist(batch, schema))


class Meter:
    """Calls of the window, timed."""

    def __init__(self, workspace: Workspace, name: str) -> None:
        self.workspace, self.name = workspace, name
        self.took: dict[str, tuple[float, float]] = {}

    def reader(self) -> psutil.Process | None:
        child = READER._process._child
        return psutil.Process(child.process.pid) if child else None

    def page(self, label: str, offset: int = 0, **query: Any) -> dict[str, Any]:
        busy = self._busy()
        begun = time.perf_counter()
        found = window.page(self.workspace, self.name, "rows", offset, 10, **query)
        took = time.perf_counter() - begun
        self.took[label] = took, self._busy() - busy
        matches = "" if found["matches"] is None else f", {found['matches']:,} match"
        print(f"  {label:32} {took:6.3f} s ({self.took[label][1]:.2f} s CPU){matches}")
        return found

    def _busy(self) -> float:
        reader = self.reader()
        return sum(reader.cpu_times()[:2]) if reader else 0.0


def measured(workspace: Workspace, name: str, file: str) -> dict[str, Any]:
    """Everything about one file."""
    registry.register(workspace, name, LAYOUT, file)
    size = (workspace.data / file).stat().st_size
    print(f"{file}, {size / 1e9:.2f} GB")
    READER.close()
    own = psutil.Process()
    before = own.memory_info().rss
    meter = Meter(workspace, name)
    meter.page("first page, reader not started")
    begun, ended = time.perf_counter(), READER.ended
    meter.page("page 2 while it is scanned", 10)
    while READER.scan(workspace, name) is not None and READER.ended == ended:
        time.sleep(0.1)
    scanned = time.perf_counter() - begun
    print(f"  {'the scan':32} {scanned:6.1f} s")
    count = meter.page("first page after the scan")["count"]
    meter.page("far page", count * 9 // 10)
    meter.page("search, rare word", search=RARE)
    meter.page("search, rare word (Chinese)", search=RARE_ZH)
    meter.page("search, frequent word", search="the")
    meter.page("its page 10,000", 100_000, search="the")
    meter.page(
        "filter: output contains", where=[{"field": "output", "test": "contains", "value": "court"}]
    )
    meter.page("filter: long output", where=[{"field": "output", "test": "over", "value": 1200}])
    meter.page("filter: system", where=[{"field": "system", "test": "filled"}])
    meter.page("order: longest reply", order={"by": "reply", "down": True})
    meter.page("order: text of output", order={"by": "output"})
    grown = (own.memory_info().rss - before) / 1e6
    reader = meter.reader()
    held = reader.memory_info().rss / 1e6 if reader else 0.0
    print(f"  this process grew by {grown:.0f} MB; the reader holds {held:.0f} MB")
    return {"s": meter.took, "scan_s": scanned, "window_mb": grown, "reader_mb": held}


def peer(folder: Path, count: int, package: str) -> dict[str, Any]:
    """LLaMA-Factory's preview of the jsonl: its first page and a far one."""
    pages = json.dumps([0, count * 9 // 20])
    done = subprocess.run(
        [sys.executable, "-c", PEER, str(folder), pages, package],
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(f"LLaMA-Factory ({found['how']}), memory {found['mb']:,} MB")
    for label, (took, busy) in zip(("first page", "far page"), found["s"], strict=True):
        print(f"  {label:32} {took:6.3f} s ({busy:.2f} s CPU)")
    return found


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--peer", default="")
    parser.add_argument("--keep", default="", help="a folder for the files and the index")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        workspace = Workspace.open(Path(given.keep or temporary) / "workspace")
        write(workspace.data, given.rows)
        result: dict[str, Any] = {
            name: measured(workspace, name, file)
            for name, file in (("million", "million.jsonl"), ("columns", "million.parquet"))
        }
        if given.peer:
            result["peer"] = peer(workspace.data, given.rows, given.peer)
        READER.close()
        print(json.dumps(result))


if __name__ == "__main__":
    main()
