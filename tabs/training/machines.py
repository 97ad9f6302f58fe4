"""A training's commands for several devices and machines, from the form as it stands."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio.errors import StudioError
from studio.training import commands
from tabs.kit.forms import Form
from tabs.kit.language import Translated, sentences
from tabs.kit.pasted import Elsewhere
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.wiring import connect


@dataclass(frozen=True)
class Machines:
    """The fold and the text in it."""

    fold: gr.Accordion
    text: gr.Code


def build(translated: Translated) -> Machines:
    """A fold below the form."""
    with gr.Accordion("Commands", open=False, elem_id="training-machines") as fold:
        text = gr.Code(
            "",
            language="shell",
            label="shell",
            interactive=False,
            lines=8,
            max_lines=24,
            wrap_lines=True,
            buttons=["copy"],
        )
    translated.label(fold, "training.machines.title")
    translated.label(text, "training.machines.help")
    return Machines(fold, text)


def wire(
    machines: Machines, form: Form[Any], notice: Any, shared: Shared, elsewhere: Elsewhere
) -> None:
    """Unfolding shows the commands of what the form holds then."""

    def shown(session: Session, values: Values) -> Values:
        try:
            spec = form.read(values, **elsewhere.held(session, values))
            return {machines.text: commands(spec, session.workspace)}
        except StudioError as error:  # nobody has asked for a training yet: no field is marked
            told = " ".join(sentences(session.language, error))
            return {machines.text: f"# {told}"}

    connect(
        shared,
        machines.fold.expand,
        shown,
        inputs=form.inputs | elsewhere.inputs,
        outputs=[machines.text],
        notice=notice,
    )
