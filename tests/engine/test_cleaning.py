"""Cleaning: each step on tables of cases, real books left as they are, counts and samples, the job
under a kill.
"""

import json
import random
import time
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio import documents
from studio.documents.cleaning import STEPS, CleanJob, CleanSpec, clean_text, original_span, preview
from studio.documents.cleaning.personal import is_card, is_identity
from studio.errors import SpecError
from tests.in_process import job_for
from tests.other_process import loaded_by

OFF = dict.fromkeys(STEPS, False)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def only(step, text, **more):
    return clean_text(text, CleanSpec(**(OFF | {step: True} | more))).text


@pytest.mark.parametrize(
    ("garbled", "right"),
    [
        ("â€œHelloâ€\x9d, she said.", "“Hello”, she said."),
        ("the cafÃ© was Ã©lÃ©gant", "the café was élégant"),
        ("donâ€™t", "don’t"),
        ("浣犲ソ", "你好"),
        ("ÄãºÃ£¬ÊÀ½ç¡£", "你好，世界。"),
        ("一行好的\næ–‡ä»¶ rest", "一行好的\n文件 rest"),
        # Nothing garbled: quotes, widths, ellipses, entities and other scripts stay.
        *(
            (text, text)
            for text in (
                "“你好”，他说……——（Ａ）ＡＢＣ１２３！？",
                "It’s “fine” – really…",
                "L’été à Paris, Ça va? naïve Ångström",
                "&amp; &lt;b&gt;",
                "ｶﾞ ﬁ ①",
                "联通移动",
                "Привет, мир",
                "吾輩は猫である",
                "Ã",
                "£5 – §3 ±2°C",
                "你好\ufeff世界",
            )
        ),
    ],
)
def test_mojibake(garbled, right):
    assert only("fix_mojibake", garbled) == right


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ("<p>One</p><p>Two &amp; three</p>", "One\n\nTwo & three"),
        ("a<br/>b<BR>c", "a\nb\nc"),
        ('<a href="x.html" target=_blank>link</a>', "link"),
        ("<script>if (a < b) { x(); }</script>text<!-- no\n<b> -->!", "text!"),
        ("&#20320;&#x597D;&nbsp;&hellip;", "你好\xa0…"),
        ("<div class='a'><span style=\"x>y\">t</span></div>", "t"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        # No markup.
        *(
            (text, text)
            for text in (
                "a < b and c > d",
                "if a <b and c> d",
                "x<y, y>z",
                "<张三>说",
                "a<b>c",
                "5 < 6 &c. AT&T; R&D",
                "<3",
                "List<String> x",
                "<!",
                "<!-- open",
                "&unknown;",
                "《a》<",
                "i <p q> r",
                "<script> never closed"[8:],
            )
        ),
    ],
)
def test_html(marked, plain):
    assert only("strip_html", marked).strip("\n") == plain


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\r\nb\rc\u2028d\u2029e\x85f\x0cg", "a\nb\nc\nd\ne\nf\ng"),
        ("\ufeff你\u200b好\u00ad\x00\x07", "你好"),
        ("page\n\x0cnext", "page\nnext"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("a\tb\n", "a\tb\n"),
        ("滴\ue82f。", "滴㳠。"),
        ("叭\ue455吽", "叭□吽"),
        ("\uf0b7 item", "• item"),
        ("x\ue455y", "xy"),
        # Joiners at work: a family, a flag, Persian, Hindi.
        *(
            (text, text)
            for text in ("👨‍👩‍👧", "🏴\U000e0067\U000e0062\U000e007f", "می‌خواهم", "क्‍ष", "☀️", "葛󠄀")
        ),
        ("普\u200d通", "普通"),
        ("a\u200db", "ab"),
        ("x\u202ey", "xy"),
    ],
)
def test_control_characters(before, after):
    assert only("control_characters", before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ＡＢＣ１２３", "ABC123"),
        ("ｗｗｗ．ａｂ．ｃｏｍ", "www.ab.com"),
        ("３．５", "3.5"),
        ("ｶﾞｷﾞｸﾞ｡", "ガギグ。"),
        ("，。！？：；（）“”……——　％", "，。！？：；（）“”……——　％"),
        ("１．中华", "1．中华"),
        ("他说：１２", "他说：12"),
    ],
)
def test_width(before, after):
    assert only("fix_width", before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("他来了,她走了.好吗?好!(真的)", "他来了，她走了。好吗？好！（真的）"),
        ('他说:"走吧"', "他说：“走吧”"),
        ("等等...我", "等等……我"),
        ("一--二", "一——二"),
        ("版本 3.5,价格 1,234", "版本 3.5,价格 1,234"),
        ("e.g. this, that.", "e.g. this, that."),
        ("在12:30到", "在12:30到"),
        ('英寸 5" 屏', '英寸 5" 屏'),
    ],
)
def test_chinese_marks(before, after):
    assert only("chinese_marks", before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("　　那座山上。  \n\n\n\n\n    诗曰：\n", "那座山上。\n\n诗曰：\n"),
        ("one  two   three \nfour", "one two three\nfour"),
        ("a\u00a0b\u3000c", "a b c"),
        ("我 们 在 这 里 ， 说 话", "我们在这里，说话"),
        ("他说 ，好 。走", "他说，好。走"),
        ("起初，大家都没有 注意到这一点，后来", "起初，大家都没有注意到这一点，后来"),
        # Spaces that mean something.
        *(
            (text, text)
            for text in (
                "第一回 灵根育孕源流出 心性修持大道生",
                "第一条 为了惩罚犯罪，保护人民，根据宪法",
                "西 游 记",
                "出席的有张三 李四 王五，还有",
                "    indented verse\n  more",
                "a\tb\tc",
                "x = 1\n    y = 2",
                "one\n\n\ntwo",
                "使用 Python 写",
            )
        ),
    ],
)
def test_spaces(before, after):
    assert only("fix_spaces", before) == after


