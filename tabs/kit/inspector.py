"""One field as one line of the inspector: its component by its type, its label, its help, what
stands in it while it is empty.

How such a line looks stands in `shell/form.css`, what the page does with it in
`views/inspector.js`.
"""

from collections.abc import Callable
from typing import Any

import gradio as gr

from studio.spec import FieldRow, several
from tabs.kit.language import Translated, choice_label, field_help, field_label, find, word

FIELD = "ink-field"
LINE, CHECK, SLIDE, MANY, PASSAGE, SEGMENTS = (
    [FIELD, shape] for shape in ("line", "check", "slide", "many", "passage", "segments")
)
# From here on a highest value only keeps out what cannot be meant: it is no range that helps.
NO_RANGE = 1_000_000
SEVERAL = "several"  # the widget of a text that names several things of a source


def foot() -> gr.Row:
    """The row of a form's buttons, which stands in the same place on every tab: first the primary
    one, then the others.
    """
    return gr.Row(elem_classes=["foot"])


def start_button(translated: Translated, text: str, name: str, words: str = "") -> gr.Button:
    """The button that starts a form's job, `<name>-start` on the page.

    text: what it says before it is translated; words: the section of its word `start`, where that
    is not called as the button.
    """
    button = gr.Button(text, variant="primary", elem_id=f"{name}-start")
    translated.label(button, f"{words or name}.start", "value")
    return button


def component(kind: str, row: FieldRow, translated: Translated, *, custom: bool) -> Any:
    """The component that fits a field's type, `<kind>-<name>` on the page, with its words
    registered; custom: a list also takes typed values.
    """
    value = shown(row, row.default)
    common: dict[str, Any] = {
        "label": row.name,
        "interactive": True,
        "elem_id": f"{kind}-{row.name}",
        "elem_classes": _shape(row),
    }
    if row.type == "bool":
        made: Any = gr.Checkbox(value=bool(value), **common)
    elif row.type == "choice" or row.source or (row.type == "list" and row.choices):
        made = gr.Dropdown(
            choices=list(row.choices),
            value=value,
            multiselect=row.type == "list" or row.widget == SEVERAL or None,
            allow_custom_value=custom,
            **common,
        )
    elif row.type in ("int", "float") and row.widget == "slider":
        made = gr.Slider(
            0 if row.low is None else row.low,
            100 if row.high is None else row.high,
            value=value,
            step=row.step or (1 if row.type == "int" else 0.01),
            **common,
        )
    elif row.type in ("int", "float") and row.widget != "text":
        made = gr.Number(value=value, precision=0 if row.type == "int" else None, **common)
    else:
        lines = max(2, row.lines) if row.type == "list" else row.lines
        made = gr.Textbox(value=value, lines=lines, max_lines=1 if lines == 1 else 20, **common)
    return translated.add(made, _say(kind, row, made))


def _shape(row: FieldRow) -> list[str]:
    """How a field lies in the form."""
    if row.type == "bool":
        return CHECK
    if row.widget == SEVERAL:
        return MANY
    if row.type == "list":
        return MANY if row.choices or row.source else PASSAGE
    if row.widget == "slider":
        return SLIDE
    return PASSAGE if row.lines > 1 else LINE


def _say(kind: str, row: FieldRow, made: Any) -> Callable[[str], dict[str, Any]]:
    def say(language: str) -> dict[str, Any]:
        words: dict[str, Any] = {
            "label": field_label(language, kind, row.name),
            "info": help_text(language, kind, row),
        }
        if row.choices:
            words["choices"] = [(choice_label(language, kind, row.name, c), c) for c in row.choices]
        if isinstance(made, gr.Textbox | gr.Number):
            words["placeholder"] = placeholder(language, kind, row)
        return words

    return say


def help_text(language: str, kind: str, row: FieldRow) -> str:
    """A field's one line of help, with its range and unit where they add something."""
    text = field_help(language, kind, row)
    tail = _span(language, row)
    return word(language, "punctuation.aside", text=text, aside=tail) if tail else text


def placeholder(language: str, kind: str, row: FieldRow) -> str:
    """What stands in a field while it is empty: what its emptiness means, else its range."""
    empty = find(language, f"fields_of.{kind}.{row.name}.empty")
    return str(empty or find(language, f"fields.{row.name}.empty") or _span(language, row))


def _span(language: str, row: FieldRow) -> str:
    """A number's range and unit, such as "1–8,192 tokens"; of a range without a real end its unit
    alone; "" for other fields.
    """
    if row.widget == "slider" or row.type not in ("int", "float"):
        return ""
    unit = word(language, f"units.{row.unit}") if row.unit else ""
    ends = row.low is not None and row.high is not None and row.high < NO_RANGE
    return " ".join(p for p in (f"{figure(row.low)}–{figure(row.high)}" if ends else "", unit) if p)


def figure(value: float | None) -> str:
    """A bound as people write it: whole numbers in thousands, others with as few digits as they
    need.
    """
    if value is None:
        return ""
    return f"{int(value):,}" if value == int(value) else f"{value:g}"


def shown(row: FieldRow, value: Any) -> Any:
    """A field's value as its component shows it."""
    if row.type == "list" and not (row.choices or row.source):
        return "\n".join(str(item) for item in value or [])
    if row.type == "list":
        return list(value or [])
    if row.widget == SEVERAL:
        return several(value)
    if row.type in ("int", "float") and row.widget == "text":
        return "" if value is None else f"{value:g}"
    if row.source and value == "":
        return None
    return value
