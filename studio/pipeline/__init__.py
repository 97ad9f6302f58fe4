"""Pipelines: a list of steps, each a job of its own, that goes on where it stopped."""
