"""How an open page stays true: its parts, each with an event of its own that sends only what the
page has not got yet.

Parts are the open tab's views, each list that the forms offer, the top bar. The page asks what has
changed (`changes`, tabs/views/pulse.js) and fetches those parts alone; the page load and the
language button send all of it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from tabs.kit import choices, upload
from tabs.kit.forms import Choices, Form
from tabs.kit.lazy import Lazy, fresh
from tabs.kit.pages import Page
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.tab import Chooser, Window, labels
from tabs.kit.wiring import connect
from tabs.shell import job_history, top_bar
from tabs.views import HERE, payload

BAR = "bar"


@dataclass(frozen=True)
class Ticking:
    """The window's parts: its tabs, their labels, and the component that carries the answers."""

    window: Window
    labels: dict[str, gr.Tab]
    pulse: gr.HTML

    @property
    def shared(self) -> Shared:
        """The window's common components."""
        return self.window.shared

    @property
    def forms(self) -> list[Form[Any]]:
        """Every form whose lists the workspace fills."""
        return [form for tab, parts in self.window.pairs() for form in tab.forms(parts)]

    @property
    def choosers(self) -> list[Chooser]:
        """The dropdowns above the results."""
        return [box for tab, parts in self.window.pairs() for box in tab.choosers(parts)]

    @property
    def sources(self) -> dict[str, Callable[[Session], Choices]]:
        """What the lists of all forms offer, by source."""
        return sources(self.window)

    def inputs(self, name: str) -> set[Any]:
        """What the views of a tab hang on, on the page."""
        watched = self.window.named(name).watched(self.window.made[name])
        return {self.shared.model, self.shared.history_page, *watched}

    def views(self, name: str, session: Session, values: Values) -> dict[Any, Lazy]:
        """What a tab shows now, with what stands under every tab."""
        shown = self.window.named(name).views(self.window.made[name], session, values)
        return shown | job_history.views(self.shared, session, values)

    def drawn(self, name: str) -> list[Any]:
        """The components that the views of a tab may draw, and those under every tab."""
        foot = [] if self.shared.chat_only else [self.shared.status, self.shared.history]
        return [*self.window.named(name).drawn(self.window.made[name]), *foot]

    def labels_now(self, session: Session) -> dict[str, str]:
        """The tabs' labels by the tabs' names, for the page to write; shared with others the one
        tab needs none.
        """
        if self.shared.chat_only:
            return {}
        return labels(session, self.window.tabs)

    def arrives(self) -> list[Any]:
        """What tabs show of documents that have just come, beside the lists."""
        return [part for tab, parts in self.window.pairs() for part in tab.arrives(parts)]

    def listed(self, wanted: Iterable[str]) -> list[Any]:
        """The components that offer these lists."""
        names = set(wanted)
        found = [
            component
            for form in self.forms
            for field, component in form.fields.items()
            if form.rows[field].source in names
        ]
        found += [chooser.box for chooser in self.choosers if chooser.source in names]
        return list(dict.fromkeys(found))

    def choices(self, session: Session, lists: dict[str, Choices], values: Values) -> Values:
        """The updates of the components that offer these lists."""
        changed: Values = {}
        for form in self.forms:
            changed |= form.choices(lists, values)
        for chooser in self.choosers:
            if chooser.source not in lists:
                continue
            options = chooser.options(session, lists[chooser.source])
            if chooser.free:
                changed[chooser.box] = gr.update(choices=options, visible=bool(options))
                continue
            stands = values.get(chooser.box) in [value for _, value in options]
            newest: dict[str, Any] = {} if stands else {"value": options[0][1] if options else None}
            changed[chooser.box] = gr.update(choices=options, **newest)
        return changed

    def everything(self, session: Session, values: Values, marks: dict[str, str]) -> Values:
        """All parts at once: the page load, another language or another workspace.

        `marks`: theirs, from before this was read.
        """
        views = {
            component: lazy
            for name in self.window.names
            for component, lazy in self.views(name, session, values).items()
        }
        changed, have = fresh(views, {})
        lists = {source: offered(session) for source, offered in self.sources.items()}
        changed |= top_bar.lists(session, self.shared, values)
        changed |= self.choices(session, lists, values)
        state = {
            "have": have,
            "arrived": upload.arrived(session)[0],
            "marks": marks,
            "language": session.language,
            "labels": self.labels_now(session),
            "workspace": "" if self.shared.chat_only else session.workspace.path.name,
        }
        changed |= {
            self.labels[name]: gr.Tab(label=text) for name, text in self.labels_now(session).items()
        }
        return changed | {self.pulse: payload(state)}

    @property
    def outputs(self) -> list[Any]:
        """What `everything` may change."""
        bar = [self.shared.workspace, self.shared.model, self.shared.adapter]
        labels = [] if self.shared.chat_only else list(self.labels.values())
        return [
            *bar,
            *labels,
            *self.listed(self.sources),
            *dict.fromkeys(one for name in self.window.names for one in self.drawn(name)),
            self.pulse,
        ]

    @property
    def state(self) -> set[Any]:
        """What `everything` needs to know of the page."""
        return {
            self.shared.active,
            *self.shared.bar,
            *self.listed(self.sources),
            *(component for name in self.window.names for component in self.inputs(name)),
        }


