"""Casts, chats and providers as things of the Library; two things compared, one exported, the
bytes by part, and a workspace packed and opened by jobs.
"""

import json
import zipfile

import pytest

from studio import datasets, inventory, jobs, secrets
from studio.chunking.spec import ChunkJob
from studio.dialogue import Character
from studio.errors import InputError, StudioError
from studio.inventory import Ref, casts, chats
from studio.inventory.spec import PackJob, UnpackJob
from studio.workspace import Workspace
from tests.bench import used_workspace

PEOPLE = [Character(name="Emma", aliases=["Miss Woodhouse"]), Character(name="Harriet")]
SAID = {
    "base": [{"role": "user", "content": "Who are you?"}, {"role": "assistant", "content": "I."}]
}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A used workspace with two casts, two chats and two keys."""
    monkeypatch.setenv("INKWELL_HOME", str(tmp_path / "home"))
    sizes = used_workspace.Sizes(
        documents=2, chunk_sets=2, chunks=5, line_sets=1, lines=5, row_sets=3, rows=4, datasets=2,
        runs=3, points=3, steps=3,
    )  # fmt: skip
    made = used_workspace.build(tmp_path / "home" / "workspaces" / "used", sizes)
    casts.keep(made, "emma", PEOPLE)
    casts.keep(made, "others", [PEOPLE[1], Character(name="Frank")])
    chats.keep(made, "", SAID, model="starter", adapter="train-0002")
    chats.keep(made, "", {"tuned": SAID["base"]}, model="starter", adapter="")
    for address in ("https://api.one.example", "https://api.two.example"):
        secrets.save_key(address, "sk-abcdefghijklmnop")
    return made


def of(workspace, kind):
    """The things of a kind."""
    return [thing for thing in inventory.things(workspace) if thing.kind == kind]


@pytest.mark.parametrize("kind", ["cast", "chat", "provider"])
def test_each_is_found_renamed_compared_and_deleted(place, kind):
    one, two = of(place, kind)
    assert inventory.matches(one, f"{one.name} {kind}")
    after = inventory.rename(place, one.ref, "renamed")
    assert inventory.find(place, after).name == "renamed"
    with pytest.raises(StudioError, match="taken|renamed") if kind != "chat" else _nothing():
        inventory.rename(place, two.ref, "RENAMED")
    assert inventory.compared(place, after, two.ref).rows
    plan = inventory.deletion(place, [after])
    assert [thing.ref for thing in plan.things] == [after]
    inventory.delete(place, plan)
    assert [thing.ref for thing in of(place, kind)] in ([two.ref], [Ref(kind, two.ref.id)])
    if kind == "provider":
        assert secrets.addresses() == [two.ref.id] and not secrets.load_key(one.ref.id)


def _nothing():
    import contextlib

    return contextlib.nullcontext()


def test_a_cast_is_kept_once_and_never_written_over(place):
    assert casts.keep(place, "emma", PEOPLE) == "emma"
    assert casts.keep(place, "emma", PEOPLE[:1]) == "emma 2"
    assert [person.name for person in casts.cast(place, "emma")] == ["Emma", "Harriet"]
    with pytest.raises(InputError, match="no characters"):
        casts.keep(place, "empty", [])
    assert {t.name: t.count for t in of(place, "cast")} == {"emma": 2, "emma 2": 1, "others": 2}


def test_a_conversation_grows_under_its_id_and_keeps_its_name(place):
    chat = of(place, "chat")[0]
    inventory.rename(place, chat.ref, "first talk")
    longer = {"base": SAID["base"] * 2}
    assert chats.keep(place, chat.ref.id, longer, model="starter", adapter="") == chat.ref.id
    found = inventory.find(place, chat.ref)
    assert (found.name, found.count, found.created) == ("first talk", 4, chat.created)
    (place.path / "chats" / "broken.json").write_text("{")
    assert len(of(place, "chat")) == 2  # what is none is passed over


def test_what_a_chat_was_talked_with_and_a_provider_is_used_in_is_told(place):
    chat = next(t for t in of(place, "chat") if t.made_from)
    assert chat.made_from == (Ref("adapter", "train-0002"),)
    with place.store.write() as db:
        from studio.store import jobs as rows
        from studio.store.jobs import JobRow

        rows.add(db, JobRow(id="train-9", kind="train", state="done", fingerprint="y",
                            spec={"base_url": "https://api.one.example/v1"}))  # fmt: skip
    provider = inventory.find(place, Ref("provider", "api.one.example:443"))
    assert provider.used_in == (Ref("run", "train-9"),)


def test_two_runs_differ_in_what_was_set_and_what_came_of_it(place):
    from studio.store import jobs as rows

    one, two = of(place, "run")[:2]
    with place.store.write() as db:
        row = rows.get(db, two.ref.id)
        rows.delete(db, two.ref.id)
        row.spec["learning_rate"] = 3e-4
        rows.add(db, row)
    found = inventory.compared(place, one.ref, two.ref)
    differing = {row.name: row.values for row in found.rows if row.differs}
    assert differing["learning_rate"] == (None, 3e-4)
    assert differing["eval_loss"] == (one.facts["eval_loss"], two.facts["eval_loss"])
    assert found.kind == "train"
    with pytest.raises(InputError, match="one kind"):
        inventory.compared(place, one.ref, of(place, "dataset")[0].ref)


def test_two_datasets_share_rows(place):
    rows = [{"instruction": f"q{n}", "input": "", "output": "a"} for n in range(5)]
    for name, part in (("left", rows[:4]), ("right", rows[2:])):
        datasets.register_file(place, f"{name}.json", json.dumps(part).encode(), name)
    found = inventory.compared(place, Ref("dataset", "left"), Ref("dataset", "right"))
    facts = {row.name: row.values for row in found.rows}
    assert (facts["rows"], facts["shared_rows"], facts["own_rows"]) == ((4, 3), (2, 2), (2, 1))


def test_every_kind_is_exported_in_each_of_its_forms(place):
    kinds = {thing.kind: thing for thing in inventory.things(place)}
    assert set(kinds) >= set(inventory.FORMS) - {"cleaned", "preset"}
    for kind, thing in kinds.items():
        for form in inventory.FORMS[kind]:
            if (kind, form) == ("lines", "pairs"):
                continue  # this workspace has no pairs of its lines
            made = inventory.exported(place, thing, form)
            assert made.stat().st_size and made.is_relative_to(place.data / "exports"), (kind, form)
    with zipfile.ZipFile(inventory.exported(place, kinds["adapter"], "zip")) as packed:
        assert "adapter_model.safetensors" in packed.namelist()
    with zipfile.ZipFile(inventory.exported(place, kinds["run"], "zip")) as packed:
        assert "metrics.jsonl" in packed.namelist()
        assert not any(name.startswith(("adapter/", "checkpoint-")) for name in packed.namelist())
    with pytest.raises(InputError):
        inventory.exported(place, kinds["run"], "exe")


def test_the_parts_of_the_disk_are_all_of_it(place):
    found = inventory.parts(place, inventory.things(place))
    assert [part.bytes for part in found] == sorted((p.bytes for p in found), reverse=True)
    assert {"run", "adapter", "store", "document"} <= {part.name for part in found}
    whole = sum(f.stat().st_size for f in place.path.rglob("*") if f.is_file())
    assert abs(sum(part.bytes for part in found) - whole) < 0.1 * whole


def test_a_workspace_is_packed_and_opened_by_jobs(place, tmp_path, monkeypatch):
    packed = jobs.wait(place, jobs.start(place, PackJob()).id, 60)
    assert packed.state == "done", packed.error
    made = place.inside(packed.result["file"])
    assert made.stat().st_size == packed.result["bytes"] and packed.progress["unit"] == "megabytes"
    monkeypatch.setenv("INKWELL_HOME", str(tmp_path / "elsewhere"))
    there = Workspace.open(tmp_path / "elsewhere" / "workspaces" / "default")
    opened = jobs.wait(there, jobs.start(there, UnpackJob(file=str(made))).id, 60)
    assert opened.result == {"workspace": "used"}, opened.error
    other = Workspace.open(tmp_path / "elsewhere" / "workspaces" / "used")
    assert not jobs.records.running(other)  # the job that packed it stayed behind
    gone = {"provider"}  # keys stay on their machine
    before = [t for t in inventory.things(place) if t.kind not in gone]
    after = {t.ref: t for t in inventory.things(other)}
    assert {ref: (t.name, t.count) for ref, t in after.items()} == {
        t.ref: (t.name, t.count) for t in before
    }
    assert all(abs(after[t.ref].created - t.created) <= 2 for t in before)  # as exact as a zip
    chunked = jobs.start(other, ChunkJob(documents=[of(other, "document")[0].ref.id]))
    assert jobs.wait(other, chunked.id, 60).state == "done"
    bad = tmp_path / "bad.zip"
    bad.write_text("no zip")
    refused = jobs.wait(there, jobs.start(there, UnpackJob(file=str(bad))).id, 60)
    assert refused.state == "failed" and "bad.zip" in refused.error.sentence
