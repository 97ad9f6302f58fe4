"""How weights are read in fewer bits, the same for training and for serving."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from transformers import BitsAndBytesConfig


def quantised(bits: int, dtype: "torch.dtype") -> "BitsAndBytesConfig":
    """bitsandbytes' settings: 8-bit integers, or QLoRA's (Dettmers et al. 2023): 4-bit normal
    floats, their scales quantised too, computed with in `dtype`. Worker-only.
    """
    from transformers import BitsAndBytesConfig

    if bits == 8:
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
    )
