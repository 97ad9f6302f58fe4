"""A job's log, searched while it is being written: read on from where the last look stopped, in
parts, so that ten megabytes of it cost the memory of what is shown.

Light: the window calls it.
"""

import re
import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal

Level = Literal["", "warning", "error"]
LEVELS: tuple[Level, ...] = ("", "warning", "error")
ERROR = re.compile(rb"\b(error|\w+error|exception|traceback|fatal|failed|killed)\b")
WARNING = re.compile(rb"\b(warn|warning|\w+warning|careful|deprecated|damaged)\b")
PART = 2**20  # bytes that are read at a time
SHOWN = 200  # lines, or matches with their surroundings
AROUND = 2  # lines before and after a match
LONGEST = 2000  # characters of a line that are shown
KEPT = 6  # searches that are read on
UNENDED = 2**16  # bytes of a last line without its end that are looked at


@dataclass(frozen=True)
class Line:
    """A line of a log. number: from 1; cut: characters left off; match: it is what was looked for,
    not what stands around it.
    """

    number: int
    text: str
    level: Level
    match: bool = True
    cut: int = 0


@dataclass(frozen=True)
class Found:
    """A look at a log. lines: the last SHOWN that match, with their surroundings; lines in all,
    those that match, and how many are warnings and errors; bytes it has.
    """

    lines: list[Line]
    total: int
    matches: int
    warnings: int
    errors: int
    size: int


@dataclass
class _State:
    """What was counted so far: a match is kept as (its number, where its surroundings begin, their
    first number).
    """

    at: int = 0
    file: int = 0
    total: int = 0
    matches: int = 0
    warnings: int = 0
    errors: int = 0
    before: deque[int] = field(default_factory=lambda: deque(maxlen=AROUND + 1))
    kept: deque[tuple[int, int, int]] = field(default_factory=lambda: deque(maxlen=SHOWN))


class LogSearch:
    """One log, looked through for one text and level; each look reads what is new."""

    def __init__(self, path: Path, query: str = "", level: Level = "") -> None:
        """query: upper and lower case are alike; "" finds every line."""
        self._path, self._level = path, level
        self._query = query.lower().encode("utf-8", "replace")
        self._plain = query.isascii()
        self._whole = not query and not level
        self._state, self._lock = _State(), threading.Lock()

    def look(self) -> Found:
        """What there is now; of a log that is missing, nothing."""
        with self._lock:
            try:
                with self._path.open("rb") as source:
                    end = self._read_on(source)
                    return self._found(source, end)
            except OSError:
                self._state = _State()
                return Found([], 0, 0, 0, 0, 0)

    def _read_on(self, source: BinaryIO) -> int:
        size, inode = source.seek(0, 2), self._path.stat().st_ino
        if size < self._state.at or inode != self._state.file:
            self._state = _State(file=inode)
        while self._state.at < size:
            source.seek(self._state.at)
            data = source.read(PART).replace(b"\r", b"\n")
            end = data.rfind(b"\n") + 1
            if not end and len(data) < PART:
                break  # the last line is still being written
            for text in data[: end or len(data)].splitlines(keepends=True):
                self._take(text)
        return size

    def _take(self, text: bytes) -> None:
        state = self._state
        start, state.at = state.at, state.at + len(text)
        if not text.strip():
            return
        state.total += 1
        state.before.append(start)
        low = text.lower() if self._plain else text.decode("utf-8", "replace").lower().encode()
        level = _level(low)
        state.warnings += level == "warning"
        state.errors += level == "error"
        if self._query in low and self._level in ("", level):
            state.matches += 1
            before = 0 if self._whole else len(state.before) - 1
            first = state.before[-1 - before]
            state.kept.append((state.total, first, state.total - before))

    def _found(self, source: BinaryIO, size: int) -> Found:
        state = self._state
        matched = {number for number, _, _ in state.kept}
        lines: dict[int, Line] = {}
        for number, first, start in state.kept:
            wanted = range(start, number + (0 if self._whole else AROUND) + 1)
            if wanted[-1] in lines:
                continue
            source.seek(first)
            for at in wanted:
                text = _next(source)
                if text is None:
                    break
                lines[at] = _line(at, text, at in matched)
        return Found(
            list(lines.values()), state.total, state.matches, state.warnings, state.errors, size
        )


class LogSearches:
    """The searches that were made last, read on when they are made again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: OrderedDict[tuple[Path, str, Level], LogSearch] = OrderedDict()

    def look(self, path: Path, query: str = "", level: Level = "") -> Found:
        """As `LogSearch.look`."""
        with self._lock:
            key = (path, query.lower(), level)
            search = self._made.setdefault(key, LogSearch(path, query, level))
            self._made.move_to_end(key)
            while len(self._made) > KEPT:
                self._made.popitem(last=False)
        return search.look()


def _next(source: BinaryIO) -> bytes | None:
    """The next line that holds something; a carriage return ends one too, as progress bars use it.
    None at the end.
    """
    while True:
        at = source.tell()
        data = source.readline(UNENDED)
        if not data:
            return None
        begun = data.split(b"\r", 1)[0]
        if len(begun) < len(data):
            source.seek(at + len(begun) + 1)
        if begun.strip():
            return begun


def _line(number: int, raw: bytes, match: bool) -> Line:
    text = raw.decode("utf-8", "replace").rstrip()
    return Line(number, text[:LONGEST], _level(raw.lower()), match, max(0, len(text) - LONGEST))


def _level(low: bytes) -> Level:
    if ERROR.search(low):
        return "error"
    return "warning" if WARNING.search(low) else ""
