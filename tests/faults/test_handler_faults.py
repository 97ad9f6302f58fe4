"""A fault of our own in each handler: a sentence with a number in the window, the traceback under
that number in the log, and no more.
"""

import inspect
import json
import logging
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from studio.errors import ModelError
from tests import raw_calls
from tests.raw_calls import apart

SAID = re.compile(r"Something went wrong in the window \(no\. ([0-9a-f]{6})\)")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The whole window in this process, and the cell of each handler."""
    folder = tmp_path_factory.mktemp("faults")
    with raw_calls.at_home(folder):
        from tabs import app

        demo = app.build(folder / "book")
        with raw_calls.opened(demo) as url:
            yield raw_calls.Raw(url), raw_calls.handlers(demo), demo


def broken(handler, error):
    """A handler that fails, of the kind that `handler` is: a function, or a stream after its first
    answer.
    """
    made = (
        (error.what, error.do) if isinstance(error, ModelError) else error.args
    )  # a new one each time, with its own traceback

    async def stream(*given):
        yield {}
        raise type(error)(*made)

    def once(*given):
        raise type(error)(*made)

    return stream if inspect.isasyncgenfunction(handler) else once


@pytest.fixture
def failing(served):
    """Put an error into every handler; taken out again afterwards."""
    _, cells, _ = served
    whole = {number: cell.cell_contents for number, cell in cells.items()}

    def put(error):
        for number, cell in cells.items():
            cell.cell_contents = broken(whole[number], error)

    yield put
    for number, cell in cells.items():
        cell.cell_contents = whole[number]


def press(served):
    """Number of an event → what its notice tells, and the whole answer."""
    visitor, cells, _ = served
    config = visitor.config()

    def one(number):
        file = None
        answer = visitor.call(
            number,
            raw_calls.inputs(
                config,
                number,
                lambda props: "book" if props.get("elem_id") == "workspace" else "",
                file,
            ),
            {},
        )
        return raw_calls.told(config, number, answer), answer

    with ThreadPoolExecutor(4) as pool:
        return dict(zip(cells, pool.map(one, cells), strict=True))


def test_an_unforeseen_fault_is_a_sentence_and_a_line_in_the_log(served, failing, caplog):
    """In each of the handlers: named by a number under which the log has the traceback, with no key
    in it.
    """
    failing(RuntimeError("boom with the key sk-abcdefghijklmnopqrstuvwxyz012345"))
    with caplog.at_level(logging.ERROR, "inkwell.window"):
        answers = press(served)
    assert len(answers) >= 80
    logged = "\n".join(
        record.getMessage() for record in caplog.records if record.name == "inkwell.window"
    )
    for number, (said, answer) in answers.items():
        assert answer.get("success"), (number, answer)
        assert SAID.search(said), (number, answer)
        assert f"{SAID.search(said)[1]}: Traceback" in logged
        assert "boom" not in json.dumps(answer)
    assert "sk-abcdefghij" not in logged


def test_a_foreseen_fault_is_its_own_sentence(served, failing):
    failing(ModelError("The mill stands still.", "Mend the wheel."))
    for number, (said, answer) in press(served).items():
        assert answer.get("success") and said == "The mill stands still.", (number, answer)


def test_what_a_press_switches_off_is_switched_on_again(served):
    """Whatever a stream comes to, an event after it turns its buttons on: also where Gradio itself
    has failed.
    """
    visitor, cells, demo = served
    config = visitor.config()
    streams = [n for n in cells if inspect.isasyncgenfunction(demo.fns[n].fn)]
    assert len(streams) == 4  # Load, Send, the buttons of what was said, the questions
    for number in streams:
        after = [
            call
            for call in config["dependencies"]
            if call["trigger_after"] == number
            and not call["trigger_only_on_success"]
            and call["backend_fn"]
        ]
        assert len(after) == 1
        answer = visitor.call(after[0]["id"], [])
        assert [update["interactive"] for update in answer["output"]["data"]] == [True] * len(
            after[0]["outputs"]
        )


def test_a_fault_in_a_voice_is_told_in_its_column(monkeypatch, tmp_path, caplog):
    """Streamed replies run in threads: a fault there ends the reply with a sentence and stands in
    the log.
    """
    from studio import serving
    from studio.llm.chat import ChatSpec
    from studio.workspace import Workspace
    from tabs.chat import stream as chat_stream
    from tabs.kit.session import Session

    def fail(*_, **__):
        raise KeyError("the wheel")

    monkeypatch.setattr(serving, "ensure", fail)
    session = Session(Workspace.open(tmp_path / "book"), "en")
    voice = chat_stream.Voice("base", "the model", ChatSpec(), serving.ServerSpec(), None, [])

    async def last():
        return [state async for state in chat_stream.stream("talk", [voice], "Hello", session)][-1]

    with caplog.at_level(logging.ERROR, "inkwell.window"):
        reply = apart(last())["base"]
    number = SAID.search(reply.note)
    assert number and f"{number[1]}: Traceback" in caplog.text and "KeyError" in caplog.text
    assert reply.done and not reply.text
