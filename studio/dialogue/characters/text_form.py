"""The persons as text, one a line: the form in which the window, a spec and a file keep them.

    皇帝 (m, 3): 皇上, 四郎

Name, then in parentheses gender (m or f) and colour (0 to 7) in any order, then the other names.
All but the name may be left out; full-width marks mean the same; `#` begins a comment. A name that
holds one of these marks stands in double quotes, a quote inside it is doubled: `"Smith, John" (m):
"J. Smith: the elder", Jack`.
"""

import re
from collections.abc import Iterable
from typing import Any, cast

from studio.dialogue.characters.validate import GENDERS, check, colour_of, gender_of, tidy
from studio.dialogue.records import Character
from studio.errors import InputError

# What a pair of parentheses at the end of a name may hold to be marks and not part of the name.
MARKS = re.compile(r"\s*[（(]([^()（）]{1,40})[)）]\s*$")
MARK = re.compile(r"[mf男女♂♀]|-?\d+", re.IGNORECASE)
MARK_SEPARATORS = re.compile(r"[,，、;；/|\s]+")
QUOTED = r'"((?:[^"]|""){1,1000})"'
QUOTED_HEAD = re.compile(rf"\s*{QUOTED}\s*([（(][^()（）]{{1,40}}[)）])?\s*(?=[:：=＝#]|$)")
PLAIN_HEAD = re.compile(r"[^#:：=＝]*")
ITEM = re.compile(rf"\s*(?:{QUOTED}\s*(?=[,，、;；/|#]|$)|([^,，、;；/|#]*))")
CELL_ITEM = re.compile(rf"\s*(?:{QUOTED}\s*(?=[,，、;；/|]|$)|([^,，、;；/|]*))")
NEEDS_QUOTES = re.compile(r'^"|^[01]\s|[,，、;；/|:：=＝#]')


def parse_characters(text: str) -> list[Character]:
    """Persons from lines such as `皇帝 (m, 3): 皇上, 四郎`, checked.

    Raises InputError for a line without a name, a colour that there is not, and what `check`
    refuses.
    """
    found, wrong = parse_lines(text)
    if wrong is not None:
        raise wrong
    check(found)
    return found


def parse_lines(text: str) -> tuple[list[Character], InputError | None]:
    """The persons of the lines that can be read, unchecked, and what is wrong with the first that
    cannot.
    """
    found: list[Character] = []
    first: InputError | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            person = _parse_line(line, number)
        except InputError as error:
            first = first or error
            continue
        if person is not None:
            found.append(person)
    return found, first


def _parse_line(line: str, number: int) -> Character | None:
    """The person of one line; None for an empty line or a comment."""
    if (quoted := QUOTED_HEAD.match(line)) is not None:
        name, marks, rest = (
            quoted[1].replace('""', '"').strip(),
            quoted[2] or "",
            line[quoted.end() :],
        )
        known = _marks(name, marks)
        name += "" if known or not marks else f" {marks}"
    else:
        head = cast(re.Match[str], PLAIN_HEAD.match(line))  # it fits the empty text too
        name, rest = head[0].strip(), line[head.end() :]
        found = MARKS.search(name)
        known = _marks(name[: found.start()], found[0]) if found else None
        name = name[: found.start()].strip() if found and known else name
    if not name and not known and not (rest and rest[0] in ":：=＝"):
        return None
    if not name:
        raise InputError(
            "Line {line} of the characters has no name.",
            "Write it as `name: other name, other name`.",
            line=number,
        )
    gender, colour = known or (None, None)
    return Character(
        name,
        split_names(rest[1:], comments=True) if rest and rest[0] != "#" else [],
        gender,
        colour,
    )


def _marks(name: str, text: str) -> tuple[str | None, int | None] | None:
    """Gender and colour from `(m, 3)`; None where the parentheses are part of a name, such as
    `(old)`.
    """
    if not (parts := _mark_parts(text)):
        return None
    numbers = [part for part in parts if part.lstrip("-").isdigit()]
    genders = [GENDERS[part.casefold()] for part in parts if part not in numbers]
    if len(numbers) > 1 or len(genders) > 1:
        raise InputError(
            "The marks {marks} of {name} say more than one gender or colour.",
            "Leave one of each, as in (m, 3).",
            marks=text.strip(),
            name=name.strip(),
        )
    return (genders[0] if genders else None), (colour_of(numbers[0], name) if numbers else None)


