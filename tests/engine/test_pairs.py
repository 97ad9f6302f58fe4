"""Pairs: same scene, another speaker, near enough; scene lines, conversations, limits, held-out
chapters, data sets.
"""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.dialogue import Character, Utterance, build_pairs, find_utterances, pair_report
from studio.dialogue.pairs.build import pairs_with_report
from studio.dialogue.pairs.conversations import build_conversations, pairs_of_roles
from studio.dialogue.pairs.hold_out import held_with
from studio.dialogue.pairs.pair_files import (
    conversation_data,
    is_held,
    sharegpt,
    write_info,
    write_pairs,
)
from studio.dialogue.spec import PairRules
from tests.engine.scenes import EMPEROR, NOVEL, PEOPLE, SCRIPT
from tests.engine.tagged import read_tagged


def test_pairs_of_a_script_join_cut_lines_and_never_cross_a_scene():
    pairs = build_pairs(
        find_utterances(SCRIPT, EMPEROR),
        target="皇帝",
        system="用{name}的口吻回答问题",
        text=SCRIPT,
    )
    assert [(p["input"], p["output"]) for p in pairs] == [
        ("请皇上翻牌子。", "哪来那么多话？下去吧。"),
        ("皇上，太后来了。", "快，请太后进来。"),
        ("皇帝近来可好？", "儿臣……给太后请安。"),
        ("臣妾在。", "免礼。"),
    ]
    assert {p["system"] for p in pairs} == {"用皇帝的口吻回答问题"} and {
        p["instruction"] for p in pairs
    } == {""}
    assert SCRIPT[pairs[1]["start"] : pairs[1]["end"]] == "快，请太后进来。"
    report = pair_report(find_utterances(SCRIPT, EMPEROR), "皇帝")
    assert report == {"lines": 5, "pairs": 4, "dropped": {"other_scene": 1}}


def test_split_speech_is_one_turn_and_marks_are_left_out():
    pairs = build_pairs(find_utterances(NOVEL, PEOPLE), "李静")
    assert (pairs[0]["input"], pairs[0]["output"]) == ("你怎么来了？", "我来看看你，顺便还你的书。")
    english = '"Who are you?" said the Cat.\n\n"I am Alice," said Alice, "and\nyou?"\n'
    pairs = build_pairs(find_utterances(english, [Character("Alice")]), "Alice", name_speaker=True)
    assert [(p["input"], p["output"]) for p in pairs] == [
        ("the Cat: Who are you?", "I am Alice, and you?")
    ]


def test_an_own_line_before_is_no_input():
    found = [
        Utterance(0, 3, "好。啊", "甲", None, 1.0, "script"),
        Utterance(900, 903, "走吧。", "甲", None, 1.0, "script"),
        Utterance(905, 908, "去哪？", None, None, 0.0, "unknown"),
        Utterance(910, 913, "下山。", "甲", None, 1.0, "script"),
    ]
    assert [(p["input"], p["output"]) for p in build_pairs(found, "甲")] == [("去哪？", "下山。")]
    assert pair_report(found, "甲")["dropped"] == {"no_line_before": 1, "own_line_before": 1}


def test_filters_of_pairs():
    source = (
        "甲：在吗？\n乙：在。\n甲：在吗？\n乙：在。\n乙：还有别的事要说给你听。\n"
        "甲：没有了，就这样。\n"
    )
    found = find_utterances(source)
    assert [(p["input"], p["output"]) for p in build_pairs(found, "乙", max_gap_chars=3)] == [
        ("在吗？", "在。"),
        ("在吗？", "在。还有别的事要说给你听。"),
    ]
    assert build_pairs(found, "乙", max_gap_chars=0) == []
    assert not build_pairs(found, "甲", max_output_chars=3) or all(
        len(p["output"]) <= 3 for p in build_pairs(found, "甲", max_output_chars=3)
    )
    opened = build_pairs(found, "甲", with_opening=True, opening="说点什么。")
    assert (opened[0]["instruction"], opened[0]["input"], opened[0]["input_start"]) == (
        "说点什么。",
        "",
        None,
    )
    assert build_pairs(found, "乙", history=2)[-1]["history"] == [["在吗？", "在。"]]
    twice = "甲：在吗？\n乙：在。\n\n第二幕\n甲：在吗？\n乙：在。\n"
    assert len(build_pairs(find_utterances(twice), "乙")) == 1
    assert pair_report(find_utterances(twice), "乙")["dropped"] == {"repeated": 1}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["甲：好。", "乙：来。", "丙：去哪儿？", "第3幕", "（下）", "", "他走了。"]
        ),
        min_size=6,
        max_size=40,
    )
)
def test_no_pair_crosses_a_scene_or_answers_itself(rows):
    found = find_utterances("\n".join(rows), layout="script")
    owner = {u.start: u for u in found}
    for pair in build_pairs(found, "甲", max_gap_chars=10_000):
        line, answer = owner[pair["input_start"]], owner[pair["start"]]
        assert line.scene == answer.scene and line.speaker != "甲" and answer.speaker == "甲"
        assert not any(pair["input_end"] < u.start < pair["start"] for u in found)


