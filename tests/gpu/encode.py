"""Sentence vectors: our encoder, and sentence-transformers with the same weights where it is there.

    python tests/gpu/encode.py MODEL SENTENCES

Prints one JSON object.
"""

import json
import random
import sys
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from rows import text


def main(model: Path, count: int) -> dict:
    """Sentences a second of each, and the largest difference of their vectors (cosines)."""
    from studio.chunking.encoders.huggingface import HfEncoder

    dice = random.Random(3)
    sentences = [text(dice.randint(4, 40), dice) for _ in range(count)]
    encoder = HfEncoder(model)
    mine = np.zeros((count, encoder.width), dtype=np.float32)
    found = {}
    for _ in range(2):
        begun = time.monotonic()
        for places, rows in encoder.encode(sentences):
            mine[places] = rows
        found["sentences_per_s"] = count / (time.monotonic() - begun)
    if find_spec("sentence_transformers"):
        found |= peer(model, sentences, mine)
    return found


def peer(model: Path, sentences: list[str], mine: np.ndarray) -> dict:
    """The same by sentence-transformers in the same number format."""
    import torch

    # Not a requirement of ours: the peer, where the machine has it.
    kind = import_module("sentence_transformers").SentenceTransformer
    models = import_module("sentence_transformers.models")
    dtype = torch.bfloat16 if torch.cuda.is_available() else torch.float32
    inner = models.Transformer(str(model), model_args={"dtype": dtype})
    outer = kind(modules=[inner, models.Pooling(inner.get_embedding_dimension())])
    for _ in range(2):
        begun = time.monotonic()
        theirs = outer.encode(sentences, batch_size=128, normalize_embeddings=True)
        speed = len(sentences) / (time.monotonic() - begun)
    unit = mine / np.linalg.norm(mine, axis=1, keepdims=True)
    return {
        "peer_sentences_per_s": speed,
        "least_cosine": float((unit * np.asarray(theirs, dtype=np.float32)).sum(axis=1).min()),
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
