"""Headings: what is one and what only looks like one, the path above a place, and tables of
contents.
"""

import time
from itertools import pairwise

import pytest

from studio.chunking import ChunkSpec, chunk_text
from studio.text.headings import Heading, Stack, at_places, heading_of
from studio.text.sentences import borders


def found(text: str) -> list[tuple[str, str]]:
    return [
        (heading.kind, heading.title) for heading in at_places(text, borders(text)[:-1]) if heading
    ]


@pytest.mark.parametrize(
    ("line", "kind", "title"),
    [
        ("第一编 总则", "part", "第一编 总则"),
        ("第二分编　通则", "part", "第二分编 通则"),
        ("第一部 少年", "part", "第一部 少年"),
        ("第一部分 总论", "part", "第一部分 总论"),
        ("卷三 王公", "part", "卷三 王公"),
        ("下篇", "part", "下篇"),
        ("上部电影很好", "", ""),
        ("第十二卷", "part", "第十二卷"),
        ("第廿三回 西厢记妙词", "chapter", "第廿三回 西厢记妙词"),
        ("第一百〇二回", "chapter", "第一百〇二回"),
        ("第两百章 归来", "chapter", "第两百章 归来"),
        ("第12章：归来", "chapter", "第12章：归来"),
        ("第 3 章 归来", "chapter", "第 3 章 归来"),
        ("第１２章 归来", "chapter", "第１２章 归来"),
        ("第一千零一章 大结局！", "chapter", "第一千零一章 大结局！"),
        ("第一章灵根育孕", "chapter", "第一章灵根育孕"),
        ("第三节 共同犯罪", "section", "第三节 共同犯罪"),
        ("第一目 通则", "section", "第一目 通则"),
        ("第三条 凡在境内犯罪的，都适用本法。", "article", "第三条"),
        ("第一百二十条之一 帮助恐怖活动的。", "article", "第一百二十条之一"),
        ("第五条【平等原则】民事主体平等。", "article", "第五条【平等原则】"),
        ("第六条（公平）当事人公平。", "article", "第六条（公平）"),
        ("第七条 （一）甲；（二）乙。", "article", "第七条"),
        ("第8条 甲。", "article", "第8条"),
        ("**第九条** 甲。", "article", "第九条"),
        ("第十条为了规范市场，制定本法。", "article", "第十条"),
        ("第三幕", "scene", "第三幕"),
        ("第3场 日 内 皇宫", "scene", "第3场 日 内 皇宫"),
        ("场景三：花园", "scene", "场景三：花园"),
        ("12-3 日 内 客厅", "scene", "12-3 日 内 客厅"),
        ("INT. HOUSE - DAY", "scene", "INT. HOUSE - DAY"),
        ("EXT. STREET - NIGHT", "scene", "EXT. STREET - NIGHT"),
        ("ACT II", "scene", "ACT II"),
        ("SCENE III. A room in the castle", "scene", "SCENE III. A room in the castle"),
        ("Scene 3", "scene", "Scene 3"),
        ("Chapter 1", "chapter", "Chapter 1"),
        ("CHAPTER I.", "chapter", "CHAPTER I"),
        (
            "CHAPTER IV. THE RABBIT SENDS IN A BILL.",
            "chapter",
            "CHAPTER IV. THE RABBIT SENDS IN A BILL",
        ),
        ("Chapter Twenty-One: The End", "chapter", "Chapter Twenty-One: The End"),
        ("Part Two", "part", "Part Two"),
        ("Book I", "part", "Book I"),
        ("BOOK THE FIRST", "part", "BOOK THE FIRST"),
        ("Volume 3 - Winter", "part", "Volume 3 - Winter"),
        ("Section 3.2 Scope of Work", "section", "Section 3.2 Scope of Work"),
        ("Article 12", "article", "Article 12"),
        ("Article 12. The parties shall pay each other.", "article", "Article 12"),
        ("楔子", "chapter", "楔子"),
        ("序　章", "chapter", "序章"),
        ("尾声 再见", "chapter", "尾声 再见"),
        ("后记", "chapter", "后记"),
        ("附　　则", "chapter", "附则"),
        ("附件二", "chapter", "附件二"),
        ("PROLOGUE", "chapter", "PROLOGUE"),
        ("Epilogue.", "chapter", "Epilogue"),
        ("Appendix B: Tables", "chapter", "Appendix B: Tables"),
        ("### 小标题 ###", "heading", "小标题"),
        ("###### Six", "heading", "Six"),
        ("## 第二章 甲", "chapter", "第二章 甲"),
        ("## **Bold**", "heading", "Bold"),
        ("第三章的内容很好。", "", ""),
        ("第三章里他走了", "", ""),
        ("第三章讲的是他", "", ""),
        ("第三条规定的情形，适用本法。", "", ""),
        ("第三条、第四条的规定", "", ""),
        ("第三条第二款规定", "", ""),
        ("第一款中关于本人的规定，不适用。", "", ""),
        ("第一款罪，告诉的才处理。", "", ""),
        ("第一场雪下了", "", ""),
        ("第二节课开始了", "", ""),
        ("第一回见他", "", ""),
        ("第一部电影很好看", "", ""),
        ("第一次见面", "", ""),
        ("见第三章", "", ""),
        ("第三章 他走了。她也走了。", "", ""),
        ("第一章……………………1", "", ""),
        ("第一章 总则  12", "", ""),
        ("Chapter 1 .......... 3", "", ""),
        ("Chapter 3 tells us how he came.", "", ""),
        ("Chapter 3 is long", "", ""),
        ("Part of the house", "", ""),
        ("Act now", "", ""),
        ("Section 3 of the law says so.", "", ""),
        ("Book I read", "", ""),
        ("Introduction to the old man was easy.", "", ""),
        ("#标签", "", ""),
        ("####### seven", "", ""),
        ("他说第一章。", "", ""),
        ("序言里写道", "", ""),
        ("3.14 是圆周率", "", ""),
        ("2.5 million people", "", ""),
        ("一、甲；", "", ""),
        ("前言不搭后语", "", ""),
    ],
)
def test_a_line(line, kind, title):
    for before, after in (("", "\n\n正文在这里。\n"), ("前面的话。\n\n", "\n正文在这里。\n")):
        text = before + line + after
        heading = heading_of(text, len(before))
        assert (heading.kind, heading.title) == (kind, title) if kind else heading is None


