"""Every file under presets/ is read by the code that uses it; a folder that no reader knows is a
mistake.
"""

from typing import get_args

import pytest

from studio import presets
from studio.datasets.assembly.identity import rows as identity_rows
from studio.dialogue.asking.prompts import speaker_prompts
from studio.documents.cleaning.patterns import advertisements
from studio.documents.samples import sample_facts, samples
from studio.errors import SpecError
from studio.generation.prompts import instruction_prompts
from studio.generation.spec import InstructionsJob, rewrite_prompt
from studio.jobs.kinds import read_spec
from studio.llm import ProviderSpec
from studio.models.catalog import available, preset_id
from studio.training.device_fields import Distributed

FILES = sorted(
    str(p.relative_to(presets.SHIPPED).with_suffix("")) for p in presets.SHIPPED.rglob("*.yaml")
)
# Kind of a folder's presets, and what a form would add to them.
FORMS = {
    "chunking": ("chunk", {"documents": ["d"]}),
    "cleaning": ("clean", {"documents": ["d"]}),
    "training": ("train", {"dataset": "x"}),
    "training/memory": ("train", {"dataset": "x"}),
    "dialogue": ("dialogue", {"documents": ["d"], "target": "x"}),
    "pipelines": ("pipeline", {}),
}


def as_form(name, workspace):
    folder, _, stem = name.rpartition("/")
    kind, more = FORMS[folder]
    data = presets.load(folder, stem)
    assert data.get("kind", kind) == kind
    spec = read_spec({"kind": kind} | data | {k: v for k, v in more.items() if k not in data})
    # Every key that stands in the file arrives: none is a field of yesterday.
    assert set(data) - {"kind"} <= set(type(spec).model_fields)
    text = (presets.SHIPPED / f"{name}.yaml").read_text(encoding="utf-8")
    assert text.startswith("# "), "it does not say what it is for"
    if folder != "pipelines":
        says_only_what_differs(spec, data, more)


def says_only_what_differs(spec, data, more):
    """And means the same in a file as in a form, where the defaults stand around it."""
    rows = {row.name: row for row in spec.rows()}
    around = {name: row.default for name, row in rows.items() if row.preset}
    assert type(spec).read(around | more | data) == spec
    # A model is named even where it is the default: a form takes another place for it.
    for name in set(data) - {"kind", "model_name_or_path"}:
        without = {key: value for key, value in data.items() if key != name}
        try:
            left = type(spec).read(more | without)
        except SpecError:
            continue  # another field needs it
        assert getattr(left, name) != getattr(spec, name) or data[name] != rows[name].default, name


def as_provider(name, workspace):
    data = presets.load("providers", name.partition("/")[2])
    assert (
        ProviderSpec.read(
            {k: v for k, v in data.items() if k in ProviderSpec.model_fields}
        ).base_url.startswith("http")
        or data["provider"] == "local"
    )


def as_model(name, workspace):
    stem = name.partition("/")[2]
    entries = {entry.name: entry for entry in available()}
    assert entries[stem].kind == "hub" and entries[stem].note
    assert any("/" in preset_id(stem, hub) for hub in ("huggingface", "modelscope"))


def as_prompts(name, workspace):
    stem, _, language = name.partition("/")[2].rpartition("_")
    if stem == "instructions":
        made = instruction_prompts(InstructionsJob(chunks="c"), language, workspace)
        assert made.types and "{text}" in made.one_step
    elif stem == "speakers":
        assert "{lines}" in speaker_prompts(language, workspace).ask
    else:
        assert stem == "rewrite" and "{answer}" in rewrite_prompt(language)


def as_patterns(name, workspace):
    assert name == "cleaning/patterns/advertisements" and advertisements().lines.pattern


def as_samples(name, workspace):
    facts = {sample: sample_facts(sample) for sample in samples()}
    assert name == "samples/about" and len(facts) >= 4
    assert all(
        fact["title"] and fact["language"] in ("zh", "en") and fact["kind"] in ("story", "statute")
        for fact in facts.values()
    )


def as_identity(name, workspace):
    language = name.partition("/")[2]
    made = identity_rows("Inky", "Ada", [language], 60, 1, workspace)
    assert len(made) == 60 and "{{" not in str(made) and all(row["output"] for row in made)


def as_accelerate(name, workspace):
    assert name.partition("/")[2] in get_args(Distributed)


READERS = dict.fromkeys(FORMS, as_form) | {
    "accelerate": as_accelerate,
    "providers": as_provider,
    "models": as_model,
    "prompts": as_prompts,
    "cleaning/patterns": as_patterns,
    "samples": as_samples,
    "identity": as_identity,
}


@pytest.mark.parametrize("name", FILES)
def test_a_preset_is_read_by_what_uses_it(name, workspace):
    READERS[name.rpartition("/")[0]](name, workspace)


def test_every_kind_of_preset_is_there():
    assert {name.rpartition("/")[0] for name in FILES} == set(READERS)
