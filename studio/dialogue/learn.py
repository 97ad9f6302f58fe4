"""Learns the weights of `weights.json` from annotated novels: python -m studio.dialogue.learn
DATA_FOLDER [--out FILE]

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
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.dialogue.addressee import listeners
from studio.dialogue.chain import NEVER, Runs, sums
from studio.dialogue.corpora import Annotated, as_printed, novels, read_windows
from studio.dialogue.features import ELSE, Row
from studio.dialogue.novel import Reading, take_apart
from studio.dialogue.ranker import Weights, decide
from studio.files import write_text

if TYPE_CHECKING:
    import numpy as np

WIDE, LENGTH = 7, 48
PENALTY = {"zh": 4.0, "en": 16.0}
LEAN = 0.3  # how far what English starts from leans to what Chinese has learned, tags aside
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


@dataclass
class Sample:
    """A text's rows; for each group the annotated speaker and the kind of its quote, "" where there
    is none.
    """

    rows: list[Row]
    gold: list[str]
    name: str
    kinds: list[str]


def prepare(text: Annotated) -> tuple[Sample, Reading]:
    """Rows and gold speakers of one annotated text."""
    reading = take_apart(text.text, list(text.people))
    gold, kinds = align(reading, text)
    return Sample(reading.features.rows(), gold, text.name, kinds), reading


def align(reading: Reading, text: Annotated) -> tuple[list[str], list[str]]:
    """For each group the annotated speaker that covers most of it, and the kind of the quote."""
    quotes = reading.narration.quotes
    spans = sorted((a, b, q.speaker, q.kind) for q in text.quotes for a, b in q.spans)
    gold, kinds = [], []
    for g in reading.groups:
        best = (0, "", "")
        for m in g.members:
            for a, b, speaker, kind in spans:
                if a < quotes[m].end and b > quotes[m].start:
                    best = max(
                        best, (min(b, quotes[m].end) - max(a, quotes[m].start), speaker, kind)
                    )
        gold.append(best[1])
        kinds.append(best[2])
    return gold, kinds


class Problem:
    """Samples as arrays, and the penalised likelihood with its gradient."""

    def __init__(
        self, samples: Sequence[Sample], *, first: "np.ndarray", vocabulary: dict[str, int]
    ) -> None:
        self.vocabulary = vocabulary
        self.pieces = [
            (s, low, min(high, low + LENGTH))
            for s in samples
            for begin, high in _segments(s.rows)
            for low in range(begin, high, LENGTH)
        ]
        self._fill(first)

    def _fill(self, first: "np.ndarray") -> None:
        import numpy as np
        from scipy.sparse import csr_matrix

        count, length = len(self.pieces), max(b - a for _, a, b in self.pieces)
        shape = (count, length, WIDE)
        self.ids, self.pad = np.full(shape, -1), np.full(shape, NEVER)
        self.pad[:, :, 0] = 0.0
        self.known = np.zeros(shape)
        unary, step, swap = (
            _Sparse(self.vocabulary),
            _Sparse(self.vocabulary),
            _Sparse(self.vocabulary),
        )
        for number, (sample, a, b) in enumerate(self.pieces):
            ids: dict[str, int] = {}
            for t, index in enumerate(range(a, b)):
                row, gold = sample.rows[index], sample.gold[index]
                target = gold if gold in row.names else ELSE
                kept = self._keep(row, target if gold else None, first)
                for k, choice in enumerate(kept):
                    name = row.names[choice]
                    self.ids[number, t, k] = -1 if name is ELSE else ids.setdefault(name, len(ids))
                    self.pad[number, t, k] = 0.0
                    unary.add((number * length + t) * WIDE + k, row.parts[choice])
                    if gold and name != target:
                        self.known[number, t, k] = NEVER
                if t:
                    step.add(number * length + t, row.step)
                if t > 1:
                    swap.add(number * length + t, row.swap)
        size = len(self.vocabulary)
        self.unary = unary.matrix(csr_matrix, (count * length * WIDE, size))
        self.step = step.matrix(csr_matrix, (count * length, size))
        self.swap = swap.matrix(csr_matrix, (count * length, size))
        self.shape = shape

    def _keep(self, row: Row, target: str | None, first: "np.ndarray") -> list[int]:
        """The WIDE candidates that score best by the first weights, the annotated one always among
        them.
        """

        def score(i: int) -> float:
            return sum(
                first[self.vocabulary[f]] * v
                for f, v in row.parts[i].items()
                if f in self.vocabulary
            )

        order = sorted(range(len(row.names)), key=lambda i: -score(i))[:WIDE]
        wanted = [i for i, name in enumerate(row.names) if name == target]
        if wanted and wanted[0] not in order:
            order[-1] = wanted[0]
        return order

    def runs(self, weights: "np.ndarray") -> Runs:
        """The batch under these weights."""
        count, length, wide = self.shape
        scores = (self.unary @ weights).reshape(self.shape) + self.pad
        return Runs(
            self.ids,
            scores,
            (self.step @ weights).reshape(count, length),
            (self.swap @ weights).reshape(count, length),
        )

    def loss(
        self, weights: "np.ndarray", penalty: float, prior: "np.ndarray"
    ) -> tuple[float, "np.ndarray"]:
        """Negative log-likelihood with the penalty for leaving the prior, and its gradient."""
        runs = self.runs(weights)
        away = weights - prior
        free = sums(runs)
        held = sums(Runs(runs.ids, runs.unary + self.known, runs.step, runs.swap))
        value = float((free.log_z - held.log_z).sum()) + penalty * float(away @ away)
        slope = (
            self.unary.T @ (free.single - held.single).ravel()
            + self.step.T @ (free.same - held.same).ravel()
            + self.swap.T @ (free.swapped - held.swapped).ravel()
            + 2 * penalty * away
        )
        return value, slope


class _Sparse:
    def __init__(self, vocabulary: dict[str, int]) -> None:
        self.vocabulary = vocabulary
        self.values: list[float] = []
        self.where: tuple[list[int], list[int]] = ([], [])

    def add(self, row: int, parts: dict[str, float]) -> None:
        for name, value in parts.items():
            if (column := self.vocabulary.get(name)) is not None:
                self.values.append(value)
                self.where[0].append(row)
                self.where[1].append(column)

    def matrix(self, make: Any, shape: tuple[int, int]) -> Any:
        return make((self.values, self.where), shape=shape)


def _segments(rows: Sequence[Row]) -> list[tuple[int, int]]:
    cuts = [0, *(i for i in range(1, len(rows)) if not rows[i].step), len(rows)]
    return [(a, b) for a, b in zip(cuts, cuts[1:], strict=False) if b > a]


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


def leaning(learned: dict[str, float]) -> dict[str, float]:
    """The prior, drawn towards the weights of another language: three novels alone teach too
    little.
    """
    found = {
        name: PRIOR.get(name, 0.0) + LEAN * (learned.get(name, 0.0) - PRIOR.get(name, 0.0))
        for name in {*PRIOR, *learned}
    }
    return found | {name: value for name, value in PRIOR.items() if name.startswith("tag")}


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


def listening(
    text: Annotated, reading: Reading, gold: Sequence[str]
) -> list[tuple[list[dict[str, float]], list[bool]]]:
    """For each annotated group the candidates for the addressee and which of them are right; those
    for whom nobody is right are left out."""
    spans = [(a, b, set(q.addressees)) for q in text.quotes for a, b in q.spans]
    speakers: list[str | None] = [name or None for name in gold]
    heard: list[str | None] = []
    found = []
    for index, group in enumerate(reading.groups):
        right = next((w for a, b, w in spans if a < group.end and b > group.start), set())
        names, parts = listeners(reading.features, index, speakers, heard)
        fits = [name in right for name in names]
        heard.append(next((name for name, fit in zip(names, fits, strict=True) if fit), None))
        if any(fits):
            found.append((parts, fits))
    return found


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
    samples: Sequence[Sample], folds: Sequence[int], penalty: float, prior: dict[str, float]
) -> dict[str, Any]:
    """Weights from all samples, the confidence table from each fold judged by the others."""
    answers: list[tuple[float, bool]] = []
    for fold in sorted(set(folds)):
        rest = [s for s, f in zip(samples, folds, strict=True) if f != fold]
        held = [s for s, f in zip(samples, folds, strict=True) if f == fold]
        weights = Weights(fit(rest, penalty, prior), {}, (0.0, 1.0), (0.0, 1.0))
        answers += [(sure, right) for sure, right, _ in judge(held, weights)]
        sys.stderr.write(
            f"fold {fold}: {sum(r for _, r in answers)} of {len(answers)} right so far\n"
        )
    raw, true = calibrate(answers)
    return {"speaker": fit(samples, penalty, prior), "raw": raw, "true": true}


def main() -> None:
    """Learn both languages and write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("weights.json"))
    parser.add_argument(
        "--only", choices=("zh", "en"), help="leave the other language as the file has it"
    )
    options = parser.parse_args()
    tables = json.loads(options.out.read_text(encoding="utf-8")) if options.out.is_file() else {}
    if options.only != "en":
        windows = read_windows(options.data / "wp" / "train.txt")
        printed = [as_printed(window) for window in windows[::2]]
        folds = [i * FOLDS // len(windows) for i in range(len(windows))]
        samples = [prepare(window)[0] for window in (*windows, *printed)]
        tables["zh"] = learn(samples, [*folds, *folds[::2]], PENALTY["zh"], PRIOR)
    if options.only != "zh":
        texts = novels(options.data)
        prepared = [prepare(text) for text in texts]
        heard = [
            x
            for text, (s, r) in zip(texts, prepared, strict=True)
            for x in listening(text, r, s.gold)
        ]
        learned = learn(
            [s for s, _ in prepared],
            range(len(prepared)),
            PENALTY["en"],
            leaning(tables["zh"]["speaker"]),
        )
        tables["en"] = learned | {"addressee": fit_listeners(heard)}
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
    sparse, starts, right = _Sparse(vocabulary), [], []
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
