"""One grammar of headings under the cutter, the scenes of a dialogue and its hold-out by chapter: a
table of lines that the readers of a text once took differently.
"""

import pytest

from studio.chunking import ChunkSpec, chunk_text
from studio.text.chapters import Chapters
from studio.text.headings import heading_of, is_heading_line
from studio.text.numeral_chapters import numeral_chapters
from studio.text.paragraphs import is_break, paragraphs

# What the line is to the cutter; "+" where it holds the beginning of the text too.
LINES = {
    "part": "第一卷 天下|卷二 天下|卷一|卷之三|上卷|上部 少年|第二部|第二部分 方法"
    "|第一编 总则|第一分编 通则"
    "|第二集|Book Two|BOOK THE FIRST|PART ONE|Part I: The Beginning|SECOND PART|Volume I|VOL. II."
    "|TITLE I. OF THE FORM OF ACTIONS",
    "chapter": "第一章|第一章 风起|第一章：风起|第１２章　雨夜|第三章、离别|第3章.醒来"
    "|【第一章】风起"
    "|【第一章 风起】|（第二章）|===第3章 夜雨===|正文 第一章 夜雨|第十六章生死看淡，别人的"
    "|第拾壹章 水轮"
    "|第一万章 风起|第一话 相遇|第十回 贾宝玉神游太虚境|楔子|引子|序|序章|序言|自序|前言"
    "|后记|後記|跋"
    "|附录|附录A 名单|附则|番外|番外三|番外 中秋|终章|終章|尾声|目录|总则|Chapter 1|CHAPTER I."
    "|Chapter I. Down the Rabbit-Hole|Chapter the First|chapter.844 夜雨|LETTER III|Letter 3"
    "|LETTER I."
    "|Canto I|Prologue|EPILOGUE|Epilogue: Ten years later|PREFACE|Introduction|CONTENTS"
    "|Appendix A",
    "section": "第三节 送达|Section 2.1 Purpose|§ 12 Scope|SEC. 101",
    "article": "第三十二条|Article 5|Article 5. Scope of Application",
    "article+": "第三十二条 当事人应当履行义务。",
    "section+": "§ 62. The distinction between actions is abolished.|Sec. 101. Short title.",
    "scene": "第一幕|第三折|第二场 内景 客厅 日|第三场 客厅。日。内|ACT I|ACT I. SCENE II"
    "|Act 1, Scene 2"
    "|SCENE. A room in the castle.|SCENE II. The same.|Scene 3|FIRST ACT|THE FIRST ACT"
    "|INT. KITCHEN - DAY|12 INT. CAR - NIGHT|INT./EXT. HOUSE - DAY|场景一|场景一：客厅|场景：客厅"
    "|内景 客厅 日|1-1 日 内 客厅|3、书房 夜 内|日 内 客厅|夜，外，街道|S12 日 内 客厅",
    "": "第三章的内容很重要|第三章里他死了。|第一场雪落下来的时候，他走了|第一封信"
    "|第四本书记载着锤法"
    "|第六回合时，老周突然说|第五回合，他赢了|第三天一早|序列很重要|跋涉千里|尾声已近，众人散去。"
    "|Part of the reason is this.|Chapter and verse, he said.|Book two tickets, please"
    "|Act like you mean it|Scene of the crime|Introduction to the book was short."
    "|section 5 of this title|§ 62 of this code, upon an order|日内瓦，湖边|夜里，外面下雨",
}
CASES = [(line, kind) for kind, lines in LINES.items() for line in lines.split("|")]


@pytest.mark.parametrize(("line", "kind"), CASES)
def test_every_reader_takes_the_line_alike(line, kind):
    found = heading_of(f"{line}\n\nThe rain fell on the mill. 雨落下来。\n", 0)
    shown = f"{found.kind}{'' if found.own_line else '+'}" if found else ""
    assert shown == kind
    alone = bool(kind) and not kind.endswith("+")
    assert is_heading_line(line) is alone and is_break(line) is alone


@pytest.mark.parametrize("line", ["* * *", "———", "地点：咸阳宫", "人物：嬴政、李斯"])
def test_what_parts_scenes_without_naming_them_is_no_heading(line):
    assert is_break(line) and not is_heading_line(line) and heading_of(f"{line}\n\n雨。", 0) is None


PROSE = "The rain fell on the mill and nobody came. Tom sat by the door and waited.\n\n" * 3


@pytest.mark.parametrize(
    "heads",
    [
        [f"LETTER {n}" for n in ("I", "II", "III", "IV", "V", "VI", "VII", "VIII")],
        ["I", "II", "III", "IV", "V"],
        ["I.", "II.", "III.", "IV."],
        ["I. The Rain", "II. The Lamp", "III. The Cart"],
        ["ONE", "TWO", "THREE", "FOUR"],
        [f"{' ' * 30}{n}" for n in range(1, 12)],
        ["一", "二", "三", "四"],
    ],
    ids=lambda heads: heads[0].strip(),
)
def test_what_the_cutter_calls_chapters_the_hold_out_does_too(heads):
    """Eight letters were eight chapters to the one and one to the other: held-out words leaked."""
    text = "".join(f"{head}\n\n{PROSE}" for head in heads)
    chunks = chunk_text(text, ChunkSpec(method="structure", max_tokens=4096))
    assert [c.heading for c in chunks] == [head.strip().rstrip(".") for head in heads]
    assert len(Chapters(text).starts) + 1 == len(heads)
    assert len({part.scene for part in paragraphs(text)}) >= len(heads)


@pytest.mark.parametrize(
    "text",
    [
        "Things to buy:\n\n1\n2\n3\n\nHe counted them.\n\n" + PROSE,
        "I\n\nwrote it down, he said.\n\n" + PROSE,
        "".join(
            f"The mill stood by the river and the\n\n{n}\n\nwater went on. {PROSE}"
            for n in range(1, 9)
        ),
        f"2\n\n{PROSE}4\n\n{PROSE}3\n\n{PROSE}",
        f"1\n\n{PROSE}2\n\n{PROSE}",
    ],
    ids=["a list", "the word I", "page numbers", "no order", "too few"],
)
def test_numerals_that_count_no_chapters(text):
    assert numeral_chapters(text) == {}
