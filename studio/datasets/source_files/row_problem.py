"""Why one row of a dataset cannot be used, and the check that every text of it passes."""

from typing import Any


class RowProblem(ValueError):
    """Why one row cannot be used, in a few plain words; example: the row as it stands in the file,
    where that is known.
    """

    def __init__(self, reason: str, example: Any = None) -> None:
        super().__init__(reason)
        self.example = example


def checked(value: Any, column: str, *, empty: bool = False) -> str:
    """Text that a tokenizer can take; lone surrogates, left by broken escapes, are refused.

    Raises RowProblem. empty: whether it may say nothing.
    """
    if value is None:
        raise RowProblem(f"{column} is missing")
    if not isinstance(value, str):
        raise RowProblem(f"{column} is not text")
    if not empty and not value.strip():
        raise RowProblem(f"{column} is empty")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise RowProblem(f"{column} holds a broken character") from error
    return value
