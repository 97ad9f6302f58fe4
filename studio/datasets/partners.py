"""Which sets were held out of a dataset: kept in its entry of dataset_info.json under "inkwell", as
`"validation"` and `"test"`, and in theirs as `"part_of"`.

A set that was made before that was kept has its part for validation by the name alone.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from studio.datasets import registry
from studio.workspace import Workspace

HELD_OUT, TEST = "-heldout", "-test"  # how the names of parts end
VALIDATION, FOR_TEST, PART_OF = "validation", "test", "part_of"
ENDINGS = {VALIDATION: HELD_OUT, FOR_TEST: TEST}


def record(workspace: Workspace, name: str, beside: Mapping[str, str]) -> None:
    """Keep with a registered dataset what was held out of it, or what it was held out of; what is
    not named in `beside` is not so any more.
    """
    with registry.changing(workspace) as info:
        entry = info[name]
        mark = _mark(entry)
        kept = {k: v for k, v in mark.items() if k not in (VALIDATION, FOR_TEST, PART_OF)}
        kept |= {key: value for key, value in beside.items() if value}
        info[name] = {k: v for k, v in entry.items() if k != registry.MARK}
        info[name] |= {registry.MARK: kept} if kept else {}


def held_out(workspace: Workspace, name: str, part: str = VALIDATION) -> str:
    """The registered set that was held out of a dataset for validation (or FOR_TEST), "" where
    there is none. Raises InputError for a broken registry.
    """
    info = registry.read_info(workspace)
    by_name = f"{name}{HELD_OUT}" if part == VALIDATION else ""
    for wanted in (_mark(info.get(name)).get(part), by_name):
        if isinstance(wanted, str) and wanted in info and wanted != name and name in info:
            return wanted
    return ""


def whole_of(workspace: Workspace, name: str) -> str:
    """The registered dataset that a set was held out of, "" where it is no such part."""
    info = registry.read_info(workspace)
    known = _mark(info.get(name)).get(PART_OF)
    stem = name.removesuffix(HELD_OUT) if name.endswith(HELD_OUT) else ""
    return next((one for one in (known, stem) if isinstance(one, str) and one in info), "")


def parts(workspace: Workspace) -> set[str]:
    """The registered sets that were held out of another one. Raises InputError for a broken
    registry.
    """
    info = registry.read_info(workspace)
    return {name for name in info if name.endswith(HELD_OUT) or _mark(info[name]).get(PART_OF)}


def handed_on(workspace: Workspace, sources: Iterable[str]) -> dict[str, str]:
    """What was held out of the datasets that a new one is made from, as the new one's own: a part
    only where all sources that have one share it.
    """
    given = list(sources)
    found = {}
    for part in ENDINGS:
        parts = {held_out(workspace, name, part) for name in given} - {""}
        if len(parts) == 1 and not parts & set(given):
            found[part] = parts.pop()
    return found


def renamed(info: dict[str, Any], old: str, new: str) -> None:
    """Let all entries of a registry name a dataset as it is called now."""
    for name, entry in info.items():
        mark = _mark(entry)
        if any(mark.get(key) == old for key in (VALIDATION, FOR_TEST, PART_OF)):
            kept = {key: new if value == old else value for key, value in mark.items()}
            info[name] = entry | {registry.MARK: kept}
    mark = _mark(info.get(new))
    if f"{old}{HELD_OUT}" in info and VALIDATION not in mark:  # known by the name alone until now
        info[new] = info[new] | {registry.MARK: mark | {VALIDATION: f"{old}{HELD_OUT}"}}


def _mark(entry: Any) -> dict[str, Any]:
    found = entry.get(registry.MARK) if isinstance(entry, dict) else None
    return found if isinstance(found, dict) else {}
