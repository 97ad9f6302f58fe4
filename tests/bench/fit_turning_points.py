"""Learns the weights of `studio/chunking/methods/turning_points.py` into `turning_weights.py`.

    python tests/bench/fit_turning_points.py --novels DIR … --laws DIR … [--chinese FILE …]

Texts are put together as in `bench_segmentation.py`, of other novels and laws than are measured
there (`split_corpora.py`): excerpts as printed, and of the first half of each Chinese novel's
chapters also passages with laws between them, a line a sentence. A place counts where nothing
forbids a border; whether one is there is what a logistic regression learns (ridge `RIDGE`, features
brought to variance 1).
The share of borders is taken out again: how many there should be the cutter finds for itself.
The weights beside a model are learnt with MiniLM, from English texts alone, which it can read.
"""

import argparse
import itertools
import pprint
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from bench_segmentation import PARTS, remembering
from printed_excerpts import Passages, chapters_of, excerpts, made_of, sentences_of, texts_of
from scipy.optimize import minimize

from studio.chunking import ChunkSpec
from studio.chunking.encoders import factory
from studio.chunking.encoders.base import Encoder
from studio.chunking.methods import semantic, sentence_units
from studio.chunking.sections import section
from studio.chunking.tokens.counting import count_tokens

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = ROOT / "studio/chunking/methods/turning_weights.py"
RIDGE = 30.0
EACH, SEED = 10, 23
MOST_TOKENS = 2048
FORBIDDEN = 1e6


def chinese(novel: str, laws: list[list[str]], each: int) -> Iterator[Passages]:
    """Excerpts as printed of the first half of a novel's chapters, and passages of these and of
    laws, a line a sentence.
    """
    chapters = chapters_of(novel)
    chapters, rng = chapters[: len(chapters) // 2], random.Random(SEED)
    for _ in range(2 * each):
        yield made_of(chapters, "chapters of one novel", rng)
    for (part, (low, high)), _ in itertools.product(PARTS.items(), range(each)):
        pool = rng.sample(chapters, 7) + rng.sample(laws, 3)
        rng.shuffle(pool)
        lines: list[str] = []
        segment: list[int] = []
        for number, source in enumerate(pool):
            length = rng.randint(low, high)
            first = rng.randrange(len(source) - length + 1)
            lines += [sentence.strip() for sentence in source[first : first + length]]
            segment += [number] * length
        yield Passages(part, lines, segment)


def examples(file: Passages, model: Encoder | None) -> tuple[list[str], np.ndarray, np.ndarray]:
    """(names, the features of each place where a border may be, whether one is there)."""
    text, spec = file.text, ChunkSpec(max_tokens=MOST_TOKENS)
    part, tokens = section(text, 0, len(text)), count_tokens(text)
    units = sentence_units(text, part.borders, tokens, tokens.units(MOST_TOKENS), part.known)
    seen = semantic.seen(text, units, tokens, spec)
    vectors = model(text, seen.places, lambda share: None) if model else None
    found = semantic.turn_features(text, seen.places, vectors)
    true = {
        start
        for start, (before, here) in zip(
            file.starts[1:], itertools.pairwise(file.segment), strict=False
        )
        if before != here
    }
    free = [unit for unit in range(1, len(seen.begun)) if seen.costs[unit] < FORBIDDEN]
    features = np.stack(list(found.values()), axis=1)[free]
    return list(found), features, np.array([seen.places[unit] in true for unit in free], float)


def learnt(files: list[Passages], model: Encoder | None) -> dict[str, float]:
    """The weights, with the constant."""
    rows = [examples(file, model) for file in files]
    features, true = np.concatenate([row[1] for row in rows]), np.concatenate([r[2] for r in rows])
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-9
    given = np.column_stack([np.ones(len(true)), (features - mean) / spread])

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        raw = given @ weights
        ridge = np.concatenate([[0.0], weights[1:]])
        error = 1 / (1 + np.exp(-raw)) - true
        return (
            float((np.logaddexp(0, raw) - true * raw).sum() + RIDGE * (ridge**2).sum()),
            given.T @ error + 2 * RIDGE * ridge,
        )

    found = minimize(loss, np.zeros(given.shape[1]), jac=True, method="L-BFGS-B").x
    share = float(true.mean())
    constant = found[0] - float((found[1:] * mean / spread).sum()) - np.log(share / (1 - share))
    print(f"{len(files)} texts, {len(true)} places, of them borders {share:.3f}")
    weights = {"constant": constant, **dict(zip(rows[0][0], found[1:] / spread, strict=True))}
    return {name: round(float(value), 3) for name, value in weights.items()}


def main(arguments: list[str]) -> None:
    """Learn and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--novels", type=Path, nargs="+", required=True)
    parser.add_argument("--laws", type=Path, nargs="+", required=True)
    parser.add_argument("--chinese", type=Path, nargs="*", default=[])
    given = parser.parse_args(arguments)
    laws = texts_of(given.laws, "*.md")
    files = excerpts(texts_of(given.novels, "*.txt"), laws, EACH, SEED)
    statutes = [some for some in map(sentences_of, laws.values()) if len(some) > PARTS["9-11"][1]]
    english = [file for file in files if file.part != "laws"]
    for path in given.chinese:
        files += chinese(path.read_text(encoding="utf-8"), statutes, EACH + EACH // 2)
    model = remembering(factory.make(ChunkSpec(encoder="minilm")))
    tables = {"LEXICAL": learnt(files, None), "WITH_MODEL": learnt(english, model)}
    WEIGHTS.write_text(
        '"""Weights of `turning_points`, in nats a unit of each feature.\n\n'
        'Written by tests/bench/fit_turning_points.py.\n"""\n\n'
        + "\n".join(
            f"{name} = {pprint.pformat(table, sort_dicts=False)}" for name, table in tables.items()
        )
        + "\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main(sys.argv[1:])
