"""The page "which method when" and the tour tell of what there is, in each language the same."""

from typing import get_args

import pytest

from studio import presets
from studio.chunking.spec import ChunkSpec
from studio.training.spec import TrainJob
from tabs.kit.language import LANGUAGES, choice_label, word
from tabs.shell import guide

TOLD = {"id", "name", "code", "what", "when", "cost", "example"}


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
    assert sorted(found["presets"]) == sorted(presets.names("training"))
    named = {name for one in found["encoders"].values() for name in one["code"].split(", ")}
    assert named == set(choices(ChunkSpec, "encoder"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_says_what_when_at_what_cost_with_an_example(language):
    for methods in parts(language).values():
        for one in methods.values():
            assert set(one) == TOLD and all(str(text).strip() for text in one.values()), one


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
