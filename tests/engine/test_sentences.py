"""Sentences of Chinese and English texts: each case is written with `¦` where a border is, and
nowhere else.
"""

import time
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.text.punctuation import NEVER_FIRST
from studio.text.sentences import borders, stream

CHINESE = r"""
他走了。¦她来了。
他走了？¦她来了！¦真的。
真的吗？！¦当然！！！¦好。
他问：“真的吗？！”¦她说：“是的。”¦天黑了。
他说：“你来了。¦我很高兴。”¦她笑了。
“你好，”他说，“请坐。”¦她坐下了。
“你来了。”他说。¦她点头。
“你来了？”老人问道，“坐吧。”¦她坐下了。
“好！”¦他知道了。¦她走了。
“快跑！”¦“为什么？”¦“别问！”
「你好。」¦「再见。」
『真的？』¦他不信。
「他說：『走吧。』」¦我們走了。
他说：‘走。’¦她走了。
他说:"好。"¦她说:"不。"¦天黑了。
"好。"¦"不。"
“他说‘不。’”¦她走了。
“怎么办？”的答案很简单。¦他不说。
“为什么？”是个好问题。
“加油！”等口号很响。
“你无理！”¦这个说：“你也是！”
“走吧。”¦和尚见他不走，笑了。
“有理！”¦一声令下，都去了。
“便了。”¦老龙王依言尽向悟空说了。
“不行！”这样的话他说了三遍。
《你好，李焕英！》很好看。¦我看了。
《怎么办？》《谁之罪？》都是小说。¦他读过。
他看《走向共和》。¦她不看。
（他走了。）¦“好。”
他（真的吗？）走了。¦她没走。
本法（以下简称刑法。下同。）适用。¦第二句。
【注意！】¦请看。
他说（很慢）。¦她听。
我……我不知道……¦天黑了。
这……怎么可能？¦他不信。
他想了很久……¦也许吧。
“……是的。”¦她说完了。
“我……”¦“你什么？”
她走了……。¦他哭了……！¦真的。
他说……，然后走了。
他——那个人——走了。¦她没走。
“你——”她停下了。
天黑了；没有人；很静。¦灯亮了。
诗曰：“床前明月光。”¦好诗。
他说：“走！”，然后走了。
他买了苹果、梨、桃。¦很甜。
圆周率是3.14。¦下一句。
工业4.0来了。¦４．０版也来了。
增长了3.14%。¦下降了5.5‰。¦完。
版本v1.2.3发布了。¦请升级到2.0。
在10:30开会。¦别迟到。
见www.a.com/x?y=1。¦好的。
用Python.¦你呢？
他说OK.¦走吧。
你好.¦我很好.¦再见.
你好!¦我很好?¦再见!
美国U.S.的股市跌了。¦真的。
Mr.王来了。¦坐吧。
他叫J.K.罗琳。¦她写书。
A.甲 B.乙。¦完。
天气很好。But he left.¦他走了。
我爱你。¦I love you.¦你呢？
他说“Yes.”¦她说“No!”¦完。
全角空格。　¦下一句。
多个空格。   ¦下一句。
他走了。）¦她来了。
他走了。”’】¦她来了。
他走了。[1]¦她来了。²¦完。
**重点。**¦然后呢。
他说：*走！*¦她走了。
价格￥4.50。¦不贵。
他3岁。¦她5岁。
共1,000人。¦完。
温度36.5℃。¦正常。
第1条。¦第2条。
①甲。¦②乙。¦③丙。
好吗?!¦好!?¦走。
哈哈哈～¦不，没有界线
没有标点的尾巴
他走了。¦没有标点的尾巴
。¦开头是句号。¦然后。
”开头是引号。¦然后。
走！走！！¦快走！
谁？？¦我。
"""

CHINESE = (
    CHINESE.replace("哈哈哈～¦不，没有界线", "哈哈哈～不，没有界线")
    .replace("天气很好。But", "天气很好。¦But")
    .replace("走！走！！", "走！¦走！！")
)

