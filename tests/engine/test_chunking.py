"""Chunking: nothing is lost, no limit is passed, and the cuts fall where a reader would cut."""

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio import presets
from studio.chunking import Chunk, ChunkJob, ChunkSpec, chunk_text
from studio.chunking.cut import cut_text
from studio.errors import ModelError, SpecError
from studio.text.sentences import borders
from tests import pieces
from tests.other_process import loaded_by

METHODS = ["semantic", "structure", "paragraph", "recursive", "length", "tokens", "greedy"]
CLOSING = "”’」』）》】〉)]}。，、；：！？!?,;:"
COOKING = [
    "锅里的油热了，把葱姜下锅炒香。",
    "再把切好的肉片倒进锅里翻炒。",
    "加一勺酱油，肉片炒到变色。",
    "放进青菜，锅里加半碗水。",
    "盖上锅盖，小火把青菜焖熟。",
    "最后撒葱花，把菜盛出锅。",
]
LAW = [
    "合同当事人应当按照约定履行义务。",
    "当事人一方违反合同的，应当承担违约责任。",
    "违约责任包括继续履行合同和赔偿损失。",
    "合同约定违约金的，当事人可以请求支付违约金。",
    "违约金过高的，当事人可以请求法院减少。",
    "法院根据合同履行的情况确定赔偿损失的数额。",
]


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in pairwise(borders(text))]


def check(text: str, chunks: list[Chunk], spec: ChunkSpec) -> None:
    assert all(c.text == text[c.start : c.end] and c.start < c.end for c in chunks)
    assert all(c.tokens <= spec.max_tokens for c in chunks)
    if not spec.overlap:
        assert "".join(c.text for c in chunks) == text


PIECES = st.sampled_from(pieces.PIECES)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(PIECES, max_size=80),
    st.sampled_from(METHODS),
    st.sampled_from([16, 30, 512]),
    st.sampled_from([0, 8]),
    st.sampled_from([0, 0.5, 1]),
    st.sampled_from(["estimate", "characters"]),
)
def test_nothing_is_lost_and_no_limit_is_passed(parts, method, most, overlap, threshold, counter):
    text = "".join(parts)
    spec = ChunkSpec(
        method=method,
        max_tokens=most,
        overlap=overlap,
        granularity=threshold,
        token_counter=counter,
    )
    chunks = chunk_text(text, spec)
    check(text, chunks, spec)
    reached = 0
    for chunk in chunks:
        assert chunk.start <= reached < chunk.end
        reached = chunk.end
    assert reached == len(text)


@pytest.mark.long
@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(pieces.SPOKEN), min_size=1, max_size=60))
def test_no_chunk_begins_with_a_closing_mark(parts):
    text = "开" + "".join(parts)
    for method in METHODS:
        for chunk in chunk_text(text, ChunkSpec(method=method, max_tokens=48, granularity=0.9)):
            assert chunk.text.lstrip()[:1] not in CLOSING or not chunk.text.strip()


def test_a_sentence_over_the_limit_is_cut_after_clauses():
    text = "天地玄黄宇宙洪荒，" * 20 + "完。"
    chunks = chunk_text(text, ChunkSpec(max_tokens=40, min_tokens=0))
    assert all(c.text.endswith(("，", "。")) for c in chunks)
    words = chunk_text("word" + " longer" * 100, ChunkSpec(max_tokens=32, method="length"))
    assert all(c.text[0] != " " and c.text.split()[0] in ("word", "longer") for c in words)


def test_a_cut_between_characters_leaves_closing_marks_where_they_are():
    for length in range(12, 52):
        chunks = chunk_text("字" * length + "”。甲", ChunkSpec(max_tokens=16, min_tokens=0))
        assert [c.text[0] for c in chunks if c.text[0] in CLOSING] == []
        assert max(c.tokens for c in chunks) <= 16


@pytest.mark.parametrize("encoder", ["lexical", pytest.param("minilm", marks=pytest.mark.model)])
def test_a_change_of_subject_is_found(encoder):
    if encoder == "minilm":
        cooking = [
            "Heat the oil in a pan.",
            "Add the onions and fry them.",
            "Stir in the garlic and pepper.",
            "Pour the sauce over the pasta.",
        ]
        law = [
            "The tenant shall pay the rent monthly.",
            "The landlord may end the lease.",
            "Both parties sign the contract.",
            "A court decides any dispute on the lease.",
        ]
        first, second = " ".join(cooking) + " ", " ".join(law)
    else:
        first, second = "".join(COOKING), "".join(LAW)
    try:
        chunks = chunk_text(
            first + second, ChunkSpec(encoder=encoder, min_tokens=0, max_tokens=512)
        )
    except ModelError:
        pytest.skip("the sentence encoder is not fetched; run `python launch.py setup`")
    assert [c.start for c in chunks] == [0, len(first)]


def test_a_higher_threshold_never_makes_fewer_chunks():
    text = "".join(COOKING + LAW) * 3
    counts = [len(chunk_text(text, ChunkSpec(min_tokens=0, granularity=t / 10))) for t in range(11)]
    assert counts == sorted(counts)
    assert counts[-1] == len(sentences(text))


