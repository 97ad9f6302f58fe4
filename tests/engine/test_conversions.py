"""Any form of rows as any other: nothing is lost on the way but what is told."""

import csv
import json
import random

import pytest
from tiny_model import start

from studio import datasets
from studio.datasets.assembly import exports, gather, job
from studio.datasets.assembly.exports import Wish, export_as
from studio.datasets.row_forms import formats, recast
from studio.datasets.row_forms.chat_messages import words
from studio.datasets.spec import DatasetJob
from studio.errors import InputError, SpecError
from studio.models.chat_template import thought_of, without_thought
from studio.text.delimited import records

MANY = 1000
SIGNS = list("天地玄黃宇宙洪荒abc \n\"',=+-@\\/{}[]<>&;|\t\r😀é") + ["\u2028", "</s>", "\\n"]
TOOL = json.dumps([{"name": "tide", "parameters": {"type": "object"}}], ensure_ascii=False)


class Maker:
    """Rows by a seed: texts that begin and end with a letter, since forms in JSON calls and
    thoughts are stripped.
    """

    def __init__(self, seed):
        self.random = random.Random(seed)

    def text(self):
        inner = "".join(self.random.choices(SIGNS, k=self.random.randint(0, 12)))
        return f"{self.random.choice('问答朕qz')}{inner}{self.random.choice('。！x')}"

    def maybe(self, make):
        return make() if self.random.random() < 0.5 else ""

    def sft(self):
        turns = self.random.randint(0, 2)
        return {
            "system": self.maybe(self.text),
            "instruction": self.text(),
            "input": "",
            "output": self.text(),
            "history": [[self.text(), self.text()] for _ in range(turns)],
        }

    def ranking(self):
        row = self.sft()
        row["chosen"], row["rejected"] = row.pop("output") + "+", self.text() + "-"
        return row

    def kto(self):
        return self.sft() | {"kto_tag": self.random.random() < 0.5}

    def call(self, number):
        given = {self.text(): self.random.choice([self.text(), 3, [1.5, None], {"a": True}])}
        return {
            "type": "function",
            "function": {"name": f"tide_{number}", "arguments": given},
            "id": f"call_{self.random.randint(0, 99)}",
        }

    def messages(self, unlearnt=False):
        """A talk with tools, several calls at once, thoughts, and earlier replies not learnt."""
        made = [{"role": "system", "content": self.text()}] if self.random.random() < 0.5 else []
        for _ in range(self.random.randint(1, 3)):
            made.append({"role": "user", "content": self.text()})
            if self.random.random() < 0.5:
                calls = [self.call(n) for n in range(self.random.randint(1, 2))]
                made.append({"role": "assistant", "content": "", "tool_calls": calls})
                made.append(
                    {"role": "tool", "content": self.text(), "tool_call_id": calls[0]["id"]}
                )
            reply = {"role": "assistant", "content": self.text()}
            if self.random.random() < 0.5:
                reply["reasoning_content"] = self.text()
            made.append(reply)
        if unlearnt:
            for turn in made[:-1]:
                if turn["role"] == "assistant" and self.random.random() < 0.5:
                    turn["weight"] = 0
        return {"messages": made, "tools": TOOL}


def seeded(kind, count=MANY, **more):
    maker = Maker(kind)
    return [getattr(maker, kind)(**more) for _ in range(count)]


def take(workspace, rows, name="d"):
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    made = datasets.register_file(workspace, f"{name}.jsonl", text.encode(), name)
    assert (made.rows, made.skipped) == (len(rows), 0)
    return datasets.open_dataset(name, workspace)


def plain(row):
    """A row as every form keeps it: turns, thoughts apart from the words, sides, label, tools."""

    def turn(message):
        kept = {"role": message["role"], "content": without_thought(message)}
        kept |= {"thought": thought_of(message)} if message["role"] == "assistant" else {}
        return kept | {
            key: message[key] for key in ("tool_calls", "weight", "tool_call_id") if key in message
        }

    sides = {key: row[key] for key in ("chosen", "rejected", "kto_tag") if key in row}
    turns = formats.prompt_messages(row) if "chosen" in row else formats.messages(row)
    return [turn(message) for message in turns], sides, row.get("tools") or ""


def there_and_back(workspace, tmp_path, wish, name="d"):
    made = export_as(workspace, name, wish, tmp_path / f"{wish.formatting}-{wish.file_type}")
    data = (
        tmp_path / f"{wish.formatting}-{wish.file_type}" / f"{name}.{wish.file_type}"
    ).read_bytes()
    assert made.skipped == 0
    if wish.file_type != "parquet":  # Chinese stands there as it is
        assert b"\\u" not in data
    datasets.register_file(workspace, f"back.{wish.file_type}", data, "back")
    return datasets.open_dataset("back", workspace), made


