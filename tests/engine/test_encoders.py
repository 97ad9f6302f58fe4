"""Encoders: right vectors whatever the batch, each sentence once, kept in the workspace, and never
in the way.
"""

import json
import multiprocessing
from functools import lru_cache

import numpy as np
import pytest

from studio.chunking import ChunkSpec, chunk_text
from studio.chunking.encoders import device, factory
from studio.chunking.encoders.cache import VectorCache, of_workspace
from studio.chunking.encoders.sentence_model import encoder
from studio.errors import ModelError, Stopped
from studio.store import vectors as vector_file

WORDS = (
    "rope sail mast tide gull rum fog whale anchor wind star deck hull crew port reef 山 水 船 风"
).split()
CHARS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", ",", "。", *WORDS]


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    """A BERT of random weights with a vocabulary of a few words, as a folder in a root of its
    own.
    """
    import torch
    from transformers import BertConfig, BertModel, BertTokenizer

    torch.manual_seed(5)
    folder = tmp_path_factory.mktemp("roots") / "tiny-bert"
    config = BertConfig(
        vocab_size=len(CHARS),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=40,
        initializer_range=0.6,
    )
    BertModel(config).eval().save_pretrained(folder)
    BertTokenizer(
        vocab={word: i for i, word in enumerate(CHARS)}, model_max_length=40
    ).save_pretrained(folder)
    return folder


@pytest.fixture
def spec(bert, monkeypatch):
    """A ChunkSpec of the tiny model, with changes."""
    monkeypatch.setenv("INKWELL_MODEL_ROOTS", str(bert.parent))
    return lambda **values: ChunkSpec(**{"encoder": "model", "encoder_model": bert.name} | values)


def sentences(count, seed=0):
    """Different sentences of one to twelve words."""
    picks = np.random.default_rng(seed)
    return [
        f"{' '.join(picks.choice(WORDS, picks.integers(1, 12)))} {WORDS[i % 16]}."
        for i in range(count)
    ]


def vectors(made, parts, told=lambda share: None):
    borders = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).tolist()
    return np.asarray(made("".join(parts), borders, told).rows, dtype=np.float32)


@lru_cache(maxsize=1)
def loaded(folder):
    from transformers import AutoModel, AutoTokenizer

    return AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()


def alone(folder, sentence, pooling):
    """The vector of one sentence by itself in 32 bits: the reference."""
    import torch

    tokenizer, model = loaded(folder)
    with torch.no_grad():
        states = model(**tokenizer(sentence, return_tensors="pt")).last_hidden_state[0]
    one = {"mean": states.mean(0), "cls": states[0], "last": states[-1]}[pooling]
    return (one / one.norm()).numpy()


@pytest.mark.long
@pytest.mark.parametrize(
    ("pooling", "bf16", "least"),
    [
        ("mean", False, 0.9999),
        ("cls", False, 0.9999),
        ("last", False, 0.9999),
        ("mean", True, 0.99),
    ],
)
def test_a_batch_gives_what_each_sentence_gives_alone(
    bert, spec, monkeypatch, pooling, bf16, least
):
    monkeypatch.setattr(device, "fast_bf16", lambda: bf16)
    if str(device.machine().dtype) != "torch.float32":  # a GPU
        least = 0.99
    parts = [f"{sentence} " for sentence in sentences(40)]
    found = vectors(factory.make(spec(pooling=pooling, batch_tokens=96)), parts)
    wanted = np.array([alone(bert, part.strip(), pooling) for part in parts])
    assert found.shape == (40, 32) and np.abs(np.linalg.norm(found, axis=1) - 1).max() < 2e-3
    assert (found * wanted).sum(1).min() > least


def test_blank_sentences_are_zero_and_a_long_one_is_read_to_its_end(spec):
    long = " ".join(["rope"] * 60)
    found = vectors(
        factory.make(spec()),
        [" \n", "whale. ", f"{long} whale. ", f"{long} fog. ", f"{long} fog.\n"],
    )
    assert not found[0].any() and found[1:].any(axis=1).all()
    assert (found[3] == found[4]).all() and np.abs(found[2] - found[3]).max() > 1e-3


