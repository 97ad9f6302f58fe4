"""What the model really sees: every label of every kind of row, exactly."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.datasets import render_row
from studio.datasets.token_view.render import IGNORED
from studio.datasets.token_view.template import DEFAULT_TEMPLATE
from studio.errors import InputError, ModelError
from tests.learnt import learnt

pytestmark = pytest.mark.model
ROW = {
    "system": "Be a king.",
    "instruction": "Who are you?",
    "input": "",
    "output": "I am the king.",
    "history": [["你是谁？", "朕乃天子。"], ["Hi", "Hello 👑"]],
}
PAIR = {
    "system": "",
    "instruction": "Q?",
    "input": "",
    "chosen": "Yes, lad.",
    "rejected": "No.",
    "history": [["a", "b"]],
}
LLAMA2 = (
    "{% for m in messages %}{% if m['role'] == 'user' %}{{ '[INST] ' + m['content'] | trim + ' "
    "[/INST]' }}{% elif m['role'] == 'system' %}{{ raise_exception('System role not supported') "
    "}}{% else %}{{ ' ' + m['content'] | trim + ' ' + eos_token }}{% endif %}{% endfor %}"
)
FORGETFUL = (  # drops the thoughts of all but the last reply, as reasoning models' templates do
    "{% for m in messages %}{% set c = m['content'] %}"
    "{% if m['role'] == 'assistant' and not loop.last %}{% set c = c.split('</think>')[-1] %}{% "
    "endif %}"
    "{{ '<|im_start|>' + m['role'] + '\\n' + c + '<|im_end|>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


@pytest.fixture(scope="module")
def load(starter):
    """A function that gives the starter's tokenizer, with another chat template if one is given."""
    from transformers import AutoTokenizer

    read = AutoTokenizer.from_pretrained(starter)

    def make(template=None):
        tokenizer = copy.copy(read)
        tokenizer.chat_template = template or tokenizer.chat_template
        return tokenizer

    return make


def test_exactly_the_replies_and_their_ends_are_learnt(load):
    tokenizer = load()
    made = render_row(ROW, tokenizer)
    assert learnt(tokenizer, made) == [
        "朕乃天子。<|im_end|>",
        "Hello 👑<|im_end|>",
        "I am the king.<|im_end|>",
    ]
    turns = [
        {"role": "system", "content": "Be a king."},
        *(
            {"role": role, "content": text}
            for pair in [*ROW["history"], ["Who are you?", "I am the king."]]
            for role, text in zip(("user", "assistant"), pair, strict=True)
        ),
    ]
    assert made.input_ids == tokenizer.apply_chat_template(turns, tokenize=True, return_dict=False)
    assert made.text == tokenizer.apply_chat_template(turns, tokenize=False)
    assert made.trained_fraction == pytest.approx(
        sum(n != IGNORED for n in made.labels) / len(made.labels)
    )
    assert not made.truncated and made.cut_tokens == []


def test_history_can_be_masked_and_prompts_trained(load):
    tokenizer = load()
    assert learnt(tokenizer, render_row(ROW, tokenizer, mask_history=True)) == [
        "I am the king.<|im_end|>"
    ]
    everything = render_row(ROW, tokenizer, train_on_prompt=True)
    assert everything.labels == everything.input_ids and everything.trained_fraction == 1.0


@pytest.mark.parametrize(
    "row",
    [
        {"messages": [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}]},
        {"conversations": [{"from": "human", "value": "Q"}, {"from": "gpt", "value": "A"}]},
        {"instruction": "Q", "output": "A"},
    ],
)
def test_raw_rows_are_taken_as_they_are(load, row):
    tokenizer = load()
    assert learnt(tokenizer, render_row(row, tokenizer)) == ["A<|im_end|>"]


def test_what_is_cut_off_is_cut_at_the_end_and_shown(load):
    tokenizer = load()
    whole = render_row(ROW, tokenizer)
    for cutoff in range(4, len(whole.input_ids) + 2, 5):
        made = render_row(ROW, tokenizer, cutoff_len=cutoff)
        assert made.input_ids == whole.input_ids[:cutoff] and made.labels == whole.labels[:cutoff]
        assert (
            made.truncated == (cutoff < len(whole.input_ids))
            and made.tokens + made.cut_tokens == whole.tokens
        )
    assert render_row(ROW, tokenizer, cutoff_len=5).trained_fraction == 0.0


