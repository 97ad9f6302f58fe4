"""Entries of dataset_info.json in all their forms: read, refused with a reason, written anew, and
files known by what is in them.
"""

import hashlib
import json

import pytest

from studio.datasets import registry, window
from studio.datasets.checksum import verdict
from studio.datasets.opened import open_dataset
from studio.datasets.row_forms.column_map import COLUMNS, TAGS, Layout, from_entry, plain
from studio.datasets.sampling import sampled
from studio.datasets.source_files.file_kind import kind_of
from studio.datasets.spec import RegisterJob
from studio.datasets.taking_in import taking
from studio.datasets.taking_in.intake import Asked, register_path
from studio.datasets.taking_in.outside import require_dataset_file
from studio.errors import InputError, SpecError
from tests.in_process import job_for

PAIRS = [{"instruction": f"q{n}", "output": f"a{n}"} for n in range(4)]
CSV = "instruction,output\nq0,a0\nq1,a1\n"


def lines(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def registered(workspace, **entries):
    (workspace.data / "dataset_info.json").write_text(json.dumps(entries), encoding="utf-8")
    return {entry.name: entry for entry in registry.entries(workspace)}


def parquet(path, rows):
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)


def arrow(path, rows, *, stream):
    import pyarrow

    table = pyarrow.Table.from_pylist(rows)
    new = pyarrow.ipc.new_stream if stream else pyarrow.ipc.new_file
    with new(str(path), table.schema) as out:
        out.write_table(table)


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"hf_hub_url": "o/n", "file_name": "there.json"}, "lies on Hugging Face (o/n)"),
        ({"ms_hub_url": "o/n"}, "lies on ModelScope (o/n)"),
        ({"hf_hub_url": "o/h", "ms_hub_url": "o/m", "om_hub_url": "o/o"}, "Hugging Face (o/h)"),
        ({"om_hub_url": "o/n"}, "on openMind (o/n), which is not read here"),
        ({"script_url": "belle"}, "loaded by a script (belle); scripts of datasets are not run"),
        ({"cloud_file_name": "s3://b/rows.json"}, "in a cloud store (s3://b/rows.json)"),
        ({}, "has no file in this workspace"),
        ({"file_name": "gone.json"}, "The file gone.json of the dataset x is missing"),
        ({"file_name": "."}, "lies outside data/"),
        ({"file_name": "../inkwell.db"}, "lies outside data/"),
        ({"file_name": "there.json", "split": "validation"}, "asks for the split validation"),
        ({"file_name": "there.json", "num_samples": 0}, "num_samples of the dataset x is not"),
        ({"file_name": "there.json", "num_samples": True}, "num_samples of the dataset x is not"),
        ({"file_name": "there.json", "subset": ["a"]}, "subset of the dataset x is not a text"),
        ({"file_name": "there.json", "formatting": "vicuna"}, "unknown formatting 'vicuna'"),
        ({"file_name": "there.json", "columns": "all"}, "columns of the dataset x are not a table"),
        ({"file_name": "there.json", "tags": {"role_tag": 3}}, "tags of the dataset x are not"),
        ("there.json", "is not a table"),
    ],
)
def test_a_broken_entry_is_listed_with_its_reason_and_the_rest_is_usable(workspace, entry, told):
    (workspace.data / "there.json").write_text(json.dumps(PAIRS))
    found = registered(workspace, x=entry, good={"file_name": "there.json"})
    assert told in found["x"].problem and found["x"].error is not None
    assert registry.names(workspace) == ["good"]
    assert open_dataset("good", workspace).count == 4
    with pytest.raises(Exception, match="dataset|entry"):
        open_dataset("x", workspace)


def test_every_column_and_tag_is_read_and_what_is_not_listed_is_unset():
    columns = {name: f"c_{name}" for name in COLUMNS}
    tags = {name: f"t_{name}" for name in TAGS}
    made = from_entry({"formatting": "sharegpt", "columns": columns, "tags": tags}, "x")
    assert plain(made)["columns"] == columns and plain(made)["tags"] == tags
    one = from_entry({"columns": {"prompt": "p"}, "tags": {"role_tag": "r"}}, "x")
    assert [name for name in COLUMNS if getattr(one, name)] == ["prompt"]
    assert [name for name in TAGS if getattr(one, name)] == ["role_tag"]
    assert from_entry({}, "x") == Layout()


