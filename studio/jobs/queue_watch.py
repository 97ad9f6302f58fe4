"""``python -m studio.jobs.queue_watch WORKSPACE``: looks after the jobs of a workspace while any
waits in its queue, and ends with it.

The worker that ends lets the next one go itself; this process does where a worker was killed, by
the system for its memory for example, and no window is open.
"""

import sys
import time

import filelock

from studio.errors import StudioError
from studio.jobs import control, queue
from studio.store import queue as kept
from studio.workspace import Workspace

POLL_S = 2.0


def main(arguments: list[str]) -> int:
    """Watch until nothing waits or the queue is held."""
    try:
        workspace = Workspace.open(arguments[0])
        with filelock.FileLock(queue.watch_folder(workspace) / "lock", timeout=0):
            while kept.waiting(workspace.store) and not kept.hold(workspace.store).held:
                control.recover(workspace)
                time.sleep(POLL_S)
    except filelock.Timeout:
        return 0  # another one watches
    except StudioError as error:
        sys.stderr.write(f"{error.sentence}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
