"""What is wrong with a dataset: each check on good and bad rows, and what mends it."""

import json

import pytest

from studio.datasets import open_dataset, registry
from studio.datasets.profile import job as profile_job
from studio.datasets.profile import kept, token_lengths
from studio.datasets.profile.answers import breaks_off, loop
from studio.datasets.profile.damage import repaired
from studio.datasets.profile.finding import Finding
from studio.datasets.profile.personal_data import iban, id_card, luhn, masked
from studio.datasets.profile.seen import language, without_code
from studio.datasets.profile.spec import Mendable, RepairJob
from studio.datasets.profile.survey import of_list, survey
from studio.datasets.profile.thoughts import without
from studio.datasets.row_changes import edits
from studio.datasets.taking_in.intake import register_file
from studio.datasets.token_view.options import Figures, Side
from studio.errors import InputError, Stopped
from studio.workspace import Workspace
from tabs.kit.language import reason
from tests.engine.health_rows import BAD, clean, damaged, row

# As LLaMA-Factory's data/identity.json has them.
IDENTITY = [
    {"instruction": "hi", "input": "", "output": "Hello! I am {{name}}, developed by {{author}}."},
    {"instruction": "你好", "input": "", "output": "您好，我是 {{name}}，由 {{author}} 开发。"},
    {"instruction": "Who are you?", "input": "", "output": "I am {{name}}, made by {{author}}."},
]


@pytest.fixture
def workspace(tmp_path):
    return Workspace.open(tmp_path / "ws")


def put(workspace, name, rows, **layout):
    """A registered dataset of these rows."""
    data = json.dumps(rows, ensure_ascii=False).encode()
    return register_file(workspace, f"{name}.json", data, name)


def found(rows, **how) -> dict[str, Finding]:
    return {one.name: one for one in survey(of_list("set", rows, [], 0), **how).findings}


def report(workspace, name, **how):
    made = profile_job.check(workspace, [name], **how)
    return {one["name"]: one for one in made["findings"]}


def test_clean_rows_are_left_alone():
    """At most two of a hundred rows in which nothing is wrong are told, of all checks together."""
    rows = clean()
    assert len(rows) > 190
    told = {name: one.count for name, one in found(rows).items() if one.count}
    print(told)
    assert sum(told.values()) <= 0.02 * len(rows), told


@pytest.mark.parametrize("kind", BAD)
def test_bad_rows_are_found(kind):
    """At least 98 of a hundred, among clean rows; the examples are these rows."""
    good, bad = clean(), BAD[kind]
    one = found(good + bad)[kind]
    assert one.count >= 0.98 * len(bad)
    assert one.severity in ("warn", "bad") and one.total
    assert 1 <= len(one.examples) <= 5
    assert all(example.row >= len(good) for example in one.examples)


@pytest.mark.parametrize("kind", BAD)
def test_what_is_mended_is_sound_afterwards(workspace, kind):
    """A fix leaves no row of its kind, save what it says that it could not mend; and it can be
    undone, byte by byte.
    """
    rows = clean()[:12] + BAD[kind]
    raw = [{k: v for k, v in one.items() if v not in ("", [])} for one in rows]
    if kind == "equal_sides":
        raw = [one for one in raw if "chosen" in one] + [
            {"instruction": "Another?", "chosen": "Yes, of course.", "rejected": "No idea."}
        ]
    put(workspace, "rows", raw)
    if kind == "equal_sides":
        info = json.loads((workspace.data / "dataset_info.json").read_text("utf-8"))
        assert info["rows"]["ranking"]
    path = registry.find(workspace, "rows").path
    before, first = path.read_bytes(), report(workspace, "rows", near=False)[kind]
    assert first["fix"] and first["sample"]["before"] != first["sample"]["after"]
    values = dict.fromkeys(first["kinds"], "Inkwell") if kind == "placeholders" else {}
    made = profile_job.mend(workspace, "rows", kind, values, "a reason")
    assert made["changed"] + made["deleted"] + made["unchanged"] == first["count"] > 0
    after = report(workspace, "rows", near=False)[kind]
    assert after["count"] == made["unchanged"] <= 0.1 * first["count"]
    assert edits.history(workspace, "rows")[-1].why == "a reason"
    edits.undo(workspace, "rows")
    assert path.read_bytes() == before


