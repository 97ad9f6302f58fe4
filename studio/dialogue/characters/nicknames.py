"""Nicknames in quotation marks inside a name: `Robert “Bob” Hale` is one person, and so are Bob and
Robert Hale.
"""

import re

from studio.dialogue.records import Character

NICKNAME = re.compile(
    r"\b(?P<first>[A-Z][\w’'-]+(?: [A-Z]\.)?) "
    r"[“\"'‘](?P<nick>[A-Z][\w’'-]*(?: [A-Z][\w’'-]*)?)[”\"'’] "
    r"(?P<last>[A-Z][\w’'-]+)"
)


def nicknamed(text: str) -> list[Character]:
    """A person for each name with a nickname inside, once, in the order of the text; a surname or
    first name that two of them share stands for neither."""
    found = {m.group(): m for m in NICKNAME.finditer(text)}
    parts = [part for m in found.values() for part in (m["first"], m["last"], m["nick"])]
    return [
        Character(
            f"{m['first']} {m['last']}",
            [
                whole,
                f"{m['nick']} {m['last']}",
                *(p for p in (m["nick"], m["first"], m["last"]) if parts.count(p) == 1),
            ],
        )
        for whole, m in found.items()
    ]
