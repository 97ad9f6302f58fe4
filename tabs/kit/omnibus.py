"""A button that takes a document with several books apart, where one is chosen."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from studio import documents
from tabs.kit import notices
from tabs.kit.forms import Choices, Form
from tabs.kit.lazy import Lazy
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.wiring import connect


def build(translated: Any, name: str) -> gr.Button:
    """The button, hidden until a document with several books is chosen."""
    button = gr.Button("Take apart", size="sm", visible=False, elem_id=f"{name}-apart")
    translated.label(button, "documents.apart", "value")
    return button


def wire(
    button: gr.Button,
    form: Form[Any],
    shared: Shared,
    notice: Any,
    listed: Callable[[Session], Choices],
) -> None:
    """A press puts the books in the place of each chosen document that holds several. listed: the
    workspace's documents for the form.
    """
    field = form.fields["documents"]

    def pressed(session: Session, values: Values) -> Values:
        known = _with_several(session)
        chosen: list[str] = []
        books = 0
        for one in _chosen(values, form):
            if one not in known:
                chosen.append(one)
                continue
            parts = documents.take_apart(session.workspace, documents.get(session.workspace, one))
            books += len(parts)
            chosen += [part.id for part in parts]
        done = notices.text(session, session.word("documents.taken_apart", n=books), good=True)
        value = list(dict.fromkeys(chosen))
        return {
            field: gr.update(choices=listed(session), value=value),
            button: gr.update(visible=False),
            notice: done,
        }

    connect(
        shared,
        button.click,
        pressed,
        inputs=[field],
        outputs=[field, button],
        notice=notice,
        queue=True,
    )


def views(button: gr.Button, form: Form[Any], session: Session, values: Values) -> dict[Any, Lazy]:
    """Whether the button is there: as long as a document with several books is chosen."""
    shown = bool(_with_several(session) & set(_chosen(values, form)))
    return {button: Lazy(shown, lambda: gr.update(visible=shown))}


def _chosen(values: Values, form: Form[Any]) -> list[str]:
    given = values.get(form.fields["documents"])
    return [one for one in given if isinstance(one, str)] if isinstance(given, list) else []


def _with_several(session: Session) -> frozenset[str]:
    """The ids of the documents that hold several books."""
    found: frozenset[str] = session.kept(
        "omnibus",
        ("documents",),
        lambda: frozenset(
            one.id for one in documents.listing(session.workspace) if one.meta.get("books")
        ),
    )
    return found
