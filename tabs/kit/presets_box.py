"""Presets and YAML of a form: choose a preset, see the spec that the button would start, keep
it.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio import presets
from tabs.kit import inspector, notices
from tabs.kit.forms import Form
from tabs.kit.language import Translated, field_label, find
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.wiring import connect

SHOWN = 8  # fields named in the notice of a chosen preset


@dataclass(frozen=True)
class PresetsBox:
    """The box of one form; `kind` is the folder of presets."""

    kind: str
    choice: gr.Dropdown
    fold: gr.Accordion
    yaml: gr.Code
    name: gr.Textbox
    keep: gr.Button


def build(kind: str, translated: Translated) -> PresetsBox:
    """Lay the box out: the dropdown open, the YAML folded."""
    choice = gr.Dropdown(
        _named("en", kind, presets.names(kind)),
        value=None,
        label="preset",
        interactive=True,
        elem_id=f"{kind}-preset",
        elem_classes=inspector.LINE,
    )
    with gr.Accordion("YAML", open=False, elem_id=f"{kind}-yaml") as fold:
        code = gr.Code("", language="yaml", label="YAML", interactive=False, lines=6)
        with gr.Row():
            name = gr.Textbox(
                "",
                label="name",
                interactive=True,
                max_lines=1,
                elem_classes=inspector.LINE,
            )
            keep = gr.Button("Save", size="sm", scale=1, min_width=60)
    translated.add(
        choice,
        lambda language: {
            "label": find(language, "presets.choose"),
            "info": find(language, "presets.help"),
            "choices": _named(language, kind, presets.names(kind)),
        },
    )
    translated.label(fold, "presets.yaml")
    translated.label(code, "presets.yaml_help")
    translated.label(name, "presets.name")
    translated.label(keep, "presets.save", "value")
    return PresetsBox(kind, choice, fold, code, name, keep)


def wire(
    box: PresetsBox,
    form: Form[Any],
    shared: Shared,
    notice: Any,
    extra: Callable[[Values], dict[str, Any]] = lambda values: {},
) -> None:
    """Choosing fills the form; unfolding shows its YAML; saving keeps it in the workspace.

    `extra(values)` gives the spec's fields that another part of the window sets.
    """

    def shown(session: Session, values: Values) -> Values:
        return {box.yaml: form.read(values, **extra(values)).as_yaml(only_changed=True)}

    def kept(session: Session, values: Values) -> Values:
        path = presets.save(
            box.kind,
            str(values.get(box.name) or ""),
            form.read(values, **extra(values)),
            session.workspace,
        )
        choices = _named(session.language, box.kind, presets.names(box.kind, session.workspace))
        return {
            box.choice: gr.update(choices=choices, value=path.stem),
            notice: notices.text(session, session.word("presets.saved", name=path.stem), good=True),
        }

    fill_by(box.choice, box.kind, form, shared, notice)
    connect(
        shared,
        box.fold.expand,
        shown,
        inputs=form.inputs | shared.bar,
        outputs=[box.yaml],
        notice=notice,
    )
    connect(
        shared,
        box.keep.click,
        kept,
        inputs=form.inputs | shared.bar | {box.name},
        outputs=[box.choice],
        notice=notice,
    )


def fill_by(
    choice: gr.Dropdown,
    kind: str,
    form: Form[Any],
    shared: Shared,
    notice: Any,
    fields: Collection[str] | None = None,
) -> None:
    """A chosen preset of `kind` fills the form: all of its settings, or only the fields named. What
    it changed is said.
    """

    def chosen(session: Session, values: Values) -> Values:
        name = values.get(choice)
        if not name:
            return {}
        found = presets.load(kind, name, session.workspace)
        if fields is None:
            updates = form.preset(found)
        else:
            named = form.spec.present_names(found)
            updates = form.fill({key: value for key, value in named.items() if key in fields})
        labels = [
            field_label(session.language, form.spec.KIND, n) for n in form.changed(updates, values)
        ]
        comma = session.word("punctuation.comma")
        shown = comma.join(labels[:SHOWN]) + ("…" if len(labels) > SHOWN else "")
        what = session.word(
            "presets.filled" if labels else "presets.same",
            name=_named(session.language, kind, [name])[0][0],
            n=len(labels),
            fields=shown,
        )
        return updates | {notice: notices.text(session, what, good=True)}

    connect(
        shared,
        choice.input,
        chosen,
        inputs=form.inputs | {choice},
        outputs=form.inputs,
        notice=notice,
        fills=form,
    )


def _named(language: str, kind: str, names: list[str]) -> list[tuple[str, str]]:
    return [(str(find(language, f"presets.names.{kind}.{name}") or name), name) for name in names]
