"""Datasets: forms in and out, broken files, the registry, building and splitting, export."""

import io
import json
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_model import start

from studio import datasets
from studio.datasets import registry
from studio.datasets.assembly import job
from studio.datasets.assembly.split import hold_out
from studio.datasets.row_forms import formats
from studio.datasets.row_forms.column_map import from_entry
from studio.datasets.spec import DatasetJob
from studio.datasets.token_view import token_server
from studio.errors import InputError, SpecError, StudioError, WorkspaceError
from studio.store import chunks as kept_chunks
from studio.store import documents, sets
from studio.store import rows as kept_rows
from studio.store.rows import NewRow
from tests.filling import add_chunk_set, add_document
from tests.other_process import loaded_by

SFT = [
    {
        "system": "你是皇帝。",
        "instruction": "你是谁？",
        "input": "",
        "output": "朕乃天子。",
        "history": [],
    },
    {
        "system": "",
        "instruction": "Hi",
        "input": "there",
        "output": "Hello.",
        "history": [["a", "b"], ["c", "d"]],
    },
]
RANKING = [
    {
        "system": "s",
        "instruction": "Q",
        "input": "",
        "chosen": "good",
        "rejected": "bad",
        "history": [["a", "b"]],
    }
]
KTO = [
    {"system": "", "instruction": "Q", "input": "", "output": "A", "history": [], "kto_tag": False}
]
TEXT = [{"text": "Call me Ishmael."}, {"text": "话说天下大势"}]
TOOLS = [
    {
        "messages": [
            {"role": "user", "content": "weather?"},
            {"role": "assistant", "content": "[call]"},
            {"role": "tool", "content": "rain"},
            {"role": "assistant", "content": "It rains."},
        ],
        "tools": "",
    }
]


def write(workspace, name, rows, formatting="alpaca", file_type="json"):
    """A dataset made by the room's own writer, through a zip of its own."""
    register(workspace, "seed", json.dumps(rows))
    path = datasets.export(workspace, "seed", formatting, file_type, workspace.data)
    registry.register(
        workspace, name, from_entry(registry.read_info(workspace)["seed"], name), path.name
    )
    return datasets.open_dataset(name, workspace)


def register(workspace, name, text, file="x.json"):
    return datasets.register_file(
        workspace, file, text.encode() if isinstance(text, str) else text, name
    )


def told(dataset):
    return [(problem["row"], problem["reason"]) for problem in dataset.problems]


def add_set(workspace, data, set_id="rows-1", chunks=None, states=None):
    """A row set in the store; chunks: for each row the number of the chunk that it is made from."""
    with workspace.store.write() as db:
        if documents.get(db, "d") is None:
            add_document(db)
        sets.add(db, set_id, "rows", "made")
        add_chunk_set(db, ["t"] * len(set(chunks or ())))
        made = [chunk.id for chunk in kept_chunks.of_set(db, "chunks-1")]
        for number, row in enumerate(data):
            new = NewRow(
                unit=str(number),
                data=row,
                document="d",
                start=number,
                end=number + 1,
                chunk=made[chunks[number]] if chunks else None,
                state=states[number] if states else "new",
            )
            kept_rows.add(db, set_id, new)
    return set_id


@pytest.mark.parametrize("file_type", ["json", "jsonl", "parquet"])
@pytest.mark.parametrize("formatting", ["alpaca", "openai", "sharegpt"])
@pytest.mark.parametrize(
    "rows", [SFT, RANKING, KTO, TEXT, TOOLS], ids=["sft", "ranking", "kto", "text", "tools"]
)
def test_round_trip_keeps_every_turn(workspace, rows, formatting, file_type):
    if rows is TOOLS and formatting == "alpaca":
        with pytest.raises(InputError, match="tool turns"):
            write(workspace, "made", rows, formatting, file_type)
        return
    raw = [{"messages": row["messages"]} for row in rows] if rows is TOOLS else rows
    dataset = write(workspace, "made", raw, formatting, file_type)
    back = dataset.rows()
    assert dataset.skipped == 0 and dataset.count == len(rows)
    assert [formats.messages(row) for row in back] == [formats.messages(row) for row in rows]
    for key in ("rejected", "kto_tag"):
        assert [row.get(key) for row in back] == [row.get(key) for row in rows]
    assert dataset.ranking == (rows is RANKING)


