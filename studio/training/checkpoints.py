"""Checkpoints that can be trusted: one counts only with our marker, which names every file's size
and SHA-256.

The marker is written last, after every file was forced to the disk, so a kill or a full disk in the
middle of saving leaves a folder without one. `get_last_checkpoint` of transformers trusts an empty
folder, and its resume goes on silently without the optimiser's state; that is why neither is asked.
"""

import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.errors import JobError, ModelError
from studio.files import disk_error, sha256, sync_folder, write_json
from studio.spec import digest

if TYPE_CHECKING:
    from studio.training.distributed.together import Together

MARKER = "complete.json"
VERSION = 1
NUMBERED = re.compile(r"checkpoint-(\d+)")
ADAPTER = ("adapter_model.safetensors", "adapter_config.json")
MODEL = "config.json"  # beside safetensors: a model's own weights were learnt
STATE = "trainer_state.json"
RESUMABLE = ("optimizer.pt", "scheduler.pt", STATE)
# The optimiser's state where it is kept in parts: by FSDP in a folder, by DeepSpeed in the one that
# its file "latest" names.
FSDP_STATE, DEEPSPEED_STATE = "optimizer_0/", "latest"
RANDOM = "rng_state"
ONLY_TO_RESUME = (STATE, DEEPSPEED_STATE, "zero_to_fp32.py")
LEARNT = "trained"  # an adapter as it is learnt, where another form of it is what is used
PICKLED = "training_args.bin"  # written by transformers, never read; a pickle, so it does not stay


@dataclass(frozen=True)
class Mark:
    """What a marker says: at which step, on which base model, and the files."""

    step: int
    base_model: str
    files: dict[str, dict[str, Any]]


def sign(folder: Path, step: int, base_model: str) -> None:
    """Force every file of `folder` to the disk and write its marker. Raises WorkspaceError.

    base_model: the model's reference as the spec gives it, by which it is found again on another
    machine.
    """
    (folder / MARKER).unlink(missing_ok=True)
    (folder / PICKLED).unlink(missing_ok=True)
    files = {}
    try:
        for path in _files(folder):
            with path.open("rb+") as handle:
                os.fsync(handle.fileno())
            files[path.relative_to(folder).as_posix()] = {
                "size": path.stat().st_size,
                "sha256": sha256(path),
            }
        sync_folder(folder)
    except OSError as error:
        raise disk_error(error, folder) from error
    made = {"version": VERSION, "step": step, "base_model": base_model, "files": files}
    write_json(folder / MARKER, made | {"sum": digest(made)})
    sync_folder(folder.parent)


