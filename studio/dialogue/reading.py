"""Reading a dialogue job's utterances for the window: sets, pages, speakers, and a place in the text."""

from typing import Any

from studio import documents
from studio.errors import InputError
from studio.store import loads
from studio.workspace import Workspace

COLUMNS = (
    'u.ordinal AS utterance_id, d.name AS document, u."start", u."end", u.text, u.speaker, u.addressee,'
    " u.confidence, u.method, u.scene"
)
MAX_PAGE = 1000


def utterance_sets(workspace: Workspace) -> list[dict[str, Any]]:
    """The utterance sets, newest first: id, name, job, created (Unix seconds), meta, utterances (count)."""
    rows = workspace.store.all(
        "SELECT s.id, s.name, s.job, s.created, s.meta, (SELECT count(*) FROM utterances u WHERE u.set_id = s.id) AS utterances"
        " FROM sets s WHERE s.kind = 'utterances' ORDER BY s.created DESC, s.rowid DESC"
    )
    return [row | {"meta": loads(row["meta"]) or {}} for row in rows]


def page(workspace: Workspace, set_id: str, offset: int = 0, limit: int = 50, speaker: str | None = None) -> list[dict[str, Any]]:
    """Utterances in the order of the text, of one speaker or of all; an empty speaker means the unknown ones."""
    where, values = _where(set_id, speaker)
    return workspace.store.all(
        f"SELECT {COLUMNS} FROM utterances u JOIN documents d ON d.id = u.document WHERE {where} ORDER BY u.ordinal LIMIT ? OFFSET ?",
        [*values, max(0, min(int(limit), MAX_PAGE)), max(0, int(offset))],
    )


def count(workspace: Workspace, set_id: str, speaker: str | None = None) -> int:
    """How many utterances `page` can show."""
    where, values = _where(set_id, speaker)
    return workspace.store.value(f"SELECT count(*) FROM utterances u WHERE {where}", values)


def speakers(workspace: Workspace, set_id: str) -> list[tuple[str, int]]:
    """Each speaker with the number of utterances, most first; "" stands for the unknown ones."""
    rows = workspace.store.all(
        "SELECT ifnull(speaker, '') AS name, count(*) AS n FROM utterances WHERE set_id = ? AND method <> 'quoted'"
        " GROUP BY name ORDER BY n DESC, name", (str(set_id),),
    )
    return [(row["name"], row["n"]) for row in rows]


def passage(workspace: Workspace, set_id: str, utterance_id: int, chars: int = 1500) -> dict[str, Any]:
    """About `chars` characters of the document around an utterance, and the utterances in them.

    Gives text, offset (where text begins in the document), document (its name), utterance_id, and
    utterances with start and end in the document. Raises InputError for an unknown utterance.
    """
    row = workspace.store.one(
        'SELECT document, "start", "end" FROM utterances WHERE set_id = ? AND ordinal = ?', (str(set_id), int(utterance_id)),
    )
    if row is None:
        raise InputError("There is no utterance {id} in this set.", "Choose one from the table.", id=utterance_id)
    document = documents.get(workspace, row["document"])
    text = documents.text(workspace, document)
    spare = max(0, int(chars) - (row["end"] - row["start"]))
    low = max(0, row["start"] - spare // 2)
    high = min(len(text), row["end"] + spare - spare // 2)
    inside = workspace.store.all(
        f'SELECT {COLUMNS} FROM utterances u JOIN documents d ON d.id = u.document WHERE u.set_id = ? AND u.document = ?'
        ' AND u."end" > ? AND u."start" < ? ORDER BY u.ordinal', (str(set_id), row["document"], low, high),
    )
    return {"text": text[low:high], "offset": low, "document": document.name, "utterance_id": int(utterance_id), "utterances": inside}


def _where(set_id: str, speaker: str | None) -> tuple[str, list[Any]]:
    if speaker is None:
        return "u.set_id = ?", [str(set_id)]
    if speaker == "":
        return "u.set_id = ? AND u.speaker IS NULL AND u.method <> 'quoted'", [str(set_id)]
    return "u.set_id = ? AND u.speaker = ?", [str(set_id), str(speaker)]
