"""What stands before a book and is none of it goes; what only looks like it stays."""

import pytest

from studio.documents.cleaning import CleanSpec, clean_text
from studio.documents.cleaning.spec import STEPS

OFF = dict.fromkeys(STEPS, False)


def without(text: str) -> str:
    return clean_text(text, CleanSpec(**(OFF | {"front_matter": True}))).text


@pytest.mark.parametrize(
    ("front", "body"),
    [
        ("---\ntitle: The Weir\nlang: en\n---\n\n", "CHAPTER I\n\nThe weir was low.\n"),
        ("<!-- made by a script\nin two lines -->\n\n", "# 第一章 堰\n\n水很浅。\n"),
        ("Copyright © 1998 by A. Weaver\nAll rights reserved.\n\n", "Chapter 1\n\nIt rained.\n"),
        ("ISBN 978-7-00-000000-2\n定价：28.00元\n\n", "第一回 渡口\n\n船停着。\n"),
        ("图书在版编目（CIP）数据\n堰／某某著\n\n", "第一章\n\n天亮了。\n"),
    ],
)
def test_front_matter_goes(front, body):
    assert without(front + body) == body


def test_the_title_stays():
    text = "# 堰\n\n某某著\n\n版权所有 翻印必究\n\n## 第一章\n\n水很浅。\n"
    assert without(text) == "# 堰\n\n某某著\n\n## 第一章\n\n水很浅。\n"


@pytest.mark.parametrize(
    "text",
    [
        "第一章\n\n他说：“这书版权所有。”\n",
        "CHAPTER I\n\n“The copyright is mine,” said the printer.\n\n<!-- a note -->\n",
        "---\n\nA rule opens this text, and no block.\n",
        "第一条 为了保护著作权，制定本法。\n第二条 作品不论是否发表，享有著作权。\n",
        "",
    ],
)
def test_what_is_text_stays(text):
    assert without(text) == text
