"""Layouts: which one a text has and why, and what scripts, screenplays, chat logs and dashes are
read to.
"""

import random
import re

import pytest

from studio.dialogue import Character, build_pairs, find_characters, find_utterances
from studio.dialogue.layouts.detect import detect
from studio.text.paragraphs import is_break
from tests.engine.tagged import read_tagged

GOLD_CAST = {
    "script.zh.tagged.txt": [
        Character("阿禾", ["小禾", "禾儿"]),
        Character("周县令", ["周大人", "大人"]),
    ],
    "script.en.tagged.txt": [],
}
SCENE = re.compile(r"^(?:第.{1,3}场|3-2 |尾声|SCENE \d)", re.MULTILINE)
SCREENPLAY = """INT. KITCHEN - DAY

Tom enters.

                    TOM
          (angrily)
     Where were you?

                    MARY (O.S.)
     Out. All
     night.

                    TOM (CONT'D)
     NO!

CUT TO:

EXT. STREET - NIGHT

                    MARY
     Taxi!

                    DRIVER
     Where to?

                    MARY (V.O.)
     I never saw him again.
"""
PLAY = """FIRST ACT

[The tea is laid.]

Algernon.  Did you hear it, Lane?

Lane.  I didn't think it polite, sir.

Algernon.  I don't play
accurately--but I play with
wonderful expression.

Lane.  Yes, sir.  [Hands them on a salver.]

[Enter Jack.]

Jack.  How are you?

Algernon.  [Inspects him.]  Eating as usual.

Jack.  I believe it is customary.

Lane.  Yes, sir.
"""
VERSE = """SCENE II. A room.
Enter KING and QUEEN.
HAMLET. A little more than kin,
And less than kind.
KING. How is it?
HAMLET. Not so, my lord.
QUEEN. Good Hamlet.
HAMLET. Ay, madam.
QUEEN. If it be.
KING. We pray you.
KING. Come.
"""
SPACED = (
    "第一幕\n\n鲁　贵　（喘着气）四凤！\n\n鲁四凤　嗯。\n\n鲁　贵　四凤！\n\n"
    "鲁四凤　（看了她父亲一眼）喝，真热，\n\n鲁　贵　你听见了没有？\n\n鲁四凤　都知道了。\n"
)
BLOCKS = (
    "1、内景 御书房 日\n\n皇帝\n（不耐烦）\n哪来那么多话？\n\n徐进良\n请皇上翻牌子。\n\n皇帝\n"
    "下去吧。\n\n徐进良\n是。\n\n皇帝\n慢着。\n\n徐进良\n皇上？\n"
)
CHAT = (
    "2024-05-01 23:55 张三: 在吗？\n2024-05-02 00:04 李四（工作）: 在\n怎么了\n"
    "2024-05-02 00:05 张三: [图片]\n2024-05-02 08:30 李四: 吃了吗\n2024-05-03 08:31 张三: 没\n"
)
IRC = (
    "[12:03] <ann> hi\n[12:03] <@bob> hello: there\n[12:04] -!- cid has joined\n"
    "[12:05] * ann waves\n[12:05] <ann> bye\n"
)
WHATSAPP = (
    "[01/05/2024, 12:03:12] Ann: Hi\nsecond line\n[01/05/2024, 12:04:12] Bob Lee: ok\n"
    "[01/05/2024, 12:04:13] Bob Lee: \u200eimage omitted\n[12/05/2024, 12:03:00] Ann: later\n"
)
WECHAT = (
    "张三 2024-05-01 12:03:22\n在吗？\n\n李四 2024-05-01 12:04:00\n在\n怎么了\n\n"
    "张三 2024-05-01 12:05:00\n没事\n"
)
QQ = (
    "2024-05-01 12:03:22 张三(12345)\n在吗？\n\n2024-05-01 12:04:00 李四<x@y.z>\n在\n\n"
    "2024-05-01 12:05:00 张三(12345)\n[图片]\n嗯\n"
)
JOYCE = (
    "—You're late, said Tom. I waited.\n\n"
    "—The train, Mary answered, was late too. She sat down.\n\n—Was it?\n\n—It always is.\n\n"
    "—Not always, he said.\n\nNobody spoke.\n"
)
RUSSIAN = (
    "— Привет! — сказал Том. — Как дела?\n\n— Хорошо, — ответила Мэри.\n\n— Рад слышать!\n\n"
    "— А ты?\n\n— Тоже ничего.\n"
)
TEA = (
    "掌柜的　先生，外边请！\n老六　（惨笑）掌柜，捧捧我吧！\n〔掌柜的倒茶。\n"
    "掌柜的　算了吧。\n老六　多谢。\n四爷　打不起来！\n〔二子恰好进来，\n听见了。〕\n"
    "二子　（凑过去）你这是对谁？\n四爷　你问我？\n老六　是呀。\n"
)
FOLIO = (
    "First Citizen:\nBefore we go, hear me speak.\n\nAll:\nSpeak, speak.\n\nFirst Citizen:\n"
    "You are resolved?\n\nSecond Citizen:\nOne word.\n\nFirst Citizen:\nWe are poor:\n"
    "if they would yield.\n"
)
STAGED = (
    "THE DAUGHTER. I'm chilled. What can Freddy be\ndoing?\n\n"
    "THE MOTHER [on her right] Not so long.\n\nA BYSTANDER [on the left] He won't.\n\n"
    "THE MOTHER. We must.\n\nTHE BYSTANDER. Well.\n\nTHE DAUGHTER. If he would.\n\n"
    "THE MOTHER. What?\n\nTHE DAUGHTER. Other people did.\n"
)
CHINESE_DASHES = (
    "——你来了？他问道。\n\n——来了。\n\n——坐吧，她笑着说。\n\n——不坐了！\n\n——那走吧？\n\n他走了。\n"
)


