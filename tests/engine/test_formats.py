"""Every kind of file → text and places: real files by real libraries, and faulty ones."""

import ast
import io
import subprocess
import sys
import zipfile

import pytest

from studio import documents
from studio.documents.formats import extract
from studio.documents.formats.html_pages import read as read_page
from studio.documents.formats.numbering import written
from studio.errors import InputError


def text_at(made, label):
    return next(made.text[start:end] for start, end, found in made.places if found == label)


def zipped(files: dict[str, str | bytes], **options) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return held.getvalue()


# --- html ---

PAGE = """<!DOCTYPE html><html><head><meta charset="gb2312">
<title>T</title><style>p{}</style><script>var a="<p>no</p>"</script></head>
<body><nav><a>menu</a></nav><h1>第一章 <ruby>总<rp>(</rp><rt>zǒng</rt><rp>)</rp></ruby>则</h1>
<p>第一段，
   换行<b>继续</b>。&nbsp;&amp;</p><p>Two wrapped
lines<br>and a break.</p><ul><li>one<ul><li>inner</li></ul></li><li>（二）own</li></ul>
<ol start="3"><li><p>three</p></li><li>four</li></ol>
<table><tr><th>名</th><th>值</th></tr><tr><td>甲</td><td>1<br>2</td></tr></table>
<table><tr><td><div>left</div></td><td>right</td></tr></table>
<div style="display: none">hidden</div>
<pre> a
   b</pre><h3>end</h3></body></html>"""
PAGE_TEXT = """# 第一章 总则

第一段，换行继续。 &

Two wrapped lines
and a break.

- one
  - inner
（二）own

3. three
4. four

名 | 值
甲 | 1 2

left

right

 a
   b

### end"""


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16"])
def test_html_becomes_paragraphs_headings_lists_and_rows(encoding):
    made = extract("page.html", PAGE.encode(encoding))
    assert made.text == PAGE_TEXT
    assert (made.form, made.places) == ("html", [])


def test_html_is_known_under_any_name_but_a_text_that_speaks_of_it_stays():
    assert extract("page.txt", b"<!-- saved -->\n<!DOCTYPE html><p>hello").text == "hello"
    assert extract("notes.txt", b"Use <html> at the top.").text == "Use <html> at the top."
    assert extract("notes.md", b"# One\r\n\r\n<b>x</b>\r\n").text == "# One\r\n\r\n<b>x</b>\r\n"


def test_a_declared_charset_is_believed_where_nothing_else_tells():
    page = (
        '<html><head><meta http-equiv="Content-Type" content="text/html; '
        'charset=big5"></head><p>囍龘</p></html>'
    )
    assert read_page("p.html", page.replace("龘", "").encode("big5")).text == "囍"
    assert read_page("p.html", page.replace("囍龘", "中文").encode()).text == "中文"
    assert read_page("p.html", b"<html><meta charset=zlib><p>plain</html>").text == "plain"


def test_a_page_as_deep_as_a_well_and_one_of_comments_are_read_in_time():
    assert extract("deep.html", b"<html>" + b"<div>" * 20_000 + b"deep").text == "deep"
    assert extract("font.html", b"<html>" + b"<font>x<br>" * 5000 + b"deep").text.endswith(
        "x\nx\ndeep"
    )
    with pytest.raises(InputError, match="no text"):
        extract("c.html", b"<!--x-->" * 5000)
    assert extract("c.txt", b"<!--x-->" * 5000).form == "txt"


# --- docx ---


def docx_file(fill) -> bytes:
    import docx

    document, held = docx.Document(), io.BytesIO()
    fill(document)
    document.save(held)
    return held.getvalue()


