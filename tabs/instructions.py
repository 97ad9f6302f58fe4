"""The Instructions tab: rows asked of a model from chunks."""

from studio.generation.spec import InstructionsJob, question_types
from tabs import generating
from tabs.generating import GeneratingTab, poll_inputs, views, wire
from tabs.shared import Shared

__all__ = ["build", "poll_inputs", "views", "wire"]


def build(shared: Shared) -> GeneratingTab:
    """Lay the tab out."""
    tab = generating.build(shared, InstructionsJob, custom=("question_types", "model"))
    shared.said.add(
        tab.form.fields["question_types"],
        lambda language: {"value": "\n".join(question_types(language))},
    )
    return tab