def test_a_pair_shares_its_prompt_and_learns_only_the_last_reply(load):
    tokenizer = load()
    made = render_row(PAIR, tokenizer, stage="dpo")
    assert learnt(tokenizer, made.chosen) == ["Yes, lad.<|im_end|>"] and learnt(
        tokenizer, made.rejected
    ) == ["No.<|im_end|>"]
    shared = made.chosen.prompt_length
    assert (
        shared == made.rejected.prompt_length
        and made.chosen.input_ids[:shared] == made.rejected.input_ids[:shared]
    )
    assert (made.input_ids, made.labels) == (made.chosen.input_ids, made.chosen.labels)
    with pytest.raises(InputError, match="no chosen and rejected"):
        render_row(ROW, tokenizer, stage="dpo")


def test_plain_text_is_learnt_whole(load):
    tokenizer = load()
    made = render_row({"text": "Call me Ishmael."}, tokenizer)
    assert made.labels == made.input_ids and made.text == "Call me Ishmael.<|im_end|>"


def test_a_template_that_refuses_the_system_prompt_gets_it_in_the_first_question(load):
    tokenizer = load(LLAMA2)
    made = render_row(ROW | {"history": []}, tokenizer)
    assert made.text == "[INST] Be a king.\n\nWho are you? [/INST] I am the king. <|im_end|>"
    assert learnt(tokenizer, made) == [" I am the king. <|im_end|>"]


def test_a_template_that_changes_earlier_turns_is_searched_for_the_replies(load):
    tokenizer = load(FORGETFUL)
    row = {
        "messages": [
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": "<think>a</think>one"},
            {"role": "user", "content": "one"},
            {"role": "assistant", "content": "<think>b</think>one"},
        ]
    }
    made = render_row(row | {"messages": row["messages"][2:]}, tokenizer)
    assert learnt(tokenizer, made) == ["<think>b</think>one<|im_end|>"]
    with pytest.raises(ModelError, match="does not show replies"):
        render_row(row, load("{{ messages | length }} turns"))
    row["messages"][1]["content"] = "two"
    assert learnt(tokenizer, render_row(row, tokenizer)) == [
        "two<|im_end|>",
        "<think>b</think>one<|im_end|>",
    ]


def test_a_template_that_rewrites_a_reply_still_has_its_turn_found(load):
    tokenizer = load(
        FORGETFUL.replace("set c = c.split('</think>')[-1]", "set c = 'X'").replace(
            "not loop.last", "true"
        )
    )
    made = render_row({"instruction": "Q", "output": "gone"}, tokenizer)
    assert learnt(tokenizer, made)[0].startswith("X<|im_end|>")


def test_a_base_model_without_a_template_gets_a_plain_one(load):
    tokenizer = load(DEFAULT_TEMPLATE)
    made = render_row(ROW | {"history": []}, tokenizer)
    assert made.text == "Be a king.\n\nUser:\nWho are you?\nAssistant:\nI am the king.<|im_end|>\n"
    assert learnt(tokenizer, made)[0].strip() == "I am the king.<|im_end|>"


def test_a_template_that_refuses_the_turns_is_told_in_one_sentence(load):
    with pytest.raises(ModelError, match="refuses these turns"):
        render_row(ROW, load("{{ raise_exception('never') }}"))


def test_a_question_that_repeats_the_reply_is_not_taken_for_it(load):
    tokenizer = load()
    row = {
        "instruction": "Say: aye. assistant aye",
        "input": "",
        "output": "aye",
        "system": "aye",
        "history": [["aye", "aye"]],
    }
    made = render_row(row, tokenizer)
    assert learnt(tokenizer, made) == ["aye<|im_end|>", "aye<|im_end|>"]
    assert made.text.rindex("aye") > made.text.index("Say: aye")


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(
    lambda text: text.strip()
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(words, words), min_size=1, max_size=4), st.integers(4, 200))
def test_pieces_joined_are_the_text_and_labels_are_tokens(load, pairs, cutoff):
    tokenizer = load()
    *history, (question, answer) = pairs
    row = {
        "system": "",
        "instruction": question,
        "input": "",
        "output": answer,
        "history": [list(p) for p in history],
    }
    made = render_row(row, tokenizer, cutoff_len=cutoff)
    assert "".join(made.tokens + made.cut_tokens) == made.text
    assert (
        len(made.tokens) == len(made.input_ids) == len(made.labels) == len(made.special) <= cutoff
    )
    assert all(
        label in (IGNORED, token) for label, token in zip(made.labels, made.input_ids, strict=True)
    )
    whole = render_row(row, tokenizer)
    ends = sum(label == tokenizer.eos_token_id for label in whole.labels)
    assert ends >= len(pairs)  # each reply learns to end
