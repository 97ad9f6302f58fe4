"""Figures of a dataset: counts, lengths in characters, turns, duplicates."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from studio.datasets.opened import Dataset
from studio.datasets.row_forms import formats
from studio.datasets.row_forms.formats import Row
from studio.spec import digest

QUANTILES = {"min": 0.0, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95, "max": 1.0}


def stats(dataset: Dataset) -> dict[str, Any]:
    """Figures of a registered dataset: `row_stats` with its kind, skipped rows and first
    problems.
    """
    return row_stats(dataset.iterate()) | {
        "name": dataset.name,
        "kind": dataset.kind,
        "skipped": dataset.skipped,
        "problems": dataset.problems,
    }


def row_stats(rows: Iterable[Row]) -> dict[str, Any]:
    """rows, duplicates (rows equal to an earlier one), systems (distinct), kinds, and quantiles in
    characters.

    prompt: everything before the reply; reply: output or chosen; rejected: only for ranking rows.
    """
    prompts, replies, rejected, turns = [], [], [], []
    seen: Counter[str] = Counter()
    systems: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for row in rows:
        asked = formats.prompt_messages(row)
        prompts.append(sum(len(formats.words(m)) for m in asked))
        replies.append(len(formats.reply(row)))
        turns.append(sum(m["role"] != "system" for m in asked) + 1)
        if "rejected" in row:
            rejected.append(len(row["rejected"]))
        seen[digest([asked, formats.reply(row), row.get("rejected")])] += 1
        systems[asked[0]["content"] if asked and asked[0]["role"] == "system" else ""] += 1
        kinds[formats.kind(row)] += 1
    return {
        "rows": len(replies),
        "duplicates": sum(seen.values()) - len(seen),
        "systems": len(systems),
        "kinds": dict(kinds),
        "characters": sum(prompts) + sum(replies) + sum(rejected),
        "prompt": quantiles(prompts),
        "reply": quantiles(replies),
        "turns": quantiles(turns),
    } | ({"rejected": quantiles(rejected)} if rejected else {})


def quantiles(values: Sequence[int]) -> dict[str, int]:
    """min, p25, median, p75, p95 and max of whole numbers, by nearest rank; all 0 for none."""
    ordered = sorted(values) or [0]
    return {name: ordered[round(share * (len(ordered) - 1))] for name, share in QUANTILES.items()}
