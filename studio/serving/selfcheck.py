"""The engine's check of itself: token by token through the cache must give what one pass over the
text gives. Worker-only.

It goes the ways that serving goes, on a few words: a prompt read in two parts, a token alone, a
second row that joins padded on the left, two tokens in a batch of two (with an adapter: one row
with it, one without), a row that leaves, one more token. Every logit on the way is compared with a
plain call of the model over the whole text. A library that drops, shifts or mixes up the cache, the
mask or the adapters makes them differ as much as different texts do.
"""

import sys
import time
from collections.abc import Callable

import torch

from studio.errors import ModelError
from studio.libraries import versions
from studio.libraries.transformers_inside import quantised
from studio.models import LOAD_ERRORS
from studio.serving.lane import Lane, Prefill
from studio.serving.request import BASE
from studio.serving.weights import Weights, not_loaded

TEXTS = (
    "The old sailor looked at the grey sea and said nothing for a long while.",
    "In spring the emperor walked in his garden, and nobody dared to speak first.",
)
LONG, SHORT, PART, MADE = 9, 5, 6, 4  # tokens: of the prompts, read at a time, made by each row
PROBED = 64  # tokens after which `stepper` begins anew
# The part of the logits' spread by which rounding may move them. Measured with the starter: fp32
# 2e-6, fp16 0.0025, bf16 0.016, nf4 0.009 (one row is multiplied in another way than many), int8
# 0.1; a broken cache 0.89 to 1.4.
USUAL = {torch.float32: 2e-4, torch.float16: 0.03, torch.bfloat16: 0.12}
USUAL_QUANTISED = 0.2  # int8 rounds its inputs by what else is in the batch
OVER_NOISE = (
    4.0  # how far beyond the noise that two plain calls show a difference still counts as rounding
)
MOST = 0.5  # however much noise there is
CALL_ERRORS = (*LOAD_ERRORS, IndexError, AssertionError, NotImplementedError, ZeroDivisionError)


class Probe:
    """Stands in for a row: its tokens are given beforehand, and it keeps the logits that it is
    shown.
    """

    def __init__(self, tokens: list[int], prompt: int, adapter: str, made: int = MADE) -> None:
        self.tokens, self.adapter, self.made, self.done = tokens, adapter, made, False
        self.prompt = tokens[:prompt]
        self.seen: list[torch.Tensor] = []

    @property
    def last(self) -> int:
        """The token that is read next."""
        return self.tokens[len(self.prompt) + len(self.seen) - 1]

    def take(self, logits: torch.Tensor) -> None:
        """Keep the logits after the newest token."""
        self.seen.append(logits.float().cpu())
        self.done = len(self.seen) > self.made


def check(weights: Weights, adapter: str = BASE) -> None:
    """Compare; nothing happens when all is well.

    Raises ModelError with the versions of the libraries when it is not.

    adapter: the one just put on; the base is in the batch beside it. Two texts must fail, since at
    low precision a mixture of experts may choose another expert on one of them.
    """
    begun, worst = time.monotonic(), 0.0
    for text in TEXTS:
        try:
            worst, allowed = _compare(weights, adapter, text)
        except CALL_ERRORS as error:
            if "out of memory" in str(error).lower():
                raise not_loaded(weights.folder.name, error) from error
            raise _refused(weights, adapter, f"{type(error).__name__}: {_short(error)}") from error
        if worst <= allowed:
            told = f"checked {_name(weights, adapter)}: off by {worst:.1e} of at most {allowed:.1e}"
            sys.stderr.write(f"{told}, {time.monotonic() - begun:.2f} s, {versions()}\n")
            return
    raise _refused(
        weights, adapter, f"its scores are off by {worst:.0%}, where {allowed:.1%} is the most"
    )


def stepper(weights: Weights) -> Callable[[], None]:
    """One more token of a text of the base's own, each time it is called: what the engine does for
    one answer.
    """
    lanes: list[Lane[Probe]] = []

    def step() -> None:
        if not lanes or not lanes[0].rows:
            tokens = (_tokens(weights, TEXTS[0]) * PROBED)[: LONG + PROBED]
            reading = Prefill(weights, Probe(tokens, LONG, BASE, PROBED - 1), LONG)
            while not reading.advance():
                pass
            lanes[:] = [Lane(weights, "probe", reading)]
        lanes[0].step()

    return step


