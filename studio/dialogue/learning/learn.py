"""Learns the weights of `weights.json` from annotated novels:
python -m studio.dialogue.learning.learn DATA_FOLDER [--out FILE]

DATA_FOLDER holds `wp/train.txt`, `wp/name_list.txt` and `pdnc/<novel>/`. Weights maximise the
likelihood of the annotated speakers, all that is not annotated summed out (a conditional random
field with a squared penalty);
confidence is calibrated on parts that were left out: English by novel, Chinese by tenths of the
book.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.dialogue.learning.annotated import Sample, listening, prepare
from studio.dialogue.learning.corpora import (
    Annotated,
    as_printed,
    novels,
    read_windows,
    without_doubles,
)
from studio.dialogue.learning.likelihood import Problem, Sparse
from studio.dialogue.speakers.scorer import Weights, decide
from studio.files import write_text

if TYPE_CHECKING:
    import numpy as np

# Penalties to choose from, by which gives most right answers on parts left out. Of each two of
# three English novels, 8, 16 and 24 gave 4300, 4292 and 4296 of 4960 in all: too near to choose by,
# and 8 leaves the confidence nearest to the truth. Of WP, 4 and 12 gave 2680 and 2667 of 3009:
# within half a point, and 12 stays nearer to what one would say by hand, which sentences ask for
# that no window of WP has (tests/engine/test_attribution.py).
PENALTY = {"zh": (12.0,), "en": (8.0,)}
FOLDS, LEAST_WEIGHT = 4, 0.02
POINTS, DOUBT = (
    14,
    4.0,
)  # points of the confidence table, and how many answers of its own each is worth beforehand


# Where the weights start and are drawn to: what one would say by hand, so that little data need not
# teach it.
PRIOR = {
    "tag": 6.0,
    "tag-doubt": -4.0,
    "tag-verb-carried": 2.0,
    "tag-verb-between": 2.0,
    "tag-verb-below": 5.0,
    "tag-verb-next": -0.5,
    "tag-colon-carried": 4.0,
    "means": 0.5,
    "pronoun-clashes": -3.0,
    "kin-clashes": -2.0,
    "kin-usual": 2.0,
    "kin-owner": -2.5,
    "called-kin-before": 0.7,
    "called-kin-after": 0.5,
    "called-kin-here": -0.7,
    "spoken-to": -3.0,
    "else@kin": 1.0,
    "else": -1.0,
    "called-here": -1.5,
    "called-before": 0.8,
    "called-after": 0.6,
    "addressed-before": 0.8,
    "called-before-clashes": -0.7,
    "called-after-clashes": -0.7,
    "beat-before-clashes": -0.5,
    "beat-after-clashes": -0.5,
    "beat-before": 0.7,
    "beat-after": 0.7,
    "recent-0": 0.3,
    "close": 0.3,
    "speaks": 0.5,
    "unlisted": -0.5,
    "mute": -1.0,
    "teller": 0.7,
    "teller-third": -4.0,
    "teller-quiet": -0.7,
    "talk-of": -0.3,
    "talk-acts": 0.3,
    "talk-spoke": 0.3,
    "turn": 0.5,
    "other-turn": -0.3,
    "turn-clashes": -0.5,
    "turn-called": 0.5,
    "turn-calls": -0.5,
    "talk-to": 0.3,
    "introduces": 2.5,
    "same": -1.0,
    "same-paragraph": 3.0,
    "same-touching": -2.0,
    "same-paragraph-tagged": -0.5,
    "same-runs-on": 4.0,
    "swap": 0.8,
    "swap@named": -0.8,
    "swap@first": -0.8,
    "same@named": 0.5,
    "swap-none-none": 0.5,
}


# What English starts from besides: few novels teach too little about bare lines and turns, and
# theirs have hardly a beat (`Tom shrugged. "No."`), by which newer novels show who speaks.
PRIOR_EN = PRIOR | {
    "named": 0.2,
    "same-none": -0.3,
    "same-none@bare": -0.2,
    "same-here": 0.2,
    "swap-none-none": 0.7,
    "swap-tale": 2.0,
    "same-tale": 1.5,
    "else-new": 1.0,
    "spoken-of-here": -0.2,
    "beat-before@bare": 3.0,
    "beat-after@bare": 2.5,
    "beat-between@bare": 3.0,
    "beat-between": 0.7,
    "kin-agrees": 1.0,
    "below-first@bare": 0.3,
    "below-first@pronoun": -0.2,
}


def _vocabulary(
    samples: Sequence[Sample], prior: dict[str, float], least: int = 5
) -> dict[str, int]:
    seen: dict[str, int] = dict.fromkeys(prior, least)
    for sample in samples:
        for row in sample.rows:
            for parts in (*row.parts, row.step, row.swap):
                for name in parts:
                    seen[name] = seen.get(name, 0) + 1
    return {name: i for i, name in enumerate(sorted(n for n, k in seen.items() if k >= least))}


def fit(
    samples: Sequence[Sample],
    penalty: float,
    prior: dict[str, float],
    *,
    rounds: int = 2,
    steps: int = 150,
) -> dict[str, float]:
    """Weights by feature; the second round keeps the candidates that the first one scores best."""
    import numpy as np
    from scipy.optimize import minimize

    vocabulary = _vocabulary(samples, prior)
    middle = np.array([prior.get(name, 0.0) for name in vocabulary])
    weights = middle
    for _ in range(rounds):
        problem = Problem(samples, first=weights, vocabulary=vocabulary)
        weights = minimize(
            problem.loss,
            weights,
            args=(penalty, middle),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": steps},
        ).x
    return {
        name: round(float(weights[i]), 2)
        for name, i in vocabulary.items()
        if abs(weights[i]) >= LEAST_WEIGHT
    }


def calibrate(answers: Sequence[tuple[float, bool]]) -> tuple[list[float], list[float]]:
    """Raw probabilities and the share of right answers at each, never falling, from answers on
    left-out parts.
    """
    ordered = sorted(answers)
    size = max(1, len(ordered) // POINTS)
    pools: list[tuple[float, float, float]] = []  # count, sum of probabilities, right answers
    for low in range(0, len(ordered), size):
        part = ordered[low : low + size]
        total = sum(p for p, _ in part)
        pools.append(
            (
                len(part) + DOUBT,
                total * (1 + DOUBT / len(part)),
                sum(right for _, right in part) + DOUBT * total / len(part),
            )
        )
        while len(pools) > 1 and pools[-1][2] / pools[-1][0] <= pools[-2][2] / pools[-2][0]:
            (a, b, c), (d, e, f) = pools.pop(), pools.pop()
            pools.append((a + d, b + e, c + f))
    raw, true = [0.0], [0.0]
    for count, total, right in pools:
        if total / count > raw[-1]:
            raw.append(round(total / count, 4))
            true.append(round(right / count, 4))
    return [*raw, 1.0], [*true, round((1 + true[-1]) / 2, 4)]


def judge(samples: Sequence[Sample], weights: Weights) -> list[tuple[float, bool, str]]:
    """(confidence, right, kind) for each annotated group."""
    found = []
    for sample in samples:
        for verdict, gold, kind in zip(
            decide(sample.rows, weights), sample.gold, sample.kinds, strict=True
        ):
            if gold:
                name, sure = verdict.ranked[0]
                found.append((sure, name == gold, kind))
    return found


def learn(
    samples: Sequence[Sample],
    folds: Sequence[int],
    penalties: Sequence[float],
    prior: dict[str, float],
) -> dict[str, Any]:
    """Weights from all samples. Penalty and confidence table come from each fold judged by weights
    of the others, so that no answer that counts was seen."""
    found = [(penalty, _left_out(samples, folds, penalty, prior)) for penalty in penalties]
    penalty, answers = max(found, key=lambda pair: sum(right for _, right in pair[1]))
    for tried, answered in found:
        right = sum(right for _, right in answered)
        sys.stderr.write(f"penalty {tried}: {right} of {len(answered)} right, left out\n")
    raw, true = calibrate(answers)
    return {"speaker": fit(samples, penalty, prior), "raw": raw, "true": true}


def _left_out(
    samples: Sequence[Sample], folds: Sequence[int], penalty: float, prior: dict[str, float]
) -> list[tuple[float, bool]]:
    """(raw confidence, right) of each fold, by weights learned from the others."""
    answers: list[tuple[float, bool]] = []
    for fold in sorted(set(folds)):
        rest = [s for s, f in zip(samples, folds, strict=True) if f != fold]
        held = [s for s, f in zip(samples, folds, strict=True) if f == fold]
        weights = Weights(fit(rest, penalty, prior), {}, (0.0, 1.0), (0.0, 1.0))
        answers += [(sure, right) for sure, right, _ in judge(held, weights)]
    return answers


def learn_chinese(data: Path) -> dict[str, Any]:
    """The table of Chinese without its addressees, for which WP has no annotation: windows, and
    every second one as a book prints it; tenths of the book are the parts left out."""
    windows = read_windows(data / "wp" / "train.txt")
    printed = [as_printed(window) for window in windows[::2]]
    folds = [i * FOLDS // len(windows) for i in range(len(windows))]
    samples = [prepare(window)[0] for window in (*windows, *printed)]
    return learn(samples, [*folds, *folds[::2]], PENALTY["zh"], PRIOR)


def learn_english(texts: Sequence[Annotated]) -> dict[str, Any]:
    """The table of English from at least two novels; each novel is a part that is left out.
    Persons whom a novel's table lists twice are joined, or what it teaches contradicts itself."""
    texts = [without_doubles(text) for text in texts]
    prepared = [prepare(text) for text in texts]
    heard = [
        x for text, (s, r) in zip(texts, prepared, strict=True) for x in listening(text, r, s.gold)
    ]
    learned = learn([s for s, _ in prepared], range(len(prepared)), PENALTY["en"], PRIOR_EN)
    return learned | {"addressee": fit_listeners(heard)}


