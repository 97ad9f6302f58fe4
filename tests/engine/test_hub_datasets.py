"""Datasets from a hub: which files are taken, how they come, and what is refused."""

import io
import json
import subprocess
import sys
import threading
import types

import pytest
import yaml

from studio.datasets import registry
from studio.datasets.opened import open_dataset
from studio.datasets.spec import RegisterJob
from studio.datasets.taking_in import taking
from studio.datasets.taking_in.hub_files import named
from studio.datasets.taking_in.hub_layout import Wanted, choose
from studio.errors import InputError, ModelError, Stopped
from tests.in_process import job_for
from tests.other_process import run_command

pytest_plugins = ["dataset_hub"]
CARD = """---
configs:
- config_name: en
  data_files:
  - {split: train, path: "en/train-*"}
  - {split: test, path: en/test.jsonl}
  default: true
- config_name: zh
  data_files: zh/*.jsonl
---
# A set
"""


def lines(*pairs):
    return "".join(
        json.dumps({"instruction": q, "output": a}, ensure_ascii=False) + "\n" for q, a in pairs
    ).encode()


def parquet(rows):
    import pyarrow
    import pyarrow.parquet

    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), out)
    return out.getvalue()


def fetched(workspace, **spec):
    return taking.run(made := RegisterJob.read(spec), job_for(workspace, made))


@pytest.mark.parametrize(
    ("names", "card", "wanted", "files"),
    [
        (["a.jsonl", "README.md"], "", Wanted(), ["a.jsonl"]),
        (["train.csv", "test.csv"], "", Wanted(), ["train.csv"]),
        (["train.csv", "test.csv"], "", Wanted(split="test"), ["test.csv"]),
        (["data/validation-00000.parquet", "data/train-0.parquet"], "", Wanted(split="validation"),
         ["data/validation-00000.parquet"]),
        (["data/train_sft-0.parquet", "data/test_sft-0.parquet"], "", Wanted(split="train_sft"),
         ["data/train_sft-0.parquet"]),
        (["en/a.json", "zh/a.json"], "", Wanted(subset="zh"), ["zh/a.json"]),
        (["python/a.parquet", "java/a.parquet"], "", Wanted(folder="python"), ["python/a.parquet"]),
        (["a.json", "b.parquet", "c.parquet"], "", Wanted(), ["b.parquet", "c.parquet"]),
        (["en/train-0.jsonl", "en/test.jsonl", "zh/x.jsonl"], CARD, Wanted(), ["en/train-0.jsonl"]),
        (["en/train-0.jsonl", "en/test.jsonl", "zh/x.jsonl"], CARD, Wanted(split="test"),
         ["en/test.jsonl"]),
        (["en/train-0.jsonl", "zh/x.jsonl"], CARD, Wanted(subset="zh"), ["zh/x.jsonl"]),
        (["a.jsonl", "b.jsonl"], "", Wanted(files="b.*"), ["b.jsonl"]),
        (["a.jsonl", "load.py", "dataset_infos.json"], "", Wanted(), ["a.jsonl"]),
    ],
)  # fmt: skip
def test_the_files_of_a_subset_and_split_are_found(names, card, wanted, files):
    found = choose(names, card, wanted, "o/n")
    assert list(found.files) == files
    rows = {name for name in names if not name.endswith((".py", ".md", "_infos.json"))}
    assert set(found.passed_over) == rows - set(files)


@pytest.mark.parametrize(
    ("names", "wanted", "told"),
    [
        (["o.py", "README.md"], Wanted(), "loaded by a script (o.py), which is not run"),
        (["a.bin"], Wanted(), "holds no file of rows"),
        (["train.csv"], Wanted(split="test"), "no rows for test; it has train.csv"),
        (["train.csv"], Wanted(subset="zh"), "no rows for zh · train"),
    ],
)
def test_what_a_hub_does_not_have_is_told(names, wanted, told):
    with pytest.raises(InputError) as caught:
        choose(names, "", wanted, "o/n")
    assert told in caught.value.sentence


