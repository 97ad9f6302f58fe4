"""Lines decided by a person: whole speeches at once, each decision undone exactly, pairs built anew
from them.
"""

import csv
import json
import zipfile

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio import documents
from studio.datasets import open_dataset
from studio.datasets.assembly import job as building
from studio.datasets.spec import DatasetJob
from studio.dialogue import job as finding
from studio.dialogue.pairs import export
from studio.dialogue.pairs import job as pairing
from studio.dialogue.review import decisions, propagate_job, queries
from studio.dialogue.spec import DialogueJob, PairsJob, PropagateJob
from studio.errors import InputError, JobError, Stopped
from studio.generation.reading import rows_page
from studio.jobs.records import set_state
from studio.store import sets, utterances
from studio.workspace import Workspace
from tests.in_process import job_for
from tests.results import as_named

TEXT = (
    "# 第一章\n\n王成走进茶馆。\n\n“掌柜的，来壶茶。”王成说，“要热的。”\n\n“好嘞。”\n\n"
    "“今天生意怎么样？”\n\n李四笑道：“还行。”\n\n"
    "“那就好。”\n\n他把“好”字拖得很长。\n\n# 第二章\n\n王成回到家里。\n\n“我回来了。”王成说。\n\n"
    "“饭在锅里。”\n\n“今天不饿。”\n\n“不饿也要吃。”\n"
)
PEOPLE = "王成: 老王\n李四: 掌柜"


def run(workspace, spec, work=finding.run):
    """A job in this process; its result and its folder."""
    job = job_for(workspace, spec)
    result = work(spec, job)
    set_state(workspace, job.id, "done")
    return result, job.folder


@pytest.fixture
def found(workspace):
    """The set of the text's lines."""
    document = documents.add(workspace, "茶馆.md", TEXT.encode())
    return run(
        workspace,
        DialogueJob(documents=[document.id], characters=PEOPLE, target="李四", layout="novel"),
    )[0]


def lines(workspace, set_id):
    """text → what is kept of each line."""
    return {row["text"]: row for row in queries.page(workspace, set_id, 0, 1000)}


def shape(workspace, set_id):
    return [
        (r["utterance_id"], r["speaker"], r["confidence"], r["method"], r["decided"], r["kind"])
        for r in queries.page(workspace, set_id, 0, 1000)
    ]


def test_a_person_names_the_speaker_of_the_whole_speech(workspace, found):
    set_id = found["utterance_set"]
    before = lines(workspace, set_id)
    assert (
        before["掌柜的，来壶茶。"]["speech"]
        == before["要热的。"]["speech"]
        != before["好嘞。"]["speech"]
    )
    decisions.assign(workspace, set_id, before["掌柜的，来壶茶。"]["utterance_id"], "李四")
    now = lines(workspace, set_id)
    for text in ("掌柜的，来壶茶。", "要热的。"):
        assert (
            now[text]["speaker"],
            now[text]["confidence"],
            now[text]["decided"],
            now[text]["method"],
        ) == ("李四", 1.0, "person", "person")
    assert now["好嘞。"] == before["好嘞。"]
    assert (
        decisions.counts(workspace, set_id, 0.5).reviewed == 2
        and decisions.counts(workspace, set_id, 0.5).edits == 1
    )
    assert decisions.undo(workspace, set_id) == before["掌柜的，来壶茶。"]["utterance_id"]
    assert lines(workspace, set_id) == before
    assert decisions.undo(workspace, set_id) is None


