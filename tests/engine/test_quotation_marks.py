"""The cleaning step for Chinese punctuation on quote marks: each mark in the direction in which it
stands, or left alone.
"""

import random

import pytest

from studio.documents.cleaning import CleanSpec, clean_text, quotation
from studio.documents.cleaning.edits import apply
from studio.documents.cleaning.spec import STEPS

ONLY = CleanSpec(**dict.fromkeys(STEPS, False) | {"chinese_marks": True})


def cleaned(text):
    return clean_text(text, ONLY).text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # Curly and straight in one line, whichever of the two is straight.
        ('“姑娘好？"', "“姑娘好？”"),
        ('"姑娘好？”', "“姑娘好？”"),
        ('“姑娘好？"他说："走吧。”', "“姑娘好？”他说：“走吧。”"),
        ('“甲。"“乙。"', "“甲。”“乙。”"),
        ('"好。"他说。“好。”', "“好。”他说。“好。”"),
        # Several in a line, a space or nothing between them.
        (
            '他说："好"，又说："不好"。她说"嗯"……"啊"！',
            "他说：“好”，又说：“不好”。她说“嗯”……“啊”！",
        ),
        ('"甲。" "乙。"', "“甲。” “乙。”"),
        # One kind inside the other, and inside its own kind.
        ("\"他说'走吧'。\"", "“他说‘走吧’。”"),
        ("他说：“她叫'小明'。”", "他说：“她叫‘小明’。”"),
        ('"他说“走吧”。"他笑。', "“他说“走吧”。”他笑。"),
        # Brackets and corner brackets stand around and inside.
        ('「他说"走吧"」', "「他说“走吧”」"),
        ('（"好"）', "（“好”）"),
        ('《"好"》', "《“好”》"),
        # Over several lines: one pair, or a mark at the head of each paragraph.
        ('“第一段\n第二段。"', "“第一段\n第二段。”"),
        ('"第一段\n\n第二段。"\n他走了。"好。"', "“第一段\n\n第二段。”\n他走了。“好。”"),
        ('"第一段。\n"第二段。"\n他走了。', "“第一段。\n“第二段。”\n他走了。"),
        # An apostrophe is no quote mark.
        ("it's 好 don't 说'好'", "it's 好 don't 说‘好’"),
        ("O’Brien说'好'", "O’Brien说‘好’"),
    ],
)
def test_each_mark_stands_in_its_direction(before, after):
    assert cleaned(before) == after
    assert cleaned(after) == after


@pytest.mark.parametrize(
    "text",
    [
        '姑娘好？"',
        '他说："走吧。',
        '"甲。"乙。"',
        '走吧。"他说："好。"',
        '他问"是"不是"',
        '"',
        '""',
        '"姑娘好？“',
        "他说'好",
        "'AI'技术",
        "身高6'2\"的男人",
        '2"的管子和3"的管子',
        '他说"hello world"了',
        '"Hello," he said. “Well"',
        "students' 书",
        "'90年代",
    ],
)
def test_what_nobody_can_tell_stays(text):
    assert cleaned(text) == text


def test_a_quotation_that_is_never_closed_takes_nothing_with_it():
    lost = '他说："走吧。\n' + "没有人回答他的话。\n" * 20
    assert cleaned(lost + '她问："去哪里？"\n') == lost.replace('"', '"') + "她问：“去哪里？”\n"


@pytest.mark.parametrize("share", [0.3, 1.0])
@pytest.mark.parametrize("kind", [quotation.DOUBLE, quotation.SINGLE])
def test_a_real_novel_gets_its_marks_back(shared, share, kind):
    """Marks of a well-set novel made straight: of those changed, 999 of 1,000 come back as they
    were.
    """
    novel = (shared / "novels/journey_to_the_west.txt").read_text(encoding="utf-8")
    rng = random.Random(1)
    straight = "".join(
        kind.straight if c in kind[1:] and rng.random() < share else c for c in novel
    )
    made, _, count = apply(straight, quotation.find(straight, kind))
    wrong = sum(a != b and b != kind.straight for a, b in zip(novel, made, strict=True))
    assert wrong <= max(1, count // 1000), (wrong, count)
    assert count > 0.9 * sum(a != b for a, b in zip(novel, straight, strict=True))
