"""The tokenizer of a model reference, with a chat template in any case."""

from functools import lru_cache
from typing import Any

from studio.errors import ModelError
from studio.models.chat_template import DEFAULT_TEMPLATE
from studio.models.reference import Hub
from studio.workspace import Workspace


@lru_cache(maxsize=4)
def load_tokenizer(model: str, hub: Hub = "huggingface", workspace: Workspace | None = None) -> Any:
    """The tokenizer of a model reference, with a chat template in any case. Raises ModelError."""
    from transformers import AutoTokenizer

    from studio.models import resolve
    from studio.models.hub import local_folder

    # Of a Hugging Face model only the tokenizer is fetched, not the weights.
    place = (
        local_folder(model, hub, workspace)
        if hub == "modelscope"
        else resolve(model, hub, workspace)
    )
    try:
        tokenizer = AutoTokenizer.from_pretrained(place, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            "The tokenizer of {model} cannot be loaded ({reason}).",
            "Fetch the model again or choose another.",
            model=model,
            reason=" ".join(str(error).split())[:120],
        ) from error
    if not tokenizer.chat_template:
        tokenizer.chat_template = DEFAULT_TEMPLATE
    return tokenizer
