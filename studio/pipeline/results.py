"""What the steps of a pipeline give to later ones, known from the kinds before anything runs."""

import difflib
import typing
from types import NoneType, UnionType
from typing import Any

from studio.spec import Spec


def not_given(made: type[Spec], key: str) -> str:
    """Why a job of this spec gives nothing under a dotted key, in words that follow "which"; "" if
    it does.
    """
    shape: Any = made.RESULT
    for part in key.split("."):
        shape = _plain(shape)
        if shape is Any or shape is dict:
            return ""
        if typing.get_origin(shape) is dict:
            shape = typing.get_args(shape)[1]
            continue
        if not typing.is_typeddict(shape):
            return f"no step of kind {made.KIND} gives"
        known = typing.get_type_hints(shape)
        if part not in known:
            near = difflib.get_close_matches(part, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"it gives {', '.join(known)}"
            return f"no step of kind {made.KIND} gives; {hint}"
        shape = known[part]
    return ""


def _plain(shape: Any) -> Any:
    """A type without the None that it may be instead."""
    if typing.get_origin(shape) in (typing.Union, UnionType):
        return next(one for one in typing.get_args(shape) if one is not NoneType)
    return shape
