"""Tables of text in every way in which programs write them."""

import csv
import io
import json

import pytest

from studio import datasets
from studio.text.table_dialect import Dialect, dialect

ROWS = [("q, r", 'he said "no"'), ("two\nlines", "a;b"), ("it's", "c:\\temp"), ("=1", "")]


def written(**options):
    out = io.StringIO(newline="")
    csv.writer(out, **options).writerows([("question", "answer"), *ROWS])
    return out.getvalue()


BACKSLASHES = (
    'question,answer\n"q, r","he said \\"no\\""\n"two\nlines","a;b"\n'
    '"it\'s","c:\\\\temp"\n"=1",""\n'
)
CASES = {
    "as Excel": (written(), ""),
    "all quoted": (written(quoting=csv.QUOTE_ALL), ""),
    "tabs": (written(delimiter="\t"), ""),
    "semicolons, LF": (written(delimiter=";", lineterminator="\n"), ""),
    "pipes": (written(delimiter="|"), ""),
    "sep= line": ("sep=;\r\n" + written(delimiter=";"), ""),
    "single quotes": (
        written(quotechar="'", quoting=csv.QUOTE_ALL),
        "a table with single quotes around cells",
    ),
    "backslashes": (BACKSLASHES, "a table with a backslash before quotes"),
    "blanks before quotes": (
        written(quoting=csv.QUOTE_ALL).replace('","', '", "'),
        "a table with blanks before quotes",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_same_rows_come_out_of_every_dialect(workspace, name):
    text, note = CASES[name]
    made = datasets.register_file(workspace, "a.csv", text.encode(), "d")
    opened = datasets.open_dataset("d", workspace)
    assert [(row["instruction"], row["output"]) for row in opened.rows()] == ROWS[:3]
    assert [(p["row"], p["reason"]) for p in made.problems] == [(4, "answer is empty")]
    assert made.notes == ((note,) if note else ())


def test_chinese_commas_divide_a_table_written_by_hand(workspace):
    text = "问题，回答\n你是谁？，朕。\n几时了？，三更。\n"
    made = datasets.register_file(workspace, "a.csv", text.encode(), "d")
    assert [r["output"] for r in datasets.open_dataset("d", workspace).rows()] == ["朕。", "三更。"]
    assert made.notes == ("a table with Chinese commas between cells",)


@pytest.mark.parametrize(
    "text",
    [
        "text\n海内，存知己\n天涯，若比邻\n",
        "question,answer\n'tis,q\nq,'a'\n",
        "question,answer\nq,a\nr,b,c\n",
        'question,answer\n5" disk,a\n',
        'messages\n"[{""role"": ""user"", ""content"": ""he said \\""no\\""""}]"\n',
        'q,a\n"say \\","b"\n',
    ],
)
def test_the_usual_dialect_is_left_where_nothing_speaks_against_it(text):
    assert dialect(text) in (Dialect(","), Dialect("\t"))


def test_json_in_cells_keeps_its_backslashes(workspace):
    turns = [{"role": "user", "content": 'say "no"\n'}, {"role": "assistant", "content": "\\no"}]
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["id", "messages"], [1, json.dumps(turns)], [2, json.dumps(turns)]])
    datasets.register_file(workspace, "a.csv", out.getvalue().encode(), "d")
    row = datasets.open_dataset("d", workspace).rows()[0]
    assert (row["instruction"], row["output"]) == ('say "no"\n', "\\no")
