"""Evaluation: the base model and an adapter side by side on rows that training has not seen."""

from studio.evaluation.spec import EvaluateJob

__all__ = ["EvaluateJob"]
