"""The methods that look at what sentences say: nothing lost, limits held, borders where the subject
turns, and quickly.
"""

import random
import time
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.special import gammaln

from studio.chunking import Chunk, ChunkSpec, chunk_text
from studio.chunking.cut import cut_sections, cut_text
from studio.chunking.encoders import lexical
from studio.chunking.encoders.base import Vectors
from studio.chunking.methods import segmentation, turning_points
from studio.chunking.methods.evidence import Evidence
from studio.chunking.methods.greedy import greedy_cuts
from studio.chunking.methods.segmentation import Limits, best_cuts, earliest, penalty
from studio.text.punctuation import NEVER_FIRST
from studio.text.sentences import borders
from tests import pieces

KITCHEN = (
    "Heat the oil in the pan. Fry the onions in the hot oil. Stir the onions in the pan. "
    "Pour sauce over the hot onions. Add oil to the sauce. "
)
RENT = (
    "The tenant pays the rent monthly. The landlord may end the lease. "
    "Both landlord and tenant sign the lease. A court decides on unpaid rent. "
    "The lease names the tenant. "
)
SEA = (
    "The ship left the harbour. Sailors raised the sails of the ship. "
    "A storm broke over the sea. The captain turned the ship to the wind. The sea grew calm. "
)
MEANING = ("semantic", "greedy")
PIECES = st.sampled_from([*pieces.PIECES, "第一章 起\n", "第三条　凡是。\n", "字\n"])


def check(text: str, chunks: list[Chunk], spec: ChunkSpec) -> None:
    reached = 0
    for chunk in chunks:
        assert chunk.text == text[chunk.start : chunk.end]
        assert chunk.tokens <= spec.max_tokens
        assert chunk.start <= reached < chunk.end
        assert spec.overlap or chunk.start == reached
        reached = chunk.end
    assert reached == len(text)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(PIECES, max_size=80),
    st.sampled_from(MEANING),
    st.sampled_from([16, 30, 512]),
    st.sampled_from([0, 8]),
    st.sampled_from([0, 0.3, 0.5, 1]),
    st.sampled_from(["estimate", "characters"]),
    st.sampled_from([1, 7]),
)
def test_nothing_is_lost_and_no_limit_is_passed(
    parts, method, most, overlap, finer, counter, times
):
    text = "".join(parts) * times
    spec = ChunkSpec(
        method=method,
        max_tokens=most,
        overlap=overlap,
        granularity=finer,
        similarity_threshold=finer,
        token_counter=counter,
    )
    check(text, chunk_text(text, spec), spec)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(pieces.SPOKEN), min_size=1, max_size=60))
def test_no_chunk_begins_with_a_closing_mark(parts):
    text = "开" + "".join(parts)
    for method in MEANING:
        for chunk in chunk_text(
            text,
            ChunkSpec(
                method=method, max_tokens=48, granularity=1, similarity_threshold=1, min_tokens=0
            ),
        ):
            assert chunk.text.lstrip()[:1] not in NEVER_FIRST or not chunk.text.strip()


