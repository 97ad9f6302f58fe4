"""The people of a text as a table beside the text field that holds them: each writes the other;
files in and out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from studio.dialogue import Character, format_characters, parse_characters
from studio.dialogue.characters.cast_files import FORMS, take_in, write_cast
from studio.dialogue.characters.merge import join
from studio.dialogue.characters.text_form import parse_lines, person_of
from studio.dialogue.characters.validate import check, key
from studio.dialogue.review import queries
from studio.errors import InputError, StudioError
from studio.files import export_file
from studio.store import sets
from tabs.kit import export_box, notices
from tabs.kit.export_box import ExportBox
from tabs.kit.forms import Form
from tabs.kit.language import sentences, word
from tabs.kit.lazy import Lazy
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.wiring import connect, number
from tabs.views import payload, view

MOST = 5000
# n: number of the last change that came from the table; text: of the field when the draft failed;
# draft: rows as typed, with the names that are wrong; found: lines seen by Find; rare: speakers
# that wait to be added; proposed: [name, other name, what speaks for one person].
FIRST: dict[str, Any] = {
    "n": 0,
    "text": "",
    "draft": None,
    "bad": [],
    "found": {},
    "rare": [],
    "proposed": [],
}

# What gives the utterance set that is shown.
Chosen = Callable[[Session, Values], str | None]


@dataclass(frozen=True)
class CastBox:
    """The table, what the server knows of it, and its files."""

    state: gr.State
    view: gr.HTML
    upload: gr.UploadButton
    files: ExportBox
    keep: gr.Button


def build(shared: Shared) -> CastBox:
    """Lay the table out."""
    translated = shared.translated
    state = gr.State(dict(FIRST))
    card = view("cast", elem_id="cast-view", elem_classes=["card"])
    with gr.Row(elem_classes=["result-bar", "cast-files"]):
        upload = translated.label(
            gr.UploadButton(
                "Import", size="sm", type="filepath", elem_id="cast-import", min_width=80, scale=0
            ),
            "cast.import",
            "label",
        )
        file_form = gr.Dropdown(
            list(FORMS),
            value=FORMS[0],
            label="form",
            elem_id="cast-form",
            container=False,
            show_label=False,
            min_width=120,
            scale=0,
            interactive=True,
        )
        export = translated.label(
            gr.Button("Export", size="sm", elem_id="cast-export", min_width=80, scale=0),
            "cast.export",
            "value",
        )
        keep = gr.Button("Keep", size="sm", elem_id="cast-keep", min_width=150, scale=0)
        ready = gr.DownloadButton(
            "Download", size="sm", visible=False, elem_id="cast-download", min_width=80, scale=0
        )
    translated.add(
        file_form,
        lambda language: {
            "label": word(language, "cast.export_form"),
            "choices": [(word(language, f"cast.forms.{f}"), f) for f in FORMS],
        },
    )
    translated.label(keep, "cast.keep", "value")
    return CastBox(state, card, upload, ExportBox(file_form, export, ready), keep)


def wire(
    box: CastBox,
    form: Form[Any],
    shared: Shared,
    notice: Any,
    chosen: Chosen = lambda session, values: None,
    inputs: set[Any] | None = None,
) -> None:
    """Changes in the table, typing in the text field, files.

    `chosen` gives the utterance set that is shown, from `inputs`.
    """
    field = form.fields["characters"]
    seen = {box.state, field, *(inputs or set())}
    outputs = [box.view, box.state, field]

    def act(session: Session, values: Values, data: dict[str, Any]) -> Values:
        if data.get("act") == "take":
            set_id = chosen(session, values)
            return written(box, form, session, values, _of_set(session, set_id), set_id)
        if data.get("act") != "rows":
            return {}
        return _kept(box, field, session, values, data, chosen(session, values), notice)

    def typed(session: Session, values: Values) -> Values:
        return {
            box.view: _draw(
                session, values.get(field), values.get(box.state), chosen(session, values)
            )
        }

    # An answer may overtake the end of the event before: the table itself keeps one event under
    # way.
    connect(
        shared,
        box.view.act,
        act,
        inputs=seen,
        outputs=outputs,
        notice=notice,
        event=True,
        trigger_mode="multiple",
    )
    connect(shared, field.input, typed, inputs=seen, outputs=[box.view], trigger_mode="always_last")
    _wire_files(box, form, shared, notice, chosen, seen)


def _wire_files(
    box: CastBox, form: Form[Any], shared: Shared, notice: Any, chosen: Chosen, seen: set[Any]
) -> None:
    """A file's people into the table, and the people of the text field as a file."""
    field = form.fields["characters"]

    def imported(session: Session, values: Values) -> Values:
        path = Path(str(values.get(box.upload) or ""))
        if not path.is_file():
            return {}
        more = take_in(path)
        people = join(parse_characters(field_text(values.get(field))), more)
        done = notices.text(
            session, session.word("cast.imported", n=len(more), name=path.name), good=True
        )
        return {notice: done} | written(box, form, session, values, people, chosen(session, values))

    def export(session: Session, values: Values, kind: str) -> Path:
        people = parse_characters(field_text(values.get(field)))
        if not people:
            raise InputError(
                "There are no characters to export.", "Name some, or press Find characters."
            )
        target = session.workspace.data / "exports"
        return export_file(
            target,
            session.word("cast.file"),
            kind,
            len(people),
            lambda path: write_cast(people, path),
        )

    connect(
        shared,
        box.upload.upload,
        imported,
        inputs=seen,
        outputs=[box.view, box.state, field],
        notice=notice,
        upload=box.upload,
        queue=True,
    )
    export_box.wire(box.files, shared, notice, [field], export)


