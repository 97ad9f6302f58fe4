"""Quotation marks of another family, turned or forgotten: speech ends where a reader would end it,
and no line holds narration.
"""

import pytest

from studio.dialogue import Character, detect, find_utterances
from studio.dialogue.quotes.mended import mended_marks
from studio.dialogue.quotes.spans import find_quotes
from studio.text.paragraphs import paragraphs
from tests.damaged_marks import FAULTS, curled, damaged, judged


def quoted(text, names=()):
    return [text[q.start : q.end] for q in find_quotes(text, paragraphs(text), names=names)]


OTHER_FAMILY = [
    ("“雪停了？’阿福问。\n\n“停了。”\n", ["雪停了？", "停了。"]),
    ("“雪停了。」阿福说道。\n\n“走吧。”\n", ["雪停了。", "走吧。"]),
    ("「茶涼了。』掌櫃道。\n\n「再燒。」\n", ["茶涼了。", "再燒。"]),
    ("『茶涼了。」掌櫃道。\n\n『再燒。』\n", ["茶涼了。", "再燒。"]),
    ("“茶凉了。＂掌柜道。\n\n＂再烧。”掌柜又道。\n", ["茶凉了。", "再烧。"]),
    ('＂茶凉了。"掌柜道。\n\n＂再烧。＂\n', ["茶凉了。", "再烧。"]),
    ('阿福道：“雪停了。"又道：“走吧。"\n\n“好。”\n', ["雪停了。", "走吧。", "好。"]),
    ('“是你！"阿福叫道，"快进来！”\n\n“来了。”\n', ["是你！", "快进来！", "来了。"]),
    (
        "“It snows,’ said Ann. “Come in.”\n\n“I will,” said Ben.\n",
        ["It snows,", "Come in.", "I will,"],
    ),
    (
        '"It snows!” cried Ann.\n\n"Come in," said Ben. “Quick."\n',
        ["It snows!", "Come in,", "Quick."],
    ),
    ('«Il neige", dit Anne.\n\n«Entre», dit Paul. «Vite!"\n', ["Il neige", "Entre", "Vite!"]),
    (
        '„Es schneit”, sagte Anna.\n\n„Komm!" rief Paul. „Schnell!“\n',
        ["Es schneit", "Komm!", "Schnell!"],
    ),
    (
        '»Es schneit", sagte Anna.\n\n»Komm«, rief Paul. »Schnell!«\n',
        ["Es schneit", "Komm", "Schnell!"],
    ),
    ("„Pada śnieg”, powiedziała Anna.\n\n„Wejdź!” zawołał Paweł.\n", ["Pada śnieg", "Wejdź!"]),
]