@pytest.mark.long
@pytest.mark.parametrize("file", ["novels/journey_to_the_west.txt", "laws/criminal_law.md"])
def test_a_book_is_whole_whatever_the_limits(shared, file):
    text = (shared / file).read_bytes().decode("utf-8")[:150_000]
    for method in MEANING:
        for spec in (
            ChunkSpec(method=method),
            ChunkSpec(method=method, max_tokens=200, overlap=40),
            ChunkSpec(method=method, max_tokens=4000),
        ):
            chunks = chunk_text(text, spec)
            check(text, chunks, spec)
            assert not [c.text[:9] for c in chunks if c.text.lstrip()[0] in NEVER_FIRST]
        # By the default a book is neither shattered nor cut by the limit alone.
        sizes = sorted(chunk.tokens for chunk in chunk_text(text, ChunkSpec()))
        assert 128 < sizes[len(sizes) // 2] < 460


def test_three_subjects_are_told_apart():
    for order in ((KITCHEN, RENT, SEA), (SEA, KITCHEN, RENT), (RENT, SEA, KITCHEN)):
        text = "".join(order)
        found = [chunk.start for chunk in chunk_text(text, ChunkSpec(min_tokens=0))]
        assert found == [0, len(order[0]), len(order[0] + order[1])]


def test_one_subject_stays_in_one_piece():
    lines = KITCHEN.split(". ")[:-1] + [
        "Salt the sauce",
        "Add the fried onions to the sauce",
        "Pour oil into the hot pan",
    ]
    text = ". ".join(lines) + ". "
    assert len(chunk_text(text, ChunkSpec())) == 1


def test_finer_never_means_fewer():
    text = (KITCHEN + RENT + SEA) * 3
    counts = [len(chunk_text(text, ChunkSpec(min_tokens=0, granularity=g / 10))) for g in range(11)]
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (1, len(borders(text)) - 1)


def test_greedy_parts_unlike_sentences_and_weighs_all_of_a_chunk_alike():
    text = KITCHEN + RENT
    found = [
        chunk.start
        for chunk in chunk_text(
            text, ChunkSpec(method="greedy", min_tokens=0, similarity_threshold=0.0)
        )
    ]
    assert len(KITCHEN) in found
    counts = [
        len(
            chunk_text(
                text * 4, ChunkSpec(method="greedy", min_tokens=0, similarity_threshold=t / 4)
            )
        )
        for t in range(5)
    ]
    assert counts == sorted(counts)
    assert counts[-1] == 40
    # min_tokens holds for each of them, the last one too.
    chunks = chunk_text(
        text * 4, ChunkSpec(method="greedy", min_tokens=30, max_tokens=90, similarity_threshold=1)
    )
    assert min(chunk.tokens for chunk in chunks) >= 30


def test_greedy_compares_with_all_of_the_chunk_so_far():
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(600, 8)) + 2 * np.repeat(rng.normal(size=(60, 8)), 10, axis=0)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    sums, limits = np.concatenate([[0], np.cumsum(rng.integers(5, 20, 600))]), Limits(30, 200)
    weights = np.sqrt(np.diff(sums))
    expected, total = [0], weights[0] * rows[0]
    for unit in range(1, 600):
        full = sums[unit + 1] - sums[expected[-1]] > limits.most
        unlike = total @ rows[unit] <= 0.6 * np.linalg.norm(total)
        if full or (unlike and sums[unit] - sums[expected[-1]] >= limits.least):
            expected.append(unit)
            total = 0 * total
        total = total + weights[unit] * rows[unit]
    found = greedy_cuts(Vectors(rows), sums, np.zeros(600, dtype=bool), limits, 0.6).firsts
    assert len(expected) > 60
    assert found[:-2] == expected[: len(found) - 2]


def test_no_partition_is_better_than_the_one_found(monkeypatch):
    monkeypatch.setattr(segmentation, "_log_lengths", lambda mean, shape, window: np.zeros(window))
    rng, units = np.random.default_rng(5), 9
    held = rng.random((units, 12)) < 0.4
    rows = rng.normal(size=(units, 4))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    sums, limits, costs = np.arange(0, 100, 10), Limits(20, 60), rng.normal(size=units)
    evidence = Evidence(
        [Vectors(rows)],
        sparse.csr_matrix(held.astype(float)),
        np.diff(sums),
        earliest(sums, limits.most),
    )
    share = min(max(float((rows[1:] * rows[:-1]).sum(axis=1).mean()), 0.02), 0.9)
    prior = np.maximum(900 * held.sum(axis=0) / held.sum(), 0.5)

    def worth(first: int, end: int) -> float:
        """Both likelihoods by their own formulas, up to what every partition has."""
        length, kappa = end - first, (1 - share) / share
        square = float(np.square(rows[first:end].sum(axis=0)).sum())
        vectors = 15 * (square / ((1 - share) * (length + kappa)) - np.log1p(length / kappa))
        n = held[first:end].sum(axis=0)
        words = (gammaln(n + prior) - gammaln(prior) - n * np.log(prior)).sum()
        words -= gammaln(n.sum() + 900) - gammaln(900) - n.sum() * np.log(900)
        return (vectors + words) / 2

    def total(firsts: tuple[int, ...], finer: float) -> float:
        return sum(
            worth(first, end) - costs[first] - penalty(finer)
            for first, end in pairwise([*firsts, units])
        )

    allowed = [
        (0, *inner)
        for size in range(units)
        for inner in combinations(range(1, units), size)
        if all(20 <= 10 * (end - first) <= 60 for first, end in pairwise([0, *inner, units]))
    ]
    for finer in (0.3, 0.5, 0.8):
        found = tuple(best_cuts(evidence, sums, costs, limits, finer).firsts)
        assert found in allowed
        assert total(found, finer) == pytest.approx(max(total(firsts, finer) for firsts in allowed))


