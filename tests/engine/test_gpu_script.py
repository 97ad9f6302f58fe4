"""The measurements for a machine with a GPU, as far as one without can try them: parts are kept
apart, the table says what was not measured, and every training asked for is one.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest_plugins = ["tiny_model"]
ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "tests" / "gpu"


@pytest.fixture
def scripts(monkeypatch):
    """The scripts' modules, which stand beside one another."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import isolated
    import measure
    import readme_table

    return isolated, measure, readme_table


def test_a_part_that_fails_or_hangs_leaves_its_reason_and_the_rest_goes_on(scripts, tmp_path):
    bench = scripts[0].Bench(tmp_path, tmp_path / "out", 60)
    assert bench.run("good", ["-c", 'print("told"); print(\'{"tokens_per_s": 9}\')'], 30) == {
        "tokens_per_s": 9
    }
    failed = bench.run("bad", ["-c", "raise MemoryError('CUDA out of memory')"], 30)
    assert failed == {"failed": "status 1: MemoryError: CUDA out of memory"}
    closed = tmp_path / "closed"
    code = "import pathlib, time\ntry: time.sleep(600)\nfinally: pathlib.Path({!r}).touch()"
    hung = bench.run("hung", ["-c", code.format(str(closed))], 10)
    assert (
        hung == {"failed": "took over 10 s"} and closed.exists()
    )  # asked to end before it is made
    kept = json.loads((tmp_path / "out" / "results.json").read_text())
    assert list(kept["found"]) == ["good", "bad", "hung"]
    late = scripts[0].Bench(tmp_path, tmp_path / "late", 5)
    assert late.run("never", ["-c", "print({})"], 30) == {"failed": "not run: no time left"}


def test_speed_leaves_out_the_first_steps_and_needs_enough_of_them(scripts):
    lines = [
        {"step": n, "loss": 3.0 / n, "seconds": n + 10 * (n == 1), "tokens": 100 * n}
        for n in range(1, 6)
    ]
    told = "\n".join(json.dumps(line) for line in [{"eval_loss": 2, "step": 0}, *lines])
    assert scripts[0].speed(told)["tokens_per_s"] == 100
    assert "tokens_per_s" not in scripts[0].speed("\n".join(told.splitlines()[:2]))


def test_the_table_has_every_row_measured_or_not(scripts):
    about = {"card": "NVIDIA H100", "small": "1B", "large": "8B", "length": 4096, "torch": "2.11.0"}
    found = {
        "full-lora": {"tokens_per_s": 12512.4, "memory_mb": 57344.0},
        "full-lora-trl": {"failed": "status 1: CUDA out\nof | memory"},
        "full-qlora": {"failed": "not run: no time left"},
    }
    lines = scripts[2].table(about, found).splitlines()
    assert lines[0].startswith("Measured on one NVIDIA H100 (torch 2.11.0)")
    assert len(lines) == 4 + len(scripts[2].ROWS)
    assert lines[4].startswith("| Llama 3.1 8B's shape, rows of 4,096 tokens")
    assert "| 12,500 tokens/s, 56.0 GB |" in lines[4]
    assert "failed: status 1: CUDA out of / memory; with checkpointing" in lines[4]
    assert "| not run: no time left | trl's SFTTrainer: not run here |" in lines[5]
    assert all(line.count("|") == 4 for line in lines[2:])


def test_every_training_asked_for_is_one_and_every_result_has_a_row(scripts, tmp_path):
    from studio.training.spec import TrainJob

    _, measure, readme_table = scripts
    asked = {}

    class Noting(scripts[0].Bench):
        def run(self, name, words, limit_s, env=None):
            asked[name] = words
            return {}

        def train(self, name, fields, limit_s=0, env=None):
            asked[name] = TrainJob.read(fields | {"dataset": fields["dataset"]})
            return {"losses": [1.0]}

    for sizes in (measure.Sizes(), measure.TINY):
        parts = measure.Parts(Noting(tmp_path, tmp_path, 9), sizes, tmp_path)
        for part in parts.all.values():
            part()
    shown = {name for row in readme_table.ROWS for name in row.ours}
    shown |= {name for row in readme_table.ROWS for _, name in row.peers}
    aside = {"tiny-here", "tiny-cpu"} | {name for name in asked if name.startswith("making ")}
    assert shown - {"agreement"} == asked.keys() - aside
    assert asked["full-lora"].cutoff_len == measure.TINY.length
    assert all(Path(words[0]).is_file() for words in asked.values() if isinstance(words, list))


@pytest.mark.model
@pytest.mark.process
def test_a_tiny_training_goes_all_the_way_to_the_table(starter, tiny_folder, tmp_path):
    shutil.copytree(tiny_folder, tmp_path / "models" / "tiny-2")
    words = [sys.executable, str(SCRIPTS / "measure.py"), str(tmp_path), str(tmp_path / "out")]
    words += [str(starter), "--tiny", "--parts", "full", "--seconds", "390"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "out" / "results.json").read_text())["found"]["full-lora"]
    assert found["tokens_per_s"] > 0 and found["loss_first"] > 0 and "64 rows" in found["rows"]
    row = (tmp_path / "out" / "table.md").read_text().splitlines()[4]
    assert "tokens/s" in row and row.count("not run here") == 3
