"""Addresses of model servers: one tidy form, and no way to the places where no model server can be.

Loopback and the local network are allowed, since that is where Ollama and vLLM run. Link-local
addresses are not: cloud machines answer there with their own credentials.
"""

import ipaddress
import socket
from urllib.parse import SplitResult, urlsplit, urlunsplit

from studio.errors import LlmFault

DEFAULTS = {"openai": "https://api.openai.com/v1", "ollama": "http://127.0.0.1:11434"}
ENDINGS = {"openai": ("/chat/completions",), "ollama": ("/api/chat", "/api", "/v1")}
METADATA_NAMES = ("metadata", "metadata.google.internal", "instance-data")


def tidy(base_url: str, provider: str) -> str:
    """The address as the client needs it; an empty one is the provider's usual.

    Raises LlmFault (bad_request).
    """
    text = base_url.strip() or DEFAULTS.get(provider, "")
    if "//" not in text:
        text = f"http://{text}"
    parts = _split(text)
    if (
        parts is None
        or parts.scheme not in ("http", "https")
        or not parts.hostname
        or "@" in parts.netloc
    ):
        raise LlmFault(
            "bad_request",
            "{address} is not the address of a model server.",
            "Write it like http://localhost:8000/v1, without user name or key.",
            address=text.split("@")[-1][:80],
        )
    if forbidden(parts.hostname):
        raise LlmFault(
            "bad_request",
            "The address {host} is not allowed for a model server.",
            "Use the address of the server itself.",
            host=parts.hostname,
        )
    path = parts.path.rstrip("/")
    for ending in ENDINGS.get(provider, ()):
        path = path.removesuffix(ending)
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        _ = parts.port  # a port out of range raises only when asked for
        return parts
    except ValueError:
        return None


def host_of(base_url: str) -> str:
    """Host and port as shown to the user."""
    return urlsplit(base_url).netloc.split("@")[-1]


def forbidden(host: str) -> bool:
    """Whether `host` is a link-local or metadata address in any of its spellings."""
    address = _ip(host)
    if address is None:
        return host.lower().rstrip(".") in METADATA_NAMES
    mapped = getattr(address, "ipv4_mapped", None)
    return address.is_link_local or address.is_multicast or bool(mapped and mapped.is_link_local)


def loopback(host: str) -> bool:
    """Whether `host` is this machine."""
    address = _ip(host)
    return address.is_loopback if address else host.lower().rstrip(".") == "localhost"


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that `host` spells, old forms such as 2852039166 and 0xa9.254 included; None for
    a name.
    """
    try:
        return ipaddress.ip_address(host.strip("[]").split("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None
