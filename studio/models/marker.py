"""The completeness marker: a model folder counts as whole only if every file is as it was
recorded.
"""

import json
from pathlib import Path

from studio.files import sha256, write_json

NAME = "inkwell.json"
VERSION = 1


def sign(folder: Path, source: str) -> None:
    """Record size and SHA-256 of every file under `folder`; `source` says what they were made
    from.
    """
    files = {
        path.relative_to(folder).as_posix(): {"size": path.stat().st_size, "sha256": sha256(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != NAME
    }
    write_json(folder / NAME, {"version": VERSION, "source": source, "files": files})


def whole(folder: Path, source: str, *, deep: bool = False) -> bool:
    """Whether `folder` was signed for `source` and no file is missing or of another size.

    The quick look takes milliseconds; `deep` also compares every SHA-256.
    """
    try:
        record = json.loads((folder / NAME).read_text(encoding="utf-8"))
        if record["version"] != VERSION or record["source"] != source or not record["files"]:
            return False
        return all(_same(folder / name, entry, deep) for name, entry in record["files"].items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _same(path: Path, entry: dict[str, object], deep: bool) -> bool:
    if path.stat().st_size != entry["size"]:
        return False
    return not deep or sha256(path) == entry["sha256"]
