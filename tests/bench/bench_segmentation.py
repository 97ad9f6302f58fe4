"""Pk and WindowDiff of the cutting methods on texts made of passages of other texts: those of Choi
(2000), a Chinese such set, and excerpts with their paragraphs as printed (`printed_excerpts`).

    python tests/bench/bench_segmentation.py [--data DIR] [--join line|space] [--validate]
    [--without-model] [--max-tokens 2048] [--novels DIR …] [--laws DIR …] [--peers PYTHON]

Each file holds passages of Brown-corpus documents, a line a sentence. The cutter sees the lines
joined, not the borders nor how many there are, and has the default spec but for method, encoder and
`--max-tokens`: a chunk must have room for a true segment, so that Pk holds at that limit.
A unit is a line; k is half the mean length of the file's true segments, rounded. Pk: the share of
pairs of lines k apart that are wrongly held to be of one segment or of two (Beeferman, Berger &
Lafferty 1999). WindowDiff: the share of such pairs with a wrong number of borders between them
(Pevzner & Hearst 2002). 0 is best. Means are over files.

Printed excerpts: of the novels and laws at hand, or of any folders of texts, a file each (novels:
github.com/Priya22/project-dialogism-novel-corpus, laws: github.com/LawRefBook/Laws). Those that
weights were learnt from are kept apart by `split_corpora.py`.
Peers: see `chunking_peers`; they get the mean true length as their size.

`--validate`: the constants are chosen on a random half of the files and tried on the other, ten
times.
Chinese: ten passages each, of Journey to the West, the criminal law and a sample, made with a fixed
seed.
"""

import argparse
import itertools
import random
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from chunking_peers import peers
from printed_excerpts import KINDS, Passages, excerpts, texts_of

from studio.chunking import ChunkSpec
from studio.chunking.cut import cut_text
from studio.chunking.encoders import factory
from studio.chunking.encoders.base import Encoder, Vectors
from studio.chunking.methods import evidence, recurrence, segmentation
from studio.errors import ModelError
from studio.text.sentences import borders

ROOT = Path(__file__).resolve().parents[2]
PARTS = {"3-11": (3, 11), "3-5": (3, 5), "6-8": (6, 8), "9-11": (9, 11)}
FIXED_TOKENS = 256
SEEDS_MOST = 512
GRID = {
    "PENALTY": (1.0, 1.5, 2.0, 2.5, 3.0),
    "FREEDOM": (20.0, 30.0, 40.0),
    "STRENGTH": (600.0, 900.0, 1200.0),
}
Starts = Callable[["Passages"], list[int]]


def choi(folder: Path, joined: str) -> list[Passages]:
    """The files of the four parts."""
    made = []
    for path in sorted(folder.glob("*/*.ref")):
        parts = [
            part.strip("\n").split("\n")
            for part in path.read_text(encoding="utf-8").split("==========\n")
            if part.strip()
        ]
        made.append(
            Passages(
                path.parent.name,
                sum(parts, []),
                [n for n, part in enumerate(parts) for _ in part],
                joined,
            )
        )
    return made


def chinese(data: Path, each: int = 25) -> list[Passages]:
    """Ten passages a text: seven of different chapters of the novel, two of different chapters of
    the law, one of a sample.
    """
    novel = (data / "novels/journey_to_the_west.txt").read_text(encoding="utf-8")
    law = (data / "laws/criminal_law.md").read_text(encoding="utf-8")
    chapters = [
        _sentences(chapter)
        for chapter in re.split(r"\n(?=第[一二三四五六七八九十百零]+回)", novel)[1:]
    ]
    laws = [some for some in map(_sentences, re.split(r"\n(?=#)", law)) if len(some) > 12]
    samples = [
        _sentences((ROOT / "presets/samples" / name).read_text(encoding="utf-8"))
        for name in ("statute.zh.md", "story.zh.md")
    ]
    made, rng = [], random.Random(7)
    for (part, (low, high)), _ in itertools.product(PARTS.items(), range(each)):
        pool = (
            rng.sample([chapter for chapter in chapters if len(chapter) > 40], 7)
            + rng.sample(laws, 2)
            + [rng.choice(samples)]
        )
        rng.shuffle(pool)
        passages = []
        for source in pool:
            length = min(rng.randint(low, high), len(source))
            first = rng.randrange(len(source) - length + 1)
            passages.append(source[first : first + length])
        made.append(
            Passages(
                f"zh {part}",
                sum(passages, []),
                [n for n, some in enumerate(passages) for _ in some],
            )
        )
    return made


