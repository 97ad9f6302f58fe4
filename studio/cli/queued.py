"""``python launch.py queue [SPEC.yaml …]``: put trainings into the queue, or see and change it,
without the window.

The queue goes on by itself once the command has ended. Each spec is checked when it is queued: a
mistake in any of them queues none.
"""

import argparse
import json
import sys
from pathlib import Path

from studio import jobs
from studio.cli.run import read
from studio.errors import SpecError, StudioError
from studio.jobs import queue
from studio.jobs.records import QUEUED
from studio.jobs.workers import check
from studio.workspace import Workspace


def queued(arguments: list[str]) -> int:
    """Change the queue, then print it: a line a job, those that run first; the exit status."""
    options = _parser().parse_args(arguments)
    try:
        workspace = Workspace.open(options.workspace)
        jobs.recover(workspace)
        specs = [read(Path(path), [], workspace) for path in options.specs]
        for spec in specs:
            if spec.KIND not in QUEUED:
                raise SpecError(
                    "A job of kind {kind} does not wait in the queue.",
                    "Queue specs of kind train or grid; start others with launch.py run.",
                    kind=spec.KIND,
                )
            check(workspace, spec)
        for spec in specs:
            jobs.start(workspace, spec, waits=True)
        _change(workspace, options)
    except StudioError as error:
        sys.stderr.write(f"{error.sentence}\n")
        return 2
    _print(workspace, as_json=options.json)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="launch.py queue", description="Trainings that wait for one another."
    )
    parser.add_argument("specs", nargs="*", help="YAML files of kind train or grid to put behind")
    parser.add_argument("--workspace", help="project folder (default: the default workspace)")
    what = parser.add_mutually_exclusive_group()
    for name, does in (
        ("hold", "begin nothing more; what runs goes on"),
        ("go-on", "let the queue go on"),
        ("stop", "stop what runs, keeping what it learnt, and hold the queue"),
        ("empty", "take out everything that waits"),
    ):
        what.add_argument(f"--{name}", action="store_true", help=does)
    for name, does in (
        ("up", "move a job that waits one place up"),
        ("down", "move it one place down"),
        ("out", "take it out"),
        ("now", "begin it at once, beside what runs"),
    ):
        what.add_argument(f"--{name}", metavar="ID", default="", help=does)
    parser.add_argument(
        "--on-failure", choices=("hold", "go-on"), help="what the queue does when a run fails"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    return parser


def _change(workspace: Workspace, options: argparse.Namespace) -> None:
    if options.on_failure:
        queue.hold_on_failure(workspace, wanted=options.on_failure == "hold")
    if options.hold or options.go_on:
        queue.hold(workspace, held=options.hold)
    elif options.stop:
        queue.stop_all(workspace)
    elif options.empty:
        queue.take_out(workspace, [record.id for record in queue.look(workspace).waiting])
    elif options.out:
        queue.require_waiting(workspace, options.out)
        queue.take_out(workspace, [options.out])
    elif options.now:
        queue.start_now(workspace, options.now)
    elif options.up or options.down:
        queue.move(workspace, options.up or options.down, -1 if options.up else 1)


def _print(workspace: Workspace, *, as_json: bool) -> None:
    now = queue.look(workspace)
    for place, record in (
        *((0, one) for one in now.holders),
        *enumerate(now.waiting, 1),
    ):
        state = f"waits, {place}" if place else record.state
        line = f"{record.id}  {record.kind}  {state}  {record.title}"
        shown = {"job": record.id, "kind": record.kind, "state": record.state, "place": place}
        sys.stdout.write(f"{json.dumps(shown) if as_json else line}\n")
    held = " The queue is held." if now.hold.held else ""
    sys.stderr.write(f"{len(now.holders)} running, {len(now.waiting)} waiting.{held}\n")
