"""The rows that articles on fine-tuning show, in the forms in which they are written there."""

import json

import pytest

from studio import datasets
from studio.datasets import registry
from studio.datasets.assembly import gather
from studio.datasets.row_forms import formats, recast
from studio.datasets.row_forms.column_map import from_entry

EMPEROR = {
    "system": "用四郎的口吻回答问题",
    "input": "皇上，您这半个月都没进后宫了，要是今天再不翻牌子，那太后一定会怪罪奴才的。",
    "output": "哪来那么多话？",
    "instruction": "",
}
PREAMBLE = (
    "Below is an instruction that describes a task, paired with an input that provides further "
    "context. Write a response that appropriately completes the request."
)


def take(workspace, rows, name="a.json"):
    text = rows if isinstance(rows, str) else json.dumps(rows, ensure_ascii=False)
    made = datasets.register_file(workspace, name, text.encode(), "d")
    return made, datasets.open_dataset("d", workspace).rows()


def test_a_role_s_answers_as_alpaca_rows(workspace):
    _, rows = take(workspace, [EMPEROR])
    turns = formats.messages(rows[0])
    assert [turn["role"] for turn in turns] == ["system", "user", "assistant"]
    assert turns[1]["content"] == EMPEROR["input"]
    entry = {
        "file_name": "huangdi.json",
        "columns": {
            "prompt": "instruction",
            "query": "input",
            "response": "output",
            "system": "system",
        },
    }
    (workspace.data / "huangdi.json").write_text(json.dumps([EMPEROR]), encoding="utf-8")
    registry.register(workspace, "huangdi", from_entry(entry, "huangdi"), "huangdi.json")
    assert datasets.open_dataset("huangdi", workspace).rows() == rows


def test_lines_of_two_kinds_in_one_file(workspace):
    lines = (
        '{"input": "徐进良", "output": "请皇上翻牌子。"}\n'
        '{"role": "小厦子", "dialogue": "皇上，太后来了。"}\n'
    )
    made, rows = take(workspace, lines, "a.jsonl")
    assert [row["output"] for row in rows] == ["请皇上翻牌子。"]
    assert [problem["row"] for problem in made.problems] == [2]


@pytest.mark.parametrize(
    "row",
    [
        {
            "conversations": [
                {"from": "human", "value": "用户指令"},
                {"from": "gpt", "value": "模型回答"},
            ],
            "system": "系统提示词（选填）",
        },
        {
            "messages": [
                {"role": "system", "content": "系统提示词（选填）"},
                {"role": "user", "content": "用户指令"},
                {"role": "assistant", "content": "模型回答"},
            ]
        },
    ],
    ids=["sharegpt", "messages"],
)
def test_a_conversation(workspace, row):
    _, rows = take(workspace, [row])
    assert [turn["content"] for turn in formats.messages(rows[0])] == [
        "系统提示词（选填）",
        "用户指令",
        "模型回答",
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"{PREAMBLE}### Instruction: 何为结婚年龄？\n### Input: 民法典\n### Response: 男二十二岁。",
        "### Instruction:\n何为结婚年龄？\n### Input:\n民法典\n### Response:\n男二十二岁。\n",
        f"{PREAMBLE}\n\n### Instruction:\n何为结婚年龄？\n\n### Input:\n民法典\n\n### Response:\n"
        "男二十二岁。",
    ],
)
def test_text_in_alpacas_template_as_people_write_it(workspace, text):
    take(workspace, [{"text": text}])
    row = recast.recast(gather.of_dataset(workspace, "d"), "sft").rows[0]
    assert (row["system"], row["instruction"], row["input"], row["output"]) == (
        "",
        "何为结婚年龄？",
        "民法典",
        "男二十二岁。",
    )
