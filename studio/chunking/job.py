"""The chunking job: a section of a document is one unit; its chunks and how far the document is are
one transaction.
"""

import functools
from dataclasses import dataclass, field
from typing import Any

from studio import documents, set_tables
from studio.chunking.cut import BY_MEANING, cut_sections
from studio.chunking.encoders import factory
from studio.chunking.encoders.base import Encoder
from studio.chunking.records import Cut
from studio.chunking.sets import borders_file, statistics
from studio.chunking.spec import ChunkJob, ChunkResult
from studio.documents import Document
from studio.documents.handed_text import HandedText, hand
from studio.errors import SpecError
from studio.jobs.context import Job
from studio.jobs.parallel import in_order, is_parallel
from studio.store import chunks, sets, units
from studio.workspace import Workspace


@dataclass
class Note:
    """How far a document is cut, kept in the store: up to `end`, under the headings `above`.

    covered: characters that lie in a chunk. borders: bytes of the borders file. alike: the sum of
    the cosines of which `cohesion` is the mean, over `sentences`. in_speech, in_article: see `Cut`.
    told: what the person should
    know, "" if nothing.
    """

    id: str
    name: str
    chars: int
    chunks: int = 0
    covered: int = 0
    mid_sentence: int = 0
    end: int = 0
    above: list[list[Any]] = field(default_factory=list)
    borders: int = 0
    alike: float = 0.0
    sentences: int = 0
    told: str = ""
    in_speech: int = 0
    in_article: int = 0


def run(spec: ChunkJob, job: Job) -> ChunkResult:
    """Cut each document and write chunks.parquet and chunks.jsonl.

    Raises SpecError, InputError, ModelError, LlmFault.
    """
    chosen = _documents(spec, job)
    set_id, name = f"chunks-{job.id}", spec.name.strip() or chosen[0].name
    with job.store.write() as db:
        sets.add(db, set_id, "chunks", name, job=job.id)
    _cut_all(spec, job, set_id, chosen)
    job.check_stop()
    set_tables.write(job.workspace, set_id, job.folder)
    found = statistics.of_set(job.store, set_id)
    with job.store.write() as db:
        sets.set_meta(db, set_id, found | {"spec": spec.plain()})
    notes = sorted({note["told"] for note in found["documents"] if note.get("told")})
    place = (job.folder / "chunks.parquet").relative_to(job.workspace.path).as_posix()
    return {
        "set": set_id,
        "name": name,
        "documents": len(chosen),
        "chunks": found["chunks"],
        "tokens_median": found["tokens_median"],
        "tokens_max": found["tokens_max"],
        "histogram": found["histogram"],
        "coverage": found["coverage"],
        "mid_sentence_share": found["mid_sentence_share"],
        "cohesion": found["cohesion"],
        "notes": notes,
        "in_speech": sum(note.get("in_speech", 0) for note in found["documents"]),
        "in_article": sum(note.get("in_article", 0) for note in found["documents"]),
        "file": place,
    }


def _documents(spec: ChunkJob, job: Job) -> list[Document]:
    """The chosen documents, each once."""
    if not spec.documents:
        raise SpecError("No document is chosen.", "Add a document or choose one from the list.")
    found = [documents.get(job.workspace, reference) for reference in spec.documents]
    return list({document.id: document for document in found}.values())


def _cut_all(spec: ChunkJob, job: Job, set_id: str, chosen: list[Document]) -> None:
    """Cut what is not cut yet of the documents, in their order."""
    notes = {unit.key: _note(unit.data) for unit in units.of_set(job.store, set_id)}
    waiting = [
        document
        for document in chosen
        if document.id not in notes or notes[document.id].end < document.chars
    ]
    total = sum(document.chars for document in chosen)
    before = total - sum(document.chars for document in waiting)
    if _side_by_side(spec, [document.chars for document in waiting]):
        _cut_side_by_side(spec, job, set_id, waiting, notes, (before, total))
        return
    encoder = factory.make(spec, job.workspace) if waiting and spec.method in BY_MEANING else None
    for document in waiting:
        note = notes.get(document.id) or Note(document.id, document.name, document.chars)
        _cut_document(
            spec,
            job,
            set_id,
            note,
            documents.text(job.workspace, document),
            encoder,
            (before, total),
        )
        before += document.chars
        _log(job, note)
    job.progress(total, total, "characters", force=True)


