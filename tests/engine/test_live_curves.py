"""Curves that are read on: the same as read whole, in few points, and only what is new is read."""

import json

from studio.training import curves, live


def write(path, steps, start=1, value=lambda step: 1 / step):
    with path.open("a") as out:
        for step in range(start, start + steps):
            out.write(json.dumps({"step": step, "loss": value(step), "new": 1}) + "\n")


def test_a_short_run_is_shown_point_for_point(tmp_path):
    path = tmp_path / "metrics.jsonl"
    run = live.Run(path, {"loss": 600, "eval_loss": 600})
    assert run.look() == {"loss": {"x": [], "y": []}, "eval_loss": {"x": [], "y": []}}
    write(path, 5)
    with path.open("a") as out:
        out.write('{"step": 5, "eval_loss": 0.5}\n{"step": 6, "lo')
    found = run.look()
    whole = curves.series(curves.read(path), "loss")
    assert found["loss"]["x"] == whole["x"] and [round(y, 4) for y in found["loss"]["y"]] == [
        round(y, 4) for y in whole["y"]
    ]
    assert found["eval_loss"] == {"x": [5], "y": [0.5]}


def test_a_long_run_keeps_its_ends_and_its_spikes_in_few_points(tmp_path):
    path = tmp_path / "metrics.jsonl"
    write(path, 20_000, value=lambda step: {777: -5.0, 15_000: 9.0, 20_000: 3.0}.get(step, 1.0))
    run = live.Run(path, {"loss": 600})
    loss = run.look()["loss"]
    assert (
        len(loss["x"]) <= 602
        and loss["x"] == sorted(set(loss["x"]))
        and (loss["x"][0], loss["x"][-1]) == (1, 20_000)
    )
    assert {-5.0, 9.0} <= set(loss["y"]) and loss["y"][-1] == 3.0


def test_only_what_is_new_is_read(tmp_path, monkeypatch):
    path = tmp_path / "metrics.jsonl"
    run = live.Run(path, {"loss": 100})
    read, real = [], curves.read_from

    def counted(path, offset, *most):
        read.append(offset)
        return real(path, offset, *most)

    monkeypatch.setattr(curves, "read_from", counted)
    write(path, 3)
    run.look()
    run.look()
    size = path.stat().st_size
    write(path, 2, 4)
    assert run.look()["loss"]["x"] == [1, 2, 3, 4, 5]
    assert read == [0, size]


def test_a_file_that_was_cut_back_is_read_anew(tmp_path):
    path = tmp_path / "metrics.jsonl"
    run = live.Run(path, {"loss": 100})
    write(path, 9)
    assert run.look()["loss"]["x"][-1] == 9
    again = tmp_path / "again"
    write(again, 4)
    write(again, 9, 5, value=lambda step: 2.0)
    again.replace(path)  # as a resumed run does: longer than before, and other lines
    found = run.look()["loss"]
    assert found["x"] == list(range(1, 14)) and found["y"][4:] == [2.0] * 9


def test_few_runs_are_kept(tmp_path):
    runs = live.Runs({"loss": 100})
    for n in range(live.KEPT + 5):
        write(tmp_path / f"{n}.jsonl", 2)
        assert runs.look(tmp_path / f"{n}.jsonl")["loss"]["x"] == [1, 2]
    assert len(runs._runs) == live.KEPT


def test_the_smoothed_line_is_made_of_means_not_of_the_extremes(tmp_path):
    """Nine of ten values are 1 and one is 11: the mean is 2, the middle of the extremes 6."""
    path = tmp_path / "metrics.jsonl"
    write(path, 20_000, value=lambda step: 11.0 if step % 10 == 0 else 1.0)
    runs = live.Runs({"loss": 600})
    runs.look(path)
    means = runs.run(path).means("loss")
    assert len(means["x"]) <= 300 and all(abs(y - 2) < 0.2 for y in means["y"][:-1])
    short = tmp_path / "short.jsonl"
    write(short, 5)
    runs.look(short)
    assert runs.run(short).means("loss") == runs.look(short)["loss"]


def test_a_file_is_read_in_parts_and_gives_the_same(tmp_path, monkeypatch):
    path = tmp_path / "metrics.jsonl"
    write(path, 500)
    with path.open("a") as out:
        out.write('no json\n{"step": 501, "loss": 3.0, "note": "' + "x" * 400 + '"}\n')
    whole = live.Run(path, {"loss": 2000}).look()
    monkeypatch.setattr(live, "PART", 100)
    assert live.Run(path, {"loss": 2000}).look() == whole and whole["loss"]["x"][-1] == 501
