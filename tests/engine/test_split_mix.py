"""Dividing rows into parts, mixing sources, identity rows, and which part goes with which set."""

import itertools
import json
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_model import start

from studio import datasets
from studio.datasets import naming, partners, registry
from studio.datasets.assembly import job
from studio.datasets.assembly.mix import account, picks, weights
from studio.datasets.assembly.near_duplicates import clusters
from studio.datasets.assembly.split import divide, hold_out
from studio.datasets.assembly.strata import whole
from studio.datasets.spec import DatasetJob
from studio.errors import InputError, SpecError
from studio.evaluation import EvaluateJob
from studio.jobs import records
from studio.training.spec import TrainJob


def run(workspace, **spec):
    """A dataset job's result; the job runs here."""
    made = DatasetJob.read(spec)
    made.check(workspace)
    return job.run(made, start(workspace, made))


def put(workspace, name, rows):
    """A registered dataset of these rows."""
    datasets.register_file(workspace, f"{name}.json", json.dumps(rows).encode(), name)


def questions(count, **more):
    draw = random.Random(7)
    letters = "abcdefghijklmnop "
    return [
        {"instruction": "".join(draw.choices(letters, k=60)), "output": f"answer {n}"} | more
        for n in range(count)
    ]


def rows_of(workspace, name):
    return datasets.open_dataset(name, workspace).rows()


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from([1, 1, 2, 3, 5, 7]), min_size=2, max_size=9),
    st.integers(1, 25),
    st.integers(0, 9),
)
def test_a_part_comes_as_near_to_its_count_as_whole_groups_allow(sizes, wanted, seed):
    keys = [[("group", n)] for n, size in enumerate(sizes) for _ in range(size)]
    if wanted >= len(keys):
        return
    held = divide(keys, [wanted], seed).parts[1]
    sums = {sum(some) for r in range(1, len(sizes)) for some in itertools.combinations(sizes, r)}
    assert abs(len(held) - wanted) == min(abs(one - wanted) for one in sums)
    assert held == divide(keys, [wanted], seed).parts[1]


def test_counts_and_shares_are_exact_where_rows_stand_alone():
    keys = [[("row", n)] for n in range(1000)]
    made = divide(keys, [150, 150], 1)
    assert [len(part) for part in made.parts] == [700, 150, 150]
    assert sorted(n for part in made.parts for n in part) == list(range(1000))
    assert divide(keys, [150, 150], 2).parts != made.parts
    assert len(hold_out(keys, 0.3, 1)[1]) == 300
    assert len(hold_out(keys, 30, 1)[1]) == 30


def test_every_part_has_the_same_shares_of_what_it_is_stratified_by():
    labels = ["often"] * 700 + ["seldom"] * 250 + ["rare"] * 50
    keys = [[("row", n)] for n in range(1000)]
    for part in divide(keys, [200, 100], 4, labels).parts:
        told = Counter(labels[n] for n in part)
        assert told["often"] / len(part) == pytest.approx(0.7, abs=0.01)
        assert told["rare"] / len(part) == pytest.approx(0.05, abs=0.01)


def test_more_rows_than_there_are_cannot_be_held_out():
    with pytest.raises(InputError, match="only 3"):
        divide([[n] for n in range(3)], [2, 1], 1)
    with pytest.raises(InputError, match="same chunk"):
        divide([["one"]] * 5, [2], 1)


def test_a_split_makes_three_sets_and_parts_no_near_duplicates(workspace):
    rows = questions(60)
    rows += [one | {"instruction": one["instruction"] + "!"} for one in rows[:20]]
    put(workspace, "one", rows)
    made = run(
        workspace, op="split", sources=["one"], name="two", val_size=0.2, test_size=10, seed=3
    )
    assert (made["rows"], made["heldout_rows"], made["test_rows"]) == (54, 16, 10)
    assert (made["heldout"], made["test"]) == ("two-heldout", "two-test")
    assert made["split"]["groups"] == 20
    assert (made["split"]["validation_wanted"], made["split"]["test_wanted"]) == (16, 10)
    parts = [rows_of(workspace, name) for name in ("two", "two-heldout", "two-test")]
    part_of = [n for n, part in enumerate(parts) for _ in part]
    for group in clusters(whole(row) for part in parts for row in part):
        assert len({part_of[n] for n in group}) == 1
    again = run(
        workspace, op="split", sources=["one"], name="three", val_size=0.2, test_size=10, seed=3
    )
    assert again["split"] == made["split"]
    assert rows_of(workspace, "three-test") == parts[2]
    loose = run(
        workspace, op="split", sources=["one"], name="loose", val_size=0.2, group_by=[], seed=3
    )
    assert loose["split"]["groups"] == 0


