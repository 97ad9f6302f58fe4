"""Exports of chats as tables and JSON: each message stands behind its writer, nothing else."""

import json
import time

import pytest

from studio.dialogue import find_utterances
from studio.documents.formats import extract
from studio.errors import InputError

SAID = [("Mia", "are you in?"), ("leo_7", "no: out"), ("Mia", "when?"), ("leo_7", "at six\nor so")]
LINES = [("Mia", "are you in?"), ("leo_7", "no: out"), ("Mia", "when?"), ("leo_7", "at six")]
LINES = [*LINES, ("leo_7", "or so")]


def spoken(name, data):
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return [(u.speaker, u.text) for u in find_utterances(extract(name, text.encode()).text)]


def moments(shape):
    return [shape.format(n) for n in range(len(SAID))]


def telegram():
    kept = [
        {"id": n, "type": "message", "date": when, "from": who, "text": text}
        for n, ((who, text), when) in enumerate(
            zip(SAID, moments("2024-05-01T12:0{}:11"), strict=True)
        )
    ]
    kept[0]["text"] = [{"type": "bold", "text": "are"}, " you ", {"type": "italic", "text": "in?"}]
    kept[1]["reactions"] = [{"type": "emoji", "count": 1, "emoji": "👍"}]
    service = {"id": 9, "type": "service", "actor": "Mia", "action": "pin_message", "text": ""}
    sticker = {"id": 10, "type": "message", "from": "Mia", "text": "", "sticker_emoji": "👍"}
    kept[2:2] = [service, sticker]
    return {"name": "walks", "type": "private_group", "id": 3, "messages": kept}


def discord():
    kept = [
        {"id": str(n), "type": "Default", "content": text, "timestamp": when, "reactions": [], **by}
        for n, ((who, text), when) in enumerate(
            zip(SAID, moments("2024-05-01T12:0{}:11.5+00:00"), strict=True)
        )
        for by in [{"author": {"id": "77", "name": who + ".x", "nickname": who, "isBot": False}}]
    ]
    kept[3]["type"] = "Reply"
    pinned = {"id": "9", "type": "ChannelPinnedMessage", "content": "Pinned a message."}
    kept.insert(1, pinned | {"author": kept[0]["author"], "timestamp": kept[0]["timestamp"]})
    return {"guild": {"id": "1", "name": "g"}, "channel": {"name": "c"}, "messages": kept}


def messenger():
    def as_latin(text):
        return text.encode().decode("latin-1")

    kept = [
        {"sender_name": as_latin(who), "timestamp_ms": 1714564991000 + n, "content": as_latin(text)}
        for n, (who, text) in enumerate(SAID)
    ]
    people = [{"name": "Mia"}, {"name": "leo_7"}, *({"name": f"guest {n}"} for n in range(9))]
    return {"participants": people, "messages": kept[::-1], "title": "walks"}


def slack():
    kept = [
        {
            "type": "message",
            "user": f"U0{n % 2}ABCDEFG",
            "text": text,
            "ts": f"171456499{n}.1",
            **by,
        }
        for n, (who, text) in enumerate(SAID)
        for by in [{"user_profile": {"real_name": who, "name": "x"}}]
    ]
    joined = {"type": "message", "subtype": "channel_join", "user": "U1", "text": "<@U1> joined"}
    return [joined, *kept]


def chatlab():
    kept = [
        {"sender": f"wxid_{n % 2}", "accountName": who, "timestamp": 1714564991 + n, **rest}
        for n, (who, text) in enumerate(SAID)
        for rest in [{"type": 0, "content": text}]
    ]
    picture = kept[0] | {"type": 1, "content": "[图片]"}
    return {"chatlab": {"version": "1"}, "meta": {"name": "x"}, "messages": [*kept, picture]}


def qq_tool():
    kept = [
        {
            "id": str(n),
            "timestamp": 1714564991000 + n,
            "sender": {"uid": "u_1", "name": who},
            **rest,
        }
        for n, (who, text) in enumerate(SAID)
        for rest in [
            {"type": "type_1", "content": {"text": text, "elements": []}, "recalled": False}
        ]
    ]
    called_back = kept[0] | {"recalled": True, "content": {"text": "oops"}}
    return {"metadata": {}, "chatInfo": {"name": "x"}, "messages": [called_back, *kept]}