ENGLISH = r"""
He left. ¦She stayed. ¦End
He left! ¦She stayed? ¦Yes.
"What?" he said. ¦"No!" ¦She left.
"What?" I asked. ¦He said nothing.
"Stop!" cried Mr. Holmes. ¦They stopped.
"Stop!" Holmes cried. ¦They stopped.
"Stop!" ¦He turned. ¦She ran.
"Come here," said he. ¦"I want you." ¦She came.
"I am here. ¦I am glad." ¦He smiled.
'Go away.' ¦She left. ¦'Why?' he asked.
‘Go away.’ ¦She left. ¦‘Why?’ he asked.
He said, ‘It’s mine.’ ¦Then he left.
She said “No.” ¦He said “Yes!” ¦End.
“He said ‘no.’” ¦She left.
Don't go. ¦It's late. ¦The boys' room. ¦Rock 'n' roll.
Mr. Lee met Mrs. Wu, Ms. Hu and Dr. No. ¦They left.
Prof. Smith and St. John came. ¦Capt. Kirk too.
He paid $4.50 for it. ¦It grew 3.14%. ¦OK.
Version 1.2.3 is out. ¦Use v2.0. ¦Done.
Pi is 3.14. ¦E is 2.72. ¦Done.
At 5 p.m. he left. ¦She came at 6 a.m. ¦Then they met.
Meet at 5 p.m. Monday. ¦Bring tea.
J. R. R. Tolkien wrote it. ¦C. S. Lewis read it.
John F. Kennedy spoke. ¦We listened.
He lives in the U.S. now. ¦She does not.
He lives in the U.S. ¦The law is old.
The U.S. Senate met. ¦Nothing happened.
She has a Ph.D. in law. ¦He has an M.D. ¦They met.
Use tools, e.g. a saw, i.e. this. ¦Cut it.
Apples, pears, etc. are sweet. ¦He likes figs, etc. ¦They rot.
See Fig. 3 and p. 12, vol. 2, No. 5. ¦Then stop.
See pp. 3-5. ¦Then Sec. 4 and Art. 12.
Smith et al. (2010) said so. ¦We agree.
Acme Inc. makes it. ¦Acme Co. Ltd. sells it. ¦We buy.
He said no. ¦They left.
It was I. ¦They knew.
It was on Jan. 5 and Dec. 6. ¦We met.
He sat. ¦She stood. ¦The sun. ¦The sea.
See http://a.com/x.html?id=3&y=1.2 now. ¦Then a.com. ¦End
Mail me@site.co.uk now. ¦Open file.txt or .bashrc. ¦End
Node.js runs. ¦ASP.NET too.
Well... maybe. ¦I see... ¦He left.
Well... I do not know. ¦He left.
He paused . . . and went on. ¦She waited.
No way!! ¦Really?! ¦Yes...
Oh! how sweet. ¦Ah! that is it.
He (why? nobody knows) left. ¦She stayed.
He left (I think so.) and came back. ¦Good.
(He left. ¦She stayed.) ¦Then night fell.
He left. (She stayed.) ¦Night fell.
[He left.] ¦She stayed.
It ended.[1] ¦It began again.² ¦End.
**Bold.** ¦Then _this._ ¦End.
"_You_ want to tell me?" ¦He did.
He came; she left: it was over. ¦End.
"Yes," he said; "no." ¦She left.
He said: "Go." ¦She went.
It cost 5. ¦Nothing more.
In 1999. ¦Then came 2000.
Chapter 3. ¦End
Is it? is it not? ¦Yes.
"Is it?" "It is." ¦They left.
I said "好。" ¦Then left.
He said 你好。¦Then he left。¦She stayed。
Really？¦Yes！¦OK。
10.5 million. ¦20 more.
1 apple. ¦2 pears.
He is 5 ft. tall. ¦She is 4 ft. tall.
Really?--and when? ¦Gone!¦--Now what? ¦Wait -- what? ¦No -- yes. ¦Go.
He left.   ¦She stayed.
Time is 10:30. ¦Go now.
x = a.b + c.d ¦
¡No! ¦Sí.
A tail without a mark
"""

ENGLISH = (
    ENGLISH.replace('"Is it?" "It is."', '"Is it?" ¦"It is."')
    .replace("He left. (She", "He left. ¦(She")
    .replace("Chapter 3. ¦End", "Chapter 3. End")
    .replace("c.d ¦", "c.d")
)

LINES = [
    "第一回 灵根\r\n\r\n¦　　诗曰：\r\n¦　　天地乱。\r\n",
    "第一条 有下列情形之一的：\n¦（一）甲；\n¦（二）乙；\n¦（三）丙。\n¦第二条 丁。",
    "（一）甲；（二）乙；（三）丙。¦第二条 丁。",
    "1．关于甲的规定\n\n¦2．关于乙的规定\n",
    "1. First item. ¦Then.\n¦2. Second",
    "a. First item. ¦Then.\n¦B. Second\n¦IV. Fourth",
    "CHAPTER I. The Hall\n\n¦He came. ¦She left.",
    "CHAPTER I.\nDown the Hole\n\n¦Alice was tired.",
    "床前明月光\n¦疑是地上霜\n¦举头望明月\n¦低头思故乡\n¦春眠不觉晓\n¦处处闻啼鸟\n¦夜来风雨声",
    "床前明月光，\n¦疑是地上霜。\n¦举头望明月，\n¦低头思故乡。",
    "他说。\n”然后¦",
    "他说，\n¦然后\n。¦走了。",
    "他说：\n¦“好。”\n\n¦她走了。",
    "“他说。\n¦“又说。”\n¦完。",
    '"He said.\n¦"And again."\n¦End.',
    "- 甲。\n¦- 乙\n¦* 丙",
    "# 标题\n¦正文。¦正文。",
    "标题\n====\n¦正文。",
    "甲。\u2028¦乙。\x85¦丙。\x0b¦丁。",
    "甲。\r¦乙。\r\n¦丙。\n\r\n¦丁。",
    "他走了。\n\n\n   \n　　¦她来了。",
    "……\n¦他走了。",
    "他走了。\n……\n¦她来了。",
    "甄嬛：（笑）走吧。\n¦皇帝：好！¦走。\n",
    "HAMLET. To be. ¦Or not.\n¦HORATIO. My lord?\n",
    '" He said so . " ¦Then left .',
    "   ",
    "\n\n",
    "。",
    "。。。",
    "”",
    "a",
]
LINES = [line.replace("\n\n\n   \n　　¦", "\n\n\n   \n¦　　").removesuffix("¦") for line in LINES]

