"""All things of a workspace, with what each is made from and used in."""

import os
from collections import defaultdict
from collections.abc import Container, Iterator
from dataclasses import replace
from pathlib import Path

from studio import documents, presets, secrets
from studio.datasets import registry
from studio.files import size_of
from studio.inventory import casts, chats
from studio.inventory.origins import given
from studio.inventory.things import Kind, Ref, Thing
from studio.jobs import records
from studio.jobs.records import JobRecord
from studio.store import marks, sets
from studio.store.marks import Mark
from studio.store.sets import SetRow
from studio.training import Trained, adapters
from studio.workspace import Workspace

ROW_KINDS: dict[str, Kind] = {
    "dialogue": "pairs",
    "pairs": "pairs",
    "instructions": "instructions",
    "preferences": "preferences",
}
NAMED = 12  # people of a cast whose names are told
PRESET_FOLDERS = (
    *("chunking", "cleaning", "dialogue", "attribute", "instructions", "preferences"),
    *("dataset", "training", "providers", "prompts"),
)


def things(workspace: Workspace) -> list[Thing]:
    """Everything that the workspace holds, the newest first. Empty sets of jobs that came to
    nothing are left out.
    """
    jobs = {record.id: record for record in records.recent(workspace, limit=-1)}
    noted = {Ref(mark.family, mark.id): mark for mark in marks.every(workspace.store)}  # type: ignore[arg-type]
    former = {Ref(ref.family, name): ref for ref, mark in noted.items() for name in mark.former}
    found = [
        *_documents(workspace),
        *_sets(workspace, jobs),
        *_datasets(workspace, jobs, former),
        *_runs(workspace, jobs),
        *_adapters(workspace, jobs),
        *_casts(workspace),
        *_chats(workspace),
        *_presets(workspace),
        *_providers(),
    ]
    found = _joined([_noted(thing, noted.get(thing.ref)) for thing in found], former)
    return sorted(found, key=lambda thing: (-thing.created, thing.name.casefold(), thing.ref))


def folder_bytes(path: Path) -> int:
    """The bytes of all files in a folder and below; 0 where there is none. Links are not
    followed.
    """
    total = 0
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    total += folder_bytes(Path(entry.path))
                elif entry.is_file(follow_symlinks=False):
                    total += entry.stat(follow_symlinks=False).st_size
    except OSError:
        return total
    return total


def _documents(workspace: Workspace) -> Iterator[Thing]:
    for document in documents.listing(workspace):
        files = documents.files_of(workspace, document)
        yield Thing(
            ref=Ref("document", document.id),
            kind="cleaned" if document.parent else "document",
            name=document.name,
            created=document.created,
            bytes=sum(size_of(path) for path in files),
            count=document.chars,
            unit="characters",
            facts={"form": str(document.meta.get("form") or "txt"), "encoding": document.encoding},
            made_from=(Ref("document", document.parent),) if document.parent else (),
        )


def _sets(workspace: Workspace, jobs: dict[str, JobRecord]) -> Iterator[Thing]:
    store = workspace.store
    stand_on = sets.documents_by_set(store)
    cast_named = {_people(casts.text_of(path)): path.stem for path in casts.files(workspace)}
    for found, kind, unit in (
        (sets.chunk_sets(store), "chunks", "chunks"),
        (sets.utterance_sets(store), "lines", "utterances"),
    ):
        for one, size in found:
            job = jobs.get(one.job or "")
            if size or (job and job.active):
                yield _set(
                    workspace,
                    one,
                    job,
                    kind,  # type: ignore[arg-type]
                    size,
                    unit,
                    [
                        *(Ref("document", name) for name in stand_on.get(one.id, ())),
                        *_cast_of(one, kind, cast_named),
                    ],
                )
    for rows_of, size, by_state in sets.row_sets(store):
        job = jobs.get(rows_of.job or "")
        made = _set(
            workspace,
            rows_of,
            job,
            ROW_KINDS.get(job.kind if job else "", "instructions"),
            size,
            "rows",
            [
                *([Ref("set", lines)] if (lines := rows_of.meta.get("utterances")) else []),
                *(given(job.kind, job.spec) if job else ()),
            ],
        )
        yield replace(made, facts={**made.facts, **{k: n for k, n in by_state.items() if n}})


