"""YAML pasted into a form: read out and put in again it is the same form, for every kind; what is
wrong with it is told in a sentence, and then nothing is filled in.
"""

import types

import gradio as gr
import pytest

from studio.chunking.spec import ChunkJob
from studio.datasets.spec import DatasetJob
from studio.dialogue.asking.spec import AttributeJob
from studio.dialogue.spec import DialogueJob
from studio.documents.cleaning.spec import CleanJob
from studio.errors import InputError, SpecError
from studio.generation.spec import InstructionsJob, PreferencesJob
from studio.training.spec import TrainJob
from tabs.kit import forms, pasted
from tabs.kit.language import Translated
from tabs.kit.pasted import Elsewhere
from tabs.kit.session import Session
from tabs.training.tab import in_bar

# Kind → fields that the form leaves to others, and values that differ from the defaults.
KINDS = {
    ChunkJob: ((), {"documents": ["d1"], "method": "tokens", "max_tokens": 200, "overlap": 20}),
    CleanJob: (("documents",), {"unwrap_lines": True, "own_patterns": "See page *\nEnd of *"}),
    DialogueJob: ((), {"documents": ["d1", "d2"], "characters": "Ann: Annie", "history": 3}),
    AttributeJob: (("utterances",), {"votes": 3, "model_name_or_path": "qwen3:8b"}),
    InstructionsJob: ((), {"chunks": "c1", "question_types": "why\nhow", "temperature": 0.2}),
    PreferencesJob: ((), {"dataset": "voice", "mode": "own_answer", "seed": None}),
    DatasetJob: ((), {"sources": ["s1"], "name": "voice", "val_size": 0.2, "file_type": "jsonl"}),
    TrainJob: (
        ("model_name_or_path", "hub_name", "finetuning_type", "quantization_bit"),
        {"dataset": ["voice"], "learning_rate": "0.0002", "max_steps": 40, "packing": True},
    ),
}
LISTS = {"documents": ["d1", "d2"], "chunk_sets": ["c1"], "datasets": ["voice"], "row_sets": ["s1"]}
OPEN = ("model_name_or_path", "tokenizer")
LINES = Elsewhere(held=lambda session, values: {"utterances": "u1"})


def choices(session, source):
    return [(name, name) for name in LISTS[source]] if source in LISTS else None


def made(spec):
    without, _ = KINDS[spec]
    with gr.Blocks():
        return forms.build(spec, Translated(), without=without, custom=OPEN)


def values(form, **changed):
    return {
        component: changed.get(name, component.value) for name, component in form.fields.items()
    }


def elsewhere(spec):
    return LINES if spec is AttributeJob else Elsewhere()


def read(form, text, now, session, place=None):
    return pasted.read(text, form, session, now, place or elsewhere(form.spec), choices)


def after(form, found, now):
    """What the fields hold once the updates have come."""
    return now | {part: update["value"] for part, update in found.updates.items() if part in now}


@pytest.fixture
def session(workspace):
    return Session(workspace, "en")


@pytest.mark.parametrize("spec", KINDS, ids=lambda spec: spec.KIND)
def test_what_is_read_out_can_be_put_in(spec, session):
    form, (_, changed) = made(spec), KINDS[spec]
    held = elsewhere(spec).held(session, {})
    full, empty = values(form, **changed), values(form)
    written, left_open = form.written(full, **held)
    assert left_open == []
    text = written.as_yaml(only_changed=True)
    found = read(form, text, empty, session)
    assert form.read(after(form, found, empty), **held) == written
    assert set(changed) <= {*form.changed(found.updates, empty)}
    assert not found.passed and not found.left
    again = read(form, text, full, session)  # into the form that it is from
    assert form.changed(again.updates, full) == []


@pytest.mark.parametrize("spec", KINDS, ids=lambda spec: spec.KIND)
def test_a_form_with_nothing_chosen_can_be_read_out(spec, session):
    form = made(spec)
    written, left_open = form.written(values(form))
    text = written.as_yaml(only_changed=True, without=left_open)
    assert text.startswith(f"kind: {spec.KIND}\n")
    assert not [name for name in left_open if f"{name}:" in text]
    assert form.changed(read(form, text, values(form), session).updates, values(form)) == []


