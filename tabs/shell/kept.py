"""What a person typed and chose comes back: after a reload, after a change of workspace, in another
browser.

The page tells what has changed, a moment after the last key (views/keeping.js); it is kept value by
value in the workspace, the last writer's. The page load puts it back; nothing is put back while the
page is open, so two browsers do not pull at each other. Keys are the ids of the controls, which are
the specs' field names, so a field that a later version does not know is passed over. API keys,
files and the choice of a preset are not kept.
"""

import json
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio import page_state
from tabs.kit.language import LANGUAGES
from tabs.kit.session import Session, Values, workspace_names
from tabs.kit.shared import Shared
from tabs.kit.tab import Window
from tabs.kit.wiring import QUIET, connect, number
from tabs.views import payload, view

KINDS = (gr.Textbox, gr.Dropdown, gr.Radio, gr.Checkbox, gr.Number, gr.Slider)
LEFT_OUT = ("workspace",)
LEFT_OUT_ENDS = ("-preset", "-key")
ACTIVE = "tab"
LATE_FOR_S = 86400.0  # what a closing page could not send is taken for a day
READY_JS = "(workspace, ...values) => { ink.keep.ready(%s, workspace, values); }"
CHANGED_JS = "(...values) => { ink.keep.changed(values); }"
# Runs before the event that opens another workspace is sent: its answer would pass for what a
# person changed in this one.
HOLD_JS = "(...values) => { ink.keep.hold(); return values; }"


@dataclass(frozen=True)
class Keeper:
    """The controls that are kept, by their ids, and the channel by which the page tells of a
    change.

    live: keys whose choices only the workspace knows. defaults: what each control holds before
    anyone has touched it, in each language where that differs. former: the keys under which an
    earlier version kept what controls hold, where their fields were renamed since.
    """

    parts: dict[str, Any]
    live: frozenset[str]
    labels: dict[str, dict[str, str]]
    defaults: dict[str, dict[str, Any]]
    former: dict[str, str]
    tabs: tuple[str, ...]
    channel: gr.HTML
    late: gr.Textbox
    notice: gr.HTML

    @property
    def listed(self) -> list[Any]:
        """The controls in the order in which the page names them."""
        return list(self.parts.values())


def build(demo: gr.Blocks, window: Window, live: set[Any]) -> Keeper:
    """Find the window's controls; to be called when all tabs stand. live: those whose choices the
    workspace knows.
    """
    shared = window.shared
    controls: list[Any] = [c for c in demo.blocks.values() if type(c) in KINDS and _keeps(c)]
    parts: dict[str, Any] = {c.elem_id: c for c in controls}
    words_of = {language: shared.translated.updates(language, dict) for language in LANGUAGES}
    labels = {
        key: {
            language: str(words.get(c, {}).get("label") or c.label)
            for language, words in words_of.items()
        }
        for key, c in parts.items()
    }
    defaults = {
        key: {
            language: words.get(c, {}).get("value", c.value) for language, words in words_of.items()
        }
        for key, c in parts.items()
    }
    channel = view("kept", elem_id="kept")
    late = gr.Textbox("", visible=False)
    return Keeper(
        parts,
        frozenset(key for key, c in parts.items() if c in live),
        labels,
        defaults,
        _former(window),
        window.names,
        channel,
        late,
        shared.notice,
    )


def _former(window: Window) -> dict[str, str]:
    """Key → former key of the controls whose fields were renamed."""
    forms = [form for tab, parts in window.pairs() for form in tab.forms(parts)]
    return {
        form.fields[new].elem_id: f"{form.spec.KIND}-{old}"
        for form in forms
        for old, new in form.spec.FORMER.items()
        if new in form.fields
    }


def _load(keeper: Keeper, session: Session) -> dict[str, Any]:
    """What the workspace keeps, by the controls' present keys."""
    kept = page_state.load(session.workspace)
    former = {new: kept[old] for new, old in keeper.former.items() if old in kept}
    return former | kept


def _former_forgotten(keeper: Keeper, changed: Iterable[str]) -> dict[str, None]:
    """Former keys of controls that have changed: what is kept under them counts no more."""
    return {keeper.former[key]: None for key in changed if key in keeper.former}


def _keeps(component: Any) -> bool:
    name = component.elem_id or ""
    return (
        bool(name)
        and name not in LEFT_OUT
        and not name.endswith(LEFT_OUT_ENDS)
        and getattr(component, "type", "") != "password"
    )


def wire(keeper: Keeper, shared: Shared) -> None:
    """The page's tellings, and the events that make it look."""

    def save(session: Session, values: Values, data: dict[str, Any]) -> Values:
        return {
            keeper.channel: payload({"n": number(data, "n")}),
            **_save(keeper, shared, session, data),
        }

    connect(
        shared,
        keeper.channel.act,
        save,
        outputs=[keeper.channel],
        event=True,
        looks=True,
        trigger_mode="multiple",
    )
    options: dict[str, Any] = QUIET | {"queue": False, "trigger_mode": "multiple"}
    gr.on(
        [c.change for c in keeper.listed] + [shared.tabs.change],
        None,
        keeper.listed,
        None,
        js=CHANGED_JS,
        **options,
    )


def ready(keeper: Keeper, shared: Shared, loaded: Any) -> None:
    """From the end of the event `loaded` on the page tells what differs from what it holds then."""
    names = json.dumps(list(keeper.parts))
    loaded.then(
        None, [shared.workspace, *keeper.listed], None, js=READY_JS % names, queue=False, **QUIET
    )


