"""A workspace as it is after months: 30 documents, 30 chunk sets, 5 sets of lines, 60 row sets, 12
datasets, 40 runs.

Used by bench_idle.py and by tests that need much to stand in the lists. Nothing in it is made by a
model.
"""

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio import datasets, documents
from studio.dialogue.records import Utterance
from studio.store import Writes, chunks, jobs, rows, sets, utterances
from studio.store.jobs import JobRow
from studio.store.rows import NewRow
from studio.training import checkpoints
from studio.workspace import Workspace
from tests.filling import Piece

WORDS = (
    "ink paper seal brush river lantern winter letter master pupil garden gate moon tea silk stone"
).split()


@dataclass(frozen=True)
class Sizes:
    """How much of each there is; `points` are logged steps of each run, `steps` those of the newest
    one.
    """

    documents: int = 30
    chunk_sets: int = 30
    chunks: int = 400
    line_sets: int = 5
    lines: int = 300
    row_sets: int = 60
    rows: int = 200
    datasets: int = 12
    runs: int = 40
    points: int = 200
    steps: int = 200


def build(folder: Path, sizes: Sizes = Sizes()) -> Workspace:
    """Make the workspace in `folder`; the same sizes give the same content."""
    workspace, chance = Workspace.open(folder), random.Random(7)
    texts = [
        documents.add_text(workspace, f"book {n:02}.txt", _prose(chance, 60_000))
        for n in range(sizes.documents)
    ]
    with workspace.store.write() as db:
        for n in range(sizes.chunk_sets):
            _job(db, f"chunk-{n:04}", "chunk", n, {"documents": [texts[n % len(texts)].id]})
            set_id = _set(
                db,
                f"chunks-chunk-{n:04}",
                "chunks",
                f"book {n:02}",
                f"chunk-{n:04}",
                n,
                {"tokens_median": 90, "tokens_max": 128},
            )
            pieces = [
                Piece(150 * i, 150 * i + 150, _prose(chance, 150), 40) for i in range(sizes.chunks)
            ]
            chunks.append(db, set_id, texts[n % len(texts)].id, pieces)
        for n in range(sizes.line_sets):
            _job(db, f"dialogue-{n:04}", "dialogue", 100 + n, {"documents": [texts[n].id]})
            set_id = _set(
                db,
                f"utterances-dialogue-{n:04}",
                "utterances",
                f"book {n:02}",
                f"dialogue-{n:04}",
                100 + n,
                {"characters": "Mary\nTom\nAnn"},
            )
            lines = [
                Utterance(
                    start=100 * i,
                    end=100 * i + 60,
                    text=_prose(chance, 60),
                    speaker=chance.choice(["Mary", "Tom", "Ann"]),
                    addressee=None,
                    confidence=chance.random(),
                    method="turn",
                    paragraph=i,
                    speech=i,
                )
                for i in range(sizes.lines)
            ]
            utterances.add(db, set_id, texts[n].id, lines)
        for n in range(sizes.row_sets):
            kind = ("instructions", "preferences", "dialogue")[n % 3]
            _job(db, f"{kind}-{1000 + n}", kind, 200 + n, {})
            set_id = _set(
                db,
                f"rows-{kind}-{1000 + n}",
                "rows",
                f"{kind} {n:02}",
                f"{kind}-{1000 + n}",
                200 + n,
                {},
            )
            made = [
                NewRow(
                    unit=f"u{i}",
                    data=_row(chance, ranking=kind == "preferences"),
                    state=chance.choice(["new", "accepted"]),
                )
                for i in range(sizes.rows)
            ]
            rows.add(db, set_id, *made)
    for n in range(sizes.datasets):
        plain = [_row(chance) for _ in range(50)]
        datasets.register_file(
            workspace, f"set {n:02}.json", json.dumps(plain).encode(), f"set_{n:02}"
        )
    for n in range(sizes.runs):
        _run(workspace, n, sizes.steps if n == sizes.runs - 1 else sizes.points)
    return workspace


def metrics(step: int, total: int) -> dict[str, Any]:
    """One logged step as a training writes it."""
    return {
        "step": step,
        "total_steps": total,
        "epoch": step / max(1, total),
        "loss": 2.6 - 1.4 * step / max(1, total) + 0.1 * ((step * 7919) % 13) / 13,
        "learning_rate": 1e-4 * (1 - step / max(1, total)),
        "grad_norm": 0.8 + ((step * 31) % 7) / 10,
        "tokens_per_s": 900 + step % 60,
    }


def _run(workspace: Workspace, n: int, points: int) -> None:
    run_id = f"train-{n:04}"
    with workspace.store.write() as db:
        _job(
            db,
            run_id,
            "train",
            400 + n,
            {"stage": "sft", "dataset": "set_00", "model_name_or_path": "starter"},
            progress={"done": points, "total": points, "unit": "steps"},
            result={
                "loss_last": 1.4,
                "tokens_per_s": 900.0,
                "steps": points,
                "seconds": 60.0 + 7 * n,
                "eval_loss": 1.5
                + (n * 37 % 41) / 100,  # each run's own; the least is not the newest
            },
        )
    folder = workspace.run_folder(run_id)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.jsonl").write_text(
        "".join(json.dumps(metrics(s, points)) + "\n" for s in range(1, points + 1))
    )
    (folder / "log.txt").write_text("".join(f"12:00:00 step {s}\n" for s in range(points)))
    for name, step in (
        ("adapter", points),
        (f"checkpoint-{points}", points),
        (f"checkpoint-{points // 2}", points // 2),
    ):
        place = folder / name
        place.mkdir(exist_ok=True)
        for file in (
            *checkpoints.ADAPTER,
            *checkpoints.RESUMABLE,
            "special_tokens_map.json",
            "tokenizer.json",
        ):
            (place / file).write_bytes(b"x" * 64)
        checkpoints.sign(place, step, "starter")


def _job(
    db: Writes,
    job_id: str,
    kind: str,
    at: int,
    spec: dict[str, Any],
    *,
    progress: Any = None,
    result: Any = None,
) -> None:
    jobs.add(
        db,
        JobRow(
            id=job_id,
            kind=kind,
            state="done",
            spec={"kind": kind} | spec,
            fingerprint=job_id,
            title=job_id,
            progress=progress or {},
            result=result or {},
            created=1.75e9 + at,
            started=1.75e9 + at,
            ended=1.75e9 + at + 9,
        ),
    )


def _set(
    db: Writes, set_id: str, kind: str, name: str, job: str, at: int, meta: dict[str, Any]
) -> str:
    sets.add(db, set_id, kind, name, job=job, meta=meta, created=1.75e9 + at)
    return set_id


def _row(chance: random.Random, *, ranking: bool = False) -> dict[str, str]:
    asked = {"system": "You are Mary.", "instruction": _prose(chance, 80), "input": ""}
    return asked | (
        {"chosen": _prose(chance, 200), "rejected": _prose(chance, 200)}
        if ranking
        else {"output": _prose(chance, 200)}
    )


def _prose(chance: random.Random, length: int) -> str:
    words = chance.choices(WORDS, k=length // 5)
    return " ".join(f"{word}." if n % 12 == 11 else word for n, word in enumerate(words))[:length]
