"""Fetching a dataset's files from Hugging Face or ModelScope, in worker code: data alone, never a
script.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from studio.datasets.taking_in.hub_layout import CARD, ENDINGS, Choice, Wanted, choose
from studio.errors import InputError, ModelError
from studio.files import require_space
from studio.libraries.hub_inside import no_answer

Hub = Literal["huggingface", "modelscope"]
PREFIXES: dict[str, Hub] = {
    "hf:": "huggingface",
    "ms:": "modelscope",
    "https://huggingface.co/datasets/": "huggingface",
    "https://hf-mirror.com/datasets/": "huggingface",
    "https://www.modelscope.cn/datasets/": "modelscope",
    "https://modelscope.cn/datasets/": "modelscope",
}
ID = re.compile(r"[A-Za-z0-9][\w.\-]{0,95}(/[A-Za-z0-9][\w.\-]{0,95})?", re.ASCII)
MOST_BYTES = 2 << 30
MB = 1 << 20
Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Fetched:
    """What was fetched. files: where the rows' files lie now; names: what the hub calls them;
    passed_over: the hub's other files of rows; commit: of the repository, "" where the hub does not
    say.
    """

    files: tuple[Path, ...]
    names: tuple[str, ...]
    passed_over: tuple[str, ...]
    commit: str


def named(text: str) -> tuple[Hub, str] | None:
    """(hub, owner/name) of a text such as `hf:owner/name`, `ms:owner/name` or a dataset's address;
    None for a file's path. Raises InputError for a name that no hub has.
    """
    found = next((prefix for prefix in PREFIXES if text.startswith(prefix)), None)
    if found is None:
        return None
    name = text.removeprefix(found).strip("/")
    if found.startswith("https:"):
        name = "/".join(name.split("?")[0].split("/")[:2])
    if not ID.fullmatch(name) or ".." in name:
        raise InputError(
            "{name} is no name of a dataset on a hub.",
            "Write it as hf:owner/name or ms:owner/name.",
            name=text[:80],
            fields=("file",),
        )
    return PREFIXES[found], name


def fetch(hub: Hub, dataset: str, wanted: Wanted, folder: Path, told: Told) -> Fetched:
    """Fetch the files that hold what is wanted into `folder`; what lies there of an earlier try is
    gone on with.

    told: called with bytes fetched and bytes in all as they come; what it raises ends the fetching.
    Raises InputError where the dataset has no such rows, ModelError where the hub cannot be reached
    or refuses.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if hub == "modelscope":
        return _from_modelscope(dataset, wanted, folder, told)
    return _from_huggingface(dataset, wanted, folder, told)


def _from_huggingface(dataset: str, wanted: Wanted, folder: Path, told: Told) -> Fetched:
    from huggingface_hub import HfApi, hf_hub_download
    from huggingface_hub.errors import (
        EntryNotFoundError,
        GatedRepoError,
        RepositoryNotFoundError,
    )

    try:
        about = HfApi().dataset_info(dataset, files_metadata=True)
        sizes = {one.rfilename: one.size or 0 for one in about.siblings or []}
        place: dict[str, Any] = {"repo_type": "dataset", "revision": about.sha, "local_dir": folder}
        card = ""
        if CARD in sizes:
            card = Path(hf_hub_download(dataset, CARD, **place)).read_text("utf-8", "replace")
        choice = choose(sizes, card, wanted, dataset)
        total = sum(sizes[name] for name in choice.files)
        _fits(dataset, total, folder)
        before, files = 0, []
        for name in choice.files:
            told(before, total)
            bar = _bar(told, before, total)
            files.append(Path(hf_hub_download(dataset, name, tqdm_class=bar, **place)))
            before += sizes[name]
        told(total, total)
    except GatedRepoError as error:
        raise ModelError(
            "The dataset {id} is only given to people who accepted its conditions.",
            "Accept them on the hub's page, set HF_TOKEN and start again.",
            may_pass=True,
            id=dataset,
        ) from error
    except RepositoryNotFoundError as error:
        raise ModelError(
            "The hub has no dataset {id}.",
            "Check its name; a private one needs HF_TOKEN.",
            id=dataset,
        ) from error
    except (no_answer(), EntryNotFoundError, OSError, ValueError) as error:
        raise _failed(dataset, error) from error
    return Fetched(tuple(files), choice.files, choice.passed_over, about.sha or "")


def _bar(told: Told, before: int, total: int) -> Any:
    """The class of a progress bar that draws nothing and tells how many bytes there are, with those
    of the files before.
    """
    import io

    from huggingface_hub.utils import tqdm  # type: ignore[attr-defined]

    class Bar(tqdm):
        def __init__(self, *given: Any, **more: Any) -> None:
            self.fetched = int(more.get("initial") or 0)
            super().__init__(*given, **more | {"file": io.StringIO()})  # type: ignore[no-untyped-call]

        def update(self, n: float | None = 1) -> Any:
            self.fetched += int(n or 0)
            told(before + self.fetched, total)
            return super().update(n)

    return Bar


def _from_modelscope(dataset: str, wanted: Wanted, folder: Path, told: Told) -> Fetched:
    try:
        from modelscope import dataset_snapshot_download
    except ImportError as error:
        raise ModelError(
            "The modelscope library is not installed.",
            "Install it with `pip install modelscope`, or use Hugging Face.",
            may_pass=True,
        ) from error
    told(0, MB)
    # Its library lists no files in all of its releases, so that what may hold rows is fetched and
    # chosen from here.
    patterns = [wanted.files] if wanted.files else [f"*.{ending}" for ending in ENDINGS]
    try:
        dataset_snapshot_download(dataset, local_dir=str(folder), allow_patterns=[*patterns, CARD])
    except (OSError, ValueError, RuntimeError) as error:
        raise _failed(dataset, error) from error
    names = {
        str(path.relative_to(folder)).replace("\\", "/"): path
        for path in folder.rglob("*")
        if path.is_file()
    }
    card = names[CARD].read_text("utf-8", "replace") if CARD in names else ""
    choice: Choice = choose(names, card, wanted, dataset)
    total = sum(names[name].stat().st_size for name in choice.files)
    _fits(dataset, total, folder)
    told(total, total)
    return Fetched(
        tuple(names[name] for name in choice.files), choice.files, choice.passed_over, ""
    )


def _fits(dataset: str, total: int, folder: Path) -> None:
    if total > MOST_BYTES:
        raise InputError(
            "The files of {name} take {size} MB, more than a dataset may ({most} MB).",
            "Take fewer of them: give files, as data/train-00000-*.parquet.",
            name=dataset,
            size=f"{total // MB:,}",
            most=f"{MOST_BYTES // MB:,}",
            fields=("files",),
        )
    require_space(folder, 3 * total)


def _failed(dataset: str, error: Exception) -> ModelError:
    reason = " ".join(str(error).split())[:160].rstrip(".") or type(error).__name__
    return ModelError(
        "The dataset {id} could not be fetched ({reason}).",
        "Check the network and the disk, then start again; what was fetched is kept.",
        may_pass=True,
        id=dataset,
        reason=reason,
    )