def test_an_entry_is_written_anew_and_keeps_what_nobody_knows(workspace):
    (workspace.data / "q.json").write_text(json.dumps([{"a": "x", "b": "y"}]))
    entry = {
        "note": 1,
        "file_name": "q.json",
        "file_sha1": "0" * 40,
        "columns": {"prompt": "a", "later_key": "z"},
        "num_samples": 3,
    }
    others = {"other": {"strange": [1]}, "last": 5}
    registered(workspace, first=others["other"], own=entry, last=5)
    layout = from_entry({"columns": {"prompt": "a", "response": "b"}}, "own")
    registry.rewrite(workspace, "own", layout)
    after = registry.read_info(workspace)
    assert list(after) == ["first", "own", "last"] and after["last"] == 5
    assert after["first"] == {"strange": [1]}
    assert after["own"] == entry | {"columns": {"prompt": "a", "response": "b", "later_key": "z"}}
    registry.rewrite(workspace, "own", layout, num_samples=None)
    assert "num_samples" not in registry.read_info(workspace)["own"]
    assert open_dataset("own", workspace).rows()[0]["output"] == "y"


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.json", lines(PAIRS), "jsonl"),
        ("a.jsonl", json.dumps(PAIRS, indent=1), "json"),
        ("a.jsonl", json.dumps({"data": PAIRS}, indent=1), "json"),
        ("a.txt", lines(PAIRS), "jsonl"),
        ("a.txt", json.dumps(PAIRS), "json"),
        ("a.txt", CSV, "csv"),
        ("a.txt", CSV.replace(",", "\t"), "csv"),
        ("a.json", CSV, "csv"),
        ("a.tsv", CSV.replace(",", "\t"), "csv"),
        ("a.dat", lines(PAIRS), "jsonl"),
        ("a.csv", lines(PAIRS), "jsonl"),
        ("a.txt", "Call me Ishmael, said he.\nSome years ago, never mind.\n", "txt"),
        ("a.jsonl", "broken\n" + lines(PAIRS), "jsonl"),
    ],
)
def test_a_file_is_judged_by_its_content(workspace, name, content, kind):
    path = workspace.data / name
    path.write_text(content, encoding="utf-8")
    assert kind_of(path, name) == kind
    registered(workspace, x={"file_name": name} | ({"columns": {"prompt": "text"}} if kind == "txt"
               else {}))  # fmt: skip
    assert open_dataset("x", workspace).count == (2 if kind in ("csv", "txt") else 4)


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("name", ["rows.arrow", "rows.jsonl"])
def test_arrow_is_read_in_place_and_taken_in(workspace, tmp_path, name, stream):
    arrow(workspace.data / name, PAIRS, stream=stream)
    registered(workspace, x={"file_name": name})
    assert [row["output"] for row in open_dataset("x", workspace).rows(2)] == ["a2", "a3"]
    arrow(tmp_path / name, PAIRS, stream=stream)
    made = register_path(workspace, name, tmp_path / name, "taken")
    assert (made.rows, made.path.suffix) == (4, ".jsonl")
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:300])
    with pytest.raises(InputError, match="cannot be read as arrow"):
        register_path(workspace, name, tmp_path / name, "cut")


def test_a_folder_of_files_of_one_kind_is_one_dataset(workspace, tmp_path):
    folder = workspace.data / "parts"
    folder.mkdir()
    (folder / "2.json").write_text(json.dumps(PAIRS[2:]))
    (folder / "1.jsonl").write_text(lines(PAIRS[:2]) + "half\n")
    (folder / ".DS_Store").write_bytes(b"\0")
    registered(workspace, x={"file_name": "parts"})
    with pytest.raises(InputError, match=r"1\.jsonl is jsonl and 2\.json is json"):
        open_dataset("x", workspace)
    (folder / "2.json").write_text(lines(PAIRS[2:]))
    opened = open_dataset("x", workspace)
    assert [row["output"] for row in opened.rows()] == ["a0", "a1", "a2", "a3"]
    assert [row["output"] for row in opened.rows(2, 1)] == ["a2"]
    assert (opened.skipped, opened.problems[0]["row"]) == (1, 3)
    assert registry.find(workspace, "x").bytes == sum(
        path.stat().st_size for path in folder.iterdir() if path.name[0] != "."
    )
    spec = RegisterJob.read({"file": str(folder), "name": "joined"})
    result = taking.run(spec, job_for(workspace, spec))
    assert (result["rows"], result["skipped"], result["problems"][0]["row"]) == (4, 1, 3)
    registry.unregister(workspace, "x", delete_file=True)
    assert not folder.exists() and registry.names(workspace) == ["joined"]


