"""The Role dialogue tab: who says what in a script or novel, looked through line by line, and pairs
for one role.
"""

import functools
from pathlib import Path
from typing import Any

import gradio as gr

from studio import jobs
from studio.dialogue.pairs import export as exports
from studio.dialogue.spec import PairFields, PairsJob, PropagateJob
from studio.errors import InputError
from studio.store import rows as stored
from studio.store import sets
from tabs.dialogue import asking, example, find_people, finding, kept_casts, line_sets, review
from tabs.dialogue import characters as cast
from tabs.dialogue.layout import KINDS, LINES, PAIRS, PEOPLE, DialogueTab, build
from tabs.kit import export_box, job_status, omnibus, presets_box, rows, sample_story, upload
from tabs.kit.lazy import Lazy
from tabs.kit.rows import MadeRows
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.tab import Accept, Chooser, Tab, Window
from tabs.kit.wiring import connect, number


def wire(tab: DialogueTab, window: Window) -> None:
    """What a click does."""
    shared = window.shared
    finding.wire(tab.finding, window, tab.notice)
    example.wire(tab.finding.example, shared, tab.shown)
    asking.wire(tab.asking, window, tab.notice, tab.shown)
    cast.wire(
        tab.cast,
        tab.form,
        shared,
        tab.notice,
        lambda session, values: _shown_id(tab, session, values),
        {tab.shown},
    )
    kept_casts.wire(tab, shared)
    _wire_finding(tab, shared)
    _wire_set(tab, shared)
    _wire_lines(tab, shared)
    _wire_pairs(tab, shared)
    window.hand_on(
        tab.onward,
        "rows",
        lambda session, values: _pairs(tab, session, values),
        inputs=[tab.shown],
        notice=tab.notice,
    )


def _pairs(tab: DialogueTab, session: Session, values: Values) -> MadeRows:
    """The pairs of the lines that are shown, under the role's name."""
    set_id = line_sets.pairs_of(session, chosen(tab, session, values))
    return rows.made(set_id, "dialogue", target_of(session, set_id) if set_id else "")


def target_of(session: Session, set_id: str) -> str:
    """The role that a set of pairs was built for."""
    return str(sets.meta_of(session.workspace.store, set_id).get("target") or "")


def _wire_finding(tab: DialogueTab, shared: Shared) -> None:
    """Finding characters, and extracting the lines."""

    def start(session: Session, values: Values) -> Values:
        spec = tab.form.read(values)
        if not spec.documents:
            raise InputError("No document is chosen.", "Choose a script or a novel.")
        made = line_sets.set_of(jobs.start(session.workspace, spec).id)
        shown = gr.update(choices=line_sets.listed(session), value=made)
        return {
            **job_status.show(shared, session),
            tab.shown: shown,
            tab.inner: gr.Tabs(selected=LINES),
            tab.review.view: review.lazy(
                session, values, tab.review, line_sets.chosen(session, made)
            ).draw(tab.review.view),
        }

    def suggest(session: Session, values: Values) -> Values:
        found = find_people.find(
            tab.cast, tab.form, session, values, tab.notice, _shown_id(tab, session, values)
        )
        return found | {tab.inner: gr.Tabs(selected=PEOPLE)}

    connect(
        shared,
        tab.finding.start.click,
        start,
        inputs=tab.form.inputs | {tab.review.page},
        outputs=_begun(tab, shared),
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
            **job_status.show(shared, session),
            tab.inner: gr.Tabs(selected=PAIRS),
        }

    def carry(session: Session, values: Values) -> Values:
        jobs.start(session.workspace, PropagateJob(utterances=_needed(tab, session, values)))
        return {
            **job_status.show(shared, session),
            tab.inner: gr.Tabs(selected=LINES),
        }

    def export(session: Session, values: Values, form: str) -> Path:
        return exports.export(session.workspace, _needed(tab, session, values), form)

    connect(
        shared,
        tab.again.click,
        again,
        inputs=tab.form.inputs | {tab.shown},
        outputs=_begun(tab, shared),
        notice=tab.notice,
    )
    export_box.wire(tab.finding.export, shared, tab.notice, [tab.shown], export)
    connect(
        shared,
        tab.carry.click,
        carry,
        inputs=[tab.shown],
        outputs=_begun(tab, shared),
        notice=tab.notice,
    )


def _begun(tab: DialogueTab, shared: Shared) -> list[Any]:
    """What changes when a job begins: its progress, and the place of its result."""
    return [shared.status, tab.shown, tab.inner, tab.review.view]


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
        return {part: found[part].draw(part) for part in _of_set(tab)}

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
        inputs={*seen, *example.watched(tab.finding.example)},
        outputs=_of_set(tab),
        notice=tab.notice,
    )