def test_listed_columns_replace_the_defaults():
    layout = from_entry({"file_name": "f.json", "columns": {"prompt": "q", "response": "a"}}, "d")
    assert (layout.prompt, layout.response, layout.query, layout.system) == ("q", "a", None, None)
    assert from_entry({"file_name": "f.json"}, "d").query == "input"
    tags = from_entry(
        {
            "file_name": "f",
            "formatting": "sharegpt",
            "tags": {"role_tag": "role", "content_tag": "content"},
        },
        "d",
    )
    assert tags.user_tag is None and tags.messages == "conversations"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("[]", "not a table of fields"),
        ('{"instruction": "q", "output": 3}', "output is not text"),
        ('{"instruction": "q"}', "output is missing"),
        ('{"instruction": "q", "output": " "}', "output is empty"),
        ('{"instruction": "", "input": "", "output": "a"}', "instruction is empty"),
        ('{"instruction": "q", "output": "\\ud800"}', "output holds a broken character"),
        ('{"instruction": "q", "output": NaN}', "output is missing"),
        ('{"instruction": "q", "output": "a"', "not valid JSON"),
        ("[" * 5000, "nested too deeply"),
        (b'{"instruction": "\xff", "output": "a"}', "not UTF-8 text"),
    ],
)
def test_a_bad_row_is_named_with_its_reason(workspace, raw, reason):
    good = b'{"instruction": "q", "output": "a"}\n'
    (workspace.data / "f.jsonl").write_bytes(
        good + (raw if isinstance(raw, bytes) else raw.encode()) + b"\n\n" + good
    )
    registry.register(workspace, "d", from_entry({"file_name": "f.jsonl"}, "d"), "f.jsonl")
    dataset = datasets.open_dataset("d", workspace)
    assert told(dataset) == [(2, reason)]
    assert (dataset.count, dataset.skipped) == (2, 1)


@pytest.mark.parametrize(
    ("turns", "reason"),
    [
        ([], "conversations is not a list of turns"),
        ([("human", "a")], "the last turn is not a reply"),
        ([("gpt", "a"), ("human", "b")], "user and assistant do not take turns at turn 1"),
        (
            [("human", "a"), ("human", "b"), ("gpt", "c")],
            "user and assistant do not take turns at turn 2",
        ),
        ([("human", "a"), ("wizard", "b")], "turn 2 has the unknown role 'wizard'"),
        ([("human", "a"), ("gpt", "")], "turn 2 is empty"),
        (
            [("system", "s"), ("system", "s"), ("human", "a"), ("gpt", "b")],
            "a system turn stands after the first",
        ),
    ],
)
def test_a_bad_conversation_is_named(workspace, turns, reason):
    rows = [
        {"conversations": [{"from": r, "value": v} for r, v in one]}
        for one in ([("human", "a"), ("gpt", "b")], turns)
    ]
    (workspace.data / "f.json").write_text(json.dumps(rows))
    registry.register(
        workspace, "d", from_entry({"file_name": "f.json", "formatting": "sharegpt"}, "d"), "f.json"
    )
    assert told(datasets.open_dataset("d", workspace)) == [(2, reason)]


