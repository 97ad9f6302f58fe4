"""The import job: one file is one unit; its row and its done mark are one transaction."""

from pathlib import Path
from typing import Any

from studio.documents import books, incoming, library
from studio.documents.importing import Listed, keep_listed, listed, none_added
from studio.documents.spec import ImportJob, ImportResult
from studio.errors import InputError, SpecError
from studio.jobs.context import Job
from studio.store import documents, sets, units

Note = dict[str, Any]  # of a finished unit: the document it made, or why there is none
MOST_TOLD = 500


def run(spec: ImportJob, job: Job) -> ImportResult:
    """Add every file of every path.

    Raises SpecError, InputError where nothing could be added, WorkspaceError.
    """
    sources = list(dict.fromkeys(path.strip() for path in spec.paths if path.strip()))
    if not sources:
        raise SpecError("No file is chosen.", "Add a file, a folder or a zip.")
    set_id = f"import-{job.id}"
    with job.store.write() as db:
        sets.add(db, set_id, "import", sources[0], job=job.id)
    if not sets.meta_of(job.store, set_id):
        _Import(spec, job, set_id).all(sources)
        # Marked before the uploads go: a kill between the two must not make them look lost.
        with job.store.write() as db:
            sets.set_meta(db, set_id, {"finished": True})
    for source in sources:
        incoming.discard(job.workspace, source)
    result = _result([unit.data for unit in units.of_set(job.store, set_id)])
    made = documents.of_ids(job.store, result["documents"][:MOST_TOLD])
    uncertain = [
        {"name": one.name, "encoding": one.encoding} for one in made if "," in one.encoding
    ]
    # Rows of tables with more cells than columns: which column the surplus belongs to is a guess.
    surplus = [{"name": one.name} | found for one in made if (found := one.meta.get("surplus"))]
    if uncertain:
        result["uncertain"] = uncertain
    if surplus:
        result["surplus"] = surplus
    columns = [
        {
            "name": one.name,
            "column": one.meta["column"],
            "speaker_column": one.meta.get("speaker_column", ""),
        }
        for one in made
        if one.meta.get("column")
    ]
    left_out = [{"name": one.name} | found for one in made if (found := one.meta.get("left_out"))]
    several = [
        {
            "name": one.name,
            "titles": [book["title"] for book in found],
            "apart": spec.take_apart,
        }
        for one in made
        if (found := one.meta.get("books"))
    ]
    if several:
        result["books"] = several
    if columns:
        result["columns"] = columns
    if left_out:
        result["left_out"] = left_out
    if spec.take_apart:
        result["documents"] = _apart(job, result["documents"])
    return result


def _apart(job: Job, ids: list[str]) -> list[str]:
    """The documents, with the books in the place of those that hold several; done again, it gives
    the same documents.
    """
    found: list[str] = []
    for document in (library.get(job.workspace, one) for one in ids):
        parts = (
            books.take_apart(job.workspace, document) if document.meta.get("books") else [document]
        )
        found += [part.id for part in parts]
        if len(parts) > 1:
            job.log(f"{document.name}: taken as {len(parts)} books")
    return list(dict.fromkeys(found))


def _result(notes: list[Note]) -> ImportResult:
    """The job's result from its units' notes.

    Raises the only file's error, or one for all of them, if none was good.
    """
    ids = list(dict.fromkeys(note["document"] for note in notes if "document" in note))
    skipped = [note for note in notes if "what" in note]
    if not ids and len(skipped) == 1:
        error = skipped[0]["error"]
        raise InputError(error["what"], error["do"], **error["values"])
    if not ids:
        raise none_added(len(skipped), skipped[0]["name"] if skipped else "—")
    added = len({note["document"] for note in notes if note.get("new")})
    return {"documents": ids, "added": added, "known": len(ids) - added, "skipped": skipped}


class _Import:
    """One run over the sources; what the units say is finished is passed over."""

    def __init__(self, spec: ImportJob, job: Job, set_id: str) -> None:
        self.spec, self.job, self.set_id = spec, job, set_id
        self.kept = units.keys(job.store, set_id)
        self.files = self.files_total = self.bytes = self.bytes_total = 0

    def all(self, sources: list[str]) -> None:
        """Count everything, so that the progress is true from the start, then add file by file."""
        found: dict[str, list[Listed] | InputError] = {}
        for source in sources:
            try:
                entries = listed(*self._path(source), self.job.stopping)
                found[source] = entries
                self.files_total += len(entries)
                self.bytes_total += sum(one.size for one in entries)
            except InputError as error:
                found[source] = error
                self.files_total += 1  # told when its turn comes
        for source, files in found.items():
            if not isinstance(files, InputError):
                self._add_all(source, files)
                continue
            self.files += 1
            if source not in self.kept:
                self._mark_bad(source, incoming.shown_name(source), files)
        self._tell(force=True)

    def _path(self, source: str) -> tuple[Path, str]:
        if incoming.is_staged(source):
            return incoming.staged(self.job.workspace, source)
        path = Path(source).expanduser()
        if not path.exists():
            raise InputError("There is no file or folder {name}.", "Check the path.", name=source)
        return path, path.name

    def _add_all(self, source: str, entries: list[Listed]) -> None:
        for entry in entries:
            self.job.check_stop()
            key = f"{source}\n{entry.key}"
            if key not in self.kept:
                self._add(key, entry)
            self.files += 1
            self.bytes += entry.size
            self._tell(name=entry.name)

    def _add(self, key: str, entry: Listed) -> None:
        try:
            keep_listed(
                self.job.workspace,
                entry,
                self.spec.text_column,
                self.set_id,
                key,
                self.job.stopping,
                self.spec.speaker_column,
            )
        except InputError as error:
            self._mark_bad(key, entry.name, error)

    def _mark_bad(self, key: str, name: str, error: InputError) -> None:
        note = {"name": name, "what": error.what, "do": error.do, "error": error.as_record()}
        with self.job.store.write() as db:
            units.add_once(db, self.set_id, key, note)
        self.kept.add(key)
        self.job.log(
            f"skipped: {error.sentence}"
            + (f" ({error.__cause__!r:.200})" if error.__cause__ else "")
        )

    def _tell(self, *, force: bool = False, **more: Any) -> None:
        self.job.progress(
            self.files,
            self.files_total,
            "files",
            force=force,
            bytes=self.bytes,
            bytes_total=self.bytes_total,
            **more,
        )
