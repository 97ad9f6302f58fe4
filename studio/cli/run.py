"""``python launch.py run SPEC.yaml``: any job without the window; ``run --explain KIND`` prints a
kind's spec with every field explained; ``run SPEC.yaml --commands`` those that start a training on
each of its machines.

Progress goes to stderr; the last line on stdout is one JSON object
``{"job": id, "kind": …, "state": "done"|"failed"|"stopped", "result": {…}}``. Exit status 0 only
for done, 2 for bad input, 1 for everything else. Running the same spec again goes on with a job
that was stopped, killed or failed; a finished pipeline answers with what it has, unless `--fresh`
is given.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from studio import documents, jobs, presets
from studio.errors import InputError, ModelError, SpecError, StudioError
from studio.explain import explained
from studio.jobs.records import JobRecord, unfinished
from studio.presets import parse_yaml
from studio.spec import Spec
from studio.training import TrainJob, commands, preset_pairs
from studio.workspace import Workspace

BAD_INPUT = ("SpecError", "InputError", "ModelError")


def main(arguments: list[str]) -> int:
    """Run a spec from the command line to its end; the exit status."""
    options = _parser().parse_args(arguments)
    if options.explain:
        return _explain(options.explain)
    try:
        workspace = Workspace.open(options.workspace)
        spec = read(Path(options.spec), options.set, workspace, options.memory)
        if options.commands:
            sys.stdout.write(_commands(spec, workspace, Path(options.spec)))
            return 0
        record = _begin(workspace, spec, fresh=options.fresh)
    except StudioError as error:
        sys.stderr.write(f"{error.sentence}\n")
        return 2 if isinstance(error, SpecError | InputError | ModelError) else 1
    record = _follow(workspace, record)
    if record.error:
        sys.stderr.write(f"{record.error.sentence}\n")
    state = record.state if record.state in ("done", "stopped") else "failed"
    line = {"job": record.id, "kind": record.kind, "state": state, "result": record.result}
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()
    if state == "done":
        return 0
    return 2 if record.error and record.error.type in BAD_INPUT else 1


def _explain(kind: str) -> int:
    """Print a kind's spec; the exit status."""
    try:
        sys.stdout.write(explained(jobs.spec_class(kind)))
    except SpecError as error:
        sys.stderr.write(f"{error.sentence}\n")
        return 2
    return 0


def _commands(spec: Spec, workspace: Workspace, file: Path) -> str:
    """The commands of a training on several devices or machines. Raises SpecError."""
    if not isinstance(spec, TrainJob):
        raise SpecError(
            "A job of the kind {kind} has no commands for other machines.",
            "Give the spec of a training.",
            kind=spec.KIND,
        )
    return commands(spec, workspace, file)


def read(path: Path, changes: list[str], workspace: Workspace, memory: str = "") -> Spec:
    """The spec in a YAML file, a training's with what `--memory` decides, with `--set` changes
    applied and files it names brought into the workspace.
    """
    data = presets.read_yaml(path)
    if memory:
        data = preset_pairs.on_memory(data, memory)
    for change in changes:
        _apply(data, change)
    _bring_in(data, workspace, path.resolve().parent)
    return jobs.read_spec(data)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="launch.py run", description="Run a job from a YAML spec without the window."
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "spec", nargs="?", help="the job's YAML file, for example presets/pipelines/demo.yaml"
    )
    what.add_argument(
        "--explain",
        metavar="KIND",
        help=f"print the spec of a kind with every field explained: {', '.join(jobs.KINDS)}",
    )
    parser.add_argument("--workspace", help="project folder (default: the default workspace)")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change a field; step.field in a pipeline",
    )
    parser.add_argument(
        "--memory",
        default="",
        metavar="NAME",
        help="what a training that names no model is for: auto, or a file of "
        "presets/training/memory without its ending",
    )
    parser.add_argument(
        "--fresh", action="store_true", help="start anew even if the same work was done or begun"
    )
    parser.add_argument(
        "--commands",
        action="store_true",
        help="start nothing; print what starts the training with accelerate, torchrun and Slurm",
    )
    return parser


def _begin(workspace: Workspace, spec: Spec, *, fresh: bool) -> JobRecord:
    """Start the job, or go on with the newest one of the same work."""
    jobs.recover(workspace)
    before = None if fresh else unfinished(workspace, spec.fingerprint())
    if before is None or (before.state == "done" and before.kind != "pipeline"):
        return jobs.start(workspace, spec)
    if before.state == "done":
        sys.stderr.write(f"{before.id} is done already; --fresh runs it anew.\n")
        return before
    if before.active:
        sys.stderr.write(f"{before.id} is running already; following it.\n")
        return before
    sys.stderr.write(f"going on with {before.id}.\n")
    return jobs.resume(workspace, before.id)