def test_what_is_accepted_or_no_speech_is_no_longer_doubtful(workspace, found):
    set_id = found["utterance_set"]
    doubtful = decisions.counts(workspace, set_id, 1.01).doubtful
    rows = lines(workspace, set_id)
    assert doubtful == sum(row["kind"] in ("speech", "thought") for row in rows.values())
    decisions.accept(workspace, set_id, rows["好嘞。"]["utterance_id"])
    now = lines(workspace, set_id)["好嘞。"]
    assert (now["speaker"], now["method"], now["decided"]) == (
        rows["好嘞。"]["speaker"],
        rows["好嘞。"]["method"],
        "person",
    )
    decisions.accept(workspace, set_id, now["utterance_id"], now["speaker"])
    assert lines(workspace, set_id)["好嘞。"] == now
    decisions.accept(
        workspace, set_id, now["utterance_id"], "王成"
    )  # as the page showed it, before another decided
    assert lines(workspace, set_id)["好嘞。"]["speaker"] == "王成"
    assert decisions.counts(workspace, set_id, 1.01).doubtful == doubtful - 1
    decisions.set_kind(workspace, set_id, rows["还行。"]["utterance_id"], "quoted")
    assert decisions.counts(workspace, set_id, 1.01).doubtful == doubtful - 2
    decisions.assign(workspace, set_id, rows["那就好。"]["utterance_id"], None)
    assert lines(workspace, set_id)["那就好。"]["speaker"] is None
    assert decisions.counts(workspace, set_id, 1.01).doubtful == doubtful - 3
    assert "还行。" not in {row["text"] for row in decisions.hear(workspace, set_id, "李四")}


def test_the_next_doubtful_line_goes_round_once(workspace, found):
    set_id = found["utterance_set"]
    ids = [row["utterance_id"] for row in queries.page(workspace, set_id, 0, 1000, under=1.01)]
    assert len(ids) > 5
    walked, at = [], -1
    for _ in ids:
        at = decisions.next_doubtful(workspace, set_id, 1.01, at)
        walked.append(at)
    assert walked == ids and decisions.next_doubtful(workspace, set_id, 1.01, at) == ids[0]
    assert decisions.next_doubtful(workspace, set_id, 1.01, ids[2], back=True) == ids[1]
    assert decisions.next_doubtful(workspace, set_id, 1.01, ids[0], back=True) == ids[-1]
    assert (
        decisions.next_doubtful(workspace, set_id, 0.0) is None
        or queries.count(workspace, set_id, "") > 0
    )
    for number in ids:
        decisions.accept(workspace, set_id, number)
    assert decisions.next_doubtful(workspace, set_id, 1.01) is None


def test_choices_begin_with_the_likeliest(workspace, found):
    set_id = found["utterance_set"]
    rows = lines(workspace, set_id)
    passage = queries.passage(workspace, set_id, rows["好嘞。"]["utterance_id"], 4000)
    for row in passage["utterances"]:
        choices = row["choices"]
        assert len(choices) == len(set(choices)) <= 9
        if row["speaker"]:
            assert choices[0] == row["speaker"]
        assert [name for name, _ in row["others"]][:1] in ([], choices[bool(row["speaker"]) :][:1])
    assert set(decisions.names(workspace, set_id)) >= {"王成", "李四"}
    decisions.assign(workspace, set_id, rows["好嘞。"]["utterance_id"], "茶馆的猫")
    assert "茶馆的猫" in decisions.names(workspace, set_id)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(("assign", "accept", "kind")),
            st.integers(0, 12),
            st.sampled_from(("王成", "李四", "", "甲")),
        ),
        max_size=12,
    )
)
def test_any_decisions_can_all_be_undone(tmp_path_factory, steps):
    workspace = Workspace.open(tmp_path_factory.mktemp("review") / "w")
    document = documents.add(workspace, "茶馆.md", TEXT.encode())
    set_id = run(
        workspace, DialogueJob(documents=[document.id], characters=PEOPLE, layout="novel")
    )[0]["utterance_set"]
    before, done = shape(workspace, set_id), 0
    for what, number, name in steps:
        try:
            if what == "assign":
                decisions.assign(workspace, set_id, number, name)
            elif what == "accept":
                decisions.accept(workspace, set_id, number)
            else:
                decisions.set_kind(workspace, set_id, number, "quoted")
            done += 1
        except InputError:
            assert number >= len(before)
    assert decisions.counts(workspace, set_id, 0.7).edits == done
    for _ in range(done):
        assert decisions.undo(workspace, set_id) is not None
    assert shape(workspace, set_id) == before


