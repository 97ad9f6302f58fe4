"""Many documents on one and on all cores: python tests/bench/bench_many.py [--documents 200]
[--megabytes 20] [--workers 2] [--ray] [--ray-address HOST:PORT] [--repeat 1]
[--kinds clean,chunk,dialogue]

Documents are made by this script. For each kind of job: seconds, CPU seconds of the job's process
and of its workers, whether the tables are equal byte for byte, and the speed-up by the clock and by
CPU. By CPU: what one process spends, by the greatest of what all spend over the cores, and what any
process spends; it is what the clock would say on a machine with nothing else to do, whose load is
printed. --ray adds the same through Ray on this machine, --ray-address through a cluster whose
nodes have this package.
"""

import argparse
import hashlib
import json
import os
import random
import resource
import tempfile
import time
from pathlib import Path

from studio import documents
from studio.jobs import parallel
from studio.jobs.kinds import read_spec, run_function
from studio.workspace import Workspace
from tests.in_process import job_for

KINDS = ("clean", "chunk", "dialogue")
TABLES = ("chunks.parquet", "chunks.jsonl", "utterances.parquet", "dialogue.jsonl")
NAMES = ("王平", "李静", "林秋", "许明远", "周岚", "赵三")
VERBS = ("问道", "笑道", "答道", "叹道", "冷冷地说", "低声说")
SPEECH = ("你怎么来了", "今晚月色正好", "那封信烧了没有", "我不信他会走", "船快开了", "明日再议")
SCENES = (
    "雨下了一夜，瓦上没有停过。",
    "他把灯芯拨亮了些。",
    "院子里静得能听见落叶。",
    "她没有抬头。",
)


def book(number: int, characters: int) -> str:
    """A novel of about so many characters, unlike the others."""
    draw, parts, size, chapter = random.Random(number), [], 0, 0
    while size < characters:
        if size >= chapter * 4000:
            chapter += 1
            parts.append(f"第{chapter}章\n\n")
        one, two = draw.sample(NAMES, 2)
        ask, tell, more, last = (draw.choice(SPEECH) for _ in range(4))
        parts.append(
            f"“{ask}，{two}？”{one}{draw.choice(VERBS)}。{draw.choice(SCENES)}　\n\n"
            f"“{tell}。”{two}{draw.choice(VERBS)}，“{more}！”\n\n"
            f"{one}看了{two}一眼。{draw.choice(SCENES)}\n\n“{last}。”\n\n"
        )
        size += len(parts[-1])
    return "".join(parts)


def cpu() -> tuple[float, float]:
    """CPU seconds of this process and of its ended children."""
    own, others = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime, others.ru_utime + others.ru_stime


def measured(kind: str, workspace: Workspace, chosen: list[str], **fields: object) -> dict:
    """One job: seconds by the clock, CPU seconds, and a digest of what it left."""
    # Imported here: the workers import this file, and a job's own main is light.
    spec, run = read_spec({"kind": kind, "documents": chosen, **fields}), run_function(kind)
    job = job_for(workspace, spec)
    clock, (own, others) = time.monotonic(), cpu()
    found = run(spec, job)
    seconds, (own_after, others_after) = time.monotonic() - clock, cpu()
    left = hashlib.sha256()
    for name in TABLES:
        if (job.folder / name).is_file():
            left.update((job.folder / name).read_bytes())
    if kind == "clean":
        for ref in found["documents"]:
            left.update(documents.get(workspace, ref).sha256.encode())
    return {
        "seconds": round(seconds, 2),
        "cpu": round(own_after - own, 2),
        "cpu_of_workers": round(others_after - others, 2),
        "left": left.hexdigest()[:16],
    }


def compared(kind: str, workspace: Workspace, chosen: list[str], given: argparse.Namespace) -> dict:
    """One worker, several, and Ray where it is asked for."""
    one = measured(kind, workspace, chosen, workers=1)
    many = measured(kind, workspace, chosen, workers=given.workers)
    spent = many["cpu"] + many["cpu_of_workers"]
    busiest = max(many["cpu"], many["cpu_of_workers"] / given.workers)
    row = {
        "kind": kind,
        "one": one,
        "many": many,
        "equal": one["left"] == many["left"],
        "speed_up_by_clock": round(one["seconds"] / many["seconds"], 2),
        "speed_up_by_cpu": round(one["cpu"] / max(busiest, spent / given.workers), 2),
        "load": os.getloadavg()[0],
    }
    if given.ray or given.ray_address:
        ray = {"executor": "ray", "ray_address": given.ray_address}
        row["ray"] = measured(kind, workspace, chosen, workers=given.workers, **ray)
        row["ray_equal"] = row["ray"]["left"] == one["left"]
    return row


def main() -> None:
    """Print a JSON line a kind of job and repetition."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--megabytes", type=float, default=20)
    parser.add_argument("--workers", type=int, default=parallel.cores())
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--ray", action="store_true")
    parser.add_argument("--ray-address", default="")
    given = parser.parse_args()
    size = int(given.megabytes * 1e6 / given.documents / 2.9)  # characters, of 2.9 bytes each
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.open(Path(folder) / "many")
        chosen = [
            documents.add(workspace, f"book-{n}.txt", book(n, size).encode()).id
            for n in range(given.documents)
        ]
        for _ in range(given.repeat):
            for kind in given.kinds.split(","):
                print(json.dumps(compared(kind, workspace, chosen, given)), flush=True)


if __name__ == "__main__":
    main()
