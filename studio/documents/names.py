"""A document's name: what a person calls it. It is shown and looked up, never used as a path."""

import re
import unicodedata

LONGEST = 80
UNFIT = re.compile(r'[<>:"|?*\\/]')
ENDING = re.compile(r"(?P<stem>.*?)(?P<ending>\.\w{1,8})?", re.DOTALL)


def display_name(name: str) -> str:
    """`name` without folders, control characters and what no file system takes; at most 80 characters.

    A name of which nothing is left becomes "document.txt".
    """
    text = unicodedata.normalize("NFC", str(name)).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    text = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    text = " ".join(UNFIT.sub("_", text).split()).strip(". ")
    stem, ending = split_ending(text)
    stem = stem[: LONGEST - len(ending)].rstrip(". ")
    return stem + ending if stem else "document.txt"


def split_ending(name: str) -> tuple[str, str]:
    """("book", ".txt") of "book.txt"; the ending is empty where there is none."""
    found = ENDING.fullmatch(name)
    return (found["stem"], found["ending"] or "") if found else (name, "")


def numbered(name: str, number: int) -> str:
    """"book.txt" → "book (2).txt"."""
    stem, ending = split_ending(name)
    return f"{stem} ({number}){ending}"