@pytest.mark.parametrize(
    "made", [telegram, discord, messenger, slack, chatlab, qq_tool], ids=lambda made: made.__name__
)
def test_json_of_many_programs(made):
    assert spoken("chat.json", made()) == LINES


def test_several_chats_stand_under_their_names_and_end_each_others_scenes():
    other = telegram() | {"name": "work"}
    made = extract("r.json", json.dumps({"chats": {"list": [telegram(), other]}}).encode())
    assert [line for line in made.text.split("\n") if line.startswith("#")] == ["# walks", "# work"]
    found = find_utterances(made.text)
    assert [(u.speaker, u.text) for u in found] == LINES * 2
    assert found[len(LINES)].scene > found[len(LINES) - 1].scene


def test_sillytavern_leaves_its_head_and_hidden_rows_out():
    rows = [{"user_name": "Mia", "character_name": "leo_7", "chat_metadata": {}}]
    rows += [{"name": who, "is_user": who == "Mia", "mes": text} for who, text in SAID]
    rows.insert(2, {"name": "System", "is_system": True, "mes": "The chat was saved."})
    assert spoken("c.jsonl", "\n".join(map(json.dumps, rows))) == LINES


@pytest.mark.parametrize(
    ("table", "wanted"),
    [
        (
            "localId,TalkerId,Type,SubType,IsSender,CreateTime,Status,StrContent,StrTime,Remark,"
            "NickName,Sender\n"
            "1,2,1,0,0,1714564991,,在吗,2024-05-01 12:03:11,林姐,小林林,wxid_8x\n"
            "2,2,3,0,0,1714564992,,<msg><img/></msg>,2024-05-01 12:03:12,林姐,小林林,wxid_8x\n"
            "3,2,10000,0,0,1714564993,,以上是打招呼的内容,2024-05-01 12:03:13,林姐,小林林,wxid_8x\n"
            "4,2,1,0,1,1714564994,,在,2024-05-01 12:03:14,,老周,wxid_9y\n"
            "5,2,49,57,0,1714564995,,吃了吗,2024-05-01 12:03:15,林姐,小林林,wxid_8x\n",
            [("林姐", "在吗"), ("老周", "在"), ("林姐", "吃了吗")],
        ),
        (
            "id,MsgSvrID,type_name,is_sender,talker,msg,src,CreateTime\n"
            "1,9,文本,0,小林,在吗,,2024-05-01 12:03:11\n"
            "2,9,图片,0,小林,,a.jpg,2024-05-01 12:03:12\n"
            "3,9,文本,1,小林,在,,2024-05-01 12:03:13\n4,9,文本,0,小林,来吗,,2024-05-01 12:03:14\n",
            [("小林", "在吗"), ("我", "在"), ("小林", "来吗")],
        ),
        (
            "时间,发送者,消息类型,内容\n2024-05-01 12:03,小林,文本消息,在吗\n"
            "2024-05-01 12:04,老周,文本消息,在\n2024-05-01 12:05,老周,系统消息,老周撤回了一条消息\n"
            "2024-05-01 12:06,小林,动画表情,[动画表情]\n2024-05-01 12:07,小林,文本消息,来吗\n",
            [("小林", "在吗"), ("老周", "在"), ("小林", "来吗")],
        ),
        (
            "AuthorID,Author,Date,Content,Attachments,Reactions\n"
            '"1","Mia","01-May-24 12:03 PM","so?","","👍 (1)"\n'
            '"2","leo!!","01-May-24 12:04 PM","so\n\nnothing","https://x/b.png",""\n'
            '"1","Mia","01-May-24 12:05 PM","","https://x/a.png",""\n'
            '"1","Mia","01-May-24 12:06 PM","ok","",""\n',
            [("Mia", "so?"), ("leo", "so"), ("leo", "nothing"), ("Mia", "ok")],
        ),
    ],
    ids=["WeChat by MemoTrace", "WeChat by PyWxDump", "Chinese heads", "Discord"],
)
def test_csv_of_many_programs(table, wanted):
    assert spoken("c.csv", table) == wanted


