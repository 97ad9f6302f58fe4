"""Training: plan, worker, checkpoints, curves, runs.

Importing this package is light; torch is loaded by its worker modules.
"""

from studio.training.plan import Plan, plan
from studio.training.runs import Trained, adapters, models, reward_models, runs
from studio.training.spec import TrainJob

__all__ = [
    "Plan",
    "TrainJob",
    "Trained",
    "adapters",
    "models",
    "plan",
    "reward_models",
    "runs",
]

# Modules that other rooms and the window may use beside these names.
MODULES = (
    "checkpoints",
    "curves",
    "fits",
    "live",
    "loss",
    "model",
    "overlay",
    "plan_model",
    "preset_pairs",
    "report",
    "runs",
    "spec",
    "stages",
    "verdict",
)
