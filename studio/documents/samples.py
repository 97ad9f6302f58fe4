"""The short texts that come with the studio, so that every tab can be tried at once."""

from pathlib import Path
from typing import Any

from studio import presets
from studio.errors import InputError

FOLDER = presets.SHIPPED / "samples"
ENDINGS = (".md", ".txt")


def samples() -> list[str]:
    """File names of the sample texts, in alphabetical order."""
    return (
        sorted(p.name for p in FOLDER.glob("*") if p.suffix in ENDINGS) if FOLDER.is_dir() else []
    )


def sample_file(name: str) -> Path:
    """The file of one sample; only names from `samples()` are known. Raises InputError."""
    if name not in samples():
        raise InputError(
            "There is no sample named {name}.",
            "Choose one of: {names}.",
            name=name[:80],
            names=", ".join(samples()) or "—",
        )
    return FOLDER / name


def sample_facts(name: str) -> dict[str, Any]:
    """What `about.yaml` tells of a sample: title, language, kind, target, characters, description;
    {} if nothing.
    """
    about = FOLDER / "about.yaml"
    return (presets.read_yaml(about).get("files") or {}).get(name) or {} if about.is_file() else {}
