"""How the Role dialogue tab is laid out: the forms on the left, lines, pairs and characters on the
right.
"""

from dataclasses import dataclass

import gradio as gr

from studio.dialogue.spec import DialogueJob
from tabs.dialogue import asking, finding, review
from tabs.dialogue import characters as cast
from tabs.dialogue.asking import AskingBox
from tabs.dialogue.characters import CastBox
from tabs.dialogue.finding import FindingBox
from tabs.dialogue.review import ReviewView
from tabs.kit import notices, rows
from tabs.kit.forms import Form
from tabs.kit.rows import RowsView
from tabs.kit.shared import Shared

KINDS = ("dialogue", "import", "attribute", "propagate", "pairs")
LINES, PAIRS, PEOPLE = "lines", "pairs", "people"  # the inner tabs


@dataclass(frozen=True)
class DialogueTab:
    """The tab's named components.

    `carry` and `again` are the form's buttons.
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

    @property
    def form(self) -> Form[DialogueJob]:
        """The form that every tab has."""
        return self.finding.form


def build(shared: Shared) -> DialogueTab:
    """Lay the tab out."""
    translated = shared.translated
    with gr.Row(elem_classes=["work"]):
        with gr.Column(elem_classes=["left"]):
            with gr.Tabs(elem_classes=["inner-tabs"]):
                with gr.Tab("Find") as found:
                    finding_box = finding.build(translated)
                with gr.Tab("Ask") as asked:
                    asking_box = asking.build(translated, found, asked)
            notice = notices.box()
        with gr.Column(elem_classes=["right", "tabbed"]):
            shown, onward = _result_bar()
            with gr.Tabs(elem_classes=["inner-tabs"]) as inner:
                with gr.Tab("Lines", id=LINES) as lines:
                    card = review.build()
                with gr.Tab("Pairs", id=PAIRS) as paired:
                    pairs = rows.build("dialogue_pairs", "dialogue-pairs")
                with gr.Tab("Characters", id=PEOPLE, elem_id="dialogue-people") as people:
                    table = cast.build(shared)
    for component, key in (
        (found, "finding"),
        (asked, "asking.title"),
        (lines, "lines"),
        (paired, "pairs"),
        (shown, "shown"),
    ):
        translated.label(component, f"dialogue.{key}")
    translated.label(people, "cast.tab")
    return DialogueTab(
        finding=finding_box,
        asking=asking_box,
        notice=notice,
        shown=shown,
        carry=finding_box.carry,
        again=finding_box.again,
        onward=onward,
        inner=inner,
        review=card,
        pairs=pairs,
        cast=table,
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
