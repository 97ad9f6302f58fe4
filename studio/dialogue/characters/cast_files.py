"""Lists of persons as files: text, table (csv, tsv), json and yaml, read and written.

Read too are the two corpora's own lists: lines `1 name alias …` (1 a man, 0 a woman), and tables
with `Main Name` and the aliases written as a Python set.
"""

import ast
import csv
import io
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from studio import files
from studio.dialogue.characters.text_form import (
    format_characters,
    parse_characters,
    people_of,
    person_of,
    quoted,
    split_names,
)
from studio.dialogue.characters.validate import check, gender_of, key, tidy
from studio.dialogue.records import Character
from studio.errors import InputError
from studio.presets import load_yaml
from studio.sandbox import Limits, run_limited
from studio.text.encoding import decode
from studio.text.signature import HEAD_BYTES, refuse_no_text

FORMS = ("csv", "json", "yaml", "txt")
MOST_BYTES = 2_000_000
COLUMNS = {
    **dict.fromkeys(
        ("name", "main name", "character", "姓名", "名字", "名称", "角色", "人物"), "name"
    ),
    **dict.fromkeys(
        ("aliases", "alias", "other names", "别名", "其他名字", "又名", "称呼"), "aliases"
    ),
    **dict.fromkeys(("gender", "sex", "性别"), "gender"),
    **dict.fromkeys(("colour", "color", "颜色"), "colour"),
}
NUMBERED = re.compile(r'[01]\s+[^:：=＝#"(（]+$')
CODES = {"0": "f", "1": "m"}


def read_cast(path: Path) -> list[Character]:
    """The persons of a txt, csv, tsv, json or yaml file in any encoding of text, checked.

    Raises InputError (SpecError for YAML that is none) for a file that is missing, too large, of
    another kind or damaged, that holds nobody, or that gives one name to two persons.
    """
    name, kind = path.name, path.suffix.lower().lstrip(".")
    known = {
        "txt": _lines,
        "csv": _table,
        "tsv": _table,
        "json": _json,
        "yaml": _yaml,
        "yml": _yaml,
    }
    if kind not in known:
        raise InputError(
            "A list of characters cannot be read from {name}.",
            "Choose a txt, csv, tsv, json or yaml file.",
            name=name,
        )
    try:
        data = path.read_bytes() if path.stat().st_size <= MOST_BYTES else None
    except OSError as error:
        raise InputError(
            "The file {name} cannot be read.", "Check the path and its permissions.", name=name
        ) from error
    if data is None:
        raise InputError(
            "{name} is too large for a list of characters.",
            "Choose a file of at most 2 MB.",
            name=name,
        )
    refuse_no_text(name, data[:HEAD_BYTES])
    text = decode(data, name).text if data.strip() else ""
    # A name may be wrong, a text that is one JSON value is not; YAML would read it as well.
    reader = _json if kind != "yaml" and _is_json(text) else known[kind]
    found = [tidy(person) for person in reader(text, name)] if text else []
    if not found:
        raise InputError(
            "There is no character in {name}.",
            "Write one person a line: `name: other name, other name`.",
            name=name,
        )
    check(found)
    return found


def take_in(path: Path) -> list[Character]:
    """The same for the window, which parses no file itself: in a process of its own, within limits.

    Raises InputError.
    """
    size = path.stat().st_size if path.is_file() else 0
    return [
        Character(**person)
        for person in run_limited(
            "studio.dialogue.characters.cast_files:read_plain",
            name=path.name,
            limits=Limits.for_bytes(size),
            path=str(path),
        )
    ]


def read_plain(path: str) -> list[dict[str, Any]]:
    """The persons of a file as plain data; what the sandbox runs."""
    return [_plain(person) for person in read_cast(Path(path))]


def _is_json(text: str) -> bool:
    if text.lstrip()[:1] not in ("[", "{"):
        return False
    try:
        json.loads(text)
        return True
    except (ValueError, RecursionError):
        return False


