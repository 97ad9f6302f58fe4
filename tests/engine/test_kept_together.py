"""What no chunk's border parts: a heading from its text, a speech, the words that lead to one, an
article; and what is counted where one alone is too long.
"""

import pytest

from studio.chunking import ChunkSpec
from studio.chunking.cut import cut_text
from studio.chunking.methods.semantic import LEAST_ATOM
from studio.text.headings import heading_of
from studio.text.numerals import number_of
from studio.text.quoted import inside_quotations
from studio.text.sentences import borders

METHODS = ("recursive", "paragraph", "length", "semantic", "structure", "greedy")
RAIN = "雨下了一整夜，瓦上全是水声。"
RIVER = "The river had risen over the lower meadow, and the ferry lay idle. "


def marked(text: str) -> list[tuple[str, bool]]:
    """Each ¦ of the text is a place: the words behind it, and whether it is inside a speech."""
    pieces = text.split("¦")
    places, whole = [], ""
    for piece in pieces[:-1]:
        whole += piece
        places.append(len(whole))
    whole += pieces[-1]
    found = inside_quotations(whole, places)
    return [(whole[place : place + 6], inside) for place, inside in zip(places, found, strict=True)]


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("“Come in. ¦Sit down.” ¦He sat.", [True, False]),
        ('"Come in. ¦Sit down." ¦He sat.', [True, False]),
        ("He said: “Stay.” ¦“Why?” ¦she asked. ¦“Go.”", [False, False, False]),
        ("老人道：“坐罢。¦喝口茶。”¦众人都坐下。", [True, False]),
        ("她說：「走吧。¦天黑了。」¦門外有人。", [True, False]),
        ('他喊道：“快跑！¦别回头！"¦大家都跑了。', [True, False]),
        ("„Komm her. ¦Setz dich.“ ¦Er ging.", [True, False]),
        ("‘Don’t go. ¦It’s late,’ he said. ¦They went.", [True, False]),
        ("“One.\n¦\n“Two.”\n¦\nThree.", [True, False]),
        ("“Forgotten.\n¦\nThe next day came.", [False]),
        ("“Forgotten.\n¦“Well,” said Emma, “I shall.”\n", [False]),
        ("“忘了收尾。\n¦“走吧，”他说，“天黑了。”\n", [False]),
        ('"He sang: "Oh!\nHow doth he grin!"\n¦"Wrong!" she cried.\n', [False]),
        ("师父合掌道：\n¦“善哉。”\n¦", [True, False]),
        ("后人有诗曰：\n¦云淡风轻近午天\n", [True]),
        ("And then she said,\n¦\n“Never.”\n", [True]),
        ("The rules are these:\n¦\nNo one runs.\n", [False]),
        ("First line.\n¦Second line, with no marks. ¦Third.", [False, False]),
    ],
)
def test_places_inside_a_speech(text, inside):
    assert [one for _, one in marked(text)] == inside


def test_a_wrapped_letter_is_one_speech():
    line = "the house stood at the end of a lane that nobody had walked for many years\n"
    letter = "    “Dear sir,\n    I have the honour to write to you.\n¦    I remain,”\n\n"
    assert marked(f"{line * 8}\n{letter}") == [("    I ", True)]


@pytest.mark.parametrize("method", [*METHODS, "tokens"])
@pytest.mark.parametrize("count", [3, 9, 15, 21, 27])
def test_no_chunk_ends_in_a_heading(method, count):
    texts = (
        "".join(
            f"# 第{n}编 海\n\n## 第{n}节 潮\n\n### 甲\n\n### 乙\n\n{RAIN * count}\n\n"
            for n in "一二三四"
        ),
        "".join(
            f"BOOK {n}\n\nCHAPTER {k}. The Ferry\n\n{RIVER * count}\n\n"
            for k, n in enumerate(("I", "II", "III", "IV"), start=1)
        ),
        "".join(f"第{n}部\n\n第{n}回 夜渡\n\n{RAIN * count}\n" for n in "一二三四"),
    )
    for text in texts:
        found = cut_text(text, ChunkSpec(method=method, max_tokens=160), curve=False).chunks
        assert "".join(chunk.text for chunk in found) == text
        for chunk in found[:-1]:
            body = chunk.text.rstrip()
            heading = heading_of(text, chunk.start + body.rfind("\n") + 1)
            assert heading is None or not heading.own_line, (method, body[-30:])


@pytest.mark.parametrize("method", METHODS)
def test_a_speech_that_fits_is_never_parted(method):
    speech = "“" + "We crossed before dawn. The mules were tired and would not move. " * 5 + "”"
    chinese = "船家道：“" + "昨夜渡口起了大风。三只船都翻了。" * 6 + "”"
    text = "".join(
        f"{RIVER * (2 + n % 5)}\n\nThe ferryman said,\n\n{speech}\n\n"
        f"{RAIN * (3 + n % 4)}\n\n{chinese}\n\n"
        for n in range(12)
    )
    cut = cut_text(text, ChunkSpec(method=method, max_tokens=256), curve=False)
    starts = [chunk.start for chunk in cut.chunks[1:]]
    assert not any(inside_quotations(text, starts))
    assert (cut.mid_sentence, cut.in_speech) == (0, 0)


