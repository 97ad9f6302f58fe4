"""What can be said of a model server before anything is asked of it: the address, the key, the
local model and adapter.
"""

from functools import cache
from urllib.parse import urlsplit

from studio import presets
from studio.errors import LlmFault, ModelError
from studio.llm.address import host_of, loopback, tidy
from studio.llm.spec import ProviderSpec
from studio.secrets import load_key
from studio.workspace import Workspace


def require_provider(
    spec: ProviderSpec, workspace: Workspace, later: frozenset[str] = frozenset()
) -> None:
    """Raise LlmFault for an unusable address or a service that gives nothing without a key,
    ModelError for a local model or adapter that is not there. A hub's model is not looked for."""
    if later & {"provider", "model_name_or_path", "base_url", "adapter_name_or_path"}:
        return
    if spec.provider != "local":
        require_key(spec.base_url, spec.provider)
        return
    from studio.models import adapter_folder, resolve

    try:
        resolve(spec.model_name_or_path, workspace=workspace)
    except ModelError as error:
        raise error.about("", "model_name_or_path") from error.__cause__
    if spec.adapter_name_or_path:
        try:
            adapter_folder(workspace, spec.adapter_name_or_path)
        except ModelError as error:
            raise error.about("", "adapter_name_or_path") from error.__cause__


def require_key(base_url: str, provider: str, field: str = "base_url") -> None:
    """Raise LlmFault for an address that cannot be one, or a known service without a saved key.
    field: the address's own.
    """
    try:
        address = tidy(base_url, provider)
    except LlmFault as error:
        raise error.about("", field) from error.__cause__
    if urlsplit(address).hostname in _services() and not load_key(address):
        raise LlmFault(
            "auth",
            "There is no API key for {host}.",
            "Enter one under the provider's settings, then start again.",
            host=host_of(address),
        ).about("", field)


@cache
def _services() -> frozenset[str]:
    """Hosts of the shipped provider presets that are not on this machine: all of them ask for a
    key.
    """
    found = [presets.load("providers", name) for name in presets.names("providers")]
    hosts = [
        urlsplit(str(data.get("base_url") or "")).hostname
        for data in found
        if data.get("provider") == "openai"
    ]
    return frozenset(host for host in hosts if host and not loopback(host))
