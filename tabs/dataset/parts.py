"""The Dataset tab's components by name, and what its preview is drawn from."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio.datasets.spec import DatasetJob, RegisterJob
from tabs.dataset import chosen
from tabs.dataset.entries import Entries
from tabs.dataset.export_form import ExportForm
from tabs.dataset.publish import Publish
from tabs.kit.forms import Form
from tabs.kit.presets_box import PresetsBox
from tabs.kit.session import Session, Values

FIRST = {"offset": 0}


@dataclass(frozen=True)
class DatasetTab:
    """The tab's named components."""

    form: Form[DatasetJob]
    presets: PresetsBox
    upload: gr.File
    start: gr.Button
    notice: gr.HTML
    shown: gr.Dropdown
    mode: gr.Radio
    export: ExportForm
    publish: Publish
    onward: gr.Button
    model: gr.Dropdown  # of the top bar: whose tokens the preview shows
    page: gr.State
    tokens: gr.State  # options of the token view, see token_options
    view: gr.HTML
    entries: Entries
    bring: Form[RegisterJob]
    bring_fold: gr.Accordion
    bring_start: gr.Button


def seen(tab: DatasetTab) -> list[Any]:
    """What the preview is drawn from."""
    return [tab.shown, tab.mode, tab.page, tab.tokens, tab.model, tab.entries.state]


def choose(tab: DatasetTab, session: Session, name: str) -> Values:
    """The updates that show a dataset from its first page on; it may still be in the making."""
    return {
        tab.shown: gr.update(choices=chosen.showable(session), value=name),
        tab.page: dict(FIRST),
    }