@pytest.mark.parametrize(
    "when",
    ["12:03:1{}", "2024-05-01T12:03:0{}Z", "01.05.2024, 12:0{}", "171456499{}", "5/1/24 3:0{} PM"]
    + ["00:00:0{},000 --> 00:00:09,000", "2024年5月1日 12:0{}", "https://example.com/a{}", "3{}.5"],
)
def test_times_numbers_and_addresses_are_never_the_text(when):
    rows = "".join(f'"{when.format(n)}";so {n}\n' for n in range(1, 7))
    made = extract("t.csv", ("a very long name of a column;b\n" + rows).encode())
    assert made.text.startswith("so 1\n\nso 2") and made.meta["column"] == "b"
    with pytest.raises(InputError, match="No column"):
        extract("t.csv", ("time;n\n" + rows.replace("so ", "")).encode())


def test_what_was_left_out_is_counted_and_the_columns_are_named():
    made = extract("chat.json", json.dumps(telegram()).encode())
    assert made.meta == {
        "column": "text",
        "speaker_column": "from",
        "left_out": {"notices": 1, "wordless": 1},
    }
    assert [label for _, _, label in made.places][:3] == ["row 1", "row 2", "row 5"]


def test_the_columns_can_be_chosen():
    table = b"author,text,note\nMia,so,she says\nleo,no,he says\nMia,yes,she says\n"
    assert extract("t.csv", table).text == "Mia: so\n\nleo: no\n\nMia: yes"
    assert extract("t.csv", table, "note").text == "she says\n\nhe says\n\nshe says"
    assert extract("t.csv", table, "", "note").text.startswith("she says: so")
    assert extract("t.csv", table, "note", "author").text.startswith("Mia: she says")
    with pytest.raises(InputError, match="no column who"):
        extract("t.csv", table, "", "who")


def test_titles_beside_texts_are_no_speakers():
    rows = "".join(f"poem {n},line {n} of many\n" for n in range(20))
    assert extract("p.csv", ("name,text\n" + rows).encode()).text.startswith("line 0")


def test_hours_of_silence_part_the_talk():
    rows = [{"from": "Mia", "date": f"2024-05-01T{h}:00:00", "text": f"at {h}"} for h in (10, 12)]
    rows += [{"from": "leo", "date": "2024-05-01T18:00:00", "text": "late"}] * 2
    text = extract("c.json", json.dumps({"messages": rows}).encode()).text
    assert text == "Mia: at 10\n\nMia: at 12\n\n* * *\n\nleo: late\n\nleo: late"


def test_names_that_no_book_has_are_labels_only_where_nearly_every_line_has_one():
    chat = "ann_88: hi\nbob: hello\nann_88: why\nbob: so\n2号: in\n2号: out\n"
    assert [u.speaker for u in find_utterances(chat)] == ["ann_88", "bob", "ann_88", "bob"] + [
        "2号"
    ] * 2
    prose = "He thought about it for a while.\nbob: he came late.\n" * 4
    assert not find_utterances(prose)
    listed = (
        "the aim: peace\nthe means: war\nthe cost: all of it\nthe end: none\nthe sum: nothing\n"
    )
    assert not find_utterances(listed)


@pytest.mark.parametrize(
    "data",
    [
        '{"messages": ' + "[" * 50_000,
        json.dumps({"messages": [{"from": "A" * 100_000, "text": "x" * 100_000}] * 3}),
        json.dumps({"messages": [{"from": {"name": {"name": "A"}}, "text": {"text": []}}] * 3}),
        json.dumps({"chats": {"list": [1, None, {"messages": [2]}]}, "messages": "no"}),
    ],
)
def test_hostile_exports_are_refused_or_read_in_no_time(data):
    began = time.process_time()
    try:
        extract("c.json", data.encode())
    except InputError:
        pass
    assert time.process_time() - began < 3


def test_a_first_row_with_a_time_is_no_head():
    table = b"00:00:01,Ann,Hi there\n00:00:03,Bob,Bye now\n"
    assert extract("s.csv", table).text == "Hi there\n\nBye now"


def test_writers_may_be_called_anything():
    said = [("🌸", "hi"), ("12345", "yo"), ("🌸", "so"), ("爱笑", "好"), ("小林, 上海", "在")]
    rows = [{"name": who, "mes": text} for who, text in said]
    found = spoken("c.jsonl", "\n".join(map(json.dumps, rows * 2)))
    assert found == [(who.replace(", ", " "), text) for who, text in said] * 2
    assert not [u for u in find_utterances("林默说：“走。”\n" * 9) if u.speaker == "林默说"]