def test_a_split_is_stratified_by_a_column_of_the_file(workspace):
    rows = [row | {"type": "why" if n % 4 else "who"} for n, row in enumerate(questions(80))]
    put(workspace, "one", rows)
    made = run(
        workspace, op="split", sources=["one"], name="two", val_size=0.25, stratify_by="type"
    )
    assert made["split"]["labels"] == [
        {"label": "why", "rows": [45, 15, 0]},
        {"label": "who", "rows": [15, 5, 0]},
    ]
    again = run(
        workspace, op="split", sources=["two"], name="three", val_size=0.2, stratify_by="type"
    )
    assert [one["rows"] for one in again["split"]["labels"]] == [[36, 9, 0], [12, 3, 0]]
    with pytest.raises(InputError, match="No row has mood"):
        run(workspace, op="split", sources=["one"], name="x", val_size=0.2, stratify_by="mood")


def test_a_part_for_the_test_never_takes_the_place_of_a_set_of_that_name(workspace):
    put(workspace, "law-test", questions(3))
    put(workspace, "one", questions(20))
    run(workspace, op="split", sources=["one"], name="law", val_size=0.2)
    with pytest.raises(InputError, match="law-test"):
        run(workspace, op="split", sources=["one"], name="law2", test_size=2, val_size=2) and run(
            workspace, op="split", sources=["law2"], name="law", test_size=2
        )
    run(workspace, op="split", sources=["one"], name="law", val_size=0.1, overwrite=True)
    assert len(rows_of(workspace, "law-test")) == 3


def test_what_was_held_out_is_remembered_over_renaming_and_converting(workspace):
    put(workspace, "one", questions(20))
    run(workspace, op="split", sources=["one"], name="two", val_size=4, test_size=3)
    assert partners.held_out(workspace, "two") == "two-heldout"
    assert partners.held_out(workspace, "two", partners.FOR_TEST) == "two-test"
    assert partners.whole_of(workspace, "two-test") == "two"
    naming.rename(workspace, "two", "story")
    naming.rename(workspace, "two-heldout", "measured")
    assert partners.held_out(workspace, "story") == "measured"
    assert partners.whole_of(workspace, "measured") == "story"
    run(workspace, op="convert", sources=["story"], name="other", formatting="openai")
    assert partners.held_out(workspace, "other") == "measured"
    registry.unregister(workspace, "measured", delete_file=True)
    assert partners.held_out(workspace, "story") == ""
    assert partners.held_out(workspace, "one") == ""


def test_an_evaluation_takes_what_was_held_out_of_the_adapters_training(workspace):
    put(workspace, "one", questions(20))
    run(workspace, op="split", sources=["one"], name="two", val_size=4)
    put(workspace, "other", questions(3))
    ids = [
        records.create(workspace, TrainJob.read({"dataset": "two"} | more), parent=None, step=None)[
            0
        ].id
        for more in ({}, {"eval_dataset": "other"}, {"dataset": "one"})
    ]
    found = [EvaluateJob.read({"adapter_name_or_path": one}) for one in ids]
    assert found[0].measured_on(workspace) == "two-heldout"
    assert found[1].measured_on(workspace) == "other"
    assert EvaluateJob.read({"dataset": "one"}).measured_on(workspace) == "one"
    for spec in (found[2], EvaluateJob.read({})):
        with pytest.raises(InputError, match="No dataset is named"):
            spec.measured_on(workspace)


def test_a_part_is_known_by_its_name_where_nothing_was_kept(workspace):
    put(workspace, "old", questions(4))
    put(workspace, "old-heldout", questions(2))
    assert partners.held_out(workspace, "old") == "old-heldout"
    naming.rename(workspace, "old", "new")
    assert partners.held_out(workspace, "new") == "old-heldout"


@pytest.mark.parametrize(
    ("strategy", "counts"),
    [
        ("concat", {0: 10, 1: 4}),
        ("interleave_under", {0: 5, 1: 4}),
        ("interleave_over", {0: 10, 1: 9}),
        ("interleave_once", {0: 10, 1: 4}),
    ],
)
def test_a_mix_without_weights_takes_turns(strategy, counts):
    made = picks([10, 4], strategy, [], 0, 1)
    found = Counter(source for source, _ in made)
    assert abs(found[0] - counts[0]) <= 1
    assert abs(found[1] - counts[1]) <= 1
    if strategy in ("concat", "interleave_once"):
        assert len(set(made)) == len(made) == 14


def test_a_total_is_met_exactly_and_what_is_repeated_is_counted():
    made = picks([10, 4], "concat", [0.5, 0.5], 12, 1)
    big, small = account(["big", "small"], [10, 4], made)
    assert (big.taken, big.repeated, big.left_out) == (6, 0, 4)
    assert (small.taken, small.repeated, small.left_out) == (6, 2, 0)
    assert picks([10, 4], "concat", [0.5, 0.5], 12, 1) == made
    assert len(picks([10, 4], "concat", [1, 1], 0, 1)) == 8  # what needs no repetition
    assert len(picks([10, 4], "interleave_over", [0.9, 0.1], 1000, 1)) == 1000
    shares = Counter(source for source, _ in picks([99, 99], "interleave_over", [3, 1], 4000, 1))
    assert shares[0] / 4000 == pytest.approx(0.75, abs=0.03)
    assert len(picks([10, 4], "interleave_once", [0, 1], 0, 1)) == 4


