"""Several devices and machines: accelerate's own loader takes the presets, the commands are what
its parser reads, and what cannot be joined is refused in a sentence.
"""

import shlex

import pytest
from tiny_model import training

from studio import presets
from studio.errors import InputError, SpecError
from studio.training import commands
from studio.training.device_fields import SEVERAL
from studio.training.distributed import command_lines, devices
from studio.training.plan import steps
from studio.training.spec import TrainJob

PRESETS = sorted(path.stem for path in (presets.SHIPPED / "accelerate").glob("*.yaml"))
TWO = {"num_machines": 2, "num_processes": 16, "main_process_ip": "10.0.0.1"}


def spec(**fields):
    return training("starter", **fields)


def test_each_way_has_a_preset():
    assert PRESETS == sorted(SEVERAL["distributed"])


@pytest.mark.parametrize("name", PRESETS)
def test_accelerate_takes_the_preset_and_tells_its_processes_so(name):
    """Contract with accelerate 1.15: the names of its config file's keys."""
    from accelerate.commands.config.config_args import load_config_from_file

    from studio.libraries.accelerate_inside import told

    file = presets.SHIPPED / "accelerate" / f"{name}.yaml"
    config = load_config_from_file(str(file))
    found = told(file, ["--num_processes", "2", "--num_machines", "1"])
    if name.startswith("fsdp2"):
        assert found["ACCELERATE_USE_FSDP"] == "true" and found["FSDP_VERSION"] == "2"
        assert found["FSDP_OFFLOAD_PARAMS"] == str(name.endswith("_offload")).lower()
        assert found["FSDP_STATE_DICT_TYPE"] == "SHARDED_STATE_DICT"
    elif name.startswith("deepspeed"):
        away = "cpu" if name.endswith("_offload") else "none"
        assert found["ACCELERATE_USE_DEEPSPEED"] == "true"
        assert found["ACCELERATE_DEEPSPEED_ZERO_STAGE"] == name.split("zero")[1][0]
        assert found["ACCELERATE_DEEPSPEED_OFFLOAD_OPTIMIZER_DEVICE"] == away
        assert found["ACCELERATE_GRADIENT_ACCUMULATION_STEPS"] == "auto"
        assert found["ACCELERATE_GRADIENT_CLIPPING"] == "auto"
    else:
        assert config.distributed_type.value == "MULTI_GPU"
        assert found.get("ACCELERATE_USE_FSDP", "false") == "false"


def test_accelerate_reads_the_commands_of_each_machine(workspace):
    from accelerate.commands.launch import launch_command_parser

    text = commands(spec(distributed="fsdp2", name="my novel", **TWO), workspace)
    lines = [shlex.split(one)[1:] for one in text.splitlines() if one.startswith("accelerate ")]
    assert len(lines) == 2
    for rank, line in enumerate(lines):
        read = launch_command_parser().parse_args(line[1:])
        assert (command_lines.HERE / read.config_file).is_file()
        assert (read.machine_rank, read.num_machines, read.num_processes) == (rank, 2, 16)
        assert read.main_process_ip == "10.0.0.1" and read.main_process_port == 29500
        assert read.module and read.training_script == "studio.training.launch"
    assert text.count("torchrun --nnodes 2") == 2 and "#SBATCH --nodes=2" in text
    assert "--machine_rank $SLURM_NODEID" in text and "--nproc_per_node 8" in text
    written = text.split("<<'END'\n")[1].split("END")[0]
    assert TrainJob.read(presets.parse_yaml(written)).distributed == "fsdp2"


