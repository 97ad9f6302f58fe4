"""How long a run of 100,000 logged steps takes to be shown, and what it costs while it goes on.

    python tests/bench/bench_live_curve.py [--steps 100000]

Prints: reading the measures for the first time and the value that the page gets of them, as CPU
time and by the clock; the same after one more step; the memory of the curves.
"""

import argparse
import json
import random
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

STEPS = 100_000
MB = 2**20


def line(step: int, total: int) -> str:
    """A step as a run on a GPU logs it."""
    made = {
        "step": step,
        "total_steps": total,
        "epoch": round(3 * step / total, 4),
        "loss": 2 / (1 + step / 5000) + random.random() * 0.3,
        "grad_norm": 1 + random.random(),
        "learning_rate": 5e-5 * (1 - step / total),
        "seconds": round(step * 0.3, 3),
        "tokens": step * 800,
        "tokens_per_s": 2600.12,
        "memory_mb": 9000.1,
        "cpu_load": 6.1,
        "rss_mb": 4012,
        "gpu_load": 97,
        "gpu_mb": 20_011,
        "gpu_temp": 66,
        "gpu_watts": 298,
        "time": 1e9 + step * 0.3,
    }
    return json.dumps(made) + "\n"


def taken(what: str, work: Callable[[], str]) -> None:
    """Print the time that the work takes, and how long its answer is."""
    cpu, clock = time.process_time(), time.monotonic()
    answer = work()
    cpu, clock = time.process_time() - cpu, time.monotonic() - clock
    print(f"{what}: {cpu:.3f} s of CPU, {clock:.3f} s by the clock, {len(answer) / 1000:.0f} kB")


def main() -> None:
    """The figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS)
    total = parser.parse_args().steps
    from studio.jobs.records import create, set_state
    from studio.training.spec import TrainJob
    from studio.workspace import Workspace
    from tabs.kit.session import Session
    from tabs.training import curve_card

    random.seed(1)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.open(Path(folder) / "book")
        spec = TrainJob.read({"dataset": "demo"})
        record = create(workspace, spec, parent=None, step=None)[0]
        set_state(workspace, record.id, "stopped")
        run = workspace.run_folder(record.id)
        run.mkdir(parents=True, exist_ok=True)
        path = run / "metrics.jsonl"
        with path.open("w", encoding="utf-8") as out:
            out.writelines(line(step, total) for step in range(1, total + 1))
        print(f"{total} steps, {path.stat().st_size / MB:.0f} MB of measures")
        session = Session(workspace=workspace, language="en")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        def shown() -> str:
            return str(curve_card.of_run(session, record, 0).draw())

        taken("opened", shown)
        with path.open("a", encoding="utf-8") as out:
            out.write(line(total + 1, total))
        taken("one step later", shown)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        print(f"memory at the most: {peak / 1024:.0f} MB more")


if __name__ == "__main__":
    main()
