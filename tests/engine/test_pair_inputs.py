"""What a pair's input is: the line said to the role in its scene; how far lines in a row go
together; where the persona stands; what is dropped, with examples.
"""

from dataclasses import replace

import pytest

from studio.dialogue import Character, Utterance, build_pairs, find_utterances
from studio.dialogue.pairs.build import pairs_with_report
from studio.dialogue.pairs.conversations import build_conversations
from studio.dialogue.pairs.turns import join_turns
from studio.dialogue.spec import PairRules


def lines(*rows, method="verb-name", distance=5):
    """Utterances of (speaker, text[, addressee[, more]]) in the order of the text."""
    found, at = [], 0
    for speaker, text, *more in rows:
        addressee, rest = (more + [None, {}])[:2] if more else (None, {})
        found.append(
            Utterance(at, at + len(text), text, speaker, addressee, 1.0, method, **(rest or {}))
        )
        at += len(text) + distance
    return found


def texts(pairs):
    return [(pair["input"], pair["output"]) for pair in pairs]


def test_a_line_said_to_the_role_goes_before_one_that_is_not():
    asked = lines(
        ("秋月", "掌柜，还有房么？", "掌柜"),
        ("老周", "我饿了。", "秋月"),
        ("掌柜", "楼上还有一间。"),
    )
    assert texts(build_pairs(asked, "掌柜")) == [("掌柜，还有房么？", "楼上还有一间。")]
    assert texts(build_pairs(asked, "掌柜", input_from="last")) == [("我饿了。", "楼上还有一间。")]
    unknown = [u if u.speaker != "老周" else lines(("老周", "我饿了。"))[0] for u in asked]
    unknown[1] = Utterance(13, 17, "我饿了。", "老周", None, 1.0, "turn")
    assert texts(build_pairs(unknown, "掌柜")) == [("掌柜，还有房么？", "楼上还有一间。")]


def test_where_nothing_is_said_to_the_role_the_last_line_counts_unless_only_such_are_wanted():
    aside = lines(("Ann", "He is late.", "Joe"), ("Sam", "I am here."))
    assert texts(build_pairs(aside, "Sam")) == [("He is late.", "I am here.")]
    pairs, report = pairs_with_report(aside, "Sam", "", PairRules(input_from="only_addressed"))
    assert (pairs, report["dropped"]) == ([], {"not_addressed": 1})
    asked = lines(("Ann", "Are you there?", "Sam"), ("Sam", "I am here."))
    assert len(build_pairs(asked, "Sam", input_from="only_addressed")) == 1


@pytest.mark.parametrize(
    "between", [("甲", "早说过了。", "丙"), ("丙", "散了吧。", "乙", {"scene": 0})]
)
def test_an_input_is_never_sought_past_the_roles_own_turn_or_in_another_scene(between):
    if between[0] == "甲":
        found = lines(("乙", "甲，你说呢？", "甲"), between, ("丙", "哦。", "乙"), ("甲", "走吧。"))
        assert texts(build_pairs(found, "甲"))[-1] == ("哦。", "走吧。")
    else:
        found = lines(
            ("乙", "甲，你说呢？", "甲", {"scene": 0}),
            ("丙", "散了吧。", "乙", {"scene": 1}),
            ("甲", "走吧。", None, {"scene": 1}),
        )
        assert texts(build_pairs(found, "甲")) == [("散了吧。", "走吧。")]


def test_an_input_is_not_sought_beyond_the_narration_allowed():
    found = lines(
        ("乙", "甲，你说呢？", "甲"), ("丙", "天冷。", "乙"), ("甲", "走吧。"), distance=200
    )
    assert texts(build_pairs(found, "甲", max_gap_chars=300)) == [("天冷。", "走吧。")]
    assert texts(build_pairs(found, "甲", max_gap_chars=500)) == [("甲，你说呢？", "走吧。")]


def test_an_input_has_no_narration_and_history_ends_before_it():
    text = (
        "“店家，可有热酒？”秋月问掌柜。\n\n“有。”掌柜答道。\n\n"
        "“店家，烫一壶来。”秋月对掌柜说。外面雪下得紧。\n\n“这就来。”掌柜道。\n"
    )
    people = [Character("秋月"), Character("掌柜", ["店家"])]
    rows = build_pairs(find_utterances(text, people, layout="novel"), "掌柜", text=text, history=2)
    assert texts(rows) == [("店家，可有热酒？", "有。"), ("店家，烫一壶来。", "这就来。")]
    assert rows[1]["history"] == [["店家，可有热酒？", "有。"]]


