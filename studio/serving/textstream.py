"""Token ids to text as they come: whole characters only, and never the beginning of a stop text."""

from typing import Any

UNFINISHED = "\ufffd"


class TextStream:
    """The text of one growing answer.

    A token may hold part of a character, and tokens join differently than their texts, so new text
    is the difference of two decodings of the last few tokens. `stopped` turns true at a stop text,
    which is itself left out.
    """

    def __init__(self, tokenizer: Any, stops: tuple[str, ...] = ()) -> None:
        self._tokenizer = tokenizer
        self._stops = tuple(stop for stop in stops if stop)
        self._ids: list[int] = []
        self._start = 0  # first token of the decoding window
        self._told = 0  # tokens whose text has been taken over
        self._held = ""  # text that may be the beginning of a stop text
        self.stopped = False

    def push(self, token: int) -> str:
        """The text that this token makes certain; may be empty."""
        self._ids.append(token)
        return self._pass_on(self._new_text(final=False), final=False)

    def end(self) -> str:
        """What was held back, once no token will follow."""
        return "" if self.stopped else self._pass_on(self._new_text(final=True), final=True)

    def _new_text(self, *, final: bool) -> str:
        before = self._decode(self._ids[self._start : self._told])
        after = self._decode(self._ids[self._start :])
        if not final and (len(after) <= len(before) or after.endswith(UNFINISHED)):
            return ""
        self._start, self._told = self._told, len(self._ids)
        return after[len(before) :]

    def _pass_on(self, text: str, *, final: bool) -> str:
        self._held += text
        found = [place for stop in self._stops if (place := self._held.find(stop)) >= 0]
        if found:
            self.stopped = True
            return self._held[: min(found)]
        keep = 0 if final else max((_overlap(self._held, stop) for stop in self._stops), default=0)
        out, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return out

    def _decode(self, ids: list[int]) -> str:
        return str(
            self._tokenizer.decode(
                ids, skip_special_tokens=True, clean_up_tokenization_spaces=False
            )
        )


def _overlap(text: str, stop: str) -> int:
    """Length of the longest end of `text` that is a proper beginning of `stop`."""
    return next(
        (n for n in range(min(len(text), len(stop) - 1), 0, -1) if text.endswith(stop[:n])), 0
    )