def wrapped(text, width):
    """`text` broken as old programs do: Chinese at every `width` columns, English at words."""
    import textwrap

    if text.isascii():
        return textwrap.fill(text, width, break_long_words=False)
    step = width // 2
    return "\n".join(text[i : i + step] for i in range(0, len(text), step))


ENGLISH = (
    "It was a bright cold day in April, and the clocks were striking thirteen. "
    "The old hand-made door was shut, and nobody answered when he knocked; "
    "so he sat down upon the step and waited, as he had waited every evening since the spring. "
) * 3
CHINESE = (
    "却说那日天色已晚，众人都在堂前坐定，只听得门外有人高声叫喊，慌得老者连忙起身，开门看时，"
    "原来是一个行路的和尚，身上衣裳尽湿，口里只叫借宿一宵。"
) * 3


@pytest.mark.parametrize("width", [60, 72, 80])
def test_wrapped_lines_become_paragraphs(width):
    for paragraph in (ENGLISH.strip(), CHINESE):
        text = "\n\n".join([wrapped(paragraph, width)] * 4)
        assert only("unwrap_lines", text) == "\n\n".join([paragraph] * 4)
    indented = "\n".join(wrapped("　　" + CHINESE, width) for _ in range(5))
    assert only("unwrap_lines", indented) == "\n".join(["　　" + CHINESE] * 5)


def test_what_is_no_wrapped_prose_keeps_its_lines():
    body = "\n\n".join([wrapped(ENGLISH.strip(), 72)] * 3)
    verse = (
        '"How doth the little crocodile\n    Improve his shining tail,\n'
        'And pour the waters of the Nile\n    On every golden scale!"'
    )
    items = (
        "- the first point of the list, which is nearly as long as a line here\n"
        "- the second point of the list, also nearly as long as a line is"
    )
    heading = "CHAPTER II.\nThe Pool of Tears"
    found = only("unwrap_lines", f"{heading}\n\n{body}\n\n{verse}\n\n{items}")
    assert found.startswith(heading + "\n\n") and verse in found and found.endswith(items)
    dialogue = "“你到哪里去？”他问。\n“回家。”她答。\n“这么晚了。”\n" * 20
    assert only("unwrap_lines", dialogue) == dialogue


def test_a_hyphened_word_is_one_word_again():
    body = wrapped(ENGLISH.strip(), 72)
    line = (
        "The hand-made thing was examined with the greatest care by the exam-\n"
        "iner, who had made the hand-\n"
        "made thing with his own two hands and a set of tools, and said so now."
    )
    found = only(
        "unwrap_lines",
        f"{body}\n\n{line.replace('hand-' + chr(10) + 'made', 'hand-made')}\n\n{body}",
    )
    assert "examiner, who" in found
    text = body.replace("hand-made", "hand-\nmade", 1) + "\n\n" + body
    assert "hand-made" in only("unwrap_lines", text).split("\n\n")[0]


