"""Forms made from specs: read back, filled from presets, told in two languages; handlers called
without a server.
"""

import gradio as gr
import pytest

from studio.chunking.spec import ChunkJob
from studio.errors import SpecError
from studio.training.spec import TrainJob
from tabs.kit import forms
from tabs.kit.language import Translated


@pytest.fixture
def made():
    said = Translated()
    with gr.Blocks():
        return forms.build(ChunkJob, said), said


def values(form, **changed):
    return {
        component: changed.get(name, component.value) for name, component in form.fields.items()
    }


def test_a_form_reads_back_what_it_shows(made):
    form, _ = made
    spec = form.read(values(form, documents=["abc"], max_tokens=300))
    assert spec == ChunkJob(documents=["abc"], max_tokens=300)


def test_an_emptied_number_is_told_by_name(made):
    form, _ = made
    with pytest.raises(SpecError, match="max_tokens"):
        form.read(values(form, max_tokens=None))


@pytest.mark.parametrize("value", [0, 15, 32769, -1, 10**12])
def test_numbers_out_of_range_are_refused(made, value):
    form, _ = made
    with pytest.raises(SpecError, match="max_tokens"):
        form.read(values(form, max_tokens=value))


def test_values_outside_the_choices_are_refused(made):
    form, _ = made
    with pytest.raises(SpecError, match="method"):
        form.read(values(form, method="../../etc/passwd"))


def test_filling_touches_only_what_the_preset_has(made):
    form, _ = made
    filled = form.fill({"max_tokens": 200, "unknown": 1})
    assert list(filled) == [form.fields["max_tokens"]]


def test_a_preset_brings_the_defaults_back_and_leaves_the_work_at_hand(made):
    form, _ = made
    filled = form.preset({"max_tokens": 200, "kind": "chunk"})
    by_name = {name: filled.get(component) for name, component in form.fields.items()}
    assert by_name["max_tokens"]["value"] == 200 and by_name["overlap"]["value"] == 0
    assert by_name["method"]["value"] == "semantic" and by_name["cache"]["value"] is True
    assert by_name["documents"] is by_name["name"] is None
    own = form.preset({"documents": ["a"]})
    assert own[form.fields["documents"]]["value"] == ["a"]


def test_what_a_preset_changes_is_known(made):
    form, _ = made
    now = values(form, max_tokens=200, overlap="7")
    assert form.changed(form.preset({"max_tokens": 300}), now) == ["max_tokens", "overlap"]
    same = values(form, max_tokens=300)
    assert form.changed(form.preset({"max_tokens": 300}), same) == []


def test_vanished_choices_become_the_newest(made):
    form, _ = made
    changed = form.choices(
        {"documents": [("New", "n"), ("Old", "o")]}, values(form, documents=["gone"])
    )
    assert changed[form.fields["documents"]]["value"] == ["n"]
    kept = form.choices({"documents": [("New", "n"), ("Old", "o")]}, values(form, documents=["o"]))
    assert (
        "value" not in kept[form.fields["documents"]]
    )  # sent again it could undo a choice made meanwhile


def test_learning_rates_are_typed_as_text():
    said = Translated()
    with gr.Blocks():
        form = forms.build(TrainJob, said, without=("model_name_or_path",))
    spec = form.read(values(form, learning_rate="2e-4", dataset="x"), model_name_or_path="starter")
    assert spec.learning_rate == 2e-4 and spec.model_name_or_path == "starter"
    with pytest.raises(SpecError, match="learning_rate"):
        form.read(values(form, learning_rate="fast", dataset="x"))


def test_words_follow_the_language(made):
    form, said = made
    chinese = said.updates("zh", lambda **told: told)
    assert chinese[form.fields["max_tokens"]]["label"] == "最长分块"
    assert (
        said.updates("en", lambda **told: told)[form.fields["max_tokens"]]["label"]
        == "Longest chunk"
    )
