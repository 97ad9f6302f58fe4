"""What a run leaves to look at without the window, and what it measures of the machine."""

import json

from studio.training import machine_load, pictures
from studio.training.machine_load import MachineLoad
from studio.training.outcome import HeldOut


def logged(folder, lines):
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_each_measure_has_a_picture_under_the_name_that_llama_factory_gives_it(tmp_path):
    names = ("loss", "eval_loss", "rewards/accuracies", "grad_norm")
    logged(tmp_path, [{"step": n, **dict.fromkeys(names, n / 7)} for n in range(1, 9)])
    pictures.draw(tmp_path, "角色")
    assert {path.name for path in tmp_path.glob("*.png")} == {
        "training_loss.png",
        "training_eval_loss.png",
        "training_rewards_accuracies.png",
    }
    assert all(path.read_bytes()[:4] == b"\x89PNG" for path in tmp_path.glob("*.png"))


def test_what_was_not_measured_has_no_picture(tmp_path):
    logged(tmp_path, [{"step": 1, "loss": 2.0}])
    pictures.draw(tmp_path, "run")
    assert [path.name for path in tmp_path.glob("*.png")] == ["training_loss.png"]


def test_the_best_held_out_loss_is_known_without_reading_the_file_again():
    held = HeldOut([{"step": 0, "eval_loss": 1.0}, {"step": 2, "eval_loss": 3.0}])
    assert held.best() == (2, 0), "before the first step nothing was learnt"
    for step, loss in ((4, 2.0), (6, 2.0), (8, 2.5)):
        held.take({"step": step, "eval_loss": loss, "loss": 0.1})
    held.take({"step": 9, "loss": 0.1})
    assert held.best() == (4, 2)
    assert HeldOut([]).best() == (None, 0)


def test_the_machine_is_looked_at_once_a_second(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(machine_load.time, "monotonic", lambda: clock[0])
    load = MachineLoad()
    first = load.measure()
    assert first["rss_mb"] > 10 and 0 <= first["cpu_load"] <= 100.5
    assert not [name for name in first if name.startswith("gpu")]
    clock[0] += 0.5
    assert load.measure() == {}
    clock[0] += 0.6
    assert set(load.measure()) == {"cpu_load", "rss_mb"}


def test_what_a_device_does_not_tell_is_left_out(monkeypatch):
    """A slice of a GPU knows its memory and not its load."""
    import pynvml

    def unknown(*_):
        raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)

    load = MachineLoad()
    load._device = object()
    for name in ("UtilizationRates", "Temperature", "PowerUsage"):
        monkeypatch.setattr(pynvml, f"nvmlDeviceGet{name}", unknown)
    memory = type("Memory", (), {"used": 3 * 2**30})
    monkeypatch.setattr(pynvml, "nvmlDeviceGetMemoryInfo", lambda _: memory)
    assert load.measure() | {"cpu_load": 0, "rss_mb": 0} == {
        "cpu_load": 0,
        "rss_mb": 0,
        "gpu_mb": 3072,
    }
