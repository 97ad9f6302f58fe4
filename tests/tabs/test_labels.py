"""The tabs' labels, which every open page asks for every two seconds: written again only when
something was.
"""

import pytest

from studio.datasets import registry
from studio.datasets.taking_in.intake import register_file
from studio.store import Store
from tabs import TABS
from tabs.kit import tab
from tabs.kit.session import Session

ROWS = b'[{"instruction": "q", "input": "", "output": "a"}]'


def labels(session: Session) -> dict[str, str]:
    return tab.labels(session, TABS)


def test_labels_are_counted_again_only_when_something_was_written(workspace, monkeypatch):
    session = Session(workspace, "en")
    register_file(workspace, "one.json", ROWS, "one")
    found = labels(session)
    assert found["dataset"].split()[-1] == "1"
    with monkeypatch.context() as patch:
        for name in ("all", "one", "value", "execute", "write"):
            patch.setattr(
                Store, name, lambda *_, **__: pytest.fail("the store was asked"), raising=False
            )
        patch.setattr(registry, "read_info", lambda *_: pytest.fail("dataset_info.json was read"))
        assert labels(session) == found
    register_file(workspace, "two.json", ROWS, "two")
    assert labels(session)["dataset"].split()[-1] == "2"
