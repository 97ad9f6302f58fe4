"""A workspace as it is after an evening with the sample story of one language: chunks, lines and
pairs that were really made; instructions, preferences, a run and a chat that were made up, since
they would take a model.
"""

import json
import time
from pathlib import Path

from studio import jobs
from studio.chunking.spec import ChunkJob
from studio.datasets.spec import DatasetJob
from studio.dialogue import parse_characters
from studio.dialogue.spec import DialogueJob
from studio.inventory import casts, chats
from studio.store import chunks, rows, sets
from studio.store import jobs as job_rows
from studio.store.jobs import JobRow
from studio.store.rows import NewRow
from studio.workspace import Workspace

CAST = {
    "en": (
        "Oren Pell: Oren, Master Pell, the ink-maker, the old man\nTibby Crake: Tibby, the girl",
        "Oren Pell",
    ),
    "zh": ("沈德润: 老沈, 墨老, 沈师傅\n阿苇: 女孩", "沈德润"),
}
SAID = {
    "en": ("What do you grind first?", "Soot, child, and patience after it.", "I grind the soot."),
    "zh": ("先磨什么？", "先磨烟，再磨性子。", "我先磨烟。"),
}
RUN = "train-20260101-120000-abcd"
STEPS = 30


def build(folder: Path, language: str) -> Workspace:
    """Make the workspace; the workers of its jobs run in this machine's home as it is now."""
    workspace = Workspace.open(folder)
    people, target = CAST[language]
    document = f"sample:story.{language}.md"
    made = jobs.start(workspace, ChunkJob(documents=[document], max_tokens=300))
    lines = jobs.start(
        workspace, DialogueJob(documents=[document], characters=people, target=target)
    )
    _done(workspace, made.id)
    pairs = _done(workspace, lines.id)["set"]
    data = jobs.start(workspace, DatasetJob(sources=[pairs], name="voice", val_size=0.1))
    _done(workspace, data.id)
    _rows(workspace, language, f"chunks-{made.id}")
    _run(workspace)
    casts.keep(workspace, "ink" if language == "en" else "墨", parse_characters(people))
    asked, tuned, base = SAID[language]
    turns = {
        voice: [{"role": "user", "content": asked}, {"role": "assistant", "content": said}]
        for voice, said in (("base", base), ("tuned", tuned))
    }
    chats.keep(workspace, "", turns, model="starter", adapter="")
    return workspace


def _done(workspace: Workspace, job: str) -> dict:
    found = jobs.wait(workspace, job, 120)
    assert found.state == "done", found.error
    return found.result


def _rows(workspace: Workspace, language: str, chunk_set: str) -> None:
    """A set of instructions and one of preferences, each row with the chunk that it is of."""
    asked, good, poor = SAID[language]
    found = chunks.named_behind(workspace.store, chunk_set, -1, 12)
    for kind in ("instructions", "preferences"):
        job = f"{kind}-20260101-110000-abcd"
        with workspace.store.write() as db:
            job_rows.add(
                db,
                JobRow(
                    id=job,
                    kind=kind,
                    state="done",
                    spec={"kind": kind},
                    fingerprint=kind,
                    title="voice",
                    progress={"done": len(found), "total": len(found), "unit": "rows"},
                    started=time.time() - 60,
                    ended=time.time(),
                ),
            )
            sets.add(db, f"rows-{job}", "rows", "voice", job=job, meta={})
            for n, chunk in enumerate(found):
                reply = (
                    {"output": chunk.text[:160]}
                    if kind == "instructions"
                    else {"chosen": f"{good} {chunk.text[:90]}", "rejected": poor}
                )
                data = {"system": "", "instruction": f"{asked} ({n + 1})", "input": ""} | reply
                state = "accepted" if n % 3 == 0 else "new"
                rows.add(db, f"rows-{job}", NewRow(unit=f"u{n}", data=data, state=state))


def _run(workspace: Workspace) -> None:
    """A training of thirty steps that was never made, with its curves."""
    run = workspace.run_folder(RUN)
    run.mkdir(parents=True)
    points = [
        {
            "step": i,
            "total_steps": STEPS,
            "epoch": i / 10,
            "loss": 4 - i / 20 + (i % 3) / 9,
            "learning_rate": 1e-3 * (STEPS - i) / STEPS,
            "grad_norm": 1 + (i % 4) / 3,
            "time": i,
        }
        | ({"eval_loss": 4.1 - i / 22} if i % 10 == 0 else {})
        for i in range(1, STEPS + 1)
    ]
    (run / "metrics.jsonl").write_text("".join(json.dumps(p) + "\n" for p in points))
    with workspace.store.write() as db:
        job_rows.add(
            db,
            JobRow(
                id=RUN,
                kind="train",
                state="done",
                spec={
                    "kind": "train",
                    "stage": "sft",
                    "dataset": "voice",
                    "model_name_or_path": "starter",
                },
                fingerprint="x",
                title="voice",
                progress={"done": STEPS, "total": STEPS, "unit": "steps"},
                result={"loss_last": 2.5, "eval_loss": 2.74, "steps": STEPS, "seconds": 90.0},
                started=time.time() - 90,
                ended=time.time(),
            ),
        )