def test_traditional():
    assert (
        only("to_simplified", "這個國家的頭髮與後來的乾坤，皇后說：「發財了。」")
        == "这个国家的头发与后来的乾坤，皇后说：「发财了。」"
    )
    # In a simplified text, what may be simplified stays.
    plain = "他们说这个门打坏了，徐世勣拚命捱过去，乾坤。"
    assert only("to_simplified", plain) == plain
    assert only("to_simplified", "他们说这个門开着") == "他们说这个门开着"


def book(pages, header, footer, between="\n"):
    """Pages of thirty wrapped lines; a sentence runs from each page into the next."""
    words = random.Random(7)
    made = []
    for number in range(1, pages + 1):
        lines = [
            "".join(words.choices("山水人家风雨天地行走看见说话日月", k=38)) for _ in range(30)
        ]
        made.append("\n".join([header.format(n=number), "", *lines, "", footer.format(n=number)]))
    return made, between.join(made) + "\n"


@pytest.mark.parametrize(
    ("header", "footer", "between"),
    [
        ("西游记 上册", "— {n} —", "\n"),
        ("Journey to the West", "第{n}页", "\n"),
        ("{n}  西游记", "Page {n} of 12", "\n"),
        ("西游记", "{n}", "\n"),
        ("吴承恩", "第 {n} 页 共 12 页", "\n\x0c"),
        ("第一章 石猴", "{n}", "\n\x0c"),
    ],
)
def test_page_headers_and_numbers_go(header, footer, between):
    pages, text = book(12, header, footer, between)
    found = only("repeated_lines", text)
    kept = [line for line in found.replace("\x0c", "").split("\n") if line]
    body = [line for page in pages for line in page.split("\n")[2:-2]]
    assert [line for line in kept if len(line) == 38] == body
    assert len(kept) - len(body) == (1 if header.startswith("第") else 0)
    # The sentence that the page end cut is whole again: its lines follow each other.
    assert f"{body[29]}\n{body[30]}" in found.replace("\x0c", "")


def test_lines_of_a_story_are_no_headers():
    rng = random.Random(3)
    lines = []
    for chapter in range(1, 13):
        lines += (
            [f"Chapter {chapter}", ""]
            + ["word " * rng.randint(8, 60) + "." for _ in range(20)]
            + ["“是。”", "***", ""]
        )
    text = "\n".join(lines)
    assert only("repeated_lines", text) == text
    numbers = "\n\n".join(f"{n}\n\n" + "他走了很久，终于到了。" * 90 for n in range(1, 12))
    assert only("repeated_lines", numbers) == numbers
    # Numbers in the middle of sentences that do not rise page by page: years, amounts.
    years = "\n".join(
        "他走了很久，终于到了那里，看见" * 40 + f"\n{rng.randint(1, 999)}\n" + "个人。"
        for _ in range(12)
    )
    assert only("repeated_lines", years) == years


@pytest.mark.parametrize(
    "notice",
    [
        "本章未完，请点击下一页继续阅读！",
        "请记住本书首发域名：www.example.com",
        "天才一秒记住本站地址：example.cc",
        "最新章节请到 example.com 阅读",
        "手机用户请浏览 m.example.com 阅读",
        "（未完待续，求月票）",
        "ps：求推荐票，求收藏！",
        "更多精彩小说尽在书阁",
        "本书由某某书库整理上传",
        "喜欢大圣归来请大家收藏：大圣归来更新速度全网最快。",
        "txt电子书下载 example.net",
    ],
)
def test_notices_go_and_the_story_stays(notice):
    story = (
        "他打开手机，看了看最新章节，又请她记住这个网址，求他收藏这幅画，点击下一页，"
        "去火车站。老师说：“请翻页。”本书由三部分组成。"
    )
    assert only("advertisements", f"{story}\n{notice}\n{story}") == f"{story}\n{story}"


def test_gutenbergs_head_and_tail():
    head = (
        "The Project Gutenberg eBook of Alice\n\n"
        "This ebook is for the use of anyone anywhere\n\n"
        "*** START OF THE PROJECT GUTENBERG EBOOK ALICE ***\n\n\n"
    )
    tail = (
        "\n\n*** END OF THE PROJECT GUTENBERG EBOOK ALICE ***\n\nSTART: FULL LICENSE\n"
        "THE FULL PROJECT GUTENBERG LICENSE\n"
    )
    story = "CHAPTER I.\n\nAlice was beginning to get very tired.\n" * 40
    assert only("advertisements", head + story + tail).strip() == story.strip()


