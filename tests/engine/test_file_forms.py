"""Files of rows in every wrapping: workbooks, Arrow, gzip, JSON by column, JSON within JSON."""

import datetime
import gzip
import io
import json

import pyarrow
import pyarrow.feather
import pyarrow.ipc
import pytest

from studio import datasets
from studio.datasets import registry, window
from studio.datasets.row_forms.column_map import Layout
from studio.datasets.source_files.workbooks import shown
from studio.errors import InputError
from tests.workbook_files import Cell, ods, xls, xlsb, xlsx

ROWS = [["问题", "回答"], ["你是谁？", "朕。"], ["几点了？", 3]]
PLAIN = [{"instruction": "问", "output": "答"}, {"instruction": "q, r", "output": 'a "b"\nc'}]


def take(workspace, name, data):
    made = datasets.register_file(workspace, name, data, "d")
    return made, datasets.open_dataset("d", workspace).rows()


def said(rows):
    return [(row["instruction"], row["output"]) for row in rows]


@pytest.mark.parametrize("write", [xlsx, ods, xls, xlsb], ids=lambda write: write.__name__)
def test_a_workbook_is_read_by_the_sheet_that_holds_the_rows(workspace, write):
    notes = [["说明", "作者"], ["a", "b"], ["c", "d"], ["e", "f"]]
    book = write({"Readme": notes, "数据": ROWS, "empty": []})
    made, rows = take(workspace, f"book.{write.__name__}", book)
    assert said(rows) == [("你是谁？", "朕。"), ("几点了？", "3")]
    assert made.notes == ("the sheet 数据 was read, left out: Readme (3)",)
    assert (made.rows, made.skipped, made.encoding) == (2, 0, write.__name__)


def test_a_workbook_by_another_name_and_a_title_over_the_header(workspace):
    made, rows = take(workspace, "book.csv", xlsx({"A": [["My data"], [], *ROWS]}))
    assert said(rows)[0] == ("你是谁？", "朕。")
    assert made.notes == ("the header stands in row 2 of the sheet",)


def test_cells_are_read_as_they_are_shown(workspace):
    cells = [
        Cell('s="1"><v>46000</v>'),
        Cell('s="2"><v>46000.5</v>'),
        Cell('s="3"><v>1.5</v>'),
        Cell("><f>1+1</f><v>0.30000000000000004</v>"),
        True,
        Cell('t="str"><f>A1</f><v>=朕</v>'),
    ]
    _, rows = take(
        workspace, "a.xlsx", xlsx({"A": [["question", "answer"], *(["q", c] for c in cells)]})
    )
    answers = ["2025-12-09", "2025-12-09 12:00:00", "36:00:00", "0.3", "TRUE", "=朕"]
    assert [row["output"] for row in rows] == answers
    assert shown(datetime.time(8, 5)) == "08:05:00" and shown(1e300) == str(int(1e300))


def test_a_row_wider_than_its_header_is_named(workspace):
    made, _ = take(
        workspace, "a.xlsx", xlsx({"A": [["question", "answer"], ["q", "a", "b"], ["q", "a"]]})
    )
    assert [(p["row"], p["reason"]) for p in made.problems] == [
        (1, "3 cells where the header has 2")
    ]
    assert (made.rows, made.skipped) == (1, 1)


def test_a_hidden_sheet_goes_behind_one_that_is_shown(workspace):
    book = xlsx({"old": [*ROWS, ["x", "y"]], "new": ROWS}, hidden=("old",))
    made, rows = take(workspace, "a.xlsx", book)
    assert len(rows) == 2 and made.notes == ("the sheet new was read, left out: old (3)",)


def arrow(rows, write):
    out = io.BytesIO()
    write(pyarrow.Table.from_pylist(rows), out)
    return out.getvalue()


def stream(table, out):
    with pyarrow.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=1)


def blocks(table, out):
    with pyarrow.ipc.new_file(out, table.schema) as writer:
        writer.write_table(table)


def packed(table, out):
    pyarrow.feather.write_feather(table, out, compression="zstd")


@pytest.mark.parametrize("write", [stream, blocks, packed], ids=lambda write: write.__name__)
def test_arrow_in_each_form_and_put_there_by_hand(workspace, write):
    talk = [
        {"messages": [{"role": "user", "content": "问"}, {"role": "assistant", "content": "答"}]}
    ]
    data = arrow(talk, write)
    _, rows = take(workspace, "a.arrow", data)
    assert said(rows) == [("问", "答")]
    (workspace.data / "hand.arrow").write_bytes(arrow(PLAIN, write))
    registry.register(workspace, "hand", Layout(), "hand.arrow")
    assert said(datasets.open_dataset("hand", workspace).rows()) == [
        ("问", "答"),
        ("q, r", 'a "b"\nc'),
    ]


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a.xlsx"])
def test_what_gzip_packed_is_unpacked(workspace, name):
    inner = {
        "a.jsonl": "".join(json.dumps(row) + "\n" for row in PLAIN).encode("utf-16"),
        "a.json": json.dumps(PLAIN).encode(),
        "a.csv": 'instruction,output\n问,答\n"q, r","a ""b""\nc"\n'.encode("gb18030"),
        "a.xlsx": xlsx({"A": [["instruction", "output"], *(list(row.values()) for row in PLAIN)]}),
    }[name]
    given = workspace.path / f"{name}.gz"
    given.write_bytes(gzip.compress(inner, mtime=0))
    made = window.take_in(workspace, given, "d")
    assert made["rows"] == 2 and said(datasets.open_dataset("d", workspace).rows()) == [
        ("问", "答"),
        ("q, r", 'a "b"\nc'),
    ]
    assert datasets.register_file(workspace, f"{name}.gz", given.read_bytes()).name == "a"
    assert not list(workspace.data.glob(".incoming*"))


