"""Taking in a file that was handed to us: its encoding, its form and its columns are found out,
then it is registered.

In the window this runs in the sandbox (`studio.datasets.window`), never in the window's process.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from glob import escape as glob_escape
from pathlib import Path, PurePath
from typing import Any

from studio.datasets import naming, registry
from studio.datasets.opened import REPORTED, Index, check_rows, report_place
from studio.datasets.registry import Entry
from studio.datasets.row_forms.chat_messages import refuse_media
from studio.datasets.row_forms.column_guess import guess
from studio.datasets.row_forms.column_map import Layout, entry_of, from_entry, said, sniff
from studio.datasets.row_forms.other_forms import Form, recognise
from studio.datasets.source_files.containers import unpacked
from studio.datasets.source_files.convert import Report, converted
from studio.datasets.source_files.file_folder import joined, require_one_kind
from studio.datasets.source_files.file_kind import kind_of
from studio.datasets.source_files.row_problem import RowProblem
from studio.datasets.source_files.sources import Source, lines_of
from studio.errors import InputError
from studio.files import disk_error, require_space, sync_folder, write_bytes
from studio.text.jsons import dumped
from studio.workspace import Workspace, safe_name

MAX_BYTES = 2 << 30
SNIFFED = 50
EMPTY = b" \t\r\n\xef\xbb\xbf\xff\xfe\0"


@dataclass(frozen=True)
class Registered(Entry):
    """A dataset that was taken in. rows: good ones; skipped: how many could not be used, the first
    20 of them in `problems` ({"row", "reason", "example"}); encoding: as it was read; odd: rows in
    which NaN and the like became null; form: the maker's form that it had (see `other_forms`), ""
    where dataset_info.json has words for it; notes: what else was found out or chosen; guessed: the
    columns, where they are a guess.
    """

    rows: int = 0
    skipped: int = 0
    problems: tuple[dict[str, Any], ...] = ()
    encoding: str = "utf-8"
    odd: int = 0
    form: str = ""
    notes: tuple[str, ...] = ()
    guessed: dict[str, str] = field(default_factory=dict)


def register_file(workspace: Workspace, filename: str, data: bytes, name: str = "") -> Registered:
    """Check `data` as a dataset and register it; see `register_path`."""
    base = PurePath(filename.replace("\\", "/")).name
    name = naming.for_upload(workspace, name or _stem(base))
    _fits(base, len(data))
    require_space(workspace.data, 3 * len(data))
    given = workspace.data / f".incoming-{name}.given"
    try:
        write_bytes(given, data)
        return register_path(workspace, filename, given, name)
    finally:
        given.unlink(missing_ok=True)


@dataclass(frozen=True)
class Asked:
    """How a file is to be taken in. given: the layout that somebody states for it (see
    `column_map.said`), {} to find it out. num_samples: how many rows a training takes of it.
    source: where on a hub it came from. entry: whether an entry of that name stands already and
    waits for this file. guess: whether columns that nobody knows are guessed at.
    """

    given: dict[str, Any] = field(default_factory=dict)
    num_samples: int | None = None
    source: dict[str, Any] | None = None
    entry: bool = False
    guess: bool = False


def register_path(
    workspace: Workspace,
    filename: str,
    path: Path | Sequence[Path],
    name: str = "",
    asked: Asked | None = None,
) -> Registered:
    """Check a file, or files of one kind one after the other, as a dataset and register it; its
    rows are kept under data/, in UTF-8, a row a line, or as parquet.

    filename: what its owner calls it; name: the dataset's name, empty takes the file's own. Rows
    that cannot be read are left out and counted, with an empty line in their place. Raises
    InputError with one sentence for a file of which no row can be used, WorkspaceError for a bad
    name or a full disk. Only what was uploaded under exactly that name is replaced; another set of
    that name is an InputError that offers a free one (`naming.for_upload`).
    """
    base = PurePath(filename.replace("\\", "/")).name
    paths = [path] if isinstance(path, Path) else list(path)
    asked = asked or Asked()
    name = name or _stem(base)
    name = safe_name(name) if asked.entry else naming.for_upload(workspace, name)
    total = sum(one.stat().st_size for one in paths)
    _fits(base, total)
    registry.read_info(workspace)
    with paths[0].open("rb") as file:
        if not file.read(1 << 16).strip(EMPTY) and total <= 1 << 16:
            raise InputError("The file {name} is empty.", "Choose a file with rows.", name=base)
    require_space(workspace.data, 2 * total)
    staged = workspace.data / f".incoming-{name}"
    try:
        made = _staged(paths, base, staged, known=bool(asked.given))
        layout, index, guessed = _checked(made, base, asked)
        place = workspace.data / f"{name}{made.path.suffix}"
        made.path.replace(place)
        sync_folder(workspace.data)
        made.report.keep(report_place(workspace, name), place)
    except OSError as error:
        raise disk_error(error, staged) from error
    finally:
        for part in workspace.data.glob(f".incoming-{glob_escape(name)}.*"):
            if part.suffix != ".given":
                part.unlink(missing_ok=True)
    registry.sidecar(workspace, name).unlink(missing_ok=True)
    if asked.entry:
        entry = registry.fetched(workspace, name, place.name, layout, asked.source or {})
    else:
        entry = registry.register(
            workspace,
            name,
            layout,
            place.name,
            work=naming.work_of_upload(name),
            num_samples=asked.num_samples,
            source=asked.source,
        )
    return _told(entry, made, index, guessed=guessed)


def _told(entry: Entry, made: "Staged", index: Index, *, guessed: bool) -> Registered:
    report = made.report
    problems = sorted([*report.problems, *index.problems], key=lambda problem: problem["row"])[
        :REPORTED
    ]
    return Registered(
        entry.name,
        entry.layout,
        entry.path,
        entry.problem,
        entry.origin,
        rows=index.total - len(index.bad),
        skipped=index.skipped + report.left_out,
        problems=tuple(problems),
        encoding=report.encoding,
        odd=report.odd,
        form=made.form.name if made.form else "",
        notes=tuple(report.notes),
        guessed=entry.layout.columns if guessed else {},
    )


def _stem(base: str) -> str:
    """What a file is called without its ending, and without that of its packing."""
    return PurePath(base[:-3] if base.lower().endswith(".gz") else base).stem


def _fits(base: str, size: int) -> None:
    if size > MAX_BYTES:
        raise InputError("The file {name} is larger than 2 GB.", "Split it first.", name=base)
    if not size:
        raise InputError("The file {name} is empty.", "Choose a file with rows.", name=base)


@dataclass(frozen=True)
class Staged:
    """A file in its final form, not yet in its place. form: the maker's form that it had."""

    path: Path
    source: Source
    report: Report
    form: Form | None = None


