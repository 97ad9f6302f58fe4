"""What an answer that a model made in training is worth: its length, its form, its language, how
much it shares with the row's own answer. Light.

Each score lies between 0 and 1.
"""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from rapidfuzz.distance import LCSseq

from studio.text.scripts import has_chinese
from studio.training.spec import TrainJob

Score = Callable[..., list[float]]
WORD = re.compile(r"[^\W_]+", re.UNICODE)


def length(text: str, best: int) -> float:
    """1 at `best` characters, falling to 0 at none and at twice as many."""
    return max(0.0, 1.0 - abs(len(text.strip()) - best) / best)


def form(text: str, pattern: re.Pattern[str]) -> float:
    """1 where the whole answer matches, else 0."""
    return float(pattern.fullmatch(text.strip()) is not None)


def language(text: str, reference: str) -> float:
    """The share of the answer's letters that are of the script of the row's own answer: Chinese
    characters, or others. 0 of an answer without letters.
    """
    letters = [letter for letter in text if letter.isalpha()]
    if not letters:
        return 0.0
    wanted = has_chinese(reference)
    return sum(has_chinese(letter) == wanted for letter in letters) / len(letters)


def rouge(text: str, reference: str) -> float:
    """ROUGE-L (Lin 2004): F of the longest common subsequence with the row's own answer, by words
    and of Chinese by characters.
    """
    mine, theirs = _units(text), _units(reference)
    if not mine or not theirs:
        return 0.0
    shared = LCSseq.similarity(mine, theirs)
    return 2 * shared / (len(mine) + len(theirs))


def scores(spec: TrainJob) -> list[Score]:
    """The spec's scores as functions of trl: completions and the rows' columns as lists, by name,
    to one number each.
    """
    known: dict[str, Callable[[str, str], float]] = {
        "length": lambda text, _: length(text, spec.reward_length),
        "format": lambda text, _: form(text, re.compile(spec.reward_pattern, re.DOTALL)),
        "language": language,
        "rouge": rouge,
    }
    return [named(name, partial(_each, known[name])) for name in spec.rewards()]


def named(name: str, score: Score) -> Score:
    """The score under the name by which its measures are recorded."""

    def called(**given: Any) -> list[float]:
        return score(**given)

    called.__name__ = name
    return called


def _each(
    score: Callable[[str, str], float],
    completions: Sequence[str],
    reference: Sequence[str],
    **_: Any,
) -> list[float]:
    return [score(text, right) for text, right in zip(completions, reference, strict=True)]


def _units(text: str) -> list[str]:
    found: list[str] = []
    for word in WORD.findall(text.lower()):
        found += list(word) if has_chinese(word) else [word]
    return found
