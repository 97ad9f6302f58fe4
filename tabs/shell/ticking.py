"""How an open page stays true: its parts, each with an event of its own that sends only what the
page has not got yet.

Parts are the open tab's views, each list that the forms offer, the top bar. The page asks what has
changed (`changes`, tabs/views/pulse.js) and fetches those parts alone; the page load and the language
button send all of it.
"""

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio import jobs, serving
from tabs.chunking import tab as chunking
from tabs.dataset import tab as datasets
from tabs.dialogue import tab as dialogue
from tabs.kit import upload as arriving
from tabs.kit.events import connect
from tabs.kit.forms import Choices, Form
from tabs.kit.lazy import Lazy, fresh
from tabs.kit.pages import Page
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.tab import TABS
from tabs.shell import top_bar
from tabs.views import HERE, payload

SOURCES = (
    "documents",
    "chunk_sets",
    "chunk_sets_shown",
    "utterance_sets",
    "row_sets",
    "datasets",
    "datasets_shown",
    "models",
    "adapters",
)
JOBS_OF = {
    "chunking": ("chunk",),
    "dialogue": ("dialogue",),
    "instructions": ("instructions",),
    "preferences": ("preferences",),
    "dataset": datasets.KINDS,
    "training": ("train",),
}
SETS = {
    "chunking": "chunk_sets_shown",
    "dialogue": "utterance_sets",
    "dataset": "datasets_shown",
}  # what a tab's own dropdown chooses from
# The newest chunks, and the newest rows of a kind: pairs built again after a review are the newest,
# too.
CHUNKS = (
    "SELECT count(*) FROM chunks WHERE set_id = (SELECT id FROM sets WHERE kind = 'chunks'"
    " ORDER BY created DESC, rowid DESC LIMIT 1)"
)
ROWS = (
    "SELECT count(*) FROM rows WHERE set_id = (SELECT id FROM sets WHERE kind = 'rows'"
    " AND (job LIKE ? OR job LIKE ?)"
    " ORDER BY created DESC, rowid DESC LIMIT 1)"
)


