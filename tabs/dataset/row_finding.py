"""What is looked for among the rows on show: a search, filters, an order, a place in the list.

It lives in the page's state beside "offset", and in the workspace, so that it is there after a
reload; it belongs to one dataset.
"""

import json
from functools import lru_cache
from typing import Any

from studio import page_state
from studio.datasets.paging.row_query import (
    FIELDS,
    FILE_ORDER,
    NUMBERS,
    RATING,
    TAG,
    read_query,
)
from studio.datasets.paging.row_server import READER, Scan
from studio.datasets.row_changes import edit_log, row_marks
from studio.errors import StudioError
from studio.workspace import Workspace
from tabs.kit.language import sentences
from tabs.kit.session import Session
from tabs.kit.wiring import number

KEPT = "dataset-rows"
KEYS = ("search", "where", "order", "number")
MARKS = (RATING, TAG)
MOST_TAGS = 8  # that are offered as filters
Page = dict[str, Any]


def now(session: Session, page: Page | None, name: str | None) -> Page:
    """What is looked for in the dataset `name`: as the page says, or after a reload as it was."""
    if page and page.get("of") == name:
        return page
    if not page or "of" not in page:
        kept = _kept(session.workspace)[0]
        if isinstance(kept, dict) and kept.get("of") == name and name:
            return _read(kept, name, max(0, number(kept, "offset")))
    return {"of": name, "offset": 0}


def turned(session: Session, page: Page, data: dict[str, Any], name: str | None) -> Page:
    """The page that an event of the view asks for, kept for the next load. Raises InputError."""
    found = dict(page)
    if data.get("act") == "find":
        found = _read(data, name, 0)
    elif data.get("act") == "jump":
        found["number"] = max(0, number(data, "row") - 1)
    elif "offset" in data:
        found = {key: value for key, value in page.items() if key != "number"}
        found["offset"] = max(0, number(data, "offset"))
    if name and found != page:
        _kept(session.workspace)[0] = found
        page_state.save(session.workspace, {KEPT: found})
    return found


@lru_cache(maxsize=32)
def _kept(workspace: Workspace) -> list[Any]:
    """What was kept last, in a list of one: read once, since every page that nobody has touched yet
    asks for it at each of its questions.
    """
    return [page_state.load(workspace).get(KEPT)]


def _read(given: dict[str, Any], name: str | None, offset: int) -> Page:
    """A page of plain data from outside. Raises InputError for what cannot be looked for."""
    search, where, order = (given.get(key) for key in KEYS[:3])
    query = read_query(search, where, order)
    made: Page = {"of": name, "offset": offset, "search": query.search}
    made["where"] = [one.__dict__ for one in query.where]
    made["order"] = {"by": query.by, "down": query.down}
    if isinstance(given.get("number"), int):
        made["number"] = given["number"]
    return made


def asked(page: Page) -> str:
    """The query as JSON, to tell one reading from another."""
    return json.dumps({key: page[key] for key in KEYS if page.get(key) not in (None, "", [])})


def marked(session: Session, name: str | None) -> int:
    """When a row of the dataset was rated or tagged last; 0 where none is."""
    try:
        place = edit_log.folder(session.workspace, name) / row_marks.FILE if name else None
        return place.stat().st_mtime_ns if place else 0
    except OSError:
        return 0


def by_marks(page: Page) -> bool:
    """Whether rows are looked for by what a person has given to them."""
    return any(one.get("field") in MARKS for one in page.get("where") or [])


def scan(session: Session, name: str | None) -> Scan | None:
    """How far the look at every row of the dataset is; None where it is not under way."""
    try:
        return READER.scan(session.workspace, name) if name else None
    except (StudioError, OSError):
        return None