def test_a_hubs_dataset_is_named_in_several_ways():
    assert named("hf:o/n") == named("https://huggingface.co/datasets/o/n/tree/main")
    assert named("ms:o/n") == ("modelscope", "o/n")
    assert named("rows.jsonl") is None and named("/data/hf") is None
    with pytest.raises(InputError, match="no name of a dataset"):
        named("hf:../../etc")


def test_files_of_a_hub_become_one_dataset(dataset_hub, workspace):
    dataset_hub.repositories["o/pairs"] = {
        "data/train-00000-of-00002.parquet": parquet([{"instruction": "q1", "output": "a1"}]),
        "data/train-00001-of-00002.parquet": parquet([{"output": "a2", "instruction": "q2"}]),
        "data/test-00000-of-00001.parquet": parquet([{"instruction": "t", "output": "t"}]),
        "pairs.py": b"raise SystemExit",
    }
    result = fetched(workspace, file="hf:o/pairs", num_samples=5)
    assert (result["dataset"], result["rows"], len(result["files"])) == ("pairs", 2, 2)
    assert result["passed_over"] == ["data/test-00000-of-00001.parquet"]
    assert not any("pairs.py" in path for path in dataset_hub.asked)
    assert [row["output"] for row in open_dataset("pairs", workspace).rows()] == ["a1", "a2"]
    entry = registry.read_info(workspace)["pairs"]
    assert entry["file_name"] == "pairs.parquet" and entry["num_samples"] == 5
    source = entry["inkwell"]["from"]
    assert source["hf_hub_url"] == "o/pairs" and source["commit"].startswith("c0ffee")
    assert not list((workspace.path / "cache" / "hub").iterdir())


def test_an_entry_is_fetched_from_its_hub_and_keeps_what_it_says(dataset_hub, workspace):
    """Its columns hold, keys that nobody knows stay, and LLaMA-Factory reads the file from then
    on.
    """
    dataset_hub.repositories["o/own"] = {
        "python/a.jsonl": b'{"frage": "q", "antwort": "a"}\n',
        "java/a.jsonl": b'{"frage": "x", "antwort": "x"}\n',
    }
    columns = {"prompt": "frage", "response": "antwort"}
    info = {
        "other": {"file_name": "missing.json", "strange": 1},
        "own": {"hf_hub_url": "o/own", "folder": "python", "columns": columns, "author": "me"},
    }
    (workspace.data / "dataset_info.json").write_text(json.dumps(info))
    assert "lies on Hugging Face (o/own)" in registry.entries(workspace)[1].problem
    assert fetched(workspace, name="own")["rows"] == 1
    after = registry.read_info(workspace)
    assert after["other"] == info["other"]
    assert after["own"]["file_name"] == "own.jsonl" and after["own"]["author"] == "me"
    assert after["own"]["columns"] == columns and "hf_hub_url" not in after["own"]
    assert after["own"]["inkwell"]["from"]["folder"] == "python"
    assert open_dataset("own", workspace).rows()[0]["output"] == "a"


def test_what_the_hub_refuses_is_told_in_a_sentence(dataset_hub, workspace):
    dataset_hub.gated.add("o/gated")
    dataset_hub.repositories["o/odd"] = {"a.jsonl": b'{"left": "x", "right": "yy"}\n'}
    with pytest.raises(ModelError, match="has no dataset o/none"):
        fetched(workspace, file="hf:o/none")
    with pytest.raises(ModelError, match="accepted its conditions"):
        fetched(workspace, file="hf:o/gated")
    with pytest.raises(InputError, match="only left, right"):
        fetched(workspace, file="hf:o/odd")
    assert registry.entries(workspace) == []
    result = fetched(workspace, file="hf:o/odd", guess=True)
    assert result["guessed"] == {"prompt": "left", "response": "right"}
    result = fetched(workspace, file="hf:o/odd", columns={"prompt": "right", "response": "left"})
    assert open_dataset("odd", workspace).rows()[0]["output"] == "x"


