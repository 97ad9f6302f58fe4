"""What a person of the table may be: names that are names, no name under two persons, gender and
colour.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from unicodedata import category

from studio.dialogue.records import Character
from studio.errors import InputError

ARTICLE = re.compile(r"(?:the|an?)\s+", re.IGNORECASE)
BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
LONGEST = 120  # characters of a name: beyond it a paragraph was pasted
GENDERS = {
    **dict.fromkeys(("m", "male", "man", "boy", "男", "男性", "♂"), "m"),
    **dict.fromkeys(("f", "female", "woman", "girl", "女", "女性", "♀"), "f"),
    **dict.fromkeys(
        (
            "",
            "-",
            "—",
            "u",
            "x",
            "o",
            "n",
            "?",
            "unknown",
            "none",
            "null",
            "~",
            "other",
            "未知",
            "不明",
            "不详",
            "其他",
            "无",
        ),
        None,
    ),
}


def gender_of(word: str | None) -> str | None:
    """ "m", "f" or None from what people write for it."""
    return GENDERS.get((word or "").strip().casefold())


def colour_of(value: Any, name: str) -> int | None:
    """A colour's number, None for nothing. Raises InputError for one that there is not."""
    plain = "" if value is None else str(value).strip()
    if not plain or plain.casefold() in ("null", "none", "~", "-", "—"):
        return None
    number = plain.removesuffix(".0")  # as spreadsheets write whole numbers
    if not re.fullmatch(r"[0-7]", number):
        raise InputError(
            "The colour {colour} of {name} is not one of 0 to 7.",
            "Write a number from 0 to 7, or leave it out.",
            colour=plain,
            name=name,
        )
    return int(number)


def check(characters: Iterable[Character]) -> None:
    """Raises InputError when one name belongs to two persons, and for a name that is none."""
    owner: dict[str, Character] = {}
    for person in characters:
        if not person.name.strip():
            raise InputError("A character has no name.", "Give each character a name.")
        for name in person.names:
            _check_name(name)
            first = owner.setdefault(key(name), person)
            if first is person:
                continue
            if first.name.strip() == person.name.strip():
                raise InputError(
                    "The character {name} stands twice.",
                    "Join the two, or give one of them another name.",
                    name=person.name,
                )
            raise InputError(
                "The name {alias} is given to both {first} and {second}.",
                "Leave it with one of them.",
                alias=name,
                first=first.name,
                second=person.name,
            )


def _check_name(name: str) -> None:
    if len(name) > LONGEST:
        raise InputError(
            "The name that begins with {name} is too long.",
            "Use at most {most} characters; write one person a line.",
            name=name[:30] + "…",
            most=LONGEST,
        )
    if not any(category(c)[0] in "LN" or category(c) == "So" for c in name):
        raise InputError(
            "The name {name} has no letter in it.",
            "Give it at least one letter or digit.",
            name=name,
        )


def key(name: str) -> str:
    """The form in which names are compared: no article, one space, case folded."""
    plain = " ".join(name.split())
    return (ARTICLE.sub("", plain, count=1) or plain).casefold()


def tidy(person: Character) -> Character:
    """The person with names on one line each, without control characters, trimmed, and no name
    twice.
    """
    plain = [
        BREAKS.sub(" ", str(name)).replace("\ufeff", "").strip()
        for name in (person.name, *person.aliases)
    ]
    names = [
        name.encode("utf-8", "replace").decode("utf-8") for name in plain
    ]  # half of a pair of surrogates is no text
    others = [name for name in dict.fromkeys(names[1:]) if name and name != names[0]]
    return replace(person, name=names[0], aliases=others)
