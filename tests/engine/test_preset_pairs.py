"""Each task on each memory is one training that fits it, with a reason for every setting."""

import json

import pytest

from studio import presets
from studio.cli import run
from studio.errors import InputError, SpecError
from studio.models import available, folder
from studio.models.machine import Machine
from studio.models.shapes import shape_of
from studio.training import fits, preset_pairs
from studio.training.memory import estimate
from studio.training.spec import TrainJob
from tabs.kit.language import reason

GB = 1 << 30
SMALLEST_COMPUTER = 8  # GB that the memory "cpu" is for
PAIRS = [(task, memory) for task in preset_pairs.tasks() for memory in preset_pairs.memories()]
# config.json of SmolLM2-135M-Instruct
STARTER = {
    "hidden_size": 576,
    "num_hidden_layers": 30,
    "intermediate_size": 1536,
    "num_attention_heads": 9,
    "num_key_value_heads": 3,
    "vocab_size": 49152,
    "tie_word_embeddings": True,
}


def shapes():
    return {"starter": shape_of(STARTER)} | {
        one.reference: one.shape for one in available() if one.shape
    }


def needs(task, memory, model=""):
    spec = TrainJob.read(preset_pairs.paired(task, memory).values | {"dataset": "d"})
    return estimate(
        spec,
        shapes()[model or spec.model_name_or_path],
        tokens_in_batch=spec.per_device_train_batch_size * spec.cutoff_len,
        device="cuda" if preset_pairs.gigabytes(memory) else "cpu",
    ).total


def test_there_are_four_tasks_and_six_memories():
    assert set(preset_pairs.tasks()) == {"role-style", "instructions", "law-knowledge", "dpo"}
    sizes = [preset_pairs.gigabytes(name) for name in preset_pairs.memories()]
    assert sizes == [0, 8, 12, 24, 48, 80]


@pytest.mark.parametrize(("task", "memory"), PAIRS)
def test_every_pair_fits_its_memory_with_a_tenth_to_spare(task, memory):
    card = preset_pairs.gigabytes(memory) or SMALLEST_COMPUTER
    assert needs(task, memory) < 0.9 * card * GB


@pytest.mark.parametrize("memory", [m for m in preset_pairs.memories() if m != "cpu"])
def test_the_model_is_the_largest_qwen3_that_trains_there_by_the_memorys_method(memory):
    """Of one family: Chinese and English, one licence, every size."""
    card = 0.9 * preset_pairs.gigabytes(memory) * GB
    mine = presets.load(preset_pairs.MEMORIES, memory)["model_name_or_path"]
    family = {name: shape for name, shape in shapes().items() if name.startswith("Qwen/")}
    larger = [n for n, shape in family.items() if shape.parameters > family[mine].parameters]
    assert all(needs("role-style", memory, model) > card for model in larger)
    assert larger or mine == "Qwen/Qwen3-14B"


@pytest.mark.parametrize(("task", "memory"), PAIRS)
def test_every_setting_of_a_pair_has_a_reason_in_both_languages(task, memory):
    pair = preset_pairs.paired(task, memory)
    assert set(pair.values) - {"kind"} <= set(pair.why)
    for why in pair.why.values():
        told = reason("zh", str(why))
        assert told != str(why) and "{" not in told, why


def test_the_quick_try_says_why_too():
    told = presets.comments("training", "quick-cpu")
    assert set(told) == set(presets.load("training", "quick-cpu"))
    assert [
        text for key, text in told.items() if key != "kind" and reason("zh", text) == text
    ] == []


@pytest.mark.parametrize(("task", "memory"), PAIRS)
def test_a_step_has_as_many_rows_as_the_task_wants_on_any_memory(task, memory):
    wants = TrainJob.defaults() | presets.load(preset_pairs.TASKS, task)
    spec = TrainJob.read(preset_pairs.paired(task, memory).values | {"dataset": "d"})
    batch, steps = "per_device_train_batch_size", "gradient_accumulation_steps"
    assert getattr(spec, batch) * getattr(spec, steps) == wants[batch] * wants[steps]
    assert spec.cutoff_len <= wants["cutoff_len"]


