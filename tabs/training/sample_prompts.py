"""The press that fills in what a training is asked on its way: questions of rows that it does not
learn from.
"""

from typing import Any

import gradio as gr

from studio.training import sample_replies as samples
from studio.training.spec import TrainJob
from tabs.kit import notices
from tabs.kit.forms import Form
from tabs.kit.language import Translated
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.wiring import connect

COUNT = 4
NEEDED = ("dataset", "eval_dataset")


def build(form: Form[TrainJob], translated: Translated) -> gr.Button:
    """The button, in the fold of its fields."""
    with form.folds["samples"]:
        button = gr.Button("From held-out rows", size="sm", elem_id="train-sample-fill")
    translated.label(button, "live.fill", "value")
    return button


def wire(button: gr.Button, form: Form[TrainJob], notice: Any, shared: Shared) -> None:
    """What a press does: prompts and their system prompt, and where they are from."""
    prompts, system = form.fields["sample_prompts"], form.fields["sample_system"]

    def fill(session: Session, values: Values) -> Values:
        held = {name: values.get(form.fields[name]) for name in NEEDED}
        spec = TrainJob.read({name: ",".join(value or []) for name, value in held.items()})
        found = samples.propose(session.workspace, spec, COUNT)
        told = session.word("live.filled", n=len(found.prompts), name=found.dataset)
        joined = session.word("live.joined", n=found.joined) if found.joined else ""
        return {
            prompts: gr.update(value="\n".join(found.prompts)),
            system: gr.update(value=found.system),
            notice: notices.text(session, told, joined, good=bool(found.prompts)),
        }

    connect(
        shared,
        button.click,
        fill,
        inputs=[form.fields[name] for name in NEEDED],
        outputs=[prompts, system, notice],
        notice=notice,
    )