def test_a_heading_split_over_two_lines():
    assert found("第一章\n灵根育孕\n\n正文。\n") == [("chapter", "第一章 灵根育孕")]
    assert found("CHAPTER XI.\nWho Stole the Tarts?\n\nThe King sat.") == [
        ("chapter", "CHAPTER XI Who Stole the Tarts?")
    ]
    assert found("第一章\n\n他走了，没有回头。\n\n完。") == [("chapter", "第一章")]
    assert [
        c.text
        for c in chunk_text(
            "第一章\n灵根育孕\n\n正文。\n第二章\n再来\n\n正文。", ChunkSpec(method="structure")
        )
    ] == ["第一章\n灵根育孕\n\n正文。\n", "第二章\n再来\n\n正文。"]


def test_an_underlined_heading():
    assert found("Title\n=====\n\nOne.\n\nSub\n---\nTwo.\n") == [
        ("heading", "Title"),
        ("heading", "Sub"),
    ]
    assert found("他走了。\n---\n她来了。\n") == []


def test_numbered_headings_stand_alone():
    assert found("1.2.3 Title here\n\nText.\n") == [("heading", "1.2.3 Title here")]
    assert found("引文。\n\n一、总体要求\n\n正文。\n\n二、主要任务\n\n正文。") == [
        ("heading", "一、总体要求"),
        ("heading", "二、主要任务"),
    ]
    assert found("引文。\n\n一、甲\n\n二、乙\n\n三、丙\n\n正文。") == []
    assert found("1．关于甲的规定\n\n2．关于乙的规定\n\n正文。") == []


