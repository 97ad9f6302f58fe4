"""What a room of the engine offers to the others: the names of its `__init__`, each documented, and
the modules that it lists there; nobody reaches further in.
"""

import ast
import functools
import importlib
import inspect
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = sorted(p.parent.name for p in (ROOT / "studio").glob("*/__init__.py"))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def reached() -> dict[str, dict[str, list[str]]]:
    """Room → module of it → the files outside of the room that import from the module."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path in [*(ROOT / "studio").rglob("*.py"), *(ROOT / "tabs").rglob("*.py")]:
        here = path.relative_to(ROOT).parts
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("studio"):
                continue
            for alias in node.names:
                parts = (node.module or "").split(".")[1:] + [alias.name]
                if len(parts) < 2 or parts[0] not in ROOMS or here[:2] == ("studio", parts[0]):
                    continue
                place = ROOT.joinpath("studio", *parts)
                is_module = place.with_suffix(".py").exists() or place.is_dir()
                inside = parts[1:] if is_module else parts[1:-1]
                if inside:
                    found[parts[0]][".".join(inside)].append("/".join(here))
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_is_entered_by_its_door(room):
    listed = getattr(importlib.import_module(f"studio.{room}"), "MODULES", ())
    used = reached()[room]
    assert {module: used[module] for module in set(used) - set(listed)} == {}
    assert sorted(set(listed) - set(used)) == [], "nobody uses it: take it off the list"


@pytest.mark.parametrize("room", ROOMS)
def test_what_a_room_offers_is_listed_and_documented(room):
    module = importlib.import_module(f"studio.{room}")
    imported = {
        alias.asname or alias.name
        for node in tree(ROOT / "studio" / room / "__init__.py").body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("studio")
        for alias in node.names
    }
    offered = set(getattr(module, "__all__", ()))
    assert imported - offered == set()
    for name in offered:
        thing = getattr(module, name)
        if inspect.isfunction(thing) or inspect.isclass(thing):
            assert (thing.__doc__ or "").strip(), f"studio.{room}.{name} has no docstring"
