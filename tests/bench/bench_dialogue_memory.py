"""Memory of a whole dialogue job: python tests/bench/bench_dialogue_memory.py [--text FILE]
[--target 行者] [--sizes 2 20]

A text of each size (MB of UTF-8) is made from a novel, repeated with its people renamed. A child
process imports it, attributes it and builds the pairs of the role. Printed: lines, pairs, CPU
seconds, and MB of memory at the peak of that process, with all that it has loaded.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = "八戒 沙僧 三藏 唐僧 菩萨 大圣 悟空 长老 玉帝 太宗 如来".split()
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
GIVEN = "安邦成德恩芳贵海家景康乐明宁平庆荣山泰文"
CHILD = """
import json, resource, sys, time
from pathlib import Path
from studio import documents
from studio.jobs.kinds import read_spec, run_function
from studio.workspace import Workspace
from tests.in_process import job_for
text, folder, target = sys.argv[1:]
workspace = Workspace.open(Path(folder) / "workspace")
book = documents.add(workspace, "book.txt", Path(text).read_bytes()).id
spec = read_spec({"kind": "dialogue", "documents": [book], "target": target, "workers": 1})
made = run_function("dialogue")(spec, job_for(workspace, spec))
print(json.dumps({"lines": made["utterances"], "pairs": made["pairs"],
    "cpu_s": round(time.process_time(), 1),
    "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)}))
"""


def book(novel: str, megabytes: float) -> str:
    """The novel again and again, each time with other people, until there is enough."""
    made, held, turn = [], 0, 0
    while held < megabytes * 1e6:
        text = novel
        for number, name in enumerate(PEOPLE if turn else ()):
            family, given = SURNAMES[(turn + number) % 20], GIVEN[(7 * turn + number) % 20]
            text = text.replace(name, family + given)
        made.append(text)
        held += len(text.encode())
        turn += 1
    return "\n".join(made).encode()[: int(megabytes * 1e6)].decode("utf-8", "ignore")


def main() -> None:
    """Print a JSON line a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--text", type=Path, default=ROOT.parent / "shared/data/novels/journey_to_the_west.txt"
    )
    parser.add_argument("--target", default="行者")
    parser.add_argument("--sizes", type=float, nargs="+", default=[2, 20])
    given = parser.parse_args()
    novel = given.text.read_text(encoding="utf-8")
    for size in given.sizes:
        with tempfile.TemporaryDirectory() as folder:
            text = Path(folder) / "book.txt"
            text.write_text(book(novel, size), encoding="utf-8")
            run = subprocess.run(
                [sys.executable, "-c", CHILD, str(text), folder, given.target],
                cwd=ROOT,
                check=True,
                capture_output=True,
                text=True,
            )
        print(json.dumps({"mb": size} | json.loads(run.stdout.splitlines()[-1])), flush=True)


if __name__ == "__main__":
    main()
