"""The window: assembles the tabs, the parts that tick, the page load, the theme, and opens it
safely.
"""

import dataclasses
import functools
import gc
import logging
import os
import signal
import sys
import tempfile
import threading
import webbrowser
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.routing import Route

from studio import desktop, jobs, serving
from studio.errors import LaunchError, StudioError
from studio.workspace import Workspace, home
from tabs import TABS, gradio_inside, views
from tabs.kit import guests
from tabs.kit.language import DEFAULT, Translated, following, language_named, word
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.tab import Tab, Window
from tabs.kit.wiring import connect
from tabs.shell import guard, guide, job_history, kept, memory, model_sizes, theme, top_bar
from tabs.shell.changes import Changes
from tabs.shell.ticking import Ticking, pulse
from tabs.shell.ticking import wire as wire_ticking


def open_window(options: Namespace) -> int:
    """Check the options, build the window, serve it until it is closed; the exit status."""
    memory.few_arenas()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    try:
        login = guard.check_login(options.auth, options.host, options.share)
        workspace = Workspace.open(options.workspace)
        port = guard.free_port(options.host, options.port)
    except StudioError as error:
        sys.stderr.write(f"{error.sentence}\n")
        return 2
    if options.models:
        os.environ["INKWELL_MODEL_ROOTS"] = os.pathsep.join(
            str(Path(m).resolve()) for m in options.models
        )
    # Gradio may hand out files of its working directory: an empty one has nothing to give.
    os.environ["GRADIO_TEMP_DIR"] = str(home() / "tmp")
    os.chdir(tempfile.mkdtemp(prefix="inkwell-"))
    jobs.recover(workspace)
    routes = gradio_inside.quick_search()
    public = guard.public(options.host, options.share)
    if public and (refused := guests.load(workspace)):
        sys.stderr.write(f"{refused.sentence}\n")
    demo = build(workspace.path, chat_only=public, routes=routes)
    return _serve(demo, routes, options, port, login)


def _serve(
    demo: gr.Blocks,
    routes: list[Route],
    options: Namespace,
    port: int,
    login: Callable[[str, str], bool] | None,
) -> int:
    """Launch, open the browser, wait for Ctrl-C or SIGTERM. Jobs go on when the window closes."""
    hosts: set[str] = set()
    arguments = guard.launch_arguments(
        host=options.host, port=port, share=options.share, login=login, hosts=hosts
    )
    arguments["app_kwargs"]["routes"] = routes
    arguments["favicon_path"] = str(desktop.ICONS / "inkwell.png")
    demo.queue(api_open=False, default_concurrency_limit=8, max_size=64)
    gradio_inside.quiet_queue(demo)
    gradio_inside.quiet_server()
    gradio_inside.light_sessions()
    gradio_inside.early_script(theme.early(), views.script())
    try:
        _, local, public = demo.launch(
            theme=theme.theme(),
            css=theme.css(),
            state_session_capacity=memory.PAGES,
            **arguments,
        )
    except (OSError, RuntimeError) as error:
        refused = LaunchError(
            "The window could not be opened ({reason}).", "Try another --port.", reason=error
        )
        sys.stderr.write(f"{refused.sentence}\n")
        return 1
    if public:
        hosts.add(guard.host_name(public.split("//")[-1].split("/")[0]))
    gc.freeze()
    gc.enable()  # launch.py turns it off for the start
    sys.stderr.write(
        f"Inkwell Studio is open at {public or local} (Ctrl-C closes it; running jobs go on).\n"
    )
    closed = threading.Event()
    if options.app:
        threading.Thread(target=desktop.open_app, args=(local, closed.set), daemon=True).start()
    elif not options.no_browser:
        threading.Thread(target=webbrowser.open, args=(local,), daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: closed.set())
    closed.wait()
    demo.close()
    if not options.share and serving.status().state in ("loading", "ready") and not _generating():
        serving.stop()
    return 0


def _generating() -> bool:
    """Whether a job may be using the model server; then it is left running and ends itself when
    idle.
    """
    from studio import workspace as workspaces

    folders = [home() / "workspaces" / name for name in workspaces.listed()]
    return any(
        r.active for folder in folders for r in jobs.recent(Workspace.open(folder), limit=20)
    )


