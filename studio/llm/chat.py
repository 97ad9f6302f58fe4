"""Talking to the model server that is already up: the chat's sampling fields and its client."""

from typing import Any, ClassVar
from urllib.parse import urlsplit

from studio.llm.client import Client
from studio.llm.spec import ProviderSpec
from studio.serving import ServerInfo
from studio.spec import field


class ChatSpec(ProviderSpec):
    """How a chat samples.

    `top_k` 0 keeps all tokens; `repetition_penalty` 1 changes nothing (Keskar et al. 2019).
    """

    KIND: ClassVar[str] = "chat"

    system: str = field("", lines=3, help="Given to the model before the conversation")
    temperature: float = field(
        0.7, low=0, high=2, step=0.05, widget="slider", help="0 always takes the likeliest token"
    )
    top_p: float = field(
        0.9,
        low=0.01,
        high=1,
        step=0.01,
        widget="slider",
        help="Samples from the fewest tokens that together have this probability",
    )
    max_tokens: int = field(256, low=1, high=8192, step=1, widget="slider", help="Tokens")
    repetition_penalty: float = field(
        1.1, group="sampling", low=1, high=2, step=0.01, widget="slider", help="1 is none"
    )
    top_k: int = field(
        0, group="sampling", low=0, high=1000, help="Samples from the k likeliest tokens; 0 is all"
    )
    seed: int | None = field(
        None, group="sampling", low=0, high=2**31 - 1, help="Empty: a new one each time"
    )


def connect_served(spec: ChatSpec, server: ServerInfo, voice: str) -> Client:
    """A client for a ready server; `voice` is "base" or the name of an adapter on it."""
    from studio.llm.openai_client import Endpoint, OpenAIDialect
    from studio.llm.reply import Request

    class ChatDialect(OpenAIDialect):
        """The OpenAI protocol with the two sampling fields that only local servers know."""

        def _body(self, line: Any, request: Request) -> dict[str, Any]:
            extra = {"top_k": spec.top_k, "repetition_penalty": spec.repetition_penalty}
            return super()._body(line, request) | {"extra_body": extra}

    place = Endpoint(
        base_url=server.base_url,
        host=urlsplit(server.base_url).netloc,
        key=server.token.reveal(),
        model=voice,
    )
    return Client(spec, ChatDialect(spec, place))