def test_a_sentence_transformers_folder_names_its_pooling_and_its_window(
    bert, spec, tmp_path, monkeypatch
):
    import shutil

    folder = shutil.copytree(bert, tmp_path / "st")
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(
        json.dumps({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False})
    )
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 16}))
    monkeypatch.setenv("INKWELL_MODEL_ROOTS", str(tmp_path))
    found = vectors(factory.make(spec(encoder_model="st")), ["rope sail. "])
    assert found[0] @ alone(bert, "rope sail.", "cls") > 0.99
    chosen = vectors(factory.make(spec(encoder_model="st", pooling="last")), ["rope sail. "])
    assert chosen[0] @ alone(bert, "rope sail.", "last") > 0.99


def test_each_sentence_is_encoded_once_and_never_again_with_the_cache(spec, workspace, monkeypatch):
    from studio.chunking.encoders.huggingface import HfEncoder

    passed = []
    monkeypatch.setattr(
        HfEncoder,
        "_forward",
        lambda self, rows, true=HfEncoder._forward: passed.extend(rows) or true(self, rows),
    )
    parts = sentences(50)
    first = vectors(factory.make(spec(), workspace), parts + parts[:20] + [f"  {parts[3]}"])
    assert len(passed) == len(set(parts))
    assert (first[50:70] == first[:20]).all() and (first[70] == first[3]).all()
    again = vectors(factory.make(spec(), workspace), parts + ["port reef whale."])
    assert len(passed) == len(set(parts)) + 1 and (again[:50] == first[:50]).all()
    vectors(factory.make(spec(pooling="cls"), workspace), parts)  # another pooling is another model
    assert len(passed) == 2 * len(set(parts)) + 1
    vectors(factory.make(spec(cache=False), workspace), parts)
    assert len(passed) == 3 * len(set(parts)) + 1


def test_a_stop_leaves_at_once_and_what_was_done_is_kept(spec, workspace):
    parts, shares = sentences(400), []

    def told(share):
        shares.append(share)
        if share > 0.3:
            raise Stopped

    with pytest.raises(Stopped):
        vectors(factory.make(spec(batch_tokens=64), workspace), parts, told)
    assert shares == sorted(shares) and len(shares) > 5 and shares[-1] < 0.6
    rest = []
    vectors(factory.make(spec(batch_tokens=64), workspace), parts, rest.append)
    assert rest[0] >= shares[-1] - 1e-9 and rest[-1] == 1


class Counting:
    """A model of sentences that counts them."""

    identity = "counting"

    def __init__(self, width=4):
        self.seen, self.width = [], width

    def encode(self, parts):
        self.seen += parts
        for i, part in enumerate(parts):
            yield np.array([i]), np.full((1, self.width), len(part), dtype=np.float32)


def test_a_damaged_cache_is_thrown_away_and_built_anew(workspace):
    parts, path = sentences(30), of_workspace(workspace).path
    vectors(encoder(Counting(), of_workspace(workspace)), parts)
    path.write_bytes(path.read_bytes()[:5000].replace(b"SQLite", b"NoSQL!") + b"\0" * 9000)
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    second, third = Counting(), Counting()
    vectors(encoder(second, of_workspace(workspace)), parts)
    vectors(encoder(third, of_workspace(workspace)), parts)
    assert len(second.seen) == len(set(parts)) and third.seen == []