def build(
    launched: Path,
    *,
    chat_only: bool = False,
    routes: list[Route] | None = None,
    tabs: tuple[Tab[Any], ...] = TABS,
) -> gr.Blocks:
    """All tabs in one window; with `chat_only` (shared or on the network) the public ones alone are
    there.

    `routes` is given those that the page asks beside Gradio's own.
    """
    standing = tuple(tab for tab in tabs if tab.public or not chat_only)
    translated = Translated()
    demo: gr.Blocks = gr.Blocks(
        title="Inkwell Studio",
        fill_width=True,
        fill_height=True,
        analytics_enabled=False,
        delete_cache=(3600, 86400),
    )
    with demo:
        language, active = gr.State(DEFAULT), gr.State(standing[0].name)
        parts = top_bar.build(launched, translated, chat_only=chat_only)
        foot = job_history.build(visible=not chat_only)
        shared = Shared(
            translated=translated,
            launched=launched,
            chat_only=chat_only,
            language=language,
            **{name: parts[name] for name in top_bar.SHARED},
            tabs=gr.Tabs(elem_id="tabs"),
            active=active,
            places=job_history.places(standing),
            **foot,
        )
        made, labels = {}, {}
        with shared.tabs:
            for tab in standing:
                with gr.Tab(
                    word("en", f"tabs.{tab.name}"), id=tab.name, elem_id=f"tab-{tab.name}"
                ) as labels[tab.name]:
                    made[tab.name] = tab.build(shared)
        if not chat_only:
            guide.build(translated)
            model_sizes.place(shared, translated)
        window = Window(shared, standing, made)
        top_bar.wire(parts, shared)
        job_history.place(window)
        for tab, components in window.pairs():
            tab.wire(components, window)
        changes = Changes(Ticking(window, labels, pulse(window)))
        if routes is not None:
            routes.append(changes.route())
        _poll(demo, changes, parts)
    return demo


def _poll(demo: gr.Blocks, changes: Changes, parts: dict[str, Any]) -> None:
    """The parts that a page fetches when they have changed, and the page load, which sends all of
    them.
    """
    ticking, shared, window = changes.ticking, changes.ticking.shared, changes.ticking.window
    keeper = (
        None
        if shared.chat_only
        else kept.build(demo, window, {*ticking.listed(ticking.sources), shared.adapter})
    )
    restored = [part for tab, parts in window.pairs() for part in tab.restored(parts)]

    def load(
        session: Session, values: Values, *, put_back: bool = True, whole: bool = False
    ) -> Values:
        held = kept.back(keeper, session, whole=whole) if keeper and put_back else {}
        # A state is handed on as it is, so that the views are drawn by what is put back.
        put = window.restored(session) if put_back else {}
        values = values | held | {c: v for c, v in put.items() if isinstance(c, gr.State)}
        opened = kept.tab(keeper, session) if keeper and put_back else ""
        marks = changes.marks(session, opened or str(values.get(shared.active)))["marks"]
        changed = ticking.everything(session, values, marks)
        if not put_back:
            return changed
        changed |= put
        return kept.merged(keeper, shared, session, changed, held) if keeper else changed

    wire_ticking(ticking)
    # Not before the page load has answered: an answer from before would undo what a person has done
    # since.
    loaded = _languages(demo, ticking, parts, load, keeper, restored)
    if keeper:
        kept.ready(keeper, shared, loaded)
    loaded.then(None, None, None, js=top_bar.READY_JS)
    if keeper is None:
        return
    connect(
        shared,
        shared.tabs.select,
        lambda session, values, data: {shared.active: _name(window.names, data)},
        outputs=[shared.active],
        event=True,
        looks=True,
    )
    every = list(
        dict.fromkeys([*ticking.outputs, shared.tabs, shared.active, *keeper.listed, *restored])
    )
    switched = connect(
        shared,
        parts["workspace"].input,
        lambda session, values: (
            top_bar.open_workspace(session, shared, values) | load(session, values, whole=True)
        ),
        inputs=ticking.state,
        outputs=every,
        js=kept.HOLD_JS,
    )
    kept.wire(keeper, shared)
    kept.ready(keeper, shared, switched)