def test_pairs_are_built_anew_from_what_was_decided(workspace, found):
    set_id, rows = found["utterance_set"], lines(workspace, found["utterance_set"])
    for text, name in (
        ("我回来了。", "王成"),
        ("饭在锅里。", "王妻"),
        ("今天不饿。", "王成"),
        ("不饿也要吃。", "王妻"),
    ):
        decisions.assign(workspace, set_id, rows[text]["utterance_id"], name)
    result, folder = run(
        workspace, PairsJob(utterances=set_id, target="王妻", held_out=0.0), pairing.run
    )
    pairs = {
        (r["data"]["input"], r["data"]["output"]) for r in rows_page(workspace, result["set"])[0]
    }
    assert pairs == {("我回来了。", "饭在锅里。"), ("今天不饿。", "不饿也要吃。")}
    assert result["pairs"] == 2 and result["roles"] == {"王妻": {"lines": 2, "pairs": 2}}
    assert {
        "pairs.json",
        "pairs.parquet",
        "sharegpt.json",
        "dataset_info.json",
        "dialogue.jsonl",
        "utterances.parquet",
    } <= {p.name for p in folder.iterdir()}
    told = [json.loads(line) for line in (folder / "dialogue.jsonl").read_text().splitlines()]
    assert {"role": "王妻", "dialogue": "饭在锅里。"} in told
    again, _ = run(workspace, PairsJob(utterances=set_id, target="王妻, 老王"), pairing.run)
    assert (
        again["target"] == "王妻, 王成"
        and set(again["roles"]) == {"王妻", "王成"}
        and again["set"] != result["set"]
    )
    assert {r["data"]["system"] for r in rows_page(workspace, again["set"])[0]} == {
        "用王妻的口吻回答问题",
        "用王成的口吻回答问题",
    }
    assert run(workspace, PairsJob(utterances=set_id), pairing.run)[0]["target"] == "李四"


def test_what_cannot_be_decided_is_told(workspace, found):
    set_id = found["utterance_set"]
    with pytest.raises(InputError, match="no set of lines"):
        decisions.accept(workspace, "nothing", 0)
    with pytest.raises(InputError, match="no utterance 999"):
        decisions.assign(workspace, set_id, 999, "王成")
    with pytest.raises(InputError, match="at most 80"):
        decisions.assign(workspace, set_id, 0, "王" * 81)
    with pytest.raises(InputError, match="no kind of line"):
        decisions.set_kind(workspace, set_id, 0, "song")
    with pytest.raises(InputError, match="no set of lines"):
        run(workspace, PairsJob(utterances="x", target="王成"), pairing.run)
    with pytest.raises(InputError, match="赵六 says nothing"):
        run(workspace, PairsJob(utterances=set_id, target="赵六"), pairing.run)
    set_state(workspace, sets.get(workspace.store, set_id).job, "running")
    with pytest.raises(JobError, match="still being made"):
        decisions.accept(workspace, set_id, 0)


BANTER = "".join(
    (
        f"# 第{n}章\n\n王成和李四坐在门口。\n\n王成说：“今天第{n}次见你。”\n\n“可不是。”\n\n"
        f"“吃了没有？”\n\n“还没有。”\n\n“一起去？”\n\n“走。”\n\n"
    )
    for n in range(1, 4)
)


def banter(workspace):
    """The id of the set of lines found in BANTER."""
    document = documents.add(workspace, "闲话.md", BANTER.encode())
    spec = DialogueJob(documents=[document.id], characters=PEOPLE, layout="novel")
    return run(workspace, spec)[0]["utterance_set"]


