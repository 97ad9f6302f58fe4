"""Rows of the store as records, and JSON in its text columns."""

import json
import sqlite3
from typing import Any, ClassVar, Protocol, TypeVar


class Record(Protocol):
    """Any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


T = TypeVar("T", bound=Record)


def record(kind: type[T], found: sqlite3.Row, **read: Any) -> T:
    """A record of a dataclass from the columns named as its fields; `read` has those fields that
    are not kept as they are.
    """
    kept = {name: found[name] for name in kind.__dataclass_fields__ if name not in read}
    return kind(**kept, **read)


def dumps(data: Any) -> str:
    """JSON as it is kept in the store's text columns."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def loads(text: str | None) -> Any:
    """The reverse of `dumps`; None stays None."""
    return json.loads(text) if text else None
