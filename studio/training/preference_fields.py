"""The fields of a training on preferences, and of one that scores the model's own answers."""

from typing import Literal

from studio.spec import Spec, Wrong, field
from studio.training.stages import ONLINE

# What an answer can be scored by, beside a reward model.
SCORES = ("length", "format", "language", "rouge")
ONLY_DPO = {"stage": ("dpo",)}
ONLY_KTO = {"stage": ("kto",)}
ONLY_ONLINE = {"stage": ONLINE}


class PreferenceFields(Spec):
    """How preferences are learnt: chosen against rejected, wanted against unwanted, or by
    scores.
    """

    pref_beta: float = field(
        0.1,
        low=0,
        high=100,
        group="preference",
        help="How closely the model stays to the base model; of orpo the weight of the "
        "preference. 0.1 is usual, 0.01 to 0.5: too high changes little, too low lets "
        "answers fall apart",
        counts_with={"stage": ("dpo", "kto", *ONLINE)},
    )
    pref_loss: Literal[
        "sigmoid",
        "sigmoid_norm",
        "hinge",
        "ipo",
        "orpo",
        "simpo",
        "exo_pair",
        "nca_pair",
        "robust",
        "bco_pair",
        "sppo_hard",
        "aot",
        "aot_unpaired",
        "apo_zero",
        "apo_down",
        "discopop",
    ] = field(
        "sigmoid",
        group="preference",
        help="How chosen and rejected are set against each other; sigmoid is DPO as published, "
        "orpo and simpo need no second model",
        counts_with=ONLY_DPO,
    )
    pref_ftx: float = field(
        0.0,
        low=0,
        high=100,
        group="preference",
        help="Weight of the plain loss on chosen answers. 0 is DPO as published; 0.1 to 1 "
        "keeps chosen answers likely, more makes it SFT",
        counts_with=ONLY_DPO,
    )
    dpo_label_smoothing: float = field(
        0.0,
        low=0,
        high=0.49,
        group="preference",
        help="Share of pairs that may be the wrong way round; exo_pair and robust need it "
        "above 0. 0 to 0.2 is usual: too high learns nothing",
        counts_with=ONLY_DPO,
    )
    simpo_gamma: float = field(
        0.5,
        low=0,
        high=100,
        group="preference",
        help="Margin that chosen should have over rejected. 0.5 to 1.5 is usual: too high "
        "makes answers short and odd, too low tells them apart little",
        counts_with=ONLY_DPO | {"pref_loss": ("simpo",)},
    )
    kto_chosen_weight: float = field(
        1.0,
        low=0,
        high=100,
        group="preference",
        help="Weight of wanted answers; wanted × weight should be near unwanted × weight, "
        "within 1 to 1.33: too high overlooks what is unwanted",
        counts_with=ONLY_KTO,
    )
    kto_rejected_weight: float = field(
        1.0,
        low=0,
        high=100,
        group="preference",
        help="Weight of unwanted answers, usually 1; raise it where they are few. Too high "
        "makes answers timid",
        counts_with=ONLY_KTO,
    )

    reward_model: str = field(
        "",
        source="reward_models",
        group="online",
        widget="optional",
        preset=False,
        help="A run of the stage rm whose score is learnt from",
        counts_with=ONLY_ONLINE,
    )
    reward_funcs: str = field(
        "",
        group="online",
        help="Further scores with commas: length, format, language, rouge; with a weight as "
        "rouge:0.5",
        counts_with=ONLY_ONLINE,
    )
    reward_length: int = field(
        200,
        low=1,
        high=100_000,
        group="online",
        unit="characters",
        help="The length that the score length likes best; as long as the answers you want, "
        "usually 50 to 500",
        counts_with=ONLY_ONLINE,
    )
    reward_pattern: str = field(
        "",
        group="online",
        help="The regular expression that a whole answer should match for the score format",
        counts_with=ONLY_ONLINE,
    )
    num_generations: int = field(
        4,
        low=2,
        high=256,
        group="online",
        help="Answers to each question, which are compared with each other. 4 to 16 is usual: "
        "more is surer and slower, 2 hardly tells them apart",
        counts_with=ONLY_ONLINE,
    )
    max_completion_length: int = field(
        128,
        low=1,
        high=32768,
        group="online",
        unit="tokens",
        help="An answer ends here at the latest. As long as the answers you want, usually 128 "
        "to 1024: more is slower, less scores halves of answers",
        counts_with=ONLY_ONLINE,
    )
    rollout_temperature: float = field(
        1.0,
        low=0.01,
        high=5,
        group="online",
        help="How freely answers are drawn while training. 0.7 to 1.0 is usual: lower, and all"
        " answers of a question are alike; higher, and they are noise",
        counts_with=ONLY_ONLINE,
    )

    def rewards(self) -> dict[str, float]:
        """Score → its weight, of reward_funcs. Raises Wrong."""
        found: dict[str, float] = {}
        for part in self.reward_funcs.split(","):
            name, _, weight = (one.strip() for one in part.partition(":"))
            if not name:
                continue
            if name not in SCORES:
                raise Wrong(
                    "{name} is none of {known}", "reward_funcs", name=name, known=", ".join(SCORES)
                )
            try:
                found[name] = float(weight or 1)
            except ValueError as error:
                raise Wrong(
                    "the weight of {name} is no number", "reward_funcs", name=name
                ) from error
        return found