FORMS = ("alpaca", "sharegpt", "openai", "trl")
TYPES = ("json", "jsonl", "parquet", "csv")


@pytest.mark.parametrize("kind", ["sft", "ranking", "kto", "messages"])
def test_a_thousand_rows_come_back_from_every_form(workspace, tmp_path, kind):
    dataset = take(workspace, seeded(kind))
    before = [plain(row) for row in dataset.rows()]
    forms = [form for form in FORMS if kind != "messages" or form != "alpaca"]
    for number, form in enumerate(forms):
        wish = Wish(form, TYPES[number % 4])
        back, _ = there_and_back(workspace, tmp_path, wish)
        assert [plain(row) for row in back.rows()] == before, wish


@pytest.mark.slow
@pytest.mark.parametrize("file_type", TYPES)
@pytest.mark.parametrize("form", [*FORMS, "trl_implicit"])
@pytest.mark.parametrize("kind", ["sft", "ranking", "kto", "messages"])
def test_every_form_in_every_file(workspace, tmp_path, kind, form, file_type):
    dataset = take(workspace, seeded(kind))
    if (kind, form) == ("messages", "alpaca") or (form == "trl_implicit" and kind != "ranking"):
        with pytest.raises(InputError, match="have no place for"):
            export_as(workspace, "d", Wish(form, file_type), tmp_path)
        return
    back, _ = there_and_back(workspace, tmp_path, Wish(form, file_type))
    assert [plain(row) for row in back.rows()] == [plain(row) for row in dataset.rows()]


@pytest.mark.parametrize("file_type", TYPES)
def test_replies_that_are_not_learnt_come_back_from_openai_messages(workspace, tmp_path, file_type):
    dataset = take(workspace, seeded("messages", 60, unlearnt=True))
    before = [plain(row) for row in dataset.rows()]
    back, _ = there_and_back(workspace, tmp_path, Wish("openai", file_type))
    assert [plain(row) for row in back.rows()] == before
    with pytest.raises(InputError, match="sharegpt rows have no place for replies that are not"):
        export_as(workspace, "d", Wish("sharegpt"), tmp_path)
    some = export_as(workspace, "d", Wish("sharegpt", leave_out=True), tmp_path)
    left = sum(any("weight" in turn for turn in turns) for turns, _, _ in before)
    assert (some.rows, some.skipped) == (60 - left, left) and left > 5
    assert some.problems[0]["reason"] == "sharegpt has no place for replies that are not learnt"


@pytest.mark.parametrize("with_tools", [False, True])
def test_pairs_become_labels_and_pairs_again(workspace, with_tools):
    rows = seeded("ranking")
    if with_tools:
        talks = seeded("messages")
        rows = [
            {"messages": talk["messages"][:-1], "tools": TOOL}
            | {side: {"role": "assistant", "content": row[side]} for side in ("chosen", "rejected")}
            for talk, row in zip(talks, rows, strict=True)
        ]
    take(workspace, rows)
    found = gather.of_dataset(workspace, "d")
    labelled = recast.recast(found, "kto")
    assert [row["kto_tag"] for row in labelled.rows] == [True, False] * MANY
    assert labelled.origins[:2] == [found.origins[0]] * 2
    again = recast.recast(labelled, "ranking")
    assert [plain(row) for row in again.rows] == [plain(row) for row in found.rows]
    answers = recast.recast(found, "sft")
    assert [words(formats.messages(row)[-1]) for row in answers.rows] == [
        row["chosen"] for row in found.rows
    ]


def test_labels_without_a_partner_are_left_out_by_name(workspace):
    rows = [
        {"instruction": "q", "output": "a", "kto_tag": True},
        {"instruction": "q", "output": "b", "kto_tag": False},
        {"instruction": "q", "output": "c", "kto_tag": True},
        {"instruction": "r", "output": "d", "kto_tag": False},
        {"instruction": "s", "output": "e", "kto_tag": True},
        {"instruction": "s", "output": "e ", "kto_tag": False},
    ]
    take(workspace, rows)
    made = recast.recast(gather.of_dataset(workspace, "d"), "ranking")
    assert [(row["chosen"], row["rejected"]) for row in made.rows] == [("a", "b")]
    lone = "no answer with the other label stands beside it"
    assert [(p["row"], p["reason"]) for p in made.problems] == [
        (3, lone),
        (4, lone),
        (5, "chosen and rejected are the same"),
        (6, "chosen and rejected are the same"),
    ]
    wanted = recast.recast(gather.of_dataset(workspace, "d"), "sft")
    assert [row["output"] for row in wanted.rows] == ["a", "c", "e"] and wanted.skipped == 3


