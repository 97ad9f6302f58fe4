"""Role dialogue: exact spans, who speaks, honest pairs, and a job that can be killed."""

import ast
import csv
import json
import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.dialogue import (
    Character,
    build_pairs,
    find_characters,
    find_utterances,
    parse_characters,
)
from studio.dialogue.spec import DialogueJob
from studio.errors import InputError, SpecError, Stopped
from studio.store import rows, sets, units
from tests.engine.scenes import EMPEROR, NOVEL, PEOPLE, SCRIPT
from tests.in_process import job_for
from tests.other_process import loaded_by

PIECES = st.sampled_from(
    [
        "“你好。”",
        "“走",
        "」",
        "「嗯？」",
        "王平说：",
        "李静",
        "道",
        "，",
        "。",
        "\n",
        "\r\n",
        "\n\n",
        "　　",
        "“",
        "”",
        "‘",
        "’",
        '"',
        '"No,"',
        " said Tom. ",
        "Alice",
        " the King ",
        "'",
        "第3章\n",
        "* * *\n",
        "TOM: ",
        "皇帝：",
        "皇帝；",
        "（笑）",
        "宝玉笑道：",
        "𠀀",
        "她问",
        "...",
        "--",
        "(aside)",
        " cried ",
        "Mr. ",
        "他",
        "A",
    ]
)


@settings(max_examples=100, deadline=None)
@given(st.lists(PIECES, max_size=60), st.sampled_from(["auto", "script", "novel"]))
def test_every_text_is_a_span_of_the_source_in_order(pieces, layout):
    source = "".join(pieces)
    found = find_utterances(
        source, [*EMPEROR, *PEOPLE, Character("Tom"), Character("The King")], layout=layout
    )
    assert all(u.text == source[u.start : u.end] and u.text.strip() for u in found)
    assert all(a.end <= b.start for a, b in zip(found, found[1:], strict=False))
    assert all(0 <= u.confidence <= 1 for u in found)
    for pair in build_pairs(found, "王平", text=source):
        assert pair["input_end"] <= pair["start"] < pair["end"]


def test_a_script_with_stage_directions_a_typo_and_an_alias():
    found = find_utterances(SCRIPT, EMPEROR)
    assert [(u.speaker, u.text) for u in found] == [
        ("徐进良", "请皇上翻牌子。"),
        ("皇帝", "哪来那么多话？"),
        ("皇帝", "下去吧。"),
        ("小厦子", "皇上，太后来了。"),
        ("皇帝", "快，请太后进来。"),
        ("太后", "皇帝近来可好？"),
        ("皇帝", "儿臣……"),
        ("皇帝", "给太后请安。"),
        ("皇帝", "传华妃。"),
        ("甄嬛", "臣妾在。"),
        ("皇帝", "免礼。"),
    ]
    assert {u.scene for u in found[:8]} != {u.scene for u in found[8:]}


@pytest.mark.parametrize(
    "source, wanted",
    [
        (
            (
                "INT. KITCHEN - DAY\n\n     TOM\n  (angrily)\nWhere were you?\n\n     MARY\n"
                "Out. All\nnight.\n\n     TOM\nWhy?\n\nEXT. STREET\n\n     MARY\nNo.\n"
            ),
            [("TOM", 0), ("MARY", 0), ("MARY", 0), ("TOM", 0), ("MARY", 1)],
        ),
        (
            (
                "HAMLET: Who's there?\nBERNARDO (aside): Nay. [draws] Stand!\n"
                "HAMLET: Long live the king!\nScene 2\nBERNARDO: He.\n"
            ),
            [("HAMLET", 0), ("BERNARDO", 0), ("BERNARDO", 0), ("HAMLET", 0), ("BERNARDO", 1)],
        ),
    ],
)
def test_english_scripts_and_screenplays(source, wanted):
    assert [(u.speaker, u.scene) for u in find_utterances(source)] == wanted