@pytest.mark.parametrize(
    "name, fewest", [("script.zh.tagged.txt", 400), ("script.en.tagged.txt", 150)]
)
def test_gold_scripts_are_parsed_turn_by_turn(name, fewest):
    text, turns = read_tagged(name)
    found = find_utterances(text, GOLD_CAST[name])
    got = {(u.start, u.end): (u.speaker, u.kind == "thought") for u in found}
    right = sum(
        bool(t.pieces) and all(got.get(p) == (t.speaker, t.thought) for p in t.pieces)
        for t in turns
    )
    spans = {piece for turn in turns for piece in turn.pieces}
    assert len(turns) >= fewest and right >= 0.99 * len(turns)
    assert sum((u.start, u.end) not in spans for u in found) <= 0.01 * len(found)
    assert all(u.text == text[u.start : u.end] for u in found)
    # pieces of one label are one speech, and every label begins another
    assert len({u.speech for u in found}) == len(turns)


@pytest.mark.parametrize(
    "name, slips", [("script.zh.tagged.txt", "；: "), ("script.en.tagged.txt", "； ")]
)
def test_a_tenth_of_the_colons_mistyped_or_forgotten_costs_hardly_a_turn(name, slips):
    text, turns = read_tagged(name)
    turns = [turn for turn in turns if turn.pieces]
    right = 0
    for seed in range(4):
        chance, marks = random.Random(seed), list(text)
        for turn in turns:
            mark = re.compile("[：:]").search(
                text, text.rfind("\n", 0, turn.pieces[0][0]) + 1, turn.pieces[0][0]
            )
            if mark and chance.random() < 0.1:
                marks[mark.start()] = chance.choice(slips)
        got = {
            (u.start, u.end): u.speaker for u in find_utterances("".join(marks), GOLD_CAST[name])
        }
        right += sum(all(got.get(piece) == turn.speaker for piece in turn.pieces) for turn in turns)
    assert right >= 0.99 * 4 * len(turns)


@pytest.mark.parametrize("name", GOLD_CAST)
def test_gold_pairs_cross_no_scene_and_nobody_answers_himself(name):
    text, turns = read_tagged(name)
    found = find_utterances(text, GOLD_CAST[name])
    owner = {piece: turn.speaker for turn in turns for piece in turn.pieces}
    total = 0
    for target in {u.speaker for u in found}:
        for pair in build_pairs(found, target, text=text, max_gap_chars=10_000):
            total += 1
            assert not SCENE.search(text, pair["input_end"], pair["start"])
            assert target not in re.split("、| & ", owner[tuple(pair["input_spans"][-1])])
            assert "".join("".join(text[a:b] for a, b in pair["spans"]).split()) == "".join(
                pair["output"].split()
            )
    assert total > 0.6 * len(turns)


