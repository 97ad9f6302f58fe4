"""Exports of chats as text: who said what, and nothing of the program's own."""

import time

import pytest

from studio.dialogue import detect, find_utterances

SAID = [
    ("Lena", "bist du da?"),
    ("Tom", "ja: gleich"),
    ("Lena", "gut"),
    ("Tom", "bis dann"),
]


def spoken(text):
    return [(u.speaker, u.text) for u in find_utterances(text)]


@pytest.mark.parametrize(
    "head",
    [
        "31.12.22, 11:4{n} - {who}: ",
        "[31.12.22, 11:4{n}:07] {who}: ",
        "\u200e[31.12.22, 11:4{n}:07] {who}: ",
        "[2024/3/5 下午3:0{n}:11] {who}: ",
        "2024/3/5 下午3:0{n} - {who}: ",
        "2024/03/05, 15:0{n} - {who}: ",
        "[05/03/24, 3:0{n}:11\u202fPM] \u202a{who}\u202c: ",
        "5/3/2024 3:0{n} p.\u00a0m. - {who}: ",
        "[5/3/24 3:0{n}:11 p. m.] ~\u202f{who}: ",
        "31.12.2022 klo 11.4{n} - {who}: ",
        "31/12/2022 à 11:4{n} - {who}: ",
        "31.12.22 um 11:4{n} - {who}: ",
        "2022. 12. 31. 11:4{n} - {who}: ",
        "31.12.22 г., 11:4{n} ч. - {who}: ",
        "5/3/24, 3:0{n} μ.μ. - {who}: ",
        "2024. 3. 5. 오후 3:0{n}, {who} : ",
        "2024년 3월 5일 오후 3:0{n}, {who} : ",
        "[{who}] [오후 3:0{n}] ",
        "15:0{n}\t{who}\t",
        "[3:0{n} PM, 5/3/2024] {who}: ",
        "[15:0{n}, 05.03.2024] {who}: ",
        "(2024-03-05 15:0{n}:11) {who}: ",
        "(03:0{n}:11 PM) {who}: ",
        "[05-Mar-24 03:0{n} PM] {who}: ",
    ],
)
def test_the_heads_of_many_phones(head):
    text = "\n".join(head.format(n=n, who=who) + said for n, (who, said) in enumerate(SAID))
    assert spoken(text + "\n") == SAID


@pytest.mark.parametrize(
    "head",
    [
        "{who} 3月5日 下午2:1{n}\n",
        "{who} 3月5日 14:1{n}\n",
        "{who} 星期三 14:1{n}\n",
        "{who} 昨天 14:1{n}\n",
        "{who} 2024年3月5日 14:1{n}\n",
        "2024-03-05 14:1{n}:08 {who}(10{n}01)\n",
        "2024-03-05 14:1{n}:08 【群主】{who}(10001)\n",
        "2024-03-05 14:1{n}:08 【LV3 冒泡】{who}<{who}@qq.com>\n",
        "{who}, [05.03.24 14:1{n}]\n",
        "[05-Mar-24 02:1{n} PM] {who}\n",
        "{who} — Today at 2:1{n} PM\n",
    ],
)
def test_heads_on_lines_of_their_own(head):
    text = "\n\n".join(head.format(n=n, who=who) + said for n, (who, said) in enumerate(SAID))
    assert detect(text).kind == "chat"
    assert spoken(text + "\n") == SAID


@pytest.mark.parametrize(
    "line",
    [
        'Lena changed the subject from "A: b" to "C: d"',
        "Tom changed the group description to: come early",
        "You changed the group name to: Walkers",
        "Lena hat die Gruppenbeschreibung geändert in: kommt früh",
        "Lena: <Medien ausgeschlossen>",
        "Lena: <Média omis>",
        "Lena: \u200eBild weggelassen",
        "Tom: IMG-20221231-WA0003.jpg (Datei angehängt)",
        "Tom: null",
        "Tom: Diese Nachricht wurde gelöscht.",
        "Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt.",
        "Tom hat Eva hinzugefügt.",
    ],
)
def test_notices_and_media_are_nobodys(line):
    rows = [f"31.12.22, 11:4{n} - {who}: {said}" for n, (who, said) in enumerate(SAID)]
    rows.insert(2, f"31.12.22, 11:42 - {line}")
    assert spoken("\n".join(rows) + "\n") == SAID


def test_what_follows_a_notice_on_further_lines_is_not_the_last_writers():
    rows = [f"31.12.22, 11:4{n} - {who}: {said}" for n, (who, said) in enumerate(SAID)]
    rows.insert(2, "31.12.22, 11:42 - Tom changed the description to: walks\nevery Sunday")
    assert spoken("\n".join(rows)) == SAID


def test_names_of_several_words_are_writers():
    names = ["Ann", "Ann Lee", "Ann de Boer", "Ann from the office", "小林", "小林修车"]
    rows = [f"31.12.22, 11:4{n} - {who}: hello {n}" for n, who in enumerate(names)]
    rows += [f"31.12.22, 11:5{n} - Ann from the office: again {n}" for n in range(2)]
    assert [who for who, _ in spoken("\n".join(rows))] == [*names, *["Ann from the office"] * 2]


