"""The page "which method when" and the tour tell of what there is, in each language the same."""

import re
from typing import get_args

import pytest

from studio import presets
from studio.chunking.spec import ChunkSpec
from studio.training.spec import TrainJob
from tabs.kit.language import LANGUAGES, choice_label, field_help, field_label, word
from tabs.shell import guide

TOLD = {"id", "name", "code", "what", "when", "cost", "example"}
# Of a value: what is usual, and what happens beyond; of a schedule: when to take it.
VALUE = {"id", "name", "code", "what", "usual", "high", "low"}
SCHEDULE = {"id", "name", "what", "when"}


def parts(language):
    return {
        part["id"]: {one["id"]: one for one in part["methods"]}
        for part in guide.said(language)["parts"]
    }


def choices(spec, name):
    return list(get_args(spec.model_fields[name].annotation))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_method_that_there_is_stands_there(language):
    found = parts(language)
    assert sorted(found["chunking"]) == sorted(choices(ChunkSpec, "method"))
    assert list(found["stages"]) == choices(TrainJob, "stage")
    assert list(found["tuning"]) == choices(TrainJob, "finetuning_type")
    assert sorted(found["schedulers"]) == sorted(choices(TrainJob, "lr_scheduler_type"))
    assert sorted(found["presets"]) == sorted(presets.names("training"))
    named = {name for one in found["encoders"].values() for name in one["code"].split(", ")}
    assert named == set(choices(ChunkSpec, "encoder"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_says_what_when_at_what_cost_with_an_example(language):
    for part, methods in parts(language).items():
        keys = {"values": VALUE, "schedulers": SCHEDULE}.get(part, TOLD)
        for one in methods.values():
            told = {key for key, text in one.items() if str(text).strip()}
            assert told == keys, one


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_value_is_called_as_in_its_field(language):
    for name, one in parts(language)["values"].items():
        assert one["name"] == field_label(language, "train", name)


SAYING = {"en": r"(?i)too \w|usual|higher|lower|more|less|\d", "zh": r"过|常|更|多|小|大|\d"}
# Numbers of a training that need no advice: what they are about says all.
PLAIN = {"seed", "num_processes", "num_machines", "machine_rank", "main_process_port"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_help_of_every_number_of_a_training_says_which_is_usual(language):
    numbers = [row for row in TrainJob.rows() if row.type in ("int", "float")]
    assert len(numbers) > 35
    lacking = [
        row.name
        for row in numbers
        if row.name not in PLAIN
        and len(re.findall(SAYING[language], field_help(language, "train", row))) < 2
    ]
    assert lacking == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_method_is_called_as_in_its_field(language):
    for name, one in parts(language)["chunking"].items():
        assert one["name"] == choice_label(language, "chunk", "method", name)
    for name, one in parts(language)["presets"].items():
        assert one["name"] == word(language, f"presets.names.training.{name}")


def test_the_tour_has_seven_sentences_in_each_language():
    for language in LANGUAGES:
        said = guide.said(language)["tour"]
        assert [said[f"step_{n}"] for n in range(1, 8)] and "step_8" not in said
