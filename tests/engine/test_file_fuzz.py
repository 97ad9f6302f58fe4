"""Random files and rows: each parser gives rows, or one of the engine's own refusals, and nothing
else; what is written comes back. 200 examples each, 10,000 among the slow tests; of damaged
workbooks, each read in a process of its own, fewer.
"""

import csv
import io
import json
import tempfile
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.datasets import window
from studio.datasets.row_forms import formats
from studio.datasets.row_forms.column_map import sniff
from studio.datasets.row_forms.other_forms import recognise
from studio.datasets.source_files.convert import converted
from studio.datasets.source_files.file_kind import kind_of
from studio.datasets.source_files.json_shapes import rows_of, shape_of
from studio.datasets.source_files.row_problem import RowProblem
from studio.datasets.source_files.sources import lines_of
from studio.datasets.taking_in import intake
from studio.errors import InputError
from studio.text import delimited, jsons
from studio.text.table_dialect import dialect
from studio.workspace import Workspace
from tests.workbook_files import ods, xls, xlsb, xlsx

FEW, MANY = 200, 10_000
NAMES = (
    "instruction input output system history messages conversations prompt completion chosen "
    "rejected kto_tag label text tools role from content value tool_calls weight images data "
    "response_0 better_response_id columns conversation human assistant"
).split()
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**20),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["user", "assistant", "human", "gpt", "system", "tool", "true", "是", '[{"']),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text(max_size=3)), inner, max_size=5),
    ),
    max_leaves=12,
)
rows = st.dictionaries(st.sampled_from(NAMES), values, max_size=6)
cells = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
    st.text("\"'\\ ,;\nq", max_size=6),
)


def examples(count):
    return settings(
        max_examples=count,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=True,
    )


def twice(check, *strategies, counts=(FEW, MANY)):
    """A property as two tests: of a few examples, and of many among the slow ones."""

    def few():
        examples(counts[0])(given(*strategies)(check))()

    def many():
        examples(counts[1])(given(*strategies)(check))()

    few.__doc__ = many.__doc__ = check.__doc__
    return few, pytest.mark.slow(pytest.mark.timeout(1800)(many))


def read_file(data, name):
    """The rows of a file as intake reads them, or the refusal."""
    with tempfile.TemporaryDirectory() as folder:
        path, target = Path(folder) / "given", Path(folder) / "made.jsonl"
        path.write_bytes(data)
        kind = kind_of(path, name)
        if kind == "parquet":
            return [], None
        target = target.with_suffix(".txt" if kind == "txt" else ".jsonl")
        report = converted(path, name, kind, target)
        return list(lines_of(target).read()), report


def only_refusals(data, name):
    try:
        found, report = read_file(data, name)
    except InputError as error:
        assert error.what and error.do
        return
    assert report is None or len(found) == report.rows
    assert report is None or sum(row is None for row in found) >= report.left_out


def _bytes(data, name):
    only_refusals(data, name)


def _normalised(row):
    """Any row in any layout is a row of the normal form, or a problem in words."""
    try:
        form = recognise([row])
        layout = form.layout if form else sniff([row])
        made = formats.normalise(form.made(row) if form else row, layout)
    except (RowProblem, InputError) as error:
        assert str(error)
        return
    assert formats.kind(made) in ("sft", "ranking", "kto", "text", "messages")
    turns = formats.messages(made)
    assert all(isinstance(turn["content"], str) for turn in turns)
    json.dumps(made, ensure_ascii=False).encode("utf-8")


def _table(table, mark):
    """A table that csv wrote is read as it was, whatever stands in its cells."""
    width = len(table[0])
    written = [[*row, *[""] * width][:width] for row in table]
    written = [row for row in written if any(row)]
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=mark, quoting=csv.QUOTE_ALL).writerows(written)
    for options in ({}, dialect(out.getvalue(), mark).options):
        lines = delimited.lines(io.StringIO(out.getvalue(), newline=""), 1 << 20)
        found = list(delimited.records(lines, mark, 1 << 20, **options))
        assert [record.cells for record in found] == written
        assert not any(record.problem for record in found)


