"""Models of random weights in the shapes of well-known ones: what training and serving cost is
their shape's, not their words'.

    python tests/gpu/shapes.py TOKENIZER_FOLDER TARGET_FOLDER SHAPE
"""

import json
import sys
from pathlib import Path

import torch
from transformers import AutoTokenizer, BertConfig, BertModel, LlamaConfig, LlamaForCausalLM
from transformers.utils import logging

# hidden, intermediate, layers, heads, key and value heads, vocabulary, shared output embedding:
# tiny ones to try the scripts with, SmolLM2 135M, Llama 3.2 1B, Llama 3.1 8B.
LLAMA = {
    "tiny": (64, 128, 2, 4, 2, 49152, True),
    "tiny-2": (64, 128, 2, 4, 2, 49152, False),
    "135M": (576, 1536, 30, 9, 3, 49152, True),
    "1B": (2048, 8192, 16, 32, 8, 128256, True),
    "8B": (4096, 14336, 32, 32, 8, 128256, False),
}
BERT = {"bert-tiny": (64, 2, 4), "bert-base": (768, 12, 12)}  # hidden, layers, heads
POSITIONS = 8192


def make(tokenizer_folder: Path, target: Path, shape: str) -> None:
    """Write config, weights (bfloat16; an encoder's float32) and tokenizer to `target`."""
    tokenizer = AutoTokenizer.from_pretrained(tokenizer_folder)
    torch.manual_seed(7)
    logging.disable_progress_bar()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with torch.device(device):
        model = _bert(shape, len(tokenizer)) if shape in BERT else _llama(shape)
    model.save_pretrained(target)
    if shape in BERT:
        tokenizer.model_max_length = 512
    tokenizer.save_pretrained(target)


def _llama(shape: str) -> LlamaForCausalLM:
    hidden, inner, layers, heads, keys, vocabulary, shared = LLAMA[shape]
    config = LlamaConfig(
        hidden_size=hidden,
        intermediate_size=inner,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=keys,
        vocab_size=vocabulary,
        tie_word_embeddings=shared,
        max_position_embeddings=POSITIONS,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=2,
    )
    torch.set_default_dtype(torch.bfloat16)
    return LlamaForCausalLM(config)


def _bert(shape: str, vocabulary: int) -> BertModel:
    hidden, layers, heads = BERT[shape]
    config = BertConfig(
        hidden_size=hidden,
        intermediate_size=4 * hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        vocab_size=vocabulary,
    )
    return BertModel(config)


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
    print(json.dumps({"made": sys.argv[3]}))
