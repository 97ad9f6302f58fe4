"""Rows changed in the preview: opened to write in, deleted, added, undone; rated and tagged.

The page sends what was done as events of the preview; what is typed stays in the page until it is
kept (`views/row_edit.js`).
"""

import json
import secrets
from collections.abc import Callable
from typing import Any

from studio.datasets import registry
from studio.datasets.row_changes import edit_log, edits, row_marks, row_work
from studio.errors import InputError, StudioError
from tabs.dataset import chosen
from tabs.dataset.page import CLICK_WAIT_S, PAGE
from tabs.dataset.parts import FIRST, DatasetTab
from tabs.kit import notices
from tabs.kit.lazy import Lazy
from tabs.kit.session import Session, Values
from tabs.kit.wiring import number

Draw = Callable[[DatasetTab, Session, Values, float], Lazy]
MOST_VALUES = 2000  # fields of one row


def answer(
    tab: DatasetTab, session: Session, values: Values, data: dict[str, Any], draw: Draw
) -> Values | None:
    """The answer to what was done with a row; None where the event is about something else."""
    act = ACTS.get(str(data.get("act")))
    if act is None:
        return None
    name = chosen.ready(session, values.get(tab.shown))
    done = act(session, name, data)
    if done.offset is not None:
        # Nothing is looked for that could hide the row.
        page = FIRST | {"of": name, "offset": done.offset}
        values = values | {tab.page: page}
    told = [session.word(f"dataset.row_edit.{done.word}", **done.words)] if done.word else []
    drawn = draw(tab, session, values, CLICK_WAIT_S).draw(tab.view)
    return {
        tab.view: _with(drawn, done.more),
        tab.page: values.get(tab.page) or dict(FIRST),
    } | ({tab.notice: notices.text(session, told[0], good=True)} if told else {})


def with_tools(session: Session, name: str | None, page: Lazy) -> Lazy:
    """The preview with what the page needs to change and mark its rows."""
    if not name:
        return page
    try:
        version = _version(session, name)
    except StudioError:
        return page
    return Lazy(
        (page.version, version), lambda: _with(page.build(), _tools(session, name)), page.at
    )


class Done:
    """What was done: the word that tells it, what goes to the page beyond the preview, and the page
    of rows to turn to.
    """

    def __init__(
        self, word: str = "", offset: int | None = None, words: Any = None, **more: Any
    ) -> None:
        self.word, self.words, self.offset, self.more = word, words or {}, offset, more


def _edit(session: Session, name: str, data: dict[str, Any]) -> Done:
    wanted = number(data, "n")
    found = row_work.open_row(session.workspace, name, wanted - 1)
    return Done(opened=found | {"n": wanted, "token": secrets.token_hex(6)})


def _save(session: Session, name: str, data: dict[str, Any]) -> Done:
    wanted, given = number(data, "n"), data.get("values")
    if not isinstance(given, list) or len(given) > MOST_VALUES:
        raise InputError(
            "The page sent something that cannot be used.", "Reload the page, then try again."
        )
    pairs = [(one.get("path"), one.get("value")) for one in given if isinstance(one, dict)]
    shown = f"{wanted or int(data.get('next') or 0):,}"
    word = "changed" if wanted else "added"
    why = session.word(f"dataset.row_edit.why_{word}", n=shown)
    row = row_work.save_row(
        session.workspace, name, wanted - 1, pairs, why, str(data.get("age") or "")
    )
    offset = None if wanted else row // PAGE * PAGE
    return Done(
        word, offset, {"n": f"{row + 1:,}"}, saved=str(data.get("token") or ""), open=row + 1
    )


def _delete(session: Session, name: str, data: dict[str, Any]) -> Done:
    wanted = number(data, "n")
    shown = {"n": f"{wanted:,}"}
    why = session.word("dataset.row_edit.why_deleted", **shown)
    row_work.delete_row(session.workspace, name, wanted - 1, why, str(data.get("age") or ""))
    return Done("deleted", None, shown)


def _undo(session: Session, name: str, _data: dict[str, Any]) -> Done:
    return Done("undone", None, {"what": row_work.step(session.workspace, name, -1)})


def _redo(session: Session, name: str, _data: dict[str, Any]) -> Done:
    return Done("redone", None, {"what": row_work.step(session.workspace, name, 1)})


def _mark(session: Session, name: str, data: dict[str, Any]) -> Done:
    tags = data.get("tags")
    row_work.mark_row(
        session.workspace,
        name,
        number(data, "n") - 1,
        number(data, "rating"),
        [str(tag) for tag in tags] if isinstance(tags, list) else [],
    )
    return Done()


ACTS: dict[str, Callable[[Session, str, dict[str, Any]], Done]] = {
    "row_edit": _edit,
    "row_save": _save,
    "row_delete": _delete,
    "row_undo": _undo,
    "row_redo": _redo,
    "row_mark": _mark,
}


def _with(value: str, more: dict[str, Any]) -> str:
    """A view's value with more in it; what says when it was read stays its end."""
    if not more:
        return value
    return json.dumps({**more, **json.loads(value)}, ensure_ascii=False, separators=(",", ":"))


def _version(session: Session, name: str) -> tuple[Any, ...]:
    """What changes when rows are changed or marked."""
    place = edit_log.folder(session.workspace, name)
    return (
        edits.age(session.workspace, name),
        *map(_written, (place / "state.json", place / row_marks.FILE)),
    )


def _written(path: Any) -> int:
    try:
        return int(path.stat().st_mtime_ns)
    except OSError:
        return 0


def _tools(session: Session, name: str) -> dict[str, Any]:
    """The file's age, what can be undone and made again, marks by number from 1, and the words."""
    try:
        known = edits.history(session.workspace, name)
        entry = registry.find(session.workspace, name)
        place = edit_log.folder(session.workspace, name)
        there = (place / row_marks.FILE).exists() and entry.path is not None
        marks = row_work.marks(session.workspace, name) if there else {}
    except StudioError:
        return {}
    undo = [one.why for one in known if not one.undone]
    redo = [one.why for one in known if one.undone]
    return {
        "edit": {
            "name": name,
            "age": edits.age(session.workspace, name),
            "undo": undo[-1] if undo else None,
            "redo": redo[0] if redo else None,
            "marks": {str(int(n) + 1): one for n, one in marks.items()},
            "tags": list(dict.fromkeys(tag for one in marks.values() for tag in one["tags"]))[:50],
            "words": session.words("dataset.row_edit.view"),
        }
    }