@pytest.mark.parametrize("method", ["recursive", "length", "semantic"])
def test_a_speech_longer_than_a_chunk_is_counted(method):
    text = f"{RAIN * 4}\n\n“{RAIN * 60}”\n\n{RAIN * 4}\n"
    cut = cut_text(text, ChunkSpec(method=method, max_tokens=128), curve=False)
    assert cut.in_speech >= 6
    assert cut.mid_sentence >= cut.in_speech
    # Between its sentences, never inside one.
    assert {chunk.start for chunk in cut.chunks} <= set(borders(text))


def statute(articles: int, first: int = 1) -> str:
    numbers = "一二三四五六七八九十"
    item = "县级以上人民政府应当按照规定组织实施。有关部门应当予以配合。"
    return "".join(
        f"第{numbers[n - 1]}条 {item * (1 + n % 3)}\n前款所称有关部门，由省级人民政府确定。{item}\n"
        for n in range(first, first + articles)
    )


@pytest.mark.parametrize("most", [256, 512])
def test_by_meaning_no_chunk_begins_inside_an_article(most):
    text = "第一章 总则\n" + statute(10)
    for finer in (0.5, 0.9):
        cut = cut_text(text, ChunkSpec(max_tokens=most, granularity=finer, min_tokens=0))
        assert cut.in_article == 0
        for chunk in cut.chunks[1:]:
            assert chunk.text.startswith("第")


def test_an_article_longer_than_a_chunk_is_counted():
    text = statute(3) + "第四条 " + "经营者应当公示价格。消费者可以查询。\n" * 30 + statute(4, 5)
    cut = cut_text(text, ChunkSpec(max_tokens=160))
    assert cut.in_article > 0
    assert cut_text(statute(8), ChunkSpec(max_tokens=160)).in_article == 0


def test_short_sentences_are_units_whatever_the_limit():
    talk = "He ran off. She sat down. They ate. " * 40
    curves = [cut_text(talk, ChunkSpec(max_tokens=most)).borders for most in (256, 1024, 4096)]
    assert {len(curve.places) for curve in curves} == {len(curves[0].places)}
    assert len(curves[0].places) >= 59
    assert LEAST_ATOM <= 4


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("十二", 12),
        ("一百零三", 103),
        ("一〇三", 103),
        ("廿一", 21),
        ("两千三百", 2300),
        ("壹佰", 100),
        ("１７", 17),
        ("甲", None),
        ("", None),
    ],
)
def test_numerals(numeral, value):
    assert number_of(numeral) == value


@pytest.mark.parametrize(
    "text",
    [
        "a. First thing.\n¦b. Second thing.",
        "He met Mr. Hall. ¦They spoke of the civil. ¦Then he left.",
        "Chapter iv. The Mill\n¦It turned.",
        "他（真的？！没骗你）走了。¦门关上了。",
        "“怎么办？”的答案没有人知道。¦夜深了。",
        "“走罢。”他说，没有回头。¦",
        "It ended.” ¦“Did it?” ¦She knew.\r\n\r\n¦Next day.",
    ],
)
def test_plain_stops_are_decided_as_before(text):
    pieces = text.split("¦")
    places = [len("".join(pieces[:number])) for number in range(1, len(pieces))]
    whole = "".join(pieces)
    assert borders(whole)[1:-1] == [place for place in places if place < len(whole)]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("# 第一章 河\n\n# 第一节 渡口\n\n船停着。\n", "第一章 河 › 第一节 渡口"),
        ("## 第一章 河\n\n# 第一节 渡口\n\n船停着。\n", "第一章 河 › 第一节 渡口"),
        ("# 第一章 河\n\n## 第一节 渡口\n\n船停着。\n", "第一章 河 › 第一节 渡口"),
        ("# 第二章 山\n\n# 第一节 雪\n\n## 路\n\n走了三天。\n", "第二章 山 › 第一节 雪 › 路"),
        ("# 水经\n\n## 第三章 湖\n\n## 第二节 岸\n\n风大。\n", "第三章 湖 › 第二节 岸"),
        (
            "# Chapter 2. Snow\n\n# Section 1. Roads\n\nThey walked.\n",
            "Chapter 2. Snow › Section 1. Roads",
        ),
    ],
)
def test_words_give_the_level_where_marks_contradict_them(text, path):
    found = cut_text(text, ChunkSpec(method="recursive"), curve=False).chunks
    assert found[-1].heading == path


def test_a_single_wrong_mark_does_not_change_its_kind():
    text = "".join(
        f"# 第{n}章\n\n## 第一节 甲\n\n{RAIN * 30}\n\n{mark} 第二节 乙\n\n{RAIN * 30}\n\n"
        for n, mark in zip("一二三", ("##", "#", "##"), strict=True)
    )
    found = cut_text(text, ChunkSpec(method="structure", structure_unit="section"), curve=False)
    assert [chunk.heading for chunk in found.chunks][2:4] == [
        "第二章 › 第一节 甲",
        "第二章 › 第二节 乙",
    ]
