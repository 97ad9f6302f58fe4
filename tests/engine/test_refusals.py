"""What cannot come to anything is refused before there is a job, and says which field it is about;
Resume where it can help.
"""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from studio import documents, jobs, secrets
from studio.datasets import register_file
from studio.dialogue.records import Utterance
from studio.errors import (
    InputError,
    JobError,
    LlmFault,
    ModelError,
    SpecError,
    StudioError,
    WorkspaceError,
)
from studio.files import disk_error, write_text
from studio.jobs import records
from studio.jobs.control import check
from studio.jobs.kinds import read_spec
from studio.jobs.records import JobRecord, resumable
from studio.spec import digest
from studio.store import chunks, rows, sets, units, utterances
from studio.store.rows import NewRow
from studio.training import checkpoints
from tabs.kit.language import field_label, sentences, table
from tests.filling import Piece, add_chunk_set
from tests.in_process import job_for
from tests.other_process import run_command

ROOT = Path(__file__).resolve().parents[2]
SFT = [{"instruction": f"q{n}", "input": "", "output": f"a{n}"} for n in range(6)]
PAIRS = [{"instruction": f"q{n}", "input": "", "chosen": "yes", "rejected": "no"} for n in range(6)]


@pytest.fixture
def stock(workspace, tmp_path, monkeypatch):
    """A document, a chunk set with and one without chunks, rows, datasets, two models and adapters;
    no starter is needed.
    """
    monkeypatch.setenv("INKWELL_MODEL_ROOTS", str(tmp_path / "models"))
    monkeypatch.setenv("INKWELL_MODELS", str(tmp_path / "none"))
    document = documents.add(workspace, "a.txt", b"One sentence. Another one.")
    with workspace.store.write() as db:
        for set_id, kind in (
            ("chunks-full", "chunks"),
            ("chunks-empty", "chunks"),
            ("rows-empty", "rows"),
            ("rows-new", "rows"),
            ("lines-empty", "utterances"),
            ("lines", "utterances"),
        ):
            meta = {"format": "ranking"} if set_id == "rows-new" else {}
            sets.add(db, set_id, kind, set_id, meta=meta)
        chunks.append(db, "chunks-full", document.id, [Piece(0, 13, "One sentence.", 3)])
        rows.add(db, "rows-new", NewRow(unit="u", data=PAIRS[0]))
        ann = Utterance(
            start=0, end=3, text="One", speaker="Ann", addressee=None, confidence=0.9, method="tag"
        )
        utterances.add(db, "lines", document.id, [ann])
    register_file(workspace, "sft.json", json.dumps(SFT).encode())
    register_file(workspace, "pairs.json", json.dumps(PAIRS).encode())
    for name, size in (("one", 8), ("other", 16)):
        folder = tmp_path / "models" / name
        write_text(folder / "config.json", json.dumps({"model_type": "llama", "hidden_size": size}))
        (folder / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    run = workspace.run_folder("train-1") / "adapter"
    write_text(run / "adapter_config.json", "{}")
    (run / "adapter_model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    checkpoints.sign(run, 1, "one")
    return workspace, document.id


TRAIN = {"kind": "train", "dataset": "sft", "model_name_or_path": "one"}
ASK = {"provider": "openai", "base_url": "http://127.0.0.1:9/v1"}
REFUSED = [
    # (what is wrong with the spec, the error, words of it, the field it is about)
    ({"kind": "chunk", "documents": []}, SpecError, "No document is chosen", "documents"),
    ({"kind": "chunk", "documents": ["gone"]}, InputError, "no document gone", "documents"),
    ({"kind": "clean", "documents": ["gone"]}, InputError, "no document gone", "documents"),
    ({"kind": "dialogue", "documents": ["gone"]}, InputError, "no document gone", "documents"),
    (
        {"kind": "chunk", "documents": ["a.txt"], "encoder": "openai", "encoder_model": "m"},
        LlmFault,
        "no API key for api.openai.com",
        "encoder_url",
    ),
    ({"kind": "instructions", "chunks": "gone"} | ASK, InputError, "no chunk set gone", "chunks"),
    (
        {"kind": "instructions", "chunks": "chunks-empty"} | ASK,
        InputError,
        "no such chunks",
        "chunks",
    ),
    (
        {"kind": "instructions", "chunks": "chunks-full", "provider": "openai"},
        LlmFault,
        "no API key for api.openai.com",
        "base_url",
    ),
    (
        {
            "kind": "instructions",
            "chunks": "chunks-full",
            "provider": "openai",
            "base_url": "https://api.deepseek.com/v1",
        },
        LlmFault,
        "no API key",
        "base_url",
    ),
    (
        {
            "kind": "instructions",
            "chunks": "chunks-full",
            "provider": "openai",
            "base_url": "http://169.254.169.254/v1",
        },
        LlmFault,
        "not allowed",
        "base_url",
    ),
    (
        {"kind": "instructions", "chunks": "chunks-full"},
        ModelError,
        "starter model is not on this machine",
        "model_name_or_path",
    ),
    (
        {
            "kind": "instructions",
            "chunks": "chunks-full",
            "model_name_or_path": "one",
            "adapter_name_or_path": "train-9",
        },
        ModelError,
        "no adapter",
        "adapter_name_or_path",
    ),
    ({"kind": "preferences", "dataset": "gone"} | ASK, InputError, "no dataset gone", "dataset"),
    (
        {"kind": "preferences", "dataset": "pairs"} | ASK,
        InputError,
        "no rows with a question and an answer",
        "dataset",
    ),
    (
        {"kind": "dataset", "name": "new", "sources": ["gone"]},
        InputError,
        "no dataset gone",
        "sources",
    ),
    (
        {"kind": "dataset", "name": "new", "sources": ["rows-empty"]},
        InputError,
        "no row to use",
        "sources",
    ),
    (
        {"kind": "dataset", "name": "new", "sources": ["sft", "rows-new"]},
        InputError,
        "mix rows",
        "sources",
    ),
    (
        {"kind": "dataset", "name": "sft", "sources": ["pairs"]},
        InputError,
        "dataset named sft already",
        "name",
    ),
    (TRAIN | {"dataset": "gone"}, InputError, "no dataset gone", "dataset"),
    (TRAIN | {"stage": "dpo"}, InputError, "no chosen and rejected", "dataset"),
    (TRAIN | {"dataset": "pairs"}, InputError, "holds preferences", "dataset"),
    (TRAIN | {"eval_dataset": "pairs"}, InputError, "holds preferences", "eval_dataset"),
    (TRAIN | {"eval_dataset": "gone"}, InputError, "no dataset gone", "eval_dataset"),
    (TRAIN | {"model_name_or_path": "nowhere"}, ModelError, "no model", "model_name_or_path"),
    (
        TRAIN | {"model_name_or_path": "/nowhere/at/all"},
        ModelError,
        "lies outside",
        "model_name_or_path",
    ),
    (TRAIN | {"adapter_name_or_path": "train-9"}, ModelError, "no adapter", "adapter_name_or_path"),
    (
        TRAIN | {"model_name_or_path": "other", "adapter_name_or_path": "train-1"},
        ModelError,
        "trained on one, not on other",
        "adapter_name_or_path",
    ),
    (
        {"kind": "evaluate", "dataset": "gone", "model_name_or_path": "one"},
        InputError,
        "no dataset gone",
        "dataset",
    ),
    (
        {
            "kind": "evaluate",
            "dataset": "sft",
            "model_name_or_path": "other",
            "adapter_name_or_path": "train-1",
        },
        ModelError,
        "trained on one",
        "adapter_name_or_path",
    ),
    (
        {"kind": "pairs", "utterances": "gone", "target": "Ann"},
        InputError,
        "no set of lines gone",
        "utterances",
    ),
    (
        {"kind": "pairs", "utterances": "lines-empty", "target": "Ann"},
        InputError,
        "no lines in lines-empty",
        "utterances",
    ),
    ({"kind": "pairs", "utterances": "lines"}, InputError, "No role is named", "target"),
    (
        {"kind": "pairs", "utterances": "lines", "target": "Ben"},
        InputError,
        "Ben says nothing",
        "target",
    ),
    ({"kind": "propagate", "utterances": "lines"}, InputError, "Nothing is decided", None),
    (
        {"kind": "attribute", "utterances": "gone"} | ASK,
        InputError,
        "no set of lines gone",
        "utterances",
    ),
    (
        {"kind": "attribute", "utterances": "lines", "provider": "openai"},
        LlmFault,
        "no API key",
        "base_url",
    ),
]


@pytest.mark.parametrize(
    ("data", "error", "words", "field"),
    REFUSED,
    ids=[f"{d['kind']}-{w.replace(' ', '-')}" for d, _, w, _ in REFUSED],
)
def test_refused_before_there_is_a_job(stock, data, error, words, field):
    workspace, _ = stock
    with pytest.raises(error, match=words) as refused:
        jobs.start(workspace, read_spec(data))
    assert refused.value.spec_kind == data["kind"] and (
        field is None or field in refused.value.fields
    )
    assert jobs.recent(workspace) == []
    assert not any(one.job for one in sets.newest_first(workspace.store))
    what, do = sentences("zh", refused.value)
    assert what != refused.value.what and do != refused.value.do or not refused.value.do


@pytest.mark.parametrize(
    "data",
    [
        {"kind": "chunk", "documents": ["a.txt"]},
        {"kind": "instructions", "chunks": "chunks-full"} | ASK,
        {"kind": "instructions", "chunks": "chunks-full", "model_name_or_path": "one"},
        {
            "kind": "instructions",
            "chunks": "chunks-full",
            "model_name_or_path": "some/model-on-a-hub",
        },
        {"kind": "preferences", "dataset": "sft"} | ASK,
        TRAIN,
        TRAIN | {"stage": "dpo", "dataset": "pairs"},
        TRAIN | {"adapter_name_or_path": "train-1"},
        TRAIN | {"model_name_or_path": "some/model-on-a-hub", "adapter_name_or_path": "train-1"},
        {"kind": "dataset", "name": "new", "sources": ["sft"]},
        {"kind": "dataset", "name": "new", "sources": ["pairs", "rows-new"]},
        {"kind": "pairs", "utterances": "lines", "target": "Ann"},
        {
            "kind": "instructions",
            "chunks": "chunks-full",
            "provider": "openai",
            "base_url": "http://gpu-box:8000/v1",
        },
    ],
)
def test_what_may_come_to_something_is_not_refused(stock, data):
    check(stock[0], read_spec(data))


def test_with_a_key_the_service_may_be_asked(stock):
    secrets.save_key("https://api.openai.com/v1", "sk-abcdefgh12345678")
    check(
        stock[0], read_spec({"kind": "instructions", "chunks": "chunks-full", "provider": "openai"})
    )


def test_a_copy_of_the_model_is_the_same_model(stock, tmp_path):
    import shutil

    shutil.copytree(tmp_path / "models" / "one", tmp_path / "models" / "copy")
    check(
        stock[0],
        read_spec(TRAIN | {"model_name_or_path": "copy", "adapter_name_or_path": "train-1"}),
    )


def test_a_pipeline_is_refused_for_what_its_last_step_would_be(stock):
    workspace, document = stock
    steps = [
        {"id": "cut", "kind": "chunk", "documents": ["${text}"]},
        {"id": "data", "kind": "dataset", "sources": ["${cut.set}"], "name": "${name}"},
        {
            "id": "train",
            "kind": "train",
            "dataset": "${data.dataset}",
            "model_name_or_path": "${model}",
        },
    ]
    good = {
        "kind": "pipeline",
        "vars": {"text": document, "name": "new", "model": "one"},
        "steps": steps,
    }
    check(workspace, read_spec(good))
    for change, words in (
        ({"name": "sft"}, "dataset named sft already"),
        ({"model": "nowhere"}, "no model"),
        ({"text": "gone"}, "no document gone"),
    ):
        with pytest.raises(StudioError, match=words):
            jobs.start(workspace, read_spec(good | {"vars": good["vars"] | change}))
    assert jobs.recent(workspace) == []


def test_headless_says_it_in_one_sentence_under_the_yaml_name(stock, tmp_path, own_home):
    workspace, document = stock

    def run(data):
        (tmp_path / "s.yaml").write_text(yaml.safe_dump(data))
        done = subprocess.run(
            run_command(tmp_path / "s.yaml", workspace.path),
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=120,
        )
        return done.returncode, done.stderr.strip().splitlines()[-1], done.stdout

    assert run({"kind": "dataset", "name": "sft", "sources": ["pairs"]}) == (
        2,
        (
            "There is a dataset named sft already. Choose another name, for example sft-2, "
            "or tick Overwrite (overwrite: true)."
        ),
        "",
    )
    code, told, out = run(
        {"kind": "chunk", "documents": [document], "max_tokens": 3, "overlap": -1}
    )
    assert (
        (code, out) == (2, "")
        and "`max_tokens`: at least 16, not 3" in told
        and "`overlap`: at least 0, not -1" in told
    )


def test_every_mistake_in_a_form_is_told_under_its_label_in_both_languages():
    with pytest.raises(SpecError) as wrong:
        read_spec({"kind": "chunk", "max_tokens": 3, "overlap": "x", "granularity": 9})
    error = wrong.value
    assert (
        set(error.fields) == {"max_tokens", "overlap", "granularity"} and error.spec_kind == "chunk"
    )
    for language, least in (("en", "at least 16"), ("zh", "不能小于 16")):
        what, _ = sentences(language, error)
        assert (
            all(field_label(language, "chunk", name) in what for name in error.fields)
            and least in what
            and "max_tokens" not in what
            and "16.0" not in what
        )
    with pytest.raises(SpecError) as wrong:
        read_spec({"kind": "chunk", "max_tokens": 100, "overlap": 80})
    assert sentences("zh", wrong.value)[
        0
    ] == "重叠超过最长分块的一半。" and "`overlap` is more than half of `max_tokens`" in str(
        wrong.value
    )


def test_everything_that_can_be_wrong_with_a_field_can_be_told_in_chinese():
    import ast

    from studio.spec import WRONG

    found = set(WRONG.values()) | {"unknown key `{key}`"}
    for path in (ROOT / "studio").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func) == "Wrong"
                and isinstance(node.args[0], ast.Constant)
            ):
                found.add(node.args[0].value)
    assert len(found) > 20 and sorted(found - set(table("zh")["errors"])) == []


