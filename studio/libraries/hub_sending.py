"""What is used of huggingface_hub beyond its documentation; `test_publishing.py` holds it against a
server that speaks the hub's protocol.
"""

from typing import Any


def goes_with_the_commit(operation: Any) -> bool:
    """Whether the hub wants a file within the commit itself: asked of a CommitOperationAdd that
    `preupload_lfs_files` has seen.
    """
    return getattr(operation, "_upload_mode", "") == "regular"


def http_faults() -> tuple[type[BaseException], ...]:
    """What its HTTP client raises where there is no answer: the class that its own errors of
    answers come from. Which client that is has changed between its versions.
    """
    from huggingface_hub.errors import HfHubHTTPError

    return tuple(base for base in HfHubHTTPError.__bases__ if base is not OSError)
