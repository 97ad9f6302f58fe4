"""The Role dialogue tab: who says what in a script or novel, looked through line by line, and pairs
for one role.
"""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from studio import documents, jobs
from studio.dialogue import format_characters
from studio.dialogue.characters.text_form import people_of
from studio.dialogue.pairs import export as exports
from studio.dialogue.spec import PairFields, PairsJob, PropagateJob
from studio.errors import InputError
from tabs.dialogue import asking, finding, line_sets, review
from tabs.dialogue import characters as cast
from tabs.dialogue.asking import AskingBox
from tabs.dialogue.characters import CastBox
from tabs.dialogue.finding import FindingBox
from tabs.dialogue.review import ReviewView
from tabs.kit import export_box, job_panel, notices, rows
from tabs.kit import upload as adding
from tabs.kit.events import connect, number
from tabs.kit.forms import Choices, Form
from tabs.kit.job_panel import JobPanel
from tabs.kit.lazy import Lazy
from tabs.kit.rows import RowsView
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared

LINES, PAIRS, PEOPLE = "lines", "pairs", "people"  # the inner tabs


@dataclass(frozen=True)
class DialogueTab:
    """The tab's named components.

    `carry` and `again` are the form's buttons: what `views` draws is named here itself, because an
    open page looks for it no deeper (`ticking.viewed`).
    """

    finding: FindingBox
    asking: AskingBox
    notice: gr.HTML
    shown: gr.Dropdown
    carry: gr.Button
    again: gr.Button
    onward: gr.Button
    inner: gr.Tabs
    review: ReviewView
    pairs: RowsView
    cast: CastBox
    panel: JobPanel

    @property
    def form(self) -> Form:
        """The form that every tab has."""
        return self.finding.form


def build(shared: Shared) -> DialogueTab:
    """Lay the tab out."""
    said = shared.said
    with gr.Row(elem_classes=["work"]):
        with gr.Column(elem_classes=["left"]):
            with gr.Tabs(elem_classes=["inner-tabs"]):
                with gr.Tab("Find") as found:
                    finding_box = finding.build(said)
                with gr.Tab("Ask") as asked:
                    asking_box = asking.build(said, found, asked)
            told = notices.box()
        with gr.Column(elem_classes=["right", "tabbed"]):
            shown, onward = _result_bar()
            with gr.Tabs(elem_classes=["inner-tabs"]) as inner:
                with gr.Tab("Lines", id=LINES) as lines:
                    card = review.build()
                with gr.Tab("Pairs", id=PAIRS) as paired:
                    pairs = rows.build("dialogue_pairs", "dialogue-pairs")
                with gr.Tab("Characters", id=PEOPLE, elem_id="dialogue-people") as people:
                    table = cast.build(shared)
            panel = job_panel.build("dialogue", "import", "attribute", "propagate", "pairs")
    for component, key in (
        (found, "finding"),
        (asked, "asking.title"),
        (lines, "lines"),
        (paired, "pairs"),
        (shown, "shown"),
    ):
        said.label(component, f"dialogue.{key}")
    said.label(people, "cast.tab")
    return DialogueTab(
        finding=finding_box,
        asking=asking_box,
        notice=told,
        shown=shown,
        carry=finding_box.carry,
        again=finding_box.again,
        onward=onward,
        inner=inner,
        review=card,
        pairs=pairs,
        cast=table,
        panel=panel,
    )


def _result_bar() -> tuple[gr.Dropdown, gr.Button]:
    """Which set of lines is shown, and the way on to a dataset of its pairs."""
    with gr.Row(elem_classes=["result-bar"]):
        shown = gr.Dropdown(
            [],
            label="lines",
            interactive=True,
            container=False,
            show_label=False,
            min_width=120,
            elem_id="dialogue-shown",
        )
        onward = gr.Button(
            "→", size="sm", scale=0, min_width=150, visible=False, elem_id="dialogue-onward"
        )
    return shown, onward


def wire(tab: DialogueTab, shared: Shared) -> None:
    """What a click does."""
    finding.wire(tab.finding, shared, tab.notice, tab.panel)
    job_panel.wire(tab.panel, shared, tab.notice)
    asking.wire(tab.asking, shared, tab.notice, tab.panel, tab.shown)
    cast.wire(
        tab.cast,
        tab.form,
        shared,
        tab.notice,
        lambda session, values: _shown_id(tab, session, values),
        {tab.shown},
    )
    _wire_finding(tab, shared)
    _wire_set(tab, shared)
    _wire_lines(tab, shared)
    _wire_pairs(tab, shared)