def test_own_patterns():
    text = "甲【某站】乙\n某站提供，谢谢\n广告：买一 送 一！\nAD (x+y)* end"
    assert (
        only(
            "advertisements",
            text,
            advertisements=False,
            own_patterns="【某站】\n某站*谢谢\n广告：*！\n(x+y)*",
        )
        == "甲乙\nAD * end"
    )
    for bad in ("*", "a", "x" * 201, "\n".join(["ab"] * 201)):
        with pytest.raises(SpecError):
            CleanSpec.read({"own_patterns": bad})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("见 https://example.com/a?b=c。后文", "见 。后文"),
        ("转载自：www.example.com\n正文", "正文"),
        ("[网站](https://example.com/x) 好", "网站 好"),
        ("E-mail: book@example.com\n正文", "正文"),
        ("（http://example.com）\n文", "文"),
        ("访问example.com吧", "访问吧"),
        *(
            (text, text)
            for text in (
                "e.g. this.That",
                "version 2.0.1",
                "写信给 a.b@example.com 即可",
                "Node.js 与 ASP.NET",
                "3.com",
                "Mr.Smith",
            )
        ),
    ],
)
def test_links(before, after):
    assert only("links", before) == after


DATES = [
    ("二〇二三年三月五日签订", "2023年3月5日签订"),
    ("二零二三年十二月三十一日", "2023年12月31日"),
    ("一九九七年十月", "1997年10月"),
    ("一九四九年", "1949年"),
    ("合同于2024-03-05签订", "合同于2024年3月5日签订"),
    ("本合同自2024/3/5起", "本合同自2024年3月5日起"),
    ("日期：2024.03.05。", "日期：2024年3月5日。"),
    ("2024年03月05日", "2024年3月5日"),
    ("on March 5, 2024 he", "on 2024-03-05 he"),
    ("5th of March, 2024", "2024-03-05"),
    ("5 Mar. 2024", "2024-03-05"),
    ("due 2024/3/5 at", "due 2024-03-05 at"),
    ("1997年三月", "1997年3月"),
    *(
        (text, text)
        for text in (
            "2024年3月5日",
            "八月十五日",
            "三月五日",
            "一九九七年三月初五",
            "民国二十三年",
            "3/5/2024",
            "2024-13-45",
            "2024年2月30日",
            "version 2024.3.5",
            "March 2024",
            "May 5",
            "v2024-03-05-rc1",
            "2024-03-05T12:00:00",
            "贞观十三年九月",
            "一二三四",
            "一千九百年",
            "第2024条",
            "1/2/3",
            "二三年前",
        )
    ),
]


@pytest.mark.parametrize(("before", "after"), DATES)
def test_dates(before, after):
    assert only("normal_dates", before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("共1,234,567元", "共1234567元"),
        ("1,234.56", "1234.56"),
        ("第１２条", "第12条"),
        ("１２．５％", "12.5%"),
        ("１，２３４", "1234"),
        ("1\u202f234\u202f567", "1234567"),
        *(
            (text, text)
            for text in (
                "1,2,3",
                "(100,200)",
                "1,23",
                "12,34,567",
                "0,123",
                "1,234,56",
                "pages 3, 456",
                "十二万九千六百",
                "192.168.1.1",
                "1234,567",
            )
        ),
    ],
)
def test_numbers(before, after):
    assert only("normal_numbers", before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("罚款￥100。", "罚款100元。"),
        ("价格¥1,200.50元", "价格1,200.50元"),
        ("RMB 300 的货", "300元 的货"),
        ("共500RMB整", "共500元整"),
        ("约$20的书", "约20美元的书"),
        ("US$ 5万的货款", "5万美元的货款"),
        ("HK$80的票", "80港元的票"),
        ("€15的票", "15欧元的票"),
        ("￥3万", "3万元"),
        ("it cost RMB 300 there", "it cost CNY 300 there"),
        ("USD 20 a piece", "$20 a piece"),
        *(
            (text, text)
            for text in (
                "100元",
                "五百元",
                "it cost $20 there",
                "¥500 for the meal",
                "A$5 is",
                "第100条",
                "￥",
                "变量$x",
            )
        ),
    ],
)
def test_currency(before, after):
    assert only("normal_currency", before) == after


