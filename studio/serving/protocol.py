"""The OpenAI chat protocol: what a request may hold, and the shapes of the replies."""

import time
import uuid
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from studio.serving.request import Refusal

UNSUPPORTED = {"tools", "functions", "logit_bias", "logprobs", "audio", "modalities"}


class Message(BaseModel):
    """One turn; content is text, or a list of text parts."""

    model_config = ConfigDict(extra="ignore")
    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[dict[str, Any]] | None = ""

    def plain(self) -> dict[str, str]:
        """Role and text as a chat template takes them.

        Raises Refusal for parts that are not text.
        """
        parts = (
            [{"type": "text", "text": self.content or ""}]
            if not isinstance(self.content, list)
            else self.content
        )
        if any(
            part.get("type") != "text" or not isinstance(part.get("text"), str) for part in parts
        ):
            raise Refusal(400, "invalid_content", "This model takes text only.")
        role = "system" if self.role == "developer" else self.role
        return {"role": role, "content": "".join(part["text"] for part in parts)}


class StreamOptions(BaseModel):
    """Whether a stream ends with the count of tokens."""

    include_usage: bool = False


class ChatRequest(BaseModel):
    """The fields of a chat completion that are honoured; see `refuse_unsupported` for those that
    are not.
    """

    model_config = ConfigDict(extra="allow")
    model: str
    messages: list[Message] = Field(min_length=1)
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: int | None = Field(None, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1)
    temperature: float | None = Field(None, ge=0, le=5)
    top_p: float | None = Field(None, gt=0, le=1)
    top_k: int | None = Field(None, ge=-1, le=1_000_000)
    repetition_penalty: float | None = Field(None, gt=0, le=10)
    seed: int | None = None
    stop: str | list[str] | None = None
    response_format: dict[str, Any] | None = None
    chat_template_kwargs: dict[str, Any] = Field(default_factory=dict)
    n: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None

    def refuse_unsupported(self) -> None:
        """Raise Refusal for a wish that would otherwise be silently left out."""
        wished = {
            key for key, value in (self.model_extra or {}).items() if key in UNSUPPORTED and value
        }
        wished |= {
            name for name in ("frequency_penalty", "presence_penalty") if getattr(self, name)
        }
        wished |= {"n"} if self.n not in (None, 1) else set()
        if wished:
            names = ", ".join(sorted(wished))
            raise Refusal(
                400, "unsupported_parameter", f"The local model server does not support: {names}."
            )


class AdapterRequest(BaseModel):
    """An adapter's folder and the name under which requests will ask for it."""

    model_config = ConfigDict(extra="forbid")
    name: str
    path: str


class Reply:
    """The replies to one chat request; they share an id, a time and the model's name."""

    def __init__(self, model: str) -> None:
        self._head = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "created": int(time.time()),
            "model": model,
        }

    def whole(self, text: str, finish: str, usage: dict[str, int]) -> dict[str, Any]:
        """The answer in one piece."""
        message = {"role": "assistant", "content": text, "refusal": None}
        choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
        return self._head | {"object": "chat.completion", "choices": [choice], "usage": usage}

    def chunk(self, delta: dict[str, str], finish: str | None = None) -> dict[str, Any]:
        """One piece of a streamed answer."""
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return self._head | {"object": "chat.completion.chunk", "choices": [choice]}

    def closing(self, usage: dict[str, int]) -> dict[str, Any]:
        """The stream's last chunk, which holds the count of tokens alone."""
        return self._head | {"object": "chat.completion.chunk", "choices": [], "usage": usage}


def usage(prompt: int, made: int) -> dict[str, int]:
    """Counts of tokens."""
    return {"prompt_tokens": prompt, "completion_tokens": made, "total_tokens": prompt + made}


def model_card(name: str, root: str, parent: str | None) -> dict[str, Any]:
    """One line of the list of models."""
    return {
        "id": name,
        "object": "model",
        "created": 0,
        "owned_by": "inkwell",
        "root": root,
        "parent": parent,
    }