def test_what_is_not_named_goes_to_its_default_and_the_work_at_hand_stays(session):
    form = made(TrainJob)
    now = values(form, dataset="voice", name="mine", max_steps=40, lora_rank=64)
    found = read(form, "learning_rate: 1e-4", now, session)
    spec = form.read(after(form, found, now))
    assert (spec.learning_rate, spec.max_steps, spec.lora_rank) == (1e-4, 0, 8)
    assert (spec.dataset, spec.name) == ("voice", "mine")


LLAMA_FACTORY = """
### model
model_name_or_path: Qwen/Qwen3-8B
trust_remote_code: true
### method
stage: sft
do_train: true
finetuning_type: lora
lora_target: [q_proj, v_proj]
quantization_bit: 4
### dataset
dataset: voice
template: qwen
cutoff_len: 2048
### train
per_device_train_batch_size: 1
learning_rate: 1.0e-4
bf16: true
"""


def bar():
    names = ("model", "hub", "finetuning_type", "quantization", "adapter")
    with gr.Blocks():
        parts = {name: gr.Textbox(name) for name in names}
    return types.SimpleNamespace(**parts, bar=set(parts.values()))


def test_llama_factorys_yaml_fills_the_form_and_the_bar(session):
    form, shared = made(TrainJob), bar()
    now = values(form) | dict.fromkeys(shared.bar)
    found = read(form, LLAMA_FACTORY, now, session, in_bar(shared))
    spec = form.read(after(form, found, now))
    assert (spec.cutoff_len, spec.compute_type, spec.dataset) == (2048, "bf16", "voice")
    assert spec.lora_target == "q_proj,v_proj"
    assert list(found.passed) == ["trust_remote_code", "do_train", "template"]
    assert found.passed["template"] == "the chat template that comes with the model is used"
    set_to = {part: update["value"] for part, update in found.updates.items()}
    assert set_to[shared.model] == "Qwen/Qwen3-8B" and set_to[shared.hub] == "huggingface"
    # LoRA on four bits is what the bar calls QLoRA.
    assert (set_to[shared.finetuning_type], set_to[shared.quantization]) == ("qlora", "4")


def test_a_preset_without_a_model_leaves_the_bar(session):
    shared = bar()
    assert in_bar(shared).fill(TrainJob, {"stage": "dpo"}) == {}
    filled = in_bar(shared).fill(TrainJob, {"model_name_or_path": "Qwen/Qwen3-8B"})
    assert filled[shared.quantization]["value"] == "none"  # what stood before does not stay by it


@pytest.mark.parametrize(
    ("text", "error", "sentence"),
    [
        ("learning_rate: 7\ncutoff_len: 1", SpecError, "`learning_rate`.*`cutoff_len`"),
        ("lora_ranks: 8", SpecError, "unknown key `lora_ranks`, did you mean `lora_rank`"),
        ("stage: [", SpecError, "not valid YAML"),
        ("", SpecError, "not a table of fields"),
        ("- a\n- b", SpecError, "not a table of fields"),
        ("kind: chunk\nmax_tokens: 99", SpecError, "of the kind chunk"),
        ("dataset: nowhere", InputError, "Dataset: this workspace has no nowhere"),
        ("stage: ppo", SpecError, "`stage`"),
        ("dataset: voice, nowhere", InputError, "Dataset: this workspace has no nowhere"),
    ],
)
def test_what_is_wrong_is_told_in_one_sentence(text, error, sentence, session):
    form = made(TrainJob)
    with pytest.raises(error, match=sentence):
        read(form, text, values(form), session)


def test_what_another_part_of_the_window_chooses_is_named_when_it_differs(session):
    form = made(AttributeJob)
    assert read(form, "votes: 3\nutterances: u1", values(form), session).left == []
    found = read(form, "votes: 3\nutterances: u2", values(form), session)
    assert found.left == ["utterances"]


def test_an_emptied_number_of_rows_takes_all_of_them(session):
    form = made(TrainJob)
    spec = form.read(values(form, dataset="voice", max_samples=None))
    assert spec.max_samples is None
    again = read(form, spec.as_yaml(only_changed=True), values(form), session)
    assert again.updates[form.fields["max_samples"]]["value"] is None
