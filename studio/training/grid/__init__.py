"""A grid: one training over several values of some fields, judged by the held-out loss.

spec.py  the job's fields      trials.py  its runs, and how they went      job.py  one after another
"""

from studio.training.grid.spec import GridJob
from studio.training.grid.trials import Point, Tried, best, points, tried, values_of

__all__ = ["GridJob", "Point", "Tried", "best", "points", "tried", "values_of"]