@pytest.mark.parametrize(
    "text, kind, reason",
    [
        (SCREENPLAY, "screenplay", "6 names stand on lines of their own above speech."),
        (BLOCKS, "screenplay", "6 names"),
        (PLAY, "script", "8 of 8 lines"),
        (VERSE, "script", "begin with a speaker's name."),
        (SPACED, "script", "6 of 6 lines"),
        (CHAT, "chat", "5 of 6 lines begin with a time and a name."),
        (IRC, "chat", "3 of 5"),
        (WHATSAPP, "chat", "4 of 5"),
        (WECHAT, "chat", "3 of 7"),
        (QQ, "chat", "3 of 7"),
        (JOYCE, "novel", "5 paragraphs of speech begin with a dash."),
        ("“你好。”他说。\n“好。”\n", "novel", "2 quotations"),
        ("第一章\n他走了。天黑了。\n", "novel", "No labels and no quote marks"),
        ("", "novel", "The text is empty."),
        (
            "宝玉笑道：好妹妹。黛玉说道：我有什么？\n宝玉道：罢了。\n子曰：学。",
            "classical",
            "4 speeches follow",
        ),
        (
            (
                "苹果：一种水果。\n香蕉：另一种。\n橘子：第三种。\n梨：第四种。\n桃：五。\n"
                "李：六。\n杏：七。\n"
            ),
            "novel",
            "",
        ),
        ("- one\n- two\n- three\n- four\n- five\n- six\n", "novel", "No labels"),
        ("他说：“好。”\n她说：“走。”\n他说：“嗯。”\n", "novel", "3 quotations"),
    ],
)
def test_a_layout_is_told_with_its_reason(text, kind, reason):
    found = detect(text)
    assert found.kind == kind and reason in found.reason and 0 <= found.sure <= 1