def raw_docx(body: str, **parts: str) -> bytes:
    """A document whose body is written by hand, for what python-docx cannot make."""
    from docx.opc.constants import RELATIONSHIP_TYPE as REL
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part
    from docx.oxml import parse_xml

    space = (
        'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    )

    def fill(document):
        for kind, xml in parts.items():
            if kind == "numbering":
                root = document.part.numbering_part.element
                for element in parse_xml(f"<w:x {space}>{xml}</w:x>"):
                    root.append(element)
            else:
                part = Part(
                    PackURI(f"/word/{kind}.xml"),
                    "application/xml",
                    f"<w:{kind} {space}>{xml}</w:{kind}>".encode(),
                    document.part.package,
                )
                document.part.relate_to(part, getattr(REL, kind.upper()))
        for number, element in enumerate(parse_xml(f"<w:x {space}>{body}</w:x>")):
            document.element.body.insert(number, element)

    return docx_file(fill)


def test_docx_keeps_headings_lists_and_tables():
    def fill(document):
        document.add_paragraph("总纲", style="Title")
        document.styles.add_style("toc 1", 1)
        document.add_paragraph("第一章 总则\t3", style="toc 1")
        document.add_heading("第一章 总则", 1)
        document.add_paragraph("第一段").add_run("，粗体。").bold = True
        for style in ("List Number", "List Number", "List Bullet"):
            document.add_paragraph(style, style=style)
        document.add_heading("Section", 2)
        table = document.add_table(2, 2)
        table.cell(0, 0).text, table.cell(0, 1).text = "a", "b"
        table.cell(1, 0).merge(table.cell(1, 1)).text = "merged"
        document.add_paragraph("tab\there")

    made = extract("law.docx", docx_file(fill))
    assert made.text == (
        "# 总纲\n\n# 第一章 总则\n\n第一段，粗体。\n\n1. List Number\n2. List Number\n"
        "- List Bullet\n\n## Section\n\na | b\nmerged\n\ntab\there"
    )
    assert [label for _, _, label in made.places] == ["总纲", "第一章 总则", "Section"]
    assert text_at(made, "Section").startswith("## Section")


def test_docx_shows_what_word_shows():
    run = "<w:r><w:t>{}</w:t></w:r>".format
    body = (
        f"<w:p>{run('kept')}<w:ins>{run(' added')}</w:ins><w:del><w:r><w:delText>gone</w:delText>"
        f"</w:r></w:del>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r><w:r><w:footnoteReference "
        "w:id='2'/></w:r>"
        "<w:r><w:instrText>PAGE</w:instrText><w:br w:type='page'/></w:r></w:p>"
        "<w:p><w:r><w:ruby><w:rt><w:r><w:t>zì</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>字</w:t></w"
        ":r></w:rubyBase></w:ruby></w:r></w:p>"
        f"<w:sdt><w:sdtContent><w:p>{run('control')}</w:p></w:sdtContent></w:sdt>"
        f"<w:p><w:r><mc:AlternateContent><mc:Choice><w:txbxContent><w:p>{run('box')}</w:p></w:txb"
        f"xContent></mc:Choice>"
        f"<mc:Fallback><w:txbxContent><w:p>{run('box')}</w:p></w:txbxContent></mc:Fallback></mc:A"
        f"lternateContent></w:r></w:p>"
    )
    notes = (
        f"<w:footnote w:id='0' w:type='separator'><w:p>{run('—')}</w:p></w:footnote><w:footnot"
        f"e w:id='2'><w:p>{run('a note')}</w:p></w:footnote>"
    )
    assert (
        extract("a.docx", raw_docx(body, footnotes=notes)).text
        == "kept added[1]\n\n字\n\ncontrol\n\nbox\n\n[1] a note"
    )


def test_docx_writes_the_numbers_of_chinese_lists():
    levels = "".join(
        (
            f"<w:lvl w:ilvl='{n}'><w:start w:val='1'/><w:numFmt w:val='{form}'/><w:suff "
            f"w:val='nothing'/><w:lvlText w:val='{pattern}'/></w:lvl>"
        )
        for n, (form, pattern) in enumerate(
            [
                ("chineseCountingThousand", "第%1条　"),
                ("japaneseCounting", "（%2）"),
                ("decimal", "%1.%3 "),
            ]
        )
    )
    numbering = (
        f"<w:abstractNum w:abstractNumId='90'>{levels}</w:abstractNum><w:num "
        f"w:numId='91'><w:abstractNumId w:val='90'/></w:num>"
    )
    body = "".join(
        (
            f"<w:p><w:pPr><w:numPr><w:ilvl w:val='{level}'/><w:numId "
            f"w:val='91'/></w:numPr></w:pPr><w:r><w:t>文</w:t></w:r></w:p>"
        )
        for level in (0, 1, 1, 0, 1)
    )
    assert (
        extract("a.docx", raw_docx(body, numbering=numbering)).text
        == "第一条　文\n（一）文\n（二）文\n第二条　文\n（一）文"
    )


@pytest.mark.parametrize(
    ("number", "form", "told"),
    [
        (1, "chineseCounting", "一"),
        (10, "chineseCounting", "十"),
        (11, "chineseCountingThousand", "十一"),
        (20, "chineseCounting", "二十"),
        (105, "chineseCounting", "一百零五"),
        (110, "chineseCounting", "一百一十"),
        (1004, "chineseCounting", "一千零四"),
        (3, "chineseLegalSimplified", "叁"),
        (4, "lowerRoman", "iv"),
        (28, "upperLetter", "BB"),
        (3, "ideographTraditional", "丙"),
        (7, "decimalZero", "07"),
        (5, "unheard-of", "5"),
    ],
)
def test_numbers_are_written_as_word_writes_them(number, form, told):
    assert written(number, form) == told


# --- pdf ---


def pdf_file(*pages, **options) -> bytes:
    """A PDF of pages, each a list of (x, y, text), in a Chinese font that is not embedded."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas

    vertical = options.pop("vertical", False)
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light", isVertical=vertical))
    held = io.BytesIO()
    canvas = Canvas(held, **options)
    for page in pages:
        canvas.setFont("STSong-Light", 12)
        for x, y, text in page:
            canvas.drawString(x, y, text)
        canvas.showPage()
    canvas.save()
    return held.getvalue()


def test_pdf_gives_pages_lines_and_paragraphs():
    lines = [
        "第一章 总则",
        "　　第一条 为了惩罚犯罪，保护人民，根据宪法，结合我国同犯罪",
        "作斗争的具体经验及实际情况，制定本法。",
        "　　第二条 ﬁnal ⽂字︒",
        "It is a well-",
        "known habit.",
    ]
    first = [(72, 800 - 18 * number, line) for number, line in enumerate(lines)]
    made = extract("刑法.pdf", pdf_file([*first, (300, 30, "1")], [], [(72, 800, "第三页")]))
    assert made.text == (
        "第一章 总则\n\n第一条 为了惩罚犯罪，保护人民，根据宪法，结合我国同犯罪\n"
        "作斗争的具体经验及实际情况，制定本法。\n\n第二条 final 文字。\n\n"
        "It is a well-\nknown habit.\n\n1\n\n第三页"
    )
    assert [label for _, _, label in made.places] == ["page 1", "page 3"]
    assert text_at(made, "page 3") == "第三页"
    assert made.meta == {"without_text": 1}


# PDFium on a machine without any font.
WITHOUT_FONTS = """
import ctypes, sys
from pathlib import Path
import pypdfium2.raw as pdfium
from studio.documents.formats import extract
types = dict(pdfium.FPDF_SYSFONTINFO._fields_)
info = pdfium.FPDF_SYSFONTINFO(version=1)
info.EnumFonts = types["EnumFonts"](lambda this, mapper: None)
info.MapFont = types["MapFont"](lambda *asked: None)
info.GetFont = types["GetFont"](lambda this, face: None)
info.GetFontData = types["GetFontData"](lambda *asked: 0)
pdfium.FPDF_SetSystemFontInfo(ctypes.byref(info))
for path in sys.argv[1:]:
    print(ascii(extract("a.pdf", Path(path).read_bytes()).text))
"""


def test_pdf_is_read_on_a_machine_without_its_fonts(tmp_path):
    columns = [(500, 800, "那座山上有一块仙石︒"), (480, 800, "其石有三丈六尺五寸高")]
    lines = [(72, 800, columns[0][2]), (72, 780, columns[1][2])]
    upright, level = tmp_path / "upright.pdf", tmp_path / "level.pdf"
    upright.write_bytes(pdf_file(columns, vertical=True))
    level.write_bytes(pdf_file(lines))
    read = subprocess.run(
        [sys.executable, "-c", WITHOUT_FONTS, upright, level],
        capture_output=True,
        text=True,
        check=True,
    )
    assert [ast.literal_eval(line) for line in read.stdout.splitlines()] == [
        "那座山上有一块仙石。\n其石有三丈六尺五寸高"
    ] * 2


def test_pdf_in_vertical_writing_is_read_from_the_right():
    columns = [
        "那座山上有一块仙石︒其石有三丈六尺",
        "五寸高︑有二丈四尺围圆︒﹁甚么﹂",
        "三丈六尺五寸高，按周天三百六十五度",
    ]
    made = extract(
        "古书.pdf",
        pdf_file(
            [(500 - 20 * number, 800, column) for number, column in enumerate(columns)],
            vertical=True,
        ),
    )
    assert made.text == (
        "那座山上有一块仙石。其石有三丈六尺\n五寸高、有二丈四尺围圆。「甚么」\n"
        "三丈六尺五寸高，按周天三百六十五度"
    )


def test_pdf_without_text_or_with_a_password_says_what_to_do():
    from PIL import Image

    held = io.BytesIO()
    Image.new("RGB", (200, 200), "white").save(held, "PDF")
    with pytest.raises(InputError, match=r"scan\.pdf has no text layer.*Run OCR"):
        extract("scan.pdf", held.getvalue())
    with pytest.raises(InputError, match=r"locked\.pdf is locked with a password"):
        extract("locked.pdf", pdf_file([(72, 800, "secret")], encrypt="word"))


# --- epub ---

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile '
    'full-path="OEBPS/book.opf"/></rootfiles></container>'
)
XHTML = (
    '<?xml version="1.0" encoding="utf-8"?><html '
    'xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>{}</body></html>'
).format


def epub_file(**more) -> bytes:
    opf = """<package xmlns="http://www.idpf.org/2007/opf"><manifest>
      <item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>
      <item id="b" href="two.xhtml" media-type="application/xhtml+xml"/>
      <item id="a" href="%E7%AB%A0/one.xhtml" media-type="application/xhtml+xml"/>
      <item id="c" href="three.xhtml" media-type="application/xhtml+xml"/>
      <item id="gone" href="gone.xhtml" media-type="application/xhtml+xml"/>
    </manifest><spine><itemref idref="nav"/>
    <itemref idref="a"/><itemref idref="b"/><itemref idref="gone"/><itemref idref="c"/>
    </spine></package>"""
    nav = XHTML(
        '<nav><ol><li><a href="%E7%AB%A0/one.xhtml">第一回</a><ol><li><a '
        'href="three.xhtml#x">第三回 终</a></li></ol></li></ol></nav>'
    )
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": CONTAINER,
            "OEBPS/book.opf": opf,
            "OEBPS/nav.xhtml": nav,
            "OEBPS/章/one.xhtml": XHTML('<h2>第一回 灵根<a id="x"/>育孕</h2><p>诗曰&nbsp;：</p>'),
            "OEBPS/two.xhtml": XHTML("<p>接着说。</p>"),
            "OEBPS/three.xhtml": XHTML("<p>第三回　终</p><p>完。</p>"),
        }
        | more
    )


def test_epub_is_read_in_the_order_of_its_spine():
    made = extract("西游记.epub", epub_file())
    assert made.text == "## 第一回 灵根育孕\n\n诗曰 ：\n\n接着说。\n\n## 第三回　终\n\n完。"
    assert [label for _, _, label in made.places] == ["第一回", "第一回", "第三回 终"]
    assert text_at(made, "第三回 终") == "## 第三回　终\n\n完。"


def test_epub_under_drm_is_refused():
    rights = (
        "<encryption><EncryptedData><EncryptionMethod "
        'Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/></EncryptedData></encryption'
        ">"
    )
    with pytest.raises(InputError, match="DRM"):
        extract("book.epub", epub_file(**{"META-INF/encryption.xml": rights}))


# --- subtitles ---

SRT = (
    '1\n00:01:02,000 --> 00:01:03,000\n<i>你好</i>，\n<font color="red">再见！</font> 3 < 5\n'
    "\n2\n00:00:01,500 --> 00:00:02,500\n- 1984\n"
)
ASS = """[Script Info]
ScriptType: v4.00+

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:05.00,Default,,0,0,0,,note
Dialogue: 0,1:00:05.00,1:00:07.00,Default,皇帝,0,0,0,,{\\fad(9)\\b1}朕知道了。\\N{\\fs9}I see, yes.
Dialogue: 1,1:00:05.00,1:00:07.00,Default,皇帝,0,0,0,,{\\blur3}朕知道了。\\N{\\fs10}I see, yes.
Dialogue: 0,0:00:04.00,0:00:07.00,Default,Bob,0,0,0,,Hi, there
Dialogue: 0,0:00:09.00,0:00:10.00,Default,,0,0,0,,{\\p1}m 0 0 l 100 0{\\p0}
"""
VTT = """WEBVTT

NOTE written by
hand

intro
00:01.000 --> 00:02.000 align:start
<v Roger Bingham>We are in <c.loud>New York</c> &amp; here

00:00:03.000 --> 00:00:04.000
1984
"""


@pytest.mark.parametrize(
    ("name", "source", "text", "labels"),
    [
        ("a.srt", SRT, "- 1984\n\n你好，\n再见！ 3 < 5", ["00:00:01", "00:01:02"]),
        ("a.txt", SRT, "- 1984\n\n你好，\n再见！ 3 < 5", ["00:00:01", "00:01:02"]),
        ("a.ass", ASS, "Bob: Hi, there\n\n皇帝：朕知道了。\nI see, yes.", ["00:00:04", "01:00:05"]),
        (
            "a.vtt",
            VTT,
            "Roger Bingham: We are in New York & here\n\n1984",
            ["00:00:01", "00:00:03"],
        ),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_subtitles_give_their_lines_by_time(name, source, text, labels, encoding):
    made = extract(name, source.replace("\n", "\r\n").encode(encoding))
    assert made.text == text
    assert [label for _, _, label in made.places] == labels


# --- tables ---


@pytest.mark.parametrize(
    ("name", "source", "text"),
    [
        ("a.csv", '\ufeffid,text,more\n1,"多行，\n""引""",x\n2,,y\n3,b,z\n', '多行，\n"引"\n\nb'),
        ("a.csv", "id;content\n1;a, b\n2;c\n", "a, b\n\nc"),
        ("a.tsv", "id\tbody\n1\ta, b\n2\tlonger\n", "a, b\n\nlonger"),
        ("a.csv", "sep=;\nid;正文\n1;甲\n", "甲"),
        ("a.csv", "1,没有表头的一行\n2,又一行\n", "没有表头的一行\n\n又一行"),
        (
            "a.jsonl",
            '{"q":"?","a":"longest"}\n\n{"q":"?","a":"\\ud800x\\u0000"}\n',
            "longest\n\n\ufffdx",
        ),
        ("a.json", '{"version":1,"data":[{"text":"一"},{"text":["二","三"]}]}', "一\n\n二\n三"),
        ("a.jsonl", '["one","two"]', "one\n\ntwo"),
    ],
)
def test_rows_give_the_column_with_the_text(name, source, text):
    assert extract(name, source.encode()).text == text