def identity(rng):
    born = date(1930, 1, 1) + timedelta(days=rng.randrange(30_000))
    first = (
        f"{rng.choice([11, 31, 44, 51, 65])}{rng.randrange(10**4):04}{born:%Y%m%d}"
        f"{rng.randrange(1000):03}"
    )
    return first + "10X98765432"[sum(int(d) * w for d, w in zip(first, WEIGHTS, strict=True)) % 11]


def card(rng, length=19):
    first = "6222" + "".join(str(rng.randrange(10)) for _ in range(length - 5))
    total = sum(
        d if i % 2 else d * 2 - 9 * (d > 4) for i, d in enumerate(int(c) for c in reversed(first))
    )
    return first + str(-total % 10)


def test_generated_cards_are_known_and_wrong_ones_are_not():
    rng = random.Random(1)
    for _ in range(300):
        number = identity(rng)
        assert is_identity(number)
        place = rng.randrange(17)
        assert not is_identity(
            number[:place]
            + str((int(number[place]) + 1 + rng.randrange(9)) % 10)
            + number[place + 1 :]
        )
        number = card(rng, rng.choice([16, 19]))
        assert is_card(number)
        # Luhn finds every single wrong digit.
        place = rng.randrange(4, len(number))
        assert not is_card(
            number[:place]
            + str((int(number[place]) + 1 + rng.randrange(9)) % 10)
            + number[place + 1 :]
        )


def test_personal_data_is_masked():
    rng = random.Random(2)
    number, bank = identity(rng), card(rng)
    text = (
        f"张三，身份证{number}，卡号{bank[:4]} {bank[4:8]} {bank[8:12]} {bank[12:16]} "
        f"{bank[16:]}，手机13812345678，电话010-62345678，邮箱zhang.san@example.com。"
    )
    assert (
        only("mask_personal", text)
        == "张三，身份证[身份证号]，卡号[银行卡号]，手机[手机号]，电话[电话号码]，邮箱[邮箱]。"
    )
    partly = only("mask_personal", text, mask_style="partial")
    assert (
        f"身份证{number[:6]}********{number[-4:]}，" in partly
        and "138****5678" in partly
        and "010-6***5678" in partly
        and "z***@example.com" in partly
    )
    assert f"{bank[:4]} **** **** ***{bank[15]} {bank[16:]}" in partly
    english = f"Call +86 138-1234-5678 or write to a.b@example.org; card {card(rng, 16)}."
    assert only("mask_personal", english) == "Call [PHONE] or write to [EMAIL]; card [BANK CARD]."
    assert only(
        "mask_personal",
        "护照号E12345678，货号E12345678" + "，" * 40 + "货号E12345678",
        mask_passports=True,
    ).endswith("货号E12345678")


@pytest.mark.parametrize(
    "text",
    [
        "第一百三十八条 1997年3月14日",
        "ISBN 978-7-02-000872-9",
        "ISBN 9787020008729",
        "时间戳 1712345678901",
        "订单号 202403051234567890123",
        "共计13812345678元",
        "13812345678.50",
        "￥13812345678",
        "圆周率3.14159265358979323846",
        "12345678901",
        "110101199003070000",
        "6222021234567890124",
        "2020-2024",
        "192.168.100.100",
        "SN13812345678X",
        "1-800-555-0199",
        "0.13812345678",
        "1234 5678 9012 3456",
        "0000000000000000",
        "QQ 123456789",
        "案号（2024）京01民终12345号",
        "邮编100080",
        "2024-01-15 13:45:12",
        "3@4",
        "a@b",
        "#13812345678",
        "138123456789012",
        "13,812,345,678",
    ],
)
def test_other_numbers_are_not_masked(text):
    assert only("mask_personal", text, mask_passports=True) == text