COLUMNS = {"instruction": ["问", "q"], "output": ["答", "a"]}
NUMBERED = {name: {str(n): cell for n, cell in enumerate(cells)} for name, cells in COLUMNS.items()}
INDEX = {"0": {"instruction": "问", "output": "答"}, "1": {"instruction": "q", "output": "a"}}
SPLIT = {"columns": ["instruction", "output"], "index": [0, 1], "data": [["问", "答"], ["q", "a"]]}


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    ("value", "shape"),
    [(COLUMNS, "columns"), (NUMBERED, "columns"), (INDEX, "index"), (SPLIT, "split")],
    ids=["columns", "numbered", "index", "split"],
)
def test_json_by_column_as_pandas_writes_it(workspace, value, shape, indent):
    made, rows = take(workspace, "a.json", json.dumps(value, indent=indent).encode())
    assert said(rows) == [("问", "答"), ("q", "a")]
    assert made.notes == (f"a table by {shape} was turned into rows",)


def test_one_row_of_lists_is_no_table_by_column(workspace):
    talk = [{"role": "user", "content": "q"}]
    one = {"prompt": talk, "completion": [{"role": "assistant", "content": "a"}]}
    made, rows = take(workspace, "a.json", json.dumps(one).encode())
    assert said(rows) == [("q", "a")] and not made.notes


def test_rows_and_cells_that_are_json_written_as_text(workspace):
    lines = "".join(json.dumps(json.dumps(row)) + "\n" for row in PLAIN)
    made, rows = take(workspace, "a.jsonl", lines.encode())
    assert len(rows) == 2 and made.notes == ("rows that are JSON written as text were unpacked",)
    turns = [{"from": "human", "value": "问"}, {"from": "gpt", "value": "答"}]
    cell = json.dumps(turns, ensure_ascii=False)
    table = arrow([{"conversations": cell, "id": 3}], blocks)
    assert said(take(workspace, "a.arrow", table)[1]) == [("问", "答")]
    sides = [json.dumps({"from": "gpt", "value": text}) for text in ("good", "bad")]
    import csv

    out = io.StringIO()
    csv.writer(out).writerows(
        [["conversations", "chosen", "rejected"], [json.dumps(turns[:1]), *sides]]
    )
    pair = take(workspace, "a.csv", out.getvalue().encode())[1][0]
    assert (pair["instruction"], pair["chosen"], pair["rejected"]) == ("问", "good", "bad")


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(1, True), (0, False), ("true", True), ("False", False), ("是", True), ("否", False)],
)
def test_a_label_of_kto_as_people_write_it(workspace, value, wanted):
    row = {"instruction": "q", "output": "a", "kto_tag": value}
    assert take(workspace, "a.json", json.dumps([row]).encode())[1][0]["kto_tag"] is wanted
    spoken = {"prompt": "q", "completion": "a", "label": value}
    assert take(workspace, "a.json", json.dumps([spoken]).encode())[1][0]["kto_tag"] is wanted


def test_llama_factorys_older_pairs_hold_both_answers_in_one_column(workspace):
    row = {"instruction": "用户指令", "input": "用户输入", "output": ["优质回答", "劣质回答"]}
    made, rows = take(workspace, "a.json", json.dumps([row, row | {"output": ["x"]}]).encode())
    assert (rows[0]["instruction"], rows[0]["chosen"], rows[0]["rejected"]) == (
        "用户指令\n用户输入",
        "优质回答",
        "劣质回答",
    )
    assert [(p["row"], p["reason"]) for p in made.problems] == [
        (2, "output is not a list of two answers")
    ]


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.xlsx", xlsx({"A": []}), "No sheet of a.xlsx holds a header"),
        ("a.xlsx", xlsx({"A": ROWS})[:-40], "a.xlsx cannot be read as Excel"),
        ("a.ods", ods({"A": ROWS})[:300], "a.ods cannot be read as Excel"),
        ("a.xls", xls({"A": ROWS})[:1500], "a.xls cannot be read as Excel"),
        ("a.doc", xls({"A": ROWS}), "a.doc is a DOC/XLS/PPT file"),
        ("a.arrow", arrow(PLAIN, blocks)[:-30], "a.arrow cannot be read as arrow"),
        ("a.jsonl.gz", gzip.compress(b'{"instruction":', mtime=0)[:-9], "cannot be read as gzip"),
        ("a.csv.gz", gzip.compress(bytes(100 << 20), mtime=0), "unpacks to far more"),
        ("a.gz", gzip.compress(gzip.compress(b"a,b\n1,2\n", mtime=0), mtime=0), "is a GZIP file"),
    ],
)
def test_a_damaged_wrapping_is_one_sentence(workspace, name, data, sentence):
    with pytest.raises(InputError) as told:
        datasets.register_file(workspace, name, data, "d")
    assert sentence in told.value.sentence
    assert not list(workspace.data.glob(".incoming*"))


def test_a_cell_at_the_end_of_the_sheet_ends_the_reader_not_the_window(workspace):
    far = '<row r="1048576"><c r="XFD1048576"><v>3</v></c></row>'
    path = workspace.path / "far.xlsx"
    path.write_bytes(xlsx({"A": ROWS}, more=far))
    with pytest.raises(InputError, match="far.xlsx"):
        window.take_in(workspace, path, "d")
