"""What the engine is asked: one prompt and how to go on from it; and how a refusal is told."""

from dataclasses import dataclass
from typing import Any

from studio.errors import StudioError

BASE = "base"


@dataclass(frozen=True)
class Generation:
    """One request in the engine's terms.

    `prompt` holds token ids; `adapter` is "base" or an adapter's name.
    """

    prompt: list[int]
    adapter: str = BASE
    max_tokens: int = 1024
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    repetition_penalty: float = 1.0
    seed: int | None = None
    stop: tuple[str, ...] = ()
    grammar: Any = None  # a compiled xgrammar grammar


@dataclass(frozen=True)
class Piece:
    """A part of an answer as it is made: new text, and at the end why it ended and how many tokens
    it had.
    """

    text: str
    finish: str = ""  # "", "stop", "length", "error"
    tokens: int = 0
    error: str = ""


class Refusal(Exception):
    """A request that is answered with an HTTP error in OpenAI's form."""

    def __init__(
        self, status: int, code: str, message: str, record: StudioError | None = None
    ) -> None:
        self.status, self.code, self.message, self.record = status, code, message, record
        super().__init__(message)

    @staticmethod
    def of(error: StudioError, status: int = 400, code: str = "invalid_request") -> "Refusal":
        """The refusal that carries a user's error with its templates, so that the window can
        translate it.
        """
        return Refusal(status, code, error.sentence, error)

    def as_json(self) -> dict[str, Any]:
        """The body of the reply."""
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        body: dict[str, Any] = {
            "message": self.message,
            "type": kind,
            "param": None,
            "code": self.code,
        }
        if self.record is not None:
            body["record"] = self.record.as_record()
        return {"error": body}
