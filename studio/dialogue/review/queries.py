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
from studio.store import loads
from studio.workspace import Workspace

COLUMNS = (
    'u.ordinal AS utterance_id, d.name AS document, u."start", u."end", u.text, u.speaker, '
    "u.addressee, u.confidence, u.method,"
    " u.scene, u.kind, u.speech, u.decided, u.votes, u.evidence, u.others"
)
SPOKEN = "u.kind IN ('speech', 'thought')"
# In doubt under the confidence given as a value: nobody has decided it, and it is somebody's line.
DOUBTFUL = f"({SPOKEN} AND u.decided <> 'person' AND (u.speaker IS NULL OR u.confidence < ?))"
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
    row = workspace.store.one(
        (
            "SELECT id, name, meta FROM sets WHERE kind = 'utterances' AND (id = ? OR name = ?)"
            " ORDER BY id = ? DESC, created DESC, rowid DESC"
        ),
        (wanted, wanted, wanted),
    )
    if row is None or not at_rest(workspace, row["id"], "utterances"):
        raise InputError(
            "There is no set of lines {id}.", "Choose one from the list.", id=wanted[:80] or "—"
        )
    return UtteranceSet(row["id"], row["name"], loads(row["meta"]) or {})


def utterance_sets(workspace: Workspace) -> list[dict[str, Any]]:
    """The utterance sets, newest first: id, name, job, created (Unix seconds), meta, utterances
    (count).
    """
    rows = workspace.store.all(
        "SELECT s.id, s.name, s.job, s.created, s.meta, (SELECT count(*) FROM utterances u"
        " WHERE u.set_id = s.id) AS utterances"
        " FROM sets s WHERE s.kind = 'utterances' ORDER BY s.created DESC, s.rowid DESC"
    )
    return [row | {"meta": loads(row["meta"]) or {}} for row in rows]


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
    where, values = _where(set_id, speaker, under)
    return [
        _row(row)
        for row in workspace.store.all(
            (
                f"SELECT {COLUMNS} FROM utterances u JOIN documents d ON d.id = u.document"
                f" WHERE {where} ORDER BY u.ordinal LIMIT ? OFFSET ?"
            ),
            [*values, max(0, min(int(limit), MAX_PAGE)), max(0, int(offset))],
        )
    ]


def count(
    workspace: Workspace, set_id: str, speaker: str | None = None, under: float | None = None
) -> int:
    """How many utterances `page` can show."""
    where, values = _where(set_id, speaker, under)
    return workspace.store.value(f"SELECT count(*) FROM utterances u WHERE {where}", values)


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
    where, values = _where(set_id, speaker, under)
    return workspace.store.value(
        f"SELECT count(*) FROM utterances u WHERE {where} AND u.ordinal < ?",
        [*values, int(utterance_id)],
    )


def lines(workspace: Workspace, set_id: str, ids: Iterable[int]) -> list[dict[str, Any]]:
    """Chosen utterances in the order of the text; rows as `page` gives."""
    wanted = [int(number) for number in ids]
    return [
        _row(row)
        for row in workspace.store.all(
            f"SELECT {COLUMNS} FROM utterances u JOIN documents d ON d.id = u.document"
            f" WHERE u.set_id = ?"
            f" AND u.ordinal IN ({','.join('?' * len(wanted))}) ORDER BY u.ordinal",
            [str(set_id), *wanted],
        )
    ]


def speakers(workspace: Workspace, set_id: str) -> list[tuple[str, int]]:
    """Each speaker with the number of lines, most first; "" stands for the unknown ones."""
    rows = workspace.store.all(
        f"SELECT ifnull(speaker, '') AS name, count(*) AS n FROM utterances u WHERE set_id = ?"
        f" AND {SPOKEN}"
        " GROUP BY name ORDER BY n DESC, name",
        (str(set_id),),
    )
    return [(row["name"], row["n"]) for row in rows]


def table_names(workspace: Workspace, set_id: str) -> list[str]:
    """The canonical names of the characters that the set was made with."""
    meta = workspace.store.value("SELECT meta FROM sets WHERE id = ?", (str(set_id),))
    return [
        person.name
        for person in parse_characters((loads(meta or "{}") or {}).get("characters") or "")
    ]


def passage(
    workspace: Workspace, set_id: str, utterance_id: int, chars: int = 1500
) -> dict[str, Any]:
    """About `chars` characters of the document around an utterance, and the utterances in them.

    Gives text, offset (where text begins in the document), document (its name), utterance_id, and
    utterances with start and end in the document; rows as `page` gives with `choices`: at most nine
    names it may belong to, the likeliest first.
    Raises InputError for an unknown utterance.
    """
    row = workspace.store.one(
        'SELECT document, "start", "end" FROM utterances WHERE set_id = ? AND ordinal = ?',
        (str(set_id), int(utterance_id)),
    )
    if row is None:
        raise InputError(
            "There is no utterance {id} in this set.", "Choose one from the table.", id=utterance_id
        )
    document = documents.get(workspace, row["document"])
    text = documents.text(workspace, document)
    spare = max(0, int(chars) - (row["end"] - row["start"]))
    low = max(0, row["start"] - spare // 2)
    high = min(len(text), row["end"] + spare - spare // 2)
    inside = workspace.store.all(
        f"SELECT {COLUMNS} FROM utterances u JOIN documents d ON d.id = u.document"
        f" WHERE u.set_id = ? AND u.document = ?"
        ' AND u."end" > ? AND u."start" < ? ORDER BY u.ordinal',
        (str(set_id), row["document"], low, high),
    )
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
        told = [
            row["speaker"],
            *(name for name, _ in row["others"]),
            *(name for _, name in near),
            *busiest,
        ]
        row["choices"] = list(dict.fromkeys(name for name in told if name))[:CHOICES]


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return row | {name: loads(row[name]) for name in ("votes", "evidence", "others")}


def _where(set_id: str, speaker: str | None, under: float | None) -> tuple[str, list[Any]]:
    parts: list[str] = ["u.set_id = ?"]
    values: list[Any] = [str(set_id)]
    if speaker == "":
        parts.append(f"u.speaker IS NULL AND {SPOKEN}")
    elif speaker is not None:
        parts.append("u.speaker = ?")
        values.append(str(speaker))
    if under is not None:
        parts.append(DOUBTFUL)
        values.append(under)
    return " AND ".join(parts), values
