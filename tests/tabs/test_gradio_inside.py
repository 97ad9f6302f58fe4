"""What we use of gradio beyond its documentation: each fails with the sentence that says what
broke.
"""

import asyncio
import inspect
import re
import shutil
import subprocess
import time

import gradio as gr
import pytest
import uvicorn
from gradio import component_meta, http_server, queueing, routes, state_holder
from gradio.context import LocalContext
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tabs import gradio_inside
from tabs.kit.language import LANGUAGES
from tests.other_process import loaded_by, printed
from tests.raw_calls import apart


def test_the_queue_sleeps_by_the_names_that_we_set():
    source = inspect.getsource(queueing.Queue)
    assert "asyncio.sleep(self.sleep_when_free)" in source, (
        "gradio's queue no longer sleeps by sleep_when_free: look at tabs/gradio_inside.py"
    )
    assert "asyncio.sleep(self.progress_update_sleep_when_free)" in source, (
        "gradio's progress loop has another name for its sleep"
    )
    assert inspect.iscoroutinefunction(queueing.Queue.push), (
        "gradio's Queue.push is no coroutine any more: the wake-up call hangs on it"
    )


def test_an_empty_queue_sleeps_and_an_event_wakes_it(monkeypatch):
    monkeypatch.setattr(queueing, "asyncio", asyncio)
    with gr.Blocks() as demo:
        gr.Textbox()
    demo.queue()
    queue, pushed = demo._queue, []

    async def push(*_arguments):
        pushed.append(1)

    queue.push = push
    gradio_inside.quiet_queue(demo)

    async def look():
        began = time.monotonic()
        sleeping = asyncio.create_task(queueing.asyncio.sleep(queue.sleep_when_free))
        await asyncio.sleep(0.05)
        assert not sleeping.done()
        await queue.push("event")
        await sleeping
        return time.monotonic() - began

    assert apart(look()) < gradio_inside.FREE_S and pushed
    assert queueing.asyncio.create_task is asyncio.create_task


def test_the_server_ends_when_it_is_told_to(monkeypatch):
    source = inspect.getsource(uvicorn.Server.main_loop)
    assert "await self.on_tick(counter)" in source and "await asyncio.sleep(0.1)" in source, (
        "uvicorn's main loop has changed: look at quiet_server"
    )
    monkeypatch.setattr(http_server.Server, "main_loop", uvicorn.Server.main_loop)
    gradio_inside.quiet_server()
    server = http_server.Server(uvicorn.Config("none:none", log_level="critical"))
    ticks = []

    async def on_tick(tenths):
        ticks.append(tenths)
        return len(ticks) == 3

    server.on_tick = on_tick
    apart(server.main_loop())
    assert ticks == [0, 5, 10]


def test_the_page_has_a_place_before_gradios_own_script(monkeypatch):
    env = routes.templates.env
    monkeypatch.setattr(env, "loader", env.loader)
    before = {name: env.loader.get_source(env, name)[0] for name in gradio_inside.PAGES}
    early, module = "window.early = 1; // {{ not a template }}", "window.module = 1;"
    gradio_inside.early_script(early, module)
    for name, page in before.items():
        ours = (
            f"{{% raw %}}<script>{early}</script>"
            f'<script type="module">{module}</script>{{% endraw %}}'
        )
        place = page.find(gradio_inside.BEFORE)
        assert place > 0, f"gradio's {name} has no '{gradio_inside.BEFORE}' any more"
        assert env.loader.get_source(env, name)[0] == page[:place] + ours + page[place:]


def test_an_event_knows_its_page():
    assert gradio_inside.session_hash() == ""
    token = LocalContext.request.set(gr.Request(session_hash="abc"))
    try:
        assert gradio_inside.session_hash() == "abc", (
            "gradio's LocalContext.request no longer carries session_hash"
        )
    finally:
        LocalContext.request.reset(token)


def test_the_login_is_read_where_gradio_keeps_it():
    with gr.Blocks() as demo:
        gr.Textbox()
    app = routes.App.create_app(demo)

    class Asked:
        def __init__(self, cookies):
            self.app, self.cookies = app, cookies

    assert gradio_inside.signed_in(Asked({}))
    app.auth = {"ink": "long-enough"}
    app.tokens["t"] = "ink"
    assert not gradio_inside.signed_in(Asked({})) and not gradio_inside.signed_in(
        Asked({f"access-token-{app.cookie_id}": "x"})
    )
    assert gradio_inside.signed_in(Asked({f"access-token-{app.cookie_id}": "t"})), (
        "gradio keeps its logins elsewhere: see tabs/gradio_inside.py"
    )


def test_a_page_that_asks_is_the_last_that_is_forgotten():
    with gr.Blocks() as demo:
        gr.Textbox()
    demo.state_session_capacity = 2
    app = routes.App.create_app(demo)

    class Asked:
        pass

    asked = Asked()
    asked.app = app
    for session in ("old", "new"):
        app.state_holder[session]
    gradio_inside.still_open(asked, "old")
    gradio_inside.still_open(asked, "unknown")
    app.state_holder["newest"]
    assert "old" in app.state_holder and "new" not in app.state_holder, (
        "gradio keeps its pages in another order: see tabs/gradio_inside.py"
    )