def _wire_finding(tab: DialogueTab, shared: Shared) -> None:
    """Finding characters, and extracting the lines."""

    def start(session: Session, values: Values) -> Values:
        spec = tab.form.read(values)
        if not spec.documents:
            raise InputError("No document is chosen.", "Choose a script or a novel.")
        made = line_sets.set_of(jobs.start(session.workspace, spec).id)
        shown = gr.update(choices=line_sets.listed(session), value=made)
        return {
            tab.panel.view: job_panel.show(session, *tab.panel.kinds),
            tab.shown: shown,
            tab.inner: gr.Tabs(selected=LINES),
            tab.review.view: review.lazy(
                session, values, tab.review, line_sets.chosen(session, made)
            ).draw(tab.review.view),
        }

    def suggest(session: Session, values: Values) -> Values:
        found = cast.find(
            tab.cast, tab.form, session, values, tab.notice, _shown_id(tab, session, values)
        )
        return found | {tab.inner: gr.Tabs(selected=PEOPLE)}

    connect(
        shared,
        tab.finding.start.click,
        start,
        inputs=tab.form.inputs | {tab.review.page},
        outputs=_begun(tab),
        notice=tab.notice,
    )
    connect(
        shared,
        tab.finding.find.click,
        suggest,
        inputs={*tab.form.inputs, tab.cast.state, tab.shown},
        outputs=[tab.form.fields["characters"], tab.cast.view, tab.cast.state, tab.inner],
        notice=tab.notice,
        queue=True,
    )


def _wire_set(tab: DialogueTab, shared: Shared) -> None:
    """What is made of the lines that are shown: pairs again, decisions carried over, a file."""

    def again(session: Session, values: Values) -> Values:
        spec = tab.form.read(values)
        jobs.start(
            session.workspace,
            PairsJob.read(
                {name: getattr(spec, name) for name in PairFields.model_fields}
                | {"utterances": _needed(tab, session, values)}
            ),
        )
        return {
            tab.panel.view: job_panel.show(session, *tab.panel.kinds),
            tab.inner: gr.Tabs(selected=PAIRS),
        }

    def carry(session: Session, values: Values) -> Values:
        jobs.start(session.workspace, PropagateJob(utterances=_needed(tab, session, values)))
        return {
            tab.panel.view: job_panel.show(session, *tab.panel.kinds),
            tab.inner: gr.Tabs(selected=LINES),
        }

    def export(session: Session, values: Values, form: str) -> Path:
        return exports.export(session.workspace, _needed(tab, session, values), form)

    connect(
        shared,
        tab.again.click,
        again,
        inputs=tab.form.inputs | {tab.shown},
        outputs=_begun(tab),
        notice=tab.notice,
    )
    export_box.wire(tab.finding.export, shared, tab.notice, [tab.shown], export)
    connect(
        shared, tab.carry.click, carry, inputs=[tab.shown], outputs=_begun(tab), notice=tab.notice
    )


def _begun(tab: DialogueTab) -> list[Any]:
    """What changes when a job begins: its progress, and the place of its result."""
    return [tab.panel.view, tab.shown, tab.inner, tab.review.view]


def _needed(tab: DialogueTab, session: Session, values: Values) -> str:
    """The id of the set that is shown. Raises InputError where there are no lines."""
    return str(line_sets.needed(session, values.get(tab.shown))["id"])


def _wire_lines(tab: DialogueTab, shared: Shared) -> None:
    """The card of lines, and the choice of the set that it shows."""
    seen = [tab.shown, tab.review.page, tab.pairs.page]

    def act(session: Session, values: Values, data: dict[str, Any]) -> Values:
        if data.get("act") == "sample":
            return _sample(tab, session, values)
        return review.act(
            session, values, tab.review, chosen(tab, session, values), data, tab.notice
        )

    def choose(session: Session, values: Values) -> Values:
        found = views(tab, session, values)
        return {
            part: found[part].draw(part)
            for part in (tab.review.view, tab.pairs.view, tab.carry, tab.again, tab.onward)
        }

    # Answers may overtake the end of the event before: the card itself keeps one event under way.
    connect(
        shared,
        tab.review.view.act,
        act,
        inputs=seen,
        outputs=[tab.review.view, tab.review.page, *_filled(tab)],
        notice=tab.notice,
        event=True,
        trigger_mode="multiple",
    )
    connect(
        shared,
        tab.shown.input,
        choose,
        inputs=seen,
        outputs=[tab.review.view, tab.pairs.view, tab.carry, tab.again, tab.onward],
        notice=tab.notice,
    )


