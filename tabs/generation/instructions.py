"""The Instructions tab: rows asked of a model from chunks."""

from typing import Any

import gradio as gr

from studio.generation.spec import InstructionsJob, question_types
from tabs.generation import form
from tabs.generation.form import GeneratingTab
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.tab import Accept, Window


def build(shared: Shared) -> GeneratingTab:
    """Lay the tab out."""
    tab = form.build(
        shared,
        InstructionsJob,
        custom=("question_types", "model_name_or_path"),
        source="chunk_sets",
    )
    shared.translated.add(
        tab.form.fields["question_types"],
        lambda language: {"value": "\n".join(question_types(language))},
    )
    return tab


def _chunks(tab: GeneratingTab, window: Window, session: Session, set_id: Any) -> Values:
    """The chunk set in the form. With its list: the page offers a set that has just been made only
    a moment later, and shows nothing for what is not offered.
    """
    offered = window.choices(session, "chunk_sets")
    return {tab.form.fields["chunks"]: gr.update(choices=offered, value=set_id)}


TAB = form.described(
    build,
    "instructions",
    accepts={"chunks": Accept(fills=lambda tab: [tab.form.fields["chunks"]], fill=_chunks)},
)
