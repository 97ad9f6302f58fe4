"""What every reader of a kind of file gives: text, places, form."""

import re
from dataclasses import dataclass, field
from typing import Any

from studio.errors import InputError

LARGEST_BYTES = 200 * 1024 * 1024
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
# What no text has: control characters but tab and line feed, and half a surrogate pair.
NO_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]|[\ud800-\udfff]")


@dataclass
class Extracted:
    """A file's text. places: (start, end, label) in order, not overlapping; meta goes into the
    document's meta.

    changed: whether the text is another than the decoded file, so that the original has to be kept
    beside it.
    """

    text: str
    form: str
    encoding: str
    places: list[tuple[int, int, str]] = field(default_factory=list)
    meta: dict[str, Any] = field(default_factory=dict)
    changed: bool = False


class Writer:
    """Joins blocks of text and remembers where each began."""

    def __init__(self) -> None:
        self.length = 0
        self._parts: list[str] = []

    def add(self, text: str, gap: str = "\n\n") -> tuple[int, int]:
        """Append a cleaned block behind `gap` (none before the first); its start and end.

        An empty block adds nothing.
        """
        text = clean(text)
        if not text:
            return self.length, self.length
        if self._parts:
            self._parts.append(gap)
            self.length += len(gap)
        self._parts.append(text)
        start, self.length = self.length, self.length + len(text)
        return start, self.length

    def text(self) -> str:
        """All that was added."""
        return "".join(self._parts)


def said_by(speaker: str, text: str) -> str:
    """A line as a script has it, its speaker's name before it where there is one."""
    if not text or not speaker:
        return text
    return f"{speaker}：{text}" if CJK.search(speaker + text) else f"{speaker}: {text}"


def clean(text: str) -> str:
    """Line ends as line feeds; characters that are no text dropped, half a surrogate pair as
    U+FFFD. May be shorter.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return NO_TEXT.sub(lambda found: "\ufffd" if "\ud800" <= found[0] <= "\udfff" else "", text)


def too_large(name: str) -> InputError:
    """Of a file over 200 MB."""
    return InputError(
        "{name} is larger than 200 MB.", "Split it into smaller files and add those.", name=name
    )


def damaged(name: str, form: str) -> InputError:
    """Of a file that its own reader cannot open."""
    return InputError(
        "{name} is damaged: it cannot be read as {form}.",
        "Open it in the program that made it, save it again and add the new file.",
        name=name,
        form=form,
    )


def no_text(name: str) -> InputError:
    """Of a file that was read and holds no words."""
    return InputError("{name} has no text in it.", "Choose a file with text.", name=name)
