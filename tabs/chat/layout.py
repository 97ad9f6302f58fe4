"""How the Chat tab is laid out: the model and the form on the left, the columns on the right."""

import functools
from typing import Any

import gradio as gr

from studio.llm.chat import ChatSpec
from tabs.kit import forms, inspector, notices
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


def left(shared: Shared) -> dict[str, Any]:
    """The left side by name: what is in memory, who answers, how, and the notice."""
    with gr.Column(elem_classes=["left"]):
        with gr.Column(elem_classes=["fields"]):
            server = view("server", elem_id="chat-server")
            who = gr.Radio(
                [("Base", "base")],
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
    """The right side by name: the columns of those who answer, and what is said to them."""
    with gr.Column(elem_classes=["right"]):
        return _columns() | _ask(shared.translated)


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
    for name in ("base", "tuned"):
        translated.add(
            parts[name],
            functools.partial(_column_words, f"chat.{name}"),
        )


def _column_words(key: str, language: str) -> dict[str, Any]:
    """The words of a column in a language."""
    return {
        "label": word(language, key),
        "placeholder": word(language, f"{key}_empty"),
    }


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


def _columns() -> dict[str, Any]:
    """The base and the tuned model side by side, each with what has been said."""
    box: dict[str, Any] = {
        "buttons": ["copy"],
        "allow_tags": False,
        "sanitize_html": True,
        "show_label": True,
        "height": "100%",
        "group_consecutive_messages": False,
    }
    with gr.Row(elem_classes=["columns"]):
        with gr.Column(min_width=200, elem_id="chat-base-column") as base_column:
            base = gr.Chatbot([], label="Base", elem_id="chat-base", elem_classes=["base"], **box)
        with gr.Column(min_width=200, visible=False, elem_id="chat-tuned-column") as tuned_column:
            tuned = gr.Chatbot(
                [], label="Tuned", elem_id="chat-tuned", elem_classes=["tuned"], **box
            )
    return {
        "base_column": base_column,
        "tuned_column": tuned_column,
        "base": base,
        "tuned": tuned,
    }


def _ask(translated: Translated) -> dict[str, Any]:
    """The message and its buttons."""
    with gr.Row(elem_classes=["ask"]):
        message = gr.Textbox(
            "",
            label="Message",
            show_label=False,
            container=False,
            lines=2,
            max_lines=6,
            interactive=True,
            elem_id="chat-message",
            scale=8,
        )
        send = translated.label(
            gr.Button("Send", variant="primary", elem_id="chat-send"), "chat.send", "value"
        )
        stop = translated.label(gr.Button("Stop", elem_id="chat-stop"), "chat.stop", "value")
        again = translated.label(gr.Button("Again", elem_id="chat-again"), "chat.again", "value")
        clear = translated.label(gr.Button("Clear", elem_id="chat-clear"), "chat.clear", "value")
    return {"message": message, "send": send, "stop": stop, "again": again, "clear": clear}
