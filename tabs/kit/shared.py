"""The components that every tab works with: the top bar, which tab is open, the window's notice."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr

from studio.errors import StudioError
from tabs.kit import forms, guests
from tabs.kit.language import Translated, language_named, sentences, word
from tabs.kit.pages import Pages
from tabs.kit.session import Session, Values, opened, place
from tabs.views import payload


@dataclass(frozen=True)
class Shared:
    """The window's common components and settings."""

    translated: Translated
    launched: Path
    chat_only: bool
    language: gr.State
    workspace: gr.Dropdown
    model: gr.Dropdown
    hub: gr.Dropdown
    finetuning_type: gr.Dropdown
    quantization: gr.Dropdown
    adapter: gr.Dropdown
    tabs: gr.Tabs
    active: gr.State
    notice: gr.HTML  # of the whole window, for what has no place of its own
    status: gr.HTML  # the line at the foot: what runs, else what ended last
    history: gr.HTML  # the jobs so far, which opens from the line
    history_page: gr.State  # {"open", "chosen", "most"}
    places: Mapping[str, str]  # kind of job → the name of its tab
    pages: Pages = field(default_factory=Pages)

    def session(self, values: Values) -> Session:
        """The session of an event from its input values. Raises WorkspaceError for a bad name."""
        name = None if self.chat_only else values.get(self.workspace)
        return Session(opened(place(self.launched, name)), self.spoken(values), self.chat_only)

    def spoken(self, values: Values) -> str:
        """The language of an event."""
        return language_named(values.get(self.language))

    def trouble(self, values: Values, error: StudioError, notice: Any = None) -> Values:
        """An error as the two lines of a notice: the tab's own, else the window's."""
        language = self.spoken(values)
        error = guests.discreet(error, self.launched) if self.chat_only else error
        what, do = sentences(language, error)
        marks = forms.marks(language, error)
        content = {"what": what, "do": do, "marks": marks, "at": time.monotonic_ns()}
        if notice is not None:
            return {notice: payload(content)}
        return {self.notice: payload(content | {"close": word(language, "notice.close")})}

    def go(self, name: str) -> Values:
        """The updates that open a tab; the server is told too, since Gradio's select event is for
        clicks alone.
        """
        return {self.tabs: gr.Tabs(selected=name), self.active: name}

    @property
    def bar(self) -> set[Any]:
        """The top bar's model settings, as handler inputs."""
        return {self.model, self.hub, self.finetuning_type, self.quantization, self.adapter}
