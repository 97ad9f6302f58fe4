"""Training: plan, worker, checkpoints, curves, runs.

Importing this package is light; torch is loaded by its worker modules.
"""

from studio.training.distributed.command_lines import commands
from studio.training.plan import Plan, plan
from studio.training.runs import Trained, adapters, models, reward_models, runs
from studio.training.spec import TrainJob

__all__ = [
    "Plan",
    "TrainJob",
    "Trained",
    "adapters",
    "commands",
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
    "grid",
    "live",
    "loss",
    "model",
    "overlay",
    "plan",
    "plan_model",
    "preflight",
    "preflight.outlook",
    "preflight.remedies",
    "preset_pairs",
    "report",
    "runs",
    "sample_replies",
    "spec",
    "stages",
    "verdict",
)
