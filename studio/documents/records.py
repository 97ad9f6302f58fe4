"""What the library hands out: documents, and the places in them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Document:
    """One document. chars: length of its text; encoding: what the file was in; sha256: of the kept
    text.

    parent: of a cleaned text, the id of the document it came from. meta: form (txt, md, html, docx,
    pdf, epub, srt, ass, vtt, json, jsonl, csv, tsv), and workspace-relative files: source (the
    original, where reading it changed it), places, offsets.
    """

    id: str
    name: str
    chars: int
    encoding: str
    sha256: str
    created: float
    path: Path
    parent: str | None = None
    meta: dict[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Place:
    """Where the characters start … end stood in the original: "page 12", "00:01:02", "row 17", a
    chapter's title.
    """

    start: int
    end: int
    label: str
