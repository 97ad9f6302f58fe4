"""The window: assembles the tabs, one timer, the page load, the theme, and opens it safely."""

import dataclasses
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

from studio import jobs, serving
from studio.errors import LaunchError, StudioError
from studio.workspace import Workspace, home
from tabs import (
    chat,
    chunking,
    datasets,
    dialogue,
    guard,
    guests,
    instructions,
    kept,
    onward,
    preferences,
    theme,
    top_bar,
    training,
)
from tabs import documents as arriving
from tabs.language import Translated, word
from tabs.shared import TABS, Lazy, Session, Shared, Values, connect, fresh, go

MODULES: dict[str, Any] = {
    "chunking": chunking, "dialogue": dialogue, "instructions": instructions, "preferences": preferences,
    "dataset": datasets, "training": training, "chat": chat,
}
JOB_OF = {"chunking": "chunk", "dialogue": "dialogue", "instructions": "instructions", "preferences": "preferences",
          "dataset": "dataset", "training": "train"}


def open_window(options: Namespace) -> int:
    """Check the options, build the window, serve it until it is closed; the exit status."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    try:
        login = guard.check_login(options.auth, options.host, options.share)
        workspace = Workspace.open(options.workspace)
        port = guard.free_port(options.host, options.port)
    except StudioError as error:
        sys.stderr.write(f"{error.sentence}\n")
        return 2
    if options.models:
        os.environ["INKWELL_MODEL_ROOTS"] = os.pathsep.join(str(Path(m).resolve()) for m in options.models)
    # Gradio may hand out files of its working directory: an empty one has nothing to give.
    os.environ["GRADIO_TEMP_DIR"] = str(home() / "tmp")
    os.chdir(tempfile.mkdtemp(prefix="inkwell-"))
    jobs.recover(workspace)
    shared = guard.public(options.host, options.share)
    if shared and (refused := guests.load(workspace)):
        sys.stderr.write(f"{refused.sentence}\n")
    return _serve(build(workspace.path, chat_only=shared), options, port, login)


def _serve(demo: gr.Blocks, options: Namespace, port: int, login: Callable[[str, str], bool] | None) -> int:
    """Launch, open the browser, wait for Ctrl-C or SIGTERM. Jobs go on when the window closes."""
    hosts: set[str] = set()
    arguments = guard.launch_arguments(host=options.host, port=port, share=options.share, login=login, hosts=hosts)
    demo.queue(api_open=False, default_concurrency_limit=8, max_size=64)
    try:
        _, local, public = demo.launch(theme=theme.theme(), css=theme.css(), head=theme.head(), **arguments)
    except (OSError, RuntimeError) as error:
        refused = LaunchError("The window could not be opened ({reason}).", "Try another --port.", reason=error)
        sys.stderr.write(f"{refused.sentence}\n")
        return 1
    if public:
        hosts.add(guard.host_name(public.split("//")[-1].split("/")[0]))
    gc.freeze()
    gc.enable()  # launch.py turns it off for the start
    sys.stderr.write(f"Inkwell Studio is open at {public or local} (Ctrl-C closes it; running jobs go on).\n")
    if not options.no_browser:
        threading.Thread(target=webbrowser.open, args=(local,), daemon=True).start()
    closed = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: closed.set())
    closed.wait()
    demo.close()
    if not options.share and serving.status().state in ("loading", "ready") and not _generating():
        serving.stop()
    return 0


def _generating() -> bool:
    """Whether a job may be using the model server; then it is left running and ends itself when idle."""
    from studio import workspace as workspaces

    folders = [home() / "workspaces" / name for name in workspaces.listed()]
    return any(r.active for folder in folders for r in jobs.recent(Workspace.open(folder), limit=20))


def build(launched: Path, *, chat_only: bool = False) -> gr.Blocks:
    """All tabs in one window; with `chat_only` (shared or on the network) nothing but the chat is wired."""
    said = Translated()
    with gr.Blocks(title="Inkwell Studio", fill_width=True, fill_height=True, analytics_enabled=False, delete_cache=(3600, 86400)) as demo:
        language, active, seen = gr.State("en"), gr.State("chat" if chat_only else TABS[0]), gr.State({})
        parts = top_bar.build(launched, said, chat_only=chat_only)
        tabs = gr.Tabs(elem_id="tabs")
        shared = Shared(said, launched, chat_only, language, *(parts[n] for n in ("workspace", "model", "hub", "finetuning_type", "quantization", "adapter")), tabs, active, seen, parts["notice"])
        names = ("chat",) if chat_only else TABS
        made, labels = {}, {}
        with tabs:
            for name in names:
                with gr.Tab(word("en", f"tabs.{name}"), id=TABS.index(name), elem_id=f"tab-{name}") as labels[name]:
                    made[name] = MODULES[name].build(shared)
        _wire(made, shared, parts)
        _poll(demo, made, labels, shared, parts)
    return demo


def _wire(made: dict[str, Any], shared: Shared, parts: dict[str, Any]) -> None:
    top_bar.wire(parts, shared)
    for name, tab in made.items():
        if name != "training":
            MODULES[name].wire(tab, shared)
    if shared.chat_only:
        return

    def to_chat(session: Session, adapter: str) -> Values:
        chat.adapter_path(session, adapter)
        named = gr.update(value=adapter, choices=top_bar.adapter_choices(session))
        return {**go(shared, "chat"), shared.adapter: named, **chat.beside(made["chat"], adapter)}

    training.wire(made["training"], shared, to_chat, [shared.tabs, shared.active, shared.adapter, *chat.laid_out(made["chat"])])
    onward.wire(shared, made)


def _poll(demo: gr.Blocks, made: dict[str, Any], labels: dict[str, gr.Tab], shared: Shared, parts: dict[str, Any]) -> None:
    """The one timer and the page load: both read the store and send what has changed."""
    forms = {name: tab.form for name, tab in made.items() if hasattr(tab, "form")}
    forms |= {f"{name} asking": tab.asking.form for name, tab in made.items() if hasattr(tab, "asking")}
    shown = {name: tab.shown for name, tab in made.items() if hasattr(tab, "shown")}
    shown |= {"compared": made["chunking"].other} if "chunking" in made else {}
    state = {shared.seen, shared.active, *shared.bar}
    state |= {c for name, tab in made.items() for c in MODULES[name].poll_inputs(tab)} | {c for form in forms.values() for c in _listed(form)}

    def now(session: Session, values: Values, everything: bool) -> dict[Any, Lazy]:
        wanted = list(made) if everything else [n for n in made if n == values.get(shared.active)]
        views: dict[Any, Lazy] = {parts["memory"]: _memory()}
        for name in wanted:
            more = (shared,) if name == "dataset" else ()
            views |= MODULES[name].views(made[name], session, values, *more)
        if not shared.chat_only:
            views |= {label: _label(session, name) for name, label in labels.items()}
        return views

    def tick(session: Session, values: Values) -> Values:
        jobs.recover(session.workspace)
        changed, seen = fresh(now(session, values, everything=False), values.get(shared.seen) or {})
        lists = _lists(session)
        mark = repr(sorted(lists.items()))
        if seen.get("lists") != mark:
            seen["lists"] = mark
            changed |= _choices(session, shared, forms, shown, lists, values)
        changed |= _arrived(session, forms.get(values.get(shared.active)), lists, seen)
        return changed | ({shared.seen: seen} if seen != values.get(shared.seen) else {})

    keeper = None if shared.chat_only else kept.build(demo, shared, {c for form in forms.values() for c in _listed(form)} | {*shown.values(), shared.adapter})

    def load(session: Session, values: Values, *, put_back: bool = True, whole: bool = False) -> Values:
        jobs.recover(session.workspace)
        held = kept.back(keeper, session, whole=whole) if keeper and put_back else {}
        values = values | held
        changed, seen = fresh(now(session, values, everything=True), {})
        lists = _lists(session)
        changed |= _choices(session, shared, forms, shown, lists, values) | {shared.seen: seen | {"lists": repr(sorted(lists.items())), "arrived": arriving.arrived(session)[0]}}
        if not put_back:
            return changed
        changed |= chat.back(made["chat"], session)
        return kept.merged(keeper, shared, session, changed, held) if keeper else changed

    outputs = [shared.seen, shared.workspace, shared.model, shared.adapter, parts["memory"], *(labels.values() if not shared.chat_only else ()), *shown.values(),
               *(c for form in forms.values() for c in _listed(form)), *_viewed(made)]
    # Not before the page load has answered: an answer from before would undo what a person has done since.
    timer = gr.Timer(1.0, active=False)
    connect(shared, timer.tick, tick, inputs=state, outputs=outputs)
    loaded = _languages(demo, shared, parts, state, outputs, load, keeper, chat.held(made["chat"]))
    if keeper:
        kept.ready(keeper, shared, loaded)
    loaded.then(
        lambda: gr.Timer(active=True), None, [timer], show_progress="hidden", queue=False, api_visibility="private", js=top_bar.READY_JS)
    if keeper:
        _select(shared, tick, state, outputs)
        _switching(shared, parts, state, [*outputs, *chat.held(made["chat"])], load, keeper)


def _switching(shared: Shared, parts: dict[str, Any], state: set[Any], outputs: list[Any], load: Any, keeper: kept.Keeper) -> None:
    """Opening another workspace shows it as it was left."""

    def opened(session: Session, values: Values) -> Values:
        return top_bar.open_workspace(session, shared, values) | load(session, values, whole=True)

    every = list(dict.fromkeys([*outputs, shared.tabs, shared.active, *keeper.listed]))
    switched = connect(shared, parts["workspace"].input, opened, inputs=state, outputs=every, js=kept.HOLD_JS)
    kept.wire(keeper, shared)
    kept.ready(keeper, shared, switched)


def _select(shared: Shared, tick: Any, state: set[Any], outputs: list[Any]) -> None:
    """Opening a tab shows at once what it holds now."""

    def selected(session: Session, values: Values, data: dict[str, Any]) -> Values:
        name = _name(data)
        return {shared.active: name} | tick(session, values | {shared.active: name})

    connect(shared, shared.tabs.select, selected, inputs=state, outputs=[shared.active, *outputs], event=True)


def _name(data: dict[str, Any]) -> str:
    index = data.get("index")
    return TABS[index] if isinstance(index, int) and 0 <= index < len(TABS) else TABS[0]


def _languages(demo: gr.Blocks, shared: Shared, parts: dict[str, Any], state: set[Any], outputs: list[Any], load: Any, keeper: kept.Keeper | None, talk: list[Any]) -> Any:
    """The language button and the page load: words first, then what the workspace holds. The load's last event."""
    spoken = shared.said.components
    chosen = gr.Textbox("", visible=False)  # the one way for a language between server and browser: a State stays on the server
    late = keeper.late if keeper else gr.Textbox("", visible=False)
    every = list(dict.fromkeys([shared.language, chosen, *spoken, *outputs]))
    whole = list(dict.fromkeys([*every, shared.tabs, shared.active, late, *talk, *(keeper.listed if keeper else ())]))

    def speak(session: Session, values: Values, language: str, *, put_back: bool) -> Values:
        said = shared.said.updates(language, gr.update)
        session = dataclasses.replace(session, language=language)
        shown = load(session, values | {shared.language: language}, put_back=put_back)
        merged = {c: {**said.get(c, {}), **(u if isinstance(u, dict) else {"value": u, "__type__": "update"})} if c in said else u for c, u in shown.items()}
        return {**said, **merged, shared.language: language, chosen: language}

    def switch(session: Session, values: Values) -> Values:
        """Other words; what a person has typed or chosen stays."""
        changed = speak(session, values, "zh" if session.language == "en" else "en", put_back=False)
        for part in kept.typed_over(keeper, session) if keeper else ():
            changed[part] = {name: value for name, value in changed[part].items() if name != "value"}
        return changed

    def first(session: Session, values: Values) -> Values:
        session = kept.opening(keeper, shared, session, values) if keeper else session
        values = values | {shared.workspace: session.workspace.name}
        changed = speak(session, values, "zh" if values.get(chosen) == "zh" else "en", put_back=True)
        named = changed.get(shared.workspace, gr.update()) | {"value": session.workspace.name}
        return {late: ""} | changed | ({shared.workspace: named} if keeper else {})

    connect(shared, parts["switch"].click, switch, inputs=state, outputs=every).then(
        None, [chosen], None, js="(language) => { localStorage.setItem('inkwell-language', language); document.documentElement.lang = language; }")
    return demo.load(None, None, [chosen, late], js=top_bar.LOAD_JS).then(**_loaded(shared, state | {chosen, late}, whole, first))