def _side_by_side(spec: ChunkJob, sizes: list[int]) -> bool:
    """Whether documents are cut in processes side by side. A model's encoder takes all cores, or
    its server's time, by itself."""
    if spec.method in BY_MEANING and spec.encoder != "lexical" and spec.executor == "local":
        return False
    return is_parallel(spec, sizes)


def _cut_side_by_side(
    spec: ChunkJob,
    job: Job,
    set_id: str,
    waiting: list[Document],
    notes: dict[str, Note],
    progress: tuple[int, int],
) -> None:
    """Cut the documents in other processes, and keep their sections in order."""
    begun = [notes.get(d.id) or Note(d.id, d.name, d.chars) for d in waiting]
    tasks = [
        functools.partial(_task, spec, job.workspace, document, note)
        for document, note in zip(waiting, begun, strict=True)
    ]
    done, total = progress
    for number, cuts in in_order(spec, job, cut_task, tasks):
        note = begun[number]
        for cut in cuts or [Cut()]:
            _keep(job, set_id, note, cut)
        _log(job, note)
        done += note.chars
        job.progress(done, total, "characters")
    job.progress(total, total, "characters", force=True)


@dataclass(frozen=True)
class CutTask:
    """A document to cut from `begin`, under the headings `above`."""

    given: HandedText
    spec: ChunkJob
    begin: int
    above: list[list[Any]]


def _task(spec: ChunkJob, workspace: Workspace, document: Document, note: Note) -> CutTask:
    given = hand(workspace, document, whole=spec.executor == "ray")
    return CutTask(given, spec, note.end, note.above)


def cut_task(task: CutTask) -> list[Cut]:
    """The sections of one document, cut; in a process of the pool's or of Ray's."""
    text, workspace = task.given.read(), Workspace(task.given.workspace)
    if not text:
        return []
    return list(
        cut_sections(text, task.spec, begin=task.begin, above=task.above, workspace=workspace)
    )


def _log(job: Job, note: Note) -> None:
    job.log(f"{note.name}: {note.chunks} chunks" + (f". {note.told}" if note.told else ""))


def _note(kept: dict[str, Any]) -> Note:
    """A note from the store; one of an older version, which has no `end`, was written when all was
    done.
    """
    return Note(**({"end": kept["chars"]} | kept))


def _cut_document(
    spec: ChunkJob,
    job: Job,
    set_id: str,
    note: Note,
    text: str,
    encoder: Encoder | None,
    progress: tuple[int, int],
) -> None:
    """Cut a document from where its note ends; progress: characters before it and of all."""

    def told(done: int) -> None:
        job.check_stop()
        job.progress(progress[0] + done, progress[1], "characters")

    if not text:
        _keep(job, set_id, note, Cut())
    for cut in cut_sections(
        text,
        spec,
        told=told,
        encoder=encoder,
        begin=note.end,
        above=note.above,
        workspace=job.workspace,
    ):
        _keep(job, set_id, note, cut)


def _keep(job: Job, set_id: str, note: Note, cut: Cut) -> None:
    """A section's chunks and the document's note, in one transaction; its borders are on disk
    before.
    """
    note.covered += statistics.covered(((chunk.start, chunk.end) for chunk in cut.chunks), note.end)
    note.borders = borders_file.append(
        borders_file.file_of(job.folder, note.id), cut.borders, note.borders
    )
    note.end, note.above = cut.end, cut.above
    note.chunks, note.mid_sentence = (
        note.chunks + len(cut.chunks),
        note.mid_sentence + cut.mid_sentence,
    )
    note.alike, note.sentences = (
        note.alike + cut.cohesion * cut.sentences,
        note.sentences + cut.sentences,
    )
    note.told = note.told or cut.note
    note.in_speech, note.in_article = (
        note.in_speech + cut.in_speech,
        note.in_article + cut.in_article,
    )
    with job.store.write() as db:
        chunks.append(db, set_id, note.id, cut.chunks)
        units.put(db, set_id, note.id, vars(note))
