"""What a workspace holds, as one list of things of many kinds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

# Where a thing is kept, which says how it is renamed and deleted.
Family = Literal[
    "document", "set", "dataset", "run", "adapter", "cast", "chat", "preset", "provider"
]
# What it is to a person.
Kind = Literal[
    "document",
    "cleaned",
    "chunks",
    "lines",
    "pairs",
    "instructions",
    "preferences",
    "dataset",
    "run",
    "adapter",
    "cast",
    "chat",
    "preset",
    "provider",
]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Ref(NamedTuple):
    """A thing by its family and the name that the rest of the workspace knows it by."""

    family: Family
    id: str

    def __str__(self) -> str:
        return f"{self.family}:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One thing of a workspace.

    name: as lists show it. created: Unix seconds, 0 where it is not known. bytes: of its own files
    on disk. count: how many of `unit` ("characters", "chunks", "utterances", "rows", "steps",
    "people", "messages") it holds, None where nothing is counted. facts: what else is worth a
    column (model, loss …). made_from, used_in: the things next to it. state: of the job that
    makes it.
    """

    ref: Ref
    kind: Kind
    name: str
    created: float
    bytes: int = 0
    count: int | None = None
    unit: str = ""
    facts: Mapping[str, str | int | float] = field(default_factory=dict)
    made_from: tuple[Ref, ...] = ()
    used_in: tuple[Ref, ...] = ()
    state: str = "done"
    note: str = ""
    starred: bool = False
    archived: bool = False
    own: bool = True  # False for what comes with the studio and cannot be changed

    @property
    def busy(self) -> bool:
        """Whether a job is at work on it."""
        return self.state in ("queued", "running")


def matches(thing: Thing, words: str) -> bool:
    """Whether every word of a search stands in the thing's name, note, kind or facts."""
    held = " ".join(
        [thing.name, thing.note, thing.kind, thing.ref.id, *map(str, thing.facts.values())]
    ).casefold()
    return all(word in held for word in words.casefold().split())
