"""Token counts: by weight, and by a model's own tokenizer, exact, quick and light."""

import json
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.chunking.tokens.counting import count_tokens
from studio.errors import ModelError
from tests.other_process import loaded_by

MIXED = "话说孫悟空打杀了六贼, the Monkey King said: “敕！𠀀🐒”\n\n  He flew 4.0 km.\tEnd\u3000完"


@pytest.mark.model
def test_a_character_of_several_tokens_counts_them_all_and_a_span_is_one_subtraction(starter):
    from tokenizers import Tokenizer

    exact = Tokenizer.from_file(str(starter / "tokenizer.json"))
    tokens = count_tokens(MIXED, "tokenizer")
    assert tokens.count(0, len(MIXED)) == len(exact.encode(MIXED, add_special_tokens=False).ids)
    place = MIXED.index("悟")
    assert (
        tokens.count(place, place + 1) == len(exact.encode("悟", add_special_tokens=False).ids) == 3
    )
    assert tokens.units(7) == 7 * tokens.scale


@pytest.mark.model
def test_exact_counts_each_text_by_itself(starter):
    tokens = count_tokens(MIXED, "tokenizer")
    assert tokens.exact(["the king", "", "敕", " the king"]) == [2, 0, 2, 2]
    for counter in ("estimate", "characters"):
        other = count_tokens(MIXED, counter)
        assert other.exact([MIXED, "ab"]) == [
            other.count(0, len(MIXED)),
            count_tokens("ab", counter).count(0, 2),
        ]


@pytest.mark.model
def test_a_long_text_counts_as_its_parts_do(starter):
    text = (MIXED * 400)[:20_000]
    whole = count_tokens(text, "tokenizer")
    exact = whole.exact([text])[0]
    assert abs(whole.count(0, len(text)) - exact) <= 4  # a part's border may split a token
    assert (
        whole.sums[0] == 0 and (np.diff(whole.sums) >= 0).all() and len(whole.sums) == len(text) + 1
    )


@pytest.mark.model
def test_the_encoders_tokenizer_is_found_by_name_and_its_own_limit_of_128_is_off(starter):
    text = "word " * 1000
    assert count_tokens(text, "tokenizer", "all-minilm-l6-v2").count(0, len(text)) == 1000


@pytest.mark.model
@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(codec=None), max_size=60))
def test_any_text_has_a_count_and_no_span_is_negative(starter, text):
    tokens = count_tokens(text, "tokenizer")
    assert tokens.count(0, len(text)) == tokens.exact([text])[0]


@pytest.mark.model
def test_two_megabytes_in_seconds_and_a_chunk_in_milliseconds(starter, shared):
    text = (shared / "novels" / "journey_to_the_west.txt").read_text(encoding="utf-8")
    begun = time.perf_counter()
    tokens = count_tokens(text, "tokenizer")
    assert time.perf_counter() - begun < 40
    assert tokens.count(0, len(text)) > len(text)
    times = []
    for place in range(0, 50_000, 5_000):
        begun = time.perf_counter()
        count_tokens(text[place : place + 1_000], "tokenizer")
        times.append(time.perf_counter() - begun)
    assert sorted(times)[5] < 0.2


@pytest.mark.model
def test_counting_loads_neither_torch_nor_transformers(starter):
    code = (
        "from studio.chunking.tokens.counting import count_tokens\n"
        "assert count_tokens('the king', 'tokenizer').count(0, 8) == 2"
    )
    assert loaded_by(code, "torch", "transformers", "huggingface_hub") == []


def test_a_folder_without_weights_is_enough_and_bad_ones_are_named(own_home, monkeypatch, tmp_path):
    from tokenizers import Tokenizer, models, pre_tokenizers

    monkeypatch.setenv("INKWELL_MODEL_ROOTS", str(tmp_path / "roots"))
    folder = tmp_path / "roots" / "words"
    folder.mkdir(parents=True)
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "a": 1, "b": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    for name in ("words", str(folder)):
        assert count_tokens("a b c", "tokenizer", name).count(0, 5) == 3
    for damaged in ("{", json.dumps({"model": 3}), ""):
        (folder / "tokenizer.json").write_text(damaged)
        with pytest.raises(ModelError, match="cannot be read"):
            count_tokens("a b c", "tokenizer", "words")
    for name in ("nowhere", str(tmp_path), "../roots/words", "a\0b"):
        with pytest.raises(ModelError):
            count_tokens("a b c", "tokenizer", name)