def _sentences(text: str) -> list[str]:
    found = [text[start:end].strip() for start, end in itertools.pairwise(borders(text))]
    return [
        s
        for s in found
        if len(s) >= 6 and not s.startswith("#") and not re.match("第.{1,6}[回章节]", s)
    ]


def wrong(file: Passages, found: list[int]) -> tuple[float, float]:
    """(Pk, WindowDiff) of the character offsets `found` at which segments begin."""
    true = np.array(file.segment)
    ours = np.searchsorted(sorted(found), file.starts, side="right")
    k = max(1, round(len(true) / (true[-1] + 1) / 2))
    borders_true, borders_ours = true[k:] - true[:-k], ours[k:] - ours[:-k]
    return float(((borders_true == 0) != (borders_ours == 0)).mean()), float(
        (borders_true != borders_ours).mean()
    )


def remembering(encoder: Encoder) -> Encoder:
    """A model's encoder that sees each sentence once, however many methods ask for it."""
    known: dict[str, np.ndarray] = {}

    def encode(text: str, places: list[int], told: Callable[[float], None]) -> Vectors:
        sentences = [text[start:end].strip() for start, end in itertools.pairwise(places)]
        fresh = list(dict.fromkeys(sentence for sentence in sentences if sentence not in known))
        if fresh:
            known.update(
                zip(
                    fresh,
                    encoder("".join(fresh), [0, *itertools.accumulate(map(len, fresh))], told).rows,
                    strict=True,
                )
            )
        return Vectors(np.stack([known[sentence] for sentence in sentences]))

    return encode


def ours(spec: ChunkSpec, encoder: Encoder | None) -> Starts:
    """By the studio, with a spec."""
    return lambda file: [chunk.start for chunk in cut_text(file.text, spec, encoder=encoder).chunks]


def seeds(encoder: Encoder) -> Starts:
    """The procedure of the script, as it is run: a border where the cosine to (vector + sentence) /
    2 … is not over 0.5.

    It is given the lines, since its own splitter finds no sentence in English, and characters / 4
    as tokens.
    """

    def starts(file: Passages) -> list[int]:
        edges = [*file.starts, len(file.text)]
        rows = np.asarray(encoder(file.text, edges, lambda share: None).rows, dtype=float)
        found, vector = [0], rows[0]
        for number in range(1, len(rows)):
            norm = np.linalg.norm(vector) * np.linalg.norm(rows[number])
            similar = vector @ rows[number] / norm if norm else 0.0
            if similar > 0.5 and (edges[number + 1] - found[-1]) / 4 <= SEEDS_MOST:
                vector = (vector + rows[number]) / 2
            else:
                found.append(edges[number])
                vector = rows[number]
        return found

    return starts


def table(files: list[Passages], methods: dict[str, Starts]) -> None:
    """A line a method: Pk of each part, the means of Pk and WindowDiff, how many segments too
    many.
    """
    order = [*PARTS, *KINDS]
    parts = sorted({file.part for file in files}, key=lambda p: order.index(p.removeprefix("zh ")))
    print(
        f"\n{len(files)} files".ljust(38)
        + "".join(part[:11].rjust(12) for part in parts)
        + "  mean Pk  mean WD  segments"
    )
    for name, starts in methods.items():
        found = [starts(file) for file in files]
        scores = np.array([wrong(file, some) for file, some in zip(files, found, strict=True)])
        of = np.array([file.part for file in files])
        more = np.mean(
            [len(some) - file.segment[-1] - 1 for file, some in zip(files, found, strict=True)]
        )
        row = "".join(f"{scores[of == part, 0].mean():12.3f}" for part in parts)
        print(
            f"{name:37s}{row}{scores[:, 0].mean():9.3f}{scores[:, 1].mean():9.3f}{more:+10.1f}",
            flush=True,
        )


@contextmanager
def constants(values: dict[str, float]) -> Iterator[None]:
    """The method with other constants."""
    places = (segmentation, evidence, recurrence)
    owner = {name: next(one for one in places if hasattr(one, name)) for name in values}
    before = {name: getattr(owner[name], name) for name in values}
    for name, value in values.items():
        setattr(owner[name], name, value)
    yield
    for name, value in before.items():
        setattr(owner[name], name, value)


