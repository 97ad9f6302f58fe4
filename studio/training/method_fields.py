"""The fields of a training that say which weights are learnt, and how they begin."""

from typing import Literal

from studio.models.spec import AdapterFields
from studio.spec import field
from studio.training.stages import ADAPTING, LORA, Method

ONLY_LORA = {"finetuning_type": LORA}
ONLY_OFT = {"finetuning_type": ("oft",)}
ONLY_FREEZE = {"finetuning_type": ("freeze",)}


class MethodFields(AdapterFields):
    """Which weights are learnt: an adapter's, some of the model's own, or all."""

    finetuning_type: Method = field(
        "lora",
        group="model",
        help="qlora: LoRA on a base model in 4 bits, unless bits are given; freeze: some "
        "layers of the model itself; full: all of it. LoRA takes about ten times the "
        "learning rate of full",
    )
    adapter_name_or_path: str = field(
        "",
        source="adapters",
        group="model",
        widget="optional",
        preset=False,
        help="Training continues from it; the chat's adapter is chosen separately",
    )
    create_new_adapter: bool = field(
        False,
        group="lora",
        help="Leaves the adapter that training continues from as it is and learns a new one on "
        "top; what is saved holds both",
        counts_with=ONLY_LORA,
    )

    lora_rank: int = field(
        8,
        low=1,
        high=1024,
        group="lora",
        help="Size of the adapter. 8 to 16 for a manner, 32 to 64 for knowledge: too high "
        "takes memory and learns small sets by heart, too low leaves the loss high",
        counts_with=ONLY_LORA,
    )
    lora_alpha: int = field(
        16,
        low=1,
        high=4096,
        group="lora",
        help="How much the adapter weighs, in proportion to the rank. Usually twice the rank: "
        "higher acts like a higher learning rate, lower like a lower one",
        counts_with=ONLY_LORA,
    )
    lora_dropout: float = field(
        0.0,
        low=0,
        high=0.95,
        group="lora",
        help="Share of the adapter's inputs left out at random. 0 to 0.1 is usual: higher "
        "learns slowly, 0 learns a few hundred rows by heart sooner",
        counts_with=ONLY_LORA,
    )
    lora_target: str = field(
        "all",
        group="lora",
        help="all, or names with commas such as q_proj,v_proj. All linear layers learn best "
        "for their memory; attention alone learns less",
        counts_with=ONLY_LORA,
    )
    additional_target: str = field(
        "",
        group="lora",
        help="Modules that are learnt whole beside the adapter, such as embed_tokens,lm_head",
        counts_with={"finetuning_type": ADAPTING},
    )
    init_lora_weights: Literal[
        "default", "gaussian", "orthogonal", "pissa", "pissa_niter_16", "olora", "loftq", "eva"
    ] = field(
        "default",
        group="lora",
        help="How the adapter begins: default at zero; pissa and olora from the model's own "
        "weights, pissa_niter_16 nearly so and much sooner; eva from the first rows; loftq makes "
        "up for the 4 bits of qlora",
        counts_with=ONLY_LORA,
    )
    use_rslora: bool = field(
        False,
        group="lora",
        help="Scales by the square root of the rank, so that ranks of 64 and more keep "
        "learning; with small ranks it acts like a higher alpha",
        counts_with=ONLY_LORA,
    )
    use_dora: bool = field(
        False,
        group="lora",
        help="Learns direction and magnitude separately: often a little better with ranks of 8"
        " and less, a third to twice as slow",
        counts_with=ONLY_LORA,
    )
    loraplus_lr_ratio: float = field(
        0.0,
        low=0,
        high=1000,
        group="lora",
        help="The second matrix learns so many times as fast; 16 is usual, 0 is off. Higher "
        "than 32 makes the loss jump",
        counts_with=ONLY_LORA,
    )

    oft_block_size: int = field(
        32,
        low=1,
        high=4096,
        group="whole",
        help="Size of the rotated blocks; must divide the layers' width. 32 is usual: larger "
        "learns more and takes more memory, smaller learns less",
        counts_with=ONLY_OFT,
    )
    oft_target: str = field(
        "all", group="whole", help="all, or names with commas", counts_with=ONLY_OFT
    )
    freeze_trainable_layers: int = field(
        2,
        low=-1000,
        high=1000,
        group="whole",
        help="The last so many layers are learnt; a negative number counts the first ones. 2 "
        "to 8 is usual: more takes memory and forgets more, fewer change little",
        counts_with=ONLY_FREEZE,
    )
    freeze_trainable_modules: str = field(
        "all",
        group="whole",
        help="Which parts of those layers: all, or names such as mlp,self_attn",
        counts_with=ONLY_FREEZE,
    )
    freeze_extra_modules: str = field(
        "",
        group="whole",
        help="Modules outside the layers that are learnt too, such as embed_tokens,norm",
        counts_with=ONLY_FREEZE,
    )

    @property
    def adapting(self) -> bool:
        """Whether an adapter is learnt, and not the model's own weights."""
        return self.finetuning_type in ADAPTING
