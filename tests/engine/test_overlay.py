"""Several runs on one chart: losses over epochs and tokens, the settings that differ; which runs
are on it.
"""

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from studio.training.overlay import along, differences
from tabs.training import beside


def test_a_loss_stands_where_its_step_stands_on_the_other_clock():
    loss = {"x": [0.0, 5.0, 10.0, 15.0, 40.0], "y": [9.0, 3.0, 2.0, 1.5, 1.0]}
    tokens = {"x": [5.0, 10.0, 20.0], "y": [500.0, 1000.0, 3000.0]}
    assert along(loss, tokens) == {"x": [500.0, 1000.0, 2000.0, 3000.0], "y": [3.0, 2.0, 1.5, 1.0]}
    assert along(loss, {"x": [], "y": []}) == {"x": [], "y": []}


@given(st.lists(st.integers(1, 1000), min_size=1, unique=True), st.integers(1, 9))
def test_a_straight_clock_only_changes_the_unit(steps, unit):
    steps = sorted(map(float, steps))
    clock = {"x": [steps[0], steps[-1]], "y": [steps[0] * unit, steps[-1] * unit]}
    found = along({"x": steps, "y": steps}, clock)
    assert all(abs(x - y * unit) < 1e-6 for x, y in zip(found["x"], found["y"], strict=True))


def test_only_settings_that_differ_are_told():
    specs = [
        {"kind": "train", "name": "a", "learning_rate": 1e-4, "lora_rank": 8},
        {"kind": "train", "name": "b", "learning_rate": 2e-4, "lora_rank": 8, "packing": True},
    ]
    assert differences(specs) == [("learning_rate", [1e-4, 2e-4]), ("packing", [None, True])]
    assert differences(specs[:1]) == []


def test_a_press_puts_a_run_on_the_chart_and_another_takes_it_off():
    assert beside.ticked({}, "b") == ["b"]
    assert beside.ticked({"beside": ["b", "c"]}, "b") == ["c"]
    many = beside.ticked({"beside": list("bcdef")}, "g")
    assert many == list("cdefg") and len(many) == beside.MOST - 1
    runs = [SimpleNamespace(id=name) for name in "abc"]
    page = {"beside": ["c", "a", "gone"]}
    assert [one.id for one in beside.chosen(page, runs[0], runs)] == ["a", "c"]
    assert beside.chosen(page, None, runs) == []
    assert (
        beside.axis_of({"axis": "tokens"}) == "tokens" and beside.axis_of({"axis": "x"}) == "step"
    )
