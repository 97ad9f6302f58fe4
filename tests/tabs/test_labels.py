"""The tabs' labels, which every open page asks for every two seconds: written again only when
something was.
"""

import pytest

from studio.datasets import registry
from studio.datasets.upload import register_file
from studio.store import Store
from tabs.app import TABS
from tabs.kit.session import Session
from tabs.shell import ticking

ROWS = b'[{"instruction": "q", "input": "", "output": "a"}]'


def test_labels_are_counted_again_only_when_something_was_written(workspace, monkeypatch):
    session = Session(workspace, "en")
    register_file(workspace, "one.json", ROWS, "one")
    labels = [ticking.label(session, name) for name in TABS]
    assert "1" in labels[list(TABS).index("dataset")].split()[-1]
    with monkeypatch.context() as patch:
        for name in ("all", "one", "value"):
            patch.setattr(Store, name, lambda *_, **__: pytest.fail("the store was asked"))
        patch.setattr(registry, "read_info", lambda *_: pytest.fail("dataset_info.json was read"))
        assert [ticking.label(session, name) for name in TABS] == labels
    register_file(workspace, "two.json", ROWS, "two")
    assert ticking.label(session, "dataset").split()[-1] == "2"