def write_cast(characters: Iterable[Character], path: Path) -> None:
    """Write the persons as json, csv (with the mark that makes Excel read UTF-8), yaml or lines of
    text, by the ending.

    Raises InputError for another ending, WorkspaceError where the file cannot be written.
    """
    people = [tidy(person) for person in characters]
    kind = path.suffix.lower().lstrip(".")
    if kind == "json":
        files.write_json(path, [_plain(person) for person in people])
    elif kind in ("yaml", "yml"):
        files.write_text(
            path,
            yaml.safe_dump(
                [_plain(person) for person in people], allow_unicode=True, sort_keys=False
            ),
        )
    elif kind == "csv":
        files.write_bytes(path, _csv(people).encode("utf-8-sig"))
    elif kind == "txt":
        files.write_text(path, format_characters(people) + "\n")
    else:
        raise InputError(
            "A list of characters cannot be written to {name}.",
            "Choose csv, json, yaml or txt.",
            name=path.name,
        )


def _plain(person: Character) -> dict[str, Any]:
    """A person as plain data; what is not known is left out."""
    rest = {"gender": gender_of(person.gender), "colour": person.colour}
    return {"name": person.name, "aliases": list(person.aliases)} | {
        k: v for k, v in rest.items() if v is not None
    }


def _csv(people: list[Character]) -> str:
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["name", "aliases", "gender", "colour"])
    for person in people:
        colour = "" if person.colour is None else person.colour
        rows.writerow(
            [
                person.name,
                "|".join(map(quoted, person.aliases)),
                gender_of(person.gender) or "",
                colour,
            ]
        )
    return out.getvalue()


def _lines(text: str, name: str) -> list[Character]:
    """Lines of text, or the numbered form."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if all(map(NUMBERED.match, lines)):
        return [Character(row[1], row[2:], CODES[row[0]]) for row in map(str.split, lines)]
    return parse_characters(text)


def _table(text: str, name: str) -> list[Character]:
    """Rows under a line that names the columns; the mark most frequent in that line parts them."""
    text = text.lstrip("\r\n ")
    mark = max("\t,;", key=text.split("\n", 1)[0].count)
    try:
        found = [
            row
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark)
            if any(map(str.strip, row))
        ]
    except csv.Error as error:
        raise _damaged(name, "csv") from error
    head, rows = (found or [[]])[0], found[1:]
    places = {
        COLUMNS[title.strip().casefold()]: at
        for at, title in reversed(list(enumerate(head)))
        if title.strip().casefold() in COLUMNS
    }
    if "name" not in places:
        raise InputError(
            "The table {name} has no column of names.",
            "Call one column name; others may be aliases, gender and colour.",
            name=name,
        )
    cells = [
        {column: row[at].strip() if at < len(row) else "" for column, at in places.items()}
        for row in rows
    ]
    made = [
        person_of(cell | {"aliases": _aliases(cell.get("aliases", ""), name)})
        for cell in cells
        if any(cell.values())
    ]
    return _each_once(made) if any(title.strip() == "Main Name" for title in head) else made


def _aliases(cell: str, name: str) -> list[str]:
    """Names parted by marks, or a Python set or list of them."""
    if not (cell[:1] in "{[" and cell[-1:] in "]}" and cell):
        return split_names(cell)
    try:
        return sorted(str(alias) for alias in ast.literal_eval(cell))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise _damaged(name, "csv") from error


def _each_once(people: list[Character]) -> list[Character]:
    """A name that annotators gave to several persons stays with the one it is the first name of,
    else the first.
    """
    owner: dict[str, str] = {}
    for person in people:
        owner.setdefault(key(person.name), person.name)
    for person in people:
        for alias in person.aliases:
            owner.setdefault(key(alias), person.name)
    kept = [person for person in people if owner[key(person.name)] == person.name]
    return [
        Character(p.name, [a for a in p.aliases if owner[key(a)] == p.name], p.gender, p.colour)
        for p in kept
    ]


def _json(text: str, name: str) -> list[Character]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _damaged(name, "json") from error
    return _people(data)


def _yaml(text: str, name: str) -> list[Character]:
    """Every value is taken as it is written: a person called Yes or 007 keeps that name."""
    return _people(load_yaml(text, name, as_written=True))


def _people(data: Any) -> list[Character]:
    """Persons from a list, a table, or the spec of a job that holds them."""
    if isinstance(data, dict) and "characters" in data and "kind" in data:
        data = data["characters"]
    return parse_characters(data) if isinstance(data, str) else people_of(data)


def _damaged(name: str, form: str) -> InputError:
    return InputError(
        "{name} is damaged: it cannot be read as {form}.",
        "Open it in an editor, put it right and choose it again.",
        name=name,
        form=form,
    )
