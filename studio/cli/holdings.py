"""``python launch.py list [WORDS]``, ``pack FILE.zip`` and ``unpack FILE.zip``: the Library without
the window."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio import desktop, inventory
from studio.errors import StudioError
from studio.files import human_size
from studio.inventory import Thing
from studio.progress import Watch
from studio.workspace import Workspace


def listing(arguments: list[str]) -> int:
    """Print what the workspace holds, a line a thing (← made from, → used in), the newest
    first; the exit status."""
    parser = _parser("list", "What a workspace holds: name, kind, size, day, made from → used in.")
    parser.add_argument("words", nargs="*", help="only things with all of these words")
    parser.add_argument(
        "--kind",
        action="append",
        default=[],
        choices=inventory.KINDS,
        help="only this kind (repeatable)",
    )
    parser.add_argument("--archived", action="store_true", help="also what is archived")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args(arguments)

    def told() -> int:
        workspace = Workspace.open(options.workspace)
        every = inventory.things(workspace)
        found = [
            thing
            for thing in every
            if (options.archived or not thing.archived)
            and (not options.kind or thing.kind in options.kind)
            and inventory.matches(thing, " ".join(options.words))
        ]
        names = {thing.ref: thing.name for thing in every}
        for thing in found:
            line = _json(thing) if options.json else _line(thing, names)
            sys.stdout.write(f"{line}\n")
        if not options.json:
            total = human_size(sum(thing.bytes for thing in every))
            sys.stderr.write(f"{len(found)} of {len(every)} things; {total} on disk.\n")
        return 0

    return _safely(told)


def packing(arguments: list[str]) -> int:
    """Write the workspace as one zip; the exit status."""
    parser = _parser("pack", "Write a workspace as one zip, to take it to another machine.")
    parser.add_argument("file", type=Path, help="the zip to write")
    options = parser.parse_args(arguments)

    def packed() -> int:
        made = inventory.pack(Workspace.open(options.workspace), options.file, _watch("packed"))
        sys.stdout.write(f"{made}\n")
        return 0

    return _safely(packed)


def unpacking(arguments: list[str]) -> int:
    """Open a packed workspace among the others; the exit status."""
    parser = argparse.ArgumentParser(
        prog="launch.py unpack", description="Open a packed workspace on this machine."
    )
    parser.add_argument("file", type=Path, help="a zip that `launch.py pack` wrote")
    parser.add_argument("--name", default="", help="the workspace's name here (default: its own)")
    options = parser.parse_args(arguments)

    def unpacked() -> int:
        made = inventory.unpack(options.file, options.name, _watch("unpacked"))
        sys.stdout.write(f"{made.path}\n")
        return 0

    return _safely(unpacked)


def shortcut(arguments: list[str]) -> int:
    """Make an entry in the start menu that opens the window; the exit status."""
    argparse.ArgumentParser(
        prog="launch.py shortcut",
        description="An entry in the start menu, and on the desktop where there is one.",
    ).parse_args(arguments)

    def made() -> int:
        for path in desktop.shortcut(Path(__file__).resolve().parents[2]):
            sys.stdout.write(f"{path}\n")
        return 0

    return _safely(made)


def _parser(command: str, about: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"launch.py {command}", description=about)
    parser.add_argument("--workspace", help="project folder (default: the default workspace)")
    return parser


def _safely(work: Callable[[], int]) -> int:
    try:
        return work()
    except StudioError as error:
        sys.stderr.write(f"{error.sentence}\n")
        return 2


def _watch(word: str) -> Watch:
    """Tells the share that is done on stderr, in whole tenths."""
    last = -1

    def tell(share: float) -> None:
        nonlocal last
        if int(share * 10) > last:
            last = int(share * 10)
            sys.stderr.write(f"{last * 10} % {word}\n")

    return Watch(tell)


def _line(thing: Thing, names: dict[inventory.Ref, str]) -> str:
    day = time.strftime("%Y-%m-%d %H:%M", time.localtime(thing.created)) if thing.created else "—"
    count = f"{thing.count:,} {thing.unit}" if thing.count is not None else ""
    size = human_size(thing.bytes) if thing.bytes else ""
    way = "  ".join(
        f"{mark} {', '.join(dict.fromkeys(names[ref] for ref in refs))}"
        for mark, refs in (("←", thing.made_from), ("→", thing.used_in))
        if refs
    )
    star = "*" if thing.starred else " "
    return f"{star} {day}  {thing.kind:12}  {thing.name}  {count}  {size}  {way}".rstrip()


def _json(thing: Thing) -> str:
    plain: dict[str, Any] = {
        "kind": thing.kind,
        "id": thing.ref.id,
        "name": thing.name,
        "created": thing.created,
        "bytes": thing.bytes,
        "count": thing.count,
        "unit": thing.unit,
        "facts": dict(thing.facts),
        "made_from": [str(ref) for ref in thing.made_from],
        "used_in": [str(ref) for ref in thing.used_in],
        "state": thing.state,
        "note": thing.note,
        "starred": thing.starred,
        "archived": thing.archived,
    }
    return json.dumps(plain, ensure_ascii=False)
