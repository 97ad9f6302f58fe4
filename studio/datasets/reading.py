"""What the sandbox runs of datasets: taking a file in, a page of rows, an export.

Arguments and results are plain data.

Nothing here is called in the window's process: see `studio.datasets.window`.
"""

from collections import Counter
from dataclasses import asdict
from pathlib import Path, PurePath
from typing import Any

from studio.datasets.assembly import exports
from studio.datasets.checksum import verdict
from studio.datasets.opened import all_problems, main_kind, none_usable, open_dataset
from studio.datasets.paging.row_pages import open_rows
from studio.datasets.paging.row_query import read_query
from studio.datasets.row_forms import formats
from studio.datasets.taking_in.intake import Asked, register_path
from studio.spec import digest
from studio.text.scripts import has_chinese
from studio.workspace import Workspace

LINED = (".jsonl", ".txt")  # of a file's rows that are lines of it
FACTS = ("kinds", "fields", "several", "listed_bad")
TITLE = 120  # characters of a row in a list
LOOKED_AT = 400  # rows from which questions are taken
ASKED_SHORT = 160  # characters of a question that is asked again with pleasure
LONGEST, MOST_ITEMS, MOST_DEEP = 8000, 200, 12  # of what a page shows of one cell


def register(
    workspace: str, paths: list[str], filename: str, dataset: str, asked: dict[str, Any]
) -> dict[str, Any]:
    """Take a file, or files, in as the dataset of that name; name, rows, skipped, problems,
    encoding, odd, form, notes and guessed, as `Registered` has them. asked: see `intake.Asked`.

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
        "notes": made.notes,
        "guessed": made.guessed,
    }


def page(
    workspace: str,
    dataset: str,
    mode: str,
    offset: int,
    limit: int,
    search: str = "",
    where: list[dict[str, Any]] | None = None,
    order: dict[str, Any] | None = None,
    number: int | None = None,
) -> dict[str, Any]:
    """Facts of a dataset and a page of the rows that are looked for (see `row_query`; number: of a
    good row from 0 whose page is wanted instead of that at `offset`): name, formatting, kind,
    ranking, encoding, odd, notes, num_samples, sha1 (see `checksum`), file (what its owner calls
    it), lines (whether its rows are lines of it), chinese (whether the rows are), offset, titles
    (what is asked last in each row, in a line), numbers (theirs in the dataset from 0) and rows:
    tables of fields, of mode chat lists of messages, of tokens none; bad: rows that cannot be used,
    where those were asked for.

    ready: whether every row was looked at. Only then are count, skipped, problems and facts those
    of the whole; before, count and matches are None. Very long texts are cut, and say so. Raises
    StudioError.
    """
    opened = open_rows(Workspace(Path(workspace)), dataset)
    found = opened.page(read_query(search, where, order), offset, limit, number)
    ready, report = opened.index is not None, opened.report
    problems = all_problems(report, found.facts.get("problems", []))
    if ready and not found.count:
        raise none_usable(dataset, problems)
    text = " ".join(str(value)[:500] for row in found.rows[:3] for value in row.values())
    path = str(opened.entry.path)
    return {
        "name": opened.entry.name,
        "ready": ready,
        "count": found.count,
        "matches": found.matches,
        "offset": found.offset,
        "facts": {key: found.facts[key] for key in FACTS} if ready else None,
        "formatting": opened.entry.layout.formatting,
        "kind": main_kind(found.facts.get("kinds") or [formats.kind(row) for row in found.rows]),
        "ranking": opened.entry.ranking,
        "skipped": found.facts.get("skipped", 0) + (report.left_out if report else 0),
        "problems": problems,
        "file": report.file if report else Path(path).name,
        "lines": PurePath(report.file if report else path).suffix.lower() in LINED,
        "encoding": report.encoding if report else "",
        "odd": report.odd if report else 0,
        "notes": report.notes if report else [],
        "num_samples": opened.entry.origin.num_samples,
        "sha1": verdict(opened.entry) if ready else "",
        "chinese": has_chinese(text[:500]),
        "titles": [_title(row) for row in found.rows],
        "numbers": found.numbers,
        "bad": [
            {"line": one.line, "reason": one.reason, "example": one.example} for one in found.bad
        ],
        "rows": []
        if mode == "tokens"
        else [messages(row) if mode == "chat" else shortened(row) for row in found.rows],
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


def _title(row: formats.Row) -> str:
    """What a row asks last, or how its text begins."""
    asked = [turn["content"] for turn in formats.messages(row) if turn["role"] == "user"]
    text = asked[-1] if asked else str(row.get("text", ""))
    return " ".join(text[:TITLE].split())


def export_zip(workspace: str, dataset: str, wish: dict[str, Any]) -> dict[str, Any]:
    """A dataset's export as a zip, as `exports.Exported` has it; wish: the fields of
    `exports.Wish`. Raises StudioError.
    """
    return asdict(exports.zip_as(Workspace.open(workspace), dataset, exports.Wish(**wish)))


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


def messages(row: formats.Row) -> list[dict[str, str]]:
    """A row as turns; of a pair, both replies at the end."""
    turns = [{"role": m["role"], "content": shortened(m["content"])} for m in formats.messages(row)]
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