@pytest.mark.parametrize(
    ("chosen", "rejected", "reason"),
    [
        ("a", "a ", "chosen and rejected are the same"),
        ("a", None, "rejected is missing"),
        ("", "b", "chosen is empty"),
    ],
)
def test_a_bad_pair_is_named(workspace, chosen, rejected, reason):
    rows = [
        {"prompt": "q", "chosen": c, "rejected": r} for c, r in (("x", "y"), (chosen, rejected))
    ]
    register(workspace, "d", json.dumps(rows))
    assert told(datasets.open_dataset("d", workspace)) == [(2, reason)]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.json", b""),
        ("a.json", b"   \n"),
        ("a.json", b"{"),
        ("a.json", b"[1, 2"),
        ("a.json", b"[]"),
        ("a.json", b"[1, 2]"),
        ("a.json", b"null"),
        ("a.json", b'"text"'),
        ("a.json", b'[{"x": 1}]'),
        ("a.json", b"[" * 100_000),
        ("a.json", b'[{"instruction": "q", "output": "a"},]'),
        ("a.jsonl", b"not json\n"),
        ("a.jsonl", b'{"instruction": "q"\n'),
        ("a.parquet", b"PAR1 and then nothing"),
        ("a.parquet", b"text"),
        ("a.zip", b"PK\x03\x04rest"),
        ("a.pdf", b"%PDF-1.7"),
        ("a.csv", b"x,y\n1,2\n"),
        ("a.csv", b'instruction,output\n"unclosed'),
        ("a.json", b"\xff\xfe\x00"),
        ("a.json", bytes(range(256))),
    ],
)
def test_a_broken_file_is_refused_in_one_sentence(workspace, name, data):
    with pytest.raises(StudioError) as caught:
        datasets.register_file(workspace, name, data, "broken")
    assert caught.value.what.count(".") <= 3 and "Traceback" not in caught.value.sentence
    assert registry.entries(workspace) == [] and not [
        p for p in workspace.data.iterdir() if "broken" in p.name
    ]


@pytest.mark.parametrize(
    ("name", "data", "formatting"),
    [
        ("a.json", '[{"instruction": "问", "output": "答"}]'.encode("utf-8-sig"), "alpaca"),
        ("a.json", '[{"instruction": "问", "output": "答"}]'.encode("utf-16"), "alpaca"),
        (
            "a.json",
            ('[{"instruction": "' + "皇帝问臣妾何事" * 9 + '", "output": "答"}]').encode("gb18030"),
            "alpaca",
        ),
        (
            "a.json",
            b'{"instruction": "q", "output": "a"}\r\n{"instruction": "r", "output": "b"}\r\n',
            "alpaca",
        ),
        (
            "a.jsonl",
            b'{"question": "q", "answer": "a"}\r{"question": "q", "answer": "b"}',
            "alpaca",
        ),
        (
            "a.jsonl",
            (
                b'{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", '
                b'"content": "a"}]}'
            ),
            "openai",
        ),
        (
            "a.json",
            (
                b'[{"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": '
                b'"a"}]}]'
            ),
            "sharegpt",
        ),
        ("a.json", b'{"data": [\n{"instruction": "q", "output": "a"}\n]}', "alpaca"),
        ("a.csv", b'instruction;output\n"two\nlines";=1+1\n', "alpaca"),
        ("a.csv", b"prompt\tresponse\nq\ta\n", "alpaca"),
        ("a.txt", b"one\n\ntwo\n", "alpaca"),
    ],
)
def test_a_file_is_taken_in_whatever_its_form(workspace, name, data, formatting):
    entry = datasets.register_file(workspace, name, data)
    dataset = datasets.open_dataset("a", workspace)
    assert (
        entry.name == "a"
        and dataset.formatting == formatting
        and dataset.skipped == 0
        and dataset.count >= 1
    )
    assert all(formats.reply(row).strip() for row in dataset.rows())


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    st.lists(st.booleans(), min_size=1, max_size=700),
    st.integers(0, 710),
    st.integers(0, 40),
    st.sampled_from(["jsonl", "parquet"]),
)
def test_paging_is_slicing(workspace, good, offset, limit, file_type):
    rows = [
        {"instruction": f"q{n}", "input": "", "output": "a" if ok else ""}
        for n, ok in enumerate(good)
    ]
    path = workspace.data / f"p{abs(hash((tuple(good), file_type)))}.{file_type}"
    if file_type == "jsonl":
        path.write_text(
            "".join(
                json.dumps(row) + ("\n\n" if n % 5 == 0 else "\n") for n, row in enumerate(rows)
            )
        )
    else:
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path, row_group_size=37)
    registry.register(workspace, "d", from_entry({"file_name": path.name}, "d"), path.name)
    wanted = [row["instruction"] for row, ok in zip(rows, good, strict=True) if ok]
    if not wanted:
        with pytest.raises(InputError, match="row 1: output is empty"):
            datasets.open_dataset("d", workspace)
        return
    dataset = datasets.open_dataset("d", workspace)
    assert dataset.count == len(wanted) and dataset.skipped == len(good) - len(wanted)
    assert [row["instruction"] for row in dataset.rows(offset, limit)] == wanted[
        offset : offset + limit
    ]
    assert [row["instruction"] for row in dataset.rows(offset)] == wanted[offset:]


