"""Chunking: nothing is lost, no limit is passed, and the cuts fall where a reader would cut."""

import subprocess
import sys
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio import documents, presets
from studio.chunking import Chunk, ChunkJob, ChunkSpec, chunk_text, job, reading
from studio.chunking.sentences import borders
from studio.errors import InputError, JobError, ModelError, SpecError
from studio.jobs import records
from studio.jobs.context import Job

CLOSING = "”’」』）》】〉)]}。，、；：！？!?,;:"
COOKING = ["锅里的油热了，把葱姜下锅炒香。", "再把切好的肉片倒进锅里翻炒。", "加一勺酱油，肉片炒到变色。", "放进青菜，锅里加半碗水。", "盖上锅盖，小火把青菜焖熟。", "最后撒葱花，把菜盛出锅。"]
LAW = ["合同当事人应当按照约定履行义务。", "当事人一方违反合同的，应当承担违约责任。", "违约责任包括继续履行合同和赔偿损失。", "合同约定违约金的，当事人可以请求支付违约金。", "违约金过高的，当事人可以请求法院减少。", "法院根据合同履行的情况确定赔偿损失的数额。"]


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in pairwise(borders(text))]


def check(text: str, chunks: list[Chunk], spec: ChunkSpec) -> None:
    assert all(c.text == text[c.start:c.end] and c.start < c.end for c in chunks)
    assert all(c.tokens <= spec.max_tokens for c in chunks)
    if not spec.overlap:
        assert "".join(c.text for c in chunks) == text


@pytest.mark.parametrize(("text", "expected"), [
    ("他问：“真的吗？！”她说：“……是的。”天黑了；没有人。尾巴", ["他问：“真的吗？！”", "她说：“……是的。”", "天黑了；没有人。", "尾巴"]),
    ("工业4.0来了。４．０版也来了。", ["工业4.0来了。", "４．０版也来了。"]),
    ("我……我不知道……天黑了。", ["我……我不知道……", "天黑了。"]),
    ("Mr. Lee paid $4.50, e.g. to Dr. Wu of U.S. Steel. \"What?\" he said. \"No!\" Then J. R. left at 5 p.m. See a.com. End",
     ["Mr. Lee paid $4.50, e.g. to Dr. Wu of U.S. Steel. ", '"What?" he said. ', '"No!" ', "Then J. R. left at 5 p.m. ", "See a.com. ", "End"]),
    ("第一回 灵根\r\n\r\n　　诗曰：\r\n　　天地乱。\r\n", ["第一回 灵根\r\n\r\n", "　　诗曰：\r\n", "　　天地乱。\r\n"]),
    ("1. First item. Then.\n2. Second", ["1. First item. ", "Then.\n", "2. Second"]),
    ("（他走了。）“好。”！下。", ["（他走了。）", "“好。”！", "下。"]),
    ("他说。\n”然后", ["他说。\n”然后"]),
    ("   ", ["   "]), ("", []),
])
def test_sentences(text, expected):
    assert sentences(text) == expected


def test_a_wrapped_book_is_not_cut_at_its_line_ends():
    lines = ["The old man walked slowly along the narrow path", "that led to the sea, and he did not look back at", "the house. He was tired. His dog ran far ahead of"] * 4
    text = "CHAPTER I\n\n" + "\n".join(lines) + "\nhim.\n\nNext day it rained.\n"
    found = sentences(text)
    assert found[0] == "CHAPTER I\n\n"
    assert found[1].endswith("the house. ")
    assert found[2] == "He was tired. "
    assert sentences("床前明月光\n疑是地上霜\n举头望明月\n低头思故乡\n春眠不觉晓\n处处闻啼鸟\n夜来风雨声") == \
        ["床前明月光\n", "疑是地上霜\n", "举头望明月\n", "低头思故乡\n", "春眠不觉晓\n", "处处闻啼鸟\n", "夜来风雨声"]


PIECES = st.sampled_from([
    "他说：“好。”", "真的吗？！", "……", "\r\n", "\n\n", "　　", "Mr. Wu said \"no.\" ", "e.g. 4.0", "很长的一句话没有标点", "，", "；", "（甲）", "”", "』", "。",
    "# 标题\n", "word ", "\u0301", "👩‍👩‍👧", "\ud800", "\0", "\u2028", "𠀀", "A" * 50, "!", "'", '"', "\ufeff", "\x85",
])