def _staged(paths: list[Path], base: str, staged: Path, *, known: bool) -> Staged:
    """The files' rows as jsonl, lines of text or parquet, in a form that the registry has words
    for. known: their layout is, and they are left in the form they have.
    """
    names = [base] if len(paths) == 1 else [path.name for path in paths]
    files = [
        unpacked(path, name, staged.with_name(f"{staged.name}.unpacked{number}"))
        for number, (path, name) in enumerate(zip(paths, names, strict=True))
    ]
    paths, names = [path for path, _ in files], [name for _, name in files]
    base = names[0] if len(names) == 1 else base
    kind = require_one_kind({name: kind_of(path, name) for path, name in files})
    target = staged.with_name(f"{staged.name}.{kind if kind in ('parquet', 'txt') else 'jsonl'}")
    if kind == "parquet":
        from studio.datasets.source_files.parquet import Parquet, join

        if len(paths) > 1:
            join(paths, base, target)
        else:
            Parquet(paths[0], base)  # before it is copied: what it unfolds to
            shutil.copyfile(paths[0], target)
        source: Source = Parquet(target, base)
        report = Report(base, kind)
    else:
        report = _converted(paths, names, kind, target, base)
        source = lines_of(target)
    form = None if kind == "txt" or known else recognise(source.read(0, SNIFFED))
    if form is not None:
        target = staged.with_name(f"{staged.name}.form.jsonl")
        _rewrite(source, form, report, target)
        return Staged(target, lines_of(target), report, form)
    return Staged(target, source, report)


def _converted(paths: list[Path], names: list[str], kind: str, target: Path, base: str) -> Report:
    """Write the rows of the files to `target`, one file after the other; what was lost."""
    if len(paths) == 1:
        return converted(paths[0], base, kind, target)
    part, parts = target.with_name(f"{target.name}.part"), []
    with target.open("wb") as out:
        for path, name in zip(paths, names, strict=True):
            report = converted(path, name, kind, part)
            parts.append((report, report.rows))
            with part.open("rb") as rows:
                shutil.copyfileobj(rows, out)
    return joined(base, parts) or Report(base)


def _rewrite(source: Source, form: Form, report: Report, target: Path) -> None:
    """Write the rows in the form that `form` makes of them; one that cannot be made leaves an empty
    line and is reported.
    """
    with target.open("wb") as out:
        for number, raw in enumerate(source.read(), start=1):
            line = b""
            try:
                if isinstance(raw, RowProblem):
                    raise raw
                if raw is not None:
                    if not isinstance(raw, dict):
                        raise RowProblem("not a table of fields", raw)
                    refuse_media(raw, {})
                    line = dumped(form.made(raw))
            except RowProblem as problem:
                shown = problem.example if problem.example is not None else raw
                report.lose(number, str(problem), "" if shown is problem else shown)
            out.write(line + b"\n")


def _checked(made: Staged, base: str, asked: Asked) -> tuple[Layout, Index, bool]:
    """The layout that was stated, or found in the file, once at least one row can be used with it;
    and whether its columns are a guess.
    """
    source, report = made.source, made.report
    guessed = False
    if asked.given:
        layout = said(asked.given, source.read(0, SNIFFED))
    elif made.form is not None:
        layout = made.form.layout
    elif source.total > report.left_out:
        rows = list(source.read(0, SNIFFED))
        try:
            layout = sniff(rows)
        except InputError:
            if not asked.guess:
                raise
            layout, guessed = guess(rows), True
    else:
        layout = Layout()
    layout = from_entry(entry_of(layout, base), base)  # exactly as it will be read back
    index = check_rows(source, layout)
    if index.total == len(index.bad):
        problems = sorted([*report.problems, *index.problems], key=lambda problem: problem["row"])
        first = problems[0] if problems else {"row": 1, "reason": "the file has no rows"}
        raise InputError(
            "No row of {name} can be used (row {row}: {reason}).",
            "Correct the file, then try again.",
            name=base,
            row=first["row"],
            reason=first["reason"],
        )
    return layout, index, guessed