def test_rows_have_places_and_cells_may_be_huge():
    made = extract("a.csv", f'text\nfirst\n"{"长" * 300_000}"\n'.encode("gb18030"))
    assert made.places[1] == (7, 300_007, "row 2")
    assert made.meta == {"column": "text"}


def test_a_named_column_is_taken_and_an_unknown_one_refused():
    data = "title,text\nT,body\n".encode("utf-16")
    assert extract("a.csv", data, "title").text == "T"
    with pytest.raises(
        InputError, match=r"a\.csv has no column nope\. Use one of its columns: title, text\."
    ):
        extract("a.csv", data, "nope")
    with pytest.raises(InputError, match="Line 2 of a.jsonl"):
        extract("a.jsonl", b'{"text":"a"}\n{"text":\n')
    with pytest.raises(InputError, match=r"No column of a\.jsonl holds text.*columns are: n, m"):
        extract("a.jsonl", b'{"n":1,"m":[2]}\n')


def test_very_many_rows_share_places(monkeypatch):
    monkeypatch.setattr("studio.documents.formats.table_files.MOST_PLACES", 2)
    made = extract("a.csv", b"text\na\nb\nc\n")
    assert made.places == [(0, 4, "rows 1–2"), (6, 7, "row 3")]


# --- by content, and faults ---