def test_speakers_of_a_chinese_novel():
    found = find_utterances(NOVEL, PEOPLE)
    spoken = [(u.speaker, u.text, u.scene) for u in found if u.method != "quoted"]
    assert spoken == [
        ("王平", "你怎么来了？", 0),
        ("李静", "我来看看你，", 0),
        ("李静", "顺便还你的书。", 0),
        ("王平", "书？什么书？", 0),
        ("李静", "上次借的那本。", 0),
        ("王平", "坐吧。", 0),
        ("王平", "早啊。", 1),
        ("李静", "早。", 1),
    ]
    words = [u for u in found if u.method == "quoted"]
    assert [(u.text, u.speaker) for u in words] == [("天书", None)] and words[0].confidence < 0.3
    assert found[3].confidence < found[0].confidence  # a turn is trusted less than a name
    assert found[0].addressee == "李静"


@pytest.mark.parametrize(
    "source, wanted",
    [
        (
            (
                "‘I won’t go,’ said Tom. ‘The dogs’ barking is loud.’\n\n"
                "‘You must,’ Mary answered.\n\n‘Very well.’\n"
            ),
            ["Tom", "Tom", "Mary", "Tom"],
        ),
        ("「今晚來嗎？」小明問。\n「不來。」阿華答道，「太遠了。」\n", ["小明", "阿華", "阿華"]),
        ("“他说：‘好。’”老张道。\n", ["老张"]),
        ("“我来到这里，\n\n“是为了找人。”陌生人说。\n", ["陌生人", "陌生人"]),
        ("少平对晓霞说：“走吧。”\n“走。”她问少平。\n", ["少平", "晓霞"]),
        (
            "宝玉笑道：好妹妹，你放心。黛玉说道：我有什么不放心的？我不明白。\n宝玉道：罢了。\n",
            ["宝玉", "黛玉", "宝玉"],
        ),
        (
            'The Queen said to the King, "Well?"\n\n"Off with his head!" cried the King.\n',
            ["the Queen", "the King"],
        ),
        (
            'Then the Mock\nTurtle drew a long breath, and said "Soup."\n\n"No," he added.\n',
            ["the Mock Turtle", "the Mock Turtle"],
        ),
    ],
)
def test_quote_styles_and_tags(source, wanted):
    people = [Character("少平", gender="m"), Character("晓霞", gender="f")]
    assert [u.speaker for u in find_utterances(source, people)] == wanted


def test_one_alias_under_two_persons_is_refused_by_name():
    with pytest.raises(InputError, match="皇上.*皇帝.*康熙"):
        find_utterances("皇上：好。", [*EMPEROR, Character("康熙", ["皇上"])])
    with pytest.raises(InputError, match="皇上"):
        DialogueJob.read({"characters": "皇帝: 皇上\n康熙：皇上"})


def test_the_longest_alias_wins():
    people = [
        Character("金角", ["金角大"]),
        Character("银角", ["金角大王"]),
        Character("Tom"),
        Character("Tom Thumb"),
    ]
    assert [u.speaker for u in find_utterances("金角大王说：“来。”\n金角说：“去。”", people)] == [
        "银角",
        "金角",
    ]
    assert [
        u.speaker for u in find_utterances('"No," said Tom Thumb.\n\n"Yes," said Tom.\n', people)
    ] == ["Tom Thumb", "Tom"]


def test_characters_are_found_in_both_languages():
    assert [(f.name, f.count) for f in find_characters(SCRIPT)][:1] == [("皇帝", 3)]
    english = (
        '"No," said Alice.\n\n"Yes," said the King.\n\nShe said, "Go."\n\n'
        '"Why?" Alice asked. She waited, and she sighed.\n'
    ) * 3
    names = {f.name: f for f in find_characters(english)}
    assert (
        names["Alice"].count == 6
        and names["the King"].gender == "m"
        and names["Alice"].gender == "f"
    )
    chinese = (
        "行者道：“走。”八戒笑道：“不走。”行者闻言大怒道：“呆子！”八戒道：“哥哥。"
        "”那怪喝道：“住口！”\n"
    ) * 2
    assert {"行者", "八戒"} <= {f.name for f in find_characters(chinese)}


