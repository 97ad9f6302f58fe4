"""What a training is measured on: the rows held out of its dataset are proposed, and told why."""

from typing import Any

import gradio as gr

from studio.datasets import partners
from tabs.kit import notices
from tabs.kit.forms import Choices, Form
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.wiring import connect


def wire(form: Form[Any], notice: Any, shared: Shared) -> None:
    """A dataset that is chosen brings its part for validation along."""
    dataset, measured = form.fields["dataset"], form.fields["eval_dataset"]
    connect(
        shared,
        dataset.input,
        lambda session, values: proposed(form, notice, session, values, values.get(dataset)),
        inputs=[dataset, measured],
        outputs=[measured, notice],
        notice=notice,
    )


def proposed(
    form: Form[Any],
    notice: Any,
    session: Session,
    values: Values,
    dataset: Any,
    offered: Choices | None = None,
) -> Values:
    """The updates of eval_dataset and the notice for a dataset that is chosen.

    A set that someone chose and that belongs to no other dataset stays. offered: the list that has
    the part, where it has just come.
    """
    box = form.fields["eval_dataset"]
    trained, now = _names(dataset), _names(values.get(box))
    parts = {
        one: name
        for name in trained
        if (one := partners.held_out(session.workspace, name)) and one not in trained
    }
    whole = {name: partners.whole_of(session.workspace, name) for name in [*now, *trained]}
    theirs = [name for name in now if not whole[name]]  # chosen for its own sake
    if now and (theirs or set(now) == set(parts)):
        return {}
    if not parts and not now:
        part = next((name for name in trained if whole[name]), "")
        text = session.word("training.on_part", name=part, whole=whole[part]) if part else ""
        return {notice: notices.text(session, text)} if text else {}
    listed: dict[str, Any] = {"choices": offered} if offered is not None else {}
    told = (
        session.word(
            "training.measured_on", names=", ".join(parts), datasets=", ".join(parts.values())
        )
        if parts
        else session.word("training.measured_no_more", names=", ".join(now))
    )
    return {
        box: gr.update(value=list(parts), **listed),
        notice: notices.text(session, told, good=True),
    }


def _names(value: Any) -> list[str]:
    """The datasets that a field names: a list, or names with commas between them."""
    given = value if isinstance(value, list) else str(value or "").split(",")
    return [str(one).strip() for one in given if str(one).strip()]
