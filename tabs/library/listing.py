"""The list of things as the page draws it."""

from collections.abc import Iterable, Mapping
from hashlib import blake2s
from typing import Any, get_args

from studio import inventory
from studio.errors import StudioError
from studio.files import human_size
from studio.inventory import KINDS, Family, Ref, Thing
from tabs.kit.job_status import human, when
from tabs.kit.session import Session
from tabs.views import payload

FAMILIES: tuple[str, ...] = get_args(Family)
MOST = 5000  # things that a page is sent; a search of the command line sees all


def mark(found: Iterable[Thing]) -> str:
    """What moves when the list changes."""
    return blake2s(repr(list(found)).encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()


def size(bytes_: int) -> str:
    """Bytes as people read them."""
    return human_size(bytes_)


def drawn(session: Session, found: list[Thing], page: Mapping[str, Any]) -> str:
    """The view's value."""
    shown = found[:MOST]
    place = {thing.ref: number for number, thing in enumerate(shown)}
    counts = {kind: sum(t.kind == kind for t in found) for kind in KINDS}
    return payload(
        {
            "key": str(session.workspace.path),
            "things": [_row(session, thing, place) for thing in shown],
            "left": len(found) - len(shown),
            "total": size(sum(thing.bytes for thing in found)),
            "kinds": [
                {"kind": kind, "label": session.word(f"library.kinds.{kind}")}
                for kind in KINDS
                if counts[kind]
            ],
            "open": page.get("open"),
            "plan": _plan(session, page.get("plan")),
            "words": session.words("library.words"),
            "empty": session.words("library.empty"),
        }
    )


def _row(session: Session, thing: Thing, place: Mapping[Ref, int]) -> dict[str, Any]:
    kind = session.word(f"library.kinds.{thing.kind}")
    amount = ""
    if thing.count is not None:
        amount = session.word(f"library.amounts.{thing.unit}", n=f"{thing.count:,}")
    return {
        "ref": str(thing.ref),
        "kind": thing.kind,
        "label": kind,
        "name": thing.name,
        "amount": amount,
        "count": thing.count or 0,
        "size": size(thing.bytes) if thing.bytes else "",
        "bytes": thing.bytes,
        "when": when(session, thing.created) if thing.created else "",
        "at": thing.created,
        "facts": _facts(session, thing),
        "from": [place[ref] for ref in thing.made_from if ref in place],
        "to": [place[ref] for ref in thing.used_in if ref in place],
        "note": thing.note,
        "starred": thing.starred,
        "archived": thing.archived,
        "busy": thing.busy,
        "state": "" if thing.state == "done" else session.word(f"job.state.{thing.state}"),
        "named": thing.ref.family != "provider",
    }


def _facts(session: Session, thing: Thing) -> list[tuple[str, str]]:
    """[(label, value)] of what is known of a thing."""
    found = []
    for name, value in thing.facts.items():
        if name == "seconds" and isinstance(value, int | float):
            text = human(session, float(value))
        elif isinstance(value, float):
            text = f"{value:.3f}"
        else:
            text = str(value)
        found.append((session.word(f"library.facts.{name}"), text))
    return found


def _plan(session: Session, asked: Any) -> dict[str, Any] | None:
    """What a deletion would come to, while it is asked."""
    if not isinstance(asked, list) or not asked:
        return None
    refs = []
    for text in asked:
        family, _, name = str(text).partition(":")
        refs.append(Ref(family, name))  # type: ignore[arg-type]
    try:
        plan = inventory.deletion(session.workspace, refs)
    except StudioError:  # it went meanwhile
        return None
    return {
        "refs": asked,
        "goes": [_brief(session, thing) for thing in reversed(plan.things)],
        "stays": [_brief(session, thing) for thing in plan.left],
        "size": size(plan.bytes),
        "busy": next((thing.name for thing in plan.things if thing.busy), ""),
    }


def _brief(session: Session, thing: Thing) -> str:
    return f"{session.word(f'library.kinds.{thing.kind}')} · {thing.name}"