def shown(
    session: Session, page: Page, found: dict[str, Any], scanned: Scan | None
) -> dict[str, Any]:
    """The header over the list, for the view's script."""
    narrowed = bool(page.get("search") or page.get("where"))
    given = row_marks.read(edit_log.folder(session.workspace, found["name"]))
    return {
        "words": session.words("dataset.find")
        | {
            part: session.words(f"dataset.find.{part}")
            for part in ("tests", "number_tests", "tag_tests", "numbers", "orders")
        },
        "of": found["name"],
        "search": page.get("search", ""),
        "where": page.get("where", []),
        "order": page.get("order") or {"by": FILE_ORDER, "down": False},
        "narrowed": narrowed,
        "ready": found["ready"],
        "count": found["count"],
        "found": session.word("dataset.find.matches", n=f"{found['matches']:,}")
        if narrowed and found["ready"]
        else "",
        "chips": _chips(session, found["facts"]) + _marked(session, given)
        if found["facts"]
        else [],
        "fields": _fields(found["facts"]) + list(MARKS if given else ()) if found["facts"] else [],
        "scan": None if found["ready"] else _progress(session, scanned),
        "error": " ".join(sentences(session.language, scanned.error))
        if scanned and scanned.error
        else "",
        "number": page.get("number"),
    }


def _fields(facts: dict[str, Any]) -> list[str]:
    """What conditions and orders can be about: the fields that any row has, then the lengths."""
    return [name for name in FIELDS if name in facts["fields"]] + list(NUMBERS)


def _chips(session: Session, facts: dict[str, Any]) -> list[dict[str, Any]]:
    """The usual filters with how many rows each finds; those that would find all or none are left
    out.
    """
    kinds = facts["kinds"] if len(facts["kinds"]) > 1 else {}
    all_rows = sum(facts["kinds"].values())
    listed: list[tuple[str, int, dict[str, Any]]] = [
        (kind, n, {"field": "kind", "test": "equals", "value": kind}) for kind, n in kinds.items()
    ]
    system = facts["fields"].get("system", 0)
    for key, n, condition in (
        ("with_system", system, {"field": "system", "test": "filled", "value": ""}),
        ("several", facts["several"], {"field": "turns", "test": "over", "value": "2"}),
    ):
        if 0 < n < all_rows:
            listed.append((session.word(f"dataset.find.{key}"), n, condition))
    if facts["listed_bad"]:
        bad = {"field": "bad", "test": "is", "value": ""}
        listed.append((session.word("dataset.find.bad"), facts["listed_bad"], bad))
    return [{"label": label, "n": n, "condition": condition} for label, n, condition in listed]


def _marked(session: Session, given: row_marks.Marks) -> list[dict[str, Any]]:
    """Filters by the ratings and the most frequent tags that a person has given to rows."""
    counts = row_marks.counts(given)
    stars = [
        {"label": "★" * int(rating), "n": n, "condition": _equals(RATING, rating)}
        for rating, n in counts["ratings"].items()
    ]
    return stars + [
        {"label": f"# {tag}", "n": n, "condition": _equals(TAG, tag)}
        for tag, n in list(counts["tags"].items())[:MOST_TAGS]
    ]


def _equals(field: str, value: str) -> dict[str, str]:
    return {"field": field, "test": "equals", "value": value}


def _progress(session: Session, scanned: Scan | None) -> dict[str, Any]:
    """How far the scan is, in words and as a share of one."""
    rows, of = (scanned.rows, scanned.of) if scanned else (0, 0)
    text = session.word("dataset.find.scanned", n=f"{rows:,}", total=f"{about(of):,}")
    return {
        "text": text if rows else session.word("dataset.find.scanning"),
        "part": min(1.0, rows / of) if of else 0.0,
        "waiting": session.word("dataset.find.waiting"),
    }


def about(count: int) -> int:
    """An estimate with three figures that count."""
    unit: int = 10 ** max(0, len(str(count)) - 3)
    return round(count / unit) * unit


def bad_row(one: dict[str, Any], reason: str, place: str) -> dict[str, Any]:
    """A row that cannot be used, for the view's script."""
    return {
        "n": one["line"],
        "title": one["example"] or reason,
        "bad": {"place": place, "reason": reason, "example": one["example"]},
    }
