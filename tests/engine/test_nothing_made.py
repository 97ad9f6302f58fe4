"""Where no answer made a row: why, an example, and the advice that fits; a larger model only where
that is the reason.
"""

import json

import pytest
from test_generation import chunk_set, spec_for  # noqa: F401

from studio.errors import JobError, LlmFault, StudioError
from studio.generation import instructions, reasons
from studio.generation.row_text import other_language
from tabs.kit.language import sentences, table
from tests.in_process import job_for


def refused(fake, workspace, answer, **fields):
    """How a run ends that makes no row."""
    if answer is not None:
        fake.answer = answer
    spec = spec_for(fake, chunks="chunks-1", max_chunks=2, concurrency=1, **fields)
    with pytest.raises(StudioError) as ended:
        instructions.run(spec, job_for(workspace, spec))
    return ended.value


@pytest.mark.parametrize(
    ("answer", "fields", "said", "advice"),
    [
        ('{"instruction": "", "output": ""}', {}, "are empty", "tokens of an answer"),
        (
            '{"instruction": "武松是谁？", "output": "武松是谁？"}',
            {},
            "repeats the prompt",
            "larger model",
        ),
        (
            json.dumps(
                {
                    "instruction": "武松是谁？",
                    "output": (
                        "He is a man who killed a tiger on a hill with his bare hands, "
                        "and he drank a lot of wine."
                    ),
                },
                ensure_ascii=False,
            ),
            {},
            "another language",
            "writes this language",
        ),
        (
            "没有标点也没有问号的一段话",
            {"answer_format": "two_step"},
            "no question",
            "larger model",
        ),
    ],
)
def test_the_reason_an_example_and_its_own_advice(
    fake,
    workspace,
    chunk_set,  # noqa: F811
    answer,
    fields,
    said,
    advice,
):
    error = refused(fake, workspace, lambda messages, schema: answer, **fields)
    assert (
        isinstance(error, JobError)
        and said in error.what
        and advice in error.do
        and ("larger" in error.do) == ("larger" in advice)
    )
    assert said == "are empty" or error.values["example"].strip("“”…")[:12] in " ".join(
        answer.split()
    )
    what, do = sentences("zh", error)
    assert "个回答都没能" in what and "larger" not in do and do


def test_answers_that_are_cut_off_ask_for_more_tokens(fake, workspace, chunk_set):  # noqa: F811
    fake.finish = "length"
    error = refused(
        fake,
        workspace,
        lambda messages, schema: "这一句话太长所以没有写完就",
        answer_format="two_step",
    )
    assert (
        "broke off" in error.what
        and error.do == "Raise the tokens of an answer."
        and "没有写完" in error.values["example"]
    )


def test_what_is_no_json_is_told_as_such_with_the_answer(fake, workspace, chunk_set):  # noqa: F811
    error = refused(
        fake, workspace, lambda messages, schema: "我不会写 JSON。", answer_format="json"
    )
    assert (
        isinstance(error, LlmFault)
        and "JSON" in error.what
        and "我不会写" in error.what
        and "two-step" in error.do
    )


@pytest.mark.parametrize(
    ("script", "advice"), [("401", "valid key"), ("500", "server is well"), ("402", "Top it up")]
)
def test_a_fault_of_the_provider_is_told_with_its_own_advice(
    fake,
    workspace,
    chunk_set,  # noqa: F811
    script,
    advice,
):
    fake.script(*[script] * 200)
    error = refused(fake, workspace, None)
    assert isinstance(error, LlmFault) and advice in error.do and "larger" not in error.do


def test_a_few_answers_without_a_row_are_counted_with_an_example(fake, workspace, chunk_set):  # noqa: F811
    replies = iter(
        [
            '{"instruction": "他是谁？", "output": ""}',
            *(f'{{"instruction": "他是第{n}个吗？", "output": "是第{n}个人。"}}' for n in range(9)),
        ]
    )
    fake.answer = lambda messages, schema: next(replies)
    spec = spec_for(fake, chunks="chunks-1", max_chunks=2, concurrency=1)
    result = instructions.run(spec, job_for(workspace, spec))
    assert (
        result["rows"] == 3
        and result["reasons"] == {"empty": 1}
        and "他是谁" in result["examples"]["empty"]
    )


def test_every_advice_can_be_told_in_chinese():
    known = table("zh")["errors"]
    assert not [text for pair in reasons.ADVICE.values() for text in pair if text not in known]


@pytest.mark.parametrize(
    ("text", "wanted", "other"),
    [
        ("他的名字是 Alexander Pushkin，写过 Eugene Onegin。", "zh", False),
        ("Python", "zh", False),
        ("He said 你好 and left the room at once.", "en", False),
        ("It is told in the third chapter of the book, where he meets the tiger.", "zh", True),
        ("他在第三章里遇到了那只老虎，然后打死了它。", "en", True),
        ("老虎", "en", False),
        (
            (
                "这一章说：“It is a truth universally acknowledged, "
                "that a single man.”他笑了，没有说话，走了。"
            ),
            "zh",
            False,
        ),
    ],
)
def test_a_name_or_a_quoted_sentence_is_no_other_language(text, wanted, other):
    assert other_language(text, wanted) is other
