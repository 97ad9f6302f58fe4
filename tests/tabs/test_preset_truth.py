"""What a preset says in sight is what happens: a field that another one overrules is known as such,
in every preset of every form, and really changes nothing.
"""

import dataclasses

import pytest

from studio import presets
from studio.chunking import ChunkSpec, chunk_text
from studio.documents.cleaning.spec import CleanJob
from studio.jobs.kinds import KINDS, spec_class
from studio.llm.chat import ChatSpec
from studio.spec import is_set
from studio.training.plan import steps
from studio.training.spec import TrainJob
from tests.engine.test_presets import FORMS

SPECS = [*(spec_class(kind) for kind in KINDS), ChatSpec]
SHIPPED = [
    (folder, name) for folder in FORMS if folder != "pipelines" for name in presets.names(folder)
]
TEXT = "The mill stood. Nobody came. The wheel turned at night. Rain fell on the roof.\n\n" * 30


@pytest.mark.parametrize(("folder", "name"), SHIPPED, ids=lambda value: str(value))
def test_no_preset_names_what_it_overrules_itself(folder, name):
    """A value that a preset takes the trouble to name counts in that preset."""
    kind, more = FORMS[folder]
    data = {key: value for key, value in presets.load(folder, name).items() if key != "kind"}
    idle = spec_class(kind).without_effect(more | data)
    assert not idle.keys() & data.keys()


def test_a_preset_by_steps_says_that_its_epochs_do_not_count():
    by_steps = [
        name
        for name in presets.names("training")
        if presets.load("training", name).get("max_steps", 0) > 0
    ]
    assert by_steps  # the quick try is one
    for name in by_steps:
        idle = TrainJob.without_effect(presets.load("training", name))
        assert idle["num_train_epochs"] == "max_steps"


def test_the_training_goes_by_what_is_said_to_count():
    few, many = (
        TrainJob(dataset="x", max_steps=30, num_train_epochs=epochs) for epochs in (1.0, 9.0)
    )
    assert steps(few, 400) == steps(many, 400) == 30
    few, many = (TrainJob(dataset="x", num_train_epochs=epochs) for epochs in (1.0, 9.0))
    assert steps(few, 400) < steps(many, 400)
    assert "num_train_epochs" not in TrainJob.without_effect(few.plain())


@pytest.mark.parametrize(
    ("method", "field", "other"),
    [
        ("structure", "granularity", 0.95),
        ("length", "granularity", 0.95),
        ("greedy", "granularity", 0.95),
        ("semantic", "similarity_threshold", 0.99),
        ("paragraph", "structure_unit", "heading"),
        ("length", "encoder", "minilm"),
        ("semantic", "pooling", "cls"),
        ("semantic", "tokenizer", "no-such-model"),
    ],
)
def test_a_field_of_chunking_that_does_not_count_changes_no_chunk(method, field, other):
    spec = ChunkSpec(method=method, max_tokens=64, min_tokens=8)
    changed = spec.model_copy(update={field: other})
    assert field in ChunkSpec.without_effect(spec.plain())
    cut = [[(c.start, c.end) for c in chunk_text(TEXT, one)] for one in (spec, changed)]
    assert cut[0] == cut[1]


def test_a_field_that_counts_changes_the_chunks():
    spec = ChunkSpec(max_tokens=64, min_tokens=8)
    assert not ChunkSpec.without_effect(spec.plain()).keys() & {"granularity", "encoder"}
    finer = spec.model_copy(update={"granularity": 0.999})
    assert len(chunk_text(TEXT, finer)) > len(chunk_text(TEXT, spec))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.KIND)
def test_every_rule_speaks_of_fields_and_choices_that_there_are(spec):
    rows = {row.name: row for row in spec.rows()}
    for row in rows.values():
        assert not row.overruled_by or row.overruled_by in rows
        for by, among in row.counts_with.items():
            assert set(among) <= {*(rows[by].choices or (True, False))}, row.name
    # As it stands by itself, nothing in a form is overruled.
    assert not [
        row.name for row in rows.values() if is_set(rows.get(row.overruled_by, _NONE).default)
    ]


@dataclasses.dataclass(frozen=True)
class _None:
    default: object = None


_NONE = _None()


def test_what_masks_goes_with_masking():
    assert CleanJob.without_effect({})["mask_style"] == "mask_personal"
    assert "mask_style" not in CleanJob.without_effect({"mask_personal": True})
