"""The MiniLM encoder: all-MiniLM-L6-v2 with mean pooling (Reimers & Gurevych 2019), for English
above all.
"""

from pathlib import Path

from studio.errors import ModelError
from studio.models.folders import folder

NAME = "all-minilm-l6-v2"


def model_folder() -> Path:
    """Where the encoder lies. Raises ModelError where it is missing."""
    place = folder() / NAME
    if not (place / "model.safetensors").is_file():
        raise ModelError(
            "The sentence encoder MiniLM is not on this machine yet.",
            "Run `python launch.py setup`, or choose the lexical encoder, which needs no model.",
            fields=("encoder",),
        )
    return place
