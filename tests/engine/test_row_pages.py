"""Pages of a dataset by search, filters and order: exact beside the rows themselves, whatever the
file's form, and while a large file is still being scanned.
"""

import json
import threading
import time

import pytest

from studio.datasets import open_dataset, register_file, registry, window
from studio.datasets.paging import row_pages, row_scan
from studio.datasets.paging.row_query import read_query
from studio.datasets.paging.row_server import READER
from studio.datasets.row_changes import row_marks
from studio.datasets.row_forms.column_map import Layout
from studio.errors import InputError, StudioError

WORDS = ["Alpha", "Straße", "秋天的第一场雨", "İstanbul", "omega%_", "’; DROP TABLE rows; --"]


@pytest.fixture(autouse=True)
def reader():
    yield
    READER.close()


def made(count=60):
    return [
        {
            "instruction": f"question {n} {WORDS[n % len(WORDS)]}",
            "input": "more" if n % 4 == 0 else "",
            "output": "answer " * (n % 7 + 1) + str(n),
            "system": "You are kind." if n % 3 == 0 else "",
            "history": [["before", "reply"]] if n % 5 == 0 else [],
        }
        for n in range(count)
    ]


LAYOUT = Layout(
    prompt="instruction", query="input", response="output", system="system", history="history"
)


def put(workspace, rows, kind="jsonl", name="d", bad=()):
    """Rows as a registered file; `bad`: lines to stand before rows of these numbers."""
    path = workspace.data / f"{name}.{kind}"
    if kind == "parquet":
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    else:
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        for number, text in sorted(bad, reverse=True):
            lines.insert(number, text)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    registry.register(workspace, name, LAYOUT, path.name)
    return path


@pytest.fixture(params=["small jsonl", "large jsonl", "small parquet", "large parquet"])
def dataset(request, workspace, monkeypatch):
    size, kind = request.param.split()
    if size == "large":
        monkeypatch.setattr(row_pages, "SMALL", 0)
    put(workspace, made(), kind)
    return open_dataset("d", workspace)


def found(dataset, **query):
    page = dataset.page(limit=1000, **query)
    rows = dataset.rows()
    assert page.rows == [rows[number] for number in page.numbers] and page.count == len(rows)
    assert page.matches == len(page.rows)
    return page.numbers


def test_every_query_finds_exactly_the_rows_it_is_about(dataset):
    rows = dataset.rows()

    def expect(test, **query):
        assert found(dataset, **query) == [n for n, row in enumerate(rows) if test(row)], query

    def field(name, test, value=""):
        return [{"field": name, "test": test, "value": value}]

    expect(lambda row: True)
    for word in ("ALPHA", "strasse", "第一场", "omega%_", "’; drop table rows; --"):
        expect(lambda row, w=word: w.casefold() in str(row["instruction"]).casefold(), search=word)
    expect(lambda row: row["system"], search="kind.")
    expect(lambda row: row["history"], search="BEFORE")
    expect(lambda row: "%" in row["instruction"], where=field("instruction", "contains", "%"))
    expect(lambda row: "3" not in row["output"], where=field("output", "lacks", "3"))
    expect(
        lambda row: row["output"].endswith("answer 7"), where=field("output", "equals", "Answer 7")
    )
    expect(lambda row: not row["input"], where=field("input", "empty"))
    expect(lambda row: row["system"], where=field("system", "filled"))
    expect(lambda row: len(row["output"]) > 30, where=field("output", "over", 30))
    expect(lambda row: len(row["system"]) < 5, where=field("system", "under", 5))
    expect(lambda row: row["history"], where=field("turns", "over", 2))
    expect(lambda row: len(row["output"]) == 8, where=field("reply", "equals", 8))
    expect(lambda row: True, where=field("kind", "equals", "sft"))
    expect(
        lambda row: row["system"] and "雨" in row["instruction"],
        search="雨",
        where=field("system", "filled"),
    )


def test_rows_are_found_by_what_a_person_gave_to_them(dataset):
    row_marks.mark(dataset.workspace, "d", [2, 5], 5, ["keep", "of law"])
    row_marks.mark(dataset.workspace, "d", [7], 2, ["keep"])
    every = range(dataset.count)

    def by(name, test, value):
        return found(dataset, where=[{"field": name, "test": test, "value": value}])

    assert by("rating", "equals", 5) == [2, 5] and by("rating", "over", 1) == [2, 5, 7]
    assert by("rating", "under", 5) == [n for n in every if n not in (2, 5)]
    assert by("rating", "equals", 0) == [n for n in every if n not in (2, 5, 7)]
    assert by("tag", "equals", "of law") == [2, 5] and by("tag", "equals", "of") == []
    assert by("tag", "lacks", "keep") == [n for n in every if n not in (2, 5, 7)]
    both = [{"field": "tag", "test": "equals", "value": "keep"}]
    both += [{"field": "rating", "test": "under", "value": 3}]
    assert found(dataset, where=both) == [7]
    assert found(dataset, where=both, search=dataset.rows()[2]["instruction"]) == []
    row_marks.mark(dataset.workspace, "d", [5], 0, [])
    assert by("rating", "equals", 5) == [2]