@settings(max_examples=100, deadline=None)
@given(
    st.lists(PIECES, max_size=80), st.sampled_from(["semantic", "length"]), st.sampled_from([16, 30, 512]),
    st.sampled_from([0, 8]), st.sampled_from([0, 0.5, 1]), st.sampled_from(["estimate", "characters"]),
)
def test_nothing_is_lost_and_no_limit_is_passed(parts, method, most, overlap, threshold, counter):
    text = "".join(parts)
    spec = ChunkSpec(method=method, max_tokens=most, overlap=overlap, similarity_threshold=threshold, token_counter=counter)
    chunks = chunk_text(text, spec)
    check(text, chunks, spec)
    reached = 0
    for chunk in chunks:
        assert chunk.start <= reached < chunk.end
        reached = chunk.end
    assert reached == len(text)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["他走了。”", "“好！", "？！", "）", "说，", "然后\n", "Yes. ", "no, ", "天地玄黄宇宙洪荒"]), min_size=1, max_size=60))
def test_no_chunk_begins_with_a_closing_mark(parts):
    text = "开" + "".join(parts)
    for method in ("semantic", "length"):
        for chunk in chunk_text(text, ChunkSpec(method=method, max_tokens=48, similarity_threshold=0.9)):
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
        cooking = ["Heat the oil in a pan.", "Add the onions and fry them.", "Stir in the garlic and pepper.", "Pour the sauce over the pasta."]
        law = ["The tenant shall pay the rent monthly.", "The landlord may end the lease.", "Both parties sign the contract.", "A court decides any dispute on the lease."]
        first, second = " ".join(cooking) + " ", " ".join(law)
    else:
        first, second = "".join(COOKING), "".join(LAW)
    try:
        chunks = chunk_text(first + second, ChunkSpec(encoder=encoder, min_tokens=0, max_tokens=512))
    except ModelError:
        pytest.skip("the sentence encoder is not fetched; run `python launch.py setup`")
    assert [c.start for c in chunks] == [0, len(first)]


def test_a_higher_threshold_never_makes_fewer_chunks():
    text = "".join(COOKING + LAW) * 3
    counts = [len(chunk_text(text, ChunkSpec(min_tokens=0, similarity_threshold=t / 10))) for t in range(11)]
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
    chunks = chunk_text("".join(COOKING + LAW), ChunkSpec(min_tokens=40, max_tokens=90, similarity_threshold=1))
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
    assert main == ["documents", "method", "encoder", "max_tokens", "similarity_threshold", "name"]


def test_a_missing_encoder_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("INKWELL_MODELS", str(tmp_path))
    with pytest.raises(ModelError, match="lexical"):
        chunk_text("一句。两句。", ChunkSpec(encoder="minilm"))


