"""Reading a dialogue job's utterances for the window: sets, pages, speakers, and a place in the
text.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from studio import documents
from studio.dialogue.characters.text_form import parse_characters
from studio.errors import InputError
from studio.jobs.records import at_rest
from studio.store import sets, utterance_summary, utterances
from studio.store.utterances import StoredUtterance
from studio.workspace import Workspace

COLUMNS = (*(name for name in utterances.FOUND if name != "paragraph"), "decided", "votes")
MAX_PAGE = 1000
CHOICES = 9  # as many as there are number keys


@dataclass(frozen=True)
class UtteranceSet:
    """A set of lines; `meta` holds what it was made with: target, characters (lines of text),
    spec.
    """

    id: str
    name: str
    meta: dict[str, Any]

    @property
    def characters(self) -> str:
        """Its table of persons as lines of text."""
        return self.meta.get("characters") or ""


def utterance_set(workspace: Workspace, wanted: str) -> UtteranceSet:
    """The set of that id, else the newest of that name.

    Raises InputError, JobError while it is being made.
    """
    found = sets.find(workspace.store, "utterances", wanted)
    if found is None or not at_rest(workspace, found.id, "utterances"):
        raise unknown(wanted)
    return UtteranceSet(found.id, found.name, found.meta)


def unknown(set_id: str) -> InputError:
    """The error for a set that is not there."""
    return InputError(
        "There is no set of lines {id}.", "Choose one from the list.", id=str(set_id)[:80] or "—"
    )


def utterance_sets(workspace: Workspace) -> list[dict[str, Any]]:
    """The utterance sets, newest first: id, name, job, created (Unix seconds), meta, utterances
    (count).
    """
    return [
        found.listed | {"utterances": size} for found, size in sets.utterance_sets(workspace.store)
    ]


def page(
    workspace: Workspace,
    set_id: str,
    offset: int = 0,
    limit: int = 50,
    speaker: str | None = None,
    under: float | None = None,
) -> list[dict[str, Any]]:
    """Utterances in the order of the text, of one speaker or of all; an empty speaker means the
    unknown ones.

    under: only the lines in doubt below that confidence. Rows: utterance_id, document (name),
    start, end, text, speaker, addressee, confidence, method, scene, kind, speech, decided (by
    rules, model, person), votes {name: times}, evidence [[why, nats]], others [[name,
    probability]].
    """
    found = utterances.page(
        workspace.store,
        str(set_id),
        limit=max(0, min(int(limit), MAX_PAGE)),
        offset=max(0, int(offset)),
        speaker=_name(speaker),
        under=under,
    )
    return [_row(line) for line in found]


def count(
    workspace: Workspace, set_id: str, speaker: str | None = None, under: float | None = None
) -> int:
    """How many utterances `page` can show."""
    return utterances.count(workspace.store, str(set_id), speaker=_name(speaker), under=under)


def before(
    workspace: Workspace,
    set_id: str,
    utterance_id: int,
    speaker: str | None = None,
    under: float | None = None,
) -> int:
    """How many of those utterances stand before one in the text: its offset in `page`, if it is
    among them.
    """
    return utterances.count(
        workspace.store,
        str(set_id),
        speaker=_name(speaker),
        under=under,
        before=int(utterance_id),
    )


def lines(workspace: Workspace, set_id: str, ids: Iterable[int]) -> list[dict[str, Any]]:
    """Chosen utterances in the order of the text; rows as `page` gives."""
    found = utterances.listed(workspace.store, str(set_id), [int(number) for number in ids])
    return [_row(line) for line in found]


def speakers(workspace: Workspace, set_id: str) -> list[tuple[str, int]]:
    """Each speaker with the number of lines, most first; "" stands for the unknown ones."""
    return utterance_summary.speakers(workspace.store, str(set_id))


def table_names(workspace: Workspace, set_id: str) -> list[str]:
    """The canonical names of the characters that the set was made with."""
    meta = sets.meta_of(workspace.store, str(set_id))
    return [person.name for person in parse_characters(meta.get("characters") or "")]


def passage(
    workspace: Workspace, set_id: str, utterance_id: int, chars: int = 1500
) -> dict[str, Any]:
    """About `chars` characters of the document around an utterance, and the utterances in them.

    Gives text, offset (where text begins in the document), document (its name), utterance_id, and
    utterances with start and end in the document; rows as `page` gives with `choices`: at most nine
    names it may belong to, the likeliest first.
    Raises InputError for an unknown utterance.
    """
    line = utterances.get(workspace.store, str(set_id), int(utterance_id))
    if line is None:
        raise InputError(
            "There is no utterance {id} in this set.", "Choose one from the table.", id=utterance_id
        )
    document = documents.get(workspace, line.document)
    text = documents.text(workspace, document)
    spare = max(0, int(chars) - (line.end - line.start))
    low = max(0, line.start - spare // 2)
    high = min(len(text), line.end + spare - spare // 2)
    inside = utterances.within(workspace.store, str(set_id), line.document, low, high)
    found = [_row(one) for one in inside]
    _add_choices(found, [name for name, _ in speakers(workspace, set_id) if name])
    return {
        "text": text[low:high],
        "offset": low,
        "document": document.name,
        "utterance_id": int(utterance_id),
        "utterances": found,
    }


def _add_choices(rows: list[dict[str, Any]], busiest: list[str]) -> None:
    """Whom each line may belong to: what stands, the next best, who speaks near by in the same
    scene, the busiest.
    """
    for number, row in enumerate(rows):
        near = sorted(
            (abs(place - number), other["speaker"])
            for place, other in enumerate(rows)
            if other["scene"] == row["scene"] and other["speaker"]
        )
        likely = [
            row["speaker"],
            *(name for name, _ in row["others"]),
            *(name for _, name in near),
            *busiest,
        ]
        row["choices"] = list(dict.fromkeys(name for name in likely if name))[:CHOICES]


def _row(line: StoredUtterance) -> dict[str, Any]:
    return (
        {"utterance_id": line.ordinal, "document": line.document_name}
        | {name: getattr(line, name) for name in COLUMNS}
        | {
            "evidence": [list(pair) for pair in line.evidence],
            "others": [list(pair) for pair in line.others],
        }
    )


def _name(speaker: str | None) -> str | None:
    """A name as the window sends it."""
    return None if speaker is None else str(speaker)
