"""What goes to a model server and what comes back, whatever protocol lies between."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from studio.llm.line import Line

Message = dict[str, str]


@dataclass(frozen=True)
class Reply:
    """One whole answer.

    `data` is the checked object where a schema was given; tokens are the server's count.
    """

    text: str
    data: dict[str, Any] | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    finish_reason: str = "stop"
    seconds: float = 0.0

    @property
    def cut(self) -> bool:
        """Whether the answer ended at the token limit and not of itself."""
        return self.finish_reason == "length"


@dataclass(frozen=True)
class Request:
    """One call. `rung` is the step of the schema ladder (0 json_schema, 1 json_object, 2 plain
    text); `without` names request fields that this server is known to refuse."""

    messages: list[Message]
    schema: dict[str, Any] | None = None
    stream: bool = False
    seed: int | None = None
    max_tokens: int = 512
    rung: int = 0
    without: frozenset[str] = field(default_factory=frozenset)


class Dialect(Protocol):
    """A protocol: opens lines to the server, and sends one request over one."""

    host: str

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What its library raises."""

    def ready(self, stop: Callable[[], bool] | None) -> None:
        """Wait until there is a server to open a line to; only the local one may take time.

        Raises StudioError.
        """

    def open(self) -> Line:
        """A fresh line; nothing is sent yet."""

    def send(self, line: Line, request: Request) -> Iterator["str | Reply"]:
        """Pieces of text while streaming, then one Reply. Raises Trouble or one of `errors`."""
