"""What is looked for among a dataset's rows: a text, conditions on fields, an order.

As plain data, as the window keeps it and a caller writes it:

    search  "text"                                  in any field, whatever its case
    where   [{"field": "output", "test": "contains", "value": "text"}, …]      all of them hold
    order   {"by": "reply", "down": true}           by "file", a length, or a field's text
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from studio.errors import InputError

# The fields of the normal form (see `formats`), each with the text that a row has in it.
FIELDS = (
    "system",
    "instruction",
    "input",
    "history",
    "output",
    "chosen",
    "rejected",
    "messages",
    "tools",
    "text",
    "kto_tag",
)
# prompt and reply: their characters; turns: how many, without the system prompt.
NUMBERS = ("prompt", "reply", "turns")
# What a person has given to rows (see `row_marks`): 1 to 5 stars, 0 for none; a tag.
RATING, TAG = "rating", "tag"
TEXT_TESTS = ("contains", "lacks", "equals", "empty", "filled", "over", "under")
NUMBER_TESTS = ("over", "under", "equals")
TAG_TESTS = ("equals", "lacks")
KINDS = ("sft", "messages", "ranking", "kto", "text")
FILE_ORDER = "file"
MOST_CONDITIONS, MOST_TEXT = 20, 2000


@dataclass(frozen=True)
class Condition:
    """One condition. field: of FIELDS, of NUMBERS, RATING, TAG, "kind" or "bad" (rows that cannot
    be used).

    test: of a text contains, lacks, equals, empty, filled, and over or under for its length in
    characters; of a number and a rating over, under, equals; of the kind equals; of a tag equals
    (the row has it), lacks.
    """

    field: str
    test: str = "is"
    value: str = ""

    @property
    def number(self) -> int:
        """The value of a comparison."""
        return int(self.value)


@dataclass(frozen=True)
class Query:
    """Which rows, in which order; what is left out holds for all of them, in the file's order."""

    search: str = ""
    where: tuple[Condition, ...] = ()
    by: str = FILE_ORDER
    down: bool = False
    # What became of conditions on ratings and tags: (whether the rows are those of these numbers
    # from 0, or all others; the numbers).
    numbered: tuple[tuple[bool, tuple[int, ...]], ...] = ()

    @property
    def plain(self) -> bool:
        """Whether it is all good rows as they stand in the file."""
        return self == Query()

    @property
    def bad(self) -> bool:
        """Whether it asks for the rows that cannot be used."""
        return any(one.field == "bad" for one in self.where)


def read_query(search: Any = "", where: Sequence[Any] | None = None, order: Any = None) -> Query:
    """The query of plain data from outside.

    Raises InputError for a field, test or number that there is not.
    """
    if not isinstance(search or "", str) or not isinstance(where or [], list | tuple):
        raise _unknown("search")
    conditions = tuple(_condition(one) for one in list(where or [])[:MOST_CONDITIONS])
    order = order or {}
    by = order.get("by") or FILE_ORDER if isinstance(order, dict) else None
    if by not in (FILE_ORDER, *NUMBERS, *FIELDS):
        raise _unknown(by)
    return Query((search or "")[:MOST_TEXT], conditions, by, bool(order.get("down")))


def tests_of(field: Any) -> tuple[str, ...]:
    """The tests that fit a field; none for what is no field."""
    if field in FIELDS:
        return TEXT_TESTS
    if field in (*NUMBERS, RATING):
        return NUMBER_TESTS
    return {TAG: TAG_TESTS, "kind": ("equals",)}.get(field, ()) if isinstance(field, str) else ()


def _condition(given: Any) -> Condition:
    if not isinstance(given, dict):
        raise _unknown(given)
    field, test, value = (given.get(key) for key in ("field", "test", "value"))
    if field == "bad":
        return Condition("bad")
    tests = tests_of(field)
    if test not in tests or not isinstance(value if value is not None else "", str | int | float):
        raise _unknown(f"{field} {test}" if tests else field)
    if field == "kind" and value not in KINDS:
        raise _unknown(value)
    text = "" if value is None else str(value)[:MOST_TEXT]
    if test in ("over", "under") or field in (*NUMBERS, RATING):
        if not text.strip().isdecimal() or len(text) > 9:
            raise InputError(
                "{value} is not a whole number.",
                "Give a length or a count, such as 200.",
                value=text or "…",
            )
    return Condition(str(field), str(test), text)


def _unknown(what: Any) -> InputError:
    return InputError(
        "Rows cannot be looked for by {named}.",
        "Choose a field and a condition from the lists.",
        named=str(what)[:40],
    )
