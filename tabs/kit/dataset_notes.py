"""What a finished dataset job tells of its rows: how they were divided, mixed and filled in."""

from typing import Any

from tabs.kit.language import choice_label
from tabs.kit.session import Session

# What the sentence about groups counts, by its name in `build.account`.
GROUPS = {"groups": "groups", "rows": "grouped", "largest": "largest"}


def divided(session: Session, made: dict[str, Any]) -> list[str]:
    """The parts with their rows, what was kept together, and where a part is not as large as it was
    to be.
    """
    split = made.get("split")
    if not split:
        return []
    parts = [
        session.word(f"job.notes.{word}", name=made[name], n=f"{made[count]:,}")
        for word, name, count in (
            ("parts", "dataset", "rows"),
            ("validation", "heldout", "heldout_rows"),
            ("test", "test", "test_rows"),
        )
        if made.get(name)
    ]
    off = [
        session.word(
            f"job.notes.off_{part}", n=f"{split[part]:,}", wanted=f"{split[f'{part}_wanted']:,}"
        )
        for part in ("validation", "test")
        if split[part] != split[f"{part}_wanted"]
    ]
    marked = [session.word("job.notes.marked", n=f"{split['marked']:,}")] if split["marked"] else []
    return [*parts, _together(session, split), *off, *marked, *_strata(session, split)]


def _together(session: Session, split: dict[str, Any]) -> str:
    """What was kept together, in how many groups."""
    if not split["group_by"]:
        return session.word("job.notes.nothing_kept")
    by = session.word("job.notes.and").join(
        choice_label(session.language, "dataset", "group_by", one) for one in split["group_by"]
    )
    if not split["groups"]:
        return session.word("job.notes.no_groups", by=by)
    counts = {key: f"{split[name]:,}" for key, name in GROUPS.items()}
    return session.word("job.notes.groups", by=by, **counts)


def _strata(session: Session, split: dict[str, Any]) -> list[str]:
    """The rows of each value that the split is stratified by."""
    by, none = split.get("stratify_by"), session.word("job.notes.without")
    told = [
        session.word(
            "job.notes.stratum",
            by=by,
            label=_short(one["label"]) or none,
            **{
                key: f"{n:,}"
                for key, n in zip(("train", "validation", "test"), one["rows"], strict=True)
            },
        )
        for one in split.get("labels") or []
    ]
    more = split.get("more_labels")
    return told + ([session.word("job.notes.more_strata", by=by, n=f"{more:,}")] if more else [])


def _short(text: str, most: int = 40) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def mixed(session: Session, made: dict[str, Any]) -> list[str]:
    """What became of each source, and how many places were filled in."""
    told = []
    for one in made.get("mix") or []:
        word = "repeated" if one["repeated"] else "left_out" if one["left_out"] else "taken"
        counts = {key: f"{one[key]:,}" for key in ("rows", "taken", "repeated", "left_out")}
        told.append(session.word(f"job.notes.source_{word}", source=one["source"], **counts))
    if made.get("filled"):
        told.append(session.word("job.notes.filled", n=f"{made['filled']:,}"))
    return told