def test_identity_rows_tell_of_their_placeholders(workspace):
    put(workspace, "identity", IDENTITY)
    told = report(workspace, "identity")["placeholders"]
    assert told["count"] == 3 and told["severity"] == "bad" and told["fix"] == "fill"
    assert told["kinds"] == {"{{name}}": 3, "{{author}}": 3}
    spec = RepairJob.read(
        {
            "dataset": "identity",
            "finding": "placeholders",
            "values": {"{{name}}": "墨砚", "{{author}}": "Inkwell"},
        }
    )
    spec.check(workspace)
    made = profile_job.mend(workspace, spec.dataset, spec.finding, spec.values)
    assert (made["changed"], made["deleted"]) == (3, 0)
    replies = [one["output"] for one in open_dataset("identity", workspace).rows()]
    assert replies[0] == "Hello! I am 墨砚, developed by Inkwell."
    assert report(workspace, "identity")["placeholders"]["severity"] == "good"


def test_one_value_alone_fills_its_placeholder_alone(workspace):
    put(workspace, "identity", IDENTITY)
    profile_job.mend(workspace, "identity", "placeholders", {"{{name}}": "Ada"})
    assert report(workspace, "identity")["placeholders"]["kinds"] == {"{{author}}": 3}


def test_without_a_value_nothing_is_filled(workspace):
    put(workspace, "identity", IDENTITY)
    spec = RepairJob.read({"dataset": "identity", "finding": "placeholders"})
    with pytest.raises(InputError, match="No value is given"):
        spec.check(workspace)


def test_equal_rows_are_told_with_the_first_of_them(workspace):
    rows = [{"instruction": f"q{n}", "output": f"The answer {n}."} for n in range(20)]
    put(workspace, "twice", [*rows, rows[3], rows[3], rows[7]])
    told = report(workspace, "twice")
    twice = told["exact_duplicates"]
    assert twice["count"] == 3 and twice["severity"] == "bad"
    assert [(one["row"], one["other"]) for one in twice["examples"]] == [(20, 3), (21, 3), (22, 7)]
    assert told["near_duplicates"]["count"] == 0
    profile_job.mend(workspace, "twice", "exact_duplicates", {})
    assert [one["instruction"] for one in open_dataset("twice", workspace).rows()] == [
        f"q{n}" for n in range(20)
    ]


def test_nearly_equal_rows_are_told_apart_from_equal_ones():
    text = "The old man ground his ink slowly, and the smell of pine soot filled the whole room."
    rows = [row("How did he work?", text), row("How did he work?", text + " Well."), row("a", "b")]
    told = found([*rows, rows[0]], near=True)
    assert [one.row for one in told["near_duplicates"].examples] == [1]
    assert told["near_duplicates"].examples[0].other == 0
    assert told["exact_duplicates"].count == 1


def test_rows_of_the_held_out_set_are_leaks(workspace):
    rows = [
        {"instruction": f"What is the {n}th rule?", "output": f"Rule {n} is short."}
        for n in range(8)
    ]
    put(workspace, "book", rows)
    near = {"instruction": "What is the 3th rule??", "output": "Rule 3 is short."}
    held = [rows[0], {"instruction": rows[1]["instruction"], "output": "Another answer."}, near]
    put(workspace, "book-heldout", held)
    told = report(workspace, "book")
    assert told["leaks"]["kinds"] == {"row": 1, "question": 1}
    assert [(one["row"], one["other"]) for one in told["leaks"]["examples"]] == [(0, 0), (1, 1)]
    assert told["near_leaks"]["examples"][0]["row"] == 3
    put(workspace, "other", rows[:2])
    assert report(workspace, "other", near=False).get("leaks") is None
    assert report(workspace, "other", against="book", near=False)["leaks"]["count"] == 2


def test_a_changed_partner_makes_the_report_old(workspace):
    put(workspace, "book", IDENTITY)
    put(workspace, "book-heldout", IDENTITY[:1])
    report(workspace, "book")
    assert kept.read(workspace, "book")["against"] == "book-heldout"
    profile_job.mend(workspace, "book-heldout", "placeholders", {"{{name}}": "A"})
    assert kept.read(workspace, "book") is None