@pytest.mark.parametrize(("text", "wanted"), OTHER_FAMILY)
def test_a_mark_of_another_family_closes(text, wanted):
    assert quoted(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("”雪停了。“阿福说。\n\n“走吧。”\n", ["雪停了。", "走吧。"]),
        ("阿福道：”雪停了，“他又道，”走吧。“\n\n“好。”\n", ["雪停了，", "走吧。", "好。"]),
        ("”It snows,“ said Ann. ”Come in.“\n\n“I will.”\n", ["It snows,", "Come in.", "I will."]),
        ("”Det snöar”, sa Anna.\n\n”Kom in!” ropade Per.\n", ["Det snöar", "Kom in!"]),
        ("”雪停了。”阿福说。\n\n“走吧。“掌柜道。\n", ["雪停了。", "走吧。"]),
    ],
)
def test_turned_marks_are_read_as_they_were_meant(text, wanted):
    assert quoted(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("‘雪停了。’阿福说。‘走吧！’\n\n‘走。’掌柜道。\n", ["雪停了。", "走吧！", "走。"]),
        ("'雪停了？'阿福问。'走吧！'\n\n'走。'掌柜道。\n", ["雪停了？", "走吧！", "走。"]),
        ("＇雪停了。＇阿福说。＇走吧！＇\n", ["雪停了。", "走吧！"]),
        ("掌柜道：‘他说“快走”，我便走了。’\n\n‘是。’\n", ["他说“快走”，我便走了。", "是。"]),
        ("“他说‘快走’，我便走了。”掌柜道。“真的。”\n", ["他说‘快走’，我便走了。", "真的。"]),
        ("‘A级的，’阿福说，‘Tom’s shop的。’\n\n‘好。’\n", ["A级的，", "Tom’s shop的。", "好。"]),
    ],
)
def test_single_marks_hold_chinese_speech(text, wanted):
    assert quoted(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        # the closing one
        ('"Is it late? asked Ann.\n\n"Very," said Ben.\n', ["Is it late?", "Very,"]),
        ("“It is late, said Ann.\n\n“Very,” said Ben.\n", ["It is late,", "Very,"]),
        ("“It is late! Ann cried.\n\n“Very,” said Ben.\n", ["It is late!", "Very,"]),
        ("“It is late, said Ann. “Come.”\n\n“Yes,” said Ben.\n", ["It is late,", "Come.", "Yes,"]),
        ("„Ist es spät? fragte Anna.\n\n„Sehr“, sagte Paul.\n", ["Ist es spät?", "Sehr"]),
        ("‘Is it late? asked Ann.\n\n‘Very,’ said Ben.\n", ["Is it late?", "Very,"]),
        ("“雪停了。阿福说道。\n\n“走吧。”掌柜道。\n", ["雪停了。", "走吧。"]),
        ("「雪停了。阿福說道。\n\n「走吧。」掌櫃道。\n", ["雪停了。", "走吧。"]),
        ("“雪停了。阿福笑道：“走吧。”\n\n“好。”\n", ["雪停了。", "走吧。", "好。"]),
        ("掌柜道：“雪停了。阿福道：“走吧。”\n", ["雪停了。", "走吧。"]),
        # the opening one
        ("It is late!” cried Ann.\n\n“Very,” said Ben.\n", ["It is late!", "Very,"]),
        (
            '"It is late," said Ann. Come."\n\n"Very," said Ben.\n',
            ["It is late,", "Come.", "Very,"],
        ),
        ("雪停了？”阿福问道。\n\n“走吧。”掌柜道。\n", ["雪停了？", "走吧。"]),
        ("掌柜道：雪停了。”\n\n“走吧。”阿福说。\n", ["雪停了。", "走吧。"]),
        ("“雪停了。”掌柜道，走吧。”\n\n“好。”阿福说。\n", ["雪停了。", "走吧。", "好。"]),
        ("雪停了。」阿福說。\n\n「走吧。」掌櫃道。\n", ["雪停了。", "走吧。"]),
    ],
)
def test_speech_without_one_of_its_marks_ends_at_the_tag(text, wanted):
    assert quoted(text) == wanted


def test_names_of_the_table_show_where_a_tag_begins():
    text = "“雪停了。李逍遥说。\n\n“好。”\n"
    assert quoted(text, ["李逍遥"])[0] == "雪停了。"
    assert quoted(text)[0] == "雪停了。李逍遥说。"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        # sound, and nothing to be mended
        ("“昨夜他说：‘雪停了。’我便走了。”", ["昨夜他说：‘雪停了。’我便走了。"]),
        (
            "“昨夜他说，雪停了。\n\n“今早他又说，走吧。”阿福说。\n",
            ["昨夜他说，雪停了。", "今早他又说，走吧。"],
        ),
        ("\"He cried 'Come!' and I came,\" said Ben.\n", ["He cried 'Come!' and I came,"]),
        (
            "“I saw him.\n\n“He said ‘Come!’ said she and ran.\n\n“I came.” Ann smiled.\n",
            ["I saw him.", "He said ‘Come!’ said she and ran.", "I came."],
        ),
        ("“所谓“君子”，便是如此。”掌柜道。", ["所谓“君子”，便是如此。"]),
        ("It was 6'2\" tall. “Come,” said Ann.", ["Come,"]),
    ],
)
def test_sound_marks_are_left_alone(text, wanted):
    assert quoted(text) == wanted
    assert not any(q.repair for q in find_quotes(text, paragraphs(text)))