def watched(box: CastBox, form: Form[Any]) -> set[Any]:
    """What the timer needs to know of the page."""
    return {box.state, form.fields["characters"]}


def views(
    box: CastBox, form: Form[Any], session: Session, values: Values, set_id: str | None = None
) -> dict[Any, Lazy]:
    """The table as the text field, the last change and the set shown make it."""
    text, state = values.get(form.fields["characters"]), values.get(box.state)
    known = FIRST | (state or {})
    lines = queries.speakers(session.workspace, set_id) if set_id else []
    mark = (
        session.language,
        session.workspace.path,
        text,
        known["n"],
        repr(known["draft"]),
        repr(known["found"]),
        set_id,
        lines,
    )
    return {box.view: Lazy(mark, lambda: _draw(session, text, state, set_id))}


def written(
    box: CastBox,
    form: Form[Any],
    session: Session,
    values: Values,
    people: list[Character],
    set_id: str | None = None,
    **more: Any,
) -> Values:
    """The updates that put persons into the text field and the table; `more` changes what the
    server knows of the table.
    """
    text = format_characters(people)
    state = FIRST | (values.get(box.state) or {}) | more | {"draft": None, "bad": []}
    return {
        form.fields["characters"]: gr.update(value=text),
        box.state: state,
        box.view: _draw(session, text, state, set_id, answer=True),
    }


def _kept(
    box: CastBox,
    field: Any,
    session: Session,
    values: Values,
    data: dict[str, Any],
    set_id: str | None,
    notice: Any,
) -> Values:
    """The table's rows as the field's text; those that are wrong stay as typed, and why is told."""
    state = (
        FIRST | (values.get(box.state) or {}) | {"n": number(data, "n"), "draft": None, "bad": []}
    )
    rows = [_plain(row) for row in (data.get("rows") or [])[:MOST] if isinstance(row, dict)]
    text = field_text(values.get(field))
    try:
        people = [person_of(row) for row in rows]
        check(people)
    except StudioError as error:
        state |= {"text": text, "draft": rows, "bad": _bad(error)}
        wrong = notices.text(session, *sentences(session.language, error))
        return {
            box.state: state,
            box.view: _draw(session, text, state, set_id, answer=True),
            notice: wrong,
        }
    text = format_characters(people)
    return {
        field: gr.update(value=text),
        box.state: state,
        box.view: _draw(session, text, state, set_id, answer=True),
    }


def _of_set(session: Session, set_id: str | None) -> list[Character]:
    """The persons that a set of lines was extracted with."""
    meta = sets.meta_of(session.workspace.store, set_id) if set_id else {}
    return parse_characters(field_text(meta.get("characters"))) if meta else []


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the page as plain data; whatever else a page may send is left out."""
    aliases = row.get("aliases")
    return {
        "name": str(row.get("name") or ""),
        "aliases": [str(alias) for alias in aliases] if isinstance(aliases, list) else [],
        "gender": row.get("gender"),
        "colour": row.get("colour"),
    }


def _bad(error: StudioError) -> list[str]:
    """The names that an error speaks of, so that the table marks them."""
    return [value for which, value in error.values.items() if which in ("alias", "name")][:1]


def field_text(value: Any) -> str:
    """The text of a field, with line ends of one kind."""
    return str(value or "").replace("\r\n", "\n").replace("\r", "\n")


def _draw(
    session: Session,
    value: Any,
    known: dict[str, Any] | None,
    set_id: str | None,
    *,
    answer: bool = False,
) -> str:
    """The table's value. answer: it answers a click, so that the page takes it before the field
    shows the text it is made from.
    """
    text, state = field_text(value), FIRST | (known or {})
    people, wrong = parse_lines(text)
    bad: list[str] = []
    drafted = state["draft"] is not None and state["text"] == text
    if drafted:
        people, wrong, bad = [Character(**row) for row in state["draft"]], None, state["bad"]
    elif wrong is None:
        try:
            check(people)
        except InputError as error:
            wrong, bad = error, _bad(error)
    spoken = dict(queries.speakers(session.workspace, set_id)) if set_id else {}
    kept = len(_of_set(session, set_id)) if not people else 0
    taken = {key(name) for person in people for name in person.names}
    rows = [_row(person, spoken, state["found"]) for person in people]
    return payload(
        {
            "n": state["n"],
            "text": text,
            "answer": answer,
            "draft": drafted,
            "rows": sorted(rows, key=lambda row: (-row["lines"], -row["found"])),
            "bad": bad,
            "rare": [
                one
                for one in state["rare"]
                if not taken & {key(name) for name in (one[0], *one[3])}
            ],
            "proposed": state["proposed"],
            "has_lines": bool(spoken),
            "has_found": bool(state["found"]),
            "told": list(sentences(session.language, wrong)) if wrong else None,
            "words": session.words("cast.view"),
            "hues": [session.word(f"cast.hues.h{n}") for n in range(8)],
            "empty": session.words("cast.empty"),
            "take": session.word("cast.take", n=f"{kept:,}") if kept else "",
        }
    )


def _row(person: Character, spoken: dict[str, int], found: dict[str, int]) -> dict[str, Any]:
    """A person as the table shows them: with the lines in the set shown, and those that Find
    saw.
    """
    return {
        "name": person.name,
        "aliases": person.aliases,
        "gender": person.gender,
        "colour": person.colour,
        "lines": sum(spoken.get(name, 0) for name in person.names),
        "found": sum(found.get(name, 0) for name in person.names),
    }
