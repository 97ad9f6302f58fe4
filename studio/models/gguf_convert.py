"""GGUF to a transformers folder, in a process of its own:
``python -m studio.models.gguf_convert GGUF FOLDER``.

A separate process, so that the half gigabyte of weights and torch itself are gone when it ends.
"""

import sys
from pathlib import Path
from typing import Any


def convert(source: Path, target: Path) -> None:
    """Write the weights of the GGUF file `source` as bfloat16 safetensors, with tokenizer and
    template, to `target`.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from studio.libraries.transformers_inside import forget_quantisation

    where = {"gguf_file": source.name, "trust_remote_code": False}
    model: Any = AutoModelForCausalLM.from_pretrained(source.parent, dtype=torch.float32, **where)
    tokenizer = AutoTokenizer.from_pretrained(source.parent, **where)
    forget_quantisation(model)
    model.to(torch.bfloat16).save_pretrained(target, safe_serialization=True)
    tokenizer.save_pretrained(target)


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
