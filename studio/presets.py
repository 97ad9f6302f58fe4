"""YAML ⇄ spec: the presets that come with the studio and those a person saves in the workspace."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml

from studio.errors import InputError, SpecError
from studio.files import write_text
from studio.spec import Spec
from studio.workspace import Workspace, safe_name

SHIPPED = Path(__file__).resolve().parent.parent / "presets"
MAX_BYTES = 1 << 20
# Both make plain values only; the ones in C, where they are built, are ten times as quick.
SAFE, AS_WRITTEN = (
    getattr(yaml, "CSafeLoader", yaml.SafeLoader),
    getattr(yaml, "CBaseLoader", yaml.BaseLoader),
)


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file, by the safe loader. Raises InputError or SpecError."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(
                "{name} is too large for a spec.", "Choose a YAML file under 1 MB.", name=path.name
            )
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InputError("There is no file {name}.", "Check the path.", name=path) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "{name} cannot be read as text.", "Choose a UTF-8 YAML file.", name=path.name
        ) from error
    return parse_yaml(text, path.name)


def parse_yaml(text: str, name: str = "YAML") -> dict[str, Any]:
    """The mapping in YAML text. Raises SpecError."""
    data = load_yaml(text, name)
    if not isinstance(data, dict):
        raise SpecError(
            "{name} is not a table of fields.", "Write it as `key: value` lines.", name=name
        )
    return data


def load_yaml(text: str, name: str, *, as_written: bool = False) -> Any:
    """What YAML text holds, by the safe loader; aliases are refused, since they can unfold without
    end. Raises SpecError.

    as_written: every value stays the text that it is, so that `Yes` and `007` do.
    """
    try:
        if "*" in text and any(
            isinstance(token, yaml.AliasToken) for token in yaml.scan(text, Loader=SAFE)
        ):
            raise SpecError("{name} uses YAML aliases.", "Write the values out.", name=name)
        return yaml.load(text, Loader=AS_WRITTEN if as_written else SAFE)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        place = f"line {line + 1}" if line is not None else "its form"
        raise SpecError(
            "{name} is not valid YAML ({place}).",
            "Correct it and try again.",
            name=name,
            place=place,
        ) from error


def names(kind: str, workspace: Workspace | None = None) -> list[str]:
    """Preset names of one kind (a folder of presets/), shipped ones first, then the workspace's
    own.
    """
    folders = [SHIPPED / kind] + ([workspace.path / "presets" / kind] if workspace else [])
    found = [p.stem for folder in folders if folder.is_dir() for p in sorted(folder.glob("*.yaml"))]
    return list(dict.fromkeys(found))


def own(kind: str, workspace: Workspace) -> list[str]:
    """Names of the workspace's own presets of one kind."""
    return [path.stem for path in sorted((workspace.path / "presets" / kind).glob("*.yaml"))]


def rename(kind: str, name: str, wanted: str, workspace: Workspace) -> None:
    """Call one of the workspace's own presets otherwise. Raises InputError."""
    path, wanted = _own_path(kind, name, workspace), safe_name(wanted)
    if wanted.casefold() in {n.casefold() for n in names(kind, workspace) if n != name}:
        raise InputError("{name} is taken.", "Choose another name.", name=wanted)
    path.rename(path.with_name(f"{wanted}.yaml"))


def delete(kind: str, name: str, workspace: Workspace) -> None:
    """Delete one of the workspace's own presets. Raises InputError."""
    _own_path(kind, name, workspace).unlink()


def _own_path(kind: str, name: str, workspace: Workspace) -> Path:
    path = workspace.path / "presets" / safe_name(kind) / f"{safe_name(name)}.yaml"
    if not path.is_file():
        raise InputError("There is no preset named {name}.", "Choose one from the list.", name=name)
    return path


def load(kind: str, name: str, workspace: Workspace | None = None) -> dict[str, Any]:
    """The fields of one preset; the workspace's own wins over a shipped one. Raises InputError."""
    name = safe_name(name)
    shipped = SHIPPED / kind
    # A preset that was moved into a folder of its kind is still known by its name alone.
    folders = [shipped, *sorted(path for path in shipped.glob("*") if path.is_dir())]
    for folder in ([workspace.path / "presets" / kind] if workspace else []) + folders:
        if (path := folder / f"{name}.yaml").is_file():
            return read_yaml(path)
    raise InputError("There is no preset named {name}.", "Choose one from the list.", name=name)


def comments(kind: str, name: str) -> dict[str, str]:
    """What a shipped preset says of each of its keys: the comment lines right above it, in one.

    That above the first key, `kind`, says what the preset is for. Raises InputError.
    """
    path = SHIPPED / kind / f"{safe_name(name)}.yaml"
    if not path.is_file():
        raise InputError("There is no preset named {name}.", "Choose one from the list.", name=name)
    found: dict[str, str] = {}
    above: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            above.append(line.lstrip("# "))
            continue
        key, colon, _ = line.partition(":")
        if colon and above and not line.startswith(" "):
            found[key] = " ".join(above)
        above = []
    return found


def save(
    kind: str,
    name: str,
    spec: Spec,
    workspace: Workspace,
    *,
    also: Collection[str] = (),
    without: Collection[str] = (),
) -> Path:
    """Keep `spec` as a preset of the workspace, with and without the fields that `Spec.as_yaml`
    is told; returns its path.
    """
    path = workspace.path / "presets" / kind / f"{safe_name(name)}.yaml"
    write_text(path, spec.as_yaml(only_changed=True, also=also, without=without))
    return path