@pytest.mark.parametrize(
    "text, wanted",
    [
        (
            SCREENPLAY,
            [
                ("TOM", "Where were you?", 0),
                ("MARY", "Out. All", 0),
                ("MARY", "night.", 0),
                ("TOM", "NO!", 0),
                ("MARY", "Taxi!", 1),
                ("DRIVER", "Where to?", 1),
                ("MARY", "I never saw him again.", 1),
            ],
        ),
        (
            BLOCKS,
            [
                ("皇帝", "哪来那么多话？", 0),
                ("徐进良", "请皇上翻牌子。", 0),
                ("皇帝", "下去吧。", 0),
                ("徐进良", "是。", 0),
                ("皇帝", "慢着。", 0),
                ("徐进良", "皇上？", 0),
            ],
        ),
        (
            SPACED,
            [
                ("鲁贵", "四凤！", 0),
                ("鲁四凤", "嗯。", 0),
                ("鲁贵", "四凤！", 0),
                ("鲁四凤", "喝，真热，", 0),
                ("鲁贵", "你听见了没有？", 0),
                ("鲁四凤", "都知道了。", 0),
            ],
        ),
        (
            CHAT,
            [
                ("张三", "在吗？", 0),
                ("李四", "在", 0),
                ("李四", "怎么了", 0),
                ("李四", "吃了吗", 1),
                ("张三", "没", 2),
            ],
        ),
        (IRC, [("ann", "hi", 0), ("bob", "hello: there", 0), ("ann", "bye", 0)]),
        (
            WHATSAPP,
            [
                ("Ann", "Hi", 0),
                ("Ann", "second line", 0),
                ("Bob Lee", "ok", 0),
                ("Ann", "later", 1),
            ],
        ),
        (
            WECHAT,
            [("张三", "在吗？", 0), ("李四", "在", 0), ("李四", "怎么了", 0), ("张三", "没事", 0)],
        ),
        (QQ, [("张三", "在吗？", 0), ("李四", "在", 0), ("张三", "嗯", 0)]),
        (
            "【张三】你好\n【李四】你好啊\n【张三】去哪\n【李四】回家\n【张三】一起\n【李四】走\n",
            [
                ("张三", "你好", 0),
                ("李四", "你好啊", 0),
                ("张三", "去哪", 0),
                ("李四", "回家", 0),
                ("张三", "一起", 0),
                ("李四", "走", 0),
            ],
        ),
        (
            (
                "1\n00:00:01,000 --> 00:00:03,000\nANN: Where were you?\n\n2\n"
                "00:00:03,500 --> 00:00:04,000\nBOB: Out.\n\n3\n00:00:05,000 --> 00:00:06,000\n"
                "ANN: All\nnight?\n- BOB: Yes.\n"
            ),
            [
                ("ANN", "Where were you?", 0),
                ("BOB", "Out.", 0),
                ("ANN", "All", 0),
                ("ANN", "night?", 0),
                ("BOB", "Yes.", 0),
            ],
        ),
        (
            (
                "**皇帝**（笑）：哪来那么多话？\n\n**徐进良：** 请皇上翻牌子。\n\n"
                "**皇帝：** 下去吧。\n\n*徐进良*：是。\n"
            ),
            [
                ("皇帝", "哪来那么多话？", 0),
                ("徐进良", "请皇上翻牌子。", 0),
                ("皇帝", "下去吧。", 0),
                ("徐进良", "是。", 0),
            ],
        ),
        (
            TEA,
            [
                ("掌柜的", "先生，外边请！", 0),
                ("老六", "掌柜，捧捧我吧！", 0),
                ("掌柜的", "算了吧。", 0),
                ("老六", "多谢。", 0),
                ("四爷", "打不起来！", 0),
                ("二子", "你这是对谁？", 0),
                ("四爷", "你问我？", 0),
                ("老六", "是呀。", 0),
            ],
        ),
        (
            FOLIO,
            [
                ("First Citizen", "Before we go, hear me speak.", 0),
                ("All", "Speak, speak.", 0),
                ("First Citizen", "You are resolved?", 0),
                ("Second Citizen", "One word.", 0),
                ("First Citizen", "We are poor:", 0),
                ("First Citizen", "if they would yield.", 0),
            ],
        ),
        (
            STAGED,
            [
                ("THE DAUGHTER", "I'm chilled. What can Freddy be", 0),
                ("THE DAUGHTER", "doing?", 0),
                ("THE MOTHER", "Not so long.", 0),
                ("A BYSTANDER", "He won't.", 0),
                ("THE MOTHER", "We must.", 0),
                ("THE BYSTANDER", "Well.", 0),
                ("THE DAUGHTER", "If he would.", 0),
                ("THE MOTHER", "What?", 0),
                ("THE DAUGHTER", "Other people did.", 0),
            ],
        ),
        (
            (
                "Interviewer: Carlos, is it?\nCARLOS: Yes.\nInterviewer: And BRAVO?\n"
                "CARLOS (V.O.): No.\n"
            ),
            [
                ("Interviewer", "Carlos, is it?", 0),
                ("CARLOS", "Yes.", 0),
                ("Interviewer", "And BRAVO?", 0),
                ("CARLOS", "No.", 0),
            ],
        ),
    ],
)
def test_speakers_words_and_scenes_of_each_layout(text, wanted):
    assert [(u.speaker, u.text, u.scene) for u in find_utterances(text)] == wanted


def test_printed_plays_join_wrapped_lines_and_drop_directions():
    found = find_utterances(PLAY)
    assert [u.text for u in found if u.speaker == "Algernon"][1:4] == [
        "I don't play",
        "accurately--but I play with",
        "wonderful expression.",
    ]
    assert not any("salver" in u.text or "Enter" in u.text for u in found)
    assert [(u.speaker, u.text) for u in find_utterances(VERSE)][:2] == [
        ("HAMLET", "A little more than kin,"),
        ("HAMLET", "And less than kind."),
    ]


@pytest.mark.parametrize(
    "text, wanted",
    [
        (
            JOYCE,
            [
                "You're late,",
                "I waited.",
                "The train,",
                "was late too.",
                "Was it?",
                "It always is.",
                "Not always,",
            ],
        ),
        (RUSSIAN, ["Привет!", "Как дела?", "Хорошо,", "Рад слышать!", "А ты?", "Тоже ничего."]),
        (CHINESE_DASHES, ["你来了？", "来了。", "坐吧，", "不坐了！", "那走吧？"]),
    ],
)
def test_speech_that_begins_with_a_dash(text, wanted):
    assert [u.text for u in find_utterances(text)] == wanted


