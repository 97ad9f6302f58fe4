"""The Preferences tab: chosen and rejected answers built from a dataset; edit and flip them."""

from studio.generation.spec import PreferencesJob, rewrite_prompt
from tabs.generation import form
from tabs.generation.form import GeneratingTab
from tabs.kit.shared import Shared


def build(shared: Shared) -> GeneratingTab:
    """Lay the tab out."""
    tab = form.build(shared, PreferencesJob, custom=("model_name_or_path",), source="datasets")
    shared.translated.add(
        tab.form.fields["rewrite_prompt"], lambda language: {"value": rewrite_prompt(language)}
    )
    return tab


TAB = form.described(build, "preferences")
