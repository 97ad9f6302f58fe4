"""Imports gradio in half of its time and without three of its habits.

- Type stubs, written beside the source of each component: they serve editors alone, and writing
  them needs a place of one's own, since two windows started together write the same files. Gradio
  leaves out a class whose file Python cannot name (`create_or_modify_pyi`).
- Statistics of the handlers' times, which no page of ours shows: after every event, over the last
  10,000 of them, with pandas; 0.1 s of the processor an event once many handlers were called.
  Gradio reads how many and how often from the environment.
- Plots: the first event asks matplotlib for its backend, which imports all of pyplot (0.4 s, 20 MB)
  to look for a screen, unless one is named.

Contracts in tests/tabs/test_gradio_inside.py.
"""

import inspect
import os
from typing import Any

os.environ |= {
    "GRADIO_ANALYTICS_MAX_EVENTS": "1",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": str(10**12),
    "MPLBACKEND": "agg",
}


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
