"""`run --explain KIND`: YAML that reads back as the kind's spec."""

import subprocess
import sys
from pathlib import Path

import pytest

from studio import presets
from studio.explain import explained
from studio.jobs.kinds import KINDS, read_spec, spec_class

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_printed_reads_back_through_the_spec(kind):
    text, made = explained(spec_class(kind)), spec_class(kind)
    data = presets.parse_yaml(text)
    assert list(data)[0] == "kind" and set(data) - {"kind"} == set(made.model_fields)
    examples = {row.name: row.example for row in made.rows() if row.example is not None}
    assert read_spec(data) == made.read(examples)
    assert all(len(line) <= 100 for line in text.splitlines() if line.startswith("#"))


def test_every_fields_help_choices_and_range_stand_above_it():
    lines = explained(spec_class("train")).splitlines()

    def above(start):
        return lines[next(n for n, line in enumerate(lines) if line.startswith(start)) - 1]

    assert above("lora_rank:").endswith("too low leaves the loss high. 1 to 1024.")
    assert above("stage:").endswith("One of: pt, sft, rm, dpo, kto, grpo, rloo.")
    assert above("dataset:").endswith("Must be given.")
    assert "or null" in explained(spec_class("instructions"))


def run(*arguments):
    return subprocess.run(
        [sys.executable, str(ROOT / "launch.py"), "run", "--here", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_command_prints_it_and_knows_no_other_kind(own_home):
    told = run("--explain", "chunk")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout == explained(spec_class("chunk"))
    wrong = run("--explain", "chunck")
    assert wrong.returncode == 2 and not wrong.stdout
    assert wrong.stderr == "There is no job of kind 'chunck'. Use one of: chunk.\n"