def test_lines_that_several_say_narrators_voices_and_thoughts():
    text = (
        "旁白：三日之后。\n皇帝：来人。\n皇帝：传华妃。\n甄嬛、华妃：臣妾在。\n"
        "皇帝（内心独白）：她瘦了。\n画外音（皇帝）：那年冬天很冷。\n"
        "皇帝与华妃：走吧。\n华妃OS：他老了。\n众人：万岁！\n华妃:“起驾。”她转身走了。\n"
        "甄嬛：（上前，\n跪下）皇上。\n"
    )
    found = [(u.speaker, u.text, u.kind) for u in find_utterances(text)]
    assert found == [
        ("皇帝", "来人。", "speech"),
        ("皇帝", "传华妃。", "speech"),
        ("甄嬛、华妃", "臣妾在。", "speech"),
        ("皇帝", "她瘦了。", "thought"),
        ("皇帝", "那年冬天很冷。", "speech"),
        ("皇帝、华妃", "走吧。", "speech"),
        ("华妃", "他老了。", "thought"),
        ("众人", "万岁！", "speech"),
        ("华妃", "起驾。", "speech"),
        ("甄嬛", "皇上。", "speech"),
    ]
    told = find_utterances(text, [Character("旁白")])
    assert (told[0].speaker, told[0].text) == ("旁白", "三日之后。")
    pairs = build_pairs(find_utterances(text), "皇帝", text=text)
    assert [(p["input"], p["output"]) for p in pairs] == [
        ("臣妾在。", "那年冬天很冷。")
    ]  # a thought is no answer


@pytest.mark.parametrize(
    "line",
    [
        "第三场  夜  内  养心殿",
        "【第三场】",
        "3-2 内景 渡口 夜",
        "3-2 夜 养心殿",
        "1、养心殿 内 夜",
        "场景三：养心殿",
        "内景。御书房－夜",
        "S12 日 内 客厅",
        "12 INT. HOUSE - DAY 12",
        "Scene: A room",
        "FIRST ACT",
        "ACT I",
        "VOL. II.",
        "番外一 雪",
        "**第一场**",
        "日 内 客厅",
        "Chapter the First",
    ],
)
def test_headings_of_scenes(line):
    assert is_break(line)


@pytest.mark.parametrize(
    "line",
    [
        "第三件事是吃饭。",
        "夜，外面很黑。",
        "第二天",
        "1. 他走了",
        "Scenes like this were rare.",
        "他说第三场雨来了。",
    ],
)
def test_sentences_are_no_headings(line):
    assert not is_break(line)


@pytest.mark.parametrize(
    "text, wanted",
    [
        (WECHAT, [("张三", 2), ("李四", 1)]),
        (VERSE, [("HAMLET", 3), ("KING", 3), ("QUEEN", 2)]),
        (SCREENPLAY, [("MARY", 3), ("TOM", 2), ("DRIVER", 1)]),
        ("皇帝：好。\n皇帝：来人。\n甄嬛、皇帝：走。\n旁白：夜。\n", [("皇帝", 3), ("甄嬛", 1)]),
    ],
)
def test_characters_of_labelled_layouts(text, wanted):
    assert sorted((f.name, f.count) for f in find_characters(text)) == sorted(wanted)


@pytest.mark.parametrize("layout", ["script", "screenplay", "novel", "classical", "chat"])
def test_a_layout_can_be_forced(layout):
    text = "第1幕\n皇帝：“哪来那么多话？”\n\n徐进良道：“是。”\n12:03 ann: hi\n"
    found = find_utterances(text, layout=layout)
    assert all(u.text == text[u.start : u.end] for u in found)
    assert {u.method for u in find_utterances("12:03 ann: hi", layout="chat")} == {"chat"}