@pytest.mark.long
def test_real_books_survive(shared):
    """Measured: what the steps change in texts that are clean already.

    Every count here was looked at by eye.
    """
    whole = CleanSpec(**dict.fromkeys(STEPS, True), mask_passports=True)
    law = (shared / "laws/criminal_law.md").read_bytes().decode()
    found = clean_text(law, whole)
    assert {step: n for step, n in found.counts.items() if n} == {
        "strip_html": 1
    }  # <!-- INFO END -->
    assert found.text == law.replace("<!-- INFO END -->\n", "")
    journey = (shared / "novels/journey_to_the_west.txt").read_bytes().decode()
    found = clean_text(journey, CleanSpec())
    assert {step for step, n in found.counts.items() if n} == {"control_characters", "fix_spaces"}
    assert "".join(found.text.split()) == "".join(journey.split()).translate(
        {0xE82F: "㳠", 0xE455: "□", 0xE485: "□", 0xE4A7: "□"}
    )
    novel = (shared / "speakers/pdnc/PrideAndPrejudice/novel_text.txt").read_text(encoding="utf-8")
    found = clean_text(novel, CleanSpec(**dict.fromkeys(STEPS, True)))
    assert {step for step, n in found.counts.items() if n} == {"unwrap_lines", "fix_spaces"}
    assert "".join(found.text.split()) == "".join(novel.split())


@settings(max_examples=60, deadline=None)
@given(st.text("ab12,.-<>&;: \n\r\t\u3000一二三年月日。，“”Ａ１这國\u200b@¥", max_size=200))
def test_every_step_gives_sorted_edits_and_cleaning_twice_changes_no_letter_more(text):
    found = clean_text(text, CleanSpec(**dict.fromkeys(STEPS, True)))
    last = 0, 0
    for start, end, new_start, new_end in found.offsets.edits():
        assert text[last[0] : start] == found.text[last[1] : new_start]
        last = end, new_end
    assert text[last[0] :] == found.text[last[1] :]


def test_samples_lead_to_the_original():
    text = "\ufeff<p>他 说：ＡＢＣ</p>\r\n" * 30
    found = clean_text(text, CleanSpec())
    assert found.counts["fix_width"] == 90 and 1 <= len(found.samples["fix_width"]) <= 20
    for sample in found.samples["fix_width"]:
        assert text[sample.at] == sample.before and sample.after == chr(ord(sample.before) - 0xFEE0)


@pytest.mark.long
@pytest.mark.parametrize(
    "text",
    [
        " " * 100_000,
        "<" * 100_000,
        "<a " * 40_000,
        "<!--" * 30_000,
        "1," * 50_000,
        "a@" * 50_000,
        "我 " * 50_000,
        "\n " * 50_000,
        "(" * 50_000 + "我",
        "http://" * 15_000,
        "&a" * 50_000,
        "1" * 100_000,
        "手机" * 50_000,
        "-" * 100_000,
        "a." * 50_000,
        "[" * 50_000 + "](http://",
        "ÃÂ" * 20_000,
        "12\n" * 30_000,
        "[a](http://" * 9_000,
        '"' * 50_000,
    ],
)
def test_no_text_takes_long(text):
    begun = time.process_time()
    clean_text(
        text,
        CleanSpec(
            **dict.fromkeys(STEPS, True), mask_passports=True, own_patterns="手机*浏览*网\na.*b"
        ),
    )
    assert time.process_time() - begun < 10


def test_preview_tells_what_it_looked_at():
    text = "他 说：ＡＢ。  \n" * 20_000
    begun = time.process_time()
    found = preview(text, CleanSpec(), limit=50_000)
    assert (
        found["partial"] and 25_000 < found["chars"] <= 50_000 and text[found["chars"] - 1] == "\n"
    )
    assert time.process_time() - begun < 8
    assert list(found["counts"]) == CleanSpec().steps()
    json.dumps(found)
    assert not preview("短", CleanSpec())["partial"]


def test_the_preview_needs_no_heavy_library():
    room = "import studio.documents.cleaning as c"
    assert loaded_by(room, "ftfy", "opencc", "numpy", "torch", "pandas") == []
    assert loaded_by(f"{room}; c.preview('a  b', c.CleanSpec())", "numpy", "torch") == []


