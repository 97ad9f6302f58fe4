"""Files as they come: encodings, tables with a comma too many, JSON that Python writes and JSON
does not know, broken rows.
"""

import json

import pytest
from encoding_table import CASES

from studio import datasets
from studio.datasets import registry, window
from studio.datasets.row_forms.column_map import Layout
from studio.dialogue.characters.cast_files import read_cast, take_in
from studio.documents.formats import extract
from studio.errors import InputError
from studio.text import decode, legacy

GBK_TABLE = "问题,回答\n你叫什么名字？,我叫小明，今年十岁。\n"


@pytest.mark.parametrize("encoding", sorted({case[0] for case in CASES}))
def test_every_text_of_the_table_is_read_right(encoding):
    wrong = []
    for _, label, where, text in (case for case in CASES if case[0] == encoding):
        found = decode(text.encode(encoding), "a.txt")
        if found.text != text:
            wrong.append((label, where, found.told))
    assert not wrong


def test_a_guess_is_told_and_certainty_too():
    assert decode("问,答".encode("gb18030"), "a.csv").told == "gb18030, a guess"
    assert decode((GBK_TABLE * 9).encode("gbk"), "a.csv").told == "gb18030"
    assert not decode("café".encode(), "a.txt").guessed


def test_the_sample_is_of_the_bytes_that_matter():
    data = b"plain ascii\n" * 100_000 + "老周说：“来了。”\n".encode("gbk") + b"plain\n" * 1000
    assert legacy.sample_of(data).decode("gbk") == "老周说：“来了。”"
    assert len(legacy.sample_of(b"\xb0\xa1" * 5_000_000)) < 2 * legacy.SAMPLE_BYTES


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "utf-8-sig", "utf-16", "utf-16-le"])
def test_documents_datasets_and_lists_of_characters_read_alike(workspace, tmp_path, encoding):
    entry = datasets.register_file(workspace, "a.csv", GBK_TABLE.encode(encoding), "d")
    assert (
        entry.rows == 1
        and datasets.open_dataset("d", workspace).rows()[0]["output"] == "我叫小明，今年十岁。"
    )
    assert extract("a.csv", GBK_TABLE.encode(encoding), "回答").text == "我叫小明，今年十岁。"
    (tmp_path / "cast.csv").write_bytes("姓名,别名\n孙悟空,行者\n".encode(encoding))
    assert [(p.name, p.aliases) for p in read_cast(tmp_path / "cast.csv")] == [("孙悟空", ["行者"])]
    assert take_in(tmp_path / "cast.csv") == read_cast(tmp_path / "cast.csv")


def test_a_short_chinese_table_is_not_korean(workspace):
    entry = datasets.register_file(
        workspace, "a.csv", "instruction,output\n问,答\n".encode("gb18030"), "d"
    )
    row = datasets.open_dataset("d", workspace).rows()[0]
    assert (row["instruction"], row["output"]) == ("问", "答") and "a guess" in entry.encoding


def test_late_letters_of_a_dataset(workspace):
    lines = "".join(
        f'{{"instruction": "question {n}", "output": "{"plain answer " * 40}"}}\n'
        for n in range(1000)
    )
    data = (lines + '{"instruction": "问题", "output": "回答在这里"}\n').encode("gbk")
    assert datasets.register_file(workspace, "a.jsonl", data, "d").rows == 1001
    assert datasets.open_dataset("d", workspace).rows(1000)[0]["output"] == "回答在这里"


def test_a_broken_line_is_counted_and_named(workspace):
    good = '{"instruction": "q", "output": "a"}\n'
    entry = datasets.register_file(
        workspace,
        "mine.jsonl",
        (good + '{"instruction": "half\n' + good + "\n" + good).encode(),
        "d",
    )
    assert (entry.rows, entry.skipped) == (3, 1)
    assert entry.problems == (
        {"row": 2, "reason": "not valid JSON", "example": '{"instruction": "half'},
    )
    opened = datasets.open_dataset("d", workspace)
    assert (opened.count, opened.skipped, opened.problems) == (3, 1, list(entry.problems))
    assert [
        json.loads(line) for line in opened.path.read_text().splitlines() if line
    ]  # what is kept, any tool reads
    page = window.page(workspace, "d", "rows", 0, 10)
    assert (page["count"], page["skipped"], page["problems"]) == (3, 1, list(entry.problems))


def test_a_first_line_that_is_broken_costs_itself(workspace):
    good = '{"instruction": "q", "output": "a"}\n'
    entry = datasets.register_file(
        workspace, "a.jsonl", ('{"instruction": "half\n' + 3 * good).encode(), "d"
    )
    assert (entry.rows, entry.skipped) == (3, 1)


def test_the_account_goes_with_its_file_alone(workspace):
    datasets.register_file(
        workspace, "a.jsonl", b'{"instruction": "q", "output": "a"}\nbroken\n', "d"
    )
    path = workspace.data / "d.jsonl"
    path.write_text('{"instruction": "q2", "output": "a2"}\n')
    assert datasets.open_dataset("d", workspace).skipped == 0