def test_a_table_of_contents_is_no_heading():
    lines = [f"第{n}章 题{n}" for n in "一二三四"]
    text = (
        "书名\n"
        + "\n".join(lines)
        + "\n\n"
        + "".join(f"{line}\n\n正文在这里。\n\n" for line in lines)
    )
    assert found(text) == [("chapter", line) for line in lines]
    chunks = chunk_text(text, ChunkSpec(method="structure"))
    assert [c.heading for c in chunks] == ["", *lines]
    assert chunks[0].text == "书名\n" + "\n".join(lines) + "\n\n"
    named = "目　录\n第一章 甲\n第二章 乙\n第一章 甲\n正文。\n第二章 乙\n正文。"
    assert found(named) == [("chapter", "目录"), ("chapter", "第一章 甲"), ("chapter", "第二章 乙")]
    nested = (
        "第一编 甲\n第一章 乙\n第二章 丙\n第一编 甲\n第一章 乙\n第一条 丁。\n第二章 丙\n第二条 戊。"
    )
    assert [title for _, title in found(nested)] == [
        "第一编 甲",
        "第一章 乙",
        "第一条",
        "第二章 丙",
        "第二条",
    ]


def test_the_path_ends_what_is_deeper():
    stack = Stack()
    for heading in (
        Heading(0, "heading", "民法"),
        Heading(14, "part", "第一编"),
        Heading(30, "chapter", "第一章"),
        Heading(50, "article", "第一条", False),
    ):
        stack.push(heading)
    assert stack.path() == "第一编 › 第一章 › 第一条"
    again = Stack.from_plain(stack.plain())
    again.push(Heading(30, "chapter", "第二章"))
    assert (again.path(), stack.path()) == ("第一编 › 第二章", "第一编 › 第一章 › 第一条")
    assert Stack([Heading(0, "heading", "民法")]).path() == "民法"


def test_markdown_levels_make_the_path():
    text = "# 手册\n\n说明。\n\n## 安装\n\n甲。\n\n### Linux\n\n乙。\n\n## 使用\n\n丙。\n"
    chunks = chunk_text(text, ChunkSpec(method="structure"))
    assert [c.heading for c in chunks] == ["手册", "安装", "安装 › Linux", "使用"]
    two = chunk_text("# A\n\nx.\n\n## B\n\ny.\n\n# C\n\nz.\n", ChunkSpec(method="structure"))
    assert [c.heading for c in two] == ["A", "A › B", "C"]


@pytest.mark.parametrize(
    "piece",
    [
        "#",
        "# a\n",
        "第",
        "第一章\n",
        "一、\n",
        "1.\n",
        "=\n",
        "a\n=\n",
        "\n",
        "第一条 ",
        "CHAPTER I\n",
        "目录\n",
        "**",
    ],
)
def test_time_grows_evenly_with_the_text(piece):
    def seconds(size: int) -> float:
        text = (piece * size)[:size]
        begun = time.process_time()
        at_places(text, borders(text)[:-1])
        return time.process_time() - begun

    small, large = min(seconds(10_000) for _ in range(3)), seconds(100_000)
    assert large < 60 * max(small, 0.01)


@pytest.mark.parametrize(
    ("file", "kind", "count"),
    [
        ("novels/journey_to_the_west.txt", "chapter", 101),
        ("speakers/pdnc/TheSignOfTheFour/novel_text.txt", "chapter", 12),
        ("speakers/pdnc/AlicesAdventuresInWonderland/novel_text.txt", "chapter", 12),
        ("speakers/pdnc/PrideAndPrejudice/novel_text.txt", "chapter", 61),
    ],
)
def test_the_chapters_of_real_books(shared, file, kind, count):
    titles = [
        title for of, title in found((shared / file).read_bytes().decode("utf-8")) if of == kind
    ]
    assert len(titles) == count
    assert all(len(title) < 60 for title in titles)
    assert not [pair for pair in pairwise(titles) if pair[0] == pair[1]]