def test_parquet_files_with_the_same_columns_are_joined(workspace, tmp_path):
    parquet(tmp_path / "1.parquet", PAIRS[:2])
    parquet(tmp_path / "2.parquet", [{"output": "a2", "instruction": "q2"}])
    paths = [tmp_path / "1.parquet", tmp_path / "2.parquet"]
    assert register_path(workspace, "both", paths, "both").rows == 3
    parquet(tmp_path / "2.parquet", [{"question": "q2"}])
    with pytest.raises(InputError, match=r"2\.parquet has other columns than 1\.parquet"):
        register_path(workspace, "other", paths, "other")


@pytest.mark.parametrize(("count", "number"), [(10, 4), (4, 10), (3, 3), (0, 5)])
def test_samples_are_drawn_as_llamafactory_draws_them(count, number):
    """Fewer: none twice. More: each row once first, then some again. The seed decides."""
    drawn = sampled(count, number, 42)
    assert len(drawn) == (number if count else 0) and drawn == sampled(count, number, 42)
    assert len(set(drawn)) == min(count, number)
    assert sorted(drawn[:count]) == list(range(count)) or number < count
    assert count < 4 or drawn != sampled(count, number, 43)


def test_a_training_takes_as_many_rows_as_the_entry_says(workspace):
    (workspace.data / "q.json").write_text(json.dumps(PAIRS))
    registered(
        workspace,
        some={"file_name": "q.json", "num_samples": 2},
        more={"file_name": "q.json", "num_samples": 6},
        all={"file_name": "q.json"},
    )
    some, more, whole = (open_dataset(name, workspace) for name in ("some", "more", "all"))
    assert (some.count, some.drawn, more.drawn, whole.drawn) == (4, 2, 6, 4)
    assert len(some.training_rows(1)) == 2 and some.training_rows(1) == some.training_rows(1)
    outputs = [row["output"] for _, row in more.training_rows(1)]
    assert len(outputs) == 6 and set(outputs) == {"a0", "a1", "a2", "a3"}
    assert whole.training_rows(1, 3) == list(enumerate(whole.rows(limit=3)))
    assert all(row == whole.rows(number, 1)[0] for number, row in more.training_rows(1))
    assert window.page(workspace, "some", "rows", 0, 10)["count"] == 4


def test_file_sha1_is_checked_and_told(workspace):
    path = workspace.data / "q.json"
    path.write_text(json.dumps(PAIRS))
    right = hashlib.sha1(path.read_bytes()).hexdigest()
    found = registered(
        workspace,
        right={"file_name": "q.json", "file_sha1": right.upper()},
        wrong={"file_name": "q.json", "file_sha1": "0" * 40},
        none={"file_name": "q.json"},
    )
    assert [verdict(found[name]) for name in ("right", "wrong", "none")] == ["same", "differs", ""]
    assert window.page(workspace, "wrong", "rows", 0, 1)["sha1"] == "differs"
    assert open_dataset("wrong", workspace).count == 4


