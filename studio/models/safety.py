"""Whether a model or adapter folder is whole and safe: safetensors only, no code, judged without
loading it.
"""

import importlib.util
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.errors import ModelError
from studio.models.folders import inside

PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
HEADER_LIMIT = 100 << 20  # the safetensors format's own limit
JSON_LIMIT = 16 << 20


@dataclass(frozen=True)
class AdapterInfo:
    """What an adapter's folder says of itself."""

    path: Path
    base: str  # base model's name or path, as written at training
    kind: str  # PEFT type: LORA, IA3, OFT …
    rank: int | None
    alpha: float | None
    targets: tuple[str, ...]  # names of the adapted modules
    dora: bool
    bytes: int  # of adapter_model.safetensors


def check_model(path: Path) -> None:
    """Raise ModelError unless the folder holds config.json and safetensors weights that need no
    code of their own.
    """
    config = _json(path / "config.json", path.name)
    weights = sorted(path.glob("*.safetensors"))
    if not weights:
        if any(entry.suffix in PICKLES for entry in path.iterdir()):
            raise ModelError(
                "The model {name} holds only pickle files, which can run code when loaded.",
                "Choose a version with safetensors weights.",
                name=path.name,
            )
        raise ModelError(
            "The model {name} has no weights (*.safetensors).",
            "Finish its download or choose another.",
            name=path.name,
        )
    _check_shards(path)
    if needs_remote_code(config):
        raise ModelError(
            "The model {name} needs code of its own (trust_remote_code), which is not run here.",
            "Choose a version that transformers knows by itself.",
            name=path.name,
        )


def needs_remote_code(config: dict[str, Any]) -> bool:
    """Whether a config asks for code from its own folder and transformers has no such model built
    in.
    """
    if not config.get("auto_map"):
        return False
    kind = str(config.get("model_type", ""))
    found = importlib.util.find_spec("transformers")  # located, not imported
    if not re.fullmatch(r"[\w\-]+", kind) or found is None or found.origin is None:
        return True
    return not (Path(found.origin).parent / "models" / kind.replace("-", "_")).is_dir()


def check_adapter(path: str | Path, allowed: list[Path] | None = None) -> AdapterInfo:
    """Read and check an adapter's folder. Raises ModelError.

    allowed: folders it may lie in (resolved); without it, the place is not judged.
    Pickle weights (`adapter_model.bin`) are refused: PEFT would load them when safetensors are
    missing.
    """
    path = Path(path)
    if allowed is not None and not inside(path, allowed):
        raise ModelError(
            "The adapter lies outside the folders that may be used.",
            "Choose one from a run of this workspace.",
        )
    config = _json(path / "adapter_config.json", path.name)
    weights = path / "adapter_model.safetensors"
    if not weights.is_file():
        if any((path / f"adapter_model{suffix}").exists() for suffix in PICKLES):
            raise ModelError(
                "The adapter {name} is a pickle file, which can run code when loaded.",
                "Choose one saved as adapter_model.safetensors.",
                name=path.name,
            )
        raise ModelError(
            "The adapter {name} has no adapter_model.safetensors.",
            "Choose a finished run.",
            name=path.name,
        )
    _check_safetensors(weights)
    return _adapter_info(path, config, weights)


def _adapter_info(path: Path, config: dict[str, Any], weights: Path) -> AdapterInfo:
    kind, rank, alpha = config.get("peft_type"), config.get("r"), config.get("lora_alpha")
    if not isinstance(kind, str):
        raise _damaged("adapter_config.json", path.name)
    targets = config.get("target_modules") or []
    return AdapterInfo(
        path=path.resolve(),
        base=str(config.get("base_model_name_or_path") or ""),
        kind=kind,
        rank=rank if isinstance(rank, int) else None,
        alpha=float(alpha) if isinstance(alpha, int | float) else None,
        targets=tuple(map(str, [targets] if isinstance(targets, str) else targets)),
        dora=bool(config.get("use_dora")),
        bytes=weights.stat().st_size,
    )


def _check_shards(path: Path) -> None:
    """Every shard that the index names must be there, and each file as long as its header says."""
    index = path / "model.safetensors.index.json"
    wanted = {"model.safetensors"} if (path / "model.safetensors").exists() else set()
    if index.is_file():
        shards = _json(index, path.name).get("weight_map")
        if not isinstance(shards, dict):
            raise _damaged(index.name, path.name)
        wanted = {str(name) for name in shards.values()}
    for name in sorted(wanted):
        if Path(name).name != name or not (path / name).is_file():
            raise ModelError(
                "The model {name} is not whole: {file} is missing.",
                "Finish its download.",
                name=path.name,
                file=name,
            )
        _check_safetensors(path / name)


def _check_safetensors(path: Path) -> None:
    """Raise ModelError unless the file is as long as its header says (8 bytes of length, JSON,
    data).
    """
    try:
        with path.open("rb") as source:
            length = int.from_bytes(source.read(8), "little")
            if not 2 <= length <= HEADER_LIMIT:
                raise _damaged(path.name, path.parent.name)
            header = json.loads(source.read(length))
            ends = [
                entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"
            ]
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        AttributeError,
        RecursionError,
    ) as error:
        raise _damaged(path.name, path.parent.name) from error
    if path.stat().st_size != 8 + length + max(ends, default=0):
        raise _damaged(path.name, path.parent.name)


def _json(path: Path, name: str) -> dict[str, Any]:
    if not path.is_file():
        raise ModelError(
            "There is no {file} in {name}.",
            "Choose a model's own folder.",
            file=path.name,
            name=name,
        )
    try:
        if path.stat().st_size > JSON_LIMIT:
            raise _damaged(path.name, name)
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(path.name, name) from error
    if not isinstance(data, dict):
        raise _damaged(path.name, name)
    return data


def _damaged(file: str, name: str) -> ModelError:
    return ModelError(
        "{file} in {name} is damaged.", "Fetch or train it again.", file=file, name=name
    )