WORDS = [
    "皇帝",
    "徐进良",
    "TOM",
    "Mary",
    "：",
    "；",
    ": ",
    "“",
    "”",
    "「",
    "」",
    '"',
    "‘",
    "’",
    "'",
    "——",
    "— ",
    "-",
    "（笑）",
    "（",
    "）",
    "[aside]",
    "*",
    "**",
    "你好。",
    "走",
    "？",
    "！",
    "……",
    " he said. ",
    "，",
    "、",
    "\n",
    "\n\n",
    "\r\n",
    "　　",
    " ",
    "第3场\n",
    "SCENE 2\n",
    "INT. HOUSE\n",
    "2024-05-01 12:03 ",
    "<ann> ",
    "[12:03] ",
    "道：",
    "曰",
    "心想：",
    "旁白：",
    "（唱）",
    "和",
    "«",
    "»",
    "„",
    "𠀀",
    "3",
    ".",
    "CONT'D",
]


def test_every_text_of_a_thousand_is_a_span_of_its_source():
    chance = random.Random(4)
    for number in range(1000):
        text = "".join(chance.choices(WORDS, k=chance.randint(0, 70)))
        layout = ("auto", "script", "screenplay", "novel", "classical", "chat")[number % 6]
        found = find_utterances(
            text, [Character("皇帝", ["皇上"]), Character("TOM")], layout=layout
        )
        assert all(u.text == text[u.start : u.end] and u.text.strip() for u in found), text
        assert all(a.end <= b.start for a, b in zip(found, found[1:], strict=False)), text
        for pair in build_pairs(found, "皇帝", text=text, with_scene=True, scene_place="system"):
            assert pair["input_end"] <= pair["start"] < pair["end"] and "皇帝" not in (
                pair["other"] or ""
            ).split("、"), text


TABLE = "| 序号 | 角色 | 台词 |\n|---|---|---|\n" + "".join(
    f"| {i} | {who} | 这是第{i}句。 |\n" for i, who in enumerate(["皇帝", "皇后"] * 4, start=1)
)


@pytest.mark.parametrize(
    ("kind", "text", "first"),
    [
        ("script", TABLE, ("皇帝", "这是第1句。")),
        (
            "script",
            "| Name | Line |\n| --- | --- |\n"
            + "| **Alice** | Hi there. |\n| **Bob** | Hello! |\n" * 4,
            ("Alice", "Hi there."),
        ),
        ("script", "Alice\tHi there.\nMr. Bob\tHello!\n" * 4, ("Alice", "Hi there.")),
        (
            "script",
            "楼主：我来讲个故事。\n1楼 小明：前排！\n2楼 小红：沙发。\n3楼 小明：然后呢？\n",
            ("楼主", "我来讲个故事。"),
        ),
        (
            "screenplay",
            "**TOM**\nHello.\n\n**MARY**\nHi.\n\n**TOM**\nYou came.\n\n**MARY**\nI did.\n",
            ("TOM", "Hello."),
        ),
        (
            "chat",
            (
                "ann — Today at 10:01 AM\nhello\nbob — Yesterday at 10:02 AM\nhi\n"
                "ann — Today at 10:03 AM\nso\n"
            ),
            ("ann", "hello"),
        ),
        (
            "chat",
            "[Ann Lee] 10:01:02\nHello all.\n\n[Bob] 10:01:10\nHi.\n\n[Ann Lee] 10:02:00\nSo.\n",
            ("Ann Lee", "Hello all."),
        ),
        (
            "chat",
            (
                "10:01:02 From Ann Lee to Everyone: Hello\n10:01:05 From Bob : Hi\n"
                "10:02:00 From Ann Lee to Bob(Direct Message): So\n"
            ),
            ("Ann Lee", "Hello"),
        ),
    ],
)
def test_tables_forums_and_exports_of_chats_are_read(kind, text, first):
    found = find_utterances(text)
    assert detect(text).kind == kind and (found[0].speaker, found[0].text) == first
    assert all(u.text == text[u.start : u.end] and "|" not in u.text for u in found)
    assert {u.speaker for u in found} <= {
        "皇帝",
        "皇后",
        "Alice",
        "Bob",
        "Mr. Bob",
        "楼主",
        "小明",
        "小红",
        "TOM",
        "MARY",
        "ann",
        "bob",
        "Ann Lee",
    }


@pytest.mark.parametrize("name", ["赵云", "何笑", "张启"])
def test_a_name_that_ends_like_a_verb_is_a_name(name):
    text = "\n".join(f"{who}：主公请行。" for who in [name, "张飞"] * 6)
    assert [u.speaker for u in find_utterances(text, [])] == [name, "张飞"] * 6
