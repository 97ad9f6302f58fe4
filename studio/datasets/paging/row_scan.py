"""Making the index of a dataset's rows: each row is read and checked once, in a process of the
sandbox, while the window tells how far it is.

What is found serves everyone: the rows that cannot be used are kept as the index that `opened`
takes, and of a file whose rows have no places to turn to (parquet, a folder of files) a copy of the
rows is written beside it, a row a line.
"""

import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import filelock

from studio.datasets import opened, registry
from studio.datasets.paging.row_index import RowIndex, Writer
from studio.datasets.paging.row_query import FIELDS
from studio.datasets.registry import Entry
from studio.datasets.row_forms import formats
from studio.datasets.row_forms.formats import Row
from studio.datasets.source_files.convert import example
from studio.datasets.source_files.row_problem import RowProblem
from studio.datasets.source_files.sources import Lines, Source, open_source, stamp
from studio.files import require_space, size_of
from studio.spec import digest
from studio.text.jsons import dumped
from studio.workspace import Workspace

FORM = 1  # of the index; another number makes it anew
TELL_EVERY_S, LOOK_EVERY = 0.3, 256
KEPT, KEPT_BYTES = 12, 8 << 30
INDEX_SHARE = 1.6  # bytes of an index for a byte of text


@dataclass(frozen=True)
class Files:
    """The files of one dataset's index: rows of the dataset as it is now, and no other."""

    index: Path

    @property
    def copy(self) -> Path:
        """The rows in the normal form, a row a line, where the dataset's file has no places."""
        return self.index.with_suffix(".jsonl")

    @property
    def progress(self) -> Path:
        """How far the scan is: {"rows", "of"}."""
        return self.index.with_suffix(".progress")

    @property
    def lock(self) -> Path:
        """Held by the process that makes the index."""
        return self.index.with_suffix(".lock")


def files_of(workspace: Workspace, entry: Entry) -> Files:
    """Where the index of a dataset lies; another place as soon as its file or columns change."""
    assert entry.path is not None
    key = digest([str(entry.path), *stamp(entry.path), repr(entry.layout), FORM])
    return Files(workspace.path / "cache" / "row_index" / f"{key[:32]}.duckdb")