def _save(
    keeper: Keeper, shared: Shared, session: Session, data: dict[str, Any], at: float | None = None
) -> Values:
    """Keep what the page tells; a value that is none of its control's is passed over.

    Raises WorkspaceError.
    """
    name, changed = data.get("workspace"), data.get("values")
    if name not in workspace_names(shared.launched) or not isinstance(changed, dict):
        return {}
    place = shared.session({shared.workspace: name}).workspace
    good = {
        key: _none_if_default(keeper, key, value)
        for key, value in changed.items()
        if key in keeper.parts and fits(keeper, key, value)
    }
    if changed.get(ACTIVE) in keeper.tabs:
        good[ACTIVE] = changed[ACTIVE]
    large = page_state.save(place, good | _former_forgotten(keeper, good), at)
    names = ", ".join(keeper.labels[key][session.language] for key in large if key in keeper.labels)
    return {keeper.notice: _notice(session, "large", "reload", names)} if names else {}


def opening(keeper: Keeper, shared: Shared, session: Session, values: Values) -> Session:
    """What a page load brings: what a page could not send before it was closed is kept; the session
    of the workspace that was open.
    """
    try:
        brought = json.loads(str(values.get(keeper.late) or "{}"))
    except ValueError:
        return session
    brought = brought if isinstance(brought, dict) else {}
    letters = brought.get("letters")
    for letter in letters if isinstance(letters, list) else []:
        at = letter.get("at") if isinstance(letter, dict) else None
        if (
            isinstance(at, int | float)
            and not isinstance(at, bool)
            and math.isfinite(at)
            and at / 1000 > time.time() - LATE_FOR_S
        ):
            _save(keeper, shared, session, letter, at / 1000)
    name = brought.get("workspace")
    return (
        shared.session(values | {shared.workspace: name})
        if name in workspace_names(shared.launched)
        else session
    )


def back(keeper: Keeper, session: Session, *, whole: bool) -> Values:
    """component → the value to put back. whole: also the defaults of what is not kept, for a page
    that shows another workspace.
    """
    kept = _load(keeper, session)
    found = {
        key: kept[key]
        for key in keeper.parts
        if kept.get(key) is not None and fits(keeper, key, kept[key])
    }
    if whole:
        found = {
            key: defaults[session.language] for key, defaults in keeper.defaults.items()
        } | found
    return {keeper.parts[key]: value for key, value in found.items()}


def tab(keeper: Keeper, session: Session) -> str:
    """The tab that was open last; "" where none is known."""
    name = page_state.load(session.workspace).get(ACTIVE)
    return name if name in keeper.tabs else ""


def lost(keeper: Keeper, session: Session) -> list[str]:
    """Keys whose kept value is none of its control's any more."""
    kept = _load(keeper, session)
    return [
        key
        for key in keeper.parts
        if kept.get(key) is not None and not fits(keeper, key, kept[key])
    ]


def merged(
    keeper: Keeper, shared: Shared, session: Session, changed: Values, held: Values
) -> Values:
    """`changed` with the values to put back; what the workspace has no more is told, by its
    label.
    """
    gone = lost(keeper, session)
    keys = {component: key for key, component in keeper.parts.items()}
    for component, value in held.items():
        update = changed.get(component)
        if not isinstance(update, dict):
            changed[component] = gr.update(value=value)
        elif "value" not in update:
            changed[component] = update | {"value": value}
        elif value not in (None, "", []) and update["value"] != value:
            gone.append(keys[component])
    if open_tab := tab(keeper, session):
        changed |= shared.go(open_tab)
    if gone:
        page_state.save(session.workspace, dict.fromkeys(gone) | _former_forgotten(keeper, gone))
        names = ", ".join(keeper.labels[key][session.language] for key in gone)
        changed[keeper.notice] = _notice(session, "lost", "default", names)
    return changed


def _notice(session: Session, what: str, do: str, names: str) -> str:
    """The window's notice about the controls of these names."""
    return payload(
        {
            "what": session.word(f"kept.{what}", names=names),
            "do": session.word(f"kept.{do}"),
            "close": session.word("notice.close"),
        }
    )


def fits(keeper: Keeper, key: str, value: Any) -> bool:
    """Whether a plain value can be what the control holds.

    Numbers out of range may: they were typed, and are told when used.
    """
    part = keeper.parts[key]
    if isinstance(part, gr.Checkbox):
        return isinstance(value, bool)
    if isinstance(part, gr.Number | gr.Slider):
        number = (
            isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        )
        return (
            (number and part.minimum <= value <= part.maximum)
            if isinstance(part, gr.Slider)
            else number or value is None
        )
    if isinstance(part, gr.Textbox):
        return isinstance(value, str)
    many = bool(getattr(part, "multiselect", False))
    items = (
        value
        if many and isinstance(value, list)
        else [value]
        if not many and value is not None
        else []
    )
    if (many and not isinstance(value, list)) or not all(isinstance(item, str) for item in items):
        return value is None
    known = {choice for _, choice in part.choices}
    return (
        key in keeper.live
        or bool(getattr(part, "allow_custom_value", False))
        or set(items) <= known
    )


def _none_if_default(keeper: Keeper, key: str, value: Any) -> Any:
    """None for a value that the control has by itself, so that a later default is not held back by
    an old one.
    """
    return None if value in keeper.defaults[key].values() or value in (None, []) else value


def typed_over(keeper: Keeper, session: Session) -> set[Any]:
    """Controls with words of their own in each language in which a person has written: a change of
    language leaves them.
    """
    kept = _load(keeper, session)
    return {
        part
        for key, part in keeper.parts.items()
        if kept.get(key) is not None and len({str(v) for v in keeper.defaults[key].values()}) > 1
    }
