"""The fields of a training that say which prompts the model answers on the way, and how often."""

from studio.spec import Spec, Wrong, field

MOST_PROMPTS = 16


class SampleFields(Spec):
    """Replies to the same prompts at several steps, to read what the loss cannot tell."""

    sample_prompts: list[str] = field(
        factory=list,
        group="samples",
        lines=4,
        preset=False,
        help="One a line, at most 16; the model answers them before the first step, during the "
        "training and after the last; at the stage rm, questions whose pairs are scored",
    )
    sample_system: str = field(
        "",
        group="samples",
        lines=2,
        preset=False,
        help="The system prompt of these prompts, as the rows have it",
    )
    sample_steps: int = field(
        0,
        low=0,
        high=1_000_000,
        group="samples",
        unit="steps",
        help="Steps between two looks; 0: as often as checkpoints are saved. Usual are 20 to 200; "
        "more often costs time",
    )
    sample_max_new_tokens: int = field(
        64,
        low=1,
        high=4096,
        group="samples",
        unit="tokens",
        help="Longer replies are cut off. Usual are 64 to 256; more costs time at each look",
    )

    def prompts(self) -> list[str]:
        """The prompts in their order, each once. Raises Wrong for more than MOST_PROMPTS."""
        found = list(dict.fromkeys(" ".join(one.split()) for one in self.sample_prompts))
        found = [one for one in found if one]
        if len(found) > MOST_PROMPTS:
            raise Wrong("at most {most} prompts", "sample_prompts", most=MOST_PROMPTS)
        return found