def test_a_page_is_kept_without_a_copy_of_every_component(monkeypatch):
    with gr.Blocks() as demo:
        box, kept = gr.Textbox(), gr.State(["a"])
    monkeypatch.setattr(state_holder, "SessionState", state_holder.SessionState)
    gradio_inside.light_sessions()
    app = routes.App.create_app(demo)
    page, other = app.state_holder["one"], app.state_holder["other"]
    page[kept._id].append("b")
    page[box._id] = gr.Textbox(lines=4, render=False)
    page._update_config(box._id)
    page._update_value_in_config(box._id, "typed")
    assert not any(page.config_values.values()), (
        "gradio keeps a copy of every component for each page again: look at light_sessions"
    )
    assert (page[kept._id], page[box._id].lines, box._id in page) == (["a", "b"], 4, True)
    assert (other[kept._id], other[box._id].lines) == (["a"], 1), "one page sees what another has"


def test_no_statistics_are_made_of_the_handlers():
    with gr.Blocks() as demo:
        gr.Textbox()
    queue = demo.queue()._queue
    queue.events_recorded = 50_000
    records = [{"function": "f", "status": "success", "process_time": 0.1}]
    assert (queue.ANALYTICS_MAX_EVENTS, queue.compute_analytics_summary(records)) == (
        1,
        {"functions": {}},
    ), "gradio reads how much statistics it makes elsewhere: look at tabs/gradio_import.py"


def test_gradios_search_for_a_component_is_found_and_remembers():
    served = gradio_inside.quick_search()
    assert len(served) == 1, (
        "gradio's script searches for a component in another way: "
        "look at quick_search in tabs/gradio_inside.py"
    )
    client = TestClient(Starlette(routes=served))
    answer = client.get(served[0].path)
    whole = (gradio_inside.SCRIPTS / served[0].path.rsplit("/", 1)[1]).read_text()
    assert (
        "javascript" in answer.headers["content-type"]
        and 0 < len(answer.text) - len(whole) < 800
        and "_found.get(root)" in answer.text
        and "attached_index" in answer.text
    )
    assert (
        client.get(served[0].path, headers={"if-none-match": answer.headers["etag"]}).status_code
        == 304
    )
    assert gradio_inside.remembering("function other(){}") == ""


def test_the_search_that_remembers_finds_what_the_other_finds(tmp_path):
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    whole = next(gradio_inside.SCRIPTS.glob("core-*.js")).read_text()
    found, events = gradio_inside.SEARCH.search(whole), gradio_inside.ATTACHED.search(whole)[0]
    script = (
        gradio_inside.remembering(found[0] + "class New {" + events + "}")
        + "class Old {"
        + events
        + """}
        const calls = [
          {targets: [[1, 'click'], [2, 'change'], [1, 'input']]}, {targets: [[1, 'load']]},
          {targets: [[null, 'then'], [2, null]]}, {targets: []}];
        const kinds = (how, id) => how.find_attached_events({id, props: {shared_props: {}}}, calls)
          .props.shared_props.attached_events.join();
        const fresh = new New, old = new Old;
        console.log([1, 2, 3, 1].every(id => kinds(fresh, id) === kinds(old, id))
          && kinds(fresh, 1) === 'click,load');
        const tree = n => ({id: n, children: n < 40 ? [tree(2 * n), tree(2 * n + 1)] : undefined});
        const one = tree(1), other = tree(1), ids = [...Array(90).keys(), 7, 7];
        const same = (a, b) => (a?.id ?? null) === (b?.id ?? null);
        const found = n => [one, other].every(root => same(NAME(root, n), NAME_search(root, n)));
        console.log(ids.every(found), NAME(one, 7) === NAME(other, 7), NAME(one, 90));
    """.replace("NAME", found[1])
    )
    told = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True).stdout
    assert told.split() == ["true", "true", "false", "null"]


def test_gradios_own_words_follow_the_windows_language():
    said = gradio_inside.speaking("language")
    assert "changeLocale" in said, (
        "gradio's script gives out no changeLocale any more: its own words stay in the browser's "
        "language; look at speaking in tabs/gradio_inside.py"
    )
    core = (gradio_inside.SCRIPTS / re.search(r"assets/(core-[^']+)", said)[1]).read_text()
    for name in LANGUAGES:
        wanted = gradio_inside.LOCALES.get(name, name)
        assert f"lang/{wanted}.json" in core or wanted == "en", f"gradio has no words of {name}"


def test_gradio_is_imported_without_writing_stubs():
    assert "except OSError" in inspect.getsource(component_meta.create_or_modify_pyi), (
        "gradio wants the file of each component: look at tabs/gradio_import.py"
    )
    code = (
        "import pathlib; real, written = pathlib.Path.read_text, []\n"
        "pathlib.Path.read_text = lambda path, *a, **k: (written.append(path) if path.suffix == "
        "'.pyi' and path.parent.name == 'components' else None) or real(path, *a, **k)\n"
        "import inspect; before = inspect.getfile\n"
        "import tabs, sys\n"
        "print(len(written), inspect.getfile is before, 'gradio' in sys.modules)"
    )
    assert printed(code) == "0 True True"


def test_an_event_looks_for_no_screen():
    code = (
        "import tabs\n"
        "from gradio.utils import MatplotlibBackendMananger\n"
        "with MatplotlibBackendMananger(): pass"
    )
    loaded = loaded_by(code, "matplotlib", "matplotlib.pyplot")
    assert loaded == ["matplotlib"], "look at MPLBACKEND in tabs/gradio_import.py"
