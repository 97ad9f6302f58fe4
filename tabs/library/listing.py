"""The list of things as the page draws it."""

from collections.abc import Iterable, Mapping
from hashlib import blake2s
from typing import Any, get_args

from studio import inventory
from studio.errors import StudioError
from studio.files import human_size
from studio.inventory import KINDS, Family, Ref, Thing
from tabs.kit.job_status import when
from tabs.kit.session import Session
from tabs.library import carrying, comparing
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
            **_disk(session, found),
            **carrying.state(session),
            "kinds": [
                {"kind": kind, "label": session.word(f"library.kinds.{kind}")}
                for kind in KINDS
                if counts[kind]
            ],
            "open": page.get("open"),
            "plan": _plan(session, page.get("plan")),
            "comparison": comparing.drawn(session, refs_of(page.get("compare"))),
            "words": session.words("library.words"),
            "empty": session.words("library.empty"),
        }
    )


def _disk(session: Session, found: list[Thing]) -> dict[str, Any]:
    """The workspace's bytes and their largest parts: [label, size, share of all, kind]."""
    parts = inventory.parts(session.workspace, found)
    total = sum(part.bytes for part in parts)
    return {
        "total": size(total),
        "parts": [
            [
                session.word(f"library.disk.{part.name}")
                if part.name not in KINDS
                else session.word(f"library.kinds.{part.name}"),
                size(part.bytes),
                round(part.bytes / max(1, total), 4),
                part.name if part.name in KINDS else "",
            ]
            for part in parts
        ],
    }


def refs_of(named: Any) -> list[Ref]:
    """The things that a list of "family:id" names; what is none is left out."""
    found = []
    for text in named if isinstance(named, list) else []:
        family, _, name = str(text).partition(":")
        if family in FAMILIES and name:
            found.append(Ref(family, name))  # type: ignore[arg-type]
    return found


def _run(session: Session, thing: Thing) -> dict[str, Any] | None:
    """A run's columns: as it is read, and what it is sorted by (None where it is not known)."""
    if thing.kind != "run":
        return None
    facts = thing.facts
    found: dict[str, Any] = {"steps": [f"{thing.count:,}" if thing.count else "", thing.count]}
    for name in ("model_name_or_path", "dataset"):
        text = str(facts.get(name) or "")
        found[name] = [text, text.lower() or None]
    for name in ("eval_loss", "seconds"):
        value = facts.get(name)
        found[name] = ["", None] if value is None else [comparing.fact(session, name, value), value]
    return found


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
        "run": _run(session, thing),
        "from": [place[ref] for ref in thing.made_from if ref in place],
        "to": [place[ref] for ref in thing.used_in if ref in place],
        "note": thing.note,
        "starred": thing.starred,
        "archived": thing.archived,
        "busy": thing.busy,
        "state": "" if thing.state == "done" else session.word(f"job.state.{thing.state}"),
    }


def _facts(session: Session, thing: Thing) -> list[tuple[str, str]]:
    """[(label, value)] of what is known of a thing."""
    return [
        (session.word(f"library.facts.{name}"), comparing.fact(session, name, value))
        for name, value in thing.facts.items()
    ]


def _plan(session: Session, asked: Any) -> dict[str, Any] | None:
    """What a deletion would come to, while it is asked."""
    if not isinstance(asked, list) or not asked:
        return None
    try:
        plan = inventory.deletion(session.workspace, refs_of(asked))
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
