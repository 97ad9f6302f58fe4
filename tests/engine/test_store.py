"""The store's functions: what they keep, leave alone and give back."""

import sqlite3

import pytest

from studio.store import documents, events, jobs, page_state, sets, units
from studio.store.jobs import JobRow
from studio.store.page_state import Value
from tests.filling import add_chunk_set, add_document


def job(job_id="j", state="running", **more):
    return JobRow(id=job_id, kind="chunk", state=state, spec={}, fingerprint=job_id, **more)


def test_a_set_that_is_there_stays_as_it_is(workspace):
    with workspace.store.write() as db:
        sets.add(db, "s", "rows", "first", meta={"format": "sft"}, created=5.0)
        sets.add(db, "s", "chunks", "second")
    assert sets.get(workspace.store, "s") == sets.SetRow(
        id="s", kind="rows", name="first", job=None, meta={"format": "sft"}, created=5.0
    )
    assert sets.get(workspace.store, "s", "chunks") is None
    assert sets.meta_of(workspace.store, "none") == {}


def test_a_set_is_found_by_its_id_before_its_name(workspace):
    with workspace.store.write() as db:
        sets.add(db, "a", "rows", "b", created=3.0)
        sets.add(db, "b", "rows", "c", created=1.0)
        sets.add(db, "d", "rows", "c", created=2.0)
    assert [sets.find(workspace.store, "rows", wanted).id for wanted in "abc"] == ["a", "b", "d"]
    assert sets.find(workspace.store, "chunks", "a") is None
    assert [one.id for one in sets.newest_first(workspace.store)] == ["a", "d", "b"]


def test_a_set_of_rows_without_rows_is_listed_while_its_job_is_at_work(workspace):
    with workspace.store.write() as db:
        jobs.add(db, job())
        sets.add(db, "s", "rows", "s", job="j")
        sets.add(db, "empty", "rows", "empty")
    assert [(one.set.id, one.size) for one in sets.row_sets(workspace.store)] == [("s", 0)]
    with workspace.store.write() as db:
        jobs.set_state(db, "j", "done")
    assert sets.row_sets(workspace.store) == []


def test_an_empty_set_goes_unless_its_marks_are_kept(workspace):
    with workspace.store.write() as db:
        for set_id in ("marked", "bare"):
            sets.add(db, set_id, "chunks", set_id, job="j")
        units.add(db, "marked", "k")
        sets.add(db, "import", "import", "x", job="j")
        sets.delete_empty(db, "j", keep_marked=True)
    assert {one.id for one in sets.newest_first(workspace.store)} == {"marked", "import"}
    with workspace.store.write() as db:
        sets.delete_empty(db, "j", keep_marked=False)
    assert {one.id for one in sets.newest_first(workspace.store)} == {"import"}


def test_run_folders_that_keep_tables_are_remembered_in_order(workspace):
    with workspace.store.write() as db:
        sets.add(db, "s", "chunks", "s", meta={"spec": {}})
        sets.add_tables(db, "s", "one")
        sets.add_tables(db, "s", "two")
    assert sets.meta_of(workspace.store, "s") == {"spec": {}, "tables": ["one", "two"]}


def test_marks_are_chosen_by_how_key_and_note_begin(workspace):
    with workspace.store.write() as db:
        sets.add(db, "s", "rows", "s")
        units.add(db, "s", "ask:%:1", "fault:late")
        units.add(db, "s", "ask:x:1", {"asked": [1]})
        units.add(db, "s", "plan", [])
        units.add_once(db, "s", "plan", "other")
        with pytest.raises(sqlite3.IntegrityError):
            units.add(db, "s", "plan")
    store = workspace.store
    assert [unit.key for unit in units.of_set(store, "s", key="ask:%")] == ["ask:%:1"]
    assert [unit.data for unit in units.of_set(store, "s", note="{")] == [{"asked": [1]}]
    assert (units.count(store, "s"), units.count(store, "s", note="[]")) == (3, 1)
    with store.write() as db:
        units.delete_noted(db, "s", "fault:", key="plan")
        units.delete_noted(db, "s", "fault:", key="ask:x")
        assert units.is_done(db, "s", "ask:%:1")
        units.delete_noted(db, "s", "fault:")
        units.put(db, "s", "plan", {"n": 1})
    assert units.keys(store, "s") == {"ask:x:1", "plan"}
    assert units.get(store, "s", "plan").data == {"n": 1}


def test_a_jobs_state_changes_nothing_that_is_left_out(workspace):
    with workspace.store.write() as db:
        jobs.add(db, job(started=1.0, error={"what": "x"}))
        jobs.set_state(db, "j", "failed", ended=2.0, result={"rows": 1})
    found = jobs.get(workspace.store, "j")
    assert (found.state, found.started, found.ended) == ("failed", 1.0, 2.0)
    assert (found.error, found.result, found.progress) == ({"what": "x"}, {"rows": 1}, {})
    with workspace.store.write() as db:
        assert not jobs.requeue(db, "j", "stopped")
        assert jobs.requeue(db, "j", "failed")
    found = jobs.get(workspace.store, "j")
    assert (found.state, found.error, found.ended) == ("queued", None, None)


def test_the_same_work_is_active_once(workspace):
    with workspace.store.write() as db:
        jobs.add(db, job())
        with pytest.raises(sqlite3.IntegrityError):
            jobs.add(db, JobRow(id="k", kind="chunk", state="queued", spec={}, fingerprint="j"))
        jobs.add(db, job("k", parent="j", step="one"))
    assert jobs.active_of(workspace.store, "j", None).id == "j"
    assert jobs.active_of(workspace.store, "k", None) is None
    assert [one.step for one in jobs.steps_of(workspace.store, "j")] == ["one"]


def test_events_stand_in_their_order(workspace):
    with workspace.store.write() as db:
        jobs.add(db, job())
        events.add(db, "j", "state", {"state": "running"})
        events.add(db, "j", "saved", {"step": 3})
    assert [(one.kind, one.data) for one in events.of_job(workspace.store, "j")] == [
        ("state", {"state": "running"}),
        ("saved", {"step": 3}),
    ]


def test_a_form_keeps_what_was_changed_last(workspace):
    with workspace.store.write() as db:
        page_state.save(db, [("a", Value("1", 5.0)), ("b", Value("2", 5.0))])
        page_state.save(db, [("a", Value("0", 4.0)), ("b", Value("3", 5.0))])
    assert page_state.load(workspace.store) == {"a": Value("1", 5.0), "b": Value("3", 5.0)}


def test_what_is_made_of_a_document_holds_it(workspace):
    with workspace.store.write() as db:
        add_document(db)
        assert sets.holder(db, "d") is None
        add_chunk_set(db, ["text"])
    assert sets.holder(workspace.store, "d") == ("chunks", "c")
    assert sets.of_document(workspace.store, "d") == ["chunks-1"]
    with pytest.raises(sqlite3.IntegrityError), workspace.store.write() as db:
        documents.delete(db, "d")
    assert documents.named(workspace.store, "d") == documents.get(workspace.store, "d")