def test_a_large_file_keeps_its_index_and_notices_a_change(workspace):
    register(
        workspace,
        "big",
        "".join(f'{{"instruction": "q{n}", "output": "a"}}\n' for n in range(2500)),
        "big.jsonl",
    )
    assert datasets.open_dataset("big", workspace).rows(2400, 1)[0]["instruction"] == "q2400"
    assert list((workspace.path / "cache" / "index").glob("*.json"))
    register(workspace, "big", '{"instruction": "new", "output": "a"}', "big.jsonl")
    assert [row["instruction"] for row in datasets.open_dataset("big", workspace).rows()] == ["new"]


def test_a_broken_registry_is_told_and_left_alone(workspace):
    (workspace.data / "dataset_info.json").write_text('{"a": {')
    for act in (
        lambda: registry.entries(workspace),
        lambda: register(workspace, "d", "[]"),
        lambda: datasets.open_dataset("a", workspace),
    ):
        with pytest.raises(InputError, match=r"dataset_info\.json is not valid JSON \(line 1\)"):
            act()
    with pytest.raises(InputError):
        registry.register(workspace, "d", from_entry({}, "d"), "d.json")
    assert (workspace.data / "dataset_info.json").read_text() == '{"a": {'


def test_registering_keeps_what_others_wrote(workspace):
    foreign = {"theirs": {"hf_hub_url": "a/b", "ranking": True, "extra": 1}, "odd": 3}
    (workspace.data / "dataset_info.json").write_text(json.dumps(foreign))
    register(workspace, "mine", '[{"instruction": "q", "output": "a"}]')
    info = registry.read_info(workspace)
    assert {k: info[k] for k in foreign} == foreign and registry.names(workspace) == ["mine"]
    assert [e.name for e in registry.entries(workspace) if e.problem] == ["theirs", "odd"]
    datasets.unregister(workspace, "mine", delete_file=True)
    assert registry.read_info(workspace) == foreign and not (workspace.data / "mine.json").exists()


@pytest.mark.parametrize(
    "file",
    ["../inkwell.db", "../../x.json", "/etc/passwd", "a/../../inkwell.db", "\0.json", "gone.json"],
)
def test_no_entry_leads_out_of_data(workspace, file):
    (workspace.data / "dataset_info.json").write_text(json.dumps({"d": {"file_name": file}}))
    with pytest.raises((WorkspaceError, InputError)):
        datasets.open_dataset("d", workspace)


@pytest.mark.parametrize("name", ["../x", "a/b", "", "con", "x" * 200, "."])
def test_no_name_leads_out_of_data(workspace, name):
    with pytest.raises(StudioError):
        datasets.open_dataset(name, workspace)
    with pytest.raises(StudioError):
        datasets.register_file(workspace, "..", b"[]", name or "..")