def test_messages_of_several_lines_and_times_within_them():
    text = (
        "31.12.22, 11:40 - Lena: der Plan\n12:30 Essen: Suppe\n13:00 Rad\n"
        "31.12.22, 11:41 - Tom: gut <Diese Nachricht wurde bearbeitet.>\n"
        "31.12.22, 11:42 - Lena: IMG-1.jpg (Datei angehängt)\nschau\n"
    )
    assert spoken(text) == [
        ("Lena", "der Plan"),
        ("Lena", "12:30 Essen: Suppe"),
        ("Lena", "13:00 Rad"),
        ("Tom", "gut"),
        ("Lena", "schau"),
    ]


def test_what_a_reply_repeats_is_not_its_writers():
    text = (
        "小林 3月5日 14:11\n周末去哪？\n\n"
        "老周 3月5日 14:12\n「小林：周末去哪？」\n- - - - - - - - - - - - - - -\n爬山吧\n\n"
        "小林 3月5日 14:13\n[图片]\n\n老周 3月5日 14:14\n好看\n"
    )
    assert spoken(text) == [("小林", "周末去哪？"), ("老周", "爬山吧"), ("老周", "好看")]


def test_qq_records_with_their_preface_and_the_system():
    text = (
        "消息记录（此消息记录为文本格式，不支持重新导入）\n\n"
        "================================================================\n消息分组:我的群聊\n"
        "================================================================\n消息对象:爬山群\n"
        "================================================================\n\n"
        "2023-03-01 20:11:05 小林(10001)\n在吗\n多久到\n\n"
        "2023-03-01 20:11:35 系统消息(10000)\n老周 邀请 小陈 加入了本群。\n\n"
        "2023-03-01 20:12:05 老周(10002)\n[表情]\n\n2023-03-01 20:13:05 2楼(10003)\n到了\n"
    )
    assert spoken(text) == [("小林", "在吗"), ("小林", "多久到"), ("2楼", "到了")]


def test_discord_text_with_its_attachments_and_reactions():
    text = (
        "=====\nGuild: Mill\nChannel: talk\n=====\n\n[05-Mar-24 02:11 PM] ann_88\nwhere?\n\n"
        "{Attachments}\nhttps://x/a.png\n\n[05-Mar-24 02:12 PM] bob\nhere\n\n"
        "{Reactions}\n👍 (2)\n\n"
        "[05-Mar-24 02:13 PM] ann_88\nok\n\n=====\nExported 3 message(s)\n=====\n"
    )
    assert spoken(text) == [("ann_88", "where?"), ("bob", "here"), ("ann_88", "ok")]


def test_line_days_and_stickers():
    text = (
        "2024/03/05(火)\n15:05\t林\tこんにちは\n15:06\t周\t[スタンプ]\n15:07\t周\tどうも\n"
        "2024/03/06(水)\n09:00\t林\tおはよう\n"
    )
    found = find_utterances(text)
    assert [(u.speaker, u.text) for u in found] == [
        ("林", "こんにちは"),
        ("周", "どうも"),
        ("林", "おはよう"),
    ]
    assert found[2].scene > found[1].scene


@pytest.mark.parametrize(
    "body", ["1. " * 4000, "[12:03 " * 3000, "12:03 a" * 3000, "1/1/1 " * 4000]
)
def test_long_lines_cost_no_time(body):
    began = time.process_time()
    detect("\n".join([body] * 5))
    find_utterances("\n".join([body] * 5), layout="chat")
    assert time.process_time() - began < 5


def test_a_date_is_no_name_and_the_hours_of_either_order_part_the_talk():
    text = "[9:00 AM, 5/3/2024] A: x\n[9:01 AM, 5/3/2024] B: y\n[6:00 PM, 5/3/2024] A: z\n"
    assert [u.scene for u in find_utterances(text)] == [0, 0, 1]
    text = "2024-03-05 14:11:02\nso\n\n2024-03-05 14:12:02\nno\n\n2024-03-05 14:13:02\nso\n"
    assert "2024" not in {u.speaker for u in find_utterances(text)}


def test_a_name_a_time_and_the_words_on_lines_of_their_own():
    chinese = (
        "张三\n2024-05-01 12:03\n你好啊\n在吗？\n\n李四\n2024-05-01 12:04:10\n在的。\n"
        "今天12:30\n吃饭\n\n张三\n2024-05-01 12:05\n[图片]\n走吧\n"
    )
    english = (
        "Ann Lee\n5/1/2024 9:03 AM\nHello there\n\nBob\n5/1/2024 9:05 AM\nHi!\nHow are you?\n\n"
        "Ann Lee\n5/1/2024 2:06 PM\nfine\n"
    )
    assert detect(chinese).kind == detect(english).kind == "chat"
    assert [(u.speaker, u.text) for u in find_utterances(chinese)] == [
        ("张三", "你好啊"),
        ("张三", "在吗？"),
        ("李四", "在的。"),
        ("李四", "今天12:30"),
        ("李四", "吃饭"),
        ("张三", "走吧"),
    ]
    assert [(u.speaker, u.text, u.scene) for u in find_utterances(english)] == [
        ("Ann Lee", "Hello there", 0),
        ("Bob", "Hi!", 0),
        ("Bob", "How are you?", 0),
        ("Ann Lee", "fine", 1),
    ]
    between = "你好啊\n12:03\n在吗\n12:04\n在的\n12:09\n好\n12:30\n走了\n"
    assert detect(between).kind != "chat"  # times between the words: nobody is named
