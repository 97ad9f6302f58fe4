"""Every handler of the window, called through the queue as any program can: each is reached, and
each answers a sentence or a result.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import raw_calls

HOSTILE = "../../../../etc/passwd"
# What the page's events may carry when somebody else writes them.
EVENTS = [
    {"act": "page", "offset": "x", "index": "x", "n": "x"},
    {"act": "stop", "id": HOSTILE},
    {"act": "toggle", "document": HOSTILE, "place": "1; DROP TABLE jobs"},
    {"act": "save", "name": HOSTILE},
    {"act": "edit", "id": 1, "fields": HOSTILE},
    {"steps": [{"n": 1, "set": HOSTILE, "do": "assign", "id": "x"}, 4]},
    {"act": "rows", "rows": [{"name": HOSTILE, "aliases": HOSTILE}, 7], "n": "1"},
    {"act": "keep", "workspace": "book", "values": {"model": ["x"], "nothing": 1, "tab": HOSTILE}},
]
MORE_EVENTS = [
    {"act": "page", "offset": -(10**9), "index": -1},
    {"act": "resume", "id": HOSTILE},
    {"act": "chat", "adapter": HOSTILE, "id": HOSTILE},
    {"act": "edit", "id": "' OR 1=1", "fields": HOSTILE},
    {},
]
# What must be refused, by the event that does it: where an empty workspace has nothing to work on,
# and hostile names.
REFUSED = {
    ("chunk-start", "click"): "No document is chosen",
    ("chunk-export", "click"): "There are no chunks yet",
    ("clean-view", "act"): "No document is chosen",
    ("dialogue-start", "click"): "No document is chosen",
    ("dialogue-find", "click"): "No document is chosen",
    ("dialogue-export", "click"): "There are no lines yet",
    ("dialogue-again-onward", "click"): "There are no lines yet",
    ("dialogue-carry-onward", "click"): "There are no lines yet",
    ("attribute-start", "click"): "There are no lines yet",
    ("dialogue-onward", "click"): "There are no rows yet",
    ("instructions-onward", "click"): "There are no rows yet",
    ("preferences-onward", "click"): "There are no rows yet",
    ("chat-load", "click"): "There is no model",
}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The whole window in this process, with what would start processes held back, and a counter at
    every handler.
    """
    folder = tmp_path_factory.mktemp("handlers")
    with raw_calls.at_home(folder) as patch:
        from studio.jobs import queue, workers
        from studio.serving import control as serving
        from tabs import app

        patch.setattr(workers, "spawn", lambda *_: None)
        patch.setattr(queue, "watch", lambda *_: None)
        patch.setattr(serving, "_spawn", lambda *_: None)
        demo = app.build(folder / "book")
        reached: dict[int, int] = {}
        cells = raw_calls.handlers(demo)
        for number, cell in cells.items():
            cell.cell_contents = counted(cell.cell_contents, reached, number)
        with raw_calls.opened(demo) as url:
            yield raw_calls.Raw(url), cells, reached, folder


def counted(handler, reached, number):
    """`handler`, which notes that it was reached."""

    def run(*given):
        reached[number] = reached.get(number, 0) + 1
        return handler(*given)

    return run


def events(config):
    """Number of an event → the ids of what sets it off, with the kind of event."""
    names = {part["id"]: part["props"].get("elem_id") for part in config["components"]}
    return {
        call["id"]: {(names.get(part), kind) for part, kind in call["targets"]}
        for call in config["dependencies"]
    }


def typed(props, workspace="book"):
    return workspace if props.get("elem_id") == "workspace" else HOSTILE


def given(visitor, config, number, workspace="book"):
    """Fresh inputs: a file that was really handed in, valid choices, hostile text for all that can
    be typed.
    """
    kinds = {part["id"]: part["type"] for part in config["components"]}
    call = next(one for one in config["dependencies"] if one["id"] == number)
    file = (
        visitor.upload("book.txt", b'Chapter 1\n\n"Hello," said Anna.\n')
        if any(kinds[i] in raw_calls.FILE_TYPES for i in call["inputs"])
        else None
    )
    return raw_calls.inputs(config, number, lambda props: typed(props, workspace), file)


def answers(visitor, config, numbers, event, workspace="book"):
    """Number of an event → its answer; four visitors at a time."""
    numbers = list(numbers)
    with ThreadPoolExecutor(4) as pool:
        return dict(
            zip(
                numbers,
                pool.map(
                    lambda n: visitor.call(n, given(visitor, config, n, workspace), event), numbers
                ),
                strict=True,
            )
        )


def harmless(answer):
    text = json.dumps(answer)
    return "root:x:" not in text and "Traceback" not in text