def _follow(workspace: Workspace, record: JobRecord) -> JobRecord:
    """Print progress until the job ends; the first Ctrl-C asks it to stop."""
    shown = ""
    while True:
        try:
            jobs.recover(workspace)
            record = jobs.records.get(workspace, record.id)
            if (line := _line(record)) != shown:
                shown = line
                sys.stderr.write(line + "\n")
                sys.stderr.flush()
            if not record.active:
                return record
            time.sleep(0.5)
        except KeyboardInterrupt:
            sys.stderr.write("stopping; what is finished is kept.\n")
            jobs.stop(workspace, record.id)


def _line(record: JobRecord) -> str:
    """One line of progress, nested steps included."""
    parts = [record.kind]
    progress: dict[str, Any] | None = record.progress
    while progress:
        if progress.get("step"):
            parts.append(f"{int(progress['done']) + 1}/{progress['total']} {progress['step']}")
        elif progress.get("unit"):
            parts.append(f"{progress['done']:g}/{progress['total']:g} {progress['unit']}")
            parts += (
                [f"loss {progress['loss']:.3f}"] if isinstance(progress.get("loss"), float) else []
            )
            parts += [f"{progress['eta_s']:.0f} s left"] if progress.get("eta_s") else []
        progress = progress.get("inner")
    return " · ".join(parts) if record.active else f"{record.kind} {record.state}"


def _apply(data: dict[str, Any], change: str) -> None:
    """Put one `key=value` (value read as YAML) where it belongs. Raises SpecError."""
    key, sign, text = change.partition("=")
    path = [
        part for part in key.strip().removeprefix("vars.").removeprefix("steps.").split(".") if part
    ]
    if not sign or not path:
        raise SpecError(
            "--set {change} is not KEY=VALUE.",
            "Write for example --set max_steps=40.",
            change=change,
        )
    value = parse_yaml(f"value: {text}" if text.strip() else "value: ''", "--set")["value"]
    target: Any = data
    if data.get("kind") == "pipeline":
        steps = {step.get("id"): step for step in data.get("steps") or [] if isinstance(step, dict)}
        if len(path) == 1 and path[0] in (data.get("vars") or {}):
            target = data["vars"]
        elif len(path) > 1 and path[0] in steps:
            target, path = steps[path[0]], path[1:]
        elif path[0] not in ("name",):
            known = ", ".join([*(data.get("vars") or {}), *(f"{name}.…" for name in steps)])
            raise SpecError(
                "The pipeline has no {key} to set.", "It has: {known}.", key=key, known=known
            )
    if target is not data.get("vars") and target.get("kind") in jobs.KINDS:
        made = jobs.spec_class(target["kind"])
        path[0] = made.FORMER.get(path[0], path[0])
        given = made.present_names(target)
        target.clear()
        target.update(given)
    for part in path[:-1]:
        target = target.setdefault(part, {})
    target[path[-1]] = value


def _bring_in(data: Any, workspace: Workspace, beside: Path) -> None:
    """Replace paths under `document` and `documents` by the ids of documents in the workspace;
    those of files that a step takes in by the whole path.
    """
    if isinstance(data, list):
        for item in data:
            _bring_in(item, workspace, beside)
    if not isinstance(data, dict):
        return
    for key, value in data.items():
        if key == "document" and isinstance(value, str):
            data[key] = _documents(value, workspace, beside)[0]
        elif key == "documents" and isinstance(value, list):
            data[key] = [
                known
                for v in value
                for known in (_documents(v, workspace, beside) if isinstance(v, str) else [v])
            ]
        elif key == "paths" and data.get("kind") == "import" and isinstance(value, list):
            data[key] = [_place(v, beside) if isinstance(v, str) else v for v in value]
        elif key == "file" and data.get("kind") == "register" and isinstance(value, str):
            data[key] = _place(value, beside) if value else value
        else:
            _bring_in(value, workspace, beside)


def _place(path: str, beside: Path) -> str:
    """A path as it is meant: from here, or beside the spec."""
    return str(
        next((place.resolve() for place in (Path(path), beside / path) if place.exists()), path)
    )


def _documents(reference: str, workspace: Workspace, beside: Path) -> list[str]:
    """The ids of the documents that a file, a zip, a folder/, a name or `sample:…` stands for;
    `${…}` is left alone.

    What cannot be used among many is told on stderr and left out.
    """
    if "${" in reference:
        return [reference]
    for path in (Path(reference), beside / reference):
        # A folder needs a slash, so that a document called "data" is not taken for one.
        if path.is_file() or (path.is_dir() and ("/" in reference or "\\" in reference)):
            bad: list[InputError] = []
            found = [
                document.id for document in documents.import_paths(workspace, path, skipped=bad)
            ]
            for error in bad:
                sys.stderr.write(f"{error.sentence}\n")
            return found
    return [documents.get(workspace, reference).id]
