"""The table `utterance_edits`: what stood before each decision on lines, the newest last."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from studio.store.columns import dumps, loads
from studio.store.database import Reads, Writes, row, value
from studio.store.utterances import ATTRIBUTION, WEIGHTS, Attribution, weights_of


@dataclass(frozen=True)
class Edit:
    """A decision. utterance: the ordinal of the line that it was made on; before: what stood in all
    the lines that it changed, by their ordinals.
    """

    id: int
    utterance: int
    before: dict[int, Attribution]


def add(db: Writes, set_id: str, utterance: int, before: Mapping[int, Attribution]) -> None:
    """Keep what stood before a decision on a line."""
    # Weights are JSON within the JSON, as they lie in their columns.
    kept = [
        {"ordinal": ordinal}
        | {
            name: dumps(getattr(old, name)) if name in WEIGHTS else getattr(old, name)
            for name in ATTRIBUTION
        }
        for ordinal, old in before.items()
    ]
    db.execute(
        "INSERT INTO utterance_edits (set_id, utterance, before) VALUES (?, ?, ?)",
        (set_id, utterance, dumps(kept)),
    )


def newest(source: Reads, set_id: str) -> Edit | None:
    """The last decision in a set that was not taken back, or None."""
    found = row(
        source,
        "SELECT id, utterance, before FROM utterance_edits WHERE set_id = ?"
        " ORDER BY id DESC LIMIT 1",
        (set_id,),
    )
    if found is None:
        return None
    before = {line["ordinal"]: _attribution(line) for line in loads(found["before"])}
    return Edit(found["id"], found["utterance"], before)


def delete(db: Writes, edit: Edit) -> None:
    """Forget a decision."""
    db.execute("DELETE FROM utterance_edits WHERE id = ?", (edit.id,))


def count(source: Reads, set_id: str) -> int:
    """How many decisions of a set can be taken back."""
    return int(value(source, "SELECT count(*) FROM utterance_edits WHERE set_id = ?", (set_id,)))


def _attribution(line: dict[str, Any]) -> Attribution:
    kept = {name: line[name] for name in ATTRIBUTION}
    return Attribution(**kept | {name: weights_of(line[name]) for name in WEIGHTS})
