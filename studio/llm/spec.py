"""Which model server to ask, and how: the spec that every generating job and the chat share."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from studio.models.spec import AdapterFields, ModelName
from studio.spec import field


class ProviderSpec(AdapterFields, ModelName):
    """A model server and the way to sample from it.

    The API key is never part of it (`studio.secrets`).

    An empty `base_url` stands for the provider's usual address. `timeout_s` bounds one answer with
    all its retries; only waits that the server itself asked for come on top.
    """

    FIRST: ClassVar[tuple[str, ...]] = ("provider", "model_name_or_path", "base_url")
    FORMER: ClassVar[Mapping[str, str]] = {
        "model": "model_name_or_path",
        "adapter": "adapter_name_or_path",
    }

    provider: Literal["local", "openai", "ollama"] = field("local", help="Who runs the model")
    model_name_or_path: str = field(
        "starter", source="models", help="The provider's name of it; starter comes with the studio"
    )
    base_url: str = field(
        "",
        help="For example http://localhost:8000/v1; empty is the provider's usual one",
        counts_with={"provider": ("openai", "ollama")},
    )
    adapter_name_or_path: str = field(
        "",
        group="advanced",
        source="adapters",
        help="A trained adapter on the local model",
        counts_with={"provider": ("local",)},
    )
    temperature: float = field(
        0.7, group="sampling", low=0, high=2, step=0.05, help="0 always takes the likeliest token"
    )
    top_p: float = field(
        0.95,
        group="sampling",
        low=0.01,
        high=1,
        step=0.01,
        help="Samples from the fewest tokens that together have this probability",
    )
    max_tokens: int = field(
        512,
        group="sampling",
        low=1,
        high=65536,
        unit="tokens",
        help="Longest reply; one that reaches it is cut",
    )
    seed: int | None = field(
        42, group="sampling", low=0, high=2**31 - 1, help="The same seed gives the same result"
    )
    timeout_s: float = field(
        300, group="limits", low=0.5, high=7200, unit="seconds", help="With all its retries"
    )
    max_tries: int = field(
        4,
        group="limits",
        low=1,
        high=4,
        help="How often a request that failed is sent before it is given up",
    )


class AskingJob(ProviderSpec):
    """What the jobs that ask a model many times share beyond the provider."""

    # Requests sent at the same time. The local server carries several on together, so it gains too.
    concurrency: int = field(
        4, group="limits", low=1, high=32, help="Requests sent at the same time"
    )
