"""Training: plan, worker, checkpoints, curves, runs.

Importing this package is light; torch is loaded by its worker modules.
"""

from studio.training.plan import Plan, plan
from studio.training.runs import Adapter, adapters, runs
from studio.training.spec import TrainJob

__all__ = ["Adapter", "Plan", "TrainJob", "adapters", "plan", "runs"]

# Modules that other rooms and the window may use beside these names.
MODULES = (
    "checkpoints",
    "curves",
    "live",
    "loss",
    "model",
    "overlay",
    "plan",
    "report",
    "runs",
    "spec",
    "verdict",
)