def test_the_job_keeps_a_cleaned_copy_and_the_way_back(workspace):
    from studio.documents.cleaning.job import run

    dirty = documents.add(
        workspace, "book.txt", "　　<b>石猴</b>出世。\r\n\r\n　　他 说 ， 走。\r\n".encode()
    )
    plain = documents.add(workspace, "plain.txt", "干净的文字。\n".encode())
    spec = CleanJob(documents=[dirty.id, plain.id])
    result = run(spec, job_for(workspace, spec))
    copy = documents.get(workspace, result["documents"][0])
    assert (copy.name, copy.parent) == ("book.clean.txt", dirty.id)
    text = documents.text(workspace, copy)
    assert text == "石猴出世。\n\n他 说，走。\n"
    assert result["emptied"] == []
    assert result["documents"][1] == plain.id and result["unchanged"] == [plain.id]
    assert result["counts"] == {step: copy.meta["counts"].get(step, 0) for step in result["counts"]}
    samples = json.loads((workspace.path / result["samples"]).read_text(encoding="utf-8"))
    assert samples[dirty.id]["samples"]["strip_html"][0]["before"] == "<b>"
    place = text.index("走")
    original = documents.text(workspace, dirty)
    found = original_span(workspace, copy.id, place, place + 1)
    assert found[0] == dirty.id and original[found[1] : found[2]] == "走"
    assert documents.text(workspace, dirty).startswith("　　<b>")
    # Again with the same settings: the same document. With others, on the copy: two steps back.
    again = run(spec, job_for(workspace, spec))
    assert again["documents"] == result["documents"]
    more = CleanJob(documents=[copy.id], own_patterns="石猴")
    last = documents.get(workspace, run(more, job_for(workspace, more))["documents"][0])
    assert documents.text(workspace, last).startswith("出世")
    start = documents.text(workspace, last).index("走")
    assert original_span(workspace, last, start, start + 1) == found


def test_a_killed_job_goes_on(workspace, monkeypatch):
    from studio.documents.cleaning import job as cleaning_job

    chosen = [documents.add(workspace, f"{n}.txt", f"第{n}  本书。\r\n".encode()) for n in range(3)]
    spec = CleanJob(documents=[document.id for document in chosen])
    job = job_for(workspace, spec)
    real, calls = cleaning_job.clean_text, []

    def failing(text, *rest):
        calls.append(text)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(text, *rest)

    monkeypatch.setattr(cleaning_job, "clean_text", failing)
    with pytest.raises(KeyboardInterrupt):
        cleaning_job.run(spec, job)
    result = cleaning_job.run(spec, job)
    assert len(calls) == 4
    assert [documents.get(workspace, x).name for x in result["documents"]] == [
        "0.clean.txt",
        "1.clean.txt",
        "2.clean.txt",
    ]
    assert len(documents.listing(workspace)) == 6


def test_a_document_of_which_nothing_would_be_left_stays(workspace):
    from studio.documents.cleaning.job import run

    notice = documents.add(
        workspace, "notice.txt", "请记住本书首发域名：www.example.com\n".encode()
    )
    spec = CleanJob(documents=[notice.id], advertisements=True)
    result = run(spec, job_for(workspace, spec))
    assert result["documents"] == result["emptied"] == [notice.id] and not result["unchanged"]


def test_pages_are_found_in_the_cleaned_text(workspace):
    from studio.documents.cleaning.job import run

    text = "<p>第一页的话。</p>\n<p>第二页的话。</p>\n"
    middle = text.index("\n") + 1
    (workspace.path / "documents" / "x.places.json").write_text(
        json.dumps([[0, middle, "page 1"], [middle, len(text), "page 2"]]), encoding="utf-8"
    )
    made = documents.add_text(
        workspace, "scan.pdf", text, meta={"form": "pdf", "places": "documents/x.places.json"}
    )
    spec = CleanJob(documents=[made.id])
    copy = documents.get(workspace, run(spec, job_for(workspace, spec))["documents"][0])
    cleaned = documents.text(workspace, copy)
    assert copy.name == "scan.clean.txt" and copy.meta["form"] == "pdf"
    assert documents.place_of(workspace, copy, cleaned.index("第二")) == "page 2"
    assert documents.place_of(workspace, copy, cleaned.index("第一")) == "page 1"


def test_the_shipped_presets_are_specs():
    from studio import presets

    for name in presets.names("cleaning"):
        assert CleanJob.read(presets.load("cleaning", name)).steps()
    assert "gutenberg" in presets.names("cleaning") and "advertisements" not in presets.names(
        "cleaning"
    )


def test_nothing_chosen_is_told(workspace):
    from studio.documents.cleaning.job import run

    for spec in (CleanJob(), CleanJob(documents=["x"], **dict.fromkeys(STEPS, False))):
        with pytest.raises(SpecError):
            run(spec, job_for(workspace, spec))
