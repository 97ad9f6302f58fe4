"""Files in the forms of their makers: what each row becomes, and what is refused by name."""

import csv
import io
import json

import pytest

from studio import datasets
from studio.datasets.row_forms import formats
from studio.datasets.row_forms.write import lost
from studio.errors import InputError

ASK = {"role": "user", "content": "谁在摆渡？"}
ANSWER = {"role": "assistant", "content": "老艄公。"}
OTHER = {"role": "assistant", "content": "不知道。"}
NEXT = {"role": "user", "content": "谁掌舵？"}
SON = {"role": "assistant", "content": "他的儿子。"}
SYSTEM = {"role": "system", "content": "简短回答。"}
HUMAN = {"from": "human", "value": "q"}
TOOLS = json.dumps([{"name": "tide", "parameters": {"type": "object", "properties": {}}}])


def take(workspace, rows, file="a.jsonl"):
    text = (
        rows
        if isinstance(rows, str)
        else "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    )
    datasets.register_file(workspace, file, text.encode(), "d")
    return datasets.open_dataset("d", workspace)


SINGLE = {
    "XTuner": {
        "conversation": [
            {"system": "简短回答。", "input": "谁在摆渡？", "output": "老艄公。"},
            {"input": "谁掌舵？", "output": "他的儿子。"},
        ]
    },
    "MOSS and Firefly": {
        "conversation_id": 1,
        "system": "简短回答。",
        "conversation": [
            {"human": "谁在摆渡？", "assistant": "老艄公。"},
            {"human": "谁掌舵？", "assistant": "他的儿子。"},
        ],
    },
    "UltraChat": {
        "id": "1",
        "system": "简短回答。",
        "data": ["谁在摆渡？", "老艄公。", "谁掌舵？", "他的儿子。"],
    },
    "trl": {"prompt": [SYSTEM, ASK, ANSWER, NEXT], "completion": [SON]},
    "LLaMA-Factory v1": {
        "messages": [
            {"role": m["role"], "content": [{"type": "text", "value": m["content"]}]}
            for m in (SYSTEM, ASK, ANSWER, NEXT, SON)
        ]
    },
    "sharegpt": {
        "system": "简短回答。",
        "conversations": [
            {"from": "human" if m["role"] == "user" else "gpt", "value": m["content"]}
            for m in (ASK, ANSWER, NEXT, SON)
        ],
    },
}


@pytest.mark.parametrize("form", SINGLE)
def test_a_conversation_is_the_same_in_every_form(workspace, form):
    dataset = take(workspace, [SINGLE[form]])
    assert formats.messages(dataset.rows()[0]) == [SYSTEM, ASK, ANSWER, NEXT, SON]
    assert dataset.skipped == 0


def test_a_cell_that_holds_a_list_is_read_as_one(workspace):
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["id", "messages"])
    table.writerow(["1", json.dumps([SYSTEM, ASK, ANSWER], ensure_ascii=False)])
    assert formats.messages(take(workspace, out.getvalue(), "a.csv").rows()[0]) == [
        SYSTEM,
        ASK,
        ANSWER,
    ]


@pytest.mark.parametrize(
    "row",
    [
        {"id": "1", "input": "谁在摆渡？", "output": "老艄公。"},  # DISC-Law-SFT
        {"kind": "QA", "input": "谁在摆渡？", "target": "老艄公。"},  # Firefly
        {"prompt": "谁在摆渡？", "completion": "老艄公。"},
    ],
)
def test_a_question_and_an_answer_under_their_makers_names(workspace, row):
    assert formats.messages(take(workspace, [row]).rows()[0]) == [ASK, ANSWER]


PAIRS = {
    "question in both sides": {"chosen": [ASK, ANSWER], "rejected": [ASK, OTHER]},
    "UltraFeedback binarized": {
        "prompt": "谁在摆渡？",
        "chosen": [ASK, ANSWER],
        "rejected": [ASK, OTHER],
        "messages": [ASK, ANSWER],
        "score_chosen": 8.5,
        "score_rejected": 2,
    },
    "trl explicit": {"prompt": [ASK], "chosen": [ANSWER], "rejected": [OTHER]},
    "trl with a text prompt": {"prompt": "谁在摆渡？", "chosen": [ANSWER], "rejected": [OTHER]},
    "trl, text sides": {"prompt": [ASK], "chosen": "老艄公。", "rejected": "不知道。"},
    "HH-RLHF": {
        "chosen": "\n\nHuman: 谁在摆渡？\n\nAssistant: 老艄公。",
        "rejected": "\n\nHuman: 谁在摆渡？\n\nAssistant: 不知道。",
    },
    "trl implicit": {"chosen": "谁在摆渡？ 老艄公。", "rejected": "谁在摆渡？ 不知道。"},
    "LLaMA-Factory v1": {
        "chosen_messages": [ASK, ANSWER],
        "rejected_messages": [ASK, OTHER],
    },
    "UltraFeedback": {
        "instruction": "谁在摆渡？",
        "completions": [
            {"response": "不知道。", "overall_score": 2.0},
            {"response": "老艄公。", "overall_score": 9},
            {"response": "也许。", "overall_score": 5},
        ],
    },
    "PKU-SafeRLHF": {
        "prompt": "谁在摆渡？",
        "response_0": "不知道。",
        "response_1": "老艄公。",
        "better_response_id": 1,
    },
}


