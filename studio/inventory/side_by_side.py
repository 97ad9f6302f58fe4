"""Two things of a kind side by side: what they hold, how they were made, and where they differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from studio import presets
from studio.datasets import registry, window
from studio.errors import InputError
from studio.inventory import casts, chats
from studio.inventory.changes import find
from studio.inventory.things import Ref, Thing
from studio.jobs import records
from studio.store import sets
from studio.workspace import Workspace

Value = str | int | float | bool | None
# What a row's label is: a figure of the thing, a fact of it, a field of the job that made it.
Of = Literal["figure", "fact", "field"]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a comparison. name: of the figure, fact or field. values: of the two, None where
    one has none.
    """

    of: Of
    name: str
    values: tuple[Value, Value]

    @property
    def differs(self) -> bool:
        """Whether the two are not the same."""
        return self.values[0] != self.values[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """kind: the job's kind whose fields are compared, "" where there is none. rows: figures and
    facts all, of the fields those that differ. same: how many fields are equal.
    """

    things: tuple[Thing, Thing]
    kind: str
    rows: tuple[Row, ...]
    same: int


def compared(workspace: Workspace, first: Ref, second: Ref) -> Comparison:
    """Two things side by side: figures (size, content, day), facts (a run's held-out loss and
    time, a set's model), what two datasets, casts or chats have in common, and the settings that
    differ.

    Raises InputError where they are not of one kind, or one is no more.
    """
    one, two = find(workspace, first), find(workspace, second)
    if one.kind != two.kind or first == second:
        raise InputError(
            "Only two things of one kind can be compared.", "Choose two runs, two sets, two chats."
        )
    rows = [
        Row("figure", "amount", (one.count, two.count)),
        Row("figure", "size", (one.bytes, two.bytes)),
        Row("figure", "when", (one.created, two.created)),
    ]
    names = dict.fromkeys([*one.facts, *two.facts])
    rows += [Row("fact", name, (one.facts.get(name), two.facts.get(name))) for name in names]
    rows += _content(workspace, one, two)
    (kind, mine), (_, its) = _settings(workspace, one), _settings(workspace, two)
    fields = [
        Row("field", name, (_plain(mine.get(name)), _plain(its.get(name))))
        for name in dict.fromkeys([*mine, *its])
        if name != "kind" and name not in names
    ]
    return Comparison(
        things=(one, two),
        kind=kind,
        rows=(*rows, *(row for row in fields if row.differs)),
        same=sum(not row.differs for row in fields),
    )


def _content(workspace: Workspace, one: Thing, two: Thing) -> list[Row]:
    """What two things share and what one alone has, where that can be counted."""
    if one.kind == "dataset":
        sides = [registry.find(workspace, thing.ref.id) for thing in (one, two)]
        if any(entry.problem for entry in sides):
            return []
        found = window.common(workspace, one.ref.id, two.ref.id)
        both, (first, second) = found["both"], found["rows"]
        return [
            Row("fact", "rows", (first, second)),
            Row("fact", "shared_rows", (both, both)),
            Row("fact", "own_rows", (first - both, second - both)),
        ]
    if one.kind == "cast":
        mine, its = (
            {person.name for person in casts.cast(workspace, thing.ref.id)} for thing in (one, two)
        )
        return [
            Row("fact", "shared_people", (len(mine & its), len(mine & its))),
            Row("fact", "own_people", (_some(mine - its), _some(its - mine))),
        ]
    if one.kind == "chat":
        said = [chats.chat(workspace, thing.ref.id) for thing in (one, two)]
        firsts = [
            next((t["content"][:200] for found in chat.turns.values() for t in found), "")
            for chat in said
        ]
        return [Row("fact", "first_message", (firsts[0], firsts[1]))]
    return []


def _some(names: set[str], most: int = 12) -> str:
    shown = sorted(names)[:most]
    return ", ".join(shown) + (f" … (+{len(names) - most:,})" if len(names) > most else "")


def _settings(workspace: Workspace, thing: Thing) -> tuple[str, Mapping[str, Any]]:
    """How a thing was made: the kind of job and its spec; of a preset its fields."""
    ref = thing.ref
    if ref.family == "preset":
        of, _, name = ref.id.partition("/")
        fields = presets.load(of, name, workspace)
        return str(fields.get("kind") or ""), fields
    job = ""
    if ref.family in ("run", "adapter"):
        job = ref.id
    elif ref.family == "set":
        found = sets.get(workspace.store, ref.id)
        job = (found.job or "") if found else ""
    record = next((r for r in records.recent(workspace, limit=-1) if r.id == job), None)
    return (record.kind, record.spec) if record else ("", {})


def _plain(value: Any) -> Value:
    """A setting as one value: lists and tables as text."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)