def read_mark(folder: Path) -> Mark | None:
    """The marker of a folder, or None when it has none that can be read."""
    try:
        text = (folder / MARKER).read_text(encoding="utf-8")
        data = json.loads(text)
        if data.pop("sum") != digest(data) or not text.endswith("}\n"):
            return None  # the marker itself was changed or cut
        if data["version"] != VERSION or not isinstance(data["files"], dict) or not data["files"]:
            return None
        return Mark(int(data["step"]), str(data["base_model"]), data["files"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def fault(folder: Path, *, deep: bool = True, need: tuple[str, ...] = ()) -> str:
    """What is wrong with a checkpoint, adapter or model folder, in a few words; "" when it is
    whole.

    deep: also compare every SHA-256; without it only names and sizes, which takes no time. need:
    files that must be there beside the weights.
    """
    mark = read_mark(folder)
    if mark is None:
        return f"no valid {MARKER}"
    for name in (*weights_of(mark), *need, *mark.files):
        if name not in mark.files or Path(name).is_absolute() or ".." in Path(name).parts:
            return f"{name} is not in {MARKER}"
        path, entry = folder / name, mark.files[name]
        if not path.is_file():
            return f"{name} is missing"
        if path.stat().st_size != entry.get("size"):
            return f"{name} has another size"
        if deep and sha256(path) != entry.get("sha256"):
            return f"{name} was changed"
    return ""


def resumable(mark: Mark | None) -> tuple[str, ...]:
    """The files from which a run goes on, beside the weights; some that are not there are named
    where none are.
    """
    files = list(mark.files) if mark else []
    random = [name for name in files if name.startswith(RANDOM)] or [f"{RANDOM}.pth"]
    if DEEPSPEED_STATE in files:
        return (DEEPSPEED_STATE, STATE, *random)
    parts = [name for name in files if name.startswith(FSDP_STATE)]
    if parts:
        return (*parts, "scheduler.pt", STATE, *random)
    return (*RESUMABLE, *random)


def weights_of(mark: Mark) -> tuple[str, ...]:
    """The files without which there are no weights: an adapter's, or a model's own."""
    if MODEL not in mark.files:
        return ADAPTER
    shards = sorted(name for name in mark.files if name.endswith(".safetensors"))
    return (MODEL, *(shards or ["model.safetensors"]))


def numbered(run: Path) -> list[tuple[int, Path]]:
    """(step, folder) of every checkpoint folder of a run, newest first, whole or not."""
    found = [
        (int(match[1]), path)
        for path in run.glob("checkpoint-*")
        if (match := NUMBERED.fullmatch(path.name))
    ]
    return sorted(found, reverse=True)


def newest(run: Path, log: Callable[[str], None]) -> Path | None:
    """The newest checkpoint that is whole, every byte compared; damaged newer ones are told to
    `log`, then put out of the way so that saving that step again starts clean."""
    for step, path in numbered(run):
        mark = read_mark(path)
        reason = fault(path, need=resumable(mark))
        if not reason and mark is not None and mark.step == step:
            return path
        log(f"{path.name} is damaged ({reason or 'its marker names another step'}) and is not used")
        _set_aside(path)
    return None


def require_everywhere(folder: Path, together: "Together", log: Callable[[str], None]) -> None:
    """Raise JobError where not every process of the run finds the checkpoint; say so where it was
    made by another number of them.
    """
    if not together.all_have((folder / MARKER).exists()):
        raise JobError(
            "Not every machine has {name}.",
            "Give all of them a folder that they share, or copy it to each.",
            name=folder.name,
        )
    made = sum(path.name.startswith(RANDOM) for path in folder.iterdir())
    if made != together.size:
        log(
            f"careful: {folder.name} was made by {made} processes, now there are {together.size}: "
            "the run goes on, but not as it would have without the stop"
        )


def finished(folder: Path) -> bool:
    """Whether a whole checkpoint is that of the run's last step. Asked because transformers, told
    to resume there, would train one step more."""
    try:
        state = json.loads((folder / STATE).read_text(encoding="utf-8"))
        return int(state["global_step"]) >= int(state["max_steps"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def copy_weights(checkpoint: Path, target: Path) -> None:
    """Copy what is needed to use a checkpoint, without what is only needed to go on training.

    Raises WorkspaceError.
    """
    shutil.rmtree(target, ignore_errors=True)
    try:
        target.mkdir(parents=True)
        for path in _files(checkpoint):
            if (
                path.suffix not in (".pt", ".pth", ".bin")
                and path.name not in ONLY_TO_RESUME
                and path.parent == checkpoint
            ):
                shutil.copyfile(path, target / path.name)
    except OSError as error:
        raise disk_error(error, target) from error


def rotate(run: Path, keep: int, best: int | None = None) -> list[Path]:
    """Delete the oldest checkpoints beyond `keep` whole ones; the deleted folders. That of the step
    `best` stays beside them.

    Called only after a new one is signed. When the newest does not pass its check, nothing is
    deleted.
    """
    found = [path for _, path in numbered(run)]
    if not found or fault(found[0], need=resumable(read_mark(found[0]))):
        return []
    whole = [path for path in found if not _shallow_fault(path)]
    kept = [*whole[: max(1, keep)], *(path for path in whole if path.name == f"checkpoint-{best}")]
    gone = [path for path in found if path not in kept]
    for path in gone:
        (path / MARKER).unlink(
            missing_ok=True
        )  # first, so that a kill half way leaves no folder that looks whole
        shutil.rmtree(path, ignore_errors=True)
    return gone


def _shallow_fault(path: Path) -> str:
    return fault(path, deep=False, need=resumable(read_mark(path)))


def put_in_place(made: Path, target: Path) -> None:
    """Replace the folder `target` by the signed folder `made`; the former one goes last."""
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    try:
        if target.exists():
            target.rename(old)
        made.rename(target)
        sync_folder(target.parent)
    except OSError as error:
        raise disk_error(error, target) from error
    shutil.rmtree(old, ignore_errors=True)


def require_whole(folder: Path) -> Mark:
    """The marker of an adapter made here, every byte compared. Raises ModelError."""
    reason = fault(folder)
    mark = read_mark(folder)
    if reason or mark is None:
        raise ModelError(
            "The adapter {name} is damaged ({reason}).",
            "Choose another, or resume its run.",
            name=f"{folder.parent.name}/{folder.name}",
            reason=reason,
        )
    return mark


def _set_aside(path: Path) -> None:
    """A damaged checkpoint has nothing that could be trusted; its name is needed again."""
    shutil.rmtree(path, ignore_errors=True)


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != MARKER]