def test_a_hub_that_does_not_answer_is_told(dataset_hub, workspace):
    dataset_hub.server.shutdown()
    dataset_hub.server.server_close()
    with pytest.raises(ModelError, match="could not be fetched"):
        fetched(workspace, file="hf:o/n")


def test_a_download_is_stopped_within_a_file_and_goes_on(dataset_hub, workspace):
    """What had come is not fetched again."""
    rows = lines(*((f"q{n}", "a" * 2000) for n in range(1000)))
    dataset_hub.repositories["o/long"] = {"train.jsonl": rows}
    dataset_hub.pace_s = 0.02
    spec = RegisterJob.read({"file": "hf:o/long"})
    job, ended = job_for(workspace, spec), []

    def work():
        with pytest.raises(Stopped):
            taking.run(spec, job)
        ended.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    folder = workspace.path / "cache" / "hub"
    while not any(p.stat().st_size > 200_000 for p in folder.rglob("*.incomplete")):
        assert thread.is_alive()
    (job.folder / "stop").write_text("now")
    thread.join(30)
    assert ended and registry.entries(workspace) == []
    (job.folder / "stop").unlink()
    dataset_hub.pace_s = 0
    job.wanted_stop.clear()
    assert taking.run(spec, job_for(workspace, spec))["rows"] == 1000


def test_modelscopes_files_are_chosen_in_the_same_way(workspace, monkeypatch):
    """Its library stands in; that it is called as its own signature has it is checked here."""
    asked = {}

    def dataset_snapshot_download(
        dataset_id=None, revision=None, cache_dir=None, local_dir=None, allow_patterns=None
    ):
        asked.update(id=dataset_id, patterns=allow_patterns)
        from pathlib import Path

        (Path(local_dir) / "train.jsonl").write_bytes(lines(("q", "a")))
        (Path(local_dir) / "test.jsonl").write_bytes(lines(("t", "t")))
        return local_dir

    fake = types.ModuleType("modelscope")
    fake.dataset_snapshot_download = dataset_snapshot_download
    monkeypatch.setitem(sys.modules, "modelscope", fake)
    result = fetched(workspace, file="ms:o/ms")
    assert (result["rows"], result["files"], result["passed_over"]) == (
        1, ["train.jsonl"], ["test.jsonl"],
    )  # fmt: skip
    assert asked["id"] == "o/ms" and "*.parquet" in asked["patterns"]
    assert not any(pattern.endswith(".py") for pattern in asked["patterns"])
    assert registry.read_info(workspace)["ms"]["inkwell"]["from"]["ms_hub_url"] == "o/ms"


def test_modelscope_without_its_library_is_told(workspace, monkeypatch):
    monkeypatch.setitem(sys.modules, "modelscope", None)
    with pytest.raises(ModelError, match="modelscope library is not installed"):
        fetched(workspace, file="ms:o/ms")


@pytest.mark.long
def test_a_hubs_dataset_and_a_file_beside_the_spec_come_headless(dataset_hub, tmp_path):
    dataset_hub.repositories["o/zh"] = {
        "README.md": CARD.encode(),
        "zh/x.jsonl": lines(("问", "答")),
    }
    (tmp_path / "own.csv").write_text("Frage,Antwort\nq,a\n")
    steps = [
        {"id": "hub", "kind": "register", "file": "hf:o/zh", "subset": "zh", "name": "mine"},
        {
            "id": "own",
            "kind": "register",
            "file": "./own.csv",
            "columns": {"prompt": "Frage", "response": "Antwort"},
        },
    ]
    (tmp_path / "spec.yaml").write_text(yaml.safe_dump({"kind": "pipeline", "steps": steps}))
    command = run_command(tmp_path / "spec.yaml", tmp_path / "w")
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120)
    told = json.loads(ran.stdout.splitlines()[-1])
    assert told["state"] == "done", ran.stderr
    assert [told["result"]["steps"][one]["rows"] for one in ("hub", "own")] == [1, 1]