def _name(names: tuple[str, ...], data: dict[str, Any]) -> str:
    """The tab that Gradio's event says is open; the page may be forged."""
    index = data.get("index")
    return names[index] if isinstance(index, int) and 0 <= index < len(names) else names[0]


def _languages(
    demo: gr.Blocks,
    ticking: Ticking,
    parts: dict[str, Any],
    load: Any,
    keeper: kept.Keeper | None,
    restored: list[Any],
) -> Any:
    """The language button and the page load: words first, then what the workspace holds.

    The load's last event.
    """
    shared, state = ticking.shared, ticking.state
    chosen = gr.Textbox(
        "", visible=False
    )  # the one way for a language between server and browser: a State stays on the server
    late = keeper.late if keeper else gr.Textbox("", visible=False)
    every = list(
        dict.fromkeys([shared.language, chosen, *shared.translated.components, *ticking.outputs])
    )
    whole = list(
        dict.fromkeys(
            [
                *every,
                shared.tabs,
                shared.active,
                late,
                *restored,
                *(keeper.listed if keeper else ()),
            ]
        )
    )
    speak = functools.partial(_spoken, shared, load, chosen)

    def first(session: Session, values: Values) -> Values:
        session = kept.opening(keeper, shared, session, values) if keeper else session
        values = values | {shared.workspace: session.workspace.name}
        changed = speak(session, values, language_named(values.get(chosen)), put_back=True)
        named = changed.get(shared.workspace, gr.update()) | {"value": session.workspace.name}
        return {late: ""} | changed | ({shared.workspace: named} if keeper else {})

    _wire_switch(ticking, keeper, speak, button=parts["switch"], chosen=chosen, outputs=every)
    return demo.load(None, None, [chosen, late], js=top_bar.LOAD_JS).then(
        **_loaded(shared, state | {chosen, late}, whole, first)
    )


def _spoken(
    shared: Shared,
    load: Any,
    chosen: gr.Textbox,
    session: Session,
    values: Values,
    language: str,
    *,
    put_back: bool,
) -> Values:
    """The window's words in a language together with what the workspace holds.

    A component may get both, its words and its value: they become one update. `chosen` tells the
    browser which language it is.
    """
    translated = shared.translated.updates(language, gr.update)
    session = dataclasses.replace(session, language=language)
    shown = load(session, values | {shared.language: language}, put_back=put_back)
    merged = {
        c: {
            **translated.get(c, {}),
            **(u if isinstance(u, dict) else {"value": u, "__type__": "update"}),
        }
        if c in translated
        else u
        for c, u in shown.items()
    }
    return {**translated, **merged, shared.language: language, chosen: language}


def _wire_switch(
    ticking: Ticking,
    keeper: kept.Keeper | None,
    speak: Callable[..., Values],
    *,
    button: gr.Button,
    chosen: gr.Textbox,
    outputs: list[Any],
) -> None:
    """The language button: the next language at once, and the browser keeps which it is."""

    def switch(session: Session, values: Values) -> Values:
        """Other words; what a person has typed or chosen stays."""
        changed = speak(session, values, following(session.language), put_back=False)
        for part in kept.typed_over(keeper, session) if keeper else ():
            changed[part] = {
                name: value for name, value in changed[part].items() if name != "value"
            }
        return changed

    connect(ticking.shared, button.click, switch, inputs=ticking.state, outputs=outputs).then(
        None,
        [chosen],
        None,
        js=(
            "(language) => { localStorage.setItem('inkwell-language', language); "
            f"{top_bar.SPEAK_JS} }}"
        ),
    )


def _loaded(shared: Shared, inputs: set[Any], outputs: list[Any], handler: Any) -> dict[str, Any]:
    """The arguments of the load event's second half, with the window's edge around the handler."""
    caught: dict[str, Any] = {}
    connect(
        shared,
        lambda fn, **options: caught.update(fn=fn, **options),
        handler,
        inputs=inputs,
        outputs=outputs,
    )
    return caught