def progress(files: Files) -> tuple[int, int]:
    """(rows scanned, of about how many), as far as it is known."""
    try:
        found = json.loads(files.progress.read_bytes())
        return int(found["rows"]), int(found["of"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0, 0


def build(workspace: str, dataset: str) -> dict[str, Any]:
    """Make the index of a dataset, if it is not there, and its facts: see `Findings.facts`.

    Whoever makes it is waited for. Raises StudioError.
    """
    place = Workspace(Path(workspace))
    entry = registry.find(place, dataset)
    assert entry.path is not None
    files = files_of(place, entry)
    files.index.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(files.lock):
        if not files.index.exists():
            _make(place, entry, files)
        _trim(files)
    index = RowIndex.open(files.index)
    index.db.close()
    return index.facts


def _make(workspace: Workspace, entry: Entry, files: Files) -> None:
    assert entry.path is not None
    size = entry.bytes
    source = open_source(entry.path, workspace.path / "cache" / "rows")
    report = source.report or opened.kept_report(workspace, entry)
    copied = not isinstance(source, Lines)
    require_space(files.index.parent, int(size * INDEX_SHARE * (4 if copied else 1)))
    work = files.index.with_name(f".{os.getpid()}-{files.index.name}")
    copy = Files(work).copy
    writer = Writer(work)
    try:
        with copy.open("wb") if copied else open(os.devnull, "wb") as out:
            found = scan(
                source,
                entry,
                writer,
                report.problems if report else (),
                copy=out if copied else None,
                files=files,
            )
        writer.finish(found.facts())
        opened.keep_index(entry, workspace, found.findings.index())
        if copied:
            copy.replace(files.copy)
        work.replace(files.index)
    finally:
        writer.close()
        for left in (work, copy, files.progress, work.with_suffix(".duckdb.wal")):
            left.unlink(missing_ok=True)
        shutil.rmtree(work.with_suffix(".spill"), ignore_errors=True)


@dataclass
class Findings:
    """What the rows of a dataset have in common, counted while they are read."""

    findings: opened.Findings
    kinds: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    several: int = 0
    listed_bad: int = 0

    def facts(self) -> dict[str, Any]:
        """good, skipped and blank rows; kinds and fields: how many rows have each; several: how
        many have more than one question; listed_bad: bad rows whose reason is known; problems as
        `opened.Index` has them.
        """
        index = self.findings.index()
        return {
            "good": index.total - len(index.bad),
            "total": index.total,
            "skipped": index.skipped,
            "blank": len(index.bad) - index.skipped,
            "kinds": dict(self.kinds),
            "fields": {name: self.fields[name] for name in FIELDS if self.fields[name]},
            "several": self.several,
            "listed_bad": self.listed_bad,
            "problems": list(index.problems),
        }


def scan(
    source: Source,
    entry: Entry,
    writer: Writer,
    lost: Sequence[dict[str, Any]] = (),
    *,
    copy: BinaryIO | None = None,
    files: Files | None = None,
) -> Findings:
    """Read every row into the writer. lost: rows that could not be read when the file was taken in,
    whose lines are empty since; copy: gets the good rows in the normal form; files: whose progress
    is told.
    """
    found = Findings(opened.Findings(entry.layout))
    known = {problem["row"]: problem for problem in lost}
    number = 0
    for line, place, raw in _told(source, files):
        row = found.findings.look(raw)
        values: dict[str, Any] = {"line": line, "place": place}
        if isinstance(row, RowProblem):
            if bad := _bad(row, raw, known.get(line)):
                writer.add(values | bad)
                found.listed_bad += 1
            continue
        if copy is not None:
            values["place"] = copy.tell()
            copy.write(dumped(row) + b"\n")
        writer.add(values | {"number": number} | _described(row, found))
        number += 1
    return found


def _bad(row: RowProblem, raw: Any, known: dict[str, Any] | None) -> dict[str, Any]:
    """Why a row cannot be used and how it begins; {} for a blank line."""
    if raw is None:
        return {"reason": known["reason"], "example": known.get("example", "")} if known else {}
    shown = row.example if row.example is not None else raw
    return {
        "reason": str(row),
        "example": "" if isinstance(shown, RowProblem) else example(shown),
    }


def _told(source: Source, files: Files | None) -> Iterator[tuple[int, int, Any]]:
    """(line from 1, place, raw row) of a source, its progress told on the way."""
    size = size_of(source.path) if isinstance(source, Lines) else 0
    placed = source.placed() if isinstance(source, Lines) else ((0, raw) for raw in source.read())
    last = time.monotonic()
    for line, (place, raw) in enumerate(placed, start=1):
        if files is not None and line % LOOK_EVERY == 0 and time.monotonic() - last > TELL_EVERY_S:
            last = time.monotonic()
            of = line * size // max(1, place) if size else source.total
            _tell(files.progress, line, of)
        yield line, place, raw


def _tell(path: Path, rows: int, of: int) -> None:
    """Nothing hangs on it: it is not forced to the disk, which the index keeps busy."""
    work = path.with_suffix(".telling")
    work.write_text(json.dumps({"rows": rows, "of": of}), encoding="utf-8")
    work.replace(path)


def _described(row: Row, found: Findings) -> dict[str, Any]:
    """A good row's kind, lengths and texts for the index."""
    asked = formats.prompt_messages(row)
    turns = sum(message["role"] != "system" for message in asked) + 1
    kind = formats.kind(row)
    found.kinds[kind] += 1
    found.several += turns > 2
    values: dict[str, Any] = {
        "kind": kind,
        "turns": turns,
        "prompt": sum(len(formats.words(message)) for message in asked),
        "reply": len(formats.reply(row)),
    }
    for name, text in field_texts(row):
        values[f"text_{name}"] = text.casefold()
        values[f"length_{name}"] = len(text) if text.strip() else 0
        found.fields[name] += bool(text.strip())
    return values


def field_texts(row: Row) -> Iterator[tuple[str, str]]:
    """The text of each field that a row has."""
    for name, value in row.items():
        if name == "history":
            text = "\n".join(part for pair in value for part in pair)
        elif name == "messages":
            text = "\n".join(formats.words(message) for message in value)
        elif name == "kto_tag":
            text = "true" if value else "false"
        else:
            text = str(value)
        if name in FIELDS:
            yield name, text.encode("utf-8", "replace").decode("utf-8")
    if "messages" in row and row["messages"] and row["messages"][0]["role"] == "system":
        yield "system", formats.words(row["messages"][0])


def small_index(source: Source, entry: Entry, lost: Sequence[dict[str, Any]]) -> RowIndex:
    """The index of a small dataset, in memory."""
    writer = Writer(None)
    index = writer.finish(scan(source, entry, writer, lost).facts())
    assert index is not None
    return index


def _trim(files: Files) -> None:
    """Keep the newest indexes, twelve at most and 8 GB; this one stays whatever its size. What a
    killed process has left goes too.
    """
    folder = files.index.parent
    for stale in folder.glob(".*-*"):
        if not _alive(stale.name[1:].split("-", 1)[0]):
            shutil.rmtree(stale) if stale.is_dir() else stale.unlink(missing_ok=True)
    kept = sorted(folder.glob("*.duckdb"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    total = 0
    for place, path in enumerate(kept):
        total += sum(size_of(part) for part in (path, Files(path).copy))
        if path != files.index and (place >= KEPT or total > KEPT_BYTES):
            for part in (path, Files(path).copy, Files(path).lock):
                part.unlink(missing_ok=True)


def _alive(number: str) -> bool:
    import psutil

    return number.isdecimal() and psutil.pid_exists(int(number))
