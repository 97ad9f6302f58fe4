"""Rows of a dataset are changed in its file: each kind of file, undone byte by byte, old or new
after a kill, and never over what another program wrote.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from studio.datasets import open_dataset, register_file, registry
from studio.datasets.assembly.build import Part, store_part
from studio.datasets.assembly.gather import origins
from studio.datasets.row_changes import changing, edit_log, edits, row_marks
from studio.datasets.row_changes.edit_spec import EditJob
from studio.datasets.row_changes.edits import Change
from studio.datasets.row_forms.write import lay_out, save
from studio.errors import InputError, SpecError, StudioError
from studio.jobs import records
from studio.jobs.control import check
from tests.in_process import job_for

ROOT = Path(__file__).resolve().parents[2]
ROWS = [
    {"instruction": f"Question {n}?", "input": "", "output": f"Answer {n}.", "note": n}
    for n in range(6)
]
TALK = [
    {
        "conversations": [
            {"from": "human", "value": f"Question {n}?", "id": n},
            {"from": "gpt", "value": f"Answer {n}.", "id": n},
        ],
        "system": "Be kind.",
    }
    for n in range(4)
]
PAIRS = [
    {"instruction": f"Question {n}?", "chosen": f"Yes {n}", "rejected": f"No {n}"} for n in range(4)
]


def lines(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def take(workspace, rows=ROWS, name="set", ending="jsonl"):
    return register_file(workspace, f"{name}.{ending}", lines(rows), name)


def file(workspace, name="set"):
    return registry.find(workspace, name).path


def outputs(workspace, name="set"):
    return [row["output"] for row in open_dataset(name, workspace).rows()]


def changed(workspace, number, name="set", why="a word", **fields):
    row = edits.row(workspace, name, number) | fields
    return edits.change(workspace, name, [Change(number, row)], why)


def test_a_field_is_changed_and_everything_else_stays(workspace):
    take(workspace)
    before = file(workspace).read_bytes().splitlines()
    assert changed(workspace, 2, output="Other.") == "0001"
    after = file(workspace).read_bytes().splitlines()
    assert json.loads(after[2]) == ROWS[2] | {"output": "Other."}
    assert after[:2] + after[3:] == before[:2] + before[3:]


def test_rows_are_changed_deleted_and_added_at_once(workspace):
    take(workspace)
    new = {"instruction": "New?", "output": "New."}
    row = edits.row(workspace, "set", 4) | {"output": "Four."}
    edits.change(
        workspace,
        "set",
        [Change(6, new), Change(4, row), Change(1, None), Change(0, None), Change(6, new)],
        "many",
    )
    assert outputs(workspace) == ["Answer 2.", "Answer 3.", "Four.", "Answer 5.", "New.", "New."]
    edit = edits.history(workspace, "set")[0]
    assert (edit.changed, edit.deleted, edit.added, edit.why) == (1, 2, 2, "many")
    before = file(workspace).read_bytes()
    assert edits.undo(workspace, "set") == "many"
    assert file(workspace).read_bytes() == lines(ROWS)
    edits.redo(workspace, "set")
    assert file(workspace).read_bytes() == before


def test_every_step_back_and_forth_is_the_same_file(workspace):
    take(workspace)
    states = [file(workspace).read_bytes()]
    for number in (0, 3, 5):
        changed(workspace, number, output=f"Other {number}.")
        states.append(file(workspace).read_bytes())
        edits.change(workspace, "set", [Change(1, None)], "out")
        states.append(file(workspace).read_bytes())
        edits.change(workspace, "set", [Change(5, {"instruction": "?", "output": "!"})], "in")
        states.append(file(workspace).read_bytes())
    for state in reversed(states[:-1]):
        edits.undo(workspace, "set")
        assert file(workspace).read_bytes() == state
    with pytest.raises(InputError, match="no change of set to undo"):
        edits.undo(workspace, "set")
    for state in states[1:]:
        edits.redo(workspace, "set")
        assert file(workspace).read_bytes() == state
    with pytest.raises(InputError, match="to make again"):
        edits.redo(workspace, "set")


def test_a_new_change_forgets_what_was_undone(workspace):
    take(workspace)
    changed(workspace, 0, output="One.")
    changed(workspace, 0, output="Two.")
    edits.undo(workspace, "set")
    changed(workspace, 1, output="Three.", why="third")
    assert [one.why for one in edits.history(workspace, "set")] == ["a word", "third"]
    assert outputs(workspace)[:2] == ["One.", "Three."]
    edits.undo(workspace, "set")
    edits.undo(workspace, "set")
    assert file(workspace).read_bytes() == lines(ROWS)


@pytest.mark.parametrize("ending", ["json", "jsonl", "parquet"])
@pytest.mark.parametrize("formatting", ["alpaca", "sharegpt", "openai"])
def test_a_set_that_was_built_is_changed_in_its_form(workspace, formatting, ending):
    rows = [{k: v for k, v in row.items() if k != "note"} | {"system": "Be kind."} for row in ROWS]
    layout, made = lay_out([r | {"history": []} for r in rows], formatting)
    part = Part("built", layout, made, [{"set": "s", "row_id": n} for n in range(6)])
    store_part(workspace, part, ending, "work", {})
    whole = file(workspace, "built").read_bytes()
    row = edits.row(workspace, "built", 3) | {"output": "Other.", "system": "Be short."}
    added = {"instruction": "New?", "output": "New.", "system": "Be new."}
    edits.change(
        workspace, "built", [Change(3, row), Change(5, None), Change(6, added)], "three things"
    )
    opened = open_dataset("built", workspace)
    assert opened.path.suffix == f".{ending}" and opened.count == 6
    assert (
        opened.rows(3, 1)[0]["output"] == "Other." and opened.rows(3, 1)[0]["system"] == "Be short."
    )
    assert opened.rows(5, 1)[0]["output"] == "New."
    if ending == "json":
        assert len(json.loads(opened.path.read_text(encoding="utf-8"))) == 6
    assert [one["row_id"] for one in origins(workspace, opened)[:5]] == [0, 1, 2, 3, 4]
    assert "edited" in origins(workspace, opened)[3] and "added" in origins(workspace, opened)[5]
    edits.undo(workspace, "built")
    assert file(workspace, "built").read_bytes() == whole
    assert [one["row_id"] for one in origins(workspace, open_dataset("built", workspace))] == [
        *range(6)
    ]
    edits.redo(workspace, "built")
    assert outputs(workspace, "built")[3] == "Other."


def test_parquet_steps_back_past_the_first(workspace):
    save(
        [{k: v for k, v in row.items() if k != "note"} for row in ROWS],
        workspace.data / "p.parquet",
    )
    register_file(workspace, "p.parquet", (workspace.data / "p.parquet").read_bytes(), "table")
    changed(workspace, 0, name="table", output="One.")
    edits.change(workspace, "table", [Change(2, None), Change(3, None)], "out")
    assert len(outputs(workspace, "table")) == 4
    edits.undo(workspace, "table")
    assert outputs(workspace, "table") == ["One.", *[row["output"] for row in ROWS[1:]]]


def test_turns_that_stay_keep_what_else_stands_in_them(workspace):
    take(workspace, TALK)
    changed(workspace, 1, output="Other.")
    found = [json.loads(line) for line in file(workspace).read_text("utf-8").splitlines()]
    assert found[1]["conversations"] == [
        {"from": "human", "value": "Question 1?", "id": 1},
        {"from": "gpt", "value": "Other.", "id": 1},
    ]
    assert found[1]["system"] == "Be kind." and found[0] == TALK[0]


def test_a_pair_is_changed(workspace):
    take(workspace, PAIRS)
    changed(workspace, 1, rejected="Never")
    assert open_dataset("set", workspace).rows(1, 1)[0]["rejected"] == "Never"
    with pytest.raises(InputError, match="chosen and rejected are the same"):
        changed(workspace, 1, rejected="Yes 1")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"output": ""}, "Row 2 could not be used then: output is empty"),
        ({"output": 5}, "output is not text"),
        ({"output": "\ud800"}, "broken character"),
        ({"instruction": " "}, "instruction is empty"),
        ({"system": "Be kind."}, "no place for system"),
    ],
)
def test_a_row_that_could_not_be_used_is_refused(workspace, fields, told):
    take(workspace)
    with pytest.raises(InputError, match=told):
        changed(workspace, 1, **fields)
    assert file(workspace).read_bytes() == lines(ROWS) and not edits.history(workspace, "set")


@pytest.mark.parametrize("row", [-1, 7, 6])
def test_a_row_that_is_not_there_is_refused(workspace, row):
    take(workspace)
    with pytest.raises(InputError, match="There is no row"):
        edits.change(workspace, "set", [Change(row, None)], "out")


def test_the_last_row_cannot_go(workspace):
    take(workspace)
    with pytest.raises(InputError, match="without a row"):
        edits.change(workspace, "set", [Change(n, None) for n in range(6)], "all")


def test_numbers_are_those_of_the_good_rows_and_the_account_goes_along(workspace):
    broken = lines(ROWS[:2]) + b"{broken\n" + lines(ROWS[2:4]) + b"\n" + lines([{"x": 1}, ROWS[4]])
    register_file(workspace, "set.jsonl", broken, "set")
    assert [p["row"] for p in open_dataset("set", workspace).problems] == [3, 7]
    changed(workspace, 2, output="Two.")
    edits.change(workspace, "set", [Change(0, None), Change(4, None)], "out")
    opened = open_dataset("set", workspace)
    assert outputs(workspace) == ["Answer 1.", "Two.", "Answer 3."]
    assert opened.skipped == 2 and [p["row"] for p in opened.problems] == [2, 6]
    edits.undo(workspace, "set")
    assert [p["row"] for p in open_dataset("set", workspace).problems] == [3, 7]


def test_what_another_program_wrote_is_not_written_over(workspace):
    take(workspace)
    seen = edits.age(workspace, "set")
    changed(workspace, 0, output="One.")
    foreign = lines(ROWS[3:])
    file(workspace).write_bytes(foreign)
    with pytest.raises(InputError, match="changed by something else"):
        edits.undo(workspace, "set")
    row = edits.row(workspace, "set", 0)
    with pytest.raises(InputError, match="changed by something else"):
        edits.change(workspace, "set", [Change(0, row | {"output": "x"})], "late", seen=seen)
    assert file(workspace).read_bytes() == foreign and edits.history(workspace, "set") == []
    changed(workspace, 0, output="After.")
    assert outputs(workspace)[0] == "After." and len(edits.history(workspace, "set")) == 1
    edits.undo(workspace, "set")
    assert file(workspace).read_bytes() == foreign
    earlier = edit_log.folder(workspace, "set") / "earlier-1" / "original.jsonl"
    assert earlier.read_bytes() == lines(ROWS)


@pytest.mark.parametrize("before", [True, False])
def test_a_kill_leaves_the_old_file_or_the_new_one(workspace, monkeypatch, before):
    """The process ends right before, or right after, the moment from which the change holds."""
    take(workspace)
    row_marks.mark(workspace, "set", [3], 4, ["good"])
    real = edit_log.write_json

    class Killed(BaseException):
        pass

    def dies(path, data):
        if path.name == "commit.json":
            if not before:
                real(path, data)
            raise Killed
        real(path, data)

    monkeypatch.setattr(edit_log, "write_json", dies)
    with pytest.raises(Killed):
        edits.change(workspace, "set", [Change(0, None)], "out")
    monkeypatch.undo()
    told = [one.why for one in edits.history(workspace, "set")]
    if before:
        assert told == [] and file(workspace).read_bytes() == lines(ROWS)
        assert list(row_marks.marks(workspace, "set")) == [3]
    else:
        assert told == ["out"] and file(workspace).read_bytes() == lines(ROWS[1:])
        assert list(row_marks.marks(workspace, "set")) == [2]
    assert not (edit_log.folder(workspace, "set") / "pending").exists()
    changed(workspace, 0, output="After.")


def test_marks_go_with_their_rows_and_come_back(workspace):
    take(workspace)
    row_marks.mark(workspace, "set", [1], 5, ["good", " law  text ", "good"])
    row_marks.mark(workspace, "set", [4], 2, ["law text"])
    edits.change(workspace, "set", [Change(0, None), Change(1, None)], "out")
    found = row_marks.marks(workspace, "set")
    assert {n: one.rating for n, one in found.items()} == {2: 2}
    edits.undo(workspace, "set")
    found = row_marks.marks(workspace, "set")
    assert {n: (one.rating, one.tags) for n, one in found.items()} == {
        1: (5, ("good", "law text")),
        4: (2, ("law text",)),
    }
    assert row_marks.counts(found)["tags"] == {"law text": 2, "good": 1}
    row_marks.mark(workspace, "set", [4], 0, [])
    assert list(row_marks.marks(workspace, "set")) == [1]
    for rating, tags in ((6, []), (1, ["x" * 41])):
        with pytest.raises(InputError):
            row_marks.mark(workspace, "set", [0], rating, tags)


def test_marks_are_found_again_after_another_program_changed_the_file(workspace):
    take(workspace)
    row_marks.mark(workspace, "set", [1, 4], 3, ["x"])
    file(workspace).write_bytes(lines(ROWS[3:] + ROWS[:1]))
    assert list(row_marks.marks(workspace, "set")) == [1]


def test_a_change_goes_with_the_name_and_ends_with_the_set(workspace):
    from studio.datasets import naming

    take(workspace)
    changed(workspace, 0, output="One.")
    naming.rename(workspace, "set", "other")
    assert [one.why for one in edits.history(workspace, "other")] == ["a word"]
    edits.undo(workspace, "other")
    assert outputs(workspace, "other")[0] == "Answer 0."
    registry.unregister(workspace, "other", delete_file=True)
    assert not edit_log.folder(workspace, "other").exists()


def test_a_csv_file_that_lies_in_data_is_refused_in_a_sentence(workspace):
    (workspace.data / "t.csv").write_text("instruction,output\na,b\nc,d\n", encoding="utf-8")
    info = {"t": {"file_name": "t.csv"}}
    (workspace.data / "dataset_info.json").write_text(json.dumps(info), encoding="utf-8")
    with pytest.raises(InputError, match="cannot be changed, since it is a csv file"):
        changed(workspace, 0, name="t", output="x")


def test_the_other_facts_of_an_entry_stay(workspace):
    take(workspace)
    with registry.changing(workspace) as info:
        info["set"]["license"] = "cc0-1.0"
    entry = registry.read_info(workspace)["set"]
    changed(workspace, 0, output="One.")
    edits.undo(workspace, "set")
    assert registry.read_info(workspace)["set"] == entry


def test_a_large_file_is_not_looked_at_again(workspace, monkeypatch):
    """Its index is known beforehand; rows are not parsed one by one."""
    take(workspace, [ROWS[n % 6] | {"instruction": f"Q{n}?"} for n in range(3000)])
    open_dataset("set", workspace)
    from studio.datasets import opened

    def looks(*_):
        raise AssertionError("every row was read again")

    monkeypatch.setattr(opened, "check_rows", looks)
    changed(workspace, 2900, output="Far.")
    edits.change(workspace, "set", [Change(0, None)], "out")
    dataset = open_dataset("set", workspace)
    assert dataset.count == 2999 and dataset.rows(2899, 1)[0]["output"] == "Far."


def test_two_processes_do_not_change_at_once(workspace, monkeypatch):
    take(workspace)
    monkeypatch.setattr(edit_log, "WAIT_S", 0.05)
    import filelock

    edit_log.folder(workspace, "set").mkdir(parents=True)
    with filelock.FileLock(edit_log.folder(workspace, "set") / "lock"):
        with pytest.raises(StudioError, match="is being changed"):
            changed(workspace, 0, output="x")


def job(workspace, **fields):
    spec = EditJob(**{"dataset": "set"} | fields)
    check(workspace, spec)
    made = job_for(workspace, spec)
    result = changing.run(spec, made)
    records.set_state(workspace, made.id, "done")
    return result


def test_rows_are_changed_without_the_window(workspace, tmp_path):
    """Numbers from 1, as the window shows them; fields that are not named stay."""
    take(workspace)
    wanted = [
        {"row": 2, "data": {"output": "Other."}},
        {"row": 1, "data": None},
        {"data": {"instruction": "New?", "output": "New."}},
    ]
    (tmp_path / "changes.jsonl").write_bytes(lines(wanted))
    result = job(workspace, file=str(tmp_path / "changes.jsonl"), why="proofread")
    assert result == {
        "dataset": "set",
        "rows": 6,
        "changed": 1,
        "deleted": 1,
        "added": 1,
        "why": "proofread",
    }
    assert outputs(workspace) == ["Other.", *[f"Answer {n}." for n in range(2, 6)], "New."]
    assert job(workspace, op="undo")["why"] == "proofread"
    assert file(workspace).read_bytes() == lines(ROWS)
    assert job(workspace, op="redo")["rows"] == 6
    (tmp_path / "bad.jsonl").write_text('{"row": "x"}\n')
    with pytest.raises(InputError, match="Line 1 of the changes is no change"):
        job(workspace, file=str(tmp_path / "bad.jsonl"))
    with pytest.raises(InputError, match="There is no file"):
        job(workspace, file=str(tmp_path / "none.jsonl"))
    with pytest.raises(SpecError, match="name the file"):
        EditJob.read({"dataset": "set"})


def test_a_job_that_was_killed_does_not_delete_twice(workspace, tmp_path):
    take(workspace)
    (tmp_path / "changes.jsonl").write_bytes(lines([{"row": 1, "data": None}]))
    spec = EditJob(dataset="set", file=str(tmp_path / "changes.jsonl"))
    made = job_for(workspace, spec)
    for _ in range(2):
        assert changing.run(spec, made)["rows"] == 5
    redo = EditJob(dataset="set", op="redo")
    failed = job_for(workspace, redo)
    with pytest.raises(InputError, match="to make again"):
        changing.run(redo, failed)
    edits.undo(workspace, "set")
    assert changing.run(redo, failed)["rows"] == 5  # what failed is tried again


def test_a_real_kill_at_any_moment_leaves_a_whole_file(workspace):
    """Processes that change and undo without end are killed, each a little later than the one
    before.
    """
    rows = [ROWS[n % 6] | {"instruction": f"Q{n}?"} for n in range(4000)]
    take(workspace, rows)
    code = (
        "import sys; from studio.workspace import Workspace; from studio.datasets import edits\n"
        "from studio.datasets.row_changes.edits import Change\n"
        "w = Workspace.open(sys.argv[1]); print('ready', flush=True)\n"
        "while True:\n"
        "    edits.change(w, 'set', [Change(7, None), Change(9, None)], 'out')\n"
        "    print('changed', flush=True)\n"
        "    edits.undo(w, 'set')\n"
    )
    for number in range(4):
        child = subprocess.Popen(
            [sys.executable, "-c", code, str(workspace.path)], stdout=subprocess.PIPE, cwd=ROOT
        )
        for _ in range(1 + number % 3):
            child.stdout.readline()
        time.sleep(0.013 * number)
        child.kill()
        child.wait()
        child.stdout.close()
        known = edits.history(workspace, "set")  # brings to its end what was begun
        holding = sum(not one.undone for one in known)
        assert open_dataset("set", workspace).count == 4000 - 2 * holding
    for _ in range(sum(not one.undone for one in edits.history(workspace, "set"))):
        edits.undo(workspace, "set")
    assert file(workspace).read_bytes() == lines(rows)