def main() -> None:
    """Learn both languages and write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "weights.json")
    parser.add_argument(
        "--only", choices=("zh", "en"), help="leave the other language as the file has it"
    )
    options = parser.parse_args()
    tables = json.loads(options.out.read_text(encoding="utf-8")) if options.out.is_file() else {}
    if options.only != "en":
        tables["zh"] = learn_chinese(options.data)
    if options.only != "zh":
        tables["en"] = learn_english(novels(options.data))
    tables["zh"]["addressee"] = tables["en"]["addressee"]
    write_text(options.out, json.dumps(tables, ensure_ascii=False, indent=0, sort_keys=True) + "\n")


def fit_listeners(
    samples: Sequence[tuple[list[dict[str, float]], list[bool]]], penalty: float = 1.0
) -> dict[str, float]:
    """Weights of a softmax over candidates under which the right ones are likely."""
    import numpy as np
    from scipy.optimize import minimize
    from scipy.sparse import csr_matrix

    vocabulary = {
        name: i
        for i, name in enumerate(sorted({n for parts, _ in samples for p in parts for n in p}))
    }
    sparse = Sparse(vocabulary)
    starts: list[int] = []
    right: list[bool] = []
    for parts, fits in samples:
        starts.append(len(right))
        for table, fit_ in zip(parts, fits, strict=True):
            sparse.add(len(right), table)
            right.append(fit_)
    matrix, good, first = (
        sparse.matrix(csr_matrix, (len(right), len(vocabulary))),
        np.array(right, float),
        np.array(starts),
    )
    sizes = np.diff([*starts, len(right)])

    def loss(weights: "np.ndarray") -> tuple[float, "np.ndarray"]:
        raised = np.exp(np.clip(matrix @ weights, -30, 30))
        whole, part = np.add.reduceat(raised, first), np.add.reduceat(raised * good, first)
        slope = matrix.T @ (
            raised / np.repeat(whole, sizes) - raised * good / np.repeat(part, sizes)
        )
        return float(
            np.log(whole / part).sum() + penalty * weights @ weights
        ), slope + 2 * penalty * weights

    weights = minimize(loss, np.zeros(len(vocabulary)), jac=True, method="L-BFGS-B").x
    return {
        name: round(float(weights[i]), 3)
        for name, i in vocabulary.items()
        if abs(weights[i]) >= 0.005
    }


if __name__ == "__main__":
    main()
