"""The replies to fixed prompts that a run makes on its way, in `samples.jsonl`: one line a look.

Light: the window reads it while it is being written.
"""

import functools
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from studio.datasets import open_dataset, partners
from studio.datasets.row_forms import formats
from studio.files import disk_error, write_text
from studio.training import curves
from studio.training.spec import TrainJob
from studio.workspace import Workspace

NAME = "samples.jsonl"
SEARCHED = 500  # rows that are looked at for prompts
PLAIN = 80  # characters of a plain text that it is continued from


@dataclass(frozen=True)
class Reply:
    """What the model gave to one prompt. text: the reply, or of plain text what follows; tokens:
    how many it has; ended: it came to its end, and was not cut off; scores: of the chosen and the
    rejected reply, at the stage rm. missing: no pair with this question was found there.
    """

    text: str = ""
    tokens: int = 0
    ended: bool = True
    scores: tuple[float, float] | None = None
    missing: bool = False


@dataclass(frozen=True)
class Sample:
    """One look at the model: its replies to all prompts after so many steps; seconds it took."""

    step: int
    prompts: tuple[str, ...]
    replies: tuple[Reply, ...]
    seconds: float


@dataclass(frozen=True)
class Proposed:
    """Prompts from a dataset. joined: how many of them stood on several lines."""

    dataset: str
    prompts: list[str]
    system: str
    joined: int


def read(folder: Path) -> tuple[Sample, ...]:
    """All looks of a run in their order; () when there is none yet."""
    path = folder / NAME
    try:
        found = path.stat()
    except OSError:
        return ()
    return _read(path, found.st_size, found.st_mtime_ns)


@functools.lru_cache(maxsize=4)
def _read(path: Path, size: int, changed: int) -> tuple[Sample, ...]:
    made = [sample for line in curves.read(path) if (sample := _sample(line)) is not None]
    return tuple({one.step: one for one in made}.values())


def _sample(line: dict[str, Any]) -> Sample | None:
    """A line of the file; None for one that was not written by us."""
    try:
        replies = tuple(
            Reply(
                text=str(one["text"]),
                tokens=int(one["tokens"]),
                ended=bool(one["ended"]),
                scores=(float(one["scores"][0]), float(one["scores"][1]))
                if one["scores"]
                else None,
                missing=bool(one["missing"]),
            )
            for one in line["replies"]
        )
        prompts = tuple(map(str, line["prompts"]))
        return Sample(int(line["step"]), prompts, replies, float(line["seconds"]))
    except (KeyError, TypeError, ValueError, IndexError):
        return None


def add(folder: Path, sample: Sample) -> None:
    """Append one look. Raises WorkspaceError when the disk refuses."""
    path = folder / NAME
    try:
        with path.open("a", encoding="utf-8") as out:
            line = asdict(sample) | {"time": round(time.time(), 3)}
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
    except OSError as error:
        raise disk_error(error, path) from error


def cut_back(folder: Path, step: int) -> set[int]:
    """Drop every look after `step`, and a torn last one, so that a resumed run has none twice; the
    steps of those that are left.
    """
    path = folder / NAME
    if not path.exists():
        return set()
    kept = [line for line in curves.read(path) if line.get("step", 0) <= step]
    write_text(path, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in kept))
    return {int(line.get("step", 0)) for line in kept}


def propose(workspace: Workspace, spec: TrainJob, count: int) -> Proposed:
    """Prompts for a training: the first questions of the rows that it is measured on, else of those
    held out of its dataset, else of the dataset itself; of plain text its beginnings.

    Raises InputError where a dataset cannot be read.
    """
    names = spec.eval_datasets or [
        one for name in spec.datasets if (one := partners.held_out(workspace, name))
    ]
    name = (names or spec.datasets)[0]
    rows = list(islice(open_dataset(name, workspace).iterate(), SEARCHED))
    found: dict[str, bool] = {}
    systems: Counter[str] = Counter()
    for row in rows:
        asked = _asked(row)
        prompt = " ".join(asked.split())
        if prompt and prompt not in found:
            found[prompt] = "\n" in asked.strip()
            systems[_system(row)] += 1
        if len(found) == count:
            break
    system = systems.most_common(1)[0][0] if systems else ""
    return Proposed(name, list(found), system, sum(found.values()))


def _asked(row: formats.Row) -> str:
    """The question of a row that a single prompt can ask; "" where it follows others."""
    if formats.kind(row) == "text":
        words = str(row["text"]).split("\n", 1)[0]
        return words if len(words) <= PLAIN else words[:PLAIN].rsplit(" ", 1)[0]
    turns = [turn for turn in formats.prompt_messages(row) if turn["role"] != "system"]
    return str(turns[0]["content"] or "") if len(turns) == 1 else ""


def _system(row: formats.Row) -> str:
    if formats.kind(row) == "text":
        return ""
    first = formats.prompt_messages(row)[0]
    return str(first["content"] or "") if first["role"] == "system" else ""


def as_markdown(title: str, found: Sequence[Sample]) -> str:
    """All replies of a run, prompt by prompt, as Markdown."""
    parts = [f"# {title}"]
    for at, prompt in enumerate(found[-1].prompts if found else ()):
        parts.append(f"## {prompt}")
        for sample in found:
            if at < len(sample.replies):
                parts += [f"### {sample.step}", _written(sample.replies[at])]
    return "\n\n".join(parts) + "\n"


def _written(reply: Reply) -> str:
    if reply.scores is not None:
        return f"chosen {reply.scores[0]:.3f}, rejected {reply.scores[1]:.3f}"
    cut = "" if reply.ended else " …"
    return "\n".join(f"> {line}" for line in (reply.text + cut).split("\n"))
