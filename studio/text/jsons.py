"""JSON from outside, read without taking it whole: the values of a list, or one after the other, of
any file.
"""

import json
import math
from collections.abc import Iterator
from typing import Any, TextIO

CHUNK = 1 << 20


class Reader:
    """A JSON parser that gives null for what JSON does not know: NaN, Infinity, numbers without
    end.

    odd: whether the last value read held one.
    """

    def __init__(self) -> None:
        self.odd = False
        self._decoder = json.JSONDecoder(
            parse_constant=self._constant, parse_float=self._float, parse_int=self._int
        )

    def whole(self, text: str) -> Any:
        """The one value of a text. Raises ValueError, RecursionError."""
        self.odd = False
        return self._decoder.decode(text)

    def one(self, text: str, at: int) -> tuple[Any, int]:
        """(the value that begins at a place, where it ends). Raises ValueError, RecursionError."""
        self.odd = False
        return self._decoder.raw_decode(text, at)

    def _constant(self, _text: str) -> None:
        self.odd = True

    def _float(self, text: str) -> float | None:
        value = float(text)
        if math.isfinite(value):
            return value
        self.odd = True
        return None

    def _int(self, text: str) -> int | None:
        if len(text) <= 4000:
            return int(text)
        self.odd = True
        return None


class BadJson(ValueError):
    """Where a text stops being JSON: `line` from 1; `reason` in a few words."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line, self.reason = line, reason


class Values:
    """The values of a text: of its list if it is one list, else all that stand one after the
    other.
    """

    def __init__(self, source: TextIO, most: int) -> None:
        self.source, self.most, self.reader = source, most, Reader()
        self.buffer, self.at, self.passed = "", 0, 0  # passed: line ends before the buffer
        self.over = False
        self.listed = self._next() == "["

    def __iter__(self) -> Iterator[Any]:
        """Each value in turn; `reader.odd` tells of the one just given. Raises BadJson."""
        if self.listed:
            self.at += 1
            if self._next() == "]":
                return
        while self._next():
            yield self._value()
            mark = self._next()
            if not self.listed:
                self.at += mark == ","
            elif mark == "]":
                self.at += 1
                if self._next():
                    raise self._bad("more text behind the list")
                return
            elif mark != ",":
                raise self._bad("a comma is missing" if mark else "the list is not closed")
            else:
                self.at += 1
        if self.listed:
            raise self._bad("the list is not closed")

    def _value(self) -> Any:
        while True:
            try:
                value, end = self.reader.one(self.buffer, self.at)
                # A number may go on in what is not read yet.
                if end < len(self.buffer) or not self._more():
                    self.at = end
                    return value
            except json.JSONDecodeError as error:
                if len(self.buffer) - self.at > self.most:
                    raise BadJson(
                        self._line(self.at),
                        f"a row is longer than {self.most >> 20} MB, or not valid JSON",
                    ) from error
                if not self._more():
                    raise BadJson(self._line(error.pos), "not valid JSON") from error
            except RecursionError as error:
                raise BadJson(self._line(self.at), "nested too deeply") from error

    def _next(self) -> str:
        """The next character that is no white space; "" at the end."""
        while True:
            while self.at < len(self.buffer):
                if self.buffer[self.at] not in " \t\r\n\ufeff":
                    return self.buffer[self.at]
                self.at += 1
            if not self._more():
                return ""

    def _more(self) -> bool:
        """Read on, as much again as is waiting, so that a long value is tried few times."""
        if self.over:
            return False
        chunk = self.source.read(max(CHUNK, len(self.buffer) - self.at))
        self.over = not chunk
        self.passed += self.buffer.count("\n", 0, self.at)
        self.buffer, self.at = self.buffer[self.at :] + chunk, 0
        return bool(chunk)

    def _line(self, at: int) -> int:
        return self.passed + self.buffer.count("\n", 0, at) + 1

    def _bad(self, reason: str) -> BadJson:
        return BadJson(self._line(self.at), reason)


def dumped(value: Any) -> bytes:
    """One line of JSON in UTF-8; halves of surrogate pairs stay escaped, as UTF-8 has no place for
    them.
    """
    try:
        return _PLAIN.encode(value).encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, default=str).encode("ascii")


_PLAIN = json.JSONEncoder(ensure_ascii=False, default=str)