def test_characters_in_every_spelling():
    wanted = [("皇帝", ["皇上", "四郎"]), ("甄嬛", ["莞嫔"])]
    for text in (
        "皇帝: 皇上, 四郎\n甄嬛=莞嫔",
        "皇帝：皇上、四郎\n\n甄嬛 ：莞嫔，",
        "皇帝＝皇上，四郎 # 雍正\n甄嬛: 莞嫔",
    ):
        assert [(c.name, c.aliases) for c in parse_characters(text)] == wanted
    listed = [
        {"name": "皇帝", "aliases": ["皇上", "四郎"], "gender": "m"},
        {"name": "甄嬛", "aliases": ["莞嫔"]},
    ]
    spec = DialogueJob.read({"characters": listed})
    assert spec.characters == "皇帝 (m): 皇上, 四郎\n甄嬛: 莞嫔" and [
        c.gender for c in spec.people()
    ] == ["m", None]
    assert DialogueJob.read(yaml.safe_load(spec.as_yaml())) == spec
    with pytest.raises(SpecError):
        DialogueJob.read({"characters": [{"alias": "x"}]})


def test_importing_the_room_is_light():
    rooms = "import studio.dialogue, studio.dialogue.spec"
    assert loaded_by(rooms, "torch", "pandas", "pyarrow", "gradio") == []


def _alice(shared):
    folder = shared / "speakers" / "pdnc" / "AlicesAdventuresInWonderland"
    text = (folder / "novel_text.txt").read_bytes().decode()
    listed = list(csv.DictReader((folder / "character_info.csv").open(encoding="utf-8")))
    people, seen = [], set()
    for row in listed:
        names = [
            n
            for n in (row["Main Name"], *sorted(ast.literal_eval(row["Aliases"])))
            if n.lower().removeprefix("the ") not in seen
        ]
        seen |= {n.lower().removeprefix("the ") for n in names}
        people.append(
            Character(
                row["Main Name"],
                [n for n in names if n != row["Main Name"]],
                {"M": "m", "F": "f"}.get(row["Gender"]),
            )
        )
    gold = [
        (start, end, row["speaker"])
        for row in csv.DictReader((folder / "quotation_info.csv").open(encoding="utf-8"))
        for start, end in ast.literal_eval(row["quoteByteSpans"])
    ]
    return text, people, gold


def test_alice_quotes_speakers_and_pairs_hold_their_floor(shared):
    text, people, gold = _alice(shared)
    found = find_utterances(text, people)
    spans = {(s, e): speaker for s, e, speaker in gold}
    near = [
        (
            u,
            next(
                (spans[s, e] for s, e in spans if abs(s - u.start) < 4 and abs(e - u.end) < 6), None
            ),
        )
        for u in found
    ]
    hit = [(u, speaker) for u, speaker in near if speaker]
    assert len(hit) >= 0.95 * len(gold)
    assert sum(u.speaker == speaker for u, speaker in hit) >= 0.9 * len(gold)
    pairs = build_pairs(found, "Alice", text=text)
    true = {u.start for u, speaker in hit if speaker == "Alice"}
    annotated = {u.start for u, _ in hit}  # verses that are recited are not
    judged = [p for p in pairs if p["start"] in annotated]
    assert len(judged) >= 150 and sum(p["start"] in true for p in judged) >= 0.96 * len(judged)


@pytest.mark.long
def test_journey_to_the_west_runs_quickly(shared):
    text = (shared / "novels" / "journey_to_the_west.txt").read_bytes().decode()
    began = time.monotonic()
    found = find_utterances(
        text,
        [
            Character("孙悟空", ["行者", "悟空", "大圣", "孙行者"]),
            Character("猪八戒", ["八戒", "呆子"]),
        ],
    )
    assert time.monotonic() - began < 60
    assert len(found) > 10_000 and sum(u.speaker == "孙悟空" for u in found) > 2500
    assert len(build_pairs(found, "孙悟空", text=text)) > 1500


def _spec(workspace, **fields):
    from studio import documents

    one = documents.add(workspace, "script.txt", SCRIPT.encode())
    two = documents.add(
        workspace,
        "novel.txt",
        (SCRIPT + "\n第3幕\n皇帝：再来一遍。\n华妃：是。\n皇帝：好。\n").encode(),
    )
    return DialogueJob(documents=[one.id, two.id], **fields)


