"""`file_sha1` of an entry: whether its file is the one that the entry means."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Literal

from studio.datasets.registry import Entry
from studio.datasets.source_files.sources import stamp

Verdict = Literal["", "same", "differs"]


def verdict(entry: Entry) -> Verdict:
    """Whether the file has the entry's SHA-1; "" where the entry gives none, or names a folder."""
    path, wanted = entry.path, entry.origin.file_sha1
    if not wanted or path is None or not path.is_file():
        return ""
    return "same" if _sha1(path, stamp(path)) == wanted else "differs"


@lru_cache(maxsize=32)
def _sha1(path: Path, _stamp: tuple[int, int]) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha1").hexdigest()
