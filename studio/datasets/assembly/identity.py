"""Rows by which a model learns its name and its maker, from the sentences in presets/identity."""

import random
import re
from collections.abc import Sequence
from typing import Any

from studio import presets
from studio.datasets.row_forms.formats import Row
from studio.errors import InputError
from studio.workspace import Workspace

HOLES = re.compile(r"\{\{\s*(name|author)\s*\}\}")
CONVERSED = 8  # of so many rows one is a conversation


def rows(
    name: str, author: str, languages: Sequence[str], count: int, seed: int, workspace: Workspace
) -> list[Row]:
    """`count` different rows of each language in the normal form, the languages in turn; fewer
    where a language has no more sentences. One row in eight is a conversation.

    The same seed gives the same rows. Raises InputError for a file of sentences that lacks any.
    """
    made = [_of_language(language, count, seed, workspace) for language in languages]
    mixed = [one for at in range(count) for rows in made for one in rows[at : at + 1]]
    return [fill(row, name.strip(), author.strip())[0] for row in mixed]


def fill(row: Row, name: str, author: str) -> tuple[Row, int]:
    """A row with {{name}} and {{author}} filled in every text of it, and how many there were."""
    filled = 0

    def put(value: Any) -> Any:
        nonlocal filled
        if isinstance(value, str):
            text, times = HOLES.subn(lambda hole: author if hole[1] == "author" else name, value)
            filled += times
            return text
        if isinstance(value, list):
            return [put(one) for one in value]
        return {key: put(one) for key, one in value.items()} if isinstance(value, dict) else value

    return put(row), filled


def _of_language(language: str, count: int, seed: int, workspace: Workspace) -> list[Row]:
    """Rows of one language with their places open."""
    given = presets.load("identity", language, workspace)
    singles, talks = given.get("rows"), given.get("conversations") or []
    try:
        asked = [
            [(ask, one["say"][at % len(one["say"])]) for at, ask in enumerate(one["ask"])]
            for one in singles or []
        ]
        conversed = [_conversation(turns) for turns in talks]
    except (KeyError, TypeError, ZeroDivisionError, IndexError) as error:
        raise _unfit(language) from error
    if not asked:
        raise _unfit(language)
    draw = random.Random(f"{seed} {language}")
    draw.shuffle(asked)
    draw.shuffle(conversed)
    most = max(len(one) for one in asked)
    turns = [one[at] for at in range(most) for one in asked if at < len(one)]
    talking = min(len(conversed), count // CONVERSED)
    found = [_row(ask, say) for ask, say in turns[: count - talking]] + conversed[:talking]
    draw.shuffle(found)
    return found


def _row(asked: str, said: str, history: Sequence[Sequence[str]] = ()) -> Row:
    return {
        "system": "",
        "instruction": str(asked),
        "input": "",
        "history": [[str(one) for one in pair] for pair in history],
        "output": str(said),
    }


def _conversation(turns: Sequence[str]) -> Row:
    """Question and answer in turn as a row with its history."""
    pairs = list(zip(turns[::2], turns[1::2], strict=False))
    return _row(*pairs[-1], history=pairs[:-1])


def _unfit(language: str) -> InputError:
    return InputError(
        "The sentences in presets/identity/{language}.yaml cannot be read.",
        "Correct them in the workspace, or delete the file there.",
        language=language,
    )
