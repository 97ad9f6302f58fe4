"""Ollama's own protocol through the `ollama` library.

The library has no timeout and no retries, sends OLLAMA_API_KEY to any host, and throws away the
headers of a refusal: the line under it makes up for all four. Ollama silently cuts a prompt at its
default context, so the context is asked for as large as the request needs.
"""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import ollama

from studio.llm import faults
from studio.llm.line import Line
from studio.llm.reply import Message, Reply, Request
from studio.llm.spec import ProviderSpec

DEFAULT_CONTEXT = 4096


class OllamaDialect:
    """`/api/chat`, whole and streamed."""

    errors = (
        ollama.ResponseError,
        ollama.RequestError,
        httpx.HTTPError,
        httpx.StreamError,
        httpx.InvalidURL,
        *faults.MISREAD,
    )

    def __init__(self, spec: ProviderSpec, base_url: str, host: str, key: str) -> None:
        self.spec = spec
        self.host = host
        self._base_url = base_url
        self._key = key

    def ready(self, stop: Callable[[], bool] | None) -> None:
        """The server is there or is not; the first request tells."""

    def open(self) -> Line:
        """A fresh line with a client of its own."""
        line = Line(self.host, self._key, self.spec.model_name_or_path)
        line.client = ollama.Client(host=self._base_url, **line.options(httpx, self.spec.timeout_s))
        line.on_close(line.client.close)
        return line

    def send(self, line: Line, request: Request) -> Iterator[str | Reply]:
        """Pieces while streaming, then the Reply. Raises Trouble."""
        try:
            yield from self._call(line, request)
        except ollama.ResponseError as error:
            status = (
                line.status if line.status >= 300 else 500
            )  # an error inside a stream comes with 200
            raise faults.by_status(
                status, str(error.error), line.headers, self.host, line.model
            ) from error
        except (httpx.HTTPError, OSError) as error:
            raise faults.by_error(error, self.host) from error
        except self.errors as error:
            raise faults.nonsense(self.host, line.headers.get("content-type", "")) from error

    def _call(self, line: Line, request: Request) -> Iterator[str | Reply]:
        made = line.client.chat(
            model=self.spec.model_name_or_path,
            messages=request.messages,
            stream=request.stream,
            format=self._format(request),
            options=self._options(request),
        )
        if request.stream:
            yield from self._streamed(made)
        else:
            yield self._reply(made, made.message.content)

    def _streamed(self, events: Any) -> Iterator[str | Reply]:
        pieces: list[str] = []
        last = None
        for event in events:
            if event.message.content:
                pieces.append(event.message.content)
                yield event.message.content
            if event.done:
                last = event
                break
        if last is None:
            raise faults.broken_stream(self.host)
        yield self._reply(last, "".join(pieces))

    def _reply(self, made: Any, text: str | None) -> Reply:
        if made.done is False:
            raise faults.broken_stream(self.host)
        if not text or not text.strip():
            raise faults.empty(self.host)
        return Reply(
            text=text,
            finish_reason=made.done_reason or "stop",
            prompt_tokens=made.prompt_eval_count or 0,
            completion_tokens=made.eval_count or 0,
        )

    def _format(self, request: Request) -> Any:
        if not request.schema or request.rung > 1:
            return None
        return request.schema if request.rung == 0 else "json"

    def _options(self, request: Request) -> dict[str, Any]:
        spec = self.spec
        options = {
            "temperature": spec.temperature,
            "top_p": spec.top_p,
            "num_predict": request.max_tokens,
        }
        if request.seed is not None:
            options["seed"] = request.seed
        need = context_needed(request.messages, request.max_tokens)
        return options | ({"num_ctx": need} if need > DEFAULT_CONTEXT else {})


def context_needed(messages: list[Message], max_tokens: int) -> int:
    """Context length, in tokens and rounded up to a power of two, that the request surely fits in.

    Counted high: one token for a Chinese character, one for three Latin letters, 16 for a message's
    frame.
    """
    letters = sum(len(m["content"]) for m in messages)
    wide = sum(1 for m in messages for letter in m["content"] if ord(letter) > 0x2E80)
    need = wide + (letters - wide) // 3 + 16 * len(messages) + max_tokens
    return 1 << max(need - 1, 1).bit_length()
