"""Files made to hang, fill or break whoever reads them, each built in little memory.

`write(name, path)` makes one.
"""

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

Data = bytes | Iterator[bytes]
CUE = b"1\n00:00:01,000 --> 00:00:02,000\n"
VTT = b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n"
ASS = (
    b"[Script Info]\n[Events]\nFormat: Layer, Start, End, Style, Text\n"
    b"Dialogue: 0,0:00:01.00,0:00:02.00,Default,"
)
LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 60) for n in range(9))
    + b"]>"
)
XXE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def zipped(files: dict[str, bytes], **sizes: int) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        for name, size in sizes.items():
            with archive.open(
                name.replace("__", "/").replace("_", "."), "w", force_zip64=True
            ) as member:
                for _ in range(size >> 20):
                    member.write(bytes(1 << 20).replace(b"\0", b" "))
    return held.getvalue()


def pdf(*objects: bytes, count: int = 1) -> bytes:
    """A PDF of one page whose contents are object 4; more objects follow."""
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count %d>>" % count,
        (
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<</XObject<</X1 "
            b"5 0 R>>/Font<</F1 6 0 R>>>>>>"
        ),
        *objects,
    ]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (n, p) for n, p in enumerate(parts, 1))
    return b"%PDF-1.7\n" + body + b"trailer<</Size 9/Root 1 0 R>>\n%%EOF"


def stream(data: bytes, more: bytes = b"") -> bytes:
    packed = zlib.compress(data, 9)
    return b"<<%s/Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (more, len(packed), packed)


FORM = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X1 5 0 R>>>>"
EPUB = {
    "mimetype": b"application/epub+zip",
    "META-INF/container.xml": b"<container><rootfiles><rootfile full-path='b.opf'/>"
    b"</rootfiles></container>",
}
OPF = (
    b"<package><manifest><item id='a' href='a.xhtml'/></manifest><spine><itemref "
    b"idref='a'/></spine></package>"
)
PACKAGE = b"http://schemas.openxmlformats.org/package/2006"
OFFICE = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
RELATED = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DOCX = {
    "[Content_Types].xml": b'<Types xmlns="%s/content-types"><Default Extension="rels" '
    b'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    b'<Override PartName="/word/document.xml" ContentType="%s"/></Types>' % (PACKAGE, OFFICE),
    "_rels/.rels": b'<Relationships xmlns="%s/relationships"><Relationship Id="r1" '
    b'Type="%s/officeDocument" Target="word/document.xml"/></Relationships>' % (PACKAGE, RELATED),
}
WORD = (
    b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:bo'
    b"dy>%s</w:body></w:document>"
)


def docx(body: bytes, head: bytes = b"") -> bytes:
    return zipped(DOCX | {"word/document.xml": head + WORD % body})


