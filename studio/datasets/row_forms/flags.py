"""Yes and no as files write them: KTO's label of a reply that is wanted or not."""

from typing import Any

YES = ("true", "1", "1.0", "yes", "是", "对", "真", "desirable")
NO = ("false", "0", "0.0", "no", "否", "错", "假", "undesirable")
# Such a word is a flag wherever it stands; a number may as well be the label of something else.
SPOKEN = {"true", "false", "是", "否", "desirable", "undesirable"}


def flag_of(value: Any) -> bool | None:
    """True, False, or None for what is neither."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    return True if word in YES else False if word in NO else None


def is_spoken(value: Any) -> bool:
    """Whether a value can be nothing but a flag."""
    return isinstance(value, bool) or str(value).strip().lower() in SPOKEN