def _mark_parts(text: str) -> list[str]:
    """What stands in the parentheses, if it can be nothing but marks: a long number alone is a year
    or a soldier's.
    """
    inner = MARKS.fullmatch(text)
    parts = [part for part in MARK_SEPARATORS.split(inner[1]) if part] if inner else []
    sure = all(MARK.fullmatch(part) for part in parts) and not (
        len(parts) == 1 and len(parts[0]) > 1
    )
    return parts if sure else []


def split_names(text: str, *, comments: bool = False) -> list[str]:
    """Names parted by any of `,，、;；/|`, those in double quotes taken whole; with `comments` a
    `#` ends them.
    """
    item, found, at = ITEM if comments else CELL_ITEM, [], 0
    while True:
        match = cast(re.Match[str], item.match(text, at))  # it fits the empty text too
        name = match[1].replace('""', '"') if match[1] is not None else match[2]
        found += [name.strip()] if name.strip() else []
        at = match.end()
        if at >= len(text) or (comments and text[at] == "#"):
            return found
        at += 1


def format_characters(characters: Iterable[Character]) -> str:
    """The reverse of `parse_characters`: one person a line, names in quotes where a mark in them
    needs it.
    """
    rows = []
    for person in map(tidy, characters):
        marks = ", ".join(
            str(mark) for mark in (gender_of(person.gender), person.colour) if mark is not None
        )
        name = quoted(person.name) + (f" ({marks})" if marks else "")
        others = ", ".join(map(quoted, person.aliases))
        rows.append(f"{name}: {others}" if others else name)
    return "\n".join(rows)


def quoted(name: str) -> str:
    """A name as it is written beside other names: in double quotes where it could be misread."""
    ends = MARKS.search(name)
    if NEEDS_QUOTES.search(name) or (ends and _mark_parts(ends[0])):
        return '"' + name.replace('"', '""') + '"'
    return name


def people_of(data: Any) -> list[Character]:
    """Persons from plain data: a list as `person_of` takes it, or a table of name → aliases.

    Not checked.

    Raises InputError for anything else.
    """
    if isinstance(data, dict):
        return [_named(name, value) for name, value in data.items()]
    if not isinstance(data, list):
        raise InputError(
            "A character in the list cannot be read.",
            "Give each a name and, if you like, aliases, gender and colour.",
        )
    return [person_of(item) for item in data]


def _named(name: Any, value: Any) -> Character:
    """One person of a table of name → aliases; in place of the aliases a table of all the rest may
    stand.
    """
    person = person_of(str(name))
    rest = value if isinstance(value, dict) else {"aliases": value}
    return person_of(
        {"gender": person.gender, "colour": person.colour} | rest | {"name": person.name}
    )


def person_of(item: Any) -> Character:
    """A person from plain data: a line of text, or a table with name and, if wanted, aliases,
    gender and colour.

    Raises InputError for anything else, for an unknown gender and for a colour that there is not.
    """
    if isinstance(item, str) and len(lines := parse_characters(item)) == 1:
        return lines[0]
    known = {"name", "aliases", "gender", "colour", "color"}
    if (
        not isinstance(item, dict)
        or not isinstance(item.get("name"), str | int | float)
        or set(item) - known
    ):
        raise InputError(
            "A character in the list cannot be read.",
            "Give each a name and, if you like, aliases, gender and colour.",
        )
    name, aliases = str(item["name"]).strip(), item.get("aliases") or []
    if isinstance(aliases, str):
        aliases = [] if aliases in ("~", "null") else split_names(aliases)
    if not isinstance(aliases, list) or not all(
        isinstance(alias, str | int | float) for alias in aliases
    ):
        raise InputError(
            "The aliases of {name} are not a list of names.", "Write them as a list.", name=name
        )
    gender = "" if item.get("gender") is None else str(item["gender"]).strip()
    if gender.casefold() not in GENDERS:
        raise InputError(
            "The gender {gender} of {name} is not known.",
            "Write m or f, or leave it out.",
            gender=gender,
            name=name,
        )
    colour = item.get("colour", item.get("color"))
    return tidy(
        Character(
            name, [str(alias) for alias in aliases], gender_of(gender), colour_of(colour, name)
        )
    )
