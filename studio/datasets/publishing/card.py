"""The dataset card: a README.md as Hugging Face and ModelScope show it, written from what is known.

Its head is YAML that the hubs read (language, licence, splits, size); the rest says in plain words
what stands in the rows and how they were made. Nothing is claimed that the workspace does not know.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from studio.datasets.assembly.gather import origins
from studio.datasets.opened import Dataset, open_dataset
from studio.datasets.publishing.row_sources import COLUMNS, maker
from studio.datasets.row_changes import edits
from studio.datasets.row_forms.write import lay_out
from studio.files import write_text
from studio.store import documents, jobs, sets
from studio.text.scripts import has_chinese
from studio.workspace import Workspace

SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)
LOOKED_AT = 50  # rows from which languages and columns are read
CARD = "README.md"
# Fields of a job that say how its result was made, in the order in which they are told.
TOLD = (
    "op",
    "method",
    "encoder",
    "max_tokens",
    "target",
    "mode",
    "source",
    "provider",
    "model_name_or_path",
    "language",
    "temperature",
    "val_size",
    "seed",
)
MEANING = {
    "instruction": "what is asked",
    "input": "more to the question; may be empty",
    "output": "the answer that is learnt",
    "system": "the system prompt; may be empty",
    "history": "earlier turns, as pairs of question and answer",
    "conversations": "the turns, each with `from` and `value`",
    "messages": "the turns, each with `role` and `content`",
    "chosen": "the better answer",
    "rejected": "the worse answer",
    "kto_tag": "whether the answer is wanted",
    "tools": "the tools that may be called, as JSON",
    "text": "plain text to go on with",
    "source_document": "the document that the row was made from",
    "source_chunk": "the chunk of it",
    "source_start": "where the span begins in the document, in characters",
    "source_end": "where it ends",
    "source_set": "the set of rows that it was taken from",
    "source_row": "its number there",
    "source_model": "the model that wrote it; empty where it is the text's own words",
    "source_edited": "the day on which a person changed or added it",
    "rating": "stars that a person gave, 1 to 5",
    "tags": "words that a person gave",
}


@dataclass(frozen=True)
class Part:
    """One split as it is written. file: its name beside the card."""

    split: str
    dataset: Dataset
    file: str


@dataclass(frozen=True)
class Wishes:
    """What only a person can say. title: "" for the dataset's name; license: an identifier such as
    cc-by-4.0, "" where none is given.
    """

    title: str = ""
    license: str = ""


def card(
    workspace: Workspace, parts: Sequence[Part], columns: Sequence[str], wishes: Wishes
) -> str:
    """The card of a dataset with its splits, the first of them its own. columns: of its rows, as
    they are written. Raises StudioError.
    """
    first = parts[0].dataset
    languages = _languages(first)
    total = sum(part.dataset.count for part in parts)
    head: dict[str, Any] = {
        **({"license": wishes.license} if wishes.license else {}),
        "language": languages,
        "pretty_name": wishes.title or first.name,
        "size_categories": [next((name for most, name in SIZES if total < most), "n>10M")],
        "task_categories": ["text-generation"],
        "tags": [first.kind, first.formatting, "llama-factory"],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": part.split, "path": part.file} for part in parts],
            }
        ],
    }
    body = [
        f"# {wishes.title or first.name}",
        _rows(parts),
        "## Columns",
        _columns(columns),
        "## How it was made",
        _made(workspace, parts),
        "## Use",
        _use(parts),
        *([] if wishes.license else ["## Licence", "No licence was given."]),
    ]
    text = yaml.safe_dump(head, allow_unicode=True, sort_keys=False)
    return f"---\n{text}---\n\n" + "\n\n".join(body) + "\n"


def add_card(
    workspace: Workspace, name: str, formatting: str, file_type: str, folder: Path
) -> None:
    """Write the card of one exported file beside it, as README.md. Raises StudioError."""
    dataset = open_dataset(name, workspace)
    _, rows = lay_out(dataset.rows(0, LOOKED_AT), formatting)
    part = Part("train", dataset, f"{dataset.name}.{file_type}")
    write_text(folder / CARD, card(workspace, [part], list(rows[0]), Wishes()))


def _languages(dataset: Dataset) -> list[str]:
    found: dict[str, None] = {}
    for row in dataset.rows(0, LOOKED_AT):
        text = " ".join(str(value) for value in row.values())[:4000]
        found["zh" if has_chinese(text) else "en"] = None
    return sorted(found)


def _rows(parts: Sequence[Part]) -> str:
    lines = ["| split | rows | form | kind | file |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {part.split} | {part.dataset.count:,} | {part.dataset.formatting} |"
        f" {part.dataset.kind} | `{part.file}` |"
        for part in parts
    ]
    left = sum(part.dataset.skipped for part in parts)
    if left:
        lines.append(f"\n{left:,} rows of the files before could not be used and were left out.")
    return "\n".join(lines)


def _columns(columns: Sequence[str]) -> str:
    told = [
        f"- `{name}`: {MEANING[name]}" if name in MEANING else f"- `{name}`" for name in columns
    ]
    if any(name in COLUMNS for name in columns):
        told.append("\nLLaMA-Factory passes over the columns that begin with `source_`.")
    return "\n".join(told)


def _made(workspace: Workspace, parts: Sequence[Part]) -> str:
    """Documents, steps with their settings, and changes by hand."""
    known = [one for part in parts for one in origins(workspace, part.dataset)]
    told = [_documents(workspace, known), _steps(workspace, parts, known)]
    for part in parts:
        changes = [one for one in edits.history(workspace, part.dataset.name) if not one.undone]
        if changes:
            sums = [sum(getattr(one, what) for one in changes) for what in _HOW]
            told.append(
                f"Rows changed by hand ({part.split}): {sums[0]:,} changed, {sums[1]:,} deleted,"
                f" {sums[2]:,} added."
            )
    report = parts[0].dataset.report
    if not known and report and report.file:
        told.insert(0, f"Taken in from the file `{report.file}`.")
    return "\n\n".join(part for part in told if part) or "Nothing is known of how it was made."


_HOW = ("changed", "deleted", "added")


def _documents(workspace: Workspace, known: Sequence[dict[str, Any]]) -> str:
    counted: dict[str, int] = {}
    for one in known:
        if one.get("document"):
            counted[str(one["document"])] = counted.get(str(one["document"]), 0) + 1
    lines = []
    for ident, rows in counted.items():
        found = documents.get(workspace.store, ident)
        name = f"{found.name} ({found.chars:,} characters)" if found else ident
        lines.append(f"- {name}: {rows:,} rows")
    return "Documents:\n\n" + "\n".join(lines) if lines else ""


def _steps(workspace: Workspace, parts: Sequence[Part], known: Sequence[dict[str, Any]]) -> str:
    """The jobs that led to the rows, the first one first."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    waiting = list(dict.fromkeys(str(one["set"]) for one in known if one.get("set")))
    while waiting:
        kept = sets.get(workspace.store, waiting.pop(0))
        record = maker(workspace, kept)
        if kept is None or record is None or record.id in found:
            continue
        found = {record.id: (record.kind, record.spec), **found}
        before = kept.meta.get("from") or kept.meta.get("utterances") or record.spec.get("chunks")
        waiting += [str(before)] if isinstance(before, str) and before else []
    name = parts[0].dataset.name
    for one in jobs.recent(
        workspace.store, "dataset"
    ):  # the newest first, which made what is there
        if name in ((one.result or {}).get(key) for key in ("dataset", "heldout")):
            found[one.id] = (one.kind, one.spec)
            break
    lines = [f"{n}. {kind}: {_settings(spec)}" for n, (kind, spec) in enumerate(found.values(), 1)]
    return "Steps:\n\n" + "\n".join(lines) if lines else ""


def _settings(spec: dict[str, Any]) -> str:
    told = [
        f"{name} {json.dumps(spec[name], ensure_ascii=False)}"
        for name in TOLD
        if spec.get(name) not in (None, "", [], {})
    ]
    return ", ".join(told) or "as usual"


def _use(parts: Sequence[Part]) -> str:
    name = parts[0].dataset.name
    return (
        "`dataset_info.json` names the files as LLaMA-Factory reads them: put both into its `data`"
        f" folder and train with `dataset: {name}`."
    )
