"""Taking in a file that was handed to us: its encoding, its form and its columns are found out, then it is registered."""

import json
from pathlib import PurePath
from typing import Any

from studio.datasets import naming, registry
from studio.datasets.layout import Layout, entry_of, from_entry, sniff
from studio.datasets.opened import check_rows
from studio.datasets.registry import Entry
from studio.datasets.sources import FILE_TYPES, open_source, read_json
from studio.errors import InputError
from studio.files import require_space, write_bytes, write_text
from studio.workspace import Workspace

MAX_BYTES = 2 << 30
PARQUET = b"PAR1"
SNIFFED = 50


def register_file(workspace: Workspace, filename: str, data: bytes, name: str = "") -> Entry:
    """Check `data` as a dataset and register it; the bytes are kept as UTF-8 under data/.

    name: the dataset's name; empty takes the file's own. Raises InputError with one sentence for a file of
    which no row can be used, WorkspaceError for a bad name or a full disk. Only what was uploaded under
    exactly that name is replaced; another set of that name is an InputError that offers a free one (`naming.for_upload`).
    """
    base = PurePath(filename.replace("\\", "/")).name
    name = naming.for_upload(workspace, name or PurePath(base).stem)
    if not data.strip():
        raise InputError("The file {name} is empty.", "Choose a file with rows.", name=base)
    if len(data) > MAX_BYTES:
        raise InputError("The file {name} is larger than 2 GB.", "Split it first.", name=base)
    registry.read_info(workspace)
    require_space(workspace.data, 2 * len(data))
    kind, body = _decoded(base, data)
    staged = workspace.data / f".incoming-{name}.{kind}"
    try:
        write_bytes(staged, body)
        if kind == "csv":
            staged, kind = _csv_to_jsonl(workspace, staged, name)
        layout = _layout(staged, base)
        staged.replace(workspace.data / f"{name}.{kind}")
    finally:
        for left in workspace.data.glob(f".incoming-{name}.*"):
            left.unlink(missing_ok=True)
    registry.sidecar(workspace, name).unlink(missing_ok=True)
    return registry.register(workspace, name, layout, f"{name}.{kind}", work=naming.work_of_upload(name))


def _layout(staged: Any, base: str) -> Layout:
    """The layout found in the file, once at least one row can be used with it."""
    source = open_source(staged)
    layout = sniff(source.read(0, SNIFFED)) if source.total else Layout()
    layout = from_entry(entry_of(layout, staged.name), base)  # exactly as it will be read back
    index = check_rows(source, layout)
    if index.total == len(index.bad):
        first = index.problems[0] if index.problems else {"row": 1, "reason": "the file has no rows"}
        raise InputError(
            "No row of {name} can be used (row {row}: {reason}).", "Correct the file, then try again.",
            name=base, row=first["row"], reason=first["reason"],
        )
    return layout


def _decoded(base: str, data: bytes) -> tuple[str, bytes]:
    """(file type, bytes as UTF-8 without a BOM). What a file is, its content decides, not its name."""
    if data[:4] == PARQUET:
        return "parquet", data
    ending = PurePath(base).suffix.lower().lstrip(".")
    if ending == "parquet" or data[:2] == b"PK" or data[:4] == b"%PDF":
        raise InputError("{name} is not a dataset file.", "Choose json, jsonl, csv or parquet.", name=base)
    text = _text(base, data)
    start = text.lstrip()[:1]
    if start == "[":
        return ("jsonl", text.encode()) if _is_jsonl(text) else ("json", text.encode())
    if start == "{":
        return ("jsonl", text.encode()) if _is_jsonl(text) else _single(text, base)
    if ending in ("json", "jsonl"):
        return ending, text.encode()
    return ("csv" if ending in ("csv", "tsv") else "txt" if ending in FILE_TYPES[-1:] else "csv"), text.encode()


def _text(base: str, data: bytes) -> str:
    """The decoded text with \\n for every kind of line end. Raises InputError."""
    for encoding in ("utf-8-sig", "utf-16") if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig",):
        try:
            return _lines(data.decode(encoding))
        except UnicodeDecodeError:
            continue
    import charset_normalizer

    best = charset_normalizer.from_bytes(data).best()
    if best is None or b"\0" in data[:4096] and not best.encoding.startswith("utf"):
        raise InputError("{name} is not text in a known encoding.", "Save it as UTF-8.", name=base)
    return _lines(str(best))


def _lines(text: str) -> str:
    return text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _is_jsonl(text: str) -> bool:
    """Whether the first line with text is a JSON value by itself and more lines follow that begin like it."""
    lines = [line.lstrip("\ufeff") for line in text.split("\n", 4096)[:4096] if line.strip()]
    try:
        return isinstance(json.loads(lines[0]), dict) or len(lines) > 1 and isinstance(json.loads(lines[1]), dict)
    except (ValueError, RecursionError, IndexError):
        return False


def _single(text: str, base: str) -> tuple[str, bytes]:
    """A JSON object that spans lines: taken if it holds one list of rows, as some exports wrap them."""
    rows = read_json(f"[{text}]".encode(), base)
    lists = [value for value in rows[0].values() if isinstance(value, list)] if len(rows) == 1 else []
    if len(lists) == 1 and lists[0] and isinstance(lists[0][0], dict) and "role" not in lists[0][0] and "from" not in lists[0][0]:
        rows = lists[0]
    return "json", json.dumps(rows, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _csv_to_jsonl(workspace: Workspace, staged: Any, name: str) -> tuple[Any, str]:
    """Csv as jsonl, which every tool reads alike. Raises InputError."""
    rows = list(open_source(staged).read())
    target = workspace.data / f".incoming-{name}.jsonl"
    write_text(target, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return target, "jsonl"
