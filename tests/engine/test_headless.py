"""Headless: a folder of files brought in, cleaned and cut by one spec; references keep their
type.
"""

import json
import subprocess

import pytest

from studio.errors import SpecError
from studio.jobs.kinds import read_spec
from studio.store import chunks
from studio.workspace import Workspace
from tests.other_process import run_command

STEPS = """
kind: pipeline
steps:
  - {id: docs, kind: import, paths: [./laws]}
  - {id: clean, kind: clean, documents: "${docs.documents}", fix_spaces: true}
  - {id: chunks, kind: chunk, documents: "${clean.documents}", method: structure,
     structure_unit: article, max_tokens: 64}
"""


@pytest.mark.long
def test_a_folder_is_brought_in_cleaned_and_cut_by_article(tmp_path):
    laws = tmp_path / "laws"
    laws.mkdir()
    (laws / "甲.txt").write_text(
        "第一章 总则\n第一条　　借书  应当登记。\n第二条 还书应当准时。\n", encoding="utf-8"
    )
    (laws / "乙.html").write_text("<h1>乙法</h1><p>第一条 灯应当关好。</p>", encoding="utf-8")
    (laws / "坏.pdf").write_bytes(b"%PDF-1.4 nothing follows")
    (tmp_path / "laws.yaml").write_text(STEPS, encoding="utf-8")
    command = run_command(tmp_path / "laws.yaml", tmp_path / "w")
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120)
    told = json.loads(ran.stdout.splitlines()[-1])
    assert (ran.returncode, told["state"]) == (0, "done"), ran.stderr
    steps = told["result"]["steps"]
    assert [s["name"] for s in steps["docs"]["skipped"]] == ["坏.pdf"] and len(
        steps["docs"]["documents"]
    ) == 2
    made = chunks.of_set(Workspace.open(tmp_path / "w").store, steps["chunks"]["set"])
    articles = {
        chunk.heading.split(" › ")[-1]: chunk.text
        for chunk in made
        if "第" in chunk.heading and "还书" in chunk.text
    }
    assert articles == {"第二条": "第二条 还书应当准时。\n"}
    assert any("借书 应当登记" in chunk.text for chunk in made)


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        ({"documents": "${docs.documents}"}, True),
        ({"documents": ["${docs.documents}"]}, True),
        ({"documents": [], "max_tokens": "${docs.added}"}, True),
        ({"documents": 3}, False),
        ({"documents": "${later.documents}"}, False),
        ({"documents": [], "name": "${docs.known} known"}, True),
        ({"documents": [], "name": "${docs.name}"}, False),
    ],
)
def test_references_are_checked_before_the_first_step_runs(fields, fits):
    spec = {
        "kind": "pipeline",
        "steps": [
            {"id": "docs", "kind": "import", "paths": ["x"]},
            {"id": "cut", "kind": "chunk", **fields},
        ],
    }
    if fits:
        assert read_spec(spec)
    else:
        with pytest.raises(SpecError):
            read_spec(spec)
