"""The table of characters kept in the Library under a name, and put back from there."""

from pathlib import Path
from typing import Any

import gradio as gr

from studio import documents
from studio.dialogue import format_characters, parse_characters
from studio.errors import InputError
from studio.inventory import casts
from studio.workspace import LONGEST_NAME
from tabs.dialogue.layout import PEOPLE, DialogueTab
from tabs.kit import notices
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.tab import Window
from tabs.kit.wiring import connect


def wire(tab: DialogueTab, shared: Shared) -> None:
    """The button that keeps the people of the table; they are called by the first document."""
    people, texts = tab.form.fields["characters"], tab.form.fields["documents"]

    def keep(session: Session, values: Values) -> Values:
        found = parse_characters(str(values.get(people) or ""))
        chosen = values.get(texts) or []
        name = documents.get(session.workspace, chosen[0]).name if chosen else ""
        plain = "".join(c if c.isalnum() or c in "_- " else " " for c in Path(name).stem)
        called = " ".join(plain.split())[:LONGEST_NAME] or session.word("cast.file")
        kept = casts.keep(session.workspace, called, found)
        said = session.word("cast.kept", name=kept, n=len(found))
        return {tab.notice: notices.text(session, said, good=True)}

    connect(shared, tab.cast.keep.click, keep, inputs=[people, texts], notice=tab.notice)


def filled(tab: DialogueTab) -> list[Any]:
    """What a cast from the Library changes."""
    return [tab.form.fields["characters"], tab.inner]


def fill(tab: DialogueTab, window: Window, session: Session, name: Any) -> Values:
    """A cast of the Library in the table, in place of the people there. Raises InputError."""
    people = casts.cast(session.workspace, str(name))
    if not people:
        raise InputError("{name} is not there any more.", "Look at the list again.", name=name)
    return {
        tab.form.fields["characters"]: gr.update(value=format_characters(people)),
        tab.inner: gr.Tabs(selected=PEOPLE),
    }
