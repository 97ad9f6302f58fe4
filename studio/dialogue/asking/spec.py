"""The fields of attribution with a model: which lines are asked about, how often, of whom, and what
it may cost.
"""

from typing import TYPE_CHECKING, ClassVar, TypedDict

from studio.dialogue.spec import OfLines
from studio.llm.spec import AskingJob
from studio.spec import field

if TYPE_CHECKING:
    from studio.workspace import Workspace


class Spent(TypedDict):
    """What requests came to. cost: None where no price is known."""

    requests: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None


class AttributeResult(Spent):
    """What the asking gives.

    Lines: doubtful (when the job began), asked, answered (somebody was named) = changed (the
    answers agree on another speaker than stood) + agreed (on the one that stood) + disagreed (they
    name different persons, or not the one of rules as sure as the model: still in doubt), left
    (nobody was named).
    """

    set: str
    name: str
    doubtful: int
    asked: int
    answered: int
    changed: int
    agreed: int
    disagreed: int
    left: int


class AttributeJob(OfLines, AskingJob):
    """Ask a model who speaks, for the doubtful lines of an utterance set and for no others."""

    KIND: ClassVar[str] = "attribute"
    RESULT: ClassVar[type] = AttributeResult
    FIRST: ClassVar[tuple[str, ...]] = (
        "utterances",
        "provider",
        "model_name_or_path",
        "base_url",
        "ask_under",
        "votes",
    )

    # 0.95: a model that is right to 70 % lifts all lines from 85 to 90 %, one that is always right
    # to 97 % (tests/bench/bench_asking.py, which also gives what is sent: half).
    ask_under: float = field(
        0.95,
        low=0,
        high=1,
        step=0.05,
        help="Lines less certain than this, or without a speaker, are sent; 0.8 sends a quarter "
        "of a novel, 0.95 half and brings more",
    )
    votes: int = field(
        2,
        low=1,
        high=5,
        help="How often each line is asked about, each time with different context",
    )
    window_chars: int = field(
        2000,
        group="limits",
        low=300,
        high=50_000,
        unit="characters",
        help="Text around the lines of one request",
    )
    lines_per_request: int = field(8, group="limits", low=1, high=40, unit="lines", help="At most")
    max_requests: int = field(
        0,
        group="limits",
        low=0,
        high=1_000_000,
        help="0 is no limit; repeats after a fault are not counted",
    )
    price_input: float = field(
        0.0,
        group="price",
        low=0,
        high=100_000,
        help="For a million tokens, in any currency; 0 is unknown",
    )
    price_output: float = field(
        0.0, group="price", low=0, high=100_000, help="For a million tokens, in the same currency"
    )
    # See `asking/votes.py`.
    reliability: float = field(
        0.8,
        group="advanced",
        low=0.4,
        high=0.99,
        step=0.05,
        help="The share of doubtful lines it is taken to get right",
    )
    # Names, not prose: hardly any chance.
    temperature: float = field(
        0.2, group="sampling", low=0, high=2, step=0.05, help="0 always takes the likeliest token"
    )
    max_tokens: int = field(
        1024,
        group="sampling",
        low=1,
        high=65536,
        unit="tokens",
        help="Models that think before they answer need more",
    )

    def check(
        self, workspace: "Workspace", *, later: frozenset[str] = frozenset(), work: str = ""
    ) -> None:
        """Raise where the lines are missing, or the provider cannot be asked."""
        from studio.dialogue.refusals import require_lines
        from studio.llm.refusals import require_provider

        if "utterances" not in later:
            require_lines(workspace, self.utterances)
        require_provider(self, workspace, later)

    def price(self, prompt_tokens: int, completion_tokens: int) -> float | None:
        """What so many tokens cost, in the currency of the prices; None where no price is given."""
        if not self.price_input and not self.price_output:
            return None
        return round(
            (prompt_tokens * self.price_input + completion_tokens * self.price_output) / 1e6, 6
        )
