"""The entries of dataset_info.json: their list with the reason where one cannot be opened, and the
form of the one on show, or of a file that has just come and whose columns nobody knows, with what
its first rows become.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import gradio as gr

from studio import documents, jobs
from studio.datasets import naming, registry, window
from studio.datasets.entry_origin import HUBS
from studio.datasets.registry import Entry
from studio.datasets.row_forms import column_map
from studio.datasets.spec import RegisterJob
from studio.errors import InputError, StudioError
from tabs.dataset import chosen
from tabs.dataset.page import CLICK_WAIT_S, WAIT_S, Reading
from tabs.kit.language import reason, sentences
from tabs.kit.lazy import Lazy
from tabs.kit.session import Session, Values
from tabs.views import payload, view

MODE = "entry"
NOTHING: dict[str, Any] = {"pending": None, "draft": None}
FIELDS = (
    "formatting",
    "ranking",
    *column_map.COLUMNS,
    *column_map.TAGS,
    "num_samples",
    "subset",
    "split",
    "folder",
)
SIDES = ("chosen", "rejected")
LONGEST = 200  # characters of a column's name


@dataclass(frozen=True)
class Entries:
    """The panel: its drawn view, and what is being changed in it. state: "pending", the file that
    waits for its columns ({"file", "filename", "name"}), and "draft", the form of the entry "of"
    which it is, as it stands in the page; None for neither.
    """

    view: gr.HTML
    state: gr.State


def build() -> Entries:
    """Lay the panel out; it stands in the place of the preview while the mode is `entry`."""
    return Entries(
        view("entries", elem_id="dataset-entries", elem_classes=["card"]), gr.State(dict(NOTHING))
    )


def awaiting(session: Session, path: Path, name: str) -> dict[str, Any]:
    """The state in which a file that has come waits for a person to say which column is what."""
    staged = documents.stage(session.workspace, path.name, path)
    return NOTHING | {"pending": {"file": staged, "filename": path.name, "name": name}}


def unknown_columns(error: StudioError) -> bool:
    """Whether a file was refused because nobody knows its columns."""
    return error.what_template.startswith("No known columns")


def drawn(session: Session, wanted: Any, state: Any, *, click: bool = False) -> Lazy:
    """The panel now; `wanted`: the dataset chosen above it."""
    state = state if isinstance(state, dict) else NOTHING
    pending = state.get("pending")
    name = None if pending else chosen.shown(session, wanted)
    draft = state.get("draft") or {}
    given = draft.get("given") if draft.get("of") == (pending or {"name": name})["name"] else None
    age = registry.written(session.workspace)
    looking = _looking(session, pending, name, given, age)
    ready = looking.ready(CLICK_WAIT_S if click else WAIT_S) if looking else True
    mark = ("entries", session.language, session.workspace.path, name, repr(state), age, ready)
    return Lazy(mark, lambda: _value(session, pending, name, draft, looking if ready else None))


def _looking(
    session: Session, pending: Any, name: str | None, given: Any, age: Any
) -> Reading | None:
    """The look at the file's first rows, begun if it is not yet."""
    if pending:
        return _look(session.workspace, "", repr(pending), repr(given or {}), age)
    return _look(session.workspace, name, "", repr(given or {}), age) if name else None


@lru_cache(maxsize=16)
def _look(workspace: Any, name: str, pending: str, given: str, _age: Any) -> Reading:
    import ast

    tried = ast.literal_eval(given)
    if not pending:
        return Reading(lambda: window.look(workspace, dataset=name, given=tried))
    waits = ast.literal_eval(pending)
    path, filename = RegisterJob(file=waits["file"]).place(workspace)
    return Reading(lambda: window.look(workspace, path=path, filename=filename, given=tried))


def _value(
    session: Session, pending: Any, name: str | None, draft: Any, looking: Reading | None
) -> str:
    entries = _listed(session)
    base: dict[str, Any] = {
        "words": session.words("dataset.entry"),
        "fields": {name: session.words(f"dataset.entry.fields.{name}") for name in FIELDS},
        "roles": _roles(session),
        "columns": list(column_map.COLUMNS),
        "tags": list(column_map.TAGS),
        "formattings": list(column_map.FORMATTINGS),
        "entries": [_line(session, entry) for entry in reversed(entries)],
        "open": None,
    }
    one = next((entry for entry in entries if entry.name == name), None)
    if not pending and one is None:
        return payload(base)
    opened: dict[str, Any] = (
        {"name": pending["name"], "filename": pending["filename"], "pending": True}
        if pending
        else _line(session, one)
        if one
        else {}
    )
    found, error = _seen(session, looking)
    if found is None and one is not None:
        found = {"layout": column_map.plain(one.layout), "columns": [], "keys": [], "roles": []}
    of_this = draft.get("of") == opened["name"]
    more = draft.get("more") if of_this else None
    return payload(
        base
        | {
            "key": opened["name"],
            "open": opened,
            "changed": bool(of_this),
            "look": found,
            "error": error,
            "more": more or (_more(one) if one else {}),
        }
    )