def test_orders_and_places(dataset):
    rows = dataset.rows()
    assert found(dataset, order={"by": "file", "down": True}) == list(range(len(rows)))[::-1]
    longest = sorted(range(len(rows)), key=lambda n: (-len(rows[n]["output"]), n))
    assert found(dataset, order={"by": "reply", "down": True}) == longest
    by_text = sorted(range(len(rows)), key=lambda n: (rows[n]["output"].encode(), n))
    assert found(dataset, order={"by": "output"}) == by_text
    page = dataset.page(order={"by": "reply", "down": True}, offset=20, limit=10)
    assert page.numbers == longest[20:30] and page.offset == 20
    assert dataset.page(offset=10**9, limit=10).numbers == list(range(50, 60))  # the last page
    opened = row_pages.open_rows(dataset.workspace, "d", scanned=True)
    where = [{"field": "system", "test": "filled", "value": ""}]
    query = read_query("", where)
    assert opened.page(query, 0, 5, number=31).numbers == [30, 33, 36, 39, 42]
    assert opened.page(query, 0, 5, number=32).numbers == [30, 33, 36, 39, 42]


def test_bad_rows_keep_their_lines_and_never_shift_a_number(workspace, monkeypatch):
    monkeypatch.setattr(row_pages, "SMALL", 0)
    put(workspace, made(), bad=[(0, "{broken"), (7, ""), (7, '{"instruction": "x"}')])
    dataset = open_dataset("d", workspace)
    assert found(dataset) == list(range(60))
    bad = dataset.page(where=[{"field": "bad"}]).bad
    assert [(one.line, one.reason) for one in bad] == [
        (1, "not valid JSON"),
        (10, "output is missing"),
    ]
    assert bad[0].example == "{broken" and dataset.skipped == 2
    assert [problem["row"] for problem in dataset.problems] == [1, 10]


def test_what_was_lost_when_a_file_was_taken_in_is_found_with_its_line(workspace):
    text = '{"instruction": "a", "output": "b"}\nno json\n{"instruction": "c", "output": "d"}\n'
    register_file(workspace, "my own.jsonl", text.encode(), "d")
    page = window.page(workspace, "d", "rows", 0, 10, where=[{"field": "bad"}])
    assert [(one["line"], one["reason"]) for one in page["bad"]] == [(2, "not valid JSON")]
    assert page["file"] == "my own.jsonl" and page["lines"] and page["matches"] == 1
    assert page["facts"]["listed_bad"] == 1 and page["count"] == 2


@pytest.mark.parametrize(
    "query",
    [
        {"where": [{"field": "number; DROP TABLE rows", "test": "contains", "value": "x"}]},
        {"where": [{"field": "output", "test": "like", "value": "x"}]},
        {"where": [{"field": "turns", "test": "over", "value": "many"}]},
        {"where": [{"field": "kind", "test": "equals", "value": "else"}]},
        {"where": ["output"]},
        {"where": "output"},
        {"search": 5},
        {"order": {"by": "line; --"}},
        {"order": "reply"},
    ],
)
def test_what_nobody_can_look_for_is_refused_in_a_sentence(query):
    with pytest.raises(InputError):
        read_query(**query)


def test_the_first_page_of_a_large_file_waits_for_no_scan(workspace, monkeypatch):
    """The whole file is looked at behind it, and then counts, search and training know it."""
    line = json.dumps({"instruction": "q" * 200, "output": "a" * 200}) + "\n"
    path = workspace.data / "d.jsonl"
    with path.open("w") as out:
        out.write(line * 12_000 + "bad\n" + line.replace("q" * 200, "needle") + line * 9)
    registry.register(workspace, "d", Layout(), path.name)
    assert path.stat().st_size > row_pages.SMALL
    gate = threading.Event()
    run = READER._run
    monkeypatch.setattr(READER, "_run", lambda *a: (gate.wait(60), run(*a)))
    page = window.page(workspace, "d", "rows", 10, 10)
    assert page["numbers"] == list(range(10, 20)) and not page["ready"] and page["count"] is None
    assert window.page(workspace, "d", "rows", 11_000, 10)["rows"] == []
    assert window.page(workspace, "d", "rows", 0, 10, search="needle")["rows"] == []
    assert READER.scan(workspace, "d") is not None
    before = READER.ended
    gate.set()
    until = time.monotonic() + 60
    while READER.ended == before and time.monotonic() < until:
        time.sleep(0.05)
    assert READER.scan(workspace, "d") is None
    page = window.page(workspace, "d", "rows", 0, 10, search="NEEDLE")
    assert page["ready"] and page["matches"] == 1 and page["numbers"] == [12_000]
    assert page["count"] == 12_010 and page["problems"][0]["row"] == 12_001
    monkeypatch.setattr("studio.datasets.opened.check_rows", lambda *a: pytest.fail("read again"))
    assert open_dataset("d", workspace).rows(12_000, 1)[0]["instruction"] == "needle"
    path.write_text(line)  # another file in its place has another index
    assert window.page(workspace, "d", "rows", 0, 10)["count"] == 1


def test_a_scan_that_fails_says_why_and_is_tried_again(workspace, monkeypatch):
    monkeypatch.setattr("studio.files.SPARE_BYTES", 1 << 60)
    monkeypatch.setattr(row_pages, "SMALL", 0)
    put(workspace, made())
    with pytest.raises(StudioError, match="MB are free"):
        row_scan.build(str(workspace.path), "d")
    monkeypatch.undo()
    row_scan.build(str(workspace.path), "d")
    kept = list((workspace.path / "cache" / "row_index").iterdir())
    assert sorted(path.suffix for path in kept) == [".duckdb", ".lock"]


def test_the_index_reaches_no_other_file(workspace, monkeypatch):
    import duckdb

    monkeypatch.setattr(row_pages, "SMALL", 0)
    put(workspace, made())
    row_scan.build(str(workspace.path), "d")
    opened = row_pages.open_rows(workspace, "d")
    path = str(workspace.data / "d.jsonl")
    for call in (lambda db: db.read_json(path), lambda db: db.read_csv(path)):
        with pytest.raises(duckdb.Error):
            call(opened.index.db).fetchall()
