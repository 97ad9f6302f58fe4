"""A task's preset and a memory's, joined into one: what is learnt says the rates and the rows of a
step, what it is learnt on says the model, its bits and how many tokens are computed at a time.

Both are files of `presets/training/`, the second kind in `memory/`. Each setting comes with its
reason: the comment above it in its file, or, where the two decide together, a sentence of here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from studio import presets
from studio.errors import InputError, SpecError, fill
from studio.models.machine import Machine, machine
from studio.training.spec import TrainJob
from studio.training.stages import PAIRED

TASKS, MEMORIES = "training", "training/memory"
AUTO = "auto"
SIZED = re.compile(r"gpu-(\d+)gb")
# A card of 24 GB tells of a little less, since its driver keeps some.
NEARLY = 0.97
# presets/training/quick-cpu.yaml: the starter learns a voice in 30 steps at 1e-3, five times the
# rate that models of billions take (tests/engine/test_training.py, "learns a voice").
STARTER_RATE = 5
TOGETHER = {
    "cutoff_len": "The task would take {wanted} tokens; this memory holds {tokens} at a time",
    "short": "The rows of this task are short: they seldom reach {tokens} tokens",
    "rows": "This memory holds {tokens} tokens at a time",
    "pairs": "This memory holds {tokens} tokens at a time, and a pair has two replies",
    "step": "So that a step is {rows} rows, as the task wants, whatever the memory",
    "rate": "Five times what larger models take at this task: the starter has 135 million weights",
}


@dataclass(frozen=True)
class Reason:
    """Why a setting is as it is: an English template, with what fills it."""

    text: str
    values: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return fill(self.text, dict(self.values))


@dataclass(frozen=True)
class Pair:
    """A task on a memory. values: the settings by field; why: the reason of each."""

    values: dict[str, Any]
    why: dict[str, Reason]


def memories() -> list[str]:
    """The names of the memories, the smallest first."""
    return sorted(presets.names(MEMORIES), key=gigabytes)


def gigabytes(memory: str) -> int:
    """The GB of the GPU that a memory's name says; 0 for the computer without one."""
    found = SIZED.match(memory)
    return int(found[1]) if found else 0


def memory_of(found: Machine) -> str:
    """The largest memory that a machine has."""
    if found.device != "cuda":
        return memories()[0]
    return [name for name in memories() if gigabytes(name) * NEARLY * 2**30 <= found.total][-1]


def tasks() -> list[str]:
    """The presets that say what is learnt and leave the model to the memory."""
    return [name for name in presets.names(TASKS) if _is_task(presets.load(TASKS, name))]


def paired(task: str, memory: str = AUTO) -> Pair:
    """A task of `tasks`, or "" for the defaults, on a memory of `memories`; "auto" is the one of
    this machine. Raises InputError for a name that there is not.
    """
    memory = memory_of(machine()) if memory == AUTO else memory
    told = presets.comments(MEMORIES, memory)
    told |= presets.comments(TASKS, task) if task else {}
    return _joined(presets.load(TASKS, task) if task else {}, presets.load(MEMORIES, memory), told)


def on_memory(spec: Mapping[str, Any], memory: str) -> dict[str, Any]:
    """The plain data of any training that names no model, with what a memory decides.

    Raises SpecError for another kind of job or one with a model, InputError for another memory.
    """
    if spec.get("kind") != TrainJob.KIND or not _is_task(spec):
        raise SpecError(
            "--memory chooses the model of a training; this job has one, or trains nothing.",
            "Leave --memory away, or the model out of the file.",
        )
    if memory != AUTO and memory not in memories():
        raise InputError(
            "There is no memory {name}.",
            "It may be: {known}.",
            name=memory,
            known=", ".join([AUTO, *memories()]),
        )
    memory = memory_of(machine()) if memory == AUTO else memory
    return dict(spec) | _joined(spec, presets.load(MEMORIES, memory), {}).values


def _is_task(data: Mapping[str, Any]) -> bool:
    return "model_name_or_path" not in data


def _joined(task: Mapping[str, Any], memory: Mapping[str, Any], told: Mapping[str, str]) -> Pair:
    wants, holds = TrainJob.defaults() | dict(task), TrainJob.defaults() | dict(memory)
    values = dict(memory) | dict(task)
    why = {key: Reason(text) for key, text in told.items() if key in values and key != "kind"}

    def decide(name: str, value: Any, reason: str, **of: Any) -> None:
        values[name] = value
        filled = tuple((key, f"{number:,}") for key, number in of.items())
        why[name] = Reason(TOGETHER[reason], filled)

    batch, steps = "per_device_train_batch_size", "gradient_accumulation_steps"
    room = holds[batch] * holds["cutoff_len"]
    cutoff, rows = min(wants["cutoff_len"], room), wants[batch] * wants[steps]
    values["cutoff_len"] = cutoff
    if "cutoff_len" not in task:
        decide("cutoff_len", cutoff, "short", tokens=cutoff)
    elif cutoff < wants["cutoff_len"]:
        decide("cutoff_len", cutoff, "cutoff_len", wanted=wants["cutoff_len"], tokens=room)
    two = wants["stage"] in PAIRED
    at_once = max(1, room // cutoff // (2 if two else 1))
    at_once = max(n for n in range(1, at_once + 1) if rows % n == 0)
    decide(batch, at_once, "pairs" if two else "rows", tokens=room)
    decide(steps, rows // at_once, "step", rows=rows)
    if holds["model_name_or_path"] == "starter":
        decide("learning_rate", float(f"{STARTER_RATE * wants['learning_rate']:.3g}"), "rate")
    return Pair(values, why)