def validate(files: list[Passages], starts: Starts, splits: int = 10) -> None:
    """Constants chosen on one half of the files, Pk on the other; beside it that of the constants
    as they are.
    """
    settings = [
        dict(zip(GRID, values, strict=True)) for values in itertools.product(*GRID.values())
    ]
    scores = np.zeros((len(settings), len(files)))
    for number, setting in enumerate(settings):
        with constants(setting):
            scores[number] = [wrong(file, starts(file))[0] for file in files]
    shipped = np.array([wrong(file, starts(file))[0] for file in files])
    rng = np.random.default_rng(0)
    for _ in range(splits):
        order = rng.permutation(len(files))
        tune, rest = order[: len(files) // 2], order[len(files) // 2 :]
        best = int(scores[:, tune].mean(axis=1).argmin())
        print(
            f"  chosen {settings[best]}: Pk {scores[best, tune].mean():.4f}, on the other half "
            f"{scores[best, rest].mean():.4f}; as shipped {shipped[rest].mean():.4f}",
            flush=True,
        )
    print(
        f"  over all {len(settings)} settings Pk lies between {scores.mean(axis=1).min():.4f} and "
        f"{scores.mean(axis=1).max():.4f}"
    )


def by_peers(python: str, files: list[Passages]) -> dict[str, Starts]:
    """The public splitters as methods, the mean true length given to each as its size."""
    texts = [file.text for file in files]
    segments = sum(file.segment[-1] + 1 for file in files)
    found = peers(python, texts, sum(map(len, texts)) // segments)
    place = {id(file): number for number, file in enumerate(files)}
    return {
        name: lambda file, of=of: of["starts"][place[id(file)]]  # type: ignore[misc]
        for name, of in found.items()
    }


def printed(given: argparse.Namespace) -> list[Passages]:
    """Excerpts of the given novels and laws, else of those at hand."""
    novels = texts_of(given.novels, "*.txt") or texts_of(
        [given.data / "novels", given.data / "speakers/pdnc"], "*.txt"
    )
    laws = texts_of(given.laws or [given.data / "laws"], "*.md")
    return excerpts(novels, laws, each=2 if given.novels else 8, seed=7)


def main(arguments: list[str]) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data")
    parser.add_argument("--join", choices=("line", "space"), default="line")
    parser.add_argument("--validate", action="store_true")
    parser.add_argument("--without-model", action="store_true")
    parser.add_argument("--max-tokens", type=int, default=2048)
    parser.add_argument("--novels", type=Path, nargs="*", default=[])
    parser.add_argument("--laws", type=Path, nargs="*", default=[])
    parser.add_argument("--peers", default="", help="the Python that has the public splitters")
    given = parser.parse_args(arguments)
    files = choi(given.data / "segmentation/choi", "\n" if given.join == "line" else " ")
    most = given.max_tokens
    lexical = ours(ChunkSpec(max_tokens=most), factory.make(ChunkSpec()))
    fixed = ours(ChunkSpec(method="length", max_tokens=FIXED_TOKENS), None)
    plain: dict[str, Starts] = {f"fixed size, {FIXED_TOKENS} tokens": fixed}
    by_model: dict[str, Starts] = {}
    if not given.without_model:
        try:
            model = remembering(factory.make(ChunkSpec(encoder="minilm")))
        except ModelError as error:
            print(error)
        else:
            greedy = ChunkSpec(method="greedy", encoder="minilm", max_tokens=most)
            plain["seeds' procedure, MiniLM, 0.5"] = seeds(model)
            plain["greedy, put right, MiniLM, 0.5"] = ours(greedy, model)
            semantic = ChunkSpec(encoder="minilm", max_tokens=most)
            by_model["semantic, MiniLM"] = ours(semantic, model)
    methods = {**plain, "semantic, lexical": lexical, **by_model}
    print(f"max_tokens {most}")
    zh, other = chinese(given.data), printed(given)
    for some, used in (
        (files, methods),
        (zh, {name: methods[name] for name in [*plain][:1] + ["semantic, lexical"]}),
        (other, methods),
    ):
        table(some, (by_peers(given.peers, some) if given.peers else {}) | used)
    for name, some, starts in (
        ("lexical", files, lexical),
        ("MiniLM", files, by_model.get("semantic, MiniLM")),
        ("lexical, Chinese", zh, lexical),
        ("lexical, as printed", other, lexical),
    ):
        if given.validate and starts:
            print(f"\n{name}: constants chosen on a random half")
            validate(some, starts)


if __name__ == "__main__":
    main(sys.argv[1:])
