"""The way of the work: each tab's result offers the next step, filled in."""

import json
import re
from typing import Any

import gradio as gr

from studio.datasets import naming
from studio.errors import InputError
from tabs import chunking, datasets, line_sets, rows
from tabs.shared import Session, Shared, Values, connect, go


def wire(shared: Shared, tabs: dict[str, Any]) -> None:
    """Chunks → instructions; pairs and instructions → dataset; dataset → training; adapter →
    chat.
    """
    dataset = tabs["dataset"]
    chunks = tabs["instructions"].form.fields["chunks"]
    sources, name = dataset.form.fields["sources"], dataset.form.fields["name"]

    def to_instructions(session: Session, values: Values) -> Values:
        # With the list: the page offers a set that has just been made only a moment later, and
        # shows nothing for what is not offered.
        made = chunking.lists(session)["chunk_sets"]
        shown = values.get(tabs["chunking"].shown)
        chosen = shown if shown in [value for _, value in made] else newest_chunks(session)
        return {**go(shared, "instructions"), chunks: gr.update(choices=made, value=chosen)}

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

    def to_training(session: Session, values: Values) -> Values:
        name = datasets.shown_now(session, values.get(dataset.shown))
        if name is None:
            raise InputError(
                "The dataset is not there yet.",
                "Wait until its job is done, or choose another one.",
            )
        return {
            **go(shared, "training"),
            tabs["training"].form.fields["dataset"]: gr.update(
                choices=datasets.lists(session)["datasets"], value=name
            ),
        }

    tab_out = [shared.tabs, shared.active]
    connect(
        shared,
        tabs["chunking"].onward.click,
        to_instructions,
        inputs=[tabs["chunking"].shown],
        outputs=[*tab_out, chunks],
        notice=tabs["chunking"].notice,
    )
    for kind in ("dialogue", "instructions", "preferences"):
        connect(
            shared,
            tabs[kind].onward.click,
            to_dataset(kind),
            inputs=[tabs["dialogue"].shown],
            outputs=[*tab_out, sources, name],
            notice=tabs[kind].notice,
        )
    connect(
        shared,
        dataset.onward.click,
        to_training,
        inputs=[dataset.shown],
        outputs=[*tab_out, tabs["training"].form.fields["dataset"]],
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