def ended(state, error=None):
    """A job's record, its error read back as the store has it."""
    again = StudioError.from_record(json.loads(json.dumps(error.as_record()))) if error else None
    return JobRecord("x", "train", state, {}, "", None, None, {}, {}, again, 0.0, None, None)


@pytest.mark.parametrize(
    ("record", "helps"),
    [
        (ended("stopped"), True),
        (ended("interrupted"), True),
        (ended("running"), False),
        (ended("queued"), False),
        (ended("done"), False),
        (ended("failed", disk_error(OSError(28, "full"), Path("x"))), True),
        (ended("failed", JobError("The memory is full.", "x")), True),
        (ended("failed", LlmFault("unreachable", "gone", "x")), True),
        (ended("failed", LlmFault("rate_limit", "gone", "x")), True),
        (ended("failed", LlmFault("auth", "gone", "x")), True),
        (ended("failed", LlmFault("bad_request", "no", "x")), False),
        (ended("failed", LlmFault("too_long", "no", "x")), False),
        (ended("failed", SpecError("bad", "x")), False),
        (ended("failed", InputError("no pairs", "x")), False),
        (ended("failed", ModelError("not there", "x")), False),
        (ended("failed", ModelError("not there", "x", may_pass=True)), True),
        (ended("failed", JobError("nothing made", "x", may_pass=False)), False),
        (ended("failed", WorkspaceError("bad name", "x", may_pass=False)), False),
    ],
)
def test_resume_is_offered_where_it_can_help(record, helps):
    assert resumable(record) is helps


