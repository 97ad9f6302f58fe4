"""Full disks and torn writes: the old version stays, one sentence tells."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from studio import documents, files
from studio.errors import WorkspaceError

ROOT = Path(__file__).resolve().parents[2]
SMALL = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from pathlib import Path
from studio.errors import StudioError
from studio.files import write_text
try:
    write_text(Path(sys.argv[1]), "y" * 100_000)
except StudioError as error:
    print(error.sentence)
"""


def test_a_write_that_does_not_fit_leaves_the_old_file(tmp_path):
    assert resource.RLIMIT_FSIZE is not None
    path = tmp_path / "kept.txt"
    files.write_text(path, "old")
    ran = subprocess.run(
        [sys.executable, "-c", SMALL, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "kept.txt cannot be written" in ran.stdout and "Traceback" not in ran.stderr
    assert path.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["kept.txt"]


def test_work_that_would_not_fit_is_not_begun(workspace, monkeypatch):
    monkeypatch.setattr(files, "SPARE_BYTES", 1 << 60)
    with pytest.raises(WorkspaceError, match="MB are free"):
        documents.add(workspace, "a.txt", b"hello there")
    assert documents.listing(workspace) == []


def test_a_read_only_workspace_is_told(tmp_path):
    from studio.workspace import Workspace

    (tmp_path / "file").write_text("x")
    with pytest.raises(WorkspaceError):
        Workspace.open(tmp_path / "file" / "inside")


def test_the_file_and_then_its_folder_are_made_durable(tmp_path, monkeypatch):
    calls = []
    for name in ("fsync", "replace"):
        real = getattr(files.os, name)
        monkeypatch.setattr(
            files.os, name, lambda *a, real=real, name=name: (calls.append(name), real(*a))[1]
        )
    files.write_text(tmp_path / "a.txt", "x")
    assert calls == ["fsync", "replace", "fsync"]
