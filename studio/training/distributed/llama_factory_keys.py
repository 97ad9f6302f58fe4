"""LLaMA-Factory's keys about DeepSpeed and FSDP (read at 0.9.5), as the field `distributed`. Light.

Its `deepspeed` names a file of its examples (`ds_z3_offload_config.json`) or holds such a config;
its `fsdp` and `fsdp_config` are those of transformers.
"""

import re
from pathlib import PurePath
from typing import Any

from studio.spec import Wrong

STAGES = {2: "deepspeed_zero2", 3: "deepspeed_zero3"}
# ds_z3_offload_config.json, ds_z2_config.json, zero3.json, ds_config_zero2_offload.json
FILE = re.compile(r"(?:z|zero|stage)_?-?([0-3])")


def distribution(told: dict[str, Any]) -> str:
    """The way in which the file's processes share the work, whose keys are taken out of `told`; ""
    where it asks for none. Raises Wrong for a config that no preset is like.
    """
    deep, parts = told.pop("deepspeed", None), told.pop("fsdp", None)
    settings = told.pop("fsdp_config", None)
    if deep:
        return _deepspeed(deep)
    if parts or settings:
        return _fsdp(parts, settings)
    return ""


def _deepspeed(given: Any) -> str:
    if isinstance(given, dict):
        zero = given.get("zero_optimization") or {}
        stage = zero.get("stage", 0) if isinstance(zero, dict) else 0
        away = any(
            isinstance(part := zero.get(name), dict) and part.get("device") not in (None, "none")
            for name in ("offload_optimizer", "offload_param")
        )
    else:
        name = PurePath(str(given).replace("\\", "/")).name.lower()
        found = FILE.search(name)
        if found is None:
            raise Wrong(
                "the DeepSpeed config {name} is not read; choose ZeRO-2 or ZeRO-3",
                "distributed",
                name=name[:60],
            )
        stage, away = int(found[1]), "offload" in name
    if stage in STAGES:
        return STAGES[stage] + ("_offload" if away else "")
    if stage == 0:
        return "ddp"  # as DeepSpeed itself does at stage 0
    raise Wrong("ZeRO-{stage} is not here; choose ZeRO-2 or ZeRO-3", "distributed", stage=stage)


def _fsdp(parts: Any, settings: Any) -> str:
    asked = " ".join(map(str, parts)) if isinstance(parts, list) else str(parts or "")
    more = settings if isinstance(settings, dict) else {}
    away = "offload" in asked or str(
        more.get("offload_params", more.get("fsdp_offload_params", False))
    ).lower() in ("true", "1")
    return "fsdp2_offload" if away else "fsdp2"