def test_an_error_of_an_older_version_says_by_its_kind_whether_it_may_pass():
    for kind, helps in (
        ("JobError", True),
        ("WorkspaceError", True),
        ("LlmFault", True),
        ("InputError", False),
        ("SpecError", False),
        ("ModelError", False),
        ("Path", False),
        ("StudioError", False),
    ):
        old = StudioError.from_record(
            {
                "type": kind,
                "what": "x {n}",
                "do": "",
                "values": {"n": "1", "fields": "2", "what": "3"},
            }
        )
        assert old.may_pass is helps and old.what == "x 1" and str(old) == "x 1"


@pytest.mark.parametrize(
    ("state", "error", "unit", "kept"),
    [
        ("failed", InputError("bad", "x"), False, False),
        ("failed", InputError("bad", "x"), True, False),
        ("stopped", None, False, False),
        ("stopped", None, True, True),
        ("interrupted", None, False, False),
        ("failed", LlmFault("timeout", "late", "x"), True, True),
    ],
)
def test_a_run_that_kept_nothing_leaves_no_set(stock, state, error, unit, kept):
    workspace, document = stock
    job = job_for(workspace, read_spec({"kind": "chunk", "documents": [document]}))
    with workspace.store.write() as db:
        sets.add(db, "mine", "chunks", "mine", job=job.id)
        if unit:
            units.add(db, "mine", digest(1), {})
    records.set_state(workspace, job.id, state, **({"error": error} if error else {}))
    assert (sets.get(workspace.store, "mine") is not None) is kept


