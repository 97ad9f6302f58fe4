"""Asking a model who speaks: the form of the attribution job, what it will take, and its start."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio import jobs
from studio.dialogue.asking.estimate import Estimate, estimate
from studio.dialogue.asking.spec import AttributeJob
from studio.errors import StudioError
from studio.store import utterance_summary
from tabs.dialogue import line_sets
from tabs.kit import forms, inspector, job_status, presets_box, providers
from tabs.kit.forms import Form
from tabs.kit.language import Translated, sentences
from tabs.kit.lazy import Lazy
from tabs.kit.pasted import Elsewhere
from tabs.kit.presets_box import PresetsBox
from tabs.kit.providers import KeyBox
from tabs.kit.session import Session, Values
from tabs.kit.tab import Window
from tabs.kit.wiring import connect
from tabs.views import payload, view

# The fields that the estimate hangs on, beside the lines themselves.
COUNTED = (
    "ask_under",
    "votes",
    "window_chars",
    "lines_per_request",
    "max_requests",
    "price_input",
    "price_output",
)


@dataclass(frozen=True)
class AskingBox:
    """The named components; `view` tells the estimate, `open` whether the form is in sight."""

    form: Form[AttributeJob]
    presets: PresetsBox
    key: KeyBox
    view: gr.HTML
    start: gr.Button
    open: gr.State
    beside: gr.Tab
    tab: gr.Tab


def build(translated: Translated, beside: gr.Tab, tab: gr.Tab) -> AskingBox:
    """Lay the form out in its inner tab, which stands beside another one."""
    with gr.Column(elem_classes=["fields"]):
        presets = presets_box.build("attribute", translated)
        form = forms.build(
            AttributeJob, translated, without=("utterances",), custom=("model_name_or_path",)
        )
        key = providers.build(translated, "attribute")
    shown = view("estimate", elem_id="attribute-estimate")
    with inspector.foot():
        start = inspector.start_button(translated, "Ask", "attribute", "dialogue.asking")
    return AskingBox(form, presets, key, shown, start, gr.State(False), beside, tab)


def wire(box: AskingBox, window: Window, notice: gr.HTML, shown: gr.Dropdown) -> None:
    """The presets, the provider's among them, and key; the start for the set of lines that is
    shown.
    """
    shared = window.shared
    providers.wire(box.key, box.form, window, notice)
    presets_box.wire(box.presets, box.form, window, notice, _lines_shown(shown))

    def start(session: Session, values: Values) -> Values:
        lines = line_sets.needed(session, values.get(shown))
        jobs.start(session.workspace, box.form.read(values, utterances=lines["id"]))
        return job_status.show(shared, session)

    def opened(session: Session, values: Values) -> Values:
        values = values | {box.open: True}
        return {box.open: True} | {
            part: lazy.draw(part)
            for part, lazy in views(
                box, session, values, line_sets.chosen(session, values.get(shown))
            ).items()
        }

    connect(
        shared,
        box.start.click,
        start,
        inputs=box.form.inputs | {shown},
        outputs=[shared.status],
        notice=notice,
    )
    connect(
        shared,
        box.tab.select,
        opened,
        inputs=watched(box) | {shown},
        outputs=[box.open, box.view],
        notice=notice,
    )
    connect(
        shared,
        box.beside.select,
        lambda session, values: {box.open: False},
        outputs=[box.open],
        notice=notice,
    )


def _lines_shown(shown: gr.Dropdown) -> Elsewhere:
    """The set of lines that is asked about, which is the one that is shown."""

    def held(session: Session, values: Values) -> dict[str, Any]:
        lines = line_sets.chosen(session, values.get(shown))
        return {"utterances": lines["id"]} if lines else {}

    return Elsewhere(held=held, inputs=frozenset({shown}))


def watched(box: AskingBox) -> set[Any]:
    """What the estimate hangs on, on the page."""
    return {box.open, *(box.form.fields[name] for name in COUNTED)}


def views(
    box: AskingBox, session: Session, values: Values, lines: dict[str, Any] | None
) -> dict[Any, Lazy]:
    """The estimate of the job that the button would start; reckoned only while the form is in
    sight.
    """
    if not values.get(box.open):
        return {}
    given = {name: values.get(box.form.fields[name]) for name in COUNTED}
    state = utterance_summary.standing(session.workspace.store, lines["id"]) if lines else None
    mark = (session.language, lines and lines["id"], state, given)
    return {
        box.view: Lazy(
            mark, lambda: payload({"facts": _facts(session, given, lines["id"]) if lines else []})
        )
    }


def _facts(session: Session, given: dict[str, Any], set_id: str) -> list[str]:
    """The estimate in words; a spec or a set that cannot be used says why."""
    try:
        found = estimate(
            AttributeJob.read(
                {name: value for name, value in given.items() if value is not None}
                | {"utterances": set_id}
            ),
            session.workspace,
        )
    except StudioError as error:
        return [" ".join(sentences(session.language, error))]
    return described(session, found)


def described(session: Session, found: Estimate) -> list[str]:
    """38 doubtful lines · 12 requests · about 21,000 tokens, and the cost where prices are
    given.
    """
    if not found.lines:
        return [session.word("dialogue.asking.none")]
    tokens = found.prompt_tokens + found.completion_tokens
    step = 10 ** max(0, len(str(tokens)) - 2)
    facts = [
        session.word(f"dialogue.asking.{key}", n=f"{n:,}")
        for key, n in (
            ("lines", found.lines),
            ("requests", found.requests),
            ("tokens", round(tokens / step) * step),
        )
    ]
    return facts + (
        [session.word("dialogue.asking.cost", cost=f"{found.cost:,.4f}".rstrip("0").rstrip("."))]
        if found.cost is not None
        else []
    )
