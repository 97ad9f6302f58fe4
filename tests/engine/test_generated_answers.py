"""What a model wrote and no row may hold: thoughts, half a JSON object, refusals, another
language."""

import pytest

from studio.generation.declining import declines
from studio.generation.row_text import other_language
from studio.llm import schema
from studio.llm.thinking import without_thoughts

OBJECT = {"properties": {"output": {"type": "string"}}, "required": ["output"]}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("<think>\nHm.\n</think>\n\n三个。", "三个。"),
        ("Let me see.\n</think>\n\n三个。", "三个。"),
        ("<Thinking>a</Thinking>three", "three"),
        ("[THINK]a[/THINK]three", "three"),
        ("◁think▷a◁/think▷three", "three"),
        ("<think>a</think>three<think>b</think> coins", "three coins"),
        ("Three coins.\n<think>or four", "Three coins.\n"),
        ("<think>never ended", ""),
        ("<think></think>three", "three"),
        (
            "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>3",
            "3",
        ),
        ("A tag `</think>` ends the thought.", "A tag `</think>` ends the thought."),
        ("```\n<think>a</think>\n```\nshows it", "```\n<think>a</think>\n```\nshows it"),
        ("three<|end|>", "three<|end|>"),
        ("  plain", "  plain"),
    ],
)
def test_thoughts_are_no_answer(text, kept):
    assert without_thoughts(text) == kept


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ('{"output": "三个。"}', "三个。"),
        ('```json\n{"output": "a"}\n```', "a"),
        ('Here: {"output": "a"} I hope it helps.', "a"),
        ('{"output": "a", }', "a"),
        ('{output: "a"}', "a"),
        ('{"output": "雨天他会多收一个铜', None),
        ('{"output": "a"', None),
        ('{"output": "a",', None),
        ("no object", None),
    ],
)
def test_json_that_breaks_off_is_never_mended(text, output):
    data, wrong = schema.read(text, OBJECT)
    assert data == (None if output is None else {"output": output})
    assert (wrong == schema.BREAKS_OFF) == (output is None and "{" in text)


@pytest.mark.parametrize(
    "text",
    [
        "抱歉，根据提供的文本，我无法回答这个问题。",
        "作为一个人工智能语言模型，我无法回答这个问题。",
        "文中没有提到老渡工的年龄。",
        "根据上述材料，无法确定他是谁。",
        "I'm sorry, but I cannot answer that question based on the provided text.",
        "The passage does not mention his age.",
        "As an AI language model, I cannot help with that request.",
    ],
)
def test_a_refusal_is_no_answer(text):
    assert declines(text)


@pytest.mark.parametrize(
    "text",
    [
        "雨天他收三个铜钱。",
        "他说自己无法离开渡口，因为菜农还在等船。",
        "未经许可，任何人不得提供该信息。",
        "He could not cross the river, since the boat was moored.",
        "The law does not allow a second appeal.",
        "Sorry for the farmers, he took two coppers alone.",
    ],
)
def test_an_answer_about_refusing_is_one(text):
    assert not declines(text)


@pytest.mark.parametrize(
    ("text", "wanted", "other"),
    [
        ("On rainy days he takes three coppers in all.", "zh", True),
        ("雨天他收三个铜钱，平日收两个。", "en", True),
        ("三个。", "zh", False),
        ("The Old Man and the Sea", "zh", False),
        ("他说“I will be back before the rain stops”，便走了。", "zh", False),
        ("The word 江湖 means rivers and lakes.", "en", False),
    ],
)
def test_the_language_of_an_answer(text, wanted, other):
    assert other_language(text, wanted) is other
