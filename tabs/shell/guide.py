"""What the window says about itself: the tour's sentences, and the page "which method when"."""

import functools
from typing import Any

import gradio as gr

from tabs.kit.language import Translated, read, words
from tabs.views import payload, view


def build(translated: Translated) -> gr.HTML:
    """The component that brings them to the page, in its language; it shows nothing itself."""
    made = view("guide", elem_id="guide")
    translated.add(made, lambda language: {"value": payload(said(language))})
    return made


def said(language: str) -> dict[str, Any]:
    """{words, tour: the sentences, parts: [{id, name, about, methods: [{id, name, code, what, when,
    cost, example}]}]}.
    """
    return {
        "words": words(language, "guide"),
        "tour": words(language, "tour"),
        "parts": _parts(language),
    }


@functools.cache
def _parts(language: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read(f"guide.{language}.yaml").get("parts") or []
    return found
