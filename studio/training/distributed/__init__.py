"""A training in several processes, on one machine or on many: which devices, accelerate's config,
the commands, the launcher and what the processes agree on.

Light, but for `together` and `sharded`, which belong to the worker.
"""
