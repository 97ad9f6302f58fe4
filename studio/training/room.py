"""How much a run writes: the size of an adapter, or of a model's own weights. Light."""

import json
from pathlib import Path

from studio.models import is_hub_id
from studio.training.spec import TrainJob

UNKNOWN_ADAPTER_BYTES = 100 << 20
UNKNOWN_MODEL_BYTES = 2 << 30
FULL_WIDTH = 2  # learnt in 4 bytes a weight, where a model is stored in 2


def weight_bytes(spec: TrainJob, model: str) -> int:
    """Size of what is learnt, as it is saved; model: as `studio.models.resolve` gives it."""
    return adapter_bytes(spec, model) if spec.adapting else model_bytes(model)


def model_bytes(model: str) -> int:
    """Size of a model's weights as they are learnt; 2 GB are assumed for one that is not on this
    machine yet.
    """
    if not model or is_hub_id(model):
        return UNKNOWN_MODEL_BYTES
    sizes = [path.stat().st_size for path in Path(model).glob("*.safetensors")]
    return FULL_WIDTH * sum(sizes) or UNKNOWN_MODEL_BYTES


def adapter_bytes(spec: TrainJob, model: str) -> int:
    """Size of the adapter: 4 bytes for each of r·(in + out) weights of every adapted matrix.

    Counted for the seven matrices of a Llama-like layer; 100 MB are assumed for a model not on this
    machine yet.
    """
    if not model or is_hub_id(model):
        return UNKNOWN_ADAPTER_BYTES
    try:
        config = json.loads((Path(model) / "config.json").read_text(encoding="utf-8"))
        config = config.get("text_config", config)
        hidden, layers = int(config["hidden_size"]), int(config["num_hidden_layers"])
        inner = int(config["intermediate_size"])
        heads = int(config["num_attention_heads"])
        keys = hidden * int(config.get("num_key_value_heads") or heads) // heads
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return UNKNOWN_ADAPTER_BYTES
    a_layer = 2 * (hidden + hidden) + 2 * (hidden + keys) + 3 * (hidden + inner)
    return 4 * spec.lora_rank * layers * a_layer