def test_weights_are_read_in_every_way_of_writing_them():
    def read(value):
        spec = DatasetJob.read(
            {"op": "mix", "sources": ["a", "b"], "name": "m", "interleave_probs": value}
        )
        return weights(spec.sources, spec.interleave_probs, ["Letters", "b"])

    assert read({"b": 1, "a": 3}) == read("3,1") == read([3, 1]) == [3.0, 1.0]
    assert read(["Letters: 3", "b: 1"]) == [3.0, 1.0]
    assert read([]) == []
    table = DatasetJob.read({"op": "mix", "sources": {"a": 3, "b": 1}, "name": "m"})
    assert weights(table.sources, table.interleave_probs, ["a", "b"]) == [3.0, 1.0]
    with pytest.raises(InputError, match="belongs to none"):
        read({"a": 1, "c": 2})
    with pytest.raises(InputError, match="1 sources have no weight"):
        read({"a": 1})
    with pytest.raises(SpecError, match="no weight"):
        read("much,little")


def test_a_mix_brings_formats_to_one_and_keeps_where_each_row_came_from(workspace):
    put(workspace, "plain", questions(10))
    talk = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    put(workspace, "talks", [{"messages": [*talk, *talk]} for _ in range(5)])
    made = run(
        workspace,
        op="mix",
        sources=["plain", "talks"],
        name="both",
        formatting="sharegpt",
        interleave_probs={"plain": 0.5, "talks": 0.5},
        total_rows=16,
    )
    assert made["rows"] == 16
    assert made["mix"] == [
        {"source": "plain", "rows": 10, "taken": 8, "repeated": 0, "left_out": 2},
        {"source": "talks", "rows": 5, "taken": 8, "repeated": 3, "left_out": 0},
    ]
    lines = registry.sidecar(workspace, "both").read_text(encoding="utf-8").splitlines()
    assert Counter(json.loads(line)["dataset"] for line in lines) == {"plain": 8, "talks": 8}
    put(workspace, "pairs", [{"instruction": "q", "chosen": "a", "rejected": "b"}])
    with pytest.raises(InputError, match="different kinds"):
        run(workspace, op="mix", sources=["plain", "pairs"], name="x")
    put(workspace, "kto", [{"instruction": "q", "output": "a", "kto_tag": True}])
    with pytest.raises(InputError, match=r"plain \(sft\), kto \(kto\)"):
        run(workspace, op="mix", sources=["plain", "kto"], name="x")


def test_the_repetitions_of_a_row_stay_in_one_part(workspace):
    put(workspace, "one", questions(20))
    run(
        workspace,
        op="mix",
        sources=["one"],
        name="twice",
        total_rows=40,
        val_size=0.3,
        group_by=[],
    )
    train, held = (
        {row["output"] for row in rows_of(workspace, name)} for name in ("twice", "twice-heldout")
    )
    assert len(train) + len(held) == 20


def test_a_mix_that_would_hardly_ever_end_is_refused(monkeypatch):
    monkeypatch.setattr("studio.datasets.assembly.mix.MOST_ROWS", 1000)
    with pytest.raises(InputError, match="more than 1,000 rows"):
        picks([10, 4], "interleave_over", [1, 1e-9], 0, 1)


def test_identity_rows_are_different_and_name_the_model_and_its_maker(workspace):
    who = {"identity_name": "Inky", "identity_author": "Ada & Co"}
    made = run(workspace, op="identity", name="me", identity_rows=60, **who)
    rows = rows_of(workspace, "me")
    assert made["rows"] == len(rows) == 120
    text = json.dumps(rows, ensure_ascii=False)
    assert "{{" not in text
    assert text.count("Inky") > 60 < text.count("Ada & Co")
    assert len({(str(row["history"]), row["instruction"]) for row in rows}) == 120
    assert sum(bool(row["history"]) for row in rows) == 14
    chinese = sum("\u4e00" <= row["instruction"][0] <= "\u9fff" for row in rows)
    assert 50 <= chinese <= 70
    small = run(workspace, op="identity", name="few", identity_rows=20, **who)
    assert small["rows"] == 40
    with pytest.raises(SpecError, match="identity_author"):
        DatasetJob.read({"op": "identity", "name": "x", "identity_name": "Inky"})


def test_identity_rows_are_mixed_into_a_set_whose_places_are_filled(workspace):
    put(workspace, "base", [{"instruction": "Who?", "output": "I am {{name}} of {{ author }}."}])
    made = run(
        workspace,
        op="identity",
        name="all",
        identity_name="Inky",
        identity_author="Ada",
        identity_into="base",
        identity_languages=["zh"],
        identity_rows=20,
    )
    assert (made["rows"], made["filled"]) == (21, 2)
    assert [one["taken"] for one in made["mix"]] == [1, 20]
    assert rows_of(workspace, "all")[0]["output"] == "I am Inky of Ada."
    assert rows_of(workspace, "base")[0]["output"] == "I am {{name}} of {{ author }}."