@pytest.mark.parametrize(
    ("text", "rows", "problems"),
    [
        ("question,answer\nq,a\nr,b,c\n", [("q", "a")], [(2, "3 cells where the header has 2")]),
        ("question,answer\nq,a,\nr,b,,\n", [("q", "a"), ("r", "b")], []),
        ("question,answer\nq\nr,b\n", [("r", "b")], [(1, "answer is empty")]),
        (
            'question,answer\nq,a\n"open,b\nr,c\ns,d\n',
            [("q", "a"), ("r", "c"), ("s", "d")],
            [(2, "a quote is opened and never closed")],
        ),
        ('question,answer\nq,"two\nlines, ""quoted"""\n', [("q", 'two\nlines, "quoted"')], []),
        ("question;answer\nq;a, b\n", [("q", "a, b")], []),
        ("sep=;\nquestion;answer\nq;a\n", [("q", "a")], []),
        ("question\tanswer\nq, r\ta\n", [("q, r", "a")], []),
        ("\ufeffquestion,answer\r\nq,a\r\n\r\nr,b\r\n", [("q", "a"), ("r", "b")], []),
    ],
)
def test_no_row_of_a_table_slips(workspace, text, rows, problems):
    datasets.register_file(workspace, "a.csv", text.encode(), "d")
    opened = datasets.open_dataset("d", workspace)
    assert [(row["instruction"], row["output"]) for row in opened.rows()] == rows
    assert [(problem["row"], problem["reason"]) for problem in opened.problems] == problems


def test_one_column_is_one_text(workspace):
    datasets.register_file(
        workspace, "a.csv", b'text\nThe tide, as ever, came in.\n"Two\nlines"\n', "d"
    )
    assert [row["text"] for row in datasets.open_dataset("d", workspace).rows()] == [
        "The tide, as ever, came in.",
        "Two\nlines",
    ]


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_what_json_does_not_know_costs_its_cell_alone(workspace, name):
    rows = [
        f'{{"instruction": "q", "output": "a", "score": {odd}}}'
        for odd in ("NaN", "-Infinity", "1e999", "9" * 5000, "1")
    ]
    text = f"[{', '.join(rows)}]" if name == "a.json" else "\n".join(rows)
    entry = datasets.register_file(workspace, name, text.encode(), "d")
    assert (entry.rows, entry.skipped, entry.odd) == (5, 0, 4)
    kept = [json.loads(line) for line in (workspace.data / "d.jsonl").read_text().splitlines()]
    assert [row["score"] for row in kept] == [None, None, None, None, 1]


def test_a_mistake_in_a_list_is_told_by_its_line_and_the_users_name(workspace):
    with pytest.raises(InputError, match=r"my rows\.json is not valid JSON \(line 3\)"):
        datasets.register_file(
            workspace,
            "my rows.json",
            b'[\n{"instruction": "q", "output": "a"},\n{"instruction": "r" "output": "b"}]',
            "d",
        )


@pytest.mark.parametrize(
    ("data", "count"),
    [
        (
            (
                b'{"version": 1, "data": [{"instruction": "q", "output": "a"}, {"instruction": '
                b'"r", "output": "b"}]}'
            ),
            2,
        ),
        (b'{\n "instruction": "q",\n "output": "a"\n}', 1),
        (
            (
                b'{\n "instruction": "q",\n "output": "a"\n}\n{\n "instruction": "r",\n'
                b' "output": "b"\n}'
            ),
            2,
        ),
        (b'[\n\n{"instruction": "q",\n"output": "a"}\n]\n', 1),
    ],
)
def test_json_in_the_forms_that_people_have(workspace, data, count):
    assert datasets.register_file(workspace, "a.json", data, "d").rows == count


def test_a_long_list_is_read_in_pieces(workspace):
    long = [
        {"instruction": f"q{n}", "output": "长" * (n % 7) * 1000 + "。"} for n in range(600)
    ] + [{"instruction": "last", "output": "é" * 3_000_000}]
    entry = datasets.register_file(
        workspace, "a.json", json.dumps(long, ensure_ascii=False, indent=1).encode(), "d"
    )
    opened = datasets.open_dataset("d", workspace)
    assert entry.rows == 601 and [row["output"] for row in opened.rows()] == [
        row["output"] for row in long
    ]


def test_a_file_put_there_by_hand_is_judged_by_its_content(workspace):
    (workspace.data / "d.json").write_text(
        '{"instruction": "q", "output": "a"}\n{"instruction": "r", "output": "b"}\n'
    )
    (workspace.data / "e.jsonl").write_text('[{"instruction": "q", "output": "a"}]')
    (workspace.data / "f.csv").write_bytes("instruction,output\n问题,回答在这里\n".encode("gbk"))
    for name, file in (("d", "d.json"), ("e", "e.jsonl"), ("f", "f.csv")):
        registry.register(workspace, name, Layout(), file)
    assert [datasets.open_dataset(name, workspace).count for name in "def"] == [2, 1, 1]
    assert datasets.open_dataset("f", workspace).rows()[0]["output"] == "回答在这里"
    (workspace.data / "f.csv").write_text("instruction,output\nnew,row\n")
    assert datasets.open_dataset("f", workspace).rows()[0]["instruction"] == "new"