@pytest.mark.parametrize("form", PAIRS)
def test_a_pair_is_the_same_in_every_form(workspace, form):
    dataset = take(workspace, [PAIRS[form]])
    row = dataset.rows()[0]
    assert dataset.ranking and formats.prompt_messages(row) == [ASK]
    assert (row["chosen"], row["rejected"]) == ("老艄公。", "不知道。")
    assert not dataset.layout.media and datasets.open_dataset("d", workspace).count == 1


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"chosen": [ASK, ANSWER], "rejected": [NEXT, OTHER]}, "part before"),
        ({"chosen": [ASK, ANSWER, NEXT, SON], "rejected": [ASK, OTHER, NEXT, SON]}, "part before"),
        ({"messages": [ASK, ANSWER], "images": ["a.png"]}, "pictures (image)"),
        ({"messages": [ASK, ANSWER], "audios": ["a.mp3"]}, "sound (audio)"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}, ANSWER]}, "pictures"),
        ({"messages": [ASK, ANSWER | {"weight": 0.5}]}, "only 0 and 1"),
        ({"messages": [ASK, {"role": "assistant", "tool_calls": [{}]}]}, "name of a function"),
        ({"conversations": [HUMAN, {"from": "function_call", "value": "x"}]}, "not a function"),
        ({"messages": [ASK, ANSWER], "tools": "{"}, "tools are not valid JSON"),
    ],
)  # fmt: skip
def test_a_row_that_would_lose_something_is_left_out_by_name(workspace, row, reason):
    good = (
        {"chosen": [ASK, ANSWER], "rejected": [ASK, OTHER]}
        if "chosen" in row
        else {"messages": [ASK, ANSWER]}
        if "messages" in row
        else SINGLE["sharegpt"]
    )
    dataset = take(workspace, [good, row])
    assert (dataset.count, dataset.skipped) == (1, 1)
    assert dataset.problems[0]["row"] == 2 and reason in dataset.problems[0]["reason"]


@pytest.mark.parametrize("value", [1, 0, "true", "False", True])
def test_a_wish_is_read_in_every_form(workspace, value):
    row = {"prompt": "谁在摆渡？", "completion": "老艄公。", "label": value}
    wanted = value in (1, "true", True)
    assert take(workspace, [row]).rows()[0]["kto_tag"] is wanted


FULL = {
    "messages": [
        SYSTEM,
        ASK,
        {
            "role": "assistant",
            "content": "",
            "reasoning_content": "先查潮汐。",
            "tool_calls": [
                {"type": "function", "function": {"name": "tide", "arguments": {"port": "宁波"}}}
            ],
        },
        {"role": "tool", "content": "06:12"},
        ANSWER | {"reasoning_content": "六点。"},
    ],
    "tools": TOOLS,
}


@pytest.mark.parametrize("file_type", ["json", "jsonl", "parquet"])
@pytest.mark.parametrize("formatting", ["openai", "sharegpt"])
def test_calls_and_thoughts_go_out_and_come_back(workspace, formatting, file_type):
    take(workspace, [FULL])
    path = datasets.export(workspace, "d", formatting, file_type, workspace.data / "out")
    datasets.register_file(workspace, path.name, path.read_bytes(), "e")
    back = datasets.open_dataset("e", workspace).rows()[0]
    assert back["tools"] == TOOLS

    def said(messages):
        return [
            (m["role"], formats.words(m).replace("<think>\n", "").replace("\n</think>\n\n", "\n"))
            for m in messages
        ]

    assert said(back["messages"]) == said(FULL["messages"])
    calls = [m["tool_calls"] for m in back["messages"] if "tool_calls" in m]
    assert calls == [FULL["messages"][2]["tool_calls"]]
    assert "\\u" not in path.read_bytes().decode("utf-8", "ignore")


def test_thoughts_and_calls_among_the_parts_of_a_turn_are_read(workspace):
    call = {"name": "tide", "arguments": {"port": "宁波"}}
    parts = [
        {"type": "reasoning", "value": "先查潮汐。"},
        {"type": "text", "value": "稍等。"},
        {"type": "tool_call", "value": json.dumps(call, ensure_ascii=False)},
    ]
    turns = [ASK, {"role": "assistant", "content": parts}, {"role": "tool", "content": "6"}, ANSWER]
    message = take(workspace, [{"messages": turns, "tools": TOOLS}]).rows()[0]["messages"][1]
    assert (message["reasoning_content"], message["content"]) == ("先查潮汐。", "稍等。")
    assert [one["function"] for one in message["tool_calls"]] == [call]


def test_what_a_form_has_no_place_for_is_said_before_anything_is_written(workspace):
    take(workspace, [FULL])
    with pytest.raises(InputError, match="alpaca rows have no place for tools"):
        datasets.export(workspace, "d", "alpaca", "json", workspace.data / "out")
    assert not (workspace.data / "out").exists()
    unlearnt = {"messages": [ASK, ANSWER | {"weight": 0}, NEXT, SON], "tools": ""}
    assert [lost(unlearnt, form) for form in ("openai", "sharegpt", "alpaca")] == [
        "",
        "replies that are not learnt",
        "replies that are not learnt",
    ]
    thought = {"messages": [ASK, ANSWER | {"reasoning_content": "想"}], "tools": ""}
    assert lost(thought, "alpaca") == ""
