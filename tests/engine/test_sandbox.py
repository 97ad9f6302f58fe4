"""The process that reads what came from outside: its limits, its sentences, and that it goes when
it should.
"""

import os
import subprocess
import sys
import threading
import time

import psutil
import pytest

from studio.datasets.paging.row_server import READER
from studio.errors import InputError, Stopped, WorkspaceError
from studio.sandbox import LimitMet, Limits, TooSlow, run_limited

NAME = "studio.documents.names:member_name"
ADD = "studio.documents.reading:add_file"


def readers(of=None):
    return [p for p in psutil.Process(of).children() if "studio.sandbox" in command(p)]


def command(process):
    """A process's command line; "" of one that has just ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


@pytest.fixture(autouse=True, scope="module")
def no_other_reader():
    """The reader of datasets' rows, which an earlier test may have left, is another process."""
    READER.close()


@pytest.fixture
def endless(tmp_path):
    """A file that is never read to its end."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes with names on this system")
    os.mkfifo(tmp_path / "endless.txt")
    return str(tmp_path / "endless.txt")


def test_a_call_is_answered_and_the_process_kept():
    assert run_limited(NAME, name="x", path="卷一/1.txt") == "卷一／1.txt"
    kept = readers()
    assert len(kept) == 1
    assert run_limited(NAME, name="x", path="a") == "a" and readers() == kept


def test_an_error_comes_back_as_itself(tmp_path):
    with pytest.raises(InputError, match=r"The file gone\.txt cannot be read") as told:
        run_limited(
            "studio.documents.reading:list_files",
            name="x",
            path=str(tmp_path / "gone.txt"),
            name_="gone.txt",
        )
    assert told.value.do == "Check the path and its permissions."
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="is a file, not a folder"):
        run_limited(ADD, name="x", workspace=str(tmp_path / "file"), path="", name_="")


def test_too_long_is_told(workspace, endless):
    begun = time.monotonic()
    with pytest.raises(TooSlow, match=r"endless\.txt was not read within 1 seconds"):
        run_limited(
            ADD,
            name="endless.txt",
            limits=Limits(1.0),
            workspace=str(workspace.path),
            path=endless,
            name_="x",
        )
    assert time.monotonic() - begun < 20


def test_too_much_memory_is_told(workspace):
    if not os.path.exists("/dev/zero"):
        pytest.skip("nothing endless to read on this system")
    before = psutil.Process().memory_info().rss
    with pytest.raises(LimitMet, match=r"Reading zero\.txt needs more than 200 MB"):
        run_limited(
            ADD,
            name="zero.txt",
            limits=Limits(60, 200),
            workspace=str(workspace.path),
            path="/dev/zero",
            name_="x",
        )
    assert psutil.Process().memory_info().rss < before + (1 << 29)


def test_a_stop_ends_it_at_once(workspace, endless):
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    with pytest.raises(Stopped):
        run_limited(
            ADD,
            name="x",
            stopping=stop.is_set,
            workspace=str(workspace.path),
            path=endless,
            name_="x",
        )


@pytest.mark.long
def test_a_reader_that_breaks_is_told_and_the_next_call_works(capfd):
    with pytest.raises(InputError, match=r"The reader of a\.pdf ended unexpectedly"):
        run_limited(NAME, name="a.pdf", nonsense=1)
    assert "Traceback" in capfd.readouterr().err  # the log has it
    assert run_limited(NAME, name="x", path="a") == "a"


@pytest.mark.parametrize("place", ["os:system", "subprocess:run", "tabs.app:build"])
def test_only_the_engine_can_be_called(place):
    with pytest.raises(InputError, match="no function of the engine"):
        run_limited(place, name="x")


@pytest.mark.long
def test_no_reader_outlives_who_asked(workspace, endless):
    code = (
        "import sys; from studio.sandbox import run_limited; "
        f"run_limited({ADD!r}, name='x', workspace={str(workspace.path)!r}, path={endless!r}, "
        f"name_='x')"
    )
    asks = subprocess.Popen([sys.executable, "-c", code])
    try:
        until = time.monotonic() + 30
        while not (found := readers(asks.pid)) and time.monotonic() < until:
            time.sleep(0.05)
        assert found
    finally:
        asks.kill()
        asks.wait()
    _, left = psutil.wait_procs(found, timeout=20)
    assert not left