def test_a_page_is_cut_where_a_text_has_no_end(workspace):
    rows = [{"instruction": "q", "output": "a" * 100_000, "history": [["u", "v"]] * 500}]
    datasets.register_file(workspace, "a.json", json.dumps(rows).encode(), "d")
    page = window.page(workspace, "d", "rows", 0, 10)
    assert page["rows"][0]["output"].endswith("(+92,000)") and len(json.dumps(page)) < 30_000
    chat = window.page(workspace, "d", "chat", 0, 10)["rows"][0]
    assert len(chat) <= 201 and chat[-1]["content"].startswith("… (+")


def test_an_export_goes_through_the_sandbox(workspace):
    datasets.register_file(workspace, "a.json", b'[{"instruction": "q", "output": "a"}]', "d")
    assert window.export_zip(workspace, "d", "openai", "jsonl").is_file()
    with pytest.raises(InputError, match="no dataset nothing"):
        window.export_zip(workspace, "nothing", "openai", "jsonl")


def test_a_document_table_keeps_the_cells_beyond_its_last_column_and_tells_of_them(workspace):
    """An unquoted comma in the text: nothing of it is lost, and that it was guessed is told."""
    from studio.documents import job as importing
    from studio.documents.spec import ImportJob
    from tests.in_process import job_for

    path = workspace.path / "lines.csv"
    path.write_text(
        "id,text\n1,The tide came in, and went.\n2,Gulls.,\n3,One, two, three.\n", encoding="utf-8"
    )
    made = extract("lines.csv", path.read_bytes())
    assert made.text == "The tide came in, and went.\n\nGulls.\n\nOne, two, three."
    result = importing.run(spec := ImportJob(paths=[str(path)]), job_for(workspace, spec))
    assert [(one["name"], one["rows"], one["first"]) for one in result["surplus"]] == [
        ("lines.csv", 2, 1)
    ]


@pytest.fixture
def rows_file(tmp_path):
    """200 rows, one of them broken and one without an answer."""
    lines = [
        json.dumps({"instruction": f"q {n}", "output": f"a {n} " + "x" * 200}) for n in range(200)
    ]
    lines[6] = '{"instruction": "broken'
    lines[9] = json.dumps({"instruction": "q", "output": ""})
    path = tmp_path / "my rows.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_file_of_rows_is_taken_in_by_a_job_that_says_what_it_left_out(workspace, rows_file):
    from studio.datasets.spec import RegisterJob
    from studio.datasets.taking_in import taking
    from studio.documents import stage
    from tests.in_process import job_for

    spec = RegisterJob(file=stage(workspace, rows_file.name, rows_file))
    assert spec.name == "my rows"
    job = job_for(workspace, spec)
    result = taking.run(spec, job)
    assert (result["dataset"], result["rows"], result["skipped"]) == ("my rows", 198, 2)
    assert [problem["row"] for problem in result["problems"]] == [7, 10]
    assert datasets.open_dataset("my rows", workspace).count == 198
    assert not list((workspace.path / "incoming").iterdir())


def test_a_stop_ends_the_reading_and_the_upload_stays_for_the_next_try(workspace, rows_file):
    from studio.datasets.spec import RegisterJob
    from studio.datasets.taking_in import taking
    from studio.documents import stage
    from studio.errors import Stopped
    from tests.in_process import job_for

    spec = RegisterJob(file=stage(workspace, rows_file.name, rows_file), name="mine")
    job = job_for(workspace, spec)
    (job.folder / "stop").write_text("now")
    with pytest.raises(Stopped):
        taking.run(spec, job)
    assert datasets.names(workspace) == []
    (job.folder / "stop").unlink()
    assert taking.run(spec, job_for(workspace, spec))["rows"] == 198


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\x7fELF\x02\x01\x01" + bytes(200), "is a program"), (None, "There is no file")],
)
def test_what_is_no_file_of_rows_is_refused_before_there_is_a_job(
    workspace, tmp_path, content, said
):
    from studio.datasets.spec import RegisterJob

    path = tmp_path / "rows.jsonl"
    if content:
        path.write_bytes(content)
    with pytest.raises(InputError, match=said):
        RegisterJob(file=str(path)).check(workspace)


@pytest.mark.parametrize("before", [0, 100, 6000])
@pytest.mark.parametrize(
    ("tail", "encoding"),
    [
        ("It cost £5.\n", "cp1252"),
        ("It was 5° out.\n", "cp1252"),
        ("Then 老周 came.\n", "gbk"),
        ("Он шёл к реке, а я ждал.\n", "koi8-r"),
        ("Он шёл к реке, а я ждал.\n", "cp1251"),
    ],
)
def test_a_sign_or_a_name_late_in_a_plain_text_tells_its_encoding(tail, encoding, before):
    line = "Nobody came along the road that day.\n"
    data = (line * before).encode() + tail.encode(encoding) + line.encode()
    assert decode(data, "a.txt").text.endswith(tail + line)