def test_a_decision_is_carried_over_to_the_lines_around_and_taken_back(workspace):
    set_id = banter(workspace)
    with pytest.raises(InputError, match="Nothing is decided"):
        run(workspace, PropagateJob(utterances=set_id), propagate_job.run)
    before = queries.page(workspace, set_id, 0, 1000)
    first = [row for row in before if row["scene"] == before[0]["scene"]]
    turned = {"王成": "李四", "李四": "王成"}
    for row in first[1:3]:  # the other way round than the rules have it
        decisions.assign(workspace, set_id, row["utterance_id"], turned[row["speaker"]])
    standing = queries.page(workspace, set_id, 0, 1000)
    result, _ = run(workspace, PropagateJob(utterances=set_id), propagate_job.run)
    as_named("propagate", result)
    after = queries.page(workspace, set_id, 0, 1000)
    assert [(r["start"], r["end"], r["text"]) for r in after] == [
        (r["start"], r["end"], r["text"]) for r in before
    ]
    assert [r["speaker"] for r in after[1:3]] == [
        turned[r["speaker"]] for r in first[1:3]
    ] and after[1]["decided"] == after[2]["decided"] == "person"
    assert after[3]["speaker"] == turned[first[3]["speaker"]] and after[3]["decided"] == "rules"
    assert (
        result["changed"]
        == sum(a["speaker"] != b["speaker"] for a, b in zip(after, standing, strict=True))
        > 0
    )
    decisions.undo(workspace, set_id)
    assert queries.page(workspace, set_id, 0, 1000) == standing


def test_a_set_is_exported_as_it_stands_now(workspace, found):
    set_id, rows = found["utterance_set"], lines(workspace, found["utterance_set"])
    decisions.assign(workspace, set_id, rows["饭在锅里。"]["utterance_id"], "王妻")
    told = [
        json.loads(line)
        for line in export.export(workspace, set_id, "jsonl")
        .read_text(encoding="utf-8")
        .splitlines()
    ]
    assert {"role": "王妻", "dialogue": "饭在锅里。"} in told and all(
        set(row) == {"role", "dialogue"} for row in told
    )
    table = list(csv.DictReader(export.export(workspace, set_id, "csv").open(encoding="utf-8-sig")))
    assert [row["text"] for row in table] == [
        TEXT[int(row["start"]) : int(row["end"])] for row in table
    ] and len(table) == len(rows)
    assert {row["decided"] for row in table if row["text"] == "饭在锅里。"} == {"person"}
    parquet = pq.read_table(export.export(workspace, set_id, "parquet")).to_pylist()
    assert [(row["text"], row["speaker"] or "") for row in parquet] == [
        (row["text"], row["speaker"]) for row in table
    ]
    with zipfile.ZipFile(export.export(workspace, set_id, "pairs")) as archive:
        assert {"pairs.json", "pairs.parquet", "sharegpt.json", "dataset_info.json"} <= set(
            archive.namelist()
        )
        assert [row["output"] for row in json.loads(archive.read("pairs.json"))]
    with pytest.raises(InputError, match="nothing to export"):
        export.export(workspace, set_id, "exe")
    bare = run(
        workspace, DialogueJob(documents=[documents.listing(workspace)[0].id], layout="novel")
    )[0]
    with pytest.raises(InputError, match="No pairs were made"):
        export.export(workspace, bare["utterance_set"], "pairs")


def test_what_a_person_decides_while_lines_are_carried_over_stays_and_outlives_an_undo(
    workspace, monkeypatch
):
    set_id = banter(workspace)
    rows = queries.page(workspace, set_id, 0, 1000)
    turned = {"王成": "李四", "李四": "王成"}
    for row in rows[1:3]:
        decisions.assign(workspace, set_id, row["utterance_id"], turned[row["speaker"]])
    read = propagate_job.find_utterances

    def meanwhile(*given, **more):
        decisions.assign(workspace, set_id, rows[3]["utterance_id"], "赵六")
        return read(*given, **more)

    monkeypatch.setattr(propagate_job, "find_utterances", meanwhile)
    run(workspace, PropagateJob(utterances=set_id), propagate_job.run)
    decisions.undo(workspace, set_id)
    kept = queries.lines(workspace, set_id, [rows[3]["utterance_id"]])[0]
    assert (kept["speaker"], kept["decided"]) == ("赵六", "person")