def _values(items, listed, indent):
    """A list, or values one behind the other, is read as json reads it."""
    parts = [json.dumps(item, ensure_ascii=False, indent=indent) for item in items]
    text = f"[{','.join(parts)}]" if listed else "\n".join(parts)
    reader = jsons.Values(io.StringIO(text), 1 << 20)
    if not listed and reader.listed:
        return
    found = list(reader)
    assert [json.dumps(v) for v in found] == [
        json.dumps(json.loads(p, parse_constant=lambda _: None)) for p in parts
    ]


def _shapes(value):
    """Whatever a value is taken for, its rows are as many as it holds."""
    shape = shape_of(value)
    if shape:
        assert isinstance(list(rows_of(value, shape)), list)


@lru_cache(maxsize=1)
def wrapped_files():
    rows = [["question", "answer"], *([f"q{n}", n] for n in range(9))]
    import pyarrow
    import pyarrow.feather

    out = io.BytesIO()
    pyarrow.feather.write_feather(
        pyarrow.table({"question": ["q"] * 9, "answer": ["a"] * 9}), out, compression="uncompressed"
    )
    made = {f"a.{write.__name__}": write({"A": rows}) for write in (xlsx, ods, xls)}
    return made | {"a.xlsb": xlsb({"A": rows}), "a.arrow": out.getvalue()}


def _damaged(name, at, bit, length):
    """A workbook or Arrow file with a bit turned or its end cut off, through the sandbox: what
    ends the reader must not end the window.
    """
    data = bytearray(wrapped_files()[name])
    data[at % len(data)] ^= 1 << bit
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(bytes(data[: len(data) - length % len(data)]))
        try:
            made = window.take_in(Workspace.open(Path(folder) / "w"), path, "d")
        except InputError as error:
            assert error.what and error.do
            return
    assert made["rows"] > 0


names = st.sampled_from(["a.json", "a.jsonl", "a.csv", "a.tsv", "a.txt", "a.xls", "a.arrow"])
json_text = st.one_of(values.map(json.dumps), st.lists(rows, max_size=3).map(json.dumps)).map(
    str.encode
)
odd_bytes = st.one_of(
    st.binary(max_size=60),
    st.text('[]{}",:; \n\r\t|\\u0aé问', max_size=60).map(lambda text: text.encode()),
    json_text,
    st.builds(lambda one, two: one + b"\n" + two, json_text, st.binary(max_size=9)),
)
test_any_bytes, test_any_bytes_many = twice(_bytes, odd_bytes, names)
test_any_row, test_any_row_many = twice(_normalised, rows)
test_any_table, test_any_table_many = twice(
    _table,
    st.lists(st.lists(cells, min_size=2, max_size=4), min_size=1, max_size=5).filter(
        lambda table: any(table[0])
    ),
    st.sampled_from(",;\t|"),
)
test_any_json, test_any_json_many = twice(
    _values, st.lists(values, max_size=4), st.booleans(), st.sampled_from([None, 1])
)
test_any_shape, test_any_shape_many = twice(_shapes, values)
test_any_damage, test_any_damage_many = twice(
    _damaged,
    st.sampled_from(["a.xlsx", "a.ods", "a.xls", "a.xlsb", "a.arrow"]),
    st.integers(0, 1 << 16),
    st.integers(0, 7),
    st.sampled_from([0, 0, 0, 1, 9, 100, 700]),
    counts=(40, 2000),  # one that ends its reader costs a new one
)


def test_any_lines_are_taken_in_whole(workspace):
    """Through the registry: rows and bad rows are together all lines that hold anything."""

    @examples(60)
    @given(st.lists(st.one_of(rows.map(json.dumps), st.text(max_size=9)), max_size=6))
    def check(lines):
        lines = [
            line for line in lines if line.strip() and not set("\r\n\x85\u2028\x0b\x0c") & set(line)
        ]
        text = "\n".join([json.dumps({"instruction": "q", "output": "a"}), *lines])
        try:
            made = intake.register_file(
                Workspace(workspace.path), "a.jsonl", text.encode("utf-8", "surrogatepass"), "d"
            )
        except InputError as error:
            assert error.what
            return
        assert made.rows + made.skipped == len(lines) + 1

    check()
