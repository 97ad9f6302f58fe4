"""Whether what a job gave is what its kind says that it gives."""

from studio.jobs.kinds import spec_class


def as_named(kind, result):
    """The result, once it has all the keys that its kind names and no others."""
    named = spec_class(kind).RESULT
    assert named.__required_keys__ <= set(result) <= set(named.__annotations__), kind
    return result
