"""The OpenAI protocol through the `openai` library; the local model server speaks it too.

The library's own retries are off: they neither see a page of HTML, an empty choice or half a JSON
body as a failure, nor can they be stopped. Its answers are read without trust, since it does not
check them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import openai

from studio.llm import faults
from studio.llm.line import Line
from studio.llm.reply import Reply, Request
from studio.llm.spec import ProviderSpec


@dataclass(frozen=True)
class Endpoint:
    """Where to send and as whom; `model` is the name that the server knows."""

    base_url: str
    host: str
    key: str
    model: str


class OpenAIDialect:
    """Chat completions, whole and streamed."""

    errors = (
        openai.OpenAIError,
        httpx2.HTTPError,
        httpx2.StreamError,
        httpx2.InvalidURL,
        *faults.MISREAD,
    )

    def __init__(self, spec: ProviderSpec, place: Endpoint) -> None:
        self.spec = spec
        self.place = place
        self.host = place.host

    def ready(self, stop: Callable[[], bool] | None) -> None:
        """A remote server is there or is not; the first request tells."""

    def open(self) -> Line:
        """A fresh line with a client of its own."""
        place = self.place
        line = Line(place.host, place.key, place.model)
        http = httpx2.Client(**line.options(httpx2, self.spec.timeout_s))
        line.client = openai.OpenAI(
            base_url=place.base_url,
            api_key=place.key or "none",
            max_retries=0,
            http_client=http,
            timeout=http.timeout,
            organization="",
            project="",
        )
        line.on_close(http.close)
        return line

    def send(self, line: Line, request: Request) -> Iterator[str | Reply]:
        """Pieces while streaming, then the Reply. Raises Trouble."""
        try:
            yield from self._call(line, request)
        except openai.APIStatusError as error:
            raise faults.by_status(
                error.status_code, error.response.text, line.headers, self.host, line.model
            ) from error
        except (openai.APIConnectionError, httpx2.HTTPError, OSError) as error:
            raise faults.by_error(error, self.host) from error
        except openai.APIError as error:  # an error event inside a stream
            raise faults.by_status(500, error.message, {}, self.host, line.model) from error
        except self.errors as error:
            raise faults.nonsense(self.host, line.headers.get("content-type", "")) from error

    def _call(self, line: Line, request: Request) -> Iterator[str | Reply]:
        made = line.client.chat.completions.create(**self._body(line, request))
        if request.stream:
            yield from self._streamed(made)
        else:
            yield self._whole(made, line)

    def _body(self, line: Line, request: Request) -> dict[str, Any]:
        spec = self.spec
        body: dict[str, Any] = {
            "model": line.model,
            "messages": request.messages,
            "temperature": spec.temperature,
            "top_p": spec.top_p,
            "max_tokens": request.max_tokens,
        }
        if request.seed is not None:
            body["seed"] = request.seed
        if request.stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        if request.schema and request.rung == 0:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "answer", "strict": True, "schema": request.schema},
            }
        elif request.schema and request.rung == 1:
            body["response_format"] = {"type": "json_object"}
        if "max_tokens" in request.without:
            body["max_completion_tokens"] = body["max_tokens"]
        return {name: value for name, value in body.items() if name not in request.without}

    def _whole(self, made: Any, line: Line) -> Reply:
        if isinstance(made, str | bytes) or made is None:
            raise faults.nonsense(self.host, line.headers.get("content-type", ""))
        if error := dig(made, "error"):
            raise faults.by_status(
                500, str(dig(error, "message") or error), {}, self.host, line.model
            )
        finish = dig(made, "choices", 0, "finish_reason")
        text = dig(made, "choices", 0, "message", "content")
        if finish == "content_filter":
            raise faults.withheld(self.host)
        if not isinstance(text, str) or not text.strip():
            raise faults.empty(self.host)
        return Reply(
            text=text,
            finish_reason=str(finish or "stop"),
            prompt_tokens=count(dig(made, "usage", "prompt_tokens")),
            completion_tokens=count(dig(made, "usage", "completion_tokens")),
        )

    def _streamed(self, events: Any) -> Iterator[str | Reply]:
        pieces: list[str] = []
        finish, usage = "", None
        for event in events:
            usage = dig(event, "usage") or usage
            finish = dig(event, "choices", 0, "finish_reason") or finish
            piece = dig(event, "choices", 0, "delta", "content")
            if isinstance(piece, str) and piece:
                pieces.append(piece)
                yield piece
        if not finish:
            raise faults.broken_stream(self.host)
        if finish == "content_filter":
            raise faults.withheld(self.host)
        if not "".join(pieces).strip():
            raise faults.empty(self.host)
        yield Reply(
            text="".join(pieces),
            finish_reason=str(finish),
            prompt_tokens=count(dig(usage, "prompt_tokens")),
            completion_tokens=count(dig(usage, "completion_tokens")) or len(pieces),
        )


def dig(value: Any, *path: str | int) -> Any:
    """What lies at `path` in objects, dicts and lists; None where anything on the way is
    missing.
    """
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and len(value) > step else None
        else:
            value = value.get(step) if isinstance(value, dict) else getattr(value, step, None)
    return value


def count(value: Any) -> int:
    """A token count as the server gave it; anything else is 0."""
    return value if isinstance(value, int) and value > 0 else 0
