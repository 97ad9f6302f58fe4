"""What comes back from a task that ran in another process: its result, or its error as a record,
since an error does not travel by pickle.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from studio.errors import StudioError


@dataclass(frozen=True)
class Answer:
    """A task's result, or the StudioError that it raised, as `StudioError.as_record` writes it."""

    result: Any = None
    error: dict[str, Any] | None = None


def answer(function: Callable[[Any], Any], task: Any) -> Answer:
    """Carry a task out."""
    try:
        return Answer(function(task))
    except StudioError as error:
        return Answer(error=error.as_record())
