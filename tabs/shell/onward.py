"""The way of the work: each tab's result offers the next step, filled in."""

import json
import re
from typing import Any

import gradio as gr

from studio.datasets import naming
from studio.errors import InputError
from tabs.chunking import tab
from tabs.dataset import tab as datasets
from tabs.dialogue import line_sets
from tabs.kit import rows
from tabs.kit.events import connect
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.tab import go


def wire(shared: Shared, tabs: dict[str, Any]) -> None:
    """Chunks → instructions; pairs and instructions → dataset; dataset → training; adapter →
    chat.
    """
    _wire_instructions(shared, tabs)
    _wire_dataset(shared, tabs)
    _wire_training(shared, tabs)


def _wire_instructions(shared: Shared, tabs: dict[str, Any]) -> None:
    """From the chunks on show to the instructions made of them."""
    chunks = tabs["instructions"].form.fields["chunks"]

    def to_instructions(session: Session, values: Values) -> Values:
        # With the list: the page offers a set that has just been made only a moment later, and
        # shows nothing for what is not offered.
        made = tab.lists(session)["chunk_sets"]
        shown = values.get(tabs["chunking"].shown)
        chosen = shown if shown in [value for _, value in made] else newest_chunks(session)
        return {**go(shared, "instructions"), chunks: gr.update(choices=made, value=chosen)}

    connect(
        shared,
        tabs["chunking"].onward.click,
        to_instructions,
        inputs=[tabs["chunking"].shown],
        outputs=[shared.tabs, shared.active, chunks],
        notice=tabs["chunking"].notice,
    )


def _wire_dataset(shared: Shared, tabs: dict[str, Any]) -> None:
    """From rows of any kind to a dataset of them, with a name to start from."""
    fields = tabs["dataset"].form.fields
    sources, name = fields["sources"], fields["name"]

    def to_dataset(kind: str) -> Any:
        def handler(session: Session, values: Values) -> Values:
            set_id = (
                _pairs(session, values.get(tabs["dialogue"].shown))
                if kind == "dialogue"
                else rows.newest(session, kind)
            )
            if set_id is None:
                raise InputError("There are no rows yet.", "Make some in this tab first.")
            return {
                **go(shared, "dataset"),
                sources: gr.update(choices=rows.sets(session), value=[set_id]),
                name: gr.update(value=dataset_name(session, kind, set_id)),
            }

        return handler

    for kind in ("dialogue", "instructions", "preferences"):
        connect(
            shared,
            tabs[kind].onward.click,
            to_dataset(kind),
            inputs=[tabs["dialogue"].shown],
            outputs=[shared.tabs, shared.active, sources, name],
            notice=tabs[kind].notice,
        )


def _wire_training(shared: Shared, tabs: dict[str, Any]) -> None:
    """From the dataset on show to a training on it."""
    dataset, trained_on = tabs["dataset"], tabs["training"].form.fields["dataset"]

    def to_training(session: Session, values: Values) -> Values:
        name = datasets.shown_now(session, values.get(dataset.shown))
        if name is None:
            raise InputError(
                "The dataset is not there yet.",
                "Wait until its job is done, or choose another one.",
            )
        return {
            **go(shared, "training"),
            trained_on: gr.update(choices=datasets.lists(session)["datasets"], value=name),
        }

    connect(
        shared,
        dataset.onward.click,
        to_training,
        inputs=[dataset.shown],
        outputs=[shared.tabs, shared.active, trained_on],
        notice=dataset.notice,
    )


def _pairs(session: Session, shown: Any) -> str | None:
    return line_sets.pairs_of(session, line_sets.chosen(session, shown))


def newest_chunks(session: Session) -> str | None:
    """The newest chunk set."""
    return session.workspace.store.value(
        "SELECT id FROM sets WHERE kind = 'chunks' ORDER BY created DESC LIMIT 1"
    )


def dataset_name(session: Session, kind: str, set_id: str) -> str:
    """A name to start from for a dataset of these rows, which no other has."""
    if kind == "dialogue":
        meta = (
            session.workspace.store.value("SELECT meta FROM sets WHERE id = ?", (set_id,)) or "{}"
        )
        target = str(json.loads(meta).get("target") or "")
        if target:
            return naming.free_name(
                session.workspace, re.sub(r"[^\w-]+", "_", target).strip("_")[:60] or kind
            )
    return naming.free_name(session.workspace, f"{kind}-{set_id.rsplit('-', 1)[-1]}")
