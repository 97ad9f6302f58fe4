"""API keys: one 0600 file under home, a type that cannot be printed, and redaction of any text.

A key is bound to the address it was saved for, so changing a provider's address never sends an
existing key to the new host.
"""

import json
import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from studio.errors import InputError
from studio.files import write_text
from studio.workspace import home

PATTERNS = re.compile(
    r"hf_[A-Za-z0-9]{16,}|sk-[A-Za-z0-9_\-]{8,}|AKIA[0-9A-Z]{16}|(?<=Bearer )[\w.\-~+/=]{8,}"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
    r"|(?i:(?<=api_key=)|(?<=api-key: )|(?<=token=)|(?<=password=))[^\s&\"',}]{4,}"
)


class Secret:
    """A key that prints as dots; `reveal()` is the one way to the text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The key itself, for the client that sends it."""
        return self._text

    def __str__(self) -> str:
        return "••••"

    __repr__ = __str__

    def __bool__(self) -> bool:
        return bool(self._text)


def keys_file() -> Path:
    """Where keys are kept."""
    return home() / "keys.json"


def save_key(address: str, key: str) -> None:
    """Keep `key` for the host of `address`; an empty key forgets it. Raises InputError."""
    key = key.strip()
    if any(ord(letter) < 33 or ord(letter) > 126 for letter in key):
        raise InputError("The API key holds spaces or unusual letters.", "Paste the key alone.")
    keys = _read()
    keys.pop(_host(address), None)
    if key:
        keys[_host(address)] = key
    write_text(keys_file(), json.dumps(keys, indent=2), mode=0o600)


def load_key(address: str) -> Secret:
    """The key saved for exactly this host and port, or an empty Secret."""
    return Secret(_read().get(_host(address), ""))


def addresses() -> list[str]:
    """The hosts, with their ports, for which a key is kept."""
    return sorted(_read())


def hint(address: str) -> str:
    """What the window may show of a key: its last four characters, or nothing."""
    key = load_key(address).reveal()
    return f"…{key[-4:]}" if len(key) >= 12 else ("•" if key else "")


def redact(text: str) -> str:
    """`text` with every saved key and everything shaped like a key replaced by dots."""
    for key in _read().values():
        text = text.replace(key, "••••")
    return PATTERNS.sub("••••", text)


def host(address: str) -> str:
    """The host and port of an address, by which its key is kept."""
    return _host(address)


def name_of(address: str) -> str:
    """What a person calls the provider at this host; the host itself where nobody named it."""
    return _names().get(_host(address)) or _host(address)


def call(address: str, name: str) -> None:
    """Call the provider at this host otherwise; "" takes its name away. Raises InputError where
    another one has the name.
    """
    names, place = _names(), _host(address)
    if any(one.casefold() == name.casefold() for key, one in names.items() if key != place):
        raise InputError("{name} is taken.", "Choose another name.", name=name)
    names.pop(place, None)
    if name:
        names[place] = name
    write_text(names_file(), json.dumps(names, indent=2, ensure_ascii=False), mode=0o600)


def names_file() -> Path:
    """Where the names of providers are kept; no key stands in it."""
    return home() / "providers.json"


def _names() -> dict[str, str]:
    try:
        data = json.loads(names_file().read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # a damaged file costs names alone
        return {}
    return {str(k): str(v) for k, v in data.items()} if isinstance(data, dict) else {}


def _host(address: str) -> str:
    parts = urlsplit(address if "//" in address else f"//{address}")
    return f"{(parts.hostname or '').lower()}:{parts.port or {'https': 443}.get(parts.scheme, 80)}"


def _read() -> dict[str, str]:
    try:
        data = json.loads(keys_file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(
            "The key file {path} is damaged.",
            "Delete it and enter the keys again.",
            path=keys_file(),
        ) from error
    os.chmod(keys_file(), 0o600)
    return {str(host): str(key) for host, key in data.items()}
