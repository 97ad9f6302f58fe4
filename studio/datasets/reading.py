"""What the sandbox runs of datasets: taking a file in, a page of rows, an export.

Arguments and results are plain data.

Nothing here is called in the window's process: see `studio.datasets.window`.
"""

from collections import Counter
from pathlib import Path
from typing import Any

from studio.datasets import exports, formats, registry
from studio.datasets.checksum import verdict
from studio.datasets.intake import Asked, register_path
from studio.datasets.opened import Dataset, open_dataset
from studio.spec import digest
from studio.text.scripts import has_chinese
from studio.workspace import Workspace

TITLE = 120  # characters of a row in a list
LOOKED_AT = 400  # rows from which questions are taken
ASKED_SHORT = 160  # characters of a question that is asked again with pleasure
LONGEST, MOST_ITEMS, MOST_DEEP = 8000, 200, 12  # of what a page shows of one cell


def register(
    workspace: str, paths: list[str], filename: str, dataset: str, asked: dict[str, Any]
) -> dict[str, Any]:
    """Take a file, or files, in as the dataset of that name; name, rows, skipped, problems,
    encoding, odd, form and guessed, as `Registered` has them. asked: see `intake.Asked`.

    Raises StudioError.
    """
    made = register_path(
        Workspace.open(workspace), filename, [Path(one) for one in paths], dataset, Asked(**asked)
    )
    return {
        "name": made.name,
        "rows": made.rows,
        "skipped": made.skipped,
        "problems": made.problems,
        "encoding": made.encoding,
        "odd": made.odd,
        "form": made.form,
        "guessed": made.guessed,
    }


def page(workspace: str, dataset: str, mode: str, offset: int, limit: int) -> dict[str, Any]:
    """Facts of a dataset and the good rows from `offset` on: name, count, formatting, ranking,
    skipped, problems, encoding, odd, num_samples, sha1 (see `checksum`), chinese (whether the rows
    are), titles (what is asked last in each row, in a line), and rows: tables of fields, of mode
    chat lists of messages, of tokens none.

    Very long texts are cut, and say so. Raises StudioError.
    """
    place = Workspace(Path(workspace))
    opened = open_dataset(dataset, place)
    found = opened.rows(offset, limit)
    text = " ".join(str(value)[:500] for row in found[:3] for value in row.values())
    report = opened.report
    return {
        "name": opened.name,
        "count": opened.count,
        "formatting": opened.formatting,
        "ranking": opened.ranking,
        "skipped": opened.skipped,
        "problems": opened.problems,
        "encoding": report.encoding if report else "",
        "odd": report.odd if report else 0,
        "num_samples": opened.num_samples,
        "sha1": verdict(registry.find(place, dataset)),
        "chinese": has_chinese(text[:500]),
        "titles": [_title(opened, row) for row in found],
        "rows": []
        if mode == "tokens"
        else [messages(opened, row) if mode == "chat" else shortened(row) for row in found],
    }


def opening(workspace: str, dataset: str, questions: int) -> dict[str, Any]:
    """{"system": what most of the first 400 rows say first, "" for nothing; "questions": so many of
    them that are asked in rows spread over the set, no two alike}. Raises StudioError.
    """
    opened = open_dataset(dataset, Workspace(Path(workspace)))
    systems: Counter[str] = Counter()
    asked: dict[str, None] = {}
    for row in opened.rows(0, LOOKED_AT):
        turns = opened.messages(row)
        systems[turns[0]["content"] if turns and turns[0]["role"] == "system" else ""] += 1
        if question := next((t["content"] for t in reversed(turns) if t["role"] == "user"), ""):
            asked[question[:LONGEST]] = None
    short = [one for one in asked if len(one) <= ASKED_SHORT] or list(asked)
    step = max(1, len(short) // questions)
    return {
        "system": systems.most_common(1)[0][0] if systems else "",
        "questions": short[::step][:questions],
    }


def _title(opened: Dataset, row: formats.Row) -> str:
    """What a row asks last, or how its text begins."""
    asked = [turn["content"] for turn in opened.messages(row) if turn["role"] == "user"]
    text = asked[-1] if asked else str(row.get("text", ""))
    return " ".join(text[:TITLE].split())


def export_zip(workspace: str, dataset: str, formatting: str, file_type: str) -> str:
    """The path of a dataset's export. Raises StudioError."""
    return str(exports.export_zip(Workspace.open(workspace), dataset, formatting, file_type))


def common(workspace: str, first: str, second: str) -> dict[str, Any]:
    """rows: how many good rows each of two datasets has; both: how many rows of the one are in the
    other too, letter by letter. Raises StudioError.
    """
    place = Workspace(Path(workspace))
    counts = [
        Counter(digest(row) for row in open_dataset(name, place).iterate())
        for name in (first, second)
    ]
    return {
        "rows": [found.total() for found in counts],
        "both": (counts[0] & counts[1]).total(),
    }


def messages(opened: Dataset, row: formats.Row) -> list[dict[str, str]]:
    """A row as turns; of a pair, both replies at the end."""
    turns = [{"role": m["role"], "content": shortened(m["content"])} for m in opened.messages(row)]
    if "chosen" in row:
        turns = [
            *turns[:-1],
            *(
                {"role": side, "content": shortened(str(row[side]))}
                for side in ("chosen", "rejected")
            ),
        ]
    more = len(turns) - MOST_ITEMS
    return (
        turns
        if more <= 0
        else [*turns[:MOST_ITEMS], {"role": "system", "content": f"… (+{more:,})"}]
    )


def shortened(value: Any, depth: int = 0) -> Any:
    """A value fit to be shown: long texts and lists are cut and end with how much is missing, as "…
    (+1,234)".
    """
    if isinstance(value, str):
        return (
            value if len(value) <= LONGEST else f"{value[:LONGEST]} … (+{len(value) - LONGEST:,})"
        )
    if isinstance(value, list | tuple | dict) and depth > MOST_DEEP:
        return "…"
    if isinstance(value, dict):
        kept = {
            str(key)[:200]: shortened(item, depth + 1)
            for key, item in list(value.items())[:MOST_ITEMS]
        }
        return kept if len(value) <= MOST_ITEMS else kept | {"…": f"(+{len(value) - MOST_ITEMS:,})"}
    if isinstance(value, list | tuple):
        items = [shortened(item, depth + 1) for item in value[:MOST_ITEMS]]
        return items if len(value) <= MOST_ITEMS else [*items, f"… (+{len(value) - MOST_ITEMS:,})"]
    return value