def test_a_row_set_becomes_a_dataset_with_a_fair_held_out_part(workspace):
    rows = [
        {
            "system": "",
            "instruction": f"q{n % 50}",
            "input": "",
            "output": f"a{n}",
            "source": {"id": n},
        }
        for n in range(60)
    ]
    states = ["rejected" if n == 5 else "accepted" if n % 2 else "new" for n in range(60)]
    add_set(
        workspace,
        [*rows, {"instruction": "q", "output": 4}],
        chunks=[n // 4 for n in range(60)] + [15],
        states=[*states, "new"],
    )
    spec = DatasetJob.read(
        {
            "sources": ["rows-1"],
            "name": "made",
            "val_size": 0.2,
            "system": "Be a king.",
            "formatting": "openai",
            "file_type": "jsonl",
        }
    )
    made = job.run(spec, start(workspace, spec))
    assert (
        made["problems"] == [{"source": "rows-1", "row": 60, "reason": "output is not text"}]
        and made["skipped"] == 1
    )
    train, held = (datasets.open_dataset(name, workspace) for name in ("made", "made-heldout"))
    assert (
        made["rows"] == train.count
        and made["heldout_rows"] == held.count
        and train.count + held.count == 59
    )
    assert 1 <= held.count <= 18
    assert {r["system"] for r in train.rows()} == {
        "Be a king."
    } and "source" not in train.path.read_text()
    asked = [{row["instruction"] for row in one.rows()} for one in (train, held)]
    origins = [
        [json.loads(line) for line in registry.sidecar(workspace, n).read_text().splitlines()]
        for n in ("made", "made-heldout")
    ]
    assert not asked[0] & asked[1] and not {o["chunk"] for o in origins[0]} & {
        o["chunk"] for o in origins[1]
    }
    assert origins[0][0].keys() == {"set", "row_id", "document", "start", "end", "chunk", "source"}
    before = train.path.read_bytes(), held.path.read_bytes()
    job.run(spec, start(workspace, spec))
    assert (train.path.read_bytes(), held.path.read_bytes()) == before


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 12)), min_size=2, max_size=60),
    st.floats(0.01, 0.9),
    st.integers(0, 99),
)
def test_rows_that_share_a_key_are_never_parted(pairs, share, seed):
    keys = [[("chunk", a), ("asked", b)] for a, b in pairs]
    try:
        train, held = hold_out(keys, share, seed)
    except InputError:
        return
    assert sorted(train + held) == list(range(len(keys))) and train and held
    assert not {k for n in train for k in keys[n]} & {k for n in held for k in keys[n]}


def test_convert_check_and_split(workspace):
    register(
        workspace, "one", json.dumps([{"instruction": f"q{n}", "output": "a"} for n in range(10)])
    )
    spec = DatasetJob.read(
        {"op": "split", "sources": ["one"], "name": "two", "val_size": 0.3, "shuffle": True}
    )
    made = job.run(spec, start(workspace, spec))
    assert (made["rows"], made["heldout_rows"], made["heldout"], made["file"]) == (
        7,
        3,
        "two-heldout",
        "data/two.json",
    )
    spec = DatasetJob.read({"op": "check", "sources": ["two"]})
    report = job.run(spec, start(workspace, spec))
    assert (
        report["rows"] == 7
        and report["stats"]["reply"]["max"] == 1
        and len(registry.names(workspace)) == 3
    )


@pytest.mark.model
def test_a_check_counts_what_a_training_would_take(workspace, starter):
    rows = [{"instruction": "Q", "input": "", "output": "word " * n} for n in range(1, 90, 8)]
    datasets.register_file(workspace, "talk.json", json.dumps(rows).encode(), "talk")
    asked = {"op": "check", "sources": ["talk"], "model_name_or_path": "starter", "cutoff_len": 60}
    spec = DatasetJob.read(asked)
    spec.check(workspace)
    found = job.run(spec, start(workspace, spec))["stats"]["tokens"]
    side = found["sides"]["reply"]
    assert (found["stage"], found["rows"], found["dropped"]) == ("sft", 12, 0)
    assert side["cut_rows"] == sum(row["output"].count("word") > 32 for row in rows)
    assert found["trained_share"] == side["trained"] / side["tokens"] > 0.2
    with pytest.raises(StudioError, match="no-such-model"):
        DatasetJob.read(asked | {"model_name_or_path": "no-such-model"}).check(workspace)


@pytest.mark.parametrize(
    "change",
    [{"sources": []}, {"name": ""}, {"op": "split"}, {"val_size": 1.5}, {"file_type": "xml"}],
)
def test_an_unfit_spec_is_refused(change):
    with pytest.raises(SpecError):
        DatasetJob.read({"sources": ["a"], "name": "b"} | change)