def _loaded(shared: Shared, inputs: set[Any], outputs: list[Any], handler: Any) -> dict[str, Any]:
    """The arguments of the load event's second half, with the window's edge around the handler."""
    caught: dict[str, Any] = {}
    connect(shared, lambda fn, **options: caught.update(fn=fn, **options), handler, inputs=inputs, outputs=outputs)
    return caught


def _lists(session: Session) -> dict[str, list[tuple[str, str]]]:
    """What the forms' lists offer now."""
    lists = dict(chunking.lists(session)) | dialogue.lists(session) | datasets.lists(session)
    return lists | {"models": top_bar.model_choices(session), "adapters": top_bar.start_choices(session)}


def _choices(session: Session, shared: Shared, forms: dict[str, Any], shown: dict[str, Any], lists: dict[str, Any], values: Values) -> Values:
    changed = top_bar.lists(session, shared, values)
    for form in forms.values():
        changed |= form.choices(lists, values)
    if "compared" in shown:
        known = chunking.others(session)
        gone = values.get(shown["compared"]) not in [v for _, v in known]
        changed[shown["compared"]] = gr.update(choices=known, **({"value": ""} if gone else {}))
    for name, source in (("chunking", "chunk_sets_shown"), ("dialogue", "utterance_sets"), ("dataset", "datasets_shown")):
        if name in shown:
            options = lists[source]
            stands = values.get(shown[name]) in [v for _, v in options]
            newest = {} if stands else {"value": options[0][1] if options else None}
            changed[shown[name]] = gr.update(choices=options, **newest)
    return changed


