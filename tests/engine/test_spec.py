"""Specs, presets, names and keys: what the forms and the YAML stand on."""

import json
import stat

import pytest

from studio import presets, secrets
from studio.chunking.spec import ChunkSpec
from studio.errors import InputError, SpecError, WorkspaceError
from studio.jobs.kinds import KINDS, read_spec, spec_class
from studio.spec import Spec, field
from studio.store import database
from studio.workspace import Workspace, safe_name


class Sample(Spec):
    KIND = "sample"
    size: int = field(5, low=1, high=9, unit="tokens")
    name: str = field("")
    parts: list[str] = field(factory=list)


def test_every_problem_is_told_at_once():
    with pytest.raises(SpecError) as caught:
        Sample.read({"size": 99, "nmae": "x", "parts": 3})
    told = caught.value.sentence
    assert (
        "unknown key `nmae`, did you mean `name`?" in told
        and "`size`" in told
        and "`parts`" in told
    )


def test_a_spec_survives_yaml():
    spec = Sample(size=3, name="红楼梦", parts=["a"])
    assert Sample.read(presets.parse_yaml(spec.as_yaml())) == spec
    assert Sample.read(presets.parse_yaml(spec.as_yaml(only_changed=True))) == spec
    assert spec.fingerprint() != Sample(size=4).fingerprint()


def test_a_default_that_hangs_on_another_field_survives_yaml():
    spec = ChunkSpec(method="structure", max_tokens=512)
    assert ChunkSpec.read(presets.parse_yaml(spec.as_yaml(only_changed=True))) == spec
    asked = ChunkSpec(method="structure")
    assert "max_tokens: 2048" in asked.as_yaml(only_changed=True)


def test_rows_carry_what_a_form_needs():
    size = Sample.rows()[0]
    assert (size.type, size.low, size.high, size.unit, size.default) == ("int", 1, 9, "tokens", 5)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_spec_with_usable_rows(kind):
    rows = spec_class(kind).rows()
    assert rows and all(row.type != "object" for row in rows if row.group != "hidden")
    assert sum(row.group == "main" for row in rows) <= 7


def test_unknown_kinds_are_named():
    with pytest.raises(SpecError, match="chunck"):
        read_spec({"kind": "chunck"})
    with pytest.raises(SpecError, match="kind"):
        read_spec({"size": 1})


@pytest.mark.parametrize(
    "text",
    [
        "a: [1",
        "- 1\n- 2",
        "just words",
        "a: !!python/object/apply:os.system ['true']",
        "a: &x [1]\nb: *x",
        "",
        "\x00",
        "a: 1\n b: 2",
    ],
)
def test_bad_yaml_gets_one_sentence(text):
    with pytest.raises(SpecError) as caught:
        presets.parse_yaml(text, "spec.yaml")
    assert "\n" not in caught.value.sentence


def test_missing_and_binary_spec_files(tmp_path):
    with pytest.raises(InputError):
        presets.read_yaml(tmp_path / "none.yaml")
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00binary\x80")
    with pytest.raises((InputError, SpecError)):
        presets.read_yaml(tmp_path / "b.yaml")
    with pytest.raises(InputError):
        presets.read_yaml(tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "..",
        ".",
        "../x",
        "a/b",
        "a\\b",
        "/etc",
        "C:/x",
        "a\x00b",
        "",
        " ",
        "con",
        "NUL.txt",
        "x" * 200,
        "a\nb",
        "…/",
        "a..b",
        "~",
        "$HOME",
        "a:b",
        "a|b",
        "*",
        "x.",
        ".hidden",
    ],
)
def test_names_cannot_lead_out(name, workspace):
    with pytest.raises(WorkspaceError):
        safe_name(name)
    with pytest.raises(WorkspaceError):
        workspace.run_folder(name)


@pytest.mark.parametrize("name", ["红楼梦", "my book", "a.b", "x", "run-1_2", "Ünïcode"])
def test_good_names_pass(name):
    assert safe_name(name) == name


@pytest.mark.parametrize(
    "path", ["../x", "/etc/passwd", "documents/../../x", "runs/../../../etc", "a\x00b"]
)
def test_paths_stay_inside(workspace, path):
    with pytest.raises(WorkspaceError):
        workspace.inside(path)


def test_a_sibling_with_the_same_beginning_is_outside(workspace):
    sibling = workspace.path.parent / (workspace.path.name + "2")
    sibling.mkdir()
    with pytest.raises(WorkspaceError):
        workspace.inside(f"../{sibling.name}/x")


def test_a_file_is_no_workspace(tmp_path):
    (tmp_path / "f").write_text("x")
    with pytest.raises(WorkspaceError, match="is a file"):
        Workspace.open(tmp_path / "f")


def test_a_newer_workspace_is_refused(tmp_path, monkeypatch):
    with monkeypatch.context() as later:
        later.setattr(database, "MIGRATIONS", (*database.MIGRATIONS, ""))
        Workspace.open(tmp_path / "w").store.close()
    with pytest.raises(WorkspaceError, match="newer"):
        Workspace.open(tmp_path / "w")


def test_a_damaged_store_is_told(tmp_path):
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "inkwell.db").write_bytes(b"not a database" * 100)
    with pytest.raises(WorkspaceError, match="cannot be used"):
        Workspace.open(tmp_path / "w")


def test_keys_are_private_and_bound_to_their_host(own_home):
    secrets.save_key("https://api.example.org/v1", "sk-abcdefghijklmnop")
    mode = stat.S_IMODE(secrets.keys_file().stat().st_mode)
    assert mode == 0o600
    assert secrets.load_key("https://api.example.org/other").reveal() == "sk-abcdefghijklmnop"
    for other in (
        "https://api.example.org.evil.net/v1",
        "http://api.example.org/v1",
        "https://api.example.org:444/v1",
    ):
        assert not secrets.load_key(other)
    assert "sk-" not in (
        f"{secrets.load_key('https://api.example.org')!r} "
        f"{secrets.load_key('https://api.example.org')}"
    )
    assert secrets.hint("https://api.example.org") == "…mnop"
    secrets.save_key("https://api.example.org", "")
    assert json.loads(secrets.keys_file().read_text()) == {}


@pytest.mark.parametrize(
    "text",
    [
        "hf_abcdefghijklmnopqrstuvwx",
        "sk-proj-abcdef123456",
        "Authorization: Bearer abcdef.ghijk",
        "https://me:secret@host/x",
        "AKIAABCDEFGHIJKLMNOP",
        "api_key=hunter22222",
    ],
)
def test_texts_shaped_like_keys_are_masked(text):
    assert "••••" in secrets.redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "The risk-averse task is done.",
        "皇帝说：“好。”",
        "step 3/30 loss 2.31",
        "https://example.org/a?b=c",
    ],
)
def test_ordinary_text_is_left_alone(text):
    assert secrets.redact(text) == text
