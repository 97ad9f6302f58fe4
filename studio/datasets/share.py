"""How much of a whole dataset is trained on: counted row by row in the process that reads tokens, a
moment's worth at a time, while the window goes on.

A count that is done is kept under the workspace's cache; one that is under way is carried on from
where it was when it is asked for again. One dataset is counted at a time: the one that was asked
for last. Pages of tokens go before.
"""

import dataclasses
import itertools
import json
import threading
import time
from collections import OrderedDict
from pathlib import Path
from typing import Any

from studio.datasets import preview
from studio.datasets.token_server import SERVER
from studio.errors import StudioError
from studio.files import write_text
from studio.spec import digest
from studio.workspace import Workspace

REMEMBERED = 32
PAUSE_S = 0.01  # between two moments of counting
TIMEOUT_S = 90.0


@dataclasses.dataclass(frozen=True)
class Side:
    """One reply of each row, as far as it was counted. tokens: those that are kept; trained: of
    these; cut: tokens beyond the cutoff, in `cut_rows` rows; idle_rows: rows of which nothing is
    trained on.
    """

    tokens: int = 0
    trained: int = 0
    cut: int = 0
    cut_rows: int = 0
    idle_rows: int = 0

    def plus(self, other: "Side") -> "Side":
        """The sum."""
        pairs = zip(dataclasses.astuple(self), dataclasses.astuple(other), strict=True)
        return Side(*(one + more for one, more in pairs))


@dataclasses.dataclass(frozen=True)
class Share:
    """The count so far. sides: by name, "reply", or "chosen" and "rejected"; done: rows counted of
    `total`; faulty: rows that cannot be rendered; error: why the count cannot go on.
    """

    total: int
    done: int = 0
    faulty: int = 0
    sides: dict[str, Side] = dataclasses.field(default_factory=dict)
    error: StudioError | None = None

    @property
    def whole(self) -> bool:
        """Whether every row was counted."""
        return self.done >= self.total


_lock = threading.Lock()
_known: OrderedDict[str, Share] = OrderedDict()
_wanted: list[tuple[str, dict[str, Any], Path]] = []  # at most one
_moves = itertools.count(1)
_moved = [0]


def moved() -> int:
    """A number that moves when more has been counted."""
    return _moved[0]


def counted(
    workspace: Workspace,
    dataset: str,
    total: int,
    model: str = "starter",
    cutoff_len: int = 2048,
    stage: str = "sft",
) -> Share:
    """What is known of the share by now; the counting is begun, or goes on, where it is not whole.

    total: number of good rows of the dataset. Raises StudioError.
    """
    request, age = preview.request(workspace, dataset, model, cutoff_len, stage)
    key = digest([request, age, total, "share"])[:32]
    place = workspace.path / "cache" / "shares" / f"{key}.json"
    with _lock:
        share = _known.get(key) or _kept(place) or Share(total)
        _known[key] = share
        _known.move_to_end(key)
        while len(_known) > REMEMBERED:
            _known.popitem(last=False)
        if not share.whole and share.error is None:
            idle = not _wanted
            _wanted[:] = [(key, request, place)]
            if idle:
                threading.Thread(target=_count, daemon=True, name="share").start()
    return share


def _count() -> None:
    """Count what is wanted, until nothing is."""
    while True:
        with _lock:
            if not _wanted:
                return
            key, request, place = _wanted[0]
            share = _known[key]
        try:
            counting = {"count": True, "offset": share.done, "limit": share.total - share.done}
            reply = SERVER.ask(request | counting, TIMEOUT_S, behind=True)
            if reply.get("error"):
                raise StudioError.from_record(reply["error"])
            share = _added(share, reply["rows"])
        except StudioError as error:
            share = dataclasses.replace(share, error=error)
        if share.whole:
            write_text(place, json.dumps(_plain(share)))
        with _lock:
            _known[key] = share
            if (share.whole or share.error) and _wanted and _wanted[0][0] == key:
                _wanted.clear()
            _moved[0] = next(_moves)
        time.sleep(PAUSE_S)


def _added(share: Share, more: dict[str, Any]) -> Share:
    """The count with some rows more, as the worker tells of them.

    Where no row came although some are left, the file has become shorter: the count ends there.
    """
    sides = dict(share.sides)
    for name, values in more["sides"].items():
        sides[name] = sides.get(name, Side()).plus(Side(**values))
    done = share.done + more["done"]
    return dataclasses.replace(
        share,
        total=share.total if more["done"] else done,
        done=done,
        faulty=share.faulty + more["faulty"],
        sides=sides,
    )


def _plain(share: Share) -> dict[str, Any]:
    return dataclasses.asdict(dataclasses.replace(share, error=None))


def _kept(place: Path) -> Share | None:
    """A whole count from the cache."""
    try:
        data = json.loads(place.read_text(encoding="utf-8"))
        sides = {name: Side(**values) for name, values in data["sides"].items()}
        return Share(data["total"], data["done"], data["faulty"], sides)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