def test_a_heading_stands_at_the_front_of_its_chunk():
    text = "".join(f"第{n}章 题\n\n" + "他走进屋子坐下喝茶。" * 12 + "\n\n" for n in "一二三四")
    for method in ("semantic", "length"):
        chunks = chunk_text(text, ChunkSpec(method=method, max_tokens=100))
        assert not [c for c in chunks if c.text.rstrip().endswith("题")]
        assert {c.heading for c in chunks} == {f"第{n}章 题" for n in "一二三四"}


def test_overlap_repeats_whole_sentences():
    text = "".join(f"第{n}句话说的是别的事情。" for n in range(60))
    spec = ChunkSpec(method="length", max_tokens=60, overlap=20)
    chunks = chunk_text(text, spec)
    check(text, chunks, spec)
    for before, after in pairwise(chunks):
        assert before.start < after.start < before.end < after.end
        assert after.text.startswith("第")


def test_min_tokens_holds_where_it_can():
    chunks = chunk_text(
        "".join(COOKING + LAW), ChunkSpec(min_tokens=40, max_tokens=90, granularity=1)
    )
    assert min(c.tokens for c in chunks) >= 40


def test_the_spec_refuses_what_cannot_be():
    with pytest.raises(SpecError, match="min_tokens"):
        ChunkJob.read({"min_tokens": 100, "max_tokens": 50})
    with pytest.raises(SpecError, match="overlap"):
        ChunkJob.read({"overlap": 60, "max_tokens": 100})
    spec = ChunkSpec(max_tokens=32)
    assert spec.min_tokens <= 32
    assert ChunkSpec.read(spec.plain()) == spec
    main = [row.name for row in ChunkJob.rows() if row.group == "main"]
    assert main == ["documents", "method", "encoder", "max_tokens", "granularity", "name"]


def test_a_missing_encoder_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("INKWELL_MODELS", str(tmp_path))
    with pytest.raises(ModelError, match="lexical"):
        chunk_text("One came. Two went.", ChunkSpec(encoder="minilm"))
    # It would not be asked here: MiniLM reads no Chinese.
    cut = cut_text("一句。两句。", ChunkSpec(encoder="minilm"))
    assert [chunk.text for chunk in cut.chunks] == ["一句。两句。"]
    assert "lexical" in cut.note


def test_importing_the_room_is_light():
    rooms = "import studio.chunking.sets.queries, studio.chunking.spec, studio.documents"
    assert loaded_by(rooms, "numpy", "scipy", "torch", "charset_normalizer") == []


def test_the_presets_parse():
    assert len(presets.names("chunking")) >= 10
    for name in presets.names("chunking"):
        ChunkJob.read(presets.load("chunking", name))


@pytest.mark.long
@pytest.mark.parametrize("file", ["novels/journey_to_the_west.txt", "laws/criminal_law.md"])
def test_a_real_book(shared, file):
    text = (shared / file).read_bytes().decode("utf-8")
    begun = time.perf_counter()
    for spec in (
        ChunkSpec(),
        ChunkSpec(method="length", max_tokens=300),
        ChunkSpec(max_tokens=400, overlap=80),
    ):
        chunks = chunk_text(text, spec)
        check(text, chunks, spec)
        assert not [c.text[:9] for c in chunks if c.text.lstrip()[0] in CLOSING]
    assert time.perf_counter() - begun < 60
    assert sum(c.tokens >= 64 for c in chunk_text(text)) > 0.99 * len(chunk_text(text))


def pk(reference: list[int], found: list[int], k: int) -> float:
    """Beeferman et al. 1999: the share of pairs k apart that are wrongly put together or apart."""
    pairs = range(len(reference) - k)
    return sum(
        (reference[i] == reference[i + k]) != (found[i] == found[i + k]) for i in pairs
    ) / len(pairs)


def test_topic_borders_are_found_far_better_than_by_fixed_size(shared):
    ours, fixed = [], []
    for file in sorted((shared / "segmentation/choi/3-11").glob("*.ref"))[:12]:
        parts = [
            part.strip("\n").split("\n")
            for part in file.read_text(encoding="utf-8").split("==========\n")
            if part.strip()
        ]
        lines = [line for part in parts for line in part]
        reference = [number for number, part in enumerate(parts) for _ in part]
        text = "\n".join(lines)
        starts = [sum(len(line) + 1 for line in lines[:i]) for i in range(len(lines))]
        chunks = chunk_text(text, ChunkSpec(max_tokens=4000, min_tokens=0))
        k = round(len(lines) / len(parts) / 2)
        ours.append(pk(reference, [sum(c.start <= start for c in chunks) for start in starts], k))
        fixed.append(pk(reference, [i // (2 * k) for i in range(len(lines))], k))
    assert sum(ours) / len(ours) < 0.2 < 0.4 < sum(fixed) / len(fixed)