def sources(window: Window) -> dict[str, Callable[[Session], Choices]]:
    """What the lists of all forms offer, by source: the tabs' own, then models and adapters."""
    return (
        window.offers()
        | {"models": choices.models, "adapters": choices.starts}
        | {"reward_models": choices.reward_models}
    )


def pulse(window: Window) -> gr.HTML:
    """The component that carries the parts' answers to the page; an event for each part."""
    tabs = list(window.names)
    lists = [*sources(window), BAR]
    events = [*(f"view_{name}" for name in tabs), *lists]
    body = (
        f"ink.pulse.begin(element, props, watch, trigger, {['view', *lists]}, {tabs}); "
        f"const events = {events};"
    )  # named here so that Gradio knows them
    assert (HERE / "pulse.js").is_file()
    return gr.HTML(
        "",
        elem_id="pulse",
        html_template="<i hidden></i>",
        js_on_load=body,
        container=False,
        padding=False,
        apply_default_css=False,
    )


def wire(ticking: Ticking) -> None:
    """Each part's event."""
    shared = ticking.shared

    def part(
        event: str,
        inputs: Iterable[Any],
        outputs: list[Any],
        handler: Callable[[Session, Values, dict[str, Any]], tuple[Values, dict[str, Any]]],
    ) -> None:
        def answer(session: Session, values: Values, data: dict[str, Any]) -> Values:
            changed, more = handler(session, values, data)
            return changed | {ticking.pulse: payload({"n": data.get("n")} | more)}

        connect(
            shared,
            getattr(ticking.pulse, event),
            answer,
            inputs=inputs,
            outputs=[*outputs, ticking.pulse],
            event=True,
            looks=True,
            trigger_mode="multiple",
        )

    for name in ticking.window.names:
        part(f"view_{name}", ticking.inputs(name), ticking.drawn(name), _view_of(ticking, name))
    for source in ticking.sources:
        if boxes := ticking.listed([source]):
            more = ticking.arrives() if source == upload.SOURCE else []
            part(source, boxes, [*boxes, *more], _list_of(ticking, source))
    part(
        BAR,
        shared.bar,
        [shared.workspace, shared.model, shared.adapter],
        lambda session, values, data: (top_bar.lists(session, shared, values), {}),
    )


def _view_of(ticking: Ticking, name: str) -> Any:
    def view(
        session: Session, values: Values, data: dict[str, Any]
    ) -> tuple[Values, dict[str, Any]]:
        have = data.get("have")
        changed, marks = fresh(
            ticking.views(name, session, values), have if isinstance(have, dict) else {}
        )
        page = ticking.shared.pages.remember(Page(name, session.language, values))
        return changed, {"have": marks, "session": page, "labels": ticking.labels_now(session)}

    return view


def _list_of(ticking: Ticking, source: str) -> Any:
    def offer(
        session: Session, values: Values, data: dict[str, Any]
    ) -> tuple[Values, dict[str, Any]]:
        options = ticking.sources[source](session)
        changed = ticking.choices(session, {source: options}, values)
        more: dict[str, Any] = {}
        if source == upload.SOURCE:
            arrived, chosen = _arrived(ticking, session, options, data)
            changed |= chosen
            more |= arrived
        if any("value" in update for update in changed.values()):
            ticking.shared.pages.forget()
        return changed, more

    return offer


def _arrived(
    ticking: Ticking, session: Session, options: Choices, data: dict[str, Any]
) -> tuple[dict[str, Any], Values]:
    """What an import or a cleaning has just brought: the word of it for the page, and the update
    that chooses it in the first form of the tab that is open.
    """
    job, ids = upload.arrived(session)
    if job == data.get("arrived"):
        return {}, {}
    name = str(data.get("tab"))
    if name not in ticking.window.names or not ids:
        return {"arrived": job}, {}
    tab, parts = ticking.window.named(name), ticking.window.made[name]
    if not tab.forms(parts):  # they are shown where documents are worked with
        tab, parts = next(
            (pair for pair in ticking.window.pairs() if pair[0].arrived), (tab, parts)
        )
    forms = tab.forms(parts)
    boxes = [form.fields[upload.SOURCE] for form in forms[:1] if upload.SOURCE in form.fields]
    shown = tab.arrived(parts, session, ids) if tab.arrived else {}
    return {"arrived": job}, {box: gr.update(choices=options, value=ids) for box in boxes} | shown