def repeated(piece: bytes, times: int, head: bytes = b"", tail: bytes = b"") -> Iterator[bytes]:
    """A long file, a megabyte at a time."""
    yield head
    many = max(1, (1 << 20) // len(piece))
    for begun in range(0, times, many):
        yield piece * min(many, times - begun)
    yield tail


def parquet(table, **options) -> bytes:
    import pyarrow.parquet

    out = io.BytesIO()
    pyarrow.parquet.write_table(table, out, **options)
    return out.getvalue()


def same(text: str, rows: int):
    import pyarrow

    return pyarrow.DictionaryArray.from_arrays(
        pyarrow.array([0] * rows, pyarrow.int32()), pyarrow.array([text])
    )


def folded_parquet() -> bytes:
    import pyarrow

    return parquet(
        pyarrow.table({"instruction": same("A" * (5 << 20), 2000), "output": same("b", 2000)}),
        compression="zstd",
    )


def nested_parquet() -> bytes:
    import pyarrow

    one = same("A" * (5 << 20), 2000)
    turns = pyarrow.StructArray.from_arrays([same("user", 2000), one], ["role", "content"])
    return parquet(
        pyarrow.table(
            {
                "messages": pyarrow.ListArray.from_arrays(
                    pyarrow.array(range(0, 2001, 2), pyarrow.int32()), turns
                )
            }
        ),
        compression="zstd",
    )


def rows_parquet() -> bytes:
    import pyarrow

    return parquet(pyarrow.table({"instruction": pyarrow.nulls(20_000_000)}))


def long_parquet() -> bytes:
    import pyarrow

    return parquet(
        pyarrow.table({"instruction": ["A" * (80 << 20)], "output": ["b"]}),
        compression="zstd",
        use_dictionary=False,
    )


def million_parquet() -> bytes:
    import pyarrow

    answers = pyarrow.array(
        [f"The ferryman rows {n} people over the river." for n in range(1_000_000)]
    )
    return parquet(pyarrow.table({"instruction": answers, "output": answers}))


def flipped_parquet(at: int) -> bytes:
    import pyarrow

    rows = pyarrow.table(
        {
            "instruction": [f"问题{n}" for n in range(100)],
            "output": [f"答案{n}" for n in range(100)],
        }
    )
    data = bytearray(parquet(rows, compression="none"))
    data[at] ^= 0xFF
    return bytes(data)


def nested_zip() -> bytes:
    inner = zipped({}, a_txt=64 << 20)
    for _ in range(4):
        inner = zipped({f"{n}.zip": inner for n in range(4)})
    return inner


def many_members() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for number in range(21_000):
            archive.writestr(f"{number}.txt", b"x")
    return held.getvalue()


PROGRAM = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHI", 2, 62, 1) + bytes(4000)
ROW = b'{"instruction":"q","output":"a"}'
PAGE = b'{"instruction":"q","output":"%s"}' % (b"words " * 670)
GOOD = ROW + b"\n"

DOCUMENTS: dict[str, Callable[[], Data]] = {
    "form that draws itself.txt": lambda: pdf(
        stream(b"/X1 Do"), b"<<%s/Length 14>>stream\n/X1 Do /X1 Do \nendstream" % FORM
    ),
    "packed contents.pdf": lambda: pdf(
        stream(b"BT /F1 9 Tf (aaaaaaaaaaaaaaaa) Tj ET " * 1_000_000),
        stream(b"", FORM),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ),
    "two billion pages.pdf": lambda: pdf(stream(b"q Q"), count=2_000_000_000),
    "picture of a gigapixel.pdf": lambda: pdf(
        stream(b"/X1 Do"),
        stream(
            bytes(1 << 20),
            (
                b"/Type/XObject/Subtype/Image/Width 65000/Height 65000/BitsPerComponent "
                b"8/ColorSpace/DeviceRGB"
            ),
        ),
    ),
    "arrays in arrays.pdf": lambda: pdf(stream(b"q Q"), b"[" * 300_000),
    "film.srt": lambda: CUE + b"<v " * 300_000 + b"\nhello\n",
    "ruby.srt": lambda: CUE + b"<rt>" * 300_000 + b"\n",
    "braces.srt": lambda: CUE + b"{" * 900_000 + b"\nhello\n",
    "film.vtt": lambda: VTT + b"<v.a " * 200_000 + b"\nhello\n",
    "empty lines.vtt": lambda: VTT + b"hello\n" + b"\n" * 1_000_000 + b"NOTE",
    "braces.ass": lambda: ASS + b"{\\" * 400_000 + b"\n",
    "tags.html": lambda: b"<html>" + b"<div>" * 100_000 + b"deep",
    "tables.html": lambda: b"<html>" + b"<table><tr><td>" * 60_000 + b"deep",
    "attributes.html": lambda: b"<html><p " + b" a='" * 300_000 + b">deep",
    "self-closed.html": lambda: b'<?xml version="1.0"?><html xmlns="x"><' + b"a " * 500_000,
    "comments.html": lambda: b"<!--x-->" * 200_000,
    "laughs.html": lambda: (
        LAUGHS.replace(b"DOCTYPE x", b"DOCTYPE html") + b"<html><p>&j;</p><p>end</p></html>"
    ),
    "outside.html": lambda: (
        XXE.replace(b"DOCTYPE x", b"DOCTYPE html") + b"<html><p>&a;</p><p>end</p></html>"
    ),
    "zip.zip": lambda: zipped({}, a_txt=64 << 20),
    "zips in zips.zip": nested_zip,
    "many.zip": many_members,
    "part.docx": lambda: zipped(DOCX, word__document_xml=64 << 20),
    "laughs.docx": lambda: docx(b"<w:p><w:r><w:t>&j;</w:t></w:r></w:p>", LAUGHS),
    "outside.docx": lambda: docx(b"<w:p><w:r><w:t>&a;end</w:t></w:r></w:p>", XXE),
    "tables in tables.docx": lambda: docx(b"<w:tbl><w:tr><w:tc>" * 20_000),
    "part.epub": lambda: zipped(EPUB | {"b.opf": OPF}, a_xhtml=64 << 20),
    "laughs.epub": lambda: zipped(
        EPUB | {"b.opf": LAUGHS + OPF, "a.xhtml": LAUGHS + b"<html><p>&j; end</p></html>"}
    ),
    "points in points.epub": lambda: zipped(
        EPUB
        | {
            "b.opf": OPF.replace(
                b"<manifest>",
                b"<manifest><item id='n' href='n' media-type='application/x-dtbncx+xml'/>",
            ),
            "n": b"<navPoint>" * 100_000,
            "a.xhtml": b"<html><p>end</p></html>",
        }
    ),
    "line.txt": lambda: repeated(b"a", 50 << 20),
    "bytes.txt": lambda: repeated(b"\xb0\xa1a", 5 << 20),
    "broken.txt": lambda: repeated(b"\xff\xfd\x93", 5 << 20),
    "zeros.txt": lambda: bytes(3 << 20),
    "packed.txt": lambda: b"\x1f\x8b\x08\0" + zlib.compress(bytes(50 << 20)),
    "run.txt": lambda: PROGRAM,
    "setup.txt": lambda: b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff" + bytes(4000),
    "picture.md": lambda: b"\x89PNG\r\n\x1a\n" + bytes(4000),
    "deep.json": lambda: b"[" * 1_000_000,
    "number.json": lambda: b'[{"text":"a","n":' + b"9" * 1_000_000 + b"}]",
    "many lists.json": lambda: repeated(b"[[],[]],", 4_000_000, b"[", b'{"text":"end"}]'),
    "quote.csv": lambda: repeated(b"a,b\n", 2_000_000, b'text,more\n"never closed,'),
    "columns.csv": lambda: (
        b",".join(b"c%d" % n for n in range(100_000)) + b"\n" + b",".join([b"1"] * 100_000) + b"\n"
    ),
}
DATASETS: dict[str, Callable[[], Data]] = {
    "quotes of both kinds.csv": lambda: b"'\"'\"'," * 100_000 + b"\nx\n",
    "one line.csv": lambda: b"a" * 10_000_000,
    "columns.csv": DOCUMENTS["columns.csv"],
    "separators.csv": lambda: b"a;b|c\td,e:f " * 100_000 + b"\n",
    "quote.csv": lambda: repeated(b"q,a\n", 60_000, b'question,answer\n"never closed,'),
    "quotes.csv": lambda: repeated(b'q,"a\n', 60_000, b"question,answer\n"),
    "zeros.csv": lambda: b"question,answer\nq\0,a\n",
    "a long line.jsonl": lambda: repeated(
        b"a", 100 << 20, GOOD + b'{"instruction":"', b'","output":"b"}\n' + GOOD
    ),
    "deep.jsonl": lambda: GOOD + b"[" * 1_000_000 + b"\n",
    "deep.json": lambda: b"[" * 1_000_000,
    "deep row.json": lambda: b"[" + ROW + b',{"a":' * 100_000,
    "number.json": lambda: b'[{"instruction":"q","output":"a","n":' + b"9" * 1_000_000 + b"}]",
    "exponent.json": lambda: b'[{"instruction":"q","output":"a","n":1e999999}]',
    "keys.json": lambda: b"[{" + b'"instruction":"q",' * 200_000 + b'"output":"a"}]',
    "many keys.jsonl": lambda: json.dumps(
        {f"k{n}": 1 for n in range(300_000)} | {"instruction": "q", "output": "a"}
    ).encode(),
    "rows of lists.json": lambda: repeated(b"[[],[],[]],", 50_000, b"[", ROW + b"]"),
    "60 MB.json": lambda: repeated(PAGE + b",", 15_000, b"[", ROW + b"]"),
    "wrapped.json": lambda: repeated(PAGE + b",", 5_000, b'{"data":[', ROW + b"]}"),
    "half a pair.json": lambda: b'[{"instruction":"\\ud800","output":"b"}]',
    "unfolds.parquet": folded_parquet,
    "unfolds inside.parquet": nested_parquet,
    "rows.parquet": rows_parquet,
    "long value.parquet": long_parquet,
    **{
        f"byte {at}.parquet": lambda at=at: flipped_parquet(at)
        for at in (20, 150, 152, 700, -9, -30, -200)
    },
    "table.txt": folded_parquet,
    "run.jsonl": lambda: PROGRAM,
    "picture.csv": DOCUMENTS["picture.md"],
    "book.json": DOCUMENTS["form that draws itself.txt"],
    "arrow.arrow": lambda: b"ARROW1\0\0" + bytes(4000),
}
LARGE: dict[str, Callable[[], Data]] = {
    "300 MB.json": lambda: repeated(PAGE + b",", 75_000, b"[", ROW + b"]"),
    "300 MB.jsonl": lambda: repeated(PAGE + b"\n", 75_000),
    "100 MB.csv": lambda: repeated(
        b'"Who rows, and where?","The ferryman, over the river, in the evening, as ever."\n',
        1_200_000,
        b"question,answer\n",
    ),
    "a million rows.parquet": lambda: million_parquet(),
}
CASTS: dict[str, Callable[[], Data]] = {
    "laughs.yaml": lambda: (
        b"a0: &a0 [x, x]\n"
        + b"".join(b"a%d: &a%d [%s]\n" % (n, n, b"*a%d, " % (n - 1) * 9) for n in range(1, 12))
    ),
    "deep.json": lambda: b"[" * 500_000,
    "deep.yaml": lambda: b"[" * 500_000,
    "deep.csv": lambda: b'name,aliases\nTom,"' + b"[" * 500_000 + b']"\n',
    "number.json": lambda: b'[{"name":"a","aliases":[' + b"9" * 1_000_000 + b"]}]",
    "picture.txt": DOCUMENTS["picture.md"],
}


def write(make: Callable[[], Data], path: Path) -> Path:
    """Build a bomb on disk."""
    made = make()
    with path.open("wb") as out:
        for piece in [made] if isinstance(made, bytes) else made:
            out.write(piece)
    return path
