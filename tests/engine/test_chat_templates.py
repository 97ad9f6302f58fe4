"""One rule from a conversation to what a model reads: the templates of real models, which trl
carries, under the starter's tokenizer with their own marks added.
"""

import copy
import json
import re
from importlib.resources import files

import pytest
from transformers import AutoTokenizer

from studio.datasets import render_row
from studio.datasets.token_view.render import IGNORED
from studio.datasets.token_view.sequences import joined_blocks
from studio.errors import ModelError
from studio.models.chat_template import DEFAULT_TEMPLATE
from studio.models.reply_spans import keep_ends, kept_ends, prompt_text, turn_end, turn_ends
from tests.learnt import learnt

pytestmark = pytest.mark.model
TEMPLATES = {
    path.name.removesuffix(".jinja"): path.read_text(encoding="utf-8")
    for path in files("trl").joinpath("chat_templates").iterdir()
    if path.name.endswith(".jinja")
}
OWN = sorted(name for name in TEMPLATES if not name.endswith("_training"))
MARKS = re.compile(
    r"<[|｜][^<>{}'\" ]+?[|｜]>|<(?:start_of_turn|end_of_turn|turn\|)>|\[/?INST\]|</s>"
)
USER = {"role": "user", "content": "Who rows the boat?"}
REPLY = {"role": "assistant", "content": "The ferryman does."}
AGAIN = {"role": "user", "content": "And who steers it?"}
LAST = {"role": "assistant", "content": "His eldest son."}
TALK = [USER, REPLY, AGAIN, LAST]
TOOLS = json.dumps(
    [{"name": "tide_table", "description": "Tides of a port", "parameters": {"type": "object",
      "properties": {"port": {"type": "string", "description": "Which port"}}}}]
)  # fmt: skip
CALLED = {
    "role": "assistant",
    "content": "",
    "tool_calls": [
        {"type": "function", "function": {"name": "tide_table", "arguments": {"port": "Dover"}}}
    ],
}
GLM = (  # ends a turn by the next role mark alone
    "{% for m in messages %}{{ '<|' + m['role'] + '|>\\n' + m['content'] }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% endif %}"
)
ROLES = ["<|system|>", "<|user|>", "<|assistant|>", "<|observation|>"]
REFUSING = (
    "{% for m in messages %}{% if m['role'] == 'system' %}{{ raise_exception('no system') }}"
    "{% endif %}{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


@pytest.fixture(scope="module")
def under(starter):
    """A function that gives the starter's tokenizer under a template, with marks of its own."""
    read = AutoTokenizer.from_pretrained(starter)

    def make(template, marks=()):
        tokenizer = copy.deepcopy(read)
        marks = sorted({*MARKS.findall(template), *marks})
        if marks:
            tokenizer.add_special_tokens({"additional_special_tokens": marks})
        tokenizer.chat_template = template
        return tokenizer

    return make


def whole(row, tokenizer, **more):
    return render_row(row, tokenizer, cutoff_len=1 << 20, **more)


@pytest.mark.parametrize("name", OWN)
def test_a_reply_is_learnt_with_its_end_after_what_the_chat_would_ask(under, name):
    tokenizer = under(TEMPLATES[name])
    for turns in (TALK, [{"role": "system", "content": "Be brief."}, *TALK]):
        made = whole({"messages": turns}, tokenizer)
        runs = learnt(tokenizer, made)
        assert [REPLY["content"] in runs[0], LAST["content"] in runs[1]] == [True, True]
        assert len(runs) == 2 and not any(USER["content"] in run for run in runs)
        assert made.text.startswith(prompt_text(tokenizer, turns[:-1]))
        special = set(tokenizer.all_special_ids) | set(tokenizer.added_tokens_decoder)
        last = max(n for n, label in enumerate(made.labels) if label != IGNORED)
        assert made.labels[last] in special and made.labels[last] in turn_ends(tokenizer)


@pytest.mark.parametrize("name", OWN)
def test_tools_and_calls_are_shown_by_every_template(under, name):
    tokenizer = under(TEMPLATES[name])
    turns = [USER, CALLED, {"role": "tool", "content": "06:12"}, LAST]
    made = whole({"messages": turns, "tools": TOOLS}, tokenizer)
    assert "Tides of a port" in made.text and "06:12" in made.text
    runs = learnt(tokenizer, made)
    assert "Dover" in runs[0] and '\\"' not in runs[0] and LAST["content"] in runs[-1]
    assert not any("06:12" in run for run in runs)
    plain = whole({"messages": [USER, LAST], "tools": TOOLS}, tokenizer)
    assert "Tides of a port" in plain.text


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("where", ["field", "words"])
def test_the_last_thought_is_learnt_whatever_the_template_does(under, name, where):
    tokenizer = under(TEMPLATES[name])

    def thinking(message, thought):
        if where == "field":
            return message | {"reasoning_content": thought}
        return message | {"content": f"<think>\n{thought}\n</think>\n\n{message['content']}"}

    turns = [USER, thinking(REPLY, "I saw him."), AGAIN, thinking(LAST, "He grew up.")]
    runs = learnt(tokenizer, whole({"messages": turns}, tokenizer))
    assert "He grew up." in runs[-1] and LAST["content"] in runs[-1]


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in OWN
        # Not those for pictures, which take no plain words.
        if f"{name}_training" in TEMPLATES and "<image>" not in TEMPLATES[name]
    ],
)
def test_trl_marks_the_same_replies(under, name):
    """trl's own templates for training say by {% generation %} which tokens a model makes."""
    tokenizer = under(TEMPLATES[name])
    ours = learnt(tokenizer, whole({"messages": TALK}, tokenizer))
    tokenizer.chat_template = TEMPLATES[f"{name}_training"]
    theirs = tokenizer.apply_chat_template(
        TALK, tokenize=True, return_dict=True, return_assistant_tokens_mask=True
    )
    marked = [n for n, on in zip(theirs["input_ids"], theirs["assistant_masks"], strict=True) if on]
    for reply in (REPLY, LAST):
        assert reply["content"] in tokenizer.decode(marked)
    # They learn the line break behind an end token too, which no chat ever generates.
    assert len("".join(ours).split()) <= len(tokenizer.decode(marked).split()) + 2


