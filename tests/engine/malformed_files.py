"""Files as they go wrong in the world, each with what must become of it: `read` with the number of
good rows and every bad one by number and reason, or `refused` with a part of the one sentence.
"""

import io
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tests.workbook_files import ods, xlsx, zipped

Bad = tuple[int, str]
GOOD = b'{"instruction": "q", "output": "a"}\n'
ROW = {"instruction": "问题是什么？", "output": "回答在这里。"}
LINE = json.dumps(ROW, ensure_ascii=False) + "\n"
BOOK = "皇上驾到，众人跪下。老周说：“来了。”她笑着回答说知道了。" * 4
LONG = json.dumps({"instruction": BOOK, "output": BOOK}, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class Case:
    """name: the file's own; data: its bytes, or what makes the file at a path; good: rows that are
    read, with every bad one in `bad`; said: where it is refused, a part of the sentence.
    """

    name: str
    data: bytes | Callable[[Path], None]
    good: int = 0
    bad: tuple[Bad, ...] = ()
    said: str = ""


def read(name: str, data: bytes | str, good: int, *bad: Bad) -> Case:
    return Case(name, data.encode() if isinstance(data, str) else data, good, bad)


def refused(name: str, data: bytes | str | Callable[[Path], None], said: str) -> Case:
    return Case(name, data.encode() if isinstance(data, str) else data, said=said)


def talk(*turns: tuple[object, object], **more: object) -> str:
    return json.dumps({"messages": [{"role": r, "content": c} for r, c in turns]} | more) + "\n"


TALK = talk(("user", "q"), ("assistant", "a"))


def pair(chosen: object, rejected: object) -> str:
    return json.dumps({"prompt": "q", "chosen": chosen, "rejected": rejected}) + "\n"


ENCODINGS = {
    "utf-8": read("a.jsonl", LINE * 3, 3),
    "utf-8 with a mark": read("a.jsonl", "\ufeff" + LINE * 3, 3),
    "utf-16-le with a mark": read("a.jsonl", b"\xff\xfe" + (LINE * 3).encode("utf-16-le"), 3),
    "utf-16-be with a mark": read("a.jsonl", b"\xfe\xff" + (LINE * 3).encode("utf-16-be"), 3),
    "utf-16 without a mark": read("a.jsonl", (LINE * 3).encode("utf-16-le"), 3),
    "utf-32": read("a.json", json.dumps([ROW]).encode("utf-32"), 1),
    "gb18030": read("a.jsonl", (LONG * 3).encode("gb18030"), 3),
    "big5": read(
        "a.jsonl",
        '{"instruction": "請問皇上駕到了沒有呢", "output": "奴才這就去看看"}\n'.encode("big5"),
        1,
    ),
    "shift-jis": read(
        "a.jsonl",
        '{"instruction": "これは何ですか、教えてください", "output": "これはペンです"}\n'.encode(
            "cp932"
        ),
        1,
    ),
    "latin-1": read(
        "a.csv", "question,answer\nOù est le café ?,À côté de l'église\n".encode("latin-1"), 1
    ),
    "utf-8 with a line of gbk": read(
        "a.jsonl", (LONG * 20).encode() + '{"instruction":"问","output":"答"}\n'.encode("gbk"), 21
    ),
    "half a surrogate pair": read(
        "a.jsonl",
        GOOD + b'{"instruction": "\\ud83d", "output": "a"}\n',
        1,
        (2, "instruction holds a broken character"),
    ),
    "a surrogate in the bytes": read(
        "a.jsonl", GOOD * 60 + b'{"instruction": "\xed\xa0\xbd", "output": "a"}\n', 61
    ),
    "zero bytes": refused("a.jsonl", GOOD + b"\0\0\0\0" + GOOD, "a.jsonl is not text"),
}

SIZES = {
    "nothing": refused("a.jsonl", b"", "The file a.jsonl is empty"),
    "one byte": refused("a.jsonl", b"x", "No row of a.jsonl can be used"),
    "one brace": refused("a.json", b"{", "a.json is not valid JSON (line 1)"),
    "blank lines": refused("a.jsonl", b"\n \n\t\n", "The file a.jsonl is empty"),
    "a mark alone": refused("a.json", b"\xef\xbb\xbf", "The file a.json is empty"),
    "a line of 50 MB": read(
        "a.jsonl",
        GOOD + b'{"instruction": "q", "output": "' + b"a" * (50 << 20) + b'"}\n' + GOOD,
        2,
        (2, "longer than 16 MB"),
    ),
    "50 MB without a line end": refused("a.csv", b"a" * (50 << 20), "a.csv cannot be read as csv"),
    "a row of 40 MB in a list": refused(
        "a.json", b'[{"instruction": "' + b"q" * (40 << 20) + b'"}]', "longer than 16 MB"
    ),
    "a name of 255 bytes": read("长" * 83 + ".jsonl", GOOD, 1),
    "a name of signs": read("🙂 (1)—“x”.jsonl", GOOD, 1),
}

JSONS = {
    "a torn end": read("a.jsonl", GOOD * 2 + GOOD[:20], 2, (3, "not valid JSON")),
    "a torn list": refused("a.json", b"[" + GOOD + b',{"instruction": "q"', "(line 2)"),
    "a comma at the end of a list": refused("a.json", b"[" + GOOD + b",]", "not valid JSON"),
    "a comma at the end of a row": read(
        "a.jsonl", GOOD + b'{"instruction": "q", "output": "a",}\n', 1, (2, "not valid JSON")
    ),
    "text behind a list": refused("a.json", b"[" + GOOD + b"] and more", "more text behind"),
    "two lists": refused("a.json", b"[" + GOOD + b"]\n[" + GOOD + b"]", "more text behind"),
    "a comma is missing": refused("a.json", b"[" + GOOD + GOOD + b"]", "a comma is missing"),
    "NaN for a text": read(
        "a.jsonl", GOOD + b'{"instruction": "q", "output": NaN}\n', 1, (2, "output is missing")
    ),
    "Infinity beside the texts": read(
        "a.jsonl", b'{"instruction": "q", "output": "a", "n": -Infinity}\n', 1
    ),
    "a key twice": read("a.jsonl", b'{"instruction": "x", "instruction": "q", "output": "a"}', 1),
    "a thousand deep": read(
        "a.jsonl",
        GOOD + b'{"x": ' + b"[" * 1000 + b"]" * 1000 + b', "instruction": "q", "output": "a"}\n',
        1,
        (2, "nested too deeply"),
    ),
    "a list for a row": read("a.jsonl", GOOD + b"[1, 2]\n", 1, (2, "not a table of fields")),
    "a number for a row": read("a.jsonl", GOOD + b"42\n", 1, (2, "not a table of fields")),
    "null for a row": read("a.json", b"[" + GOOD + b", null]", 1),
    "a number for a text": read(
        "a.jsonl", GOOD + b'{"instruction": "q", "output": 3}\n', 1, (2, "output is not text")
    ),
    "a list for a text": read(
        "a.jsonl",
        GOOD + b'{"instruction": ["q"], "output": "a"}\n',
        1,
        (2, "instruction is not text"),
    ),
    "a mark on every line": read("a.jsonl", (b"\xef\xbb\xbf" + GOOD) * 3, 3),
    "CR alone": read("a.jsonl", GOOD.replace(b"\n", b"\r") * 3, 3),
    "single quotes": refused(
        "a.jsonl",
        b"{'instruction': 'q', 'output': 'a'}\n" * 2,
        "a.jsonl is not valid JSON (line 1)",
    ),
    "a comment": read("a.jsonl", GOOD + b"// more\n" + GOOD, 2, (2, "not valid JSON")),
    "rows one behind the other": read("a.json", GOOD.strip() * 3, 3),
    "a line break inside a text": read(
        "a.jsonl",
        GOOD + b'{"instruction": "q\nr", "output": "a"}\n' + GOOD,
        2,
        (2, "not valid JSON"),
        (3, "not valid JSON"),
    ),
    "columns of unlike length": refused(
        "a.json",
        b'{"instruction": ["q", "r"], "output": ["a"]}',
        "(row 1: instruction is not text)",
    ),
}

HEAD = "question,answer\n"
TABLES = {
    "a quote is never closed": read(
        "a.csv", HEAD + 'q,a\n"open,b\nr,c\n', 2, (2, "a quote is opened and never closed")
    ),
    "a quote inside a cell": read("a.csv", HEAD + 'he said "no",a\n', 1),
    "line ends inside quotes": read("a.csv", HEAD + '"q\r\nr","a\n\nb"\n', 1),
    "a row too wide": read(
        "a.csv", HEAD + "q,a,b\nr,c\n", 1, (1, "3 cells where the header has 2")
    ),
    "a row too narrow": read("a.csv", HEAD + "q\nr,c\n", 1, (1, "answer is empty")),
    "two separators": read("a.csv", HEAD + "q;r,a;b\ns,c\n", 2),
    "semicolons": read("a.csv", "question;answer\nq, r;a\n", 1),
    "pipes": read("a.csv", "question|answer\nq|a\n", 1),
    "tabs in a csv": read("a.csv", "question\tanswer\nq\ta\n", 1),
    "commas in a tsv": read("a.tsv", HEAD + "q,a\n", 1),
    "cells that are formulas": read("a.csv", HEAD + "\"=cmd|'/c calc'!A0\",+1\n@x,-y\n", 2),
    "a header alone": refused("a.csv", HEAD, "(row 1: the file has no rows)"),
    "no header": refused(
        "a.csv", "你好,再见\nq,a\n", "No known columns were found, only 你好, 再见"
    ),
    "a column without a name": read("a.csv", "question,,answer\nq,,a\n", 1),
    "a column twice": read("a.csv", "question,answer,answer\nq,a,b\n", 1),
    "zero bytes in a cell": refused("a.csv", HEAD + "q\0,a\n", "a.csv is not text"),
    "blank rows between": read("a.csv", HEAD + "\n,\nq,a\n\n", 1),
    "html for a table": refused(
        "a.csv", "<html><body>404</body></html>", "(row 1: the file has no rows)"
    ),
}


@lru_cache(maxsize=1)
def parquet(nested: bool = False) -> bytes:
    import pyarrow
    import pyarrow.parquet

    rows = [{"instruction": f"q{n}", "output": "a" * n} for n in range(1, 200)]
    if nested:
        rows = [{"messages": json.loads(TALK)["messages"], "deep": [[{"x": [1]}]]}] * 3
    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), out)
    return out.getvalue()


