"""Imports gradio in half of its time: without the type stubs that it writes beside the source of
each component.

They serve editors alone, and writing them needs a place of one's own: two windows started together
write the same files.
Gradio leaves out a class whose file Python cannot name (`create_or_modify_pyi`); contract in
tests/tabs/test_gradio_inside.py.
"""

import inspect
from typing import Any


def _quickly() -> None:
    real = inspect.getfile

    def getfile(thing: Any) -> str:
        if isinstance(thing, type) and hasattr(thing, "EVENTS"):
            raise OSError(f"{thing.__name__} needs no stub")
        return real(thing)

    inspect.getfile = getfile  # type: ignore[assignment]
    try:
        import gradio  # noqa: F401
    finally:
        inspect.getfile = real


_quickly()
