"""Texts to vectors over the OpenAI and Ollama protocols, with the same tries, waits and faults as
`ask()`.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from studio.errors import LlmFault
from studio.llm import faults
from studio.llm.address import host_of, tidy
from studio.llm.client import Call, Client, OnWait, Stop
from studio.llm.line import Line
from studio.llm.ollama_client import OllamaDialect
from studio.llm.openai_client import Endpoint, OpenAIDialect, dig
from studio.llm.reply import Request
from studio.llm.spec import ProviderSpec
from studio.secrets import load_key

Vector = list[float]


@dataclass(frozen=True)
class Texts(Request):
    """One call for the vectors of `texts`; a Request, so that tries and waits are the same."""

    texts: tuple[str, ...] = ()


class EmbeddingClient(Client):
    """A server's embeddings, from any number of threads at once.

    Make one with `connect_embeddings`.
    """

    def embed(
        self, texts: list[str], stop: Stop | None = None, *, on_wait: OnWait | None = None
    ) -> list[Vector]:
        """One vector a text, in order, all of one width; empty texts must not be sent.

        Raises LlmFault, or Stopped when stop() turned true.
        """
        call = Call(self.spec, stop, on_wait)
        *_, last = self._tries(Texts([], texts=tuple(texts)), call)
        found: list[Vector] = last
        return found


class OpenAIEmbeddings(OpenAIDialect):
    """`/v1/embeddings`."""

    def _call(self, line: Line, request: Request) -> Iterator[Any]:
        made = line.client.embeddings.create(
            model=line.model, input=list(_texts(request)), encoding_format="float"
        )
        if error := dig(made, "error"):
            raise faults.by_status(
                500, str(dig(error, "message") or error), {}, self.host, line.model
            )
        items = dig(made, "data")
        if not isinstance(items, list):
            raise faults.nonsense(self.host, line.headers.get("content-type", ""))
        if all(isinstance(dig(item, "index"), int) for item in items):
            items = sorted(items, key=lambda item: item.index)
        yield checked([dig(item, "embedding") for item in items], len(_texts(request)), self.host)


class OllamaEmbeddings(OllamaDialect):
    """`/api/embed`.

    A text over the model's context is cut there by Ollama; sentences are shorter.
    """

    def _call(self, line: Line, request: Request) -> Iterator[Any]:
        made = line.client.embed(model=self.spec.model_name_or_path, input=list(_texts(request)))
        yield checked(dig(made, "embeddings"), len(_texts(request)), self.host)


def connect_embeddings(spec: ProviderSpec) -> EmbeddingClient:
    """A client for the embeddings of the server that `spec` names (openai or ollama); nothing is
    sent yet.

    The key is the one saved for exactly this host. Raises LlmFault (bad_request) for an unusable
    address.
    """
    base_url = tidy(spec.base_url.strip().rstrip("/").removesuffix("/embeddings"), spec.provider)
    host, key = host_of(base_url), load_key(base_url).reveal()
    if spec.provider == "ollama":
        return EmbeddingClient(spec, OllamaEmbeddings(spec, base_url, host, key))
    return EmbeddingClient(
        spec,
        OpenAIEmbeddings(
            spec, Endpoint(base_url=base_url, host=host, key=key, model=spec.model_name_or_path)
        ),
    )


def checked(found: Any, count: int, host: str) -> list[Vector]:
    """The vectors of a reply if there are as many as texts, all finite and of one width.

    Raises Trouble.
    """
    if not isinstance(found, list | tuple) or len(found) != count:
        raise faults.nonsense(host)
    rows = [list(row) if isinstance(row, list | tuple) else [] for row in found]
    numbers = all(
        isinstance(x, int | float) and not isinstance(x, bool) and math.isfinite(x)
        for row in rows
        for x in row
    )
    if not numbers or not rows[0] or len({len(row) for row in rows}) != 1:
        raise faults.nonsense(host)
    return rows


def other_width(host: str, known: int, found: int) -> LlmFault:
    """The server changed the length of its vectors, so that they cannot be compared."""
    return LlmFault(
        "bad_reply",
        "{host} sent vectors of {found} numbers, before of {known}.",
        "See which model the server runs now, then start again.",
        host=host,
        found=found,
        known=known,
    )


def _texts(request: Request) -> tuple[str, ...]:
    return request.texts if isinstance(request, Texts) else ()