def texts(*cells: bytes) -> bytes:
    """A parquet file whose column of texts holds any bytes."""
    import pyarrow
    import pyarrow.parquet

    held = pyarrow.array(cells, pyarrow.binary()).view(pyarrow.string())
    table = pyarrow.table({"instruction": ["q"] * len(cells), "output": held})
    out = io.BytesIO()
    pyarrow.parquet.write_table(table, out)
    return out.getvalue()


PARQUETS = {
    **{
        f"cut at {share} %": refused(
            "a.parquet", parquet()[: len(parquet()) * share // 100], "a.parquet cannot be read as"
        )
        for share in (10, 30, 50, 70, 90, 99)
    },
    "called csv": read("a.csv", parquet(), 199),
    "jsonl called parquet": refused("a.parquet", GOOD, "a.parquet is not a dataset file"),
    "nested types": read("a.parquet", parquet(nested=True), 3),
    "bytes that are no text": read(
        "a.parquet", texts(b"good", b"\xff\xfe", b"good"), 2, (2, "not UTF-8 text")
    ),
    "no rows": refused("a.parquet", texts(), "(row 1: the file has no rows)"),
}

TURNS = {
    "an empty role": talk(("", "q"), ("assistant", "a")),
    "an unknown role": talk(("user", "q"), ("wizard", "a")),
    "no role": '{"messages": [{"content": "q"}, {"role": "assistant", "content": "a"}]}\n',
    "a number for a role": talk((1, "q"), ("assistant", "a")),
    "the same role twice": talk(("user", "q"), ("user", "r"), ("assistant", "a")),
    "a reply first": talk(("assistant", "a"), ("user", "q")),
    "no reply": talk(("user", "q")),
    "the question last": talk(("user", "q"), ("assistant", "a"), ("user", "r")),
    "system in the middle": talk(("user", "q"), ("system", "s"), ("assistant", "a")),
    "system alone": talk(("system", "s")),
    "a number for the words": talk(("user", 3), ("assistant", "a")),
    "null for the words": talk(("user", None), ("assistant", "a")),
    "a table for the words": talk(("user", {"x": 1}), ("assistant", "a")),
    "no turns": '{"messages": []}\n',
    "a text for the turns": '{"messages": "q"}\n',
    "a turn that is a text": '{"messages": ["q", "a"]}\n',
    "a tool that nobody called": talk(("user", "q"), ("tool", "x"), ("assistant", "a")),
    "a picture": talk(("user", [{"type": "image_url", "image_url": "x"}]), ("assistant", "a")),
}
TURN_REASONS = {
    "an empty role": "turn 1 has no role",
    "an unknown role": "turn 2 has the unknown role 'wizard'",
    "no role": "turn 1 has no role",
    "a number for a role": "turn 1 has the unknown role '1'",
    "the same role twice": "user and assistant do not take turns at turn 2",
    "a reply first": "user and assistant do not take turns at turn 1",
    "no reply": "the last turn is not a reply",
    "the question last": "the last turn is not a reply",
    "system in the middle": "a system turn stands after the first",
    "system alone": "there is no turn but the system's",
    "a number for the words": "turn 1 is not text",
    "null for the words": "turn 1 is missing",
    "a table for the words": "turn 1 is not text",
    "no turns": "messages is not a list of turns",
    "a text for the turns": "messages is not a list of turns",
    "a turn that is a text": "turn 1 is not a message",
    "a tool that nobody called": "user and assistant do not take turns at turn 2",
    "a picture": "turn 1 holds pictures (image), which a text model cannot learn from",
}
ROLES = {
    name: read("a.jsonl", TALK + row, 1, (2, TURN_REASONS[name])) for name, row in TURNS.items()
} | {
    "a system that is empty": read(
        "a.jsonl", talk(("system", ""), ("user", "q"), ("assistant", "a")), 1
    ),
    "roles in capitals": read("a.jsonl", talk(("User", "q"), ("ASSISTANT", "a")), 1),
}

PAIR = pair("good", "bad")
PAIRS = {
    "both sides alike": read(
        "a.jsonl", PAIR + pair("a", "a "), 1, (2, "chosen and rejected are the same")
    ),
    "one side missing": read("a.jsonl", PAIR + pair("a", None), 1, (2, "rejected is missing")),
    "both sides empty": read("a.jsonl", PAIR + pair("", ""), 1, (2, "chosen is empty")),
    "a number for a side": read("a.jsonl", PAIR + pair("a", 3), 1, (2, "rejected is not text")),
    "a list for a side": read("a.jsonl", PAIR + pair("a", []), 1, (2, "rejected is not text")),
    "no question": read(
        "a.jsonl", PAIR + '{"chosen": "a", "rejected": "b"}\n', 1, (2, "prompt is empty")
    ),
    "labels of three kinds": read(
        "a.jsonl",
        '{"instruction": "q", "output": "a", "kto_tag": true}\n'
        '{"instruction": "q", "output": "a", "kto_tag": "maybe"}\n'
        '{"instruction": "q", "output": "a", "kto_tag": 2}\n',
        1,
        (2, "kto_tag is not true or false"),
        (3, "kto_tag is not true or false"),
    ),
}

DOCX = zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"})


def stored(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("rows.jsonl", data)
    return out.getvalue()


ARCHIVES = {
    "a zip called jsonl": refused("a.jsonl", stored(GOOD), "a.jsonl is not a dataset file"),
    "a docx called csv": refused("a.csv", DOCX, "a.csv is not a dataset file"),
    "an epub called json": refused(
        "a.json", zipped({"mimetype": "application/epub+zip"}), "a.json is not a dataset file"
    ),
    "a pdf called jsonl": refused(
        "a.jsonl", b"%PDF-1.7\n1 0 obj\n", "a.jsonl is not a dataset file"
    ),
    "a zip that is cut": refused(
        "a.xlsx", xlsx({"A": [["q"]]})[:60], "a.xlsx cannot be read as Excel"
    ),
    "a workbook without sheets": refused("a.xlsx", xlsx({}), "No sheet of a.xlsx holds"),
    "a workbook of garbage": refused(
        "a.xlsx", zipped({"xl/workbook.xml": "<w"}), "a.xlsx cannot be read as Excel"
    ),
    "a sheet of one row": refused("a.ods", ods({"A": [["q", "a"]]}), "No sheet of a.ods holds"),
    "a picture called csv": refused("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(99), "PNG"),
    "a program called jsonl": refused("a.jsonl", b"\x7fELF" + bytes(99), "is a program"),
    "a database called json": refused("a.json", b"SQLite format 3\0" + bytes(99), "SQLite"),
    "an arrow file of zeros": refused(
        "a.arrow", b"ARROW1\0\0" + bytes(999), "cannot be read as arrow"
    ),
    "gzip of garbage": refused(
        "a.jsonl.gz", b"\x1f\x8b\x08\0" + b"x" * 99, "cannot be read as gzip"
    ),
}

PLACES = {
    "an empty folder": refused("a.jsonl", lambda path: path.mkdir(), "is empty"),
    "a folder of a pipe": refused(
        "rows", lambda path: (path.mkdir(), os.mkfifo(path / "a.jsonl")), "is no file"
    ),
    "a folder of a link to nothing": refused(
        "rows", lambda path: (path.mkdir(), (path / "a.jsonl").symlink_to("gone")), "is no file"
    ),
    "a folder of two kinds": refused(
        "rows",
        lambda path: (
            path.mkdir(),
            (path / "a.jsonl").write_text('{"instruction": "q", "output": "a"}\n'),
            (path / "b.csv").write_text("instruction,output\nq,a\n"),
        ),
        "files are of one kind",
    ),
    "nothing there": refused("a.jsonl", lambda path: None, "There is no file"),
    "a link to nothing": refused(
        "a.jsonl", lambda path: path.symlink_to("gone"), "There is no file"
    ),
    "a link to itself": refused("a.jsonl", lambda path: path.symlink_to(path), "There is no file"),
    "a pipe": refused("a.jsonl", lambda path: os.mkfifo(path), "There is no file"),
    "a device": refused("a.jsonl", lambda path: path.symlink_to("/dev/zero"), "There is no file"),
    "a file of the system that has no size": refused(
        "a.jsonl", lambda path: path.symlink_to("/proc/self/status"), "is empty"
    ),
    "a folder in a folder": refused(
        "a.jsonl", lambda path: (path / "a.jsonl").mkdir(parents=True), "holds another folder"
    ),
}

GROUPS = {
    "encodings": ENCODINGS,
    "sizes": SIZES,
    "json": JSONS,
    "tables": TABLES,
    "parquet": PARQUETS,
    "roles": ROLES,
    "pairs": PAIRS,
    "archives": ARCHIVES,
    "places": PLACES,
}
CASES = {
    f"{group}: {name}": case for group, cases in GROUPS.items() for name, case in cases.items()
}

SPEC = "kind: dataset\nop: check\nsources: [d]\n"
SPECS = {
    "a python object": ("kind: !!python/object/apply:os.system [id]\n", "is not valid YAML"),
    "a python name": ("kind: dataset\nop: !!python/name:os.system ''\n", "is not valid YAML"),
    "an alias bomb": (
        "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nkind: dataset\n",
        "uses YAML aliases",
    ),
    "a merge of itself": ("kind: dataset\nx: &x\n  <<: *x\n", "uses YAML aliases"),
    "ten thousand deep": ("kind: " + "[" * 10_000, "is not valid YAML"),
    "nothing": ("", "is not a table of fields"),
    "a list": ("- kind: dataset\n", "is not a table of fields"),
    "two documents": (SPEC + "---\n" + SPEC, "is not valid YAML"),
    "a tab for a space": ("kind: dataset\nop:\n\t- x\n", "is not valid YAML"),
    "no kind": ("op: check\n", "does not say what kind of job it is"),
    "an unknown kind": ("kind: datasets\n", "'datasets'"),
    "a list for a kind": ("kind: [dataset]\n", "['dataset']"),
    "an unknown field": (SPEC + "formating: alpaca\n", "formating"),
    "a wrong choice": (SPEC + "formatting: csv\n", "formatting"),
    "a text for a number": (SPEC + "seed: many\n", "seed"),
    "a number beyond its range": (SPEC + "val_size: 1.5\n", "val_size"),
    "not a number": (SPEC + "val_size: .nan\n", "val_size"),
    "a table for a text": (SPEC + "name: {a: b}\n", "name"),
    "a text for a list": ("kind: dataset\nop: check\nsources: d\n", "sources"),
    "a date for a name": (SPEC + "name: 2026-11-27\n", "name"),
    "a path for a name": ("kind: dataset\nsources: [d]\nname: ../../x\n", "../../x"),
    "bytes that are no text": (b"kind: \xff\xfe\n", "cannot be read as text"),
    "a megabyte": ("# " + "x" * (1 << 20) + "\n" + SPEC, "is too large for a spec"),
}