def test_an_undo_leaves_what_a_model_has_answered_since(workspace):
    set_id = banter(workspace)
    rows = queries.page(workspace, set_id, 0, 1000)
    for row in rows[1:3]:
        decisions.assign(
            workspace, set_id, row["utterance_id"], "李四" if row["speaker"] == "王成" else "王成"
        )
    run(workspace, PropagateJob(utterances=set_id), propagate_job.run)
    with workspace.store.write() as db:
        utterances.decide_by_model(
            db,
            set_id,
            rows[3]["utterance_id"],
            speaker="赵六",
            confidence=0.9,
            votes={"赵六": 2},
            others=(),
            evidence=(),
        )
    decisions.undo(workspace, set_id)
    now = queries.page(workspace, set_id, 0, 1000)
    assert (now[3]["speaker"], now[3]["decided"]) == ("赵六", "model") and now[4][
        "speaker"
    ] == rows[4]["speaker"]


def test_quoted_words_given_to_somebody_or_called_speech_count_as_speech(workspace, found):
    set_id = found["utterance_set"]
    number = lines(workspace, set_id)["好"]["utterance_id"]
    decisions.assign(workspace, set_id, number, "王成")
    row = lines(workspace, set_id)["好"]
    assert (row["kind"], row["speaker"]) == ("speech", "王成")
    decisions.undo(workspace, set_id)
    assert lines(workspace, set_id)["好"]["kind"] == "quoted"
    decisions.set_kind(workspace, set_id, number, "speech")
    told = export.export(workspace, set_id, "jsonl").read_text(encoding="utf-8").splitlines()
    assert {"role": "", "dialogue": "好"} in map(json.loads, told)


def test_a_stopped_job_goes_on_after_its_first_lines_were_carried_over(workspace, monkeypatch):
    ids = [
        documents.add(workspace, f"{n}.md", TEXT.replace("王成", n).encode()).id
        for n in ("赵一", "钱二")
    ]
    spec = DialogueJob(documents=ids, characters=PEOPLE, layout="novel")
    job = job_for(workspace, spec)
    one = finding._one
    monkeypatch.setattr(finding, "_one", lambda *given: one(*given) or job.wanted_stop.append(True))
    with pytest.raises(Stopped):
        finding.run(spec, job)
    set_state(workspace, job.id, "stopped")
    set_id = f"utterances-{job.id}"
    decisions.accept(workspace, set_id, 1)
    run(workspace, PropagateJob(utterances=set_id), propagate_job.run)
    job.wanted_stop.clear()
    monkeypatch.setattr(finding, "_one", one)
    assert [read["document"] for read in finding.run(spec, job)["read"]] == ["赵一.md", "钱二.md"]


CHAPTERS = "".join(
    (
        f"# 第{n}章\n\n王成说：“第{n}次问你。”\n\n李四说：“第{n}次答你。”\n\n"
        f"王成说：“再问{n}遍。”\n\n李四说：“再答{n}遍。”\n\n"
    )
    for n in range(1, 11)
)


@pytest.mark.parametrize("val_size", [0, 0.5])
def test_chapters_held_out_of_the_pairs_are_held_out_of_the_dataset(workspace, val_size):
    document = documents.add(workspace, "十章.md", CHAPTERS.encode())
    made = run(
        workspace,
        DialogueJob(
            documents=[document.id], characters=PEOPLE, target="李四", layout="novel", held_out=0.2
        ),
    )[0]
    apart = {
        r["data"]["output"]
        for r in rows_page(workspace, made["set"])[0]
        if r["data"]["source"]["split"] == "heldout"
    }
    assert len(apart) == 4 and made["pairs"] == 20
    result = run(
        workspace, DatasetJob(sources=[made["set"]], name="lisi", val_size=val_size), building.run
    )[0]
    train, held = (
        {row["output"] for row in open_dataset(name, workspace).rows()}
        for name in (result["dataset"], result["heldout"])
    )
    assert apart <= held and not apart & train and len(held) == (10 if val_size else 4)
    again = run(
        workspace,
        DatasetJob(op="convert", sources=[result["heldout"]], name="only", file_type="jsonl"),
        building.run,
    )[0]
    assert (again["rows"], again["heldout_rows"]) == (len(held), 0)