def test_a_second_real_answer_survives_when_its_input_differs():
    text = "甲：去吗？\n乙：是。\n甲：走吗？\n乙：是。\n甲：去吗？\n乙：是。\n"
    pairs, report = pairs_with_report(find_utterances(text), "乙", "", PairRules(), text)
    assert [(p["input"], p["output"]) for p in pairs] == [("去吗？", "是。"), ("走吗？", "是。")]
    assert (report["lines"], report["pairs"], report["dropped"]) == (3, 2, {"repeated": 1})


def test_a_line_shared_with_the_target_is_no_input():
    text = "甲：来了？\n乙、丙：来了。\n乙：坐。\n甲：好。\n乙：喝茶。\n"
    found = find_utterances(text)
    assert [(p["input"], p["output"]) for p in build_pairs(found, "乙")] == [("好。", "喝茶。")]
    assert pair_report(found, "乙")["dropped"] == {"own_line_before": 1}
    assert [p["input"] for p in build_pairs(found, "甲", name_speaker=True)] == ["乙：坐。"]


def test_limits_of_a_role_are_counted():
    rows = [f"甲：第{'一二三四五六七八九'[n]}问？\n乙：{'答' * (n + 1)}。" for n in range(9)]
    found = find_utterances("\n".join(rows))
    pairs, report = pairs_with_report(
        found, "乙", "", PairRules(max_pairs=3, min_output_chars=3), None
    )
    assert [len(p["output"]) for p in pairs] == [3, 5, 8]
    assert report["dropped"] == {"too_short": 1, "over_limit": 5}
    assert pair_report(found, "乙", PairRules(min_lines=10)) == {
        "lines": 9,
        "pairs": 0,
        "dropped": {"too_few_lines": 9},
    }
    assert pair_report(found, "乙", PairRules(max_input_chars=3))["dropped"] == {
        "input_too_long": 9
    }
    nobody = [
        Utterance(0, 2, "好。", None, None, 0.0, "unknown"),
        Utterance(5, 7, "走。", "甲", None, 1.0, "colon"),
    ]
    assert pair_report(nobody, "甲", PairRules(known_input=True))["dropped"] == {
        "unknown_before": 1
    }
    assert pair_report(nobody, "甲")["pairs"] == 1


def test_narration_goes_along_as_whole_sentences():
    text = (
        "第一章\n\n天黑了。雨下得很大，路上没有人。\n\n"
        "“你怎么来了？”王平吃惊地说。他放下碗。\n\n灯灭了。\n\n李静笑道：“来看你。”\n"
    )
    found = find_utterances(text, PEOPLE)
    (pair,) = build_pairs(found, "李静", text=text, with_scene=True)
    assert (
        pair["input"]
        == "（天黑了。雨下得很大，路上没有人。）\n你怎么来了？\n（他放下碗。灯灭了。）"
        and pair["output"] == "来看你。"
    )
    assert [text[a:b] for a, b in pair["scene_spans"]] == [
        "天黑了。",
        "雨下得很大，路上没有人。",
        "他放下碗。",
        "灯灭了。",
    ]
    (pair,) = build_pairs(
        found,
        "李静",
        "你是{name}，出自《{source}》。",
        text=text,
        source="雨夜",
        with_scene=True,
        scene_chars=10,
        scene_place="system",
    )
    assert (pair["system"], pair["input"]) == (
        "你是李静，出自《雨夜》。\n场景：他放下碗。灯灭了。",
        "你怎么来了？",
    )
    assert "scene_spans" not in build_pairs(found, "李静", text=text)[0]
    script = (
        "第1场\n（雨。皇帝独坐。）\n旁白：三更。\n徐进良：（跪）请皇上歇息。\n（静。）\n"
        "皇帝：退下。\n"
    )
    (pair,) = build_pairs(find_utterances(script), "皇帝", text=script, with_scene=True)
    assert pair["input"] == "（雨。皇帝独坐。三更。）\n请皇上歇息。\n（静。）"


