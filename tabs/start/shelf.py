"""The shelf: each book of the workspace with what has been made of it, and what was last made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2s
from math import log10

from studio import documents
from studio.inventory import Kind, Ref, Thing

HUES = 8
MOST = 48  # spines; the Library has all
LAST = 10
# What is told of a book: of these kinds what the newest one holds, of those how many there are.
HELD: tuple[Kind, ...] = ("chunks", "lines", "pairs", "instructions", "preferences")
NUMBERED: tuple[Kind, ...] = ("dataset", "adapter")
NOT_MADE: tuple[Kind, ...] = ("preset", "provider")
SHORTEST, LONGEST = 3.0, 6.5  # powers of ten: characters of the thinnest and the thickest book


@dataclass(frozen=True)
class Spine:
    """A book. open: the document that a click opens, the newest cleaned copy where there is one.

    title: its name as on a spine. hue: 0 to 7, by the name. thickness: 0 to 1, by the length.
    made: kind → how much of it the newest set holds, or how many there are.
    """

    ref: Ref
    open: Ref
    title: str
    chars: int
    hue: int
    thickness: float
    made: Mapping[str, int]


def spines(things: Iterable[Thing]) -> list[Spine]:
    """The books of a workspace, the one that was last worked with first. A cleaned copy is its
    book's, and so is all that was made from it; what is archived is left out.
    """
    known = {thing.ref: thing for thing in things if not thing.archived}
    found = []
    for thing in known.values():
        if thing.ref.family == "document" and not any(ref in known for ref in thing.made_from):
            family = _family(thing, known)
            found.append((max(one.created for one in family), _spine(thing, family)))
    return [spine for _, spine in sorted(found, key=lambda pair: -pair[0])]


def last(things: Iterable[Thing]) -> list[Thing]:
    """The ten things that were made last, the newest first."""
    made = [
        thing
        for thing in things
        if thing.created and not thing.archived and not thing.busy and thing.kind not in NOT_MADE
    ]
    return sorted(made, key=lambda thing: -thing.created)[:LAST]


def title(name: str) -> str:
    """A document's name as it stands on a spine: without its ending and underscores; a sample's own
    title.
    """
    shipped = documents.sample_facts(name).get("title")
    if shipped:
        return str(shipped)
    stem, dot, ending = name.rpartition(".")
    bare = stem if dot and 0 < len(ending) <= 5 else name
    return bare.removesuffix(".clean").replace("_", " ").strip() or name


def _family(book: Thing, known: Mapping[Ref, Thing]) -> list[Thing]:
    """The book and all that was made from it, and from that."""
    found, waiting = {book.ref: book}, [book]
    while waiting:
        for ref in waiting.pop().used_in:
            if ref in known and ref not in found:
                found[ref] = known[ref]
                waiting.append(known[ref])
    return list(found.values())


def _spine(book: Thing, family: list[Thing]) -> Spine:
    newest = sorted(family, key=lambda thing: -thing.created)
    made: dict[str, int] = {}
    for kind in HELD:
        held = next((thing for thing in newest if thing.kind == kind and thing.count), None)
        if held is not None:
            made[kind] = held.count or 0
    for kind in NUMBERED:
        if number := sum(thing.kind == kind for thing in family):
            made[kind] = number
    chars = book.count or 0
    share = (log10(max(chars, 1)) - SHORTEST) / (LONGEST - SHORTEST)
    return Spine(
        ref=book.ref,
        open=next((thing.ref for thing in newest if thing.kind == "cleaned"), book.ref),
        title=title(book.name),
        chars=chars,
        hue=blake2s(book.name.encode("utf-8", "surrogatepass")).digest()[0] % HUES,
        thickness=round(min(1.0, max(0.0, share)), 3),
        made=made,
    )
