"""A model's own tokenizer, from its tokenizer.json alone: no weights, no torch, quick enough for
the window.

A model without that file (an older one with only a SentencePiece table) is read once through
transformers, in a worker, and kept as tokenizer.json under home.
"""

import hashlib
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from studio.errors import ModelError
from studio.files import write_bytes
from studio.models import LOAD_ERRORS
from studio.models.folders import inside, roots
from studio.models.reference import is_hub_id, resolve
from studio.workspace import Workspace, home

if TYPE_CHECKING:
    from tokenizers import Tokenizer

FILE = "tokenizer.json"
# Long texts go in parts, cut after a line or a space: time grows evenly and the encodings are soon
# gone.
PART_CHARS = 8_000
PARTS_AT_ONCE = 32
LINE_ENDS, SPACES = re.compile(r"\n+"), re.compile(r"\s+|(?<=[。！？；，、])")


def load(
    reference: str = "", workspace: Workspace | None = None, *, light: bool = False
) -> "Tokenizer":
    """The tokenizer of a model: its name or folder, a hub's `owner/name`, or "" for the starter
    model.

    light: load nothing but tokenizer.json and fetch nothing, for the window's process. Raises
    ModelError.
    """
    file = _file(reference.strip() or "starter", workspace, light)
    return _opened(str(file), file.stat().st_mtime_ns)


def per_character(tokenizer: "Tokenizer", text: str) -> NDArray[np.int64]:
    """(len(text),) tokens that begin at each character; a character split into three bytes' tokens
    has 3.

    A character inside a token that begins before it has 0. Special tokens are not counted.
    """
    found = np.zeros(len(text), dtype=np.int64)
    group: list[tuple[int, str]] = []
    for begin, end in _parts(text):
        group.append((begin, text[begin:end]))
        if len(group) == PARTS_AT_ONCE or end == len(text):
            for (first, _), one in zip(
                group, _encoded(tokenizer, [part for _, part in group]), strict=True
            ):
                starts = np.array([start for start, _ in one.offsets], dtype=np.int64) + first
                np.add.at(found, np.minimum(starts, len(text) - 1), 1)
            group = []
    return found


def counts(tokenizer: "Tokenizer", texts: list[str]) -> list[int]:
    """The exact number of tokens of each text, special ones not counted."""
    found: list[int] = []
    for begin in range(0, len(texts), PARTS_AT_ONCE):
        found += [len(one.ids) for one in _encoded(tokenizer, texts[begin : begin + PARTS_AT_ONCE])]
    return found


def _encoded(tokenizer: "Tokenizer", texts: list[str]) -> list[Any]:
    # Lone surrogates, which a damaged file can bring, are no Unicode text; a mark of the same width
    # stands in.
    clean = [
        text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
        for text in texts
    ]
    return tokenizer.encode_batch(clean, add_special_tokens=False)


def _parts(text: str) -> Iterator[tuple[int, int]]:
    """Spans of about PART_CHARS characters that cover the text."""
    begin = 0
    while begin < len(text):
        end = min(begin + PART_CHARS, len(text))
        if end < len(text):
            low = begin + PART_CHARS // 2
            found = next(
                (
                    list(p.finditer(text, low, end))[-1:]
                    for p in (LINE_ENDS, SPACES)
                    if p.search(text, low, end)
                ),
                [],
            )
            # A space stays with the word behind it, as byte-pair tokenizers have it.
            end = (
                (found[0].end() if "\n" in found[0].group() else found[0].start()) if found else end
            )
        yield begin, end
        begin = end


@lru_cache(maxsize=8)
def _opened(path: str, changed: int) -> "Tokenizer":
    from tokenizers import Tokenizer

    # The library raises the bare Exception; a future hands it over, and nothing else is caught with
    # it.
    with ThreadPoolExecutor(1) as thread:
        future = thread.submit(Tokenizer.from_file, path)
    if error := future.exception():
        raise _unreadable(Path(path).parent.name, error) from error
    tokenizer = future.result()
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _file(reference: str, workspace: Workspace | None, light: bool) -> Path:
    """The tokenizer.json to read."""
    for folder in _folders(reference, workspace):
        if (folder / FILE).is_file():
            return folder / FILE
    found = resolve(reference, workspace=workspace)
    if is_hub_id(found):
        return _of_hub(found, light)
    if (Path(found) / FILE).is_file():
        return Path(found) / FILE
    return _converted(Path(found), light)


def _folders(reference: str, workspace: Workspace | None) -> list[Path]:
    """Folders that the reference may name; for counting, one without weights is enough."""
    allowed = roots(workspace)
    given = Path(reference)
    if (
        "\0" in reference
        or ".." in reference
        or "/" in reference.strip("/")
        and not given.is_absolute()
    ):
        return []
    return [
        path
        for path in ([given] if given.is_absolute() else [root / given for root in allowed])
        if inside(path, allowed)
    ]


def _of_hub(hub_id: str, light: bool) -> Path:
    """tokenizer.json alone, from the hub's cache on this machine, else from the hub."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(hf_hub_download(hub_id, FILE, local_files_only=True))
    except (LocalEntryNotFoundError, OSError, ValueError):
        if light:
            raise _needs_job(hub_id) from None
    try:
        return Path(hf_hub_download(hub_id, FILE))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        raise ModelError(
            "The tokenizer of {name} could not be fetched ({reason}).",
            "Check the name and the network, or choose a model that is ready.",
            name=hub_id,
            reason=_reason(error),
        ) from error


def _converted(folder: Path, light: bool) -> Path:
    """A tokenizer.json made by transformers from the model's other files, kept under home."""
    stamp = sorted(
        (path.name, path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.iterdir()
        if path.is_file()
    )
    kept = (
        home()
        / "cache"
        / "tokenizers"
        / hashlib.sha256(repr((str(folder), stamp)).encode()).hexdigest()[:32]
        / FILE
    )
    if kept.is_file():
        return kept
    if light:
        raise _needs_job(folder.name)
    from transformers import AutoTokenizer

    try:
        made = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        data = made.backend_tokenizer.to_str()
    except LOAD_ERRORS as error:
        raise _unreadable(folder.name, error) from error
    write_bytes(kept, data.encode())
    return kept


def _needs_job(name: str) -> ModelError:
    return ModelError(
        "The tokenizer of {name} is not ready on this machine.",
        "Start the job once; it makes it ready.",
        name=name,
    )


def _unreadable(name: str, error: BaseException) -> ModelError:
    return ModelError(
        "The tokenizer of {name} cannot be read ({reason}).",
        "Choose another tokenizer, or count by estimate.",
        name=name,
        reason=_reason(error),
    )


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split())[:140].rstrip(".")