def test_conversations_keep_to_two_people_and_a_number_of_messages():
    text = (
        "甲：一？\n乙：二。\n甲：三？\n乙：四。\n甲：五？\n乙：六。\n丙：七？\n乙：八。\n"
        "第二场\n甲：九？\n乙：十。\n乙：完。\n"
    )
    found = find_utterances(text)
    talks = build_conversations(found, "乙", "用{name}的口吻", text=text)
    assert ["".join(m["value"] for m in talk["conversations"]) for talk in talks] == [
        "一？二。三？四。五？六。",
        "七？八。",
        "九？十。完。",
    ]
    assert [m["from"] for m in talks[0]["conversations"]] == ["human", "gpt"] * 3 and talks[0][
        "system"
    ] == "用乙的口吻"
    assert [text[a:b] for a, b in talks[1]["spans"]] == ["七？", "八。"] and [
        talk["other"] for talk in talks
    ] == ["甲", "丙", "甲"]
    short = build_conversations(found, "乙", rules=PairRules(max_turns=4), text=text)
    assert [len(talk["conversations"]) for talk in short] == [4, 2, 2, 2]


def test_whole_chapters_are_held_out():
    text, _ = read_tagged("script.zh.tagged.txt")
    found = find_utterances(text)
    rows, report = pairs_with_report(found, "阿禾", "", PairRules(held_out=0.2), text)
    held = {row["chapter"] for row in rows if row["split"] == "heldout"}
    assert held and not held & {row["chapter"] for row in rows if row["split"] == "train"}
    assert 0.1 * len(rows) <= report["held_out"] <= 0.35 * len(rows)
    again = pairs_with_report(found, "阿禾", "", PairRules(held_out=0.2), text)[0]
    other = pairs_with_report(found, "阿禾", "", PairRules(held_out=0.2, seed=5), text)[0]
    assert again == rows and {r["chapter"] for r in other if r["split"] == "heldout"} != held
    talks = build_conversations(found, "阿禾", rules=PairRules(held_out=0.2), text=text)
    assert {talk["split"] for talk in talks} == {"train", "heldout"}
    one = "甲：去吗？\n乙：是。\n"
    assert [row["split"] for row in build_pairs(find_utterances(one), "乙", held_out=0.5)] == [
        "train"
    ]


def test_several_roles_each_with_their_own_limits():
    text, _ = read_tagged("script.zh.tagged.txt")
    rows, reports = pairs_of_roles(
        find_utterances(text),
        ["陈守河", "阿禾", "陈守河"],
        "你是{name}",
        PairRules(max_pairs=20),
        text=text,
    )
    assert list(reports) == ["陈守河", "阿禾"] and [r["pairs"] for r in reports.values()] == [
        20,
        20,
    ]
    assert {(row["role"], row["system"]) for row in rows} == {
        ("陈守河", "你是陈守河"),
        ("阿禾", "你是阿禾"),
    }


