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

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Self


@dataclass(frozen=True)
class Problem:
    """What is wrong with fields of a spec: a template whose holes are values, or the names of the
    fields themselves.

    A template that names none of its fields is told behind the first one's name: "`max_tokens`: at
    least 16".
    """

    fields: tuple[str, ...]
    what: str
    values: tuple[tuple[str, str], ...] = ()

    def sentence(self, template: str, names: dict[str, str], colon: str) -> str:
        """The problem in words: `template` is `what` in some language, `names` how its fields are
        called there.
        """
        told = fill(template, dict(self.values) | names)
        named = not self.fields or any("{" + name + "}" in template for name in self.fields)
        return told if named else f"{names[self.fields[0]]}{colon}{told}"


class StudioError(Exception):
    """`what` happened and what to `do`; both templates are kept so that they can be translated.

    may_pass: whether the same job may succeed later as it is, once time or the user has mended the
    cause (network, disk, memory); what a class says can be said otherwise where it is raised.
    fields: names of the fields of a spec that it is about; kind: the spec's kind of job, "" where
    that is not known.
    """

    MAY_PASS: ClassVar[bool] = False

    def __init__(
        self,
        what: str,
        do: str = "",
        *,
        may_pass: bool | None = None,
        fields: Iterable[str] = (),
        **values: Any,
    ) -> None:
        self.what_template = what
        self.do_template = do
        self.values = {key: str(value) for key, value in values.items()}
        self.type = type(self).__name__
        self.may_pass = self.MAY_PASS if may_pass is None else may_pass
        self.fields = tuple(fields)
        self.spec_kind = ""
        super().__init__(self.sentence)

    def about(self, kind: str, *fields: str) -> Self:
        """The same error, said of fields of a kind of spec; those that it names itself stay."""
        self.spec_kind = self.spec_kind or kind
        self.fields = self.fields or fields
        return self

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
        return {
            "type": self.type,
            "what": self.what_template,
            "do": self.do_template,
            "values": self.values,
            "may_pass": self.may_pass,
        }

    @staticmethod
    def from_record(record: dict[str, Any]) -> "StudioError":
        """The error back from `as_record`'s form."""
        error = StudioError(record.get("what", ""), record.get("do", ""))
        error.values = {str(key): str(value) for key, value in record.get("values", {}).items()}
        error.type = record.get("type", "StudioError")
        known = globals().get(error.type)
        passing = (
            known.MAY_PASS if isinstance(known, type) and issubclass(known, StudioError) else False
        )
        error.may_pass = bool(
            record.get("may_pass", passing)
        )  # a record of an older version does not say
        error.args = (error.sentence,)
        return error


def fill(template: str, values: dict[str, str]) -> str:
    """`{name}` replaced for each known value; any other brace is left as it is."""
    for key, value in values.items():
        template = template.replace("{" + key + "}", value)
    return template


class SpecError(StudioError):
    """A field of a job spec is missing, unknown or out of range; `problems` has each one."""

    problems: tuple[Problem, ...] = ()


class InputError(StudioError):
    """A file or text that was handed in cannot be used."""


class ModelError(StudioError):
    """A model or adapter is missing, unfit or unsafe to load."""


class WorkspaceError(StudioError):
    """The project folder cannot be read or written."""

    MAY_PASS = True


class JobError(StudioError):
    """A job cannot be started, found, stopped or resumed."""

    MAY_PASS = True


class LaunchError(StudioError):
    """The window cannot be opened."""


class LlmFault(StudioError):
    """A model server refused, failed or answered nonsense.

    `kind` is one of: auth, not_found, too_long, rate_limit, timeout, unreachable, server,
    bad_reply, bad_request, no_credit, stopped.
    """

    MAY_PASS = True
    LASTING = ("too_long", "bad_request")  # what no waiting, no key and no pulled model mends

    def __init__(self, kind: str, what: str, do: str = "", **values: Any) -> None:
        self.kind = kind
        super().__init__(what, do, may_pass=kind not in self.LASTING, **values)


class Stopped(Exception):
    """A stop was asked for; what is finished is already kept."""