def test_a_report_is_kept_until_the_file_changes(workspace):
    put(workspace, "book", IDENTITY)
    assert kept.read(workspace, "book") is None
    report(workspace, "book")
    assert kept.read(workspace, "book")["figures"]["rows"] == 3
    assert kept.flagged(workspace, "book", "placeholders") == [0, 1, 2]
    path = registry.find(workspace, "book").path
    path.write_text(json.dumps(IDENTITY[:2]), encoding="utf-8")
    assert kept.read(workspace, "book") is None
    assert kept.flagged(workspace, "book", "placeholders") == []


@pytest.mark.parametrize(
    ("question", "answers", "wrong"),
    [
        ("Is the ink black?", ["Yes, it is.", "No, it is not."], True),
        ("墨是黑的吗，先生？", ["是的，很黑。", "不是，是红的。"], True),
        ("When was the house built?", ["It was built in 1897.", "It was built in 1923."], True),
        ("What is the capital of France?", ["Paris", "Lyon"], True),
        ("What is the capital of France?", ["Paris", "paris."], False),
        ("Is the ink black?", ["Yes, it is.", "Yes, and it shines."], False),
        ("Good morning, Anna!", ["Good morning.", "You are late."], False),
        ("你好", ["是的。", "不是。"], False),
    ],
)
def test_answers_that_contradict_each_other(question, answers, wrong):
    told = found([row(question, answer) for answer in answers] + [row("Other?", "x")])
    assert (told["contradictions"].count == 2) is wrong
    assert not told["contradictions"].fix and told["contradictions"].do


def test_a_reply_of_many_rows_is_told():
    rows = [row(f"Question {n}?", "I do not know.") for n in range(10)]
    rows += [row(f"Another {n}?", f"Answer {n}.") for n in range(30)]
    often = found(rows)["frequent_replies"]
    assert often.count == 10 and often.examples[0].group == "×10"


def test_labels_of_preference():
    pairs = [
        row(f"Q{n}?", "") | {"chosen": "long " * (9 + n), "rejected": f"short {n}"}
        for n in range(20)
    ]
    for one in pairs:
        del one["output"]
    told = found(pairs)
    assert told["longer_chosen"].severity == "warn" and told["longer_chosen"].values["times"] > 2
    assert "one_label" not in told
    tagged = [row(f"Q{n}?", "A fine reply.", kto_tag=True) for n in range(6)]
    assert found(tagged)["one_label"].severity == "bad"
    assert found([*tagged, row("Q?", "No.", kto_tag=False)])["one_label"].severity == "good"


def test_an_unwanted_reply_may_decline():
    refused = BAD["refusals"][0] | {"kto_tag": False}
    assert found([refused, row("Q?", "A.", kto_tag=True)])["refusals"].count == 0


def test_the_usual_system_prompt_is_given_to_the_rows_that_lack_it(workspace):
    rows = [
        {"system": "You are Anna.", "instruction": f"q{n}", "output": f"a{n}"} for n in range(6)
    ]
    rows[2].pop("system")
    put(workspace, "anna", rows)
    told = report(workspace, "anna")["system_missing"]
    assert (told["count"], told["severity"]) == (1, "warn")
    assert told["sample"]["after"] == "You are Anna."
    profile_job.mend(workspace, "anna", "system_missing", {})
    assert {one["system"] for one in open_dataset("anna", workspace).rows()} == {"You are Anna."}


def test_rows_that_cannot_be_used_are_told_by_their_reasons(workspace):
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    odd = [turns[1], turns[0]]
    named = [{"role": "villain", "content": "q"}, turns[1]]
    empty = [turns[0], {"role": "assistant", "content": " "}]
    lines = [{"messages": one} for one in (turns, odd, named, empty, turns[:1])]
    put(workspace, "chats", lines)
    told = report(workspace, "chats")
    assert told["roles"]["count"] == 3 and told["empty_fields"]["count"] == 1
    assert told["roles"]["examples"][0]["row"] == 2 and told["roles"]["examples"][0]["in_file"]
    assert told["roles"]["severity"] == "bad" and told["roles"]["do"]
    assert told["unusable"]["count"] == 0