def _wire_pairs(tab: DialogueTab, shared: Shared) -> None:
    """The pairs, each of which opens at its line."""

    def place(session: Session, values: Values, data: dict[str, Any]) -> Values:
        """A pair's answer opened among the lines."""
        lines = line_sets.needed(session, values.get(tab.shown))
        line = line_sets.line_of(session, lines, number(data, "id"))
        changed = review.opened(values, tab.review, lines, line)
        return {
            tab.inner: gr.Tabs(selected=LINES),
            **changed,
            tab.review.view: review.lazy(session, values | changed, tab.review, lines).draw(
                tab.review.view
            ),
        }

    rows.wire(
        tab.pairs,
        shared,
        tab.notice,
        lambda session, values: line_sets.pairs_of(session, chosen(tab, session, values)),
        {tab.shown, tab.review.page},
        functools.partial(_sample, tab),
        [*_filled(tab), tab.inner, tab.review.page, tab.review.view],
        place,
    )


def _filled(tab: DialogueTab) -> list[Any]:
    """The fields that the sample fills."""
    return [tab.form.fields[name] for name in ("documents", "characters", "target")]


def _sample(tab: DialogueTab, session: Session, values: Values) -> Values:
    """The sample story in the form, with its people and its main role."""
    return adding.sample(session, tab.form, "story") | tab.form.fill(sample_cast(session))


def sample_cast(session: Session) -> dict[str, str]:
    """The sample story's characters and main role, as the form's fields."""
    about = documents.sample_facts(f"story.{session.language}.md")
    return {
        "characters": format_characters(people_of(about.get("characters") or [])),
        "target": str(about.get("target") or ""),
    }


def chosen(tab: DialogueTab, session: Session, values: Values) -> dict[str, Any] | None:
    """The set of lines that is shown: the one chosen above the card, else the newest that has
    any.
    """
    return line_sets.chosen(session, values.get(tab.shown))


def _shown_id(tab: DialogueTab, session: Session, values: Values) -> str | None:
    lines = chosen(tab, session, values)
    return lines["id"] if lines else None


def poll_inputs(tab: DialogueTab) -> set[Any]:
    """What the timer needs to know of the page."""
    return {
        tab.shown,
        tab.review.page,
        tab.pairs.page,
        *asking.poll_inputs(tab.asking),
        *cast.poll_inputs(tab.cast, tab.form),
    }


def views(tab: DialogueTab, session: Session, values: Values) -> dict[Any, Lazy]:
    """What the tab shows now."""
    lines = chosen(tab, session, values)
    pair_set = line_sets.pairs_of(session, lines)
    store = session.workspace.store
    count = (
        store.value("SELECT count(*) FROM rows WHERE set_id = ?", (pair_set,)) if pair_set else 0
    )
    return {
        tab.review.view: review.lazy(session, values, tab.review, lines),
        tab.pairs.view: rows.lazy(
            tab.pairs, session, pair_set, values.get(tab.pairs.page) or rows.FIRST
        ),
        tab.panel.view: job_panel.lazy(session, tab.panel),
        tab.carry: _button(session, "dialogue.carry", line_sets.decided(session, lines) > 0, ""),
        tab.again: _button(session, "dialogue.again", bool(lines and lines["utterances"]), ""),
        tab.onward: _button(session, "dialogue.onward", count > 0, f"{count:,}"),
        **asking.views(tab.asking, session, values, lines),
        **cast.views(tab.cast, tab.form, session, values, lines and lines["id"]),
    }


def _button(session: Session, key: str, visible: bool, n: str) -> Lazy:
    return Lazy(
        (session.language, visible, n),
        lambda: gr.update(value=session.word(key, n=n), visible=visible),
    )


def lists(session: Session) -> dict[str, Choices]:
    """The lists that forms offer from this tab."""
    return {"documents": adding.listed(session), "utterance_sets": line_sets.listed(session)}
