"""The Instructions tab: rows asked of a model from chunks."""

from studio.generation.spec import InstructionsJob, question_types
from tabs.generation import form
from tabs.generation.form import GeneratingTab, poll_inputs, views, wire
from tabs.kit.shared import Shared

__all__ = ["build", "poll_inputs", "views", "wire"]


def build(shared: Shared) -> GeneratingTab:
    """Lay the tab out."""
    tab = form.build(shared, InstructionsJob, custom=("question_types", "model"))
    shared.said.add(
        tab.form.fields["question_types"],
        lambda language: {"value": "\n".join(question_types(language))},
    )
    return tab