def _of_set(tab: DialogueTab) -> list[Any]:
    """What shows the chosen set of lines."""
    shown = [tab.review.view, tab.pairs.view, tab.carry, tab.again, tab.onward]
    return [*shown, tab.finding.example.view]


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
    return upload.sample(session, tab.form, "story") | tab.form.fill(sample_story.cast(session))


def chosen(tab: DialogueTab, session: Session, values: Values) -> dict[str, Any] | None:
    """The set of lines that is shown: the one chosen above the card, else the newest that has
    any.
    """
    return line_sets.chosen(session, values.get(tab.shown))


def _shown_id(tab: DialogueTab, session: Session, values: Values) -> str | None:
    lines = chosen(tab, session, values)
    return lines["id"] if lines else None


def watched(tab: DialogueTab) -> set[Any]:
    """What the views hang on, on the page."""
    return {
        tab.shown,
        tab.review.page,
        tab.pairs.page,
        *example.watched(tab.finding.example),
        *asking.watched(tab.asking),
        *cast.watched(tab.cast, tab.form),
        tab.form.fields["documents"],
    }


def views(tab: DialogueTab, session: Session, values: Values) -> dict[Any, Lazy]:
    """What the tab shows now."""
    lines = chosen(tab, session, values)
    pair_set = line_sets.pairs_of(session, lines)
    count = stored.count(session.workspace.store, pair_set) if pair_set else 0
    return {
        tab.review.view: review.lazy(session, values, tab.review, lines),
        tab.pairs.view: rows.lazy(
            tab.pairs, session, pair_set, values.get(tab.pairs.page) or rows.FIRST
        ),
        tab.finding.example.view: example.lazy(tab.finding.example, session, values, lines),
        tab.carry: _button(session, "dialogue.carry", line_sets.decided(session, lines) > 0, ""),
        tab.again: _button(session, "dialogue.again", bool(lines and lines["utterances"]), ""),
        tab.onward: _button(session, "dialogue.onward", count > 0, f"{count:,}"),
        **asking.views(tab.asking, session, values, lines),
        **cast.views(tab.cast, tab.form, session, values, lines["id"] if lines else None),
    }


def _button(session: Session, key: str, visible: bool, n: str) -> Lazy:
    return Lazy(
        (session.language, visible, n),
        lambda: gr.update(value=session.word(key, n=n), visible=visible),
    )


def count(session: Session) -> int:
    """How many rows the newest pairs have; pairs built again after a review are the newest, too."""
    return rows.count_newest(session, "dialogue", "pairs")


def _lines(tab: DialogueTab, window: Window, session: Session, set_id: Any) -> Values:
    """A set of lines is shown."""
    return {tab.shown: gr.update(choices=line_sets.listed(session), value=set_id)}


def _lines_of_pairs(tab: DialogueTab, window: Window, session: Session, set_id: Any) -> Values:
    """The set of lines is shown that pairs were made of."""
    lines = sets.meta_of(session.workspace.store, str(set_id)).get("utterances")
    return _lines(tab, window, session, lines)


TAB = Tab(
    name="dialogue",
    build=build,
    wire=wire,
    drawn=lambda tab: [
        tab.asking.view,
        tab.carry,
        tab.again,
        tab.onward,
        tab.review.view,
        tab.pairs.view,
        tab.cast.view,
        tab.finding.example.view,
        tab.finding.upload.apart,
    ],
    views=lambda tab, session, values: (
        views(tab, session, values)
        | omnibus.views(tab.finding.upload.apart, tab.form, session, values)
    ),
    watched=watched,
    forms=lambda tab: [tab.form, tab.asking.form],
    choosers=lambda tab: [
        Chooser(box=tab.shown, source="utterance_sets", made_by=("dialogue",)),
        presets_box.chooser(tab.finding.presets),
        presets_box.chooser(tab.asking.presets),
    ],
    kinds=KINDS,
    makes=("dialogue",),
    badge=count,
    offers={
        **presets_box.offers("dialogue", "attribute"),
        "utterance_sets": line_sets.listed,
    },
    accepts={
        "shown lines": Accept(fills=lambda tab: [tab.shown], fill=_lines),
        "cast": Accept(fills=kept_casts.filled, fill=kept_casts.fill),
        "shown pairs": Accept(fills=lambda tab: [tab.shown], fill=_lines_of_pairs),
    },
)