def test_every_handler_is_known(served):
    """What runs without one of ours is the page's own: scripts, and the buttons that are switched
    on again.
    """
    visitor, cells, _, _ = served
    config = visitor.config()
    ours = [call["id"] for call in config["dependencies"] if call["backend_fn"]]
    assert len(cells) >= 80
    assert {
        ("chat-send", "click"),
        ("chat-load", "click"),
        ("train-start", "click"),
        ("kept", "act"),
    } <= {one for n in cells for one in events(config)[n]}
    without = [events(config)[n] for n in ours if n not in cells]
    assert all(kind == "then" for targets in without for _, kind in targets), without


def test_every_handler_is_reached_and_answers(served):
    """Valid choices and hostile text: each handler runs, none fails, and what must be refused is
    refused by its own sentence.
    """
    visitor, cells, reached, folder = served
    config = visitor.config()
    names = events(config)
    reached.clear()
    for number, answer in answers(visitor, config, cells, {"act": "page", "index": 1}).items():
        assert answer.get("success"), (names[number], answer)
        assert harmless(answer) and "Something went wrong" not in json.dumps(answer), (
            names[number],
            answer,
        )
        for target in names[number] & set(REFUSED):
            assert REFUSED[target] in raw_calls.told(config, number, answer), (target, answer)
    assert set(reached) == set(cells)
    assert not [p for p in folder.rglob("*") if "passwd" in p.name]


@pytest.mark.slow
def test_no_workspace_is_made_of_a_path(served):
    """A path in the place of the workspace's name is refused by each handler, before it runs."""
    visitor, cells, reached, folder = served
    config = visitor.config()
    reached.clear()
    for number, answer in answers(
        visitor, config, cells, {"act": "page", "index": 1}, HOSTILE
    ).items():
        assert answer.get("success"), (number, answer)
        assert "cannot be used as a name" in raw_calls.told(config, number, answer), (
            events(config)[number],
            answer,
        )
    assert not reached
    assert not (folder / "home" / "workspaces").exists()


@pytest.mark.parametrize(
    "event",
    [*EVENTS, *(pytest.param(event, marks=pytest.mark.slow) for event in MORE_EVENTS)],
    ids=lambda event: json.dumps(event)[:50],
)
def test_forged_events_are_refused_with_a_sentence(served, event):
    """The views' own events with data that no view sends."""
    visitor, cells, reached, _ = served
    config = visitor.config()
    names = events(config)
    wanted = [n for n in cells if any(kind in ("act", "select") for _, kind in names[n])]
    reached.clear()
    for number, answer in answers(visitor, config, wanted, event).items():
        assert answer.get("success") and harmless(answer), (names[number], event, answer)
        assert "Something went wrong" not in json.dumps(answer), (names[number], event)
    assert set(reached) == set(wanted) and len(wanted) > 15


@pytest.mark.slow
def test_values_outside_the_choices_do_not_reach_a_handler(served):
    """Gradio itself refuses what is none of a list's choices; no answer shows a path of this
    machine's code.
    """
    visitor, cells, reached, _ = served
    config = visitor.config()
    parts = {part["id"]: part for part in config["components"]}
    closed = [
        call
        for call in config["dependencies"]
        if call["id"] in cells
        and any(
            parts[i]["type"] in ("dropdown", "radio")
            and not parts[i]["props"].get("allow_custom_value")
            for i in call["inputs"]
        )
    ]
    assert len(closed) > 20
    reached.clear()
    for call in closed:
        data = given(visitor, config, call["id"])
        data = [
            HOSTILE
            if parts[i]["type"] in ("dropdown", "radio")
            and not parts[i]["props"].get("allow_custom_value")
            and not parts[i]["props"].get("multiselect")
            else value
            for i, value in zip(call["inputs"], data, strict=True)
        ]
        answer = visitor.call(call["id"], data)
        assert harmless(answer) and str(Path(raw_calls.__file__).parents[1]) not in json.dumps(
            answer
        ), answer


def test_an_upload_cannot_name_a_file_of_this_machine(served):
    """A file box takes what was handed in, not a path that somebody wrote."""
    visitor, cells, reached, _ = served
    config = visitor.config()
    parts = {part["id"]: part for part in config["components"]}
    boxes = [
        call
        for call in config["dependencies"]
        if call["id"] in cells
        and any(parts[i]["type"] in raw_calls.FILE_TYPES for i in call["inputs"])
    ]
    assert len(boxes) >= 6
    reached.clear()
    forged = {"path": "/etc/passwd", "orig_name": "a.txt", "meta": {"_type": "gradio.FileData"}}
    for call in boxes:
        answer = visitor.call(call["id"], raw_calls.inputs(config, call["id"], typed, forged))
        assert not answer.get("success") and harmless(answer), answer
    assert not reached