def _set(
    workspace: Workspace,
    one: SetRow,
    job: JobRecord | None,
    kind: Kind,
    size: int,
    unit: str,
    made_from: list[Ref],
) -> Thing:
    spec = job.spec if job else one.meta.get("spec") or {}
    facts = {
        name: str(spec[name])
        for name in ("method", "target", "model_name_or_path")
        if isinstance(spec.get(name), str) and spec[name]
    }
    return Thing(
        ref=Ref("set", one.id),
        kind=kind,
        name=one.name,
        created=one.created,
        # The lines' and the pairs of one job lie in one folder.
        bytes=folder_bytes(workspace.run_folder(job.id)) if job and kind != "pairs" else 0,
        count=size,
        unit=unit,
        facts=facts,
        made_from=tuple(made_from),
        state=job.state if job else "done",
    )


def _datasets(
    workspace: Workspace, jobs: dict[str, JobRecord], former: dict[Ref, Ref]
) -> Iterator[Thing]:
    entries = registry.entries(workspace)
    there = {entry.name for entry in entries}
    made_by: dict[str, JobRecord] = {}
    held_out: set[str] = set()
    for record in jobs.values():  # the newest first, which made what stands there now
        for key in ("dataset", "heldout") if record.kind in ("dataset", "register") else ():
            name = str(record.result.get(key) or "")
            if name not in there:
                name = former.get(Ref("dataset", name), Ref("dataset", "")).id
            if name in there and name not in made_by:
                made_by[name] = record
                held_out |= {name} if key == "heldout" else set()
    for entry in entries:
        job = made_by.get(entry.name)
        facts: dict[str, str | int | float] = {"layout": entry.layout.formatting}
        if entry.ranking:
            facts["ranking"] = "ranking"
        if entry.problem:
            facts["problem"] = entry.problem
        count = None
        if job and not entry.problem:
            key = "heldout_rows" if entry.name in held_out else "rows"
            count = int(job.result.get(key) or 0)
        yield Thing(
            ref=Ref("dataset", entry.name),
            kind="dataset",
            name=entry.name,
            created=_changed(entry.path) if entry.path else 0.0,
            bytes=entry.bytes + size_of(registry.sidecar(workspace, entry.name)),
            count=count,
            unit="rows" if count is not None else "",
            facts=facts,
            made_from=tuple(given(job.kind, job.spec)) if job else (),
        )


def _runs(workspace: Workspace, jobs: dict[str, JobRecord]) -> Iterator[Thing]:
    for record in jobs.values():
        if record.kind not in ("train", "grid"):
            continue
        result, spec = record.result, record.spec.get("base") or record.spec
        facts: dict[str, str | int | float] = {
            name: str(spec[name])
            for name in ("model_name_or_path", "dataset", "stage")
            if spec.get(name)
        }
        for name in ("loss_last", "eval_loss", "seconds"):
            if isinstance(result.get(name), int | float):
                facts[name] = result[name]
        folder = workspace.run_folder(record.id)
        yield Thing(
            ref=Ref("run", record.id),
            kind="run",
            name=record.title or record.id,
            created=record.created,
            bytes=folder_bytes(folder) - sum(folder_bytes(path) for path in weights_of(folder)),
            count=int(result["steps"]) if isinstance(result.get("steps"), int) else None,
            unit="steps",
            facts=facts,
            made_from=tuple(given("train", spec)),
            state=record.state,
        )


def _adapters(workspace: Workspace, jobs: dict[str, JobRecord]) -> Iterator[Thing]:
    """The adapters of each run as one thing: the final one, or the newest checkpoint where it did
    not come to an end.
    """
    by_run: dict[str, list[Trained]] = defaultdict(list)
    for adapter in adapters(workspace):
        by_run[adapter.run_id].append(adapter)
    for run, found in by_run.items():
        record = jobs.get(run)
        folder = workspace.run_folder(run)
        yield Thing(
            ref=Ref("adapter", run),
            kind="adapter",
            name=(record.title if record else "") or run,
            created=(record.ended or record.created) if record else _changed(found[0].path),
            bytes=sum(folder_bytes(path) for path in weights_of(folder)),
            count=found[0].step,
            unit="steps",
            facts={
                "model_name_or_path": found[0].base_model,
                "checkpoints": sum("/" in adapter.name for adapter in found),
            },
            made_from=(Ref("run", run),),
            state=record.state if record else "done",
        )


