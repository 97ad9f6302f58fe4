"""What was typed into a field that was renamed since stands in it again."""

from types import SimpleNamespace

from studio import page_state
from studio.generation.spec import InstructionsJob
from tabs.kit import forms
from tabs.kit.session import Session
from tabs.shell import kept


def test_a_kept_value_is_found_under_the_controls_former_id(workspace):
    control = SimpleNamespace(elem_id="instructions-model_name_or_path")
    form = forms.Form(InstructionsJob, {"model_name_or_path": control}, {})
    tab = SimpleNamespace(forms=lambda parts: [form])
    former = kept._former(SimpleNamespace(pairs=lambda: [(tab, None)]))
    assert former == {"instructions-model_name_or_path": "instructions-model"}
    keeper, session = SimpleNamespace(former=former), Session(workspace, "en")
    page_state.save(workspace, {"instructions-model": "mine", "model": "starter"})
    assert kept._load(keeper, session)["instructions-model_name_or_path"] == "mine"
    for changed in ({"instructions-model_name_or_path": None}, {"tab": "chat"}):
        page_state.save(workspace, changed | kept._former_forgotten(keeper, changed))
        assert kept._load(keeper, session)["instructions-model_name_or_path"] is None
