"""A row as the form's settings would make it of the lines that are shown, below its fields."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio.dialogue.pairs.example_row import ExampleRow, example_row
from studio.dialogue.spec import DialogueJob, PairFields, PairsJob
from studio.errors import StudioError
from studio.text.scripts import has_chinese
from tabs.dialogue import line_sets
from tabs.kit.forms import Form
from tabs.kit.language import sentences
from tabs.kit.lazy import Lazy
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.wiring import connect
from tabs.views import payload, view

SHOWN = tuple(name for name in PairFields.model_fields if name != "name")
LONGEST = 400  # characters of a text that are shown


@dataclass(frozen=True)
class ExampleBox:
    """The view of the row, and the form whose fields it hangs on."""

    view: gr.HTML
    form: Form[DialogueJob]


def build(form: Form[DialogueJob]) -> ExampleBox:
    """Lay the view out below the form."""
    return ExampleBox(view("example", elem_id="dialogue-example"), form)


def wire(box: ExampleBox, shared: Shared, shown: gr.Dropdown) -> None:
    """Every change of a field, by hand or by a preset, shows the row anew: the view asks for it a
    moment later. An event of the fields' own would hold up what keeps them over a reload.
    """

    def changed(session: Session, values: Values, data: dict[str, Any]) -> Values:
        lines = line_sets.chosen(session, values.get(shown))
        return {box.view: lazy(box, session, values, lines).draw(box.view)}

    connect(
        shared,
        box.view.act,
        changed,
        inputs=watched(box) | {shown},
        outputs=[box.view],
        event=True,
        trigger_mode="always_last",
    )


def watched(box: ExampleBox) -> set[Any]:
    """The fields that the row hangs on."""
    return {box.form.fields[name] for name in SHOWN}


def lazy(box: ExampleBox, session: Session, values: Values, lines: dict[str, Any] | None) -> Lazy:
    """The row of the lines that are shown; nothing where there are none."""
    given = {name: values.get(box.form.fields[name]) for name in SHOWN}
    if lines is None or not lines["utterances"]:
        return Lazy((session.language, None), lambda: payload({}))
    written = session.workspace.store.changes()["utterances"]
    mark = (session.language, lines["id"], written, given)
    return Lazy(mark, lambda: payload(_content(session, given, lines["id"])))


def _content(session: Session, given: dict[str, Any], set_id: str) -> dict[str, Any]:
    """What the view draws: a title and the row's texts, or why there is none."""
    try:
        spec = PairsJob.read(
            {name: value for name, value in given.items() if value is not None}
            | {"utterances": set_id}
        )
        found = example_row(session.workspace, set_id, spec)
    except StudioError as error:
        return {"title": " ".join(sentences(session.language, error)), "fields": []}
    if found is None:
        return {}
    if found.row is None:
        return {"title": _none(session, found), "fields": []}
    title = session.word("dialogue.example.title", name=found.role)
    lang = "zh" if has_chinese(found.row["output"]) else "en"
    return {"title": title, "fields": list(_fields(found.row)), "lang": lang}


def _none(session: Session, found: ExampleRow) -> str:
    """Why none of the lines looked at makes a pair."""
    reasons = session.word("job.notes.and").join(
        session.word(f"job.left_out.{reason}", n=f"{n:,}") for reason, n in found.dropped.items()
    )
    return session.word(
        "dialogue.example.none", name=found.role, n=f"{found.lines:,}", reasons=reasons
    )


def _fields(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Name of a column and its text, in the order in which a model reads them."""
    history = [
        (f"history {number} {side}", text)
        for number, pair in enumerate(row.get("history") or [], 1)
        for side, text in zip(("input", "output"), pair, strict=True)
    ]
    plain = {name: (name, row[name]) for name in ("system", "instruction", "input", "output")}
    ordered = [plain["system"], *history, *(plain[n] for n in ("instruction", "input", "output"))]
    return [(name, _clipped(text)) for name, text in ordered if text]


def _clipped(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