@pytest.mark.parametrize(
    ("rows", "kind", "reason"),
    [
        ([{"instruction": "q", "output": "a"}], "kto", "neither a label nor a second answer"),
        ([{"instruction": "q", "output": "a"}], "ranking", "neither a label nor a second answer"),
        ([{"text": "话说天下大势"}], "sft", "plain text has no question"),
        ([{"instruction": "q", "output": "a", "kto_tag": False}], "sft", "answer is not wanted"),
    ],
)
def test_what_has_no_counterpart_is_refused_with_the_reason(workspace, rows, kind, reason):
    take(workspace, rows)
    with pytest.raises(InputError, match=reason):
        recast.recast(gather.of_dataset(workspace, "d"), kind)


def test_text_in_alpacas_template_goes_out_and_comes_back(workspace, tmp_path):
    rows = [
        {"instruction": "把这段中文翻译成英文", "input": "今天天气真好。", "output": "Nice day."},
        {"instruction": "讲个笑话", "input": "", "output": "从前\n有座山"},
        {"instruction": "你是谁？", "input": "", "output": "朕。", "system": "你是皇帝。"},
    ]
    dataset = take(workspace, rows)
    made = export_as(workspace, "d", Wish("text", "jsonl"), tmp_path)
    lines = (tmp_path / "d.jsonl").read_text(encoding="utf-8").splitlines()
    assert "### Instruction:\n讲个笑话\n\n### Response:\n从前" in json.loads(lines[1])["text"]
    datasets.register_file(workspace, "t.jsonl", (tmp_path / "d.jsonl").read_bytes(), "t")
    back = recast.recast(gather.of_dataset(workspace, "t"), "sft")
    assert back.rows == dataset.rows() and made.dropped == []
    by_hand = (
        "### Instruction:\n把这段中文翻译成英文\n### Input:\n今天天气真好。\n### Response:\n"
        "The weather is so nice today."
    )
    take(workspace, [{"text": by_hand}], "hand")
    row = recast.recast(gather.of_dataset(workspace, "hand"), "sft").rows[0]
    assert (row["system"], row["input"]) == ("", "今天天气真好。")
    assert row["output"] == "The weather is so nice today."


def test_what_is_not_carried_over_is_counted_with_an_example(workspace, tmp_path):
    rows = [
        {"instruction": "q", "context": "c", "response": "a", "category": "open_qa"},
        {"instruction": "q", "context": "", "response": "a", "category": ""},
    ]
    take(workspace, rows)  # Databricks' Dolly
    made = export_as(workspace, "d", Wish("openai", "jsonl"), tmp_path)
    assert made.dropped == [
        {"what": "the column category", "rows": 1, "example": "open_qa"},
        {"what": "instruction and input, joined into one turn", "rows": 1, "example": "q c"},
    ]


def test_cells_that_a_spreadsheet_takes_for_formulas(workspace, tmp_path):
    rows = [{"instruction": "=1+1", "output": "-朕"}, {"instruction": "q", "output": 'a,\n"b"'}]
    dataset = take(workspace, rows)
    back, made = there_and_back(workspace, tmp_path, Wish("alpaca", "csv"))
    assert back.rows() == dataset.rows()
    what = "cells that a spreadsheet takes for formulas"
    assert made.dropped == [{"what": what, "rows": 2, "example": "= + - @"}]
    export_as(workspace, "d", Wish("alpaca", "csv", formula_guard=True), tmp_path)
    text = (tmp_path / "d.csv").read_bytes().decode("utf-8-sig")
    assert list(csv.reader(text.splitlines(keepends=True)))[1] == ["'=1+1", "", "'-朕"]
    assert [r.cells for r in records(text.splitlines(keepends=True), ",", 999)][2][2] == 'a,\n"b"'


def test_a_conversion_by_a_spec_file(workspace):
    take(workspace, seeded("ranking", 20))

    def run(**fields):
        spec = DatasetJob(op="convert", sources=["d"], name="made", overwrite=True, **fields)
        return job.run(spec, start(workspace, spec))

    made = run(rows_as="kto", formatting="sharegpt", file_type="jsonl")
    assert (made["rows"], made["dataset"]) == (40, "made")
    assert datasets.open_dataset("made", workspace).kind == "kto"
    made = run(formatting="trl", file_type="csv", val_size=0.2)
    assert (made["dataset"], made["file"]) == ("", "data/exports/made-trl.csv")
    assert made["rows"] + made["heldout_rows"] == 20
    assert sorted(path.name for path in (workspace.data / exports.EXPORTS).iterdir()) == [
        "made-heldout-trl.csv",
        "made-trl.csv",
    ]
    with pytest.raises(SpecError):
        DatasetJob.read({"op": "convert", "sources": ["d"], "name": "m", "rows_as": "x"})
