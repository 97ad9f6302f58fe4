"""Jobs: start, watch, stop, resume, recover. A job is a spec at work in a process of its own."""

from studio.jobs.control import recover, resume, start, stop, wait
from studio.jobs.kinds import KINDS, read_spec, spec_class
from studio.jobs.records import JobRecord, children, get, latest, recent, resumable, running
from studio.store.jobs import ACTIVE

__all__ = [
    "ACTIVE",
    "KINDS",
    "JobRecord",
    "children",
    "get",
    "latest",
    "read_spec",
    "recent",
    "recover",
    "resumable",
    "resume",
    "running",
    "spec_class",
    "start",
    "stop",
    "wait",
]

# Modules that other rooms and the window may use beside these names.
MODULES = (
    "context",
    "kinds",
    "log_search",
    "parallel",
    "parallel_fields",
    "queue",
    "records",
    "workers",
)
