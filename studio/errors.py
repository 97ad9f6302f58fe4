"""Every error a user can meet: what happened, and what to do.

StudioError
├── SpecError        a field of a job spec is missing, unknown or out of range
├── InputError       a file or text that was handed in cannot be used
├── ModelError       a model or adapter is missing, unfit or unsafe to load
├── WorkspaceError   the project folder cannot be read or written (no disk, newer version, bad name)
├── JobError         a job cannot be started, found, stopped or resumed
├── LaunchError      the window cannot be opened (port in use, share without a login)
└── LlmFault         a model server refused, failed or answered nonsense; `kind` says which

Each is raised with two English templates and the values that fill them, for example
``InputError("The file {name} is empty.", "Choose a file with text.", name=name)``. The window
looks the same templates up in `tabs/words/`, so a sentence is written once, where it happens.
`Stopped` is not an error: it is how a stop request leaves a worker's call stack.
"""

from typing import Any


class StudioError(Exception):
    """`what` happened and what to `do`; both templates are kept so that they can be translated."""

    def __init__(self, what: str, do: str = "", **values: Any) -> None:
        self.what_template = what
        self.do_template = do
        self.values = {key: str(value) for key, value in values.items()}
        self.type = type(self).__name__
        super().__init__(self.sentence)

    @property
    def what(self) -> str:
        """What happened, filled in."""
        return fill(self.what_template, self.values)

    @property
    def do(self) -> str:
        """What to do about it, filled in; may be empty."""
        return fill(self.do_template, self.values)

    @property
    def sentence(self) -> str:
        """Both parts on one line, as the command line prints them."""
        return " ".join(part for part in (self.what, self.do) if part)

    def as_record(self) -> dict[str, Any]:
        """The JSON form kept in a job's row, from which the window can translate it."""
        return {"type": self.type, "what": self.what_template, "do": self.do_template, "values": self.values}

    @staticmethod
    def from_record(record: dict[str, Any]) -> "StudioError":
        """The error back from `as_record`'s form."""
        error = StudioError(record.get("what", ""), record.get("do", ""), **record.get("values", {}))
        error.type = record.get("type", "StudioError")
        return error


def fill(template: str, values: dict[str, str]) -> str:
    """`{name}` replaced for each known value; any other brace is left as it is."""
    for key, value in values.items():
        template = template.replace("{" + key + "}", value)
    return template


class SpecError(StudioError):
    """A field of a job spec is missing, unknown or out of range."""


class InputError(StudioError):
    """A file or text that was handed in cannot be used."""


class ModelError(StudioError):
    """A model or adapter is missing, unfit or unsafe to load."""


class WorkspaceError(StudioError):
    """The project folder cannot be read or written."""


class JobError(StudioError):
    """A job cannot be started, found, stopped or resumed."""


class LaunchError(StudioError):
    """The window cannot be opened."""


class LlmFault(StudioError):
    """A model server refused, failed or answered nonsense.

    `kind` is one of: auth, not_found, too_long, rate_limit, timeout, unreachable, server,
    bad_reply, bad_request, no_credit, stopped.
    """

    def __init__(self, kind: str, what: str, do: str = "", **values: Any) -> None:
        self.kind = kind
        super().__init__(what, do, **values)


class Stopped(Exception):
    """A stop was asked for; what is finished is already kept."""