def test_sources_that_give_nothing_are_refused(workspace):
    add_set(workspace, [{"instruction": "q", "output": "a"}], states=["rejected"])
    add_set(workspace, [RANKING[0]], "rows-2")
    add_set(workspace, [{"instruction": "q", "output": "a"}], "rows-3")
    for sources, words in (
        (["rows-1"], "no row to use"),
        (["gone"], "no dataset gone"),
        (["rows-2", "rows-3"], "mix rows of different kinds"),
    ):
        spec = DatasetJob.read({"sources": sources, "name": "x"})
        with pytest.raises(InputError, match=words):
            job.run(spec, start(workspace, spec))
    spec = DatasetJob.read({"sources": ["rows-3"], "name": "x", "val_size": 0.5})
    with pytest.raises(InputError, match="held out"):
        job.run(spec, start(workspace, spec))


def test_an_export_opens_as_it_is(workspace, tmp_path):
    register(workspace, "mine", json.dumps(RANKING))
    path = datasets.export_zip(workspace, "mine", "sharegpt", "json")
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as packed:
        info = json.loads(packed.read("dataset_info.json"))["mine"]
        rows = json.loads(packed.read("mine.json"))
    assert (
        info["ranking"] is True
        and info["columns"]["chosen"] == "chosen"
        and info["columns"]["messages"] == "conversations"
    )
    assert rows[0]["conversations"][-1] == {"from": "human", "value": "Q"} and rows[0][
        "rejected"
    ] == {"from": "gpt", "value": "bad"}
    assert rows[0]["system"] == "s" and path.parent.name == "exports"
    with pytest.raises(InputError):
        datasets.export(workspace, "mine", "sharegpt", "exe", tmp_path)


def test_statistics_count_what_is_there(workspace):
    register(workspace, "d", json.dumps([*SFT, SFT[0]]))
    found = datasets.stats(datasets.open_dataset("d", workspace))
    assert (found["rows"], found["duplicates"], found["systems"]) == (3, 1, 2)
    assert (
        found["reply"] == {"min": 5, "p25": 5, "median": 5, "p75": 6, "p95": 6, "max": 6}
        and found["turns"]["max"] == 6
    )


def test_importing_the_rooms_is_light():
    rooms = (
        "import studio.datasets, studio.training, studio.training.curves, studio.evaluation, "
        "studio.datasets.assembly.job"
    )
    heavy = ("torch", "transformers", "trl", "peft", "datasets", "pyarrow", "pandas", "matplotlib")
    assert loaded_by(rooms, *heavy) == []


@pytest.mark.model
def test_the_token_view_answers_from_a_process_of_its_own(workspace, starter):
    register(workspace, "d", json.dumps(RANKING))
    rows = datasets.token_view(workspace, "d", 0, 5, "starter", 24, "dpo")
    assert [part["name"] for part in rows[0]["parts"]] == ["chosen", "rejected"] and rows[0][
        "error"
    ] is None
    part = rows[0]["parts"][0]
    assert (
        len(part["tokens"])
        == len(part["labels"])
        == len(part["special"])
        == len(part["input_ids"])
        == 24
    )
    assert part["truncated"] and "".join(part["tokens"] + part["cut_tokens"]) == part["text"]
    assert list((workspace.path / "cache" / "tokens").glob("*.json"))
    assert (
        datasets.token_view(workspace, "d", 0, 5, "starter", 24, "dpo", timeout_s=0) == rows
    )  # from the cache
    token_server.SERVER.close()  # a warm one answers in time
    with pytest.raises(StudioError, match="took too long"):
        datasets.token_view(workspace, "d", 0, 4, "starter", 24, "dpo", timeout_s=0.01)
    small = token_server.TokenServer(memory_mb=1)
    with pytest.raises(StudioError, match="more than 1 MB of memory"):
        small.ask({"nothing": 1}, 60)
    assert small._process is None
