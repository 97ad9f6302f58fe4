"""The fields of a training that say what is learnt from: datasets, how they are mixed, what of a
row counts.
"""

from typing import Literal

from studio.spec import Spec, Wrong, field, several
from studio.training.stages import PAIRED

MANY = 100_000_000


class DataFields(Spec):
    """What is learnt from."""

    dataset: str = field(
        example="demo",
        source="datasets",
        widget="several",
        preset=False,
        help="From the Dataset tab; several are mixed",
    )
    cutoff_len: int = field(
        1024,
        low=4,
        high=131072,
        unit="tokens",
        help="Longer rows are cut off at the end. As long as nearly all rows, usually 512 to "
        "4096: higher takes memory in proportion, lower cuts answers short, which the "
        "model then learns",
    )
    eval_dataset: str = field(
        "",
        source="datasets",
        group="data",
        widget="several",
        preset=False,
        help="Rows that are not trained on; their loss is measured during training, and rises "
        "when the others are learnt by heart",
    )
    val_size: float = field(
        0.0,
        low=0,
        high=1_000_000,
        group="data",
        widget="text",
        help="Below 1 a share, from 1 a number of rows kept aside to measure with; rows of one"
        " source stay together. Usually 0.05 to 0.1: more takes rows from training, with "
        "less the measure jumps about",
        overruled_by="eval_dataset",
    )
    max_samples: int | None = field(
        100000,
        low=1,
        high=MANY,
        group="data",
        unit="rows",
        help="Rows taken from the beginning of each dataset; empty takes all. Usually left as it "
        "is, a few hundred for a trial: more than there are changes nothing",
    )
    mix_strategy: Literal["concat", "interleave_under", "interleave_over"] = field(
        "concat",
        group="data",
        help="Of several datasets: one behind the other; in turn until the first ends; in turn "
        "until the last ends, shorter ones again from their beginning",
    )
    interleave_probs: str = field(
        "",
        group="data",
        help="How often each dataset's turn comes, such as 0.7,0.3; empty: each alike. A small"
        " set with a high share is seen many times over, and learnt by heart",
        counts_with={"mix_strategy": ("interleave_under", "interleave_over")},
    )
    packing: bool = field(
        False,
        group="data",
        help="Several short rows in one sequence; attention keeps them apart. Quicker where "
        "rows are much shorter than the cutoff length; a step then holds more rows, so "
        "fewer steps are made",
        counts_with={"stage": ("sft",)},
    )
    train_on_prompt: bool = field(
        False,
        group="data",
        help="Also learn the questions, not the answers alone. Usually off; on, the model "
        "spends itself on wording questions, useful where questions are text to be learnt"
        " as well",
        counts_with={"stage": ("sft",)},
    )
    mask_history: bool = field(
        False,
        group="data",
        help="Of a conversation only the last answer is learnt. Usually off: each answer of a "
        "conversation is then learnt; on where earlier answers are poor",
        counts_with={"stage": ("sft",)},
    )
    neftune_alpha: float = field(
        0.0,
        low=0,
        high=100,
        group="data",
        help="Noise on the embeddings, which keeps small sets from being learnt by heart. 0 is"
        " none, 5 is usual; from about 15 answers become loose and long",
        counts_with={"stage": ("pt", "sft", *PAIRED, "kto")},
    )

    @property
    def datasets(self) -> list[str]:
        """The names of the datasets, in their order."""
        return several(self.dataset)

    @property
    def eval_datasets(self) -> list[str]:
        """The names of the held-out datasets; none where they are parted from the others."""
        return several(self.eval_dataset)

    def probabilities(self) -> list[float]:
        """How often each dataset's turn comes, [] for each alike. Raises Wrong."""
        try:
            found = [float(one) for one in several(self.interleave_probs)]
        except ValueError as error:
            raise Wrong("numbers with commas, such as 0.7,0.3", "interleave_probs") from error
        if not found or self.mix_strategy == "concat":
            return []
        if len(found) != len(self.datasets) or min(found) <= 0 or abs(sum(found) - 1) > 0.01:
            raise Wrong(
                "one number above 0 for each of the {count} datasets, together 1",
                "interleave_probs",
                count=len(self.datasets),
            )
        return found