@pytest.mark.long
def test_a_section_taken_up_again_gives_the_same_cut(shared):
    text = (shared / "novels/journey_to_the_west.txt").read_bytes().decode("utf-8")[:120_000]
    for method in (*MEANING, "length"):
        spec = ChunkSpec(method=method, overlap=30)
        whole = list(cut_sections(text, spec))
        assert len(whole) > 3
        assert [cut.end for cut in whole] == [cut.chunks[-1].end for cut in whole]
        for before, cut in pairwise(whole):
            assert next(cut_sections(text, spec, begin=before.end, above=before.above)) == cut
        joined = cut_text(text, spec)
        assert joined.chunks == [chunk for cut in whole for chunk in cut.chunks]
        check(text, joined.chunks, spec)
        places = list(joined.borders.places)
        assert places == sorted(set(places))
        assert {chunk.end for chunk in joined.chunks[:-1] if text[chunk.end - 1] in "\n。"} <= set(
            places
        )
        known = [value for value in joined.borders.similarities if value == value]
        assert len(known) > 0.95 * len(places)
        assert all(-1.001 <= value <= 1.001 for value in known)
        assert 0 < joined.cohesion < 1


def test_the_curve_is_low_where_the_subject_turns():
    found = cut_text(KITCHEN + RENT, ChunkSpec()).borders
    assert min(zip(found.similarities, found.places, strict=True))[1] == len(KITCHEN)


def test_cohesion_is_one_for_single_sentences_and_falls_with_length():
    text = (KITCHEN + RENT + SEA) * 2
    fine, coarse = (cut_text(text, ChunkSpec(min_tokens=0, granularity=g)).cohesion for g in (1, 0))
    assert fine == pytest.approx(1)
    assert coarse < 0.6


def test_each_sentence_meets_the_model_once_and_progress_only_grows():
    seen: list[str] = []

    def encoder(text, places, told):
        seen.extend(text[start:end] for start, end in pairwise(places))
        told(0.5)
        rows = (
            np.random.default_rng(len(seen)).normal(size=(len(places) - 1, 16)).astype(np.float32)
        )
        return Vectors(rows / np.linalg.norm(rows, axis=1, keepdims=True))

    told: list[int] = []
    text = "".join(
        f"The {n} ships of the fleet left harbour number {n} for the sea. " for n in range(900)
    )
    spec = ChunkSpec(encoder="minilm")
    cuts = list(cut_sections(text, spec, told=told.append, encoder=encoder))
    check(text, [chunk for cut in cuts for chunk in cut.chunks], spec)
    assert len(cuts) > 2
    assert sorted(seen) == sorted(text[start:end] for start, end in pairwise(borders(text)))
    assert told == sorted(told)
    assert told[-1] == len(text)


def test_a_line_a_character_takes_no_longer_than_prose():
    rng = random.Random(3)
    characters = [chr(rng.randrange(0x4E00, 0x5000)) for _ in range(40_000)]
    times = []
    for text in (
        "".join(c + ("。" if n % 20 == 19 else "") for n, c in enumerate(characters)),
        "\n".join(characters),
    ):
        begun = time.perf_counter()
        check(text, chunk_text(text, ChunkSpec()), ChunkSpec())
        times.append((time.perf_counter() - begun) / len(text))
    assert times[1] < 40 * times[0]


def test_a_text_without_any_end_is_cut_all_the_same():
    text = "天地玄黄" * 40_000
    spec = ChunkSpec(max_tokens=300)
    check(text, chunk_text(text, spec), spec)


def test_a_turn_is_seen_where_names_and_pronouns_change():
    one = "She gave Anna her coat. Then Anna told her what she had heard. " * 8
    other = "He called to Mark, and we ran. Mark held us back, he and we both. " * 8
    places = borders(one + other)
    vectors = Vectors(lexical.encode(one + other, places))
    kinds = lexical.kinds(one + other, places)
    names, pronouns = kinds["names"].toarray(), kinds["pronouns"].toarray()
    assert (names.sum(axis=1) >= 1).all()
    assert not (names[0] * names[-1]).any()
    assert not (pronouns[0] * pronouns[-1]).any()
    found = turning_points.gains(
        turning_points.features(kinds | {"subject": vectors.rows}), by_model=False
    )
    assert len(found) == len(places) - 1
    assert places[int(found.argmax())] == len(one)


def test_turns_are_seen_in_texts_with_nothing_to_compare():
    for text in ("a", "\u0301", "一", "!\n?\n", "One. Two."):
        places = borders(text)
        kinds = lexical.kinds(text, places) | {"subject": lexical.encode(text, places)}
        assert np.isfinite(turning_points.carried(kinds["names"])).all()
        assert np.isfinite(
            turning_points.gains(turning_points.features(kinds), by_model=False)
        ).all()


def test_a_border_is_dearer_where_names_come_back():
    held = np.zeros((40, 3))
    held[[2, 5, 8], 0] = held[[4, 9], 1] = 1  # a row of two names
    held[[1, 30], 2] = 1  # too far to tell
    found = turning_points.carried(sparse.csr_matrix(held))
    assert abs(found.sum()) < 1e-9
    assert (found[5:9] > found[3]).all() and found[3] > found[20] == found[0] == found[10]
