"""Memory of a window that stays open for days: what glibc's malloc keeps for itself, and pages that
are long closed.
"""

import ctypes
import sys

# Pages whose state Gradio keeps: 2.5 MB each, and every reload is a new page; those that were
# silent longest go first.
PAGES = 20
M_ARENA_MAX = -8


def few_arenas() -> None:
    """Let all threads share two arenas: with one for each, every burst of threads leaves its freed
    memory behind.
    """
    if sys.platform != "linux":
        return
    try:
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)
    except (AttributeError, OSError):
        return  # another libc, which has no arenas