@dataclass(frozen=True)
class Ticking:
    """The window's parts.

    `modules` and `made`: a tab's module and its components by the tab's name.
    """

    shared: Shared
    modules: dict[str, Any]
    made: dict[str, Any]
    labels: dict[str, gr.Tab]
    pulse: gr.HTML

    @property
    def forms(self) -> dict[str, Form]:
        """Every form whose lists the workspace fills, by the name of its tab."""
        found = {name: tab.form for name, tab in self.made.items() if hasattr(tab, "form")}
        return found | {
            f"{name} asking": tab.asking.form
            for name, tab in self.made.items()
            if hasattr(tab, "asking")
        }

    @property
    def shown(self) -> dict[str, gr.Dropdown]:
        """The dropdowns above the results."""
        found = {name: tab.shown for name, tab in self.made.items() if hasattr(tab, "shown")}
        return found | (
            {"compared": self.made["chunking"].other} if "chunking" in self.made else {}
        )

    def inputs(self, name: str) -> set[Any]:
        """What the views of a tab hang on, on the page."""
        return {self.shared.model, *self.modules[name].poll_inputs(self.made[name])}

    def views(self, name: str, session: Session, values: Values) -> dict[Any, Lazy]:
        """What a tab shows now."""
        more = (self.shared,) if name == "dataset" else ()
        return self.modules[name].views(self.made[name], session, values, *more)

    def labels_now(self, session: Session) -> dict[str, str]:
        """The tabs' labels by the tabs' names, for the page to write; shared with others the one
        tab needs none.
        """
        return {} if self.shared.chat_only else {name: label(session, name) for name in self.labels}

    def listed(self, sources: Iterable[str]) -> list[Any]:
        """The components that offer these lists."""
        wanted = set(sources)
        found = [
            c
            for form in self.forms.values()
            for field, c in form.fields.items()
            if form.rows[field].source in wanted
        ]
        found += [
            box
            for name, box in self.shown.items()
            if SETS.get(name) in wanted or (name == "compared" and "chunk_sets" in wanted)
        ]
        return list(dict.fromkeys(found))

    def choices(self, session: Session, lists: dict[str, Choices], values: Values) -> Values:
        """The updates of the components that offer these lists."""
        changed: Values = {}
        for form in self.forms.values():
            changed |= form.choices(lists, values)
        for name, box in self.shown.items():
            if name == "compared" and "chunk_sets" in lists:
                known = chunking.others(session)
                gone = values.get(box) not in [v for _, v in known]
                changed[box] = gr.update(choices=known, **({"value": ""} if gone else {}))
            elif SETS.get(name) in lists:
                options = lists[SETS[name]]
                stands = values.get(box) in [v for _, v in options]
                newest = {} if stands else {"value": options[0][1] if options else None}
                changed[box] = gr.update(choices=options, **newest)
        return changed

    def everything(self, session: Session, values: Values, marks: dict[str, str]) -> Values:
        """All parts at once: the page load, another language or another workspace.

        `marks`: theirs, from before this was read.
        """
        views = {
            c: lazy for name in self.made for c, lazy in self.views(name, session, values).items()
        }
        changed, have = fresh(views, {})
        changed |= top_bar.lists(session, self.shared, values) | self.choices(
            session, lists(session), values
        )
        told = {
            "have": have,
            "arrived": arriving.arrived(session)[0],
            "marks": marks,
            "language": session.language,
            "labels": self.labels_now(session),
            "workspace": "" if self.shared.chat_only else session.workspace.path.name,
        }
        changed |= {
            self.labels[name]: gr.Tab(label=text) for name, text in self.labels_now(session).items()
        }
        return changed | {self.pulse: payload(told)}

    @property
    def outputs(self) -> list[Any]:
        """What `everything` may change."""
        bar = [self.shared.workspace, self.shared.model, self.shared.adapter]
        labels = [] if self.shared.chat_only else list(self.labels.values())
        return [
            *bar,
            *labels,
            *self.listed(SOURCES),
            *(c for name in self.made for c in viewed(self.made[name])),
            self.pulse,
        ]

    @property
    def state(self) -> set[Any]:
        """What `everything` needs to know of the page."""
        return {
            self.shared.active,
            *self.shared.bar,
            *self.listed(SOURCES),
            *(c for name in self.made for c in self.inputs(name)),
        }