def test_lora_takes_more_than_full_training_and_dpo_far_less():
    rate = {
        task: presets.load(preset_pairs.TASKS, task)["learning_rate"]
        for task in preset_pairs.tasks()
    }
    assert rate["role-style"] >= 2 * TrainJob.defaults()["learning_rate"]
    assert rate["dpo"] <= rate["role-style"] / 20
    on_starter = preset_pairs.paired("role-style", "cpu").values["learning_rate"]
    assert on_starter == presets.load("training", "quick-cpu")["learning_rate"]


@pytest.mark.parametrize(
    ("device", "gigabytes", "memory"),
    [
        ("cpu", 64, "cpu"),
        ("cuda", 6, "cpu"),
        ("cuda", 7.99, "gpu-8gb-qlora"),
        ("cuda", 16, "gpu-12gb-qlora"),
        ("cuda", 23.99, "gpu-24gb-lora"),
        ("cuda", 40, "gpu-24gb-lora"),
        ("cuda", 79.6, "gpu-80gb-lora"),
        ("cuda", 140, "gpu-80gb-lora"),
    ],
)
def test_a_machine_takes_the_largest_memory_that_it_has(device, gigabytes, memory):
    assert preset_pairs.memory_of(Machine(device, int(gigabytes * GB))) == memory


def test_the_former_names_are_still_understood():
    for name in ("quick-cpu", "gpu-8gb-qlora", "gpu-24gb-lora", "dpo"):
        assert TrainJob.read(presets.load("training", name) | {"dataset": "d"})


def test_a_file_is_fitted_to_a_memory_on_the_command_line(workspace, monkeypatch):
    file = presets.SHIPPED / "training" / "role-style.yaml"
    spec = run.read(file, ["dataset=demo", "lora_rank=4"], workspace, "gpu-48gb-lora")
    assert (spec.model_name_or_path, spec.lora_rank) == ("Qwen/Qwen3-14B", 4)
    assert spec.per_device_train_batch_size == 2
    monkeypatch.setattr(preset_pairs, "machine", lambda: Machine("cuda", 12 * GB))
    assert run.read(file, ["dataset=demo"], workspace, "auto").bits == 4
    with pytest.raises(InputError, match="There is no memory gpu-1tb"):
        run.read(file, [], workspace, "gpu-1tb")
    with pytest.raises(SpecError, match="chooses the model of a training"):
        run.read(presets.SHIPPED / "training" / "quick-cpu.yaml", [], workspace, "cpu")


def test_the_sizes_that_a_preset_gives_are_those_of_its_model():
    for name in presets.names("models"):
        data = presets.load("models", name)
        made = shape_of(data["config"]).parameters / 1e9
        assert made == pytest.approx(data["parameters_b"], rel=0.02), name
        assert reason("zh", data["note"]) != data["note"], name


def test_the_starters_own_config_has_the_same_shape():
    config = folder() / "smollm2-135m-instruct" / "config.json"
    if not config.is_file():
        pytest.skip("the starter is not here")
    assert shape_of(json.loads(config.read_text())).parameters == shapes()["starter"].parameters


@pytest.mark.parametrize(
    ("gigabytes", "verdicts"),
    [
        (4, {"qwen3-0.6b": "chat", "qwen3-1.7b": "large", "qwen3-8b": "large"}),
        (8, {"qwen3-1.7b": "fits", "qwen3-4b-instruct": "qlora", "qwen3-8b": "large"}),
        (12, {"qwen3-4b-instruct": "qlora", "qwen3-8b": "qlora", "qwen3-14b": "large"}),
        (24, {"qwen3-8b": "fits", "glm-4-9b": "qlora", "qwen3-14b": "qlora"}),
        (80, {"qwen3-14b": "fits"}),
    ],
)
def test_a_model_is_said_to_fit_before_it_is_fetched(gigabytes, verdicts):
    found = {one.name: one.shape for one in available() if one.shape}
    for name, verdict in verdicts.items():
        fit = fits.fit(found[name], Machine("cuda", gigabytes * GB))
        assert fit.verdict == verdict, (name, fit)
        train = fit.need.train
        assert train["qlora"] < train["lora"] < train["full"]