@pytest.mark.long
def test_a_failed_run_offers_nothing_and_the_set_before_stays_first(workspace, fake):
    from studio.generation import row_sets
    from studio.generation.spec import InstructionsJob
    from tabs.kit import rows as row_lists
    from tabs.kit.session import Session

    document = documents.add(workspace, "a.txt", b"One sentence. Another one.")
    with workspace.store.write() as db:
        add_chunk_set(db, ["The tide came in at noon."], document=document.id, set_id="c")
    spec = InstructionsJob(
        **fake.spec().model_dump()
        | {"chunks": "c", "questions_per_chunk": 1, "answer_format": "json"}
    )
    fake.answer = lambda messages, schema: (
        '{"instruction": "When did the tide come in?", "output": "At noon."}'
    )
    first = jobs.start(workspace, spec)
    assert jobs.wait(workspace, first.id, 60).state == "done"
    fake.answer = lambda messages, schema: '{"instruction": "", "output": ""}'
    second = jobs.wait(workspace, jobs.start(workspace, spec.model_copy(update={"seed": 7})).id, 60)
    assert second.state == "failed" and not resumable(second)
    assert [s["job"] for s in row_sets(workspace)] == [first.id]
    assert len(sets.newest_first(workspace.store, "rows")) == 1
    session = Session(workspace, "en")
    assert row_lists.newest(session, "instructions") == f"rows-{first.id}" and [
        value for _, value in row_lists.sets(session)
    ] == [f"rows-{first.id}"]