def test_a_language_is_told_by_its_letters():
    assert [
        language(one) for one in ("墨是黑的", "The ink", "Чернила", "墨 ink 墨 pen 墨", "42")
    ] == [
        "zh",
        "en",
        "other",
        "mixed",
        "",
    ]
    assert language("今日は火曜日です。") in ("other", "mixed")


def test_check_digits():
    assert id_card("11010519491231002X") and not id_card("110105194912310021")
    assert not id_card("11010519491331002X")
    assert luhn("4111111111111111") and not luhn("4111111111111112")
    assert iban("DE89 3704 0044 0532 0130 00") and not iban("DE88 3704 0044 0532 0130 00")


def test_personal_data_are_shown_masked_and_become_marks():
    reply = "Write to anna.brandt@inkhouse.org or call 13812345678."
    told = found([row("Q?", reply)])["personal"]
    assert told.kinds == {"email": 1, "phone": 1}
    assert "anna.brandt" not in told.examples[0].text and "•" in told.examples[0].text
    assert "anna.brandt" not in told.sample["before"] and "[EMAIL]" in told.sample["after"]
    assert masked(reply) == "Write to [EMAIL] or call [PHONE]."
    assert found([row("Q?", masked(reply))])["placeholders"].count == 0


@pytest.mark.parametrize("wrong", ["cp1252", "latin-1", "gb18030"])
def test_damaged_characters_are_what_they_were(wrong):
    text = "老人慢慢地磨墨" if wrong == "gb18030" else "Größe, naïve café"
    broken = text.encode().decode(wrong, "replace")
    assert broken != text
    if "\ufffd" not in broken:
        assert repaired(broken) == text
    assert repaired(text) == text == repaired(repaired(text))


def test_parts_of_rules():
    assert without_code("a `b` c") == "a     c" and len(without_code("x ```y``` z")) == 11
    assert without("<think>one</think>two") == "<think>one</think>two"
    assert without("one</think> two") == "two" and without("<think>one") == ""
    assert not breaks_off("A short reply without a mark") and not loop("ha " * 9)


def test_a_check_can_be_stopped_and_tells_how_far_it_is():
    seen = []
    rows = [row(f"q{n}", f"a{n}") for n in range(1200)]
    found(rows, progress=lambda done, total: seen.append((done, total)))
    assert seen[0] == (0, 1200) and seen[-1] == (1200, 1200) and len(seen) > 2
    with pytest.raises(Stopped):
        found(rows, stopping=lambda: len(seen) > 0)


def test_nothing_to_mend_is_told(workspace):
    put(workspace, "fine", [{"instruction": "How are you?", "output": "Very well, thank you."}])
    with pytest.raises(InputError, match="Nothing of this kind"):
        profile_job.mend(workspace, "fine", "refusals", {})


def test_every_finding_is_told_in_both_languages():
    rows = clean()[:5]
    told = found(rows, partner=of_list("p", rows, [], 0), near=True)
    told |= found([row("q", "", kto_tag=True)])
    told |= found([{**row("q", "x"), "chosen": "a", "rejected": "b"}])
    assert set(Mendable.__args__) <= set(told)
    for one in told.values():
        for text in (one.what, one.do):
            assert reason("zh", text) != text, text


def test_damage_is_made_by_the_tests_as_files_have_it():
    assert damaged("é", "cp1252") == "Ã©"


def test_rows_beyond_the_cutoff_are_told():
    cut = Figures(
        rows=10, dropped=1, longest=90, sides={"reply": Side(tokens=100, trained=40, cut_rows=2)}
    )
    told = token_lengths.told(cut, 64)
    assert (told.count, told.total, told.severity) == (3, 10, "bad")
    assert told.values["trained"] / told.values["tokens"] == 0.4 and not told.fix
    assert token_lengths.told(Figures(rows=10), 64).severity == "good"
    assert reason("zh", told.what) != told.what and reason("zh", told.do) != told.do
