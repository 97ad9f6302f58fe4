"""The chunking job: one document is one unit; its chunks and its done mark are one transaction."""

from typing import Any

from studio import documents
from studio.chunking import encoders, figures
from studio.chunking.cut import cut_text
from studio.chunking.records import Cut
from studio.chunking.spec import ChunkJob
from studio.chunking.tables import write_tables
from studio.documents import Document
from studio.errors import SpecError
from studio.jobs.context import Job
from studio.store import dumps


def run(spec: ChunkJob, job: Job) -> dict[str, Any]:
    """Cut each document and write chunks.parquet and chunks.jsonl. Raises SpecError, InputError, ModelError.

    Result: set, name, documents, chunks, tokens_median, tokens_max, coverage, mid_sentence_share, and file,
    relative to the workspace.
    """
    chosen = _documents(spec, job)
    set_id, name = f"chunks-{job.id}", spec.name.strip() or chosen[0].name
    with job.store.write() as db:
        db.execute("INSERT OR IGNORE INTO sets (id, kind, name, job) VALUES (?, 'chunks', ?, ?)", (set_id, name, job.id))
    _cut_all(spec, job, set_id, chosen)
    job.check_stop()
    file = write_tables(job.store, set_id, job.folder)
    found = figures.of_set(job.store, set_id)
    with job.store.write() as db:
        meta = found | {"spec": spec.plain()}
        db.execute("UPDATE sets SET meta = ? WHERE id = ?", (dumps(meta), set_id))
    told = {key: value for key, value in found.items() if key not in ("documents", "histogram")}
    place = file.relative_to(job.workspace.path).as_posix()
    return {"set": set_id, "name": name, "documents": len(chosen), **told, "file": place}


def _documents(spec: ChunkJob, job: Job) -> list[Document]:
    """The chosen documents, each once."""
    if not spec.documents:
        raise SpecError("No document is chosen.", "Add a document or choose one from the list.")
    found = [documents.get(job.workspace, reference) for reference in spec.documents]
    return list({document.id: document for document in found}.values())


def _cut_all(spec: ChunkJob, job: Job, set_id: str, chosen: list[Document]) -> None:
    """Cut those documents that have no done mark yet."""
    kept = {row["key"] for row in job.store.all("SELECT key FROM units WHERE set_id = ?", (set_id,))}
    waiting = [document for document in chosen if document.id not in kept]
    total = sum(document.chars for document in chosen)
    before = total - sum(document.chars for document in waiting)
    encoder = encoders.make(spec.encoder) if waiting and spec.method == "semantic" else None
    for document in waiting:

        def told(done: int, before: int = before) -> None:
            job.check_stop()
            job.progress(before + done, total, "characters")

        cut = cut_text(documents.text(job.workspace, document), spec, told, encoder)
        _keep(job, set_id, document, cut)
        before += document.chars
    job.progress(total, total, "characters", force=True)


def _keep(job: Job, set_id: str, document: Document, cut: Cut) -> None:
    """A document's chunks and its done mark, in one transaction."""
    note = {
        "id": document.id, "name": document.name, "chars": document.chars, "chunks": len(cut.chunks),
        "covered": figures.covered((chunk.start, chunk.end) for chunk in cut.chunks), "mid_sentence": cut.mid_sentence,
    }
    with job.store.write() as db:
        first = db.execute("SELECT ifnull(max(ordinal) + 1, 0) FROM chunks WHERE set_id = ?", (set_id,)).fetchone()[0]
        db.executemany(
            'INSERT INTO chunks (set_id, document, ordinal, "start", "end", tokens, text, heading) VALUES (?,?,?,?,?,?,?,?)',
            [
                (set_id, document.id, first + i, c.start, c.end, c.tokens, c.text, c.heading)
                for i, c in enumerate(cut.chunks)
            ],
        )
        db.execute("INSERT INTO units (set_id, key, note) VALUES (?,?,?)", (set_id, document.id, dumps(note)))
    job.log(f"{document.name}: {len(cut.chunks)} chunks")
