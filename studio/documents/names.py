"""A document's name: what a person calls it. It is shown and looked up, never used as a path."""

import re
import unicodedata

LONGEST = 80
BETWEEN = "／"  # between a folder and what lies in it: looks like a slash and is none
DRIVE = re.compile(r"[A-Za-z]:")
UNFIT = re.compile(r'[<>:"|?*\\/]')
ENDING = re.compile(r"(?P<stem>.*?)(?P<ending>\.\w{1,8})?", re.DOTALL)


def display_name(name: str) -> str:
    """`name` without folders, control characters and what no file system takes; at most 80
    characters.

    A name of which nothing is left becomes "document.txt".
    """
    text = unicodedata.normalize("NFC", str(name)).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    text = "".join(
        " " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C"
    )
    text = " ".join(UNFIT.sub("_", text).split()).strip(". ")
    stem, ending = split_ending(text)
    stem = stem[: LONGEST - len(ending)].rstrip(". ")
    return stem + ending if stem else "document.txt"


def member_name(path: str) -> str:
    """A file's name with the folders it lies in before it: "卷一/1.txt" → "卷一／1.txt".

    At most 80 characters.

    What leads upwards and drive letters are dropped; outer folders give way where it gets too long.
    """
    parts = [
        part
        for part in str(path).replace("\\", "/").split("/")
        if part.strip(". ") and not DRIVE.fullmatch(part)
    ]
    shown = [display_name(part) for part in parts] or ["document.txt"]
    while len(shown) > 1 and len(BETWEEN.join(shown)) > LONGEST:
        shown.pop(0)
    return display_name(BETWEEN.join(shown))


def split_ending(name: str) -> tuple[str, str]:
    """("book", ".txt") of "book.txt"; the ending is empty where there is none."""
    found = ENDING.fullmatch(name)
    return (found["stem"], found["ending"] or "") if found else (name, "")


def numbered(name: str, number: int) -> str:
    """ "book.txt" → "book (2).txt"."""
    stem, ending = split_ending(name)
    return f"{stem} ({number}){ending}"