def _arrived(session: Session, form: Any, lists: dict[str, Any], seen: dict[str, Any]) -> Values:
    """What an import or a cleaning has just brought is chosen in the form that is open."""
    job, ids = arriving.arrived(session)
    if job == seen.get("arrived"):
        return {}
    seen["arrived"] = job
    if form is None or "documents" not in form.fields or not ids:
        return {}
    return {form.fields["documents"]: gr.update(choices=lists["documents"], value=ids)}


def _listed(form: Any) -> list[Any]:
    """A form's components whose list only the workspace knows."""
    return [component for name, component in form.fields.items() if form.rows[name].source]


def _viewed(made: dict[str, Any]) -> list[Any]:
    """Every component that a tab's views may draw."""
    found: list[Any] = []
    for tab in made.values():
        for part in vars(tab).values():
            inner = getattr(part, "view", part)
            if isinstance(inner, gr.HTML) or (isinstance(part, gr.Button) and part.elem_id and part.elem_id.endswith("-onward")):
                found.append(inner)
    return found


def _memory() -> Lazy:
    told = top_bar.memory()
    return Lazy(told, lambda: told)


def _label(session: Session, name: str) -> Lazy:
    """A tab's label with its live count; ● while its job runs."""
    store = session.workspace.store
    kind = JOB_OF.get(name)
    running = bool(kind and store.value("SELECT 1 FROM jobs WHERE kind = ? AND state IN ('queued', 'running') LIMIT 1", (kind,)))
    count = 0
    if name == "chunking":
        count = store.value("SELECT count(*) FROM chunks WHERE set_id = (SELECT id FROM sets WHERE kind = 'chunks' ORDER BY created DESC, rowid DESC LIMIT 1)")
    elif name in ("dialogue", "instructions", "preferences"):
        # Pairs built again after a review are the newest, too.
        count = store.value("SELECT count(*) FROM rows WHERE set_id = (SELECT id FROM sets WHERE kind = 'rows' AND (job LIKE ? OR job LIKE ?)"
                            " ORDER BY created DESC, rowid DESC LIMIT 1)", (f"{kind}-%", "pairs-%" if name == "dialogue" else f"{kind}-%"))
    elif name == "dataset":
        count = len(datasets.lists(session)["datasets"])
    elif name == "training":
        count = store.value("SELECT count(*) FROM jobs WHERE kind = 'train'")
    elif name == "chat":
        running = serving.status().state == "ready"
    told = f"{TABS.index(name) + 1} {session.word(f'tabs.{name}')}" + (f" {count:,}" if count else "") + (" ●" if running else "")
    return Lazy(told, lambda: gr.Tab(label=told))