def pulse(names: Iterable[str]) -> gr.HTML:
    """The component that carries the parts' answers to the page; an event for each part."""
    tabs = list(names)
    events = [f"view_{name}" for name in tabs] + list(SOURCES) + ["bar"]
    body = (
        f"ink.pulse.begin(element, props, watch, trigger, {['view', *events[len(tabs) :]]}, "
        f"{tabs}); const events = {events};"
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
    shared, made = ticking.shared, ticking.made

    def part(
        event: str,
        inputs: Iterable[Any],
        outputs: list[Any],
        handler: Callable[[Session, Values, dict[str, Any]], tuple[Values, dict[str, Any]]],
    ) -> None:
        def answer(session: Session, values: Values, data: dict[str, Any]) -> Values:
            changed, told = handler(session, values, data)
            return changed | {ticking.pulse: payload({"n": data.get("n")} | told)}

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

    for name in made:
        part(f"view_{name}", ticking.inputs(name), viewed(made[name]), _view_of(ticking, name))
    for source in SOURCES:
        if boxes := ticking.listed([source]):
            part(source, boxes, boxes, _list_of(ticking, source))
    part(
        "bar",
        shared.bar,
        [shared.workspace, shared.model, shared.adapter],
        lambda session, values, data: (top_bar.lists(session, shared, values), {}),
    )


def _view_of(ticking: Ticking, name: str) -> Any:
    def view(
        session: Session, values: Values, data: dict[str, Any]
    ) -> tuple[Values, dict[str, Any]]:
        changed, told = _told(ticking.views(name, session, values), data)
        page = ticking.shared.pages.remember(Page(name, session.language, values))
        return changed, told | {"session": page, "labels": ticking.labels_now(session)}

    return view


def _list_of(ticking: Ticking, source: str) -> Any:
    def offer(
        session: Session, values: Values, data: dict[str, Any]
    ) -> tuple[Values, dict[str, Any]]:
        options = lists(session, source)
        changed = ticking.choices(session, {source: options}, values)
        told: dict[str, Any] = {}
        if source == "documents":
            changed |= _arrived(
                session, ticking.forms.get(str(data.get("tab"))), options, data, told
            )
        if any("value" in update for update in changed.values()):
            ticking.shared.pages.forget()
        return changed, told

    return offer


def _told(views: dict[Any, Lazy], data: dict[str, Any]) -> tuple[Values, dict[str, Any]]:
    have = data.get("have")
    changed, marks = fresh(views, have if isinstance(have, dict) else {})
    return changed, {"have": marks}


def _arrived(
    session: Session,
    form: Form | None,
    options: Choices,
    data: dict[str, Any],
    told: dict[str, Any],
) -> Values:
    """What an import or a cleaning has just brought is chosen in the form that is open; `told` goes
    to the page.
    """
    job, ids = arriving.arrived(session)
    if job == data.get("arrived"):
        return {}
    told["arrived"] = job
    if form is None or "documents" not in form.fields or not ids:
        return {}
    return {form.fields["documents"]: gr.update(choices=options, value=ids)}


def lists(session: Session, source: str = "") -> dict[str, Choices] | Any:
    """What the forms' lists offer now, by source; of one source its choices."""
    found: dict[str, Callable[[], Choices]] = {
        "documents": lambda: session.kept(
            "documents", ("documents",), lambda: arriving.listed(session)
        ),
        **{
            name: functools.partial(_of, chunking, session, name)
            for name in ("chunk_sets", "chunk_sets_shown")
        },
        "utterance_sets": functools.partial(_of, dialogue, session, "utterance_sets"),
        **{
            name: functools.partial(_of, datasets, session, name)
            for name in ("row_sets", "datasets", "datasets_shown")
        },
        "models": lambda: top_bar.model_choices(session),
        "adapters": lambda: top_bar.start_choices(session),
    }
    return found[source]() if source else {name: offered() for name, offered in found.items()}


def _of(tab: Any, session: Session, name: str) -> Choices:
    """One of the lists that a tab offers."""
    choices: Choices = tab.lists(session)[name]
    return choices


def viewed(tab: Any) -> list[Any]:
    """Every component that a tab's views may draw."""
    found: list[Any] = []
    for part in vars(tab).values():
        inner = getattr(part, "view", part)
        if isinstance(inner, gr.HTML) or (
            isinstance(part, gr.Button) and part.elem_id and part.elem_id.endswith("-onward")
        ):
            found.append(inner)
    return found


def label(session: Session, name: str) -> str:
    """A tab's label with its live count; ● while its job runs."""
    store, kinds = session.workspace.store, JOBS_OF.get(name, ())
    running = any(r.kind in kinds for r in active(session))
    count: Any = 0
    if name == "chunking":
        count = session.kept("count chunks", ("sets", "chunks"), lambda: store.value(CHUNKS))
    elif name in ("dialogue", "instructions", "preferences"):
        like = (f"{kinds[0]}-%", "pairs-%" if name == "dialogue" else f"{kinds[0]}-%")
        count = session.kept(f"count {name}", ("sets", "rows"), lambda: store.value(ROWS, like))
    elif name == "dataset":
        count = datasets.count(session)
    elif name == "training":
        count = session.kept(
            "count runs",
            ("jobs",),
            lambda: store.value("SELECT count(*) FROM jobs WHERE kind = 'train'"),
        )
    elif name == "chat":
        running = serving.status().state == "ready"
    return (
        f"{TABS.index(name) + 1} {session.word(f'tabs.{name}')}"
        + (f" {count:,}" if count else "")
        + (" ●" if running else "")
    )


def active(session: Session) -> list[jobs.JobRecord]:
    """The jobs that are queued or running; their progress may be older than now."""
    return session.kept("active jobs", ("jobs",), lambda: jobs.records.running(session.workspace))
