"""A page of a dataset, read in a process of its own while the window goes on: what is there now,
and whether more comes.
"""

import itertools
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from functools import lru_cache
from typing import Any

from studio.datasets import window
from studio.datasets.paging.row_server import READER
from studio.datasets.token_view import preview, share
from studio.datasets.token_view.share import Share
from studio.errors import StudioError
from tabs.dataset.token_options import Wanted
from tabs.kit.session import Session

PAGE = 10
WAIT_S = 0.4  # a page that is there within it needs no second look
CLICK_WAIT_S = 3.0  # of a click, which nothing else waits for
RETRY_S = 20.0


_moved = itertools.count()
_last = [0]


class Reading(Future[dict[str, Any]]):
    """One page on its way."""

    def __init__(self, work: Callable[[], dict[str, Any]]) -> None:
        super().__init__()
        self.add_done_callback(lambda _: _last.__setitem__(0, next(_moved) + 1))
        self.begun = time.monotonic()
        threading.Thread(target=self._run, args=(work,), daemon=True, name="dataset-page").start()

    def _run(self, work: Callable[[], dict[str, Any]]) -> None:
        try:
            self.set_result(work())
        except StudioError as error:
            self.set_exception(error)
        finally:
            if not self.done():
                self.set_exception(
                    StudioError(
                        "The page of the dataset could not be read.",
                        "The log of the window has the details.",
                    )
                )

    def ready(self, wait_s: float = WAIT_S) -> bool:
        """Whether it has come; waits a moment for one that has just begun."""
        left = self.begun + wait_s - time.monotonic()
        if not self.done() and left > 0:
            wait([self], timeout=left)
        return self.done()

    @property
    def failed_long_ago(self) -> bool:
        """Whether it ended in an error that may have passed since."""
        return (
            self.done() and self.exception() is not None and time.monotonic() - self.begun > RETRY_S
        )


def finished() -> tuple[Any, ...]:
    """What moves when a page has been read, or more of a set has been counted or scanned."""
    return _last[0], share.moved(), READER.moved()


def counted(
    session: Session, model: str, found: Reading | None, wanted: Wanted, wait_s: float
) -> Share | None:
    """What a training takes of the whole set, as far as it is counted; None where its page is not
    there. wait_s: how long a first answer may be waited for.
    """
    if found is None or not found.done() or found.exception() is not None:
        return None
    page = found.result()
    if not page["ready"]:
        return None
    fits = wanted.fits(page["kind"])
    try:
        return share.counted(
            session.workspace,
            page["name"],
            page["count"],
            model,
            fits.options,
            fits.stage,
            wait_s=wait_s,
        )
    except StudioError as error:
        return Share(page["count"], error=error)


def reading(
    session: Session,
    name: str,
    mode: str,
    offset: int,
    model: str,
    age: Any,
    wanted: Wanted,
    asked: str = "{}",
) -> Reading:
    """The page's reading, begun if it is not yet; `age` changes when the dataset does. asked: what
    is looked for, as `row_finding.asked` gives it. Packs and blocks are read by `joined`, once
    their rows are counted: of them the page has no rows.
    """
    tokens = mode == "tokens"
    given = (
        session.workspace,
        name,
        mode,
        offset,
        model if tokens else "",
        age,
        wanted if tokens else None,
        asked,
    )
    if _reading(*given).failed_long_ago:
        _reading.cache_clear()
    return _reading(*given)


def joined(
    session: Session, page: dict[str, Any], offset: int, model: str, age: Any, wanted: Wanted
) -> Reading:
    """The reading of a page of packs or blocks of the set whose first page was read."""
    given = (session.workspace, page["name"], page["count"], offset, model, age)
    if _joined(*given, wanted.fits(page["kind"])).failed_long_ago:
        _joined.cache_clear()
    return _joined(*given, wanted.fits(page["kind"]))


@lru_cache(maxsize=16)
def _joined(
    workspace: Any, name: str, count: int, offset: int, model: str, _age: Any, wanted: Wanted
) -> Reading:
    return Reading(
        lambda: preview.joined_view(
            workspace, name, count, offset, PAGE, model, wanted.options, wanted.stage
        )
    )


@lru_cache(maxsize=16)
def _reading(
    workspace: Any,
    name: str,
    mode: str,
    offset: int,
    model: str,
    _age: Any,
    wanted: Wanted | None,
    asked: str,
) -> Reading:
    def work() -> dict[str, Any]:
        found = window.page(workspace, name, mode, offset, PAGE, **json.loads(asked))
        fits = wanted and wanted.fits(found["kind"])
        if fits and not fits.joined:
            found["rows"] = [
                row
                for first, count in _runs(found["numbers"])
                for row in preview.token_view(
                    workspace,
                    found["name"],
                    first,
                    count,
                    model,
                    fits.options.cutoff_len,
                    fits.stage,
                    train_on_prompt=fits.options.train_on_prompt,
                    mask_history=fits.options.mask_history,
                )
            ]
        return found

    return Reading(work)


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    """(first, how many) of each run of numbers that follow one another."""
    found: list[tuple[int, int]] = []
    for one in numbers:
        if found and one == sum(found[-1]):
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((one, 1))
    return found
