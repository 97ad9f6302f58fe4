"""Which things a job was given, read from the fields of its spec: each says itself what list its
value comes from (`studio.spec.field`, `source`)."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from studio import secrets
from studio.inventory.things import Family, Ref
from studio.jobs.kinds import KINDS, spec_class
from studio.spec import several

# The family of what a list of a form offers.
FAMILY: dict[str, Family] = {
    "documents": "document",
    "chunk_sets": "set",
    "utterance_sets": "set",
    "row_sets": "set",
    "datasets": "dataset",
    "adapters": "adapter",
}


def given(kind: str, spec: dict[str, Any]) -> Iterator[Ref]:
    """The things that the spec of a job of `kind` names, in the order of its fields. A dataset job
    takes row sets and datasets in one field: such a value is given as both.
    """
    if kind == "grid":
        kind, spec = "train", spec.get("base") or {}
    if kind not in KINDS:
        return
    for name, families in _fields(kind):
        value = spec.get(name)
        if spec_class(kind).row(name).widget == "several":
            value = several(value)
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str) and one:
                yield from (Ref(family, one) for family in families)
    if address := provider_of(spec):
        yield Ref("provider", address)


def provider_of(spec: dict[str, Any]) -> str:
    """The host of the server that a job's model was asked at, as keys are kept for it; "" where
    the spec names no address.
    """
    address = spec.get("base_url")
    return secrets.host(address) if isinstance(address, str) and address.strip() else ""


@lru_cache(maxsize=64)
def _fields(kind: str) -> tuple[tuple[str, tuple[Family, ...]], ...]:
    """(field, families of its values) of a kind's spec."""
    found = []
    for row in spec_class(kind).rows():
        if row.source in FAMILY:
            family = FAMILY[row.source]
            both: tuple[Family, ...] = ("set", "dataset") if row.source == "row_sets" else (family,)
            found.append((row.name, both))
    return tuple(found)