def _roles(session: Session) -> dict[str, str]:
    known = session.words("dataset.view")
    names = {one: f"role_{one}" for one in ("system", "user", "assistant")}
    return {one: known[key] for one, key in (names | {s: s for s in SIDES}).items()}


def _listed(session: Session) -> list[Entry]:
    try:
        return registry.entries(session.workspace)
    except StudioError:
        return []  # a damaged dataset_info.json is told by the preview


def _line(session: Session, entry: Entry) -> dict[str, Any]:
    """An entry as the list shows it."""
    kind = entry.origin.kind
    return {
        "name": entry.name,
        "formatting": entry.layout.formatting,
        "ranking": entry.ranking,
        "place": entry.origin.place,
        "hub": HUBS.get(kind, ""),
        "download": bool(entry.path is None and entry.origin.fetched_from),
        "problem": list(sentences(session.language, entry.error)) if entry.error else None,
    }


def _more(entry: Entry) -> dict[str, Any]:
    """What the form holds beside the layout."""
    origin = entry.origin
    return {
        "num_samples": origin.num_samples,
        "subset": origin.subset,
        "split": origin.split,
        "folder": origin.folder,
        "of_hub": origin.kind in HUBS,
    }


def _seen(session: Session, looking: Reading | None) -> tuple[dict[str, Any] | None, Any]:
    """(what the look gave, with reasons in the window's language; or why it could not be)."""
    if looking is None or not looking.done():
        return None, None
    try:
        found = dict(looking.result())
    except StudioError as error:
        return None, list(sentences(session.language, error))
    for part in ("rows", "problems"):
        found[part] = [
            row | ({"reason": reason(session.language, row["reason"])} if "reason" in row else {})
            for row in found[part]
        ]
    return found, None


@dataclass(frozen=True)
class Form:
    """What the page's form holds, checked. given: the layout; more: num_samples, subset, split and
    folder.
    """

    given: dict[str, Any]
    more: dict[str, Any]


def read_form(data: Any) -> Form:
    """The form as the page sent it, which may be forged. Raises InputError."""
    data = data if isinstance(data, dict) else {}

    def names(part: str, known: tuple[str, ...]) -> dict[str, str]:
        given = data.get(part)
        given = given if isinstance(given, dict) else {}
        texts = {key: str(given.get(key) or "").strip()[:LONGEST] for key in known}
        return {key: value for key, value in texts.items() if value}

    formatting = str(data.get("formatting") or "alpaca")
    given: dict[str, Any] = {
        "formatting": formatting,
        "ranking": data.get("ranking") is True,
        "columns": names("columns", column_map.COLUMNS),
        "tags": names("tags", column_map.TAGS),
    }
    column_map.from_entry(given, str(data.get("name") or ""))
    return Form(given, _read_more(data))


def _read_more(data: dict[str, Any]) -> dict[str, Any]:
    number = str(data.get("num_samples") or "").replace(",", "").strip()
    if number and not (number.isascii() and number.isdigit() and 0 < int(number) < 10**9):
        raise InputError(
            "num_samples is not a number of rows.", "Give a whole number, or leave it empty."
        )
    texts = {
        key: str(data.get(key) or "").strip()[:LONGEST] or None
        for key in ("subset", "split", "folder")
    }
    return {"num_samples": int(number) if number else None} | texts


def save(session: Session, name: str, form: Form) -> Entry:
    """Write the form into the entry. Raises StudioError."""
    layout = column_map.from_entry(form.given, name)
    more = dict(form.more)
    if registry.require_listed(session.workspace, name).origin.kind not in HUBS:
        more = {"num_samples": more["num_samples"]}
    elif more["split"] == "train":
        more["split"] = None
    return registry.rewrite(session.workspace, name, layout, **more)


def take(session: Session, pending: dict[str, Any], form: Form) -> str:
    """Start the job that takes the waiting file in with the form's columns; the dataset's name."""
    given = form.given
    name = naming.free_name(session.workspace, str(pending["name"]))
    spec = RegisterJob.read(
        {
            "file": pending["file"],
            "name": name,
            "formatting": given["formatting"],
            "ranking": given["ranking"],
            "columns": given["columns"],
            "tags": given["tags"] if given["formatting"] != "alpaca" else {},
            "num_samples": form.more["num_samples"] or 0,
        }
    )
    jobs.start(session.workspace, spec)
    return name


def download(session: Session, name: str) -> None:
    """Start the job that fetches an entry's rows from its hub. Raises StudioError."""
    jobs.start(session.workspace, RegisterJob(name=name))


def kept(form: Form, of: str) -> Values:
    """The state in which the form of the entry, or waiting file, `of` is being changed."""
    return {"draft": {"of": of, "given": form.given, "more": form.more}}