def test_columns_that_are_stated_take_an_unknown_file_in(workspace, tmp_path):
    """Headless; the sentence without them says how."""
    rows = [{"Frage": "wer?", "Antwort": "ich", "Quelle": "BGB"}, {"Frage": "", "Antwort": ""}]
    (tmp_path / "q.json").write_text(json.dumps(rows))
    spec = {"file": str(tmp_path / "q.json")}
    with pytest.raises(InputError, match="Say in columns which one is what"):
        taking.run(made := RegisterJob.read(spec), job_for(workspace, made))
    spec |= {"columns": {"prompt": "Frage", "response": "Antwort"}, "num_samples": 7}
    result = taking.run(made := RegisterJob.read(spec), job_for(workspace, made))
    assert (result["rows"], result["skipped"]) == (1, 1)
    entry = registry.read_info(workspace)["q"]
    assert entry["columns"] == spec["columns"] and entry["num_samples"] == 7
    again = {"name": "q", "columns": {"prompt": "Antwort", "response": "Frage"}}
    assert taking.run(made := RegisterJob.read(again), job_for(workspace, made))["rows"] == 1
    assert open_dataset("q", workspace).rows()[0]["output"] == "wer?"
    assert registry.read_info(workspace)["q"]["num_samples"] == 7
    with pytest.raises(SpecError, match="question is none of prompt, query"):
        RegisterJob.read(spec | {"columns": {"question": "Frage"}})
    empty = RegisterJob.read({"name": "q"})
    with pytest.raises(InputError, match="nothing to change"):
        taking.run(empty, job_for(workspace, empty))


@pytest.mark.parametrize(
    ("path", "taken"),
    [
        ("rows.jsonl", True),
        ("folder", True),
        ("passwd", False),
        (".ssh/known.txt", False),
        ("mixed", False),
        ("gone", False),
        ("../workspace/data/q.json", True),
    ],
)
def test_the_window_takes_only_what_is_called_a_dataset_by_its_path(
    workspace, tmp_path, path, taken
):
    for place in ("folder", "mixed", ".ssh"):
        (tmp_path / place).mkdir()
    for name in ("rows.jsonl", "passwd", "folder/a.csv", ".ssh/known.txt", "mixed/a.csv"):
        (tmp_path / name).write_text("a,b\n1,2\n")
    (tmp_path / "mixed" / "id_rsa").write_text("key")
    if taken:
        require_dataset_file(workspace, tmp_path / path)
        return
    with pytest.raises(InputError, match="takes no rows from"):
        require_dataset_file(workspace, tmp_path / path)


def test_messages_that_are_stated_get_the_tags_that_fit_them(workspace, tmp_path):
    talk = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    (tmp_path / "t.json").write_text(json.dumps([{"turns": talk}]))
    given = {"columns": {"messages": "turns"}}
    made = register_path(workspace, "t.json", tmp_path / "t.json", "t", Asked(given=given))
    assert (made.rows, made.layout.formatting) == (1, "openai")


@pytest.mark.parametrize(
    ("rows", "guessed", "first"),
    [
        (
            [{"Frage": "Wer da?", "Antwort": "Der Fährmann, der seit Jahren hier übersetzt."}],
            {"prompt": "Frage", "response": "Antwort"},
            ["user", "assistant"],
        ),
        ([{"id": "1", "story": "Once upon a time."}], None, None),
        (
            [{"talk": [{"who": "客", "says": "几何？"}, {"who": "主", "says": "三文。"}]}] * 3,
            {"messages": "talk"},
            ["user", "assistant"],
        ),
    ],
)
def test_unknown_columns_are_guessed_and_shown(workspace, tmp_path, rows, guessed, first):
    path = tmp_path / "odd.json"
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    found = window.look(workspace, path=path, filename="odd.json")
    assert not found["known"] and found["looked"] == len(rows)
    assert [one["name"] for one in found["columns"]] == list(rows[0])
    if guessed:
        assert found["layout"]["columns"] == guessed
        assert [turn["role"] for turn in found["rows"][0]["messages"]] == first
    assert registry.entries(workspace) == []


def test_a_look_tells_which_rows_fail_and_stops_early(workspace, tmp_path):
    path = tmp_path / "long.jsonl"
    rows = [PAIRS[0], {"instruction": "q", "output": ""}] * 900
    path.write_text(lines(rows), encoding="utf-8")
    found = window.look(workspace, path=path, filename="long.jsonl")
    assert (found["looked"], found["failing"], len(found["rows"])) == (1000, 500, 3)
    assert found["rows"][1]["reason"] == "output is empty"
    assert [one["row"] for one in found["problems"]] == [2, 4, 6, 8, 10]
    wrong = {"formatting": "alpaca", "columns": {"prompt": "instruction", "response": "nothing"}}
    tried = window.look(workspace, path=path, filename="long.jsonl", given=wrong)
    assert tried["failing"] == 1000 and tried["rows"][0]["reason"] == "nothing is missing"