def _compare(weights: Weights, adapter: str, text: str) -> tuple[float, float]:
    """(largest difference between the two ways, what is allowed), both as parts of the logits'
    spread.
    """
    tokens = _tokens(weights, text)
    second = adapter if adapter != BASE and weights.alone(adapter) else BASE
    first_row = Probe(tokens[: LONG + MADE], LONG, adapter)
    second_row = Probe(tokens[LONG : LONG + SHORT + MADE], SHORT, second)
    found = _by_token(weights, first_row, second_row)
    worst = noise = 0.0
    for row in found:
        ids = torch.tensor([row.tokens], device=weights.device)
        plain = weights.plain_logits(ids, row.adapter)[0].float().cpu()
        wanted = plain[len(row.prompt) - 1 :][: len(row.seen)]
        if not torch.isfinite(wanted).all():
            continue  # broken weights, which the answers themselves tell of
        worst = max(worst, _distance(torch.stack(row.seen), wanted))
        if worst > _usual(weights):
            # The same text beside another in one batch: what rounding alone does to these weights
            # at this precision.
            beside = (
                weights.plain_logits(torch.cat([ids.flip(1), ids]), row.adapter)[1].float().cpu()
            )
            noise = max(noise, _distance(beside[len(row.prompt) - 1 :][: len(row.seen)], wanted))
    return worst, max(_usual(weights), min(MOST, OVER_NOISE * noise))


def _by_token(weights: Weights, first: Probe, second: Probe) -> tuple[Probe, ...]:
    """Both rows carried on as the engine carries requests on; where they cannot share a lane, each
    in its own.
    """
    reading = Prefill(weights, first, PART)
    while not reading.advance():
        pass
    lane = Lane(weights, "check", reading)
    lane.step()
    other = Prefill(weights, second)
    other.advance()
    if weights.mergeable:
        lane.join(other)
    else:
        alone = Lane(weights, "check", other)
        while alone.rows:
            alone.step()
    while lane.rows:
        lane.step()
    return first, second


def _distance(found: torch.Tensor, wanted: torch.Tensor) -> float:
    """The largest difference of two rows of logits, as a part of the spread of the wanted ones
    (both centred: a constant added to all logits changes nothing)."""
    found, wanted = (logits - logits.mean(-1, keepdim=True) for logits in (found, wanted))
    apart = (found - wanted).norm(dim=-1) / wanted.norm(dim=-1).clamp(min=1e-9)
    return float(torch.nan_to_num(apart, nan=float("inf")).max())


def _usual(weights: Weights) -> float:
    """What rounding may do at the precision of these weights."""
    if quantised(weights.base):
        return USUAL_QUANTISED
    return USUAL.get(weights.base.dtype, USUAL[torch.bfloat16])


def _tokens(weights: Weights, text: str) -> list[int]:
    """The text's tokens, repeated until there are enough; those that the model has."""
    size = weights.base.get_input_embeddings().weight.shape[0]
    found = [
        token
        for token in weights.tokenizer(text, add_special_tokens=False)["input_ids"]
        if token < size
    ] or [1, 2, 3]
    return (found * (LONG + SHORT + MADE))[: LONG + SHORT + MADE]


def _refused(weights: Weights, adapter: str, reason: str) -> ModelError:
    if adapter == BASE:
        return ModelError(
            "The model {name} is not served: written token by token it does not say what it says "
            "in one pass ({reason}), with {versions}.",
            "Install the versions that were tested: python launch.py setup.",
            name=weights.folder.name,
            reason=reason,
            versions=versions(),
        )
    return ModelError(
        "The adapter {name} is not served: token by token, with it beside the base, "
        "the model does not say what it says in one pass ({reason}), with {versions}.",
        "Install the versions that were tested: python launch.py setup.",
        name=adapter,
        reason=reason,
        versions=versions(),
    )


def _name(weights: Weights, adapter: str) -> str:
    return weights.folder.name if adapter == BASE else adapter


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:140].rstrip(".")
