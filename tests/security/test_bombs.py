"""No file from outside fills or stops the process that hands it to the sandbox; each ends in a
sentence.

What the window's handlers call is called here, and this process is measured as the window would be:
its memory, and a thread that should come round every few milliseconds.
"""

import gc
import threading
import time
from pathlib import Path

import psutil
import pytest

from studio import documents, sandbox
from studio.datasets import registry, window
from studio.datasets.row_forms.column_map import Layout
from studio.dialogue.characters.cast_files import take_in
from studio.documents import importing
from studio.errors import StudioError
from studio.store import sets
from tests.security import bombs

# A pause is mostly the machine's own here, where other tests run beside this one: the bound tells a
# hang from none.
# On a quiet machine the longest was under a second.
MOST_MB, MOST_PAUSE_S = 50, 8.0


class Watch:
    """The memory and the pauses of this process while a block runs."""

    def __enter__(self):
        self.process, self.over = psutil.Process(), threading.Event()
        self.before = self.peak = self.process.memory_info().rss
        self.pause = 0.0
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        return self

    def _run(self):
        last = time.monotonic()
        while not self.over.wait(0.005):
            now = time.monotonic()
            self.pause, last = max(self.pause, now - last), now
            self.peak = max(self.peak, self.process.memory_info().rss)

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def check(self):
        assert (self.peak - self.before) >> 20 < MOST_MB
        assert self.pause < MOST_PAUSE_S


@pytest.fixture(autouse=True)
def shorter(monkeypatch):
    """Less time and memory than people get, so that what meets a limit meets it sooner."""
    monkeypatch.setattr(sandbox, "SECONDS", 20.0)
    monkeypatch.setattr(sandbox, "MEMORY_MB", 1024)


def some(names):
    """Every third by default, all of them among the slow tests."""
    return [
        name if n % 3 == 0 else pytest.param(name, marks=pytest.mark.slow)
        for n, name in enumerate(names)
    ]


def add(workspace, path: Path) -> str:
    """What the upload of a document does, the import job's reading included."""
    documents.refuse_at_once(path.name, path)
    if documents.quick(path.name, path.stat().st_size) and (
        found := documents.add_quickly(workspace, path.name, path)
    ):
        return documents.get(workspace, found).name
    with workspace.store.write() as db:
        sets.add(db, "import-1", "import", "x")
    found = importing.listed(path, path.name, lambda: False)
    return " ".join(
        importing.keep_listed(workspace, one, "", "import-1", one.key, lambda: False)
        for one in found
    )


def told(act) -> str:
    """What became of a file, in a sentence."""
    with Watch() as watch:
        try:
            said = str(act())
        except StudioError as error:
            said = error.sentence
    watch.check()
    assert said and "Traceback" not in said
    return said


@pytest.mark.parametrize("name", some(bombs.DOCUMENTS))
def test_a_document(workspace, tmp_path, name):
    path = bombs.write(bombs.DOCUMENTS[name], tmp_path / name)
    said = told(lambda: add(workspace, path))
    assert "root:" not in "".join(
        documents.text(workspace, document) for document in documents.listing(workspace)
    )
    print(said)


@pytest.mark.parametrize("name", some(bombs.DATASETS))
def test_a_dataset_uploaded_and_one_put_there_by_hand(workspace, tmp_path, name):
    path = bombs.write(bombs.DATASETS[name], tmp_path / name)
    print(told(lambda: window.take_in(workspace, path, path.stem)))
    kind = {"arrow": "parquet"}.get(path.suffix[1:], path.suffix[1:])
    path.rename(workspace.data / f"hand.{kind}")
    registry.register(workspace, "hand", Layout(), f"hand.{kind}")
    print(told(lambda: window.page(workspace, "hand", "rows", 0, 10)))


@pytest.mark.slow
@pytest.mark.parametrize("name", bombs.LARGE)
def test_a_file_that_is_only_large_is_read(workspace, tmp_path, monkeypatch, name):
    monkeypatch.undo()
    path = bombs.write(bombs.LARGE[name], tmp_path / name)
    gc.collect()
    said = told(lambda: window.take_in(workspace, path, path.stem))
    assert "'skipped': 0" in said
    assert "'count': " in told(lambda: window.page(workspace, path.stem, "rows", 70_000, 10))


@pytest.mark.parametrize("name", some(bombs.CASTS))
def test_a_list_of_characters(tmp_path, name):
    path = bombs.write(bombs.CASTS[name], tmp_path / name)
    print(told(lambda: take_in(path)))
