"""The place under a tab's buttons where what happened and what to do is told."""

import gradio as gr

from tabs.kit.session import Session
from tabs.views import payload, view


def box() -> gr.HTML:
    """An empty notice in the current Gradio context."""
    return view("notice")


def text(session: Session, what: str, do: str = "", *, good: bool = False) -> str:
    """A notice's value: what happened, what to do."""
    return payload({"what": what, "do": do, "good": good})