def test_one_process_needs_no_launcher(workspace):
    text = commands(spec(devices="1"), workspace)
    assert "export CUDA_VISIBLE_DEVICES=1" in text and "accelerate launch" not in text


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"devices": "first"}, "numbers of GPUs"),
        ({"devices": "0,0"}, "numbers of GPUs"),
        ({"distributed": "ddp", "num_machines": 2}, "address of the first one"),
        ({"distributed": "ddp", **TWO, "machine_rank": 2}, "the first machine is 0"),
        ({"distributed": "ddp", **TWO, "num_processes": 3}, "multiple"),
        ({"distributed": "deepspeed_zero3", "finetuning_type": "qlora"}, "few bits"),
        ({"distributed": "fsdp2", "quantization_bit": "8"}, "few bits"),
        ({"distributed": "deepspeed_zero3", "init_lora_weights": "pissa"}, "whole weights"),
        ({"distributed": "fsdp2", "create_new_adapter": True}, "whole weights"),
        ({"distributed": "ddp", "optim": "galore_adamw_layerwise"}, "backward pass"),
        ({"distributed": "deepspeed_zero2", "optim": "apollo_adamw"}, "DeepSpeed"),
        ({"distributed": "fsdp2", "optim": "paged_adamw_8bit"}, "in parts"),
    ],
)
def test_what_cannot_be_joined_is_refused(fields, word):
    with pytest.raises(SpecError, match=word):
        spec(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"distributed": "ddp", "finetuning_type": "qlora"},
        {"distributed": "deepspeed_zero2", "init_lora_weights": "pissa"},
        {"distributed": "fsdp2", "finetuning_type": "full"},
    ],
)
def test_what_can_be_joined_is_taken(fields):
    assert spec(**fields).through_launcher


def test_devices_that_are_not_here_are_refused(monkeypatch):
    monkeypatch.delenv(devices.VISIBLE, raising=False)
    monkeypatch.setattr(devices, "gpus", lambda: 2)
    devices.require(spec(devices="0,1", distributed="fsdp2"))
    with pytest.raises(InputError, match="no GPU 5 here; GPUs found: 2"):
        devices.require(spec(devices="0,5"))
    monkeypatch.setattr(devices, "gpus", lambda: 0)
    with pytest.raises(InputError, match="fsdp2 needs GPUs"):
        devices.require(spec(distributed="fsdp2"))
    with pytest.raises(InputError, match="Set num_processes"):
        devices.require(spec(distributed="ddp"))
    devices.require(spec(distributed="ddp", num_processes=2))


def test_steps_are_counted_over_all_processes(monkeypatch):
    monkeypatch.setattr(devices, "gpus", lambda: 4)
    fields = {"max_steps": 0, "num_train_epochs": 1, "per_device_train_batch_size": 2}
    assert steps(spec(**fields), 100) == 50
    assert steps(spec(distributed="ddp", **fields), 100) == 13
    assert steps(spec(distributed="ddp", devices="0,1", **fields), 100) == 25
    assert steps(spec(distributed="ddp", **fields, **TWO), 100) == 4


@pytest.mark.parametrize(
    ("keys", "way"),
    [
        ({"deepspeed": "examples/deepspeed/ds_z3_config.json"}, "deepspeed_zero3"),
        ({"deepspeed": "examples/deepspeed/ds_z3_offload_config.json"}, "deepspeed_zero3_offload"),
        ({"deepspeed": "cache\\ds_z2_config.json"}, "deepspeed_zero2"),
        ({"deepspeed": "examples/deepspeed/ds_z0_config.json"}, "ddp"),
        ({"deepspeed": {"zero_optimization": {"stage": 2}}}, "deepspeed_zero2"),
        (
            {"deepspeed": {"zero_optimization": {"stage": 3, "offload_param": {"device": "cpu"}}}},
            "deepspeed_zero3_offload",
        ),
        ({"fsdp": "full_shard auto_wrap"}, "fsdp2"),
        ({"fsdp": ["full_shard", "offload"], "fsdp_config": {}}, "fsdp2_offload"),
        ({"deepspeed": None, "fsdp": ""}, "none"),
        ({"deepspeed": "ds_z3_config.json", "distributed": "ddp"}, "ddp"),
    ],
)
def test_llama_factorys_keys_choose_the_way(keys, way):
    assert spec(**keys).distributed == way


@pytest.mark.parametrize("given", ["my_config.json", "ds_z1_config.json"])
def test_a_deepspeed_config_like_no_preset_is_refused(given):
    with pytest.raises(SpecError, match="ZeRO-2"):
        spec(deepspeed=given)