def test_the_job_writes_rows_tables_and_a_result(workspace):
    import pyarrow.parquet as pq

    from studio.dialogue.job import run
    from studio.dialogue.review import queries

    spec = _spec(workspace, characters="皇帝: 皇上, 四郎", target="四郎")
    job = job_for(workspace, spec)
    result = run(spec, job)
    assert (
        result["target"] == "皇帝"
        and result["speakers"]["皇帝"] == 16
        and result["dropped"]["repeated"] == 4
    )
    assert result["pairs"] == 5 and result["utterances"] == 25
    pair = rows.of_set(workspace.store, result["set"])[0]
    assert {k: pair.data[k] for k in ("system", "instruction", "input", "output")} == {
        "system": "用皇帝的口吻回答问题",
        "instruction": "",
        "input": "请皇上翻牌子。",
        "output": "哪来那么多话？下去吧。",
    }
    assert SCRIPT[pair.start : pair.end].startswith("哪来那么多话")
    table = pq.read_table(job.folder / "utterances.parquet")
    assert table.column_names == [
        "document",
        "utterance_id",
        "start",
        "end",
        "text",
        "speaker",
        "addressee",
        "confidence",
        "method",
    ]
    assert table.num_rows == 25
    lines = [
        json.loads(line)
        for line in (job.folder / "dialogue.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert lines[0] == {"role": "徐进良", "dialogue": "请皇上翻牌子。"} and len(lines) == 25

    set_id = result["utterance_set"]
    assert [s["id"] for s in queries.utterance_sets(workspace)] == [set_id]
    assert queries.speakers(workspace, set_id)[0] == ("皇帝", 16)
    assert [u["text"] for u in queries.page(workspace, set_id, 1, 2, speaker="皇帝")] == [
        "下去吧。",
        "快，请太后进来。",
    ]
    place = queries.passage(workspace, set_id, 3, chars=60)
    for row in place["utterances"]:
        assert (
            place["text"][max(0, row["start"] - place["offset"]) : row["end"] - place["offset"]]
            in row["text"]
        )


def test_a_stopped_job_goes_on_without_repeating(workspace, monkeypatch):
    from studio.dialogue import job as room

    spec = _spec(workspace, characters="皇帝: 皇上, 四郎", target="皇帝")
    job = job_for(workspace, spec)
    read = room.find_utterances

    def stop_after_one(text, people, **more):
        job.wanted_stop.append(True)
        return read(text, people, **more)

    monkeypatch.setattr(room, "find_utterances", stop_after_one)
    with pytest.raises(Stopped):
        room.run(spec, job)
    assert units.count(workspace.store, f"utterances-{job.id}") == 1

    job.wanted_stop.clear()
    calls = []
    monkeypatch.setattr(
        room,
        "find_utterances",
        lambda text, people, **more: calls.append(1) or read(text, people, **more),
    )
    result = room.run(spec, job)
    assert len(calls) == 1 and (result["utterances"], result["pairs"]) == (25, 5)
    assert room.run(spec, job) == result and len(calls) == 1


def test_a_target_that_says_nothing_is_told(workspace):
    from studio.dialogue.job import run

    spec = _spec(workspace, target="华佗")
    with pytest.raises(InputError, match="华佗"):
        run(spec, job_for(workspace, spec))
    assert not sets.newest_first(workspace.store, "rows")  # no empty set is left behind
    spec = _spec(workspace)
    result = run(spec, job_for(workspace, spec))
    assert result["set"] is None and result["pairs"] == 0 and result["utterances"] == 25


def test_names_of_a_short_chapter_are_found_though_each_is_told_but_once():
    text = (
        "    许明远推开门。周岚站在窗边，林秋坐着。\n    “你来晚了。”林秋说。\n"
        "    许明远说：“路上堵车。”\n    周岚笑道：“借口。”\n"
        "    三个人都沉默了。三个人说：“好吧。”三个人说：“走吧。”\n"
        "    周岚走了。许明远叹气。林秋不动。高兴的人走了。\n"
    )
    assert {found.name for found in find_characters(text)} == {"林秋", "许明远", "周岚"}
    women = find_characters(
        "那妇人道：“你来。”那妇人笑道：“他来了。”他，他。那妇人问道：“谁？”他说：“我。”\n" * 3
    )
    assert {found.name.lstrip("那"): found.gender for found in women}["妇人"] == "f"
