"""What a training takes of a whole dataset: counted row by row in the process that reads tokens, a
moment's worth at a time, while the window goes on.

The lengths of rows are counted once and kept under the workspace's cache; the figures of any cutoff
follow from them at once. One dataset is counted at a time: the one that was asked for last. Pages
of tokens go before.
"""

import dataclasses
import itertools
import json
import threading
import time
from collections import OrderedDict
from pathlib import Path
from typing import Any

from studio.datasets.token_view import options as forms
from studio.datasets.token_view import preview
from studio.datasets.token_view.options import Figures, Options
from studio.datasets.token_view.token_server import SERVER
from studio.errors import StudioError
from studio.files import write_text
from studio.spec import digest
from studio.workspace import Workspace

REMEMBERED, KEPT_COUNTS = 64, 32
PAUSE_S = 0.01  # between two moments of counting
TIMEOUT_S = 90.0


@dataclasses.dataclass(frozen=True)
class Share:
    """The count so far. figures: of the rows counted; total: rows of the set; error: why the count
    cannot go on.
    """

    total: int
    figures: Figures = Figures()
    error: StudioError | None = None

    @property
    def whole(self) -> bool:
        """Whether every row was counted."""
        return self.figures.rows >= self.total


_lock = threading.Condition()
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
    options: Options | None = None,
    stage: str = "sft",
    *,
    wait_s: float = 0.0,
) -> Share:
    """What is known of the share by now; the counting is begun, or goes on, where it is not whole.

    total: number of good rows of the dataset. wait_s: how long a first answer may be waited for.
    Raises StudioError.
    """
    request, age = preview.request(
        workspace, dataset, model, options or Options(), stage, total=total
    )
    key = digest([request, age, "share"])[:32]
    place = workspace.path / "cache" / "shares" / f"{key}.json"
    with _lock:
        share = _known.get(key) or _kept(place) or Share(total)
        _known[key] = share
        _known.move_to_end(key)
        while len(_known) > REMEMBERED:
            _known.popitem(last=False)
        if share.whole or share.error is not None:
            return share
        idle = not _wanted
        _wanted[:] = [(key, request, place)]
        if idle:
            threading.Thread(target=_count, daemon=True, name="share").start()
        if not share.figures.rows:
            _lock.wait_for(lambda: _known.get(key, share) is not share, wait_s)
        return _known.get(key, share)


def _count() -> None:
    """Count what is wanted, until nothing is."""
    while True:
        with _lock:
            if not _wanted:
                return
            key, request, place = _wanted[0]
            share = _known[key]
        try:
            # Of options that are new the rows counted so far come first, before more are counted.
            asked = request | {"count": True, "now": not share.figures.rows}
            reply = SERVER.ask(asked, TIMEOUT_S, behind=not asked["now"])
            if reply.get("error"):
                raise StudioError.from_record(reply["error"])
            share = _answered(share, reply["rows"])
        except StudioError as error:
            share = dataclasses.replace(share, error=error)
        if share.whole and not share.error:
            write_text(place, json.dumps(_plain(share)))
            _trim(place.parent.parent / "lengths", place.parent)
        with _lock:
            _known[key] = share
            if (share.whole or share.error) and _wanted and _wanted[0][0] == key:
                _wanted.clear()
            _moved[0] = next(_moves)
            _lock.notify_all()
        time.sleep(PAUSE_S)


def _answered(share: Share, reply: dict[str, Any]) -> Share:
    """The count as the worker tells of it.

    Where no row came although some are left, the file has become shorter: the count ends there.
    """
    figures = forms.from_plain(reply["figures"])
    return Share(figures.rows if reply["ended"] else share.total, figures)


def _trim(*folders: Path) -> None:
    """Keep the newest counts: those of lengths are the larger files."""
    for folder, most in zip(folders, (KEPT_COUNTS, 40 * KEPT_COUNTS), strict=True):
        kept = sorted(folder.glob("*.*"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        for path in kept[most:]:
            path.unlink(missing_ok=True)


def _plain(share: Share) -> dict[str, Any]:
    return {"total": share.total, "figures": forms.plain(share.figures)}


def _kept(place: Path) -> Share | None:
    """A whole count from the cache."""
    try:
        data = json.loads(place.read_text(encoding="utf-8"))
        return Share(data["total"], forms.from_plain(data["figures"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
