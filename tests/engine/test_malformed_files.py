"""Every file of `malformed_files` is read with an exact account of its bad rows, or refused in one
sentence: within ten seconds, and in no more memory than four times the file's size beyond what the
reader takes for itself. Through the window's own way in: another process with its limits.
"""

import json

import pytest
from malformed_files import CASES, GROUPS, SPECS

from studio import cli, datasets, sandbox
from studio.datasets import registry, window
from studio.datasets.spec import RegisterJob
from studio.errors import StudioError

SECONDS, READER_MB, TIMES = 10.0, 400, 4


@pytest.fixture(autouse=True)
def tight(monkeypatch):
    """The limits that the sandbox holds each reading to."""
    monkeypatch.setattr(
        sandbox.Limits,
        "for_bytes",
        staticmethod(lambda size: sandbox.Limits(SECONDS, READER_MB + TIMES * (size >> 20))),
    )


def test_there_are_enough_of_each_kind():
    wanted = {"encodings": 14, "sizes": 10, "json": 20, "tables": 15, "parquet": 10, "roles": 15}
    wanted |= {"pairs": 6, "archives": 10, "places": 8}
    assert {group: len(GROUPS[group]) >= many for group, many in wanted.items()} == dict.fromkeys(
        wanted, True
    )
    assert len(SPECS) >= 12 and len(CASES) + len(SPECS) >= 120


@pytest.mark.parametrize("name", CASES)
def test_a_file_is_read_exactly_or_refused_in_a_sentence(workspace, tmp_path, name):
    case = CASES[name]
    path = tmp_path / case.name
    if callable(case.data):
        case.data(path)
    else:
        path.write_bytes(case.data)
    try:
        spec = RegisterJob(file=str(path), name="d")
        spec.check(workspace)
        made = window.take_in(workspace, path, "d")
    except StudioError as error:
        assert case.said and case.said in error.what, error.sentence
        assert error.do and "\n" not in error.sentence and "Traceback" not in error.sentence
        assert registry.entries(workspace) == []
        left = [p.name for p in workspace.data.iterdir() if p.name.startswith(".incoming")]
        assert left == []
        return
    assert not case.said, made
    told = [(problem["row"], problem["reason"]) for problem in made["problems"]]
    assert (made["rows"], made["skipped"], told) == (case.good, len(case.bad), list(case.bad))
    opened = datasets.open_dataset("d", workspace)
    assert (opened.count, opened.skipped) == (case.good, len(case.bad))


@pytest.mark.parametrize("name", SPECS)
def test_a_spec_is_refused_in_a_sentence(workspace, tmp_path, capsys, name):
    text, said = SPECS[name]
    path = tmp_path / "spec.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    rows = [{"instruction": "q", "output": "a"}]
    datasets.register_file(workspace, "d.json", json.dumps(rows).encode(), "d")
    assert cli.main([str(path), "--workspace", str(workspace.path)]) in (1, 2)
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1 and "Traceback" not in told