def test_a_template_that_writes_no_end_gets_the_role_mark_where_the_model_stops_at_it(
    under, tmp_path
):
    tokenizer = under(GLM, ROLES)
    (tmp_path / "generation_config.json").write_text(
        json.dumps({"eos_token_id": tokenizer.convert_tokens_to_ids(["<|endoftext|>", "<|user|>"])})
    )
    tokenizer.name_or_path = str(tmp_path)
    assert turn_end(tokenizer).mark
    made = whole({"messages": TALK}, tokenizer)
    assert learnt(tokenizer, made) == [
        f"{REPLY['content']}<|user|>",
        f"{LAST['content']}<|user|>",
    ]
    assert made.text == (
        "<|user|>\nWho rows the boat?<|assistant|>\nThe ferryman does."
        "<|user|>\nAnd who steers it?<|assistant|>\nHis eldest son.<|user|>"
    )
    keep_ends(tmp_path, tokenizer)
    assert tokenizer.convert_tokens_to_ids("<|user|>") in kept_ends(tmp_path)


def test_a_template_that_writes_no_end_gets_the_end_token_in_training_and_in_chat(under):
    tokenizer = under(GLM, ROLES)
    made = whole({"messages": TALK}, tokenizer)
    assert learnt(tokenizer, made) == [f"{m['content']}<|im_end|>" for m in (REPLY, LAST)]
    assert made.text.startswith(prompt_text(tokenizer, TALK[:-1]))
    pair = {"messages": [USER], "chosen": LAST, "rejected": REPLY}
    sides = whole(pair, tokenizer, stage="dpo")
    assert learnt(tokenizer, sides.rejected) == ["The ferryman does.<|im_end|>"]


def test_a_refused_system_prompt_stands_in_the_question_in_training_and_in_chat(under):
    tokenizer = under(REFUSING)
    turns = [{"role": "system", "content": "You are a gull."}, *TALK]
    made = whole({"messages": turns}, tokenizer)
    assert "<|im_start|>user\nYou are a gull.\n\nWho rows the boat?<|im_end|>" in made.text
    assert made.text.startswith(prompt_text(tokenizer, turns[:-1]))


def test_a_reply_of_weight_0_is_context(under):
    tokenizer = under(REFUSING)
    row = {"messages": [USER, REPLY | {"weight": 0}, AGAIN, LAST]}
    assert learnt(tokenizer, whole(row, tokenizer)) == ["His eldest son.<|im_end|>"]
    row = {"messages": [USER, REPLY, AGAIN, LAST | {"weight": 0}]}
    assert learnt(tokenizer, whole(row, tokenizer)) == ["The ferryman does.<|im_end|>"]
    assert whole(row, tokenizer, mask_history=True).trained == 0


def test_the_first_token_stands_where_the_tokenizer_sets_one(under):
    from tokenizers.processors import TemplateProcessing

    tokenizer = under(DEFAULT_TEMPLATE)
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single="<|endoftext|> $A",
        pair="<|endoftext|> $A $B",
        special_tokens=[("<|endoftext|>", 0)],
    )
    tokenizer.bos_token = "<|endoftext|>"
    for row in ({"text": "The tide came in."}, {"messages": TALK}):
        ids = whole(row, tokenizer).input_ids
        assert ids[0] == 0 and ids.count(0) == 1
    assert prompt_text(tokenizer, TALK[:-1]).startswith("<|endoftext|>User:")


def test_a_template_that_shows_no_last_reply_is_refused(under):
    with pytest.raises(ModelError, match="does not show replies"):
        whole({"messages": TALK}, under("{{ messages | length }} turns"))


def test_texts_are_joined_and_cut_into_blocks_of_which_nothing_is_lost():
    texts = [list(range(n)) for n in (5, 1, 130, 64)]
    blocks = list(joined_blocks(texts, 64))
    assert [n for block in blocks for n in block] == [n for text in texts for n in text]
    assert [len(block) for block in blocks] == [64, 64, 64, 8]


def test_of_a_book_the_beginning_is_drawn_and_the_rest_counted(under):
    from studio.datasets.token_view import joined_view, token_worker

    tokenizer = under(REFUSING)
    made = whole({"text": "The tide came in. " * 2000}, tokenizer)
    part = token_worker.parts(made, tokenizer)[0]
    assert made.plain and not made.truncated and len(part["tokens"]) == joined_view.SHOWN_TOKENS
    assert part["left"] + len(part["tokens"]) == len(made.input_ids)
    assert len(part["labels"]) == len(part["special"]) == len(part["input_ids"])