def test_a_cache_that_cannot_be_opened_or_written_stops_nothing(workspace, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    assert vectors(
        encoder(Counting(), VectorCache(tmp_path / "file" / "x.sqlite")), sentences(5)
    ).shape == (5, 4)
    monkeypatch.setattr(vector_file, "LOCK_WAIT_S", 0.05)
    cache = of_workspace(workspace)
    vectors(encoder(Counting(), cache), ["first."])
    found = []

    def meanwhile():
        found.append(vectors(encoder(Counting(), cache), ["second."]))
        yield from ()

    other = vector_file.connect(cache.path)
    vector_file.keep(other, meanwhile())  # `meanwhile` runs inside its transaction
    assert found[0].any() and cache.read("m", ["second."])[0] == {}
    other.close()


def test_the_cache_stays_under_its_size_and_drops_the_oldest(tmp_path):
    cache = VectorCache(tmp_path / "v.sqlite", most_bytes=400_000)
    for block in range(20):
        names = [f"{block}:{i}" for i in range(100)]
        cache.write("m", names, np.ones((100, 256), dtype=np.float16))
        cache.flush()
    assert cache.path.stat().st_size < 700_000
    assert not cache.read("m", ["0:0"])[0] and len(cache.read("m", names)[0]) == 100


def test_another_width_under_the_same_name_is_refused_once_and_forgotten(workspace):
    vectors(encoder(Counting(), of_workspace(workspace)), ["one.", "two."])
    with pytest.raises(ModelError, match="Start again"):
        vectors(encoder(Counting(width=6), of_workspace(workspace)), ["one.", "new."])
    assert vectors(encoder(Counting(width=6), of_workspace(workspace)), ["one.", "new."]).shape == (
        2,
        6,
    )


def fill(path, seed):
    """One of several processes that use the file at once."""
    cache = VectorCache(path)
    for block in range(20):
        names = [f"{i}" for i in range(block, block + 40)]
        cache.write("m", names, np.full((40, 8), seed, dtype=np.float16))
        cache.flush()
        cache.read("m", names)
    cache.close()


@pytest.mark.long
def test_several_processes_share_the_cache(tmp_path):
    path, context = tmp_path / "c" / "v.sqlite", multiprocessing.get_context("spawn")
    workers = [context.Process(target=fill, args=(path, seed)) for seed in (1, 2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert len(VectorCache(path).read("m", [f"{i}" for i in range(59)])[0]) == 59


@pytest.mark.model
def test_minilm_knows_what_belongs_together_and_cuts_there(starter):
    parts = [
        "The cat sat on the mat. ",
        "A kitten slept on the rug. ",
        "Interest rates rose again. ",
        "The bank raised its rates. ",
    ]
    found = vectors(factory.make(ChunkSpec(encoder="minilm")), parts)
    alike = found @ found.T
    assert (
        found.shape == (4, 384)
        and alike[0, 1] > alike[0, 2] + 0.2
        and alike[2, 3] > alike[1, 3] + 0.2
    )
    text = "".join(parts[:2] * 6 + parts[2:] * 6)
    chunks = chunk_text(text, ChunkSpec(encoder="minilm", max_tokens=200, min_tokens=16))
    assert "".join(chunk.text for chunk in chunks) == text


@pytest.mark.parametrize(
    ("change", "words"),
    [("weights", "lack"), ("pickle", "pickle"), ("text", "cannot be loaded"), ("gone", "no model")],
)
def test_a_bad_model_folder_is_named(bert, spec, tmp_path, monkeypatch, change, words):
    import shutil

    from safetensors.torch import load_file, save_file

    folder = shutil.copytree(bert, tmp_path / "bad")
    monkeypatch.setenv("INKWELL_MODEL_ROOTS", str(tmp_path))
    weights = folder / "model.safetensors"
    if change == "weights":
        kept = load_file(weights)
        kept.pop("encoder.layer.1.output.dense.weight")
        save_file(kept, weights, {"format": "pt"})
    elif change == "pickle":
        weights.rename(folder / "pytorch_model.bin")
    elif change == "text":
        (folder / "config.json").write_text('{"model_type": "no-such-thing"}')
    else:
        shutil.rmtree(folder)
    with pytest.raises(ModelError, match=words):
        factory.make(spec(encoder_model="bad"))