def test_data_sets_are_written_in_every_form(tmp_path):
    import pyarrow.parquet as pq

    text, _ = read_tagged("script.zh.tagged.txt")
    found = find_utterances(text)
    rules = PairRules(held_out=0.2, history=2)
    rows = [
        row | {"document": "河灯渡.txt"}
        for row in pairs_with_report(found, "阿禾", "用{name}的口吻回答问题", rules, text)[0]
    ]
    with conversation_data(tmp_path) as talks:
        for talk in build_conversations(found, "阿禾", rules=rules, text=text):
            talks.add(sharegpt(talk), held=is_held(talk))
    write_info(tmp_path, write_pairs(rows, tmp_path) | talks.entries)
    assert sorted(file.name for file in tmp_path.iterdir() if file.is_file()) == [
        "dataset_info.json",
        "pairs.json",
        "pairs.jsonl",
        "pairs.parquet",
        "pairs_heldout.json",
        "sharegpt.json",
        "sharegpt_heldout.json",
    ]
    pairs, held = (
        json.loads((tmp_path / name).read_text(encoding="utf-8"))
        for name in ("pairs.json", "pairs_heldout.json")
    )
    assert len(pairs) + len(held) == len(rows) and pairs[0] == {
        "system": "用阿禾的口吻回答问题",
        "instruction": "",
        "input": "我知道。",
        "output": "您怎么知道？您都没看。",
        "source": {
            "document": "河灯渡.txt",
            "input_start": 133,
            "input_end": 137,
            "start": 141,
            "end": 152,
        },
    }
    assert text[133:137] == "我知道。" and text[141:152] == "您怎么知道？您都没看。"
    talk = json.loads((tmp_path / "sharegpt.json").read_text(encoding="utf-8"))[0]
    (low, high), *_ = talk["source"]["spans"]
    assert text[low:high] == talk["conversations"][0]["value"]
    info = json.loads((tmp_path / "dataset_info.json").read_text(encoding="utf-8"))
    assert info["pairs"]["columns"] == {
        "prompt": "instruction",
        "query": "input",
        "response": "output",
        "system": "system",
        "history": "history",
    }
    assert info["sharegpt"]["formatting"] == "sharegpt"
    table = pq.read_table(tmp_path / "pairs.parquet").to_pylist()
    assert len(table) == len(rows) and {row["document"] for row in table} == {"河灯渡.txt"}
    for row in table:
        pieces = re.split(r"\s", row["output"])
        assert text[row["start"] :].startswith(pieces[0][:3]) and text[
            row["input_start"] :
        ].startswith(row["input"][:2])


def test_a_name_with_a_joining_mark_in_it_is_never_paired_with_itself():
    text = (
        "Marks & Spencer: Hello there.\n"
        + "(A long silence falls over them all.)\n" * 12
        + "Marks & Spencer: Still here.\nTom: Yes.\n"
    )
    found = find_utterances(text, [Character("Marks & Spencer"), Character("Tom")], layout="script")
    assert [u.speaker for u in found] == ["Marks & Spencer", "Marks & Spencer", "Tom"]
    assert build_pairs(found, "Marks & Spencer", text=text) == []


def test_what_is_held_out_is_held_out_for_every_role_and_in_every_form():
    text = "".join(
        f"# 第{n}章\n\n"
        + "甲：问。\n乙：答。\n" * (n % 4)
        + f"丙：第{n}句。\n甲：好{n}。\n乙：走{n}。\n"
        for n in range(1, 13)
    )
    text = re.sub("[问答]", lambda m: m.group() + str(m.start()), text)
    found = find_utterances(text, layout="script")
    for seed in range(6):
        rules = PairRules(held_out=0.3, seed=seed)
        rows, reports = pairs_of_roles(found, ["甲", "乙"], "", rules, text=text)
        held, trained = (
            {row["chapter"] for row in rows if row["split"] == part}
            for part in ("heldout", "train")
        )
        assert held and not held & trained
        assert sum(report["held_out"] for report in reports.values()) == sum(
            row["split"] == "heldout" for row in rows
        )
        talks = [
            talk
            for role in "甲乙"
            for talk in held_with(build_conversations(found, role, rules=rules, text=text), rows)
        ]
        assert {talk["chapter"] for talk in talks if talk["split"] == "heldout"} == held
        assert {talk["chapter"] for talk in talks if talk["split"] == "train"} <= trained


def test_a_rule_that_is_none_is_refused_by_name():
    with pytest.raises(TypeError, match="max_gap"):
        build_pairs([], "甲", max_gap=3)