CASES = [line for line in (CHINESE + ENGLISH).splitlines() if line] + LINES


def marked(text: str) -> str:
    return "¦".join(text[start:end] for start, end in pairwise(borders(text)))


@pytest.mark.parametrize("case", CASES)
def test_sentences(case):
    assert marked(case.replace("¦", "")) == case


def test_there_are_cases_enough():
    assert len(set(CASES)) >= 120


def test_an_empty_text_has_no_sentence():
    assert borders("") == [0]
    assert list(stream("")) == []


WRAPPED = (
    "CHAPTER I\n\n¦The old man walked slowly along the narrow path\n"
    "that led to the sea, and he did not look back at\nthe house. ¦He was tired. "
    "¦His dog ran far ahead of\nhim, and his neighbour, a man of great age, Mr.\n"
    "Brown, who had come a long way to see the old\n"
    'man, called. ¦"Where are you going to, on such a fine\n'
    'day?" he said. ¦Nobody gave him any answer at all.\n'
    "¦The sea was calm and the wind had fallen down a\nlittle.\n\n¦Next day it rained.\n"
)


INDENTED = (
    "A letter came that day for her, which she opened at\n"
    "once and read with great care and growing surprise.\n\n"
    '¦    "You must know that I was very glad to hear of it\n'
    "    when I came home again, and in every respect was so\n"
    "    happy that I wept. ¦He came too.\n\n"
    "¦She laid it down upon the table near the window and\n"
    "looked out for a long time without saying a word to\nher sister.\n"
    "  ¦A new paragraph is set in and runs on to the end of\nits second line.\n"
)
INDENTED = INDENTED.replace("\n  ¦", "\n¦  ")


def test_an_indented_letter_in_a_wrapped_book():
    assert marked(INDENTED.replace("¦", "")) == INDENTED


def test_a_wrapped_book_is_not_cut_at_its_line_ends():
    assert marked(WRAPPED.replace("¦", "")) == WRAPPED


PIECES = st.sampled_from(
    [
        "他说：“好。”",
        "真的吗？！",
        "……",
        "\r\n",
        "\n\n",
        "\n",
        "　　",
        'Mr. Wu said "no." ',
        "e.g. 4.0 ",
        "很长的一句话",
        "，",
        "；",
        "（甲。",
        "）",
        "”",
        "。",
        "# 标题\n",
        "word ",
        "'",
        '"',
        "The old man walked along the narrow path to\n",
        "it ended. ",
        "**",
        "[1]",
        "\x85",
        "I. ",
        "他说，",
        "...",
        '说:"好。',
        '"她来。',
    ]
)


@settings(max_examples=100, deadline=None)
@given(st.lists(PIECES, max_size=60))
def test_a_stream_begun_at_any_border_goes_on_alike(parts):
    text = "".join(parts)
    found = borders(text)
    for number, border in enumerate(found):
        assert list(stream(text, border)) == found[number + 1 :], (text, border)
    for start, end in pairwise(found):
        assert text[start:end].strip() or found == [0, len(text)]
        assert start == 0 or text[start:].lstrip()[0] not in NEVER_FIRST


def test_real_books_stream_alike(shared):
    for file in (
        "laws/criminal_law.md",
        "speakers/pdnc/AlicesAdventuresInWonderland/novel_text.txt",
    ):
        text = (shared / file).read_bytes().decode("utf-8")
        found = borders(text)
        for number in range(0, len(found) - 1, 97):
            assert list(islice(stream(text, found[number]), 50)) == found[number + 1 : number + 51]


HARD = [
    "(",
    "「",
    "“",
    '"',
    "'",
    ".",
    "…",
    "。",
    "\n",
    "a\n",
    " ",
    "\r",
    "他。",
    "I. ",
    "**",
    "1.",
    "（。",
    "a.",
    "！《",
    "[1]",
    "\u2028 ",
    "。”",
    "他……",
]


@pytest.mark.parametrize("piece", HARD)
def test_time_grows_evenly_with_the_text(piece):
    def seconds(size: int) -> float:
        text = (piece * size)[:size]
        best = 9.0
        for _ in range(2):
            begun = time.process_time()
            borders(text)
            best = min(best, time.process_time() - begun)
        return best

    small, large = seconds(10_000), seconds(100_000)
    assert large < 60 * max(small, 0.01)
