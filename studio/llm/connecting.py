"""From a ProviderSpec to a client.

The heavy libraries are imported here, at the first connection.
"""

from studio.llm.address import host_of, tidy
from studio.llm.client import Client
from studio.llm.spec import ProviderSpec
from studio.secrets import load_key
from studio.workspace import Workspace


def connect(spec: ProviderSpec, workspace: Workspace | None = None) -> Client:
    """A client for the server that `spec` names; nothing is sent yet and no server is started yet.

    The key is the one saved for exactly this host. `workspace` lets an adapter be named by its
    training run's id. Raises LlmFault (bad_request) for an unusable address.
    """
    if spec.provider == "local":
        from studio.llm.local_client import LocalDialect

        return Client(spec, LocalDialect(spec, workspace))
    base_url = tidy(spec.base_url, spec.provider)
    host, key = host_of(base_url), load_key(base_url).reveal()
    if spec.provider == "ollama":
        from studio.llm.ollama_client import OllamaDialect

        return Client(spec, OllamaDialect(spec, base_url, host, key))
    from studio.llm.openai_client import Endpoint, OpenAIDialect

    return Client(
        spec,
        OpenAIDialect(
            spec, Endpoint(base_url=base_url, host=host, key=key, model=spec.model_name_or_path)
        ),
    )
