"""The Role dialogue tab: who says what in a script or novel, looked through line by line, and pairs
for one role.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from studio import documents, jobs
from studio.dialogue import exports, format_characters
from studio.dialogue.cast_text import people_of
from studio.dialogue.spec import DialogueJob, PairFields, PairsJob, PropagateJob
from studio.errors import InputError
from tabs import asking, cast, export_box, forms, job_panel, line_sets, presets_box, review, rows
from tabs import documents as adding
from tabs.asking import AskingBox
from tabs.cast import CastBox
from tabs.documents import UploadBox
from tabs.export_box import ExportBox
from tabs.forms import Choices, Form
from tabs.job_panel import JobPanel
from tabs.presets_box import PresetsBox
from tabs.review import ReviewView
from tabs.rows import RowsView
from tabs.shared import Lazy, Session, Shared, Values, connect, notice, number

LINES, PAIRS, PEOPLE = "lines", "pairs", "people"  # the inner tabs


@dataclass(frozen=True)
class DialogueTab:
    """The tab's named components."""

    form: Form
    presets: PresetsBox
    upload: UploadBox
    find: gr.Button
    start: gr.Button
    export: ExportBox
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


def build(shared: Shared) -> DialogueTab:
    """Lay the tab out."""
    said = shared.said
    with gr.Row(elem_classes=["work"]):
        with gr.Column(elem_classes=["left"]):
            with gr.Tabs(elem_classes=["inner-tabs"]):
                with gr.Tab("Find") as finding:
                    with gr.Column(elem_classes=["fields"]):
                        presets = presets_box.build("dialogue", said)
                        upload = adding.build(said, "dialogue")
                        form = forms.build(DialogueJob, said)
                        export = export_box.build(said, "dialogue", "dialogue", exports.FORMS)
                    with gr.Row():
                        find = said.label(
                            gr.Button("Find", elem_id="dialogue-find"), "dialogue.find", "value"
                        )
                        start = said.label(
                            gr.Button("Extract", variant="primary", elem_id="dialogue-start"),
                            "dialogue.start",
                            "value",
                        )
                    with gr.Row():
                        carry, again = (
                            gr.Button(
                                "→", size="sm", visible=False, elem_id=f"dialogue-{name}-onward"
                            )
                            for name in ("carry", "again")
                        )
                with gr.Tab("Ask") as asked:
                    box = asking.build(said, finding, asked)
            told = notice()
        with gr.Column(elem_classes=["right", "tabbed"]):
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
            with gr.Tabs(elem_classes=["inner-tabs"]) as inner:
                with gr.Tab("Lines", id=LINES) as lines:
                    card = review.build()
                with gr.Tab("Pairs", id=PAIRS) as paired:
                    pairs = rows.build("dialogue_pairs", "dialogue-pairs")
                with gr.Tab("Characters", id=PEOPLE, elem_id="dialogue-people") as people:
                    table = cast.build(shared)
            panel = job_panel.build("dialogue", "import", "attribute", "propagate", "pairs")
    for component, key in (
        (finding, "finding"),
        (asked, "asking.title"),
        (lines, "lines"),
        (paired, "pairs"),
        (shown, "shown"),
    ):
        said.label(component, f"dialogue.{key}")
    said.label(people, "cast.tab")
    return DialogueTab(
        form,
        presets,
        upload,
        find,
        start,
        export,
        box,
        told,
        shown,
        carry,
        again,
        onward,
        inner,
        card,
        pairs,
        table,
        panel,
    )


def wire(tab: DialogueTab, shared: Shared) -> None:
    """What a click does."""
    adding.wire(tab.upload, tab.form, shared, tab.notice, tab.panel)
    presets_box.wire(tab.presets, tab.form, shared, tab.notice)
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
    _wire_form(tab, shared)
    _wire_lines(tab, shared)


def _wire_form(tab: DialogueTab, shared: Shared) -> None:
    """Finding characters and lines, building the pairs again, carrying decisions over."""

    def needed(session: Session, values: Values) -> str:
        return str(line_sets.needed(session, values.get(tab.shown))["id"])

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

    def again(session: Session, values: Values) -> Values:
        spec = tab.form.read(values)
        jobs.start(
            session.workspace,
            PairsJob.read(
                {name: getattr(spec, name) for name in PairFields.model_fields}
                | {"utterances": needed(session, values)}
            ),
        )
        return {
            tab.panel.view: job_panel.show(session, *tab.panel.kinds),
            tab.inner: gr.Tabs(selected=PAIRS),
        }

    def carry(session: Session, values: Values) -> Values:
        jobs.start(session.workspace, PropagateJob(utterances=needed(session, values)))
        return {
            tab.panel.view: job_panel.show(session, *tab.panel.kinds),
            tab.inner: gr.Tabs(selected=LINES),
        }

    def export(session: Session, values: Values, form: str) -> Path:
        return exports.export(session.workspace, needed(session, values), form)

    outputs = [tab.panel.view, tab.shown, tab.inner, tab.review.view]
    found = [tab.form.fields["characters"], tab.cast.view, tab.cast.state, tab.inner]
    connect(
        shared,
        tab.start.click,
        start,
        inputs=tab.form.inputs | {tab.review.page},
        outputs=outputs,
        notice=tab.notice,
    )
    connect(
        shared,
        tab.find.click,
        suggest,
        inputs={*tab.form.inputs, tab.cast.state, tab.shown},
        outputs=found,
        notice=tab.notice,
        queue=True,
    )
    connect(
        shared,
        tab.again.click,
        again,
        inputs=tab.form.inputs | {tab.shown},
        outputs=outputs,
        notice=tab.notice,
    )
    export_box.wire(tab.export, shared, tab.notice, [tab.shown], export)
    connect(shared, tab.carry.click, carry, inputs=[tab.shown], outputs=outputs, notice=tab.notice)


def _wire_lines(tab: DialogueTab, shared: Shared) -> None:
    """The card of lines and the pairs."""
    filled = [tab.form.fields[name] for name in ("documents", "characters", "target")]

    def sample(session: Session, values: Values) -> Values:
        return adding.sample(session, tab.form, "story") | tab.form.fill(sample_cast(session))

    def act(session: Session, values: Values, data: dict[str, Any]) -> Values:
        if data.get("act") == "sample":
            return sample(session, values)
        return review.act(
            session, values, tab.review, chosen(tab, session, values), data, tab.notice
        )

    def choose(session: Session, values: Values) -> Values:
        found = views(tab, session, values)
        return {
            part: found[part].draw(part)
            for part in (tab.review.view, tab.pairs.view, tab.carry, tab.again, tab.onward)
        }

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

    seen = [tab.shown, tab.review.page, tab.pairs.page]
    # Answers may overtake the end of the event before: the card itself keeps one event under way.
    connect(
        shared,
        tab.review.view.act,
        act,
        inputs=seen,
        outputs=[tab.review.view, tab.review.page, *filled],
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
    rows.wire(
        tab.pairs,
        shared,
        tab.notice,
        lambda session, values: line_sets.pairs_of(session, chosen(tab, session, values)),
        {tab.shown, tab.review.page},
        sample,
        [*filled, tab.inner, tab.review.page, tab.review.view],
        place,
    )


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
