"""How the configs are written: YAML with a line on top, and Python values."""

from typing import Any

import yaml


def commented(head: str, fields: dict[str, Any]) -> str:
    """YAML of the fields in their order, Chinese as it is, under a comment."""
    return f"{head}\n{yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=100)}"


def assigned(fields: dict[str, Any]) -> str:
    """`name = value` a line, as Python."""
    return "\n".join(f"{name} = {value!r}" for name, value in fields.items())