def weights_of(run: Path) -> list[Path]:
    """The folders of a run that hold weights: its adapter or model, and its checkpoints."""
    return [
        path
        for path in (run / "adapter", run / "model", *run.glob("checkpoint-*"))
        if path.is_dir()
    ]


def _presets(workspace: Workspace) -> Iterator[Thing]:
    for kind in PRESET_FOLDERS:
        for name in presets.own(kind, workspace):
            path = workspace.path / "presets" / kind / f"{name}.yaml"
            yield Thing(
                ref=Ref("preset", f"{kind}/{name}"),
                kind="preset",
                name=name,
                created=_changed(path),
                bytes=size_of(path),
                facts={"of": kind},
            )


def _people(text: str) -> str:
    """The lines of a table of characters as they are compared."""
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def _cast_of(one: SetRow, kind: str, named: dict[str, str]) -> list[Ref]:
    """The cast that a set of lines was found with, where one with just these people is kept."""
    people = _people(str(one.meta.get("characters") or "")) if kind == "lines" else ""
    return [Ref("cast", named[people])] if people in named else []


def _casts(workspace: Workspace) -> Iterator[Thing]:
    for path in casts.files(workspace):
        people = [line.split(":")[0].split("：")[0] for line in casts.text_of(path).splitlines()]
        yield Thing(
            ref=Ref("cast", path.stem),
            kind="cast",
            name=path.stem,
            created=_changed(path),
            bytes=size_of(path),
            count=len(people),
            unit="people",
            facts={"people": ", ".join(name.strip() for name in people[:NAMED])},
        )


def _chats(workspace: Workspace) -> Iterator[Thing]:
    for found in chats.every(workspace):
        facts = {"model_name_or_path": found.model} if found.model else {}
        yield Thing(
            ref=Ref("chat", found.id),
            kind="chat",
            name=found.name,
            created=found.created,
            bytes=size_of(chats.path_of(workspace, found.id)),
            count=found.messages,
            unit="messages",
            facts=facts,
            made_from=(Ref("adapter", found.adapter),) if found.adapter else (),
        )


def _providers() -> Iterator[Thing]:
    for address in secrets.addresses():
        yield Thing(
            ref=Ref("provider", address),
            kind="provider",
            name=secrets.name_of(address),
            created=0.0,
            facts={"address": address, "key": secrets.hint(address)},
        )


def _noted(thing: Thing, mark: Mark | None) -> Thing:
    if mark is None:
        return thing
    return replace(
        thing,
        note=mark.note,
        starred=mark.starred,
        archived=mark.archived,
    )


def _joined(found: list[Thing], former: dict[Ref, Ref]) -> list[Thing]:
    """Only what is there is made from and used in: `made_from` is resolved, `used_in` is its
    reverse.
    """
    known = {thing.ref: thing for thing in found}
    by_name = {
        Ref(thing.ref.family, thing.name): thing.ref
        for thing in found
        if thing.ref.family in ("document", "set")
    }
    other = former | by_name
    uses: dict[Ref, dict[Ref, None]] = defaultdict(dict)
    origins: dict[Ref, tuple[Ref, ...]] = {}
    for thing in found:
        resolved = tuple(
            dict.fromkeys(
                ref for one in thing.made_from if (ref := _known(one, known, other)) is not None
            )
        )
        origins[thing.ref] = tuple(ref for ref in resolved if ref != thing.ref)
        for ref in origins[thing.ref]:
            uses[ref][thing.ref] = None
    return [
        replace(thing, made_from=origins[thing.ref], used_in=tuple(uses.get(thing.ref, ())))
        for thing in found
    ]


def _known(ref: Ref, known: Container[Ref], other: dict[Ref, Ref]) -> Ref | None:
    """A reference of a spec as the thing that is there, now perhaps under another name; a
    checkpoint as the adapter of its run.
    """
    if ref.family == "adapter":
        ref = Ref("adapter", ref.id.split("/")[0])
    found = ref if ref in known else other.get(ref)
    return found if found in known else None


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