def test_what_was_mended_is_said():
    text = '“雪停了。"阿福说。\n\n“走吧。掌柜道。\n\n好。”阿福说。\n\n”来。“\n\n“是。”\n'
    found = find_quotes(text, paragraphs(text))
    assert [q.repair for q in found] == ["other mark", "no closing", "no opening", "turned", ""]


HALL = """　　掌柜道：“客官请坐。”阿福笑道：“有酒么？”掌柜道：“有。”

　　“来一壶！”阿福拍着桌子，“再来二斤牛肉。”

　　掌柜去了。小二问道：“客官从哪里来？”

　　“从北边来。”阿福说，“雪大得很。”

　　“可不是。”小二叹了口气。
"""


@pytest.mark.parametrize("fault", FAULTS)
def test_any_one_fault_in_a_page_costs_no_narration(fault):
    """Every paragraph in turn gets the fault (the generator draws which mark)."""
    for seed in range(12):
        made = damaged(HALL * 3, 0.4, seed)
        score = judged(made, ("掌柜", "阿福", "小二"))
        assert score.narrated == []
        assert score.exact[""] == score.lines[""]


def test_damaged_novels_are_read(shared):
    """The figures of tests/bench/bench_quotes.py on a part of two novels."""
    west = (shared / "novels" / "journey_to_the_west.txt").read_bytes().decode()[100_000:220_000]
    pride = shared / "speakers" / "pdnc" / "PrideAndPrejudice" / "novel_text.txt"
    for text, least in ((west, 0.93), (curled(pride.read_bytes().decode()[:200_000]), 0.85)):
        score = judged(damaged(text, 0.2, 7))
        assert score.exact[""] >= 0.995 * score.lines[""]
        hurt = [fault for fault in score.lines if fault]
        assert sum(score.exact[f] for f in hurt) >= least * sum(score.lines[f] for f in hurt)
        assert len(score.narrated) <= 0.01 * score.found


PEOPLE = [Character("顾平"), Character("沈雁")]
WEB = """第一章 雨夜

　　顾平：“……又是你。”

　　沈雁：“怎么，不欢迎？”

　　顾平皱眉：“我可没说。”

　　沈雁收起伞，靠在门上。

　　“外面雨大。”沈雁说，“借住一晚。”

　　顾平：“！”

　　雨声忽然大了起来，两个人谁也没有说话。

　　沈雁：“就这么定了。”
"""


def test_a_novel_of_names_and_colons_is_a_novel():
    assert detect(WEB).kind == "novel"
    found = [(u.text, u.speaker) for u in find_utterances(WEB, PEOPLE)]
    assert [words for words, _ in found] == [
        "……又是你。",
        "怎么，不欢迎？",
        "我可没说。",
        "外面雨大。",
        "借住一晚。",
        "！",
        "就这么定了。",
    ]
    assert [who for _, who in found] == ["顾平", "沈雁", "顾平", "沈雁", "沈雁", "顾平", "沈雁"]


def test_a_script_stays_a_script():
    script = "".join(f"{who}：“{n}号线到了吗？”\n" for n in range(6) for who in ("顾平", "沈雁"))
    assert detect(script).kind == "script"
    assert detect(script.replace("“", "").replace("”", "")).kind == "script"


def test_what_was_mended_is_counted_with_an_example():
    text = '“雪停了。"阿福说。\n\n“走吧。"掌柜道。\n\n好。”阿福说。\n\n“是。”\n'
    assert mended_marks(text) == {
        "other_mark": {"example": '“雪停了。"阿福说。 “走吧。"掌', "n": 2},
        "no_opening": {"example": "好。”阿福说。 “是。”", "n": 1},
    }
    assert mended_marks(HALL) == {}
