"""Two things side by side, in the window's words."""

from typing import Any

from studio import inventory
from studio.errors import StudioError
from studio.files import human_size
from studio.inventory import Comparison, Ref
from tabs.kit.job_status import human, when
from tabs.kit.language import choice_label, field_label, find
from tabs.kit.session import Session

NONE = "—"


def drawn(session: Session, refs: list[Ref]) -> dict[str, Any] | None:
    """The comparison as the page draws it; None where it cannot be made any more.

    rows: [label, one, other, whether they differ].
    """
    if len(refs) != 2:
        return None
    try:
        found = inventory.compared(session.workspace, *refs)
    except StudioError:  # one of them went meanwhile
        return None
    rows = [
        [
            _label(session, found, row.of, row.name),
            *(_value(session, found, row.name, value) for value in row.values),
            row.differs,
        ]
        for row in found.rows
        if any(value not in (None, "", 0) for value in row.values)
    ]
    return {
        "names": [thing.name for thing in found.things],
        "refs": [str(thing.ref) for thing in found.things],
        "rows": rows,
        "same": session.word("library.same", n=found.same) if found.same else "",
    }


def fact(session: Session, name: str, value: Any) -> str:
    """A fact's value as people read it: a span of time, a loss, a number with its thousands."""
    if name == "seconds" and isinstance(value, int | float):
        return human(session, float(value))
    if isinstance(value, bool):
        return session.word(f"library.{'yes' if value else 'no'}")
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) >= 0.01 else f"{value:g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _label(session: Session, found: Comparison, of: str, name: str) -> str:
    if of == "figure":
        return session.word(f"library.words.{name}")
    if of == "fact":
        return session.word(f"library.facts.{name}")
    return field_label(session.language, found.kind, name)


def _value(session: Session, found: Comparison, name: str, value: Any) -> str:
    if value is None or value == "":
        return NONE
    if name == "size" and isinstance(value, int):
        return human_size(value)
    if name == "when" and isinstance(value, float):
        return when(session, value) if value else NONE
    if name == "amount" and found.things[0].unit:
        return session.word(f"library.amounts.{found.things[0].unit}", n=f"{value:,}")
    if isinstance(value, str) and find(session.language, f"choices.{name}.{value}"):
        return choice_label(session.language, found.kind, name, value)
    return fact(session, name, value)