def test_importing_the_room_is_light():
    code = "import sys, studio.chunking.reading, studio.chunking.spec, studio.documents; print([m for m in ('numpy', 'scipy', 'torch', 'charset_normalizer') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_the_presets_parse_and_explain_every_key():
    for name in ("novel", "statute", "short"):
        data = presets.load("chunking", name)
        ChunkJob.read(data)
        lines = (presets.SHIPPED / "chunking" / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
        for before, line in pairwise(lines):
            assert not line or line.startswith("#") or before.startswith("# "), (name, line)
        assert set(data) - {"kind"} == set(ChunkSpec.model_fields)


@pytest.mark.parametrize("file", ["novels/journey_to_the_west.txt", "laws/criminal_law.md"])
def test_a_real_book(shared, file):
    text = (shared / file).read_bytes().decode("utf-8")
    begun = time.perf_counter()
    for spec in (ChunkSpec(), ChunkSpec(method="length", max_tokens=300), ChunkSpec(max_tokens=400, overlap=80)):
        chunks = chunk_text(text, spec)
        check(text, chunks, spec)
        assert not [c.text[:9] for c in chunks if c.text.lstrip()[0] in CLOSING]
    assert time.perf_counter() - begun < 60
    assert sum(c.tokens >= 64 for c in chunk_text(text)) > 0.99 * len(chunk_text(text))


def pk(reference: list[int], found: list[int], k: int) -> float:
    """Beeferman et al. 1999: the share of pairs k apart that are wrongly put together or apart."""
    pairs = range(len(reference) - k)
    return sum((reference[i] == reference[i + k]) != (found[i] == found[i + k]) for i in pairs) / len(pairs)


def test_topic_borders_are_found_far_better_than_by_fixed_size(shared):
    ours, fixed = [], []
    for file in sorted((shared / "segmentation/choi/3-11").glob("*.ref"))[:12]:
        parts = [part.strip("\n").split("\n") for part in file.read_text(encoding="utf-8").split("==========\n") if part.strip()]
        lines = [line for part in parts for line in part]
        reference = [number for number, part in enumerate(parts) for _ in part]
        text = "\n".join(lines)
        starts = [sum(len(line) + 1 for line in lines[:i]) for i in range(len(lines))]
        chunks = chunk_text(text, ChunkSpec(max_tokens=4000, min_tokens=0))
        k = round(len(lines) / len(parts) / 2)
        ours.append(pk(reference, [sum(c.start <= start for c in chunks) for start in starts], k))
        fixed.append(pk(reference, [i // (2 * k) for i in range(len(lines))], k))
    assert sum(ours) / len(ours) < 0.2 < 0.4 < sum(fixed) / len(fixed)


def ready(workspace, spec: ChunkJob) -> Job:
    record, _ = records.create(workspace, spec, parent=None, step=None)
    folder = workspace.run_folder(record.id)
    folder.mkdir(parents=True)
    return Job(id=record.id, workspace=workspace, folder=folder)


def test_the_job_writes_its_set_and_tables(workspace):
    import pyarrow.parquet

    text = "第一章 锅\r\n" + "".join(COOKING) + "\r\n第二章 法\r\n" + "".join(LAW)
    document = documents.add(workspace, "两章.txt", text.encode())
    spec = ChunkJob(documents=[document.id, "两章.txt"], min_tokens=0)
    work = ready(workspace, spec)
    result = job.run(spec, work)
    rows = pyarrow.parquet.read_table(workspace.path / result["file"]).to_pylist()
    assert list(rows[0]) == ["document", "chunk_id", "start", "end", "text", "tokens"]
    assert "".join(row["text"] for row in rows) == text
    assert {row["document"] for row in rows} == {"两章.txt"}
    assert (work.folder / "chunks.jsonl").read_bytes().count(b"\n") == len(rows) == result["chunks"]
    assert (result["set"], result["name"], result["documents"], result["coverage"]) == (f"chunks-{work.id}", "两章.txt", 1, 1.0)
    assert result["mid_sentence_share"] == 0
    (held,) = reading.chunk_sets(workspace)
    assert (held["id"], held["count"]) == (result["set"], len(rows))
    assert held["meta"]["tokens_max"] == max(row["tokens"] for row in rows) == result["tokens_max"]
    shown = reading.page(workspace, held["id"], 1, 2)
    assert [row["chunk_id"] for row in shown] == [1, 2][: len(rows) - 1]
    assert shown[0]["document"] == document.id
    assert shown[0]["heading"] == "第二章 法"
    bins = reading.histogram(workspace, held["id"], 5)
    assert sum(count for _, _, count in bins) == len(rows)
    assert len(bins) <= 5
    records.set_state(workspace, work.id, "done")
    reading.delete_set(workspace, held["id"])
    assert not reading.chunk_sets(workspace)
    assert not workspace.store.value("SELECT count(*) FROM chunks")
    with pytest.raises(InputError):
        reading.delete_set(workspace, held["id"])


def test_a_broken_off_job_goes_on_without_repeats(workspace, monkeypatch):
    added = [documents.add(workspace, f"{n}.txt", (f"{n}。" + "".join(LAW) * 9).encode()) for n in "甲乙"]
    spec = ChunkJob(documents=[d.id for d in added], max_tokens=60)
    work = ready(workspace, spec)
    real, calls = job.cut_text, []

    def breaks(text, *rest):
        calls.append(text[0])
        if text[0] == "乙" and calls.count("乙") == 1:
            raise RuntimeError
        return real(text, *rest)

    monkeypatch.setattr(job, "cut_text", breaks)
    with pytest.raises(RuntimeError):
        job.run(spec, work)
    half = workspace.store.all("SELECT id, text FROM chunks ORDER BY ordinal")
    assert half
    with pytest.raises(JobError):
        reading.delete_set(workspace, f"chunks-{work.id}")
    first = job.run(spec, work)
    again = job.run(spec, work)
    assert calls == ["甲", "乙", "乙"]
    assert first == again
    rows = workspace.store.all("SELECT id, ordinal, text FROM chunks ORDER BY ordinal")
    assert [row["ordinal"] for row in rows] == list(range(len(rows)))
    assert [row["id"] for row in rows][: len(half)] == [row["id"] for row in half]
    assert "".join(row["text"] for row in rows) == "".join(documents.text(workspace, d) for d in added)


def test_a_job_without_documents_says_so(workspace):
    spec = ChunkJob()
    with pytest.raises(SpecError, match="No document is chosen"):
        job.run(spec, ready(workspace, spec))
