"""What every test stands on: a home and a workspace of its own, so that no test touches the
user's.
"""

import os
from pathlib import Path

import pytest

REAL_MODELS = Path(os.environ.get("INKWELL_MODELS") or Path.home() / ".inkwell" / "models")
SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    """INKWELL_HOME in a temporary folder; the fetched starter models stay readable."""
    monkeypatch.setenv("INKWELL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("INKWELL_MODELS", str(REAL_MODELS))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return tmp_path / "home"


@pytest.fixture
def workspace(tmp_path, own_home):
    """An empty workspace."""
    from studio.workspace import Workspace

    return Workspace.open(tmp_path / "workspace")


@pytest.fixture
def fake(monkeypatch):
    """A model server on loopback that keeps to the protocols, and clients that try again at
    once.
    """
    from studio.llm import client
    from tests.fake_provider import FakeProvider

    monkeypatch.setattr(client, "FIRST_WAIT_S", 0.01)
    with FakeProvider() as server:
        yield server


@pytest.fixture(scope="session")
def shared_window(tmp_path_factory):
    """One window for all tests of a process that only read it or each work in a place of their
    own.
    """
    from tests.journeys.conftest import Window, stop_everything

    made = Window(tmp_path_factory.mktemp("window"))
    made.open()
    yield made
    made.close()
    stop_everything(made.folder)


@pytest.fixture(scope="module")
def served(shared_window):
    """The shared window; what a file's tests leave running beside it ends with the file."""
    from tests.journeys.conftest import stop_everything

    yield shared_window
    stop_everything(shared_window.folder, but=shared_window.process.pid)


@pytest.fixture(scope="session")
def starter():
    """The folder of the starter chat model."""
    folder = REAL_MODELS / "smollm2-135m-instruct"
    if not (folder / "model.safetensors").is_file():
        pytest.skip("the starter model is not fetched; run `python launch.py setup`")
    return folder


@pytest.fixture(scope="session")
def shared():
    """The folder of real books and corpora, which is not part of the repository."""
    if not (SHARED / "data").is_dir():
        pytest.skip("real data for tests is not on this machine")
    return SHARED / "data"


LONG_FIRST = (
    "tests/journeys/",
    "tests/security/",
    "tests/crash/",
    "tests/faults/",
    "tests/engine/test_serving",
    "tests/engine/test_training",
    "tests/engine/test_generation",
)


def pytest_collection_modifyitems(items):
    """Files that take minutes come first, so that no worker is left with one at the end; within a
    file the order stays.
    """

    def place(item):
        file = item.nodeid.split("::")[0]
        return next(
            (n for n, start in enumerate(LONG_FIRST) if file.startswith(start)), len(LONG_FIRST)
        )

    items.sort(key=place)
    for item in items:
        if item.nodeid.split("/")[1] in ("journeys", "security", "crash", "faults"):
            item.add_marker("process")


def pytest_addoption(parser):
    """`--screens DIR`: keep the README's picture (tests/journeys/test_journey.py)."""
    parser.addoption(
        "--screens",
        default="",
        help="take the README's picture again",
    )


def pytest_make_parametrize_id(config, val, argname):
    """Bytes name no test: a packed file holds the second it was made in, and two workers of one
    run would then collect different names. Such a parameter gets its argument's name."""
    return argname if isinstance(val, bytes) else None
