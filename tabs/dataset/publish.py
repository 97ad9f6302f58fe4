"""Handing the dataset on show over: its card to look at and change, then a zip or a hub. Before
anything leaves this machine the window says what goes where, and asks.
"""

import functools
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio import jobs, secrets
from studio.datasets import registry
from studio.datasets.publishing.spec import PublishJob
from studio.datasets.row_changes import row_work
from studio.errors import InputError
from studio.files import human_size
from tabs.dataset import chosen
from tabs.kit import forms, inspector, job_status, notices
from tabs.kit.forms import Form
from tabs.kit.language import Translated
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.wiring import connect

HIDDEN: dict[str, Any] = {"visible": False}


@dataclass(frozen=True)
class Publish:
    """The box by name. key: the hub's access token, which goes into the key file and never back;
    sure: what goes where, with the buttons that send it or not.
    """

    form: Form[PublishJob]
    card: gr.Textbox
    look: gr.Button
    key: gr.Textbox
    keep: gr.Button
    start: gr.Button
    sure: gr.Markdown
    send: gr.Button
    leave: gr.Button


def build(translated: Translated) -> Publish:
    """Lay the box out, folded."""
    with gr.Accordion("Publish", open=False, elem_id="dataset-publish-fold") as fold:
        form = forms.build(PublishJob, translated)
        key = gr.Textbox(
            "",
            label="token",
            type="password",
            interactive=True,
            max_lines=1,
            elem_id="publish-key",
            elem_classes=inspector.LINE,
        )
        keep = gr.Button("Keep", size="sm", elem_id="publish-key-keep")
        card = gr.Textbox(
            "",
            label="card",
            lines=12,
            max_lines=30,
            interactive=True,
            visible=False,
            elem_id="publish-card",
            elem_classes=inspector.PASSAGE,
        )
        look = gr.Button("Card", size="sm", elem_id="publish-look")
        sure = gr.Markdown("", visible=False, elem_id="publish-sure")
        start = gr.Button("Publish", size="sm", elem_id="publish-start")
        with gr.Row():
            send = gr.Button("Send", size="sm", visible=False, elem_id="publish-send")
            leave = gr.Button("Cancel", size="sm", visible=False, elem_id="publish-leave")
    translated.label(fold, "dataset.publish.title")
    for button, name in (
        (keep, "keep"),
        (look, "look"),
        (start, "start"),
        (send, "send"),
        (leave, "leave"),
    ):
        translated.label(button, f"dataset.publish.{name}", "value")
    for box, name in ((key, "key"), (card, "card")):
        translated.label(box, f"dataset.publish.{name}")
        translated.label(box, f"dataset.publish.{name}_help", "info")
    return Publish(form, card, look, key, keep, start, sure, send, leave)


def wire(box: Publish, shown: gr.Dropdown, notice: gr.HTML, shared: Shared) -> None:
    """What the buttons do."""

    def read(session: Session, values: Values, **more: Any) -> PublishJob:
        card = "" if more else str(values.get(box.card) or "")
        name = chosen.ready(session, values.get(shown))
        return box.form.read(values, dataset=name, card=card, **more)

    def looked(session: Session, values: Values) -> Values:
        text = row_work.card_of(session.workspace, read(session, values, to="zip").plain())
        return {box.card: gr.update(value=text, visible=True)}

    def asked(session: Session, values: Values) -> Values:
        spec = read(session, values)
        if spec.to == "zip":
            return _begun(box, shared, session, spec)
        spec.check(session.workspace)
        return {box.sure: gr.update(value=_what(session, spec), visible=True)} | _asking(box, True)

    def sent(session: Session, values: Values) -> Values:
        return _begun(box, shared, session, read(session, values))

    def left(_session: Session, _values: Values) -> Values:
        return {box.sure: gr.update(**HIDDEN)} | _asking(box, False)

    def other(_session: Session, _values: Values) -> Values:
        return {box.card: gr.update(value="", **HIDDEN)} | left(_session, _values)

    fields = {*box.form.inputs, shown, box.card}
    asking = [box.sure, box.start, box.send, box.leave]
    kept = {*box.form.inputs, box.key}
    for listener, handler, inputs, outputs in (
        (box.look.click, looked, fields, [box.card]),
        (box.keep.click, functools.partial(_kept, box, notice), kept, [box.key]),
        (box.start.click, asked, fields, [*asking, shared.status]),
        (box.send.click, sent, fields, [*asking, shared.status]),
        (box.leave.click, left, set(), asking),
    ):
        connect(
            shared,
            listener,
            handler,
            inputs=inputs,
            outputs=outputs,
            notice=notice,
            queue=handler is looked,
        )
    # The card of one dataset does not go with another; what the notice tells of the new one stays.
    connect(shared, shown.change, other, outputs=[box.card, *asking])


def _kept(box: Publish, notice: gr.HTML, session: Session, values: Values) -> Values:
    """The token into the key file, for the hub chosen."""
    to, endpoint = (values.get(box.form.fields[name]) for name in ("to", "endpoint"))
    spec = PublishJob.read(
        {"dataset": "any", "to": to, "repo_id": "owner/name", "endpoint": endpoint or ""}
    )
    if not spec.address:
        raise InputError("A zip needs no key.", "Choose a hub first.")
    secrets.save_key(spec.address, str(values.get(box.key) or ""))
    hint = secrets.hint(spec.address)
    told = session.word("providers.kept" if hint else "providers.forgotten", hint=hint)
    return {box.key: "", notice: notices.text(session, told, good=True)}


def _what(session: Session, spec: PublishJob) -> str:
    """What goes where, and who sees it there."""
    return session.word(
        "dataset.publish.sure" if spec.private else "dataset.publish.sure_public",
        name=spec.dataset,
        size=human_size(registry.find(session.workspace, spec.dataset).bytes),
        address=f"{spec.address}/datasets/{spec.repo_id}",
        token=secrets.hint(spec.address),
    )


def _begun(box: Publish, shared: Shared, session: Session, spec: PublishJob) -> Values:
    jobs.start(session.workspace, spec)
    return {box.sure: gr.update(**HIDDEN)} | _asking(box, False) | job_status.show(shared, session)


def _asking(box: Publish, on: bool) -> Values:
    """The buttons while it is asked whether to send, or not."""
    return {
        box.start: gr.update(visible=not on),
        box.send: gr.update(visible=on),
        box.leave: gr.update(visible=on),
    }
