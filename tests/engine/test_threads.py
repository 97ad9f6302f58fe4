"""How many threads the model server takes: what a trial shows, never more than others leave
free.
"""

import time

import psutil
import pytest
import torch

from studio.serving import threads
from studio.serving.threads import Threads


@pytest.fixture
def machine(monkeypatch):
    """A machine of eight cores whose steps take as long as `cost` says; nothing of torch is
    changed.
    """
    state = {"threads": 8, "others": 0.0, "clock": 0.0, "cost": lambda n: 0.1 / n}
    monkeypatch.setattr(torch, "set_num_threads", lambda n: state.update(threads=n))
    monkeypatch.setattr(psutil, "cpu_count", lambda logical=True: 8)
    monkeypatch.setattr(threads.os, "cpu_count", lambda: 8)
    monkeypatch.setattr(time, "monotonic", lambda: state["clock"])
    monkeypatch.setattr(threads, "_busy_s", lambda: state["others"] * state["clock"])
    monkeypatch.setattr(Threads, "_own_s", lambda self: 0.0)

    def step():
        state["clock"] += state["cost"](state["threads"])

    return state, step


@pytest.mark.parametrize(
    ("cost", "wanted"),
    [
        (lambda n: 0.1 / n, 8),
        (lambda n: 0.1, 1),
        (lambda n: 0.1 * n, 1),
        (lambda n: 0.1 / min(n, 4), 4),
        (lambda n: 0.1 / n**0.05, 1),
    ],
)
def test_as_many_as_make_it_quicker(machine, cost, wanted):
    state, step = machine
    state["cost"] = cost
    made = Threads(None)
    made.choose(step)
    assert (made.most, state["threads"], made.due) == (wanted, wanted, False)


def test_a_number_that_was_asked_for_stays(machine):
    state, step = machine
    made = Threads(3)
    made.choose(step)
    assert state["threads"] == 3 and not made.due and state["clock"] == 0


def test_a_trial_beside_a_busy_program_is_made_again(machine):
    state, step = machine
    state |= {"others": 7.5, "cost": lambda n: 0.1 * n}
    made = Threads(None)
    assert made.due
    made.choose(step)
    assert made.most == 1 and not made.due
    state["clock"] += threads.AGAIN_S
    state |= {"others": 0.0, "cost": lambda n: 0.1 / n}
    assert made.due
    made.settle()  # what was busy until now is behind
    made.choose(step)
    assert made.most == 8 and not made.due
    state["others"], state["clock"] = 0.0, state["clock"] + 1
    made.settle()
    assert state["threads"] == 8


def test_a_slow_model_is_not_tried_for_long(machine):
    state, step = machine
    state["cost"] = lambda n: 2.0
    Threads(None).choose(step)
    assert state["clock"] <= 8.0