def test_a_run_of_lines_is_joined_up_to_a_limit_and_its_rest_is_counted():
    speech = "今日之事，听我细细说来。"
    found = lines(
        ("鲁肃", "先生有何高见？"), *[("孔明", speech, None, {"speech": n}) for n in range(5)]
    )
    limit = 3 * len(speech)
    pairs, report = pairs_with_report(found, "孔明", "", PairRules(run_chars=limit))
    assert [pair["output"] for pair in pairs] == [speech * 3]
    assert (report["lines"], report["pairs"]) == (2, 1) and report["dropped"] == {"rest_of_run": 1}
    first = build_pairs(found, "孔明", runs="first")
    assert [pair["output"] for pair in first] == [speech]
    whole = [replace(u, speech=7) for u in found[1:]]
    assert len(build_pairs([found[0], *whole], "孔明", run_chars=limit)[0]["output"]) == 60


def test_nobody_speaks_within_a_joined_run():
    found = lines(
        ("Ann", "First."),
        ("Tom", "What will she say?", None, {"kind": "thought"}),
        ("Ann", "Second."),
        (None, "the word", None, {"kind": "quoted"}),
        ("Ann", "Third."),
        (None, "Hm."),
        ("Ann", "Fourth."),
    )
    turns = join_turns(found, source=None, max_gap_chars=300)
    assert [turn.text for turn in turns] == ["First.", "Second. Third.", "Hm.", "Fourth."]


def test_a_debate_gives_one_pair_for_each_answer():
    rows = []
    for n in range(6):
        rows += [("张昭", f"此事第{n}条，先生怎么说？", "孔明"), ("孔明", f"我答第{n}条。", "张昭")]
    assert [p["output"] for p in build_pairs(lines(*rows), "孔明")] == [
        f"我答第{n}条。" for n in range(6)
    ]


@pytest.mark.parametrize(
    "place, system, human",
    [
        ("system", "You are Sam.", "Where were you?"),
        ("input", "", "You are Sam.\nWhere were you?"),
        ("none", "", "Where were you?"),
    ],
)
def test_the_persona_stands_where_it_is_wanted(place, system, human):
    found = lines(
        ("Ann", "Where were you?"), ("Sam", "Out."), ("Ann", "All night?"), ("Sam", "All night.")
    )
    rules = PairRules(persona=place, history=1)
    pairs, _ = pairs_with_report(found, "Sam", "You are {name}.", rules)
    assert (pairs[0]["system"], pairs[0]["input"]) == (system, human)
    assert pairs[1]["history"] == [[human, "Out."]] and pairs[1]["input"] == "All night?"
    (one,) = build_conversations(found, "Sam", "You are {name}.", rules=rules)
    assert (one["system"], one["conversations"][0]["value"]) == (system, human)
    assert one["conversations"][2]["value"] == "All night?"


def test_a_persona_in_the_input_stands_before_an_opening_and_a_scene():
    text = "雪停了。\n\n“谁？”阿四问。\n"
    found = find_utterances(text, [Character("阿四")], layout="novel")
    rules = PairRules(persona="input", with_opening=True, opening="说点什么。")
    pairs, _ = pairs_with_report(found, "阿四", "你是{name}。", rules, text)
    assert pairs[0]["instruction"] == "你是阿四。\n说点什么。"


def test_every_drop_is_counted_and_shown_with_examples():
    found = lines(
        ("乙", "你去哪里？", "甲"),
        ("甲", "去河边。"),
        ("乙", "你去哪里？", "甲"),
        ("甲", "去河边。"),
        ("乙", "说来听听。", "甲"),
        ("甲", "白日依山尽，黄河入海流。欲穷千里目，更上一层楼。"),
        ("乙", "好。", "甲"),
        ("甲", "嗯。"),
    )
    _, report = pairs_with_report(found, "甲", "", PairRules(min_output_chars=3))
    assert report["dropped"] == {"too_short": 1, "poem": 1, "repeated": 1}
    assert report["examples"] == {
        "too_short": ["好。 → 嗯。"],
        "poem": ["说来听听。 → 白日依山尽，黄河入海流。欲穷千里目，更上一层楼。"],
        "repeated": ["你去哪里？ → 去河边。"],
    }
    assert len(build_pairs(found, "甲", drop_poems=False)) == 3


def test_examples_are_few_and_short():
    long = "很" * 200
    rows = [row for n in range(9) for row in (("乙", f"{n}？"), ("甲", long + str(n)))]
    _, report = pairs_with_report(lines(*rows), "甲", "", PairRules(max_output_chars=100))
    assert report["dropped"] == {"too_long": 9} and len(report["examples"]["too_long"]) == 2
    assert all(len(text) <= 80 for text in report["examples"]["too_long"])
