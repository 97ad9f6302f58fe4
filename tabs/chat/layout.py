"""How the Chat tab is laid out: the model and the form on the left, the columns on the right."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio.llm.chat import ChatSpec
from tabs.kit import forms, inspector, notices
from tabs.kit.forms import Form
from tabs.kit.language import Translated, word
from tabs.kit.shared import Shared
from tabs.views import view

ELSEWHERE = (
    "provider",
    "model_name_or_path",
    "base_url",
    "adapter_name_or_path",
    "timeout_s",
    "max_tries",
)


@dataclass(frozen=True)
class ChatTab:
    """The tab's named components."""

    form: Form[ChatSpec]
    who: gr.Radio
    load: gr.Button
    unload: gr.Button
    server: gr.HTML
    notice: gr.HTML
    view: gr.HTML
    asking: gr.HTML
    message: gr.Textbox
    send: gr.Button
    stop: gr.Button
    clear: gr.Button
    talk: gr.State
    rounds: gr.State  # what has been said: list[Round]
    adapter: gr.Dropdown  # of the top bar: which one is beside the base
    model: gr.Dropdown  # of the top bar: the base

    @property
    def system(self) -> Any:
        """The field of the system prompt."""
        return self.form.fields["system"]


def left(shared: Shared) -> dict[str, Any]:
    """The left side by name: what is in memory, who answers, how, and the notice."""
    with gr.Column(elem_classes=["left"]):
        with gr.Column(elem_classes=["fields"]):
            server = view("server", elem_id="chat-server")
            who = gr.Radio(
                [(name, name) for name in ("base", "tuned", "both")],
                value="base",
                label="who",
                interactive=True,
                elem_id="chat-who",
                elem_classes=inspector.SEGMENTS,
            )
            form = forms.build(ChatSpec, shared.translated, without=ELSEWHERE)
        parts = {"server": server, "who": who, "form": form, "notice": notices.box()}
        return parts | _memory(shared)


def right(shared: Shared) -> dict[str, Any]:
    """The right side by name: what is said, questions to ask, and the message."""
    with gr.Column(elem_classes=["right", "chat"]):
        talk = view("chat", elem_id="chat-view", elem_classes=["card"])
        asking = view("asking", elem_id="chat-asking")
        return {"view": talk, "asking": asking} | _ask(shared.translated)


def translate(translated: Translated, parts: dict[str, Any]) -> None:
    """Register those components whose words are more than one label."""
    translated.add(
        parts["who"],
        lambda language: {
            "label": word(language, "chat.who"),
            "choices": [(word(language, f"chat.{w}"), w) for w in ("base", "tuned", "both")],
        },
    )
    translated.add(
        parts["message"],
        lambda language: {
            "placeholder": word(language, "chat.placeholder"),
            "label": word(language, "chat.message"),
        },
    )


def _memory(shared: Shared) -> dict[str, Any]:
    """The buttons of the model server; in a shared window they are out of sight."""
    with inspector.foot():
        load = shared.translated.label(
            gr.Button(
                "Load",
                variant="primary",
                elem_id="chat-load",
                visible=not shared.chat_only,
            ),
            "chat.load",
            "value",
        )
        unload = shared.translated.label(
            gr.Button("Unload", elem_id="chat-unload", visible=not shared.chat_only),
            "chat.unload",
            "value",
        )
    return {"load": load, "unload": unload}


def _ask(translated: Translated) -> dict[str, Any]:
    """The message and its buttons."""
    with gr.Row(elem_classes=["ask"]):
        message = gr.Textbox(
            "",
            label="Message",
            show_label=False,
            container=False,
            lines=1,  # of one line Enter sends, Shift-Enter begins the next
            max_lines=6,
            interactive=True,
            elem_id="chat-message",
            scale=8,
        )
        send = translated.label(
            gr.Button("Send", variant="primary", elem_id="chat-send"), "chat.send", "value"
        )
        stop = translated.label(gr.Button("Stop", elem_id="chat-stop"), "chat.stop", "value")
        clear = translated.label(gr.Button("Clear", elem_id="chat-clear"), "chat.clear", "value")
    return {"message": message, "send": send, "stop": stop, "clear": clear}