def test_the_content_decides_over_the_name(workspace):
    document = documents.add(workspace, "law.pdf", docx_file(lambda d: d.add_paragraph("第一条")))
    assert documents.text(workspace, document) == "第一条"
    assert document.meta["form"] == "docx"
    assert document.meta["source"] == f"documents/{document.id}.source.docx"
    assert documents.text(workspace, documents.add(workspace, "book", epub_file())).startswith(
        "## 第一回"
    )


def test_the_original_is_kept_byte_by_byte_and_places_are_found(workspace):
    data = epub_file()
    document = documents.add(workspace, "西游记.epub", data)
    assert (workspace.path / document.meta["source"]).read_bytes() == data
    text = documents.text(workspace, document)
    assert documents.place_of(workspace, document, text.index("完。")) == "第三回 终"
    assert [text[p.start : p.end][:4] for p in documents.places(workspace, document)] == [
        "## 第",
        "接着说。",
        "## 第",
    ]
    plain = documents.add(workspace, "a.txt", b"text")
    assert plain.meta == {"form": "txt"}


FULL_DOCX = docx_file(lambda d: d.add_paragraph("第一条"))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("cut.docx", FULL_DOCX[: len(FULL_DOCX) // 2]),
        ("cut.epub", epub_file()[:600]),
        ("cut.pdf", b"%PDF-1.7\n1 0 obj"),
        ("text.pdf", b"no pdf at all"),
        ("empty.docx", b""),
        ("no parts.docx", zipped({"word/document.xml": "<w:document/>"})),
        ("no package.epub", zipped({"mimetype": "application/epub+zip"})),
        (
            "bad.docx",
            zipped({"word/document.xml": "<w:doc", "[Content_Types].xml": "<", "_rels/.rels": "<"}),
        ),
        ("empty.srt", b"\n"),
        ("no cue.ass", b"[Script Info]\nTitle: x\n"),
        ("blank.csv", b"text\n\n"),
        ("bad.json", b'{"text": '),
        ("deep.json", b"[" * 100_000),
        ("old.doc", b"\xd0\xcf\x11\xe0" + bytes(600)),
        ("sheet.xlsx", zipped({"xl/workbook.xml": "<x/>"})),
        ("a.ods", zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"})),
        ("inner.zip", zipped({"a.txt": "text"})),
        ("cut.zip", zipped({"a.txt": "text"})[:40]),
        ("noise.bin", bytes(range(256)) * 9),
        ("tags.html", b"<html><script>x</script>"),
    ],
    ids=lambda value: value if isinstance(value, str) else "data",
)  # a zip holds the time of its making
def test_a_faulty_file_is_refused_in_two_sentences_that_name_it(workspace, name, data):
    with pytest.raises(InputError) as refused:
        documents.add(workspace, name, data)
    assert name in refused.value.what
    assert refused.value.do.endswith(".")
    assert not list(workspace.documents.iterdir())


@pytest.mark.parametrize("ending", ["docx", "epub"])
def test_a_document_that_is_a_bomb_is_not_unpacked(ending):
    files = (
        {"word/document.xml": b" " * 30_000_000}
        if ending == "docx"
        else {"mimetype": "application/epub+zip", "x.xhtml": b" " * 30_000_000}
    )
    with pytest.raises(InputError, match="unpacks to far more"):
        extract(f"bomb.{ending}", zipped(files))


def test_entities_are_not_expanded():
    laughs = (
        '<!DOCTYPE x [<!ENTITY a "haha">'
        + "".join(
            f'<!ENTITY {b} "{f"&{a};" * 50}">' for a, b in zip("abcdef", "bcdefg", strict=True)
        )
        + "]>"
    )
    opf = (
        f"{laughs}<package><manifest><item id='a' href='a.xhtml'/></manifest><spine><itemref "
        f"idref='a'/></spine></package>"
    )
    made = extract(
        "b.epub",
        zipped({"mimetype": "application/epub+zip", "b.opf": opf, "a.xhtml": XHTML("<p>safe</p>")}),
    )
    assert made.text == "safe"
    page = f"{laughs.replace('x [', 'html [')}<html><p>&g;</p><p>end</p></html>"
    assert len(extract("p.html", page.encode()).text) < 100


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        (
            "对白.jsonl",
            '{"role":"皇帝","dialogue":"摆驾。"}\n{"role":"","dialogue":"是。"}\n'
            + '{"role":"苏培盛","dialogue":"嗻。"}\n' * 9,
            "皇帝：摆驾。\n\n是。",
        ),
        (
            "lines.csv",
            "speaker,text\nAlice,Curiouser!\nthe King,Begin.\n",
            "Alice: Curiouser!\n\nthe King: Begin.",
        ),
        (
            "notes.csv",
            "role,text\n" + "a long description of what somebody is for in the play,One.\n" * 2,
            "One.\n\nOne.",
        ),
    ],
)
def test_a_column_of_speakers_stands_before_the_lines(name, data, text):
    assert extract(name, data.encode()).text.startswith(text)


def test_a_column_asked_for_stands_alone():
    assert (
        extract("lines.csv", b"speaker,text\nAlice,Curiouser!\n", text_column="text").text
        == "Curiouser!"
    )
