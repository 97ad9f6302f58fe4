"""Before a training starts: what it will take, and whether it can work.

Light: the window may import this package, `spec`, `outlook`, `machine` and `remedies`. What counts
tokens and tries three steps (`run_batches`, `learnt_text`, `trial`, `job`) runs in a worker.
"""

from studio.training.preflight.outlook import Outlook, outlook
from studio.training.preflight.remedies import Remedy, remedies
from studio.training.preflight.run_device import Device, device
from studio.training.preflight.spec import PreflightJob

__all__ = [
    "Device",
    "Outlook",
    "PreflightJob",
    "Remedy",
    "device",
    "outlook",
    "remedies",
]
