"""The same run elsewhere: the configs say what the run's spec says, and the tools that are here
read and run them.
"""

import ast
import json
import os
import subprocess
import sys
import zipfile

import pytest
import yaml
from tiny_model import preferences, sailors, start, training

from studio.datasets import register_file
from studio.errors import InputError
from studio.export import recipe_zip
from studio.jobs.kinds import read_spec, run_function
from studio.training.spec import TrainJob

pytest_plugins = ["tiny_model"]
SAME = (
    "stage",
    "learning_rate",
    "lora_rank",
    "lora_alpha",
    "cutoff_len",
    "max_steps",
    "per_device_train_batch_size",
    "gradient_accumulation_steps",
    "lr_scheduler_type",
    "warmup_ratio",
    "packing",
    "seed",
    "use_dora",
    "val_size",
    "gradient_checkpointing",
    "pref_beta",
)


def bundle(workspace, tmp_path, spec):
    """The unpacked bundle of a run that was never made, and its notes."""
    made = recipe_zip(workspace, start(workspace, spec).id)
    folder = tmp_path / "elsewhere"
    with zipfile.ZipFile(made.path) as found:
        found.extractall(folder)
    return folder, made.notes


def test_llamafactory_yaml_says_what_the_spec_says(workspace, tiny, tmp_path):
    sailors(workspace)
    spec = training(
        tiny,
        lora_rank=16,
        warmup_ratio=0.1,
        val_size=0.25,
        use_dora=True,
        packing=True,
        lora_target="q_proj,v_proj",
        gradient_checkpointing=True,
    )
    folder, _ = bundle(workspace, tmp_path, spec)
    written = yaml.safe_load((folder / "llamafactory.yaml").read_text("utf-8"))
    assert written["neat_packing"] is True and "template" not in written
    assert written["dataset_dir"] == "." and written["lora_target"] == "q_proj,v_proj"
    theirs = ("neat_packing", "disable_gradient_checkpointing")
    back = TrainJob.read({key: value for key, value in written.items() if key not in theirs})
    for name in SAME:
        if name != "gradient_checkpointing":  # theirs is turned off by a key of its own
            assert getattr(back, name) == getattr(spec, name), name
    assert written["disable_gradient_checkpointing"] is False
    info = json.loads((folder / "dataset_info.json").read_text("utf-8"))
    assert info["sailors"]["formatting"] == "openai"
    first = json.loads((folder / info["sailors"]["file_name"]).read_text("utf-8").splitlines()[0])
    assert [turn["role"] for turn in first["messages"]] == ["system", "user", "assistant"]


def test_what_a_tool_has_no_word_for_is_told(workspace, tiny, tmp_path):
    preferences(workspace)
    spec = training(tiny, dataset="pairs", stage="dpo", pref_loss="apo_zero")
    folder, notes = bundle(workspace, tmp_path, spec)
    assert yaml.safe_load((folder / "llamafactory.yaml").read_text())["pref_loss"] == "sigmoid"
    assert any("apo_zero" in note for note in notes)
    assert not (folder / "xtuner_config.py").exists()
    assert any("XTuner" in note for note in notes)
    axolotl = yaml.safe_load((folder / "axolotl.yaml").read_text())
    assert axolotl["rl"] == "dpo" and axolotl["dpo_loss_type"] == ["apo_zero"]
    readme = (folder / "README.md").read_text()
    assert all(note in readme for note in notes) and "xtuner train" not in readme


def test_the_python_files_are_python_and_hold_the_settings(workspace, tiny, tmp_path):
    sailors(workspace)
    folder, notes = bundle(workspace, tmp_path, training(tiny, finetuning_type="qlora"))
    values = {}
    for file in ("xtuner_config.py", "train_trl.py"):
        tree = ast.parse((folder / file).read_text())
        for node in tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant | ast.Dict):
                values[node.targets[0].id] = ast.literal_eval(node.value) if file else None
    assert values["lr"] == values["ARGUMENTS"]["learning_rate"] == 5e-3
    assert "BitsAndBytesConfig" in (folder / "train_trl.py").read_text()
    assert any("ChatML" in note for note in notes)  # a guess is told as one


def script(folder):
    """The trl script run for real; what it left."""
    done = subprocess.run(
        [sys.executable, "train_trl.py"],
        cwd=folder,
        env=os.environ
        | {"HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return folder / "outputs" / "trl" / "final"


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.parametrize("stage", ["sft", "dpo", "pt", "turns"])
def test_the_trl_script_trains(workspace, tiny, tmp_path, stage):
    sailors(workspace)
    preferences(workspace)
    register_file(workspace, "plain.txt", b"A rope is a rope and a sail is a sail.\n" * 40)
    turns = [{"role": r, "content": c} for r, c in (("user", "Hi"), ("assistant", "Aye")) * 2]
    register_file(workspace, "turns.jsonl", json.dumps({"messages": turns}).encode() * 1)
    dataset = {"sft": "sailors", "dpo": "pairs", "pt": "plain", "turns": "turns"}[stage]
    spec = training(tiny, dataset=dataset, stage="dpo" if stage == "dpo" else "sft", max_steps=2)
    folder, _ = bundle(workspace, tmp_path, spec)
    assert (script(folder) / "adapter_model.safetensors").is_file()


def test_the_job_writes_the_bundle(workspace, tiny):
    sailors(workspace)
    run = start(workspace, training(tiny))
    spec = read_spec({"kind": "export", "what": "recipe", "run": run.id})
    spec.check(workspace)
    job = start(workspace, spec)
    found = run_function("export")(spec, job)
    assert (workspace.path / found["file"]).is_file()
    for wrong in ("nothing", "../x"):
        with pytest.raises(InputError, match="no training run"):
            read_spec({"kind": "export", "run": wrong}).check(workspace)
