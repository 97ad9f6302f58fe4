"""What the form fills in by itself where rows are split or mixed."""

from typing import Any

import gradio as gr

from studio.datasets.assembly.mix import called, weight_of
from tabs.dataset.parts import DatasetTab
from tabs.kit.forms import Choices
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.wiring import connect

# What rows can be stratified by besides a column of theirs.
STRATA = ("system", "kind", "type", "kto_tag", "source", "role")


def wire(tab: DatasetTab, shared: Shared) -> None:
    """The fold of a split stands open where one is asked for; a mix gets a line of weight for each
    source.
    """
    fields = tab.form.fields
    op, sources, weights = fields["op"], fields["sources"], fields["interleave_probs"]
    dividing = {fields[name]: tab.form.rows[name].default for name in ("test_size", "stratify_by")}
    fold = tab.form.folds["split"]

    def turn(session: Session, values: Values) -> Values:
        # What is left from the last time is in sight too.
        left = any((values.get(box) or default) != default for box, default in dividing.items())
        return {fold: gr.update(open=values.get(op) == "split" or left), **fill(session, values)}

    def fill(session: Session, values: Values) -> Values:
        if values.get(op) != "mix":
            return {}
        chosen = [str(one) for one in values.get(sources) or []]
        lines = weighed(called(session.workspace, chosen), str(values.get(weights) or ""))
        return {weights: gr.update(value="\n".join(lines))}

    given = [op, sources, weights]
    connect(
        shared,
        op.input,
        turn,
        inputs=[*given, *dividing],
        outputs=[fold, weights],
        notice=tab.notice,
    )
    connect(shared, sources.input, fill, inputs=given, outputs=[weights], notice=tab.notice)


def weighed(names: list[str], text: str) -> list[str]:
    """A line of weight for each source: as `text` has it, else 1."""
    known: dict[str, Any] = {}
    for line in text.splitlines():
        try:
            name, _ = weight_of(line)
        except ValueError:
            continue
        known[name] = line.rpartition(":")[2].strip()
    return [f"{name}: {known.get(name, '1')}" for name in names]


def strata(session: Session) -> Choices:
    """What rows can be stratified by; the name of a column may be typed."""
    none = session.word("dataset.ways.none")
    return [(none, ""), *((session.word(f"dataset.ways.{one}"), one) for one in STRATA)]
