"""JSON in the store's text columns."""

import json
from typing import Any


def dumps(data: Any) -> str:
    """JSON as it is kept in the store's text columns."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def loads(text: str | None) -> Any:
    """The reverse of `dumps`; None stays None."""
    return json.loads(text) if text else None
