"""A job spec as commented YAML: every field with its default, its help and what it may be."""

import inspect
import textwrap
from typing import Any

import yaml

from studio.spec import FieldRow, Spec, figure

WIDTH = 98  # of a comment's text, after its mark


def explained(made: type[Spec]) -> str:
    """YAML of a kind's spec that reads back as it: main fields first, the others by their groups.

    A field without a default that will do holds an example.
    """
    about = inspect.cleandoc(made.__doc__ or "").split("\n\n")[0]
    lines = [*_comment(about.replace("\n", " ")), f"kind: {made.KIND}"]
    rows = made.rows()
    for group in sorted(dict.fromkeys(row.group for row in rows), key=_place):
        title = {"main": "", "hidden": "other"}.get(group, group)
        lines += ["", *([f"# == {title} =="] if title else [])]
        for row in rows:
            if row.group == group:
                lines += [*_comment(_about(row)), _value(row)]
    return "\n".join(lines) + "\n"


def _place(group: str) -> int:
    return {"main": 0, "hidden": 2}.get(group, 1)


def _about(row: FieldRow) -> str:
    """A field's help, whether it must be given, and its choices or range."""
    parts = [row.help, "Must be given" if row.required else "", _span(row)]
    if row.choices:
        parts.append(f"One of: {', '.join(map(str, row.choices))}")
    return " ".join(f"{part}." for part in parts if part)


def _span(row: FieldRow) -> str:
    """The range of a number with its unit."""
    if row.type not in ("int", "float"):
        return ""
    low, high = ("" if bound is None else figure(bound) for bound in (row.low, row.high))
    span = f"{low} to {high}" if low and high else f"At least {low}" if low else ""
    unit = f" {row.unit}" if row.unit else ""
    empty = ", or null" if row.optional and span else ""
    return f"{span}{unit}{empty}" if span else row.unit


def _value(row: FieldRow) -> str:
    value: Any = row.default if row.example is None else row.example
    text = str(yaml.safe_dump({row.name: value}, allow_unicode=True, sort_keys=False))
    return text.rstrip("\n")


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(text, WIDTH)]
