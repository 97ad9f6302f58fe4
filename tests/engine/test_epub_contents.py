"""A book's table of contents: every entry is a heading and a place, wherever it points."""

import io
import time
import zipfile

import pytest

from studio.chunking import ChunkSpec, chunk_text
from studio.documents.formats import extract

PAGE = (
    '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>{}</body></html>'
)
CONTAINER = '<container><rootfiles><rootfile full-path="c.opf"/></rootfiles></container>'


def ncx(entries):
    points = "".join(
        f'<navPoint><navLabel><text>{title}</text></navLabel><content src="{link}"/>{ncx(under)}'
        "</navPoint>"
        for title, link, under in entries
    )
    return points


def nav(entries):
    if not entries:
        return ""
    named = (
        (f'<a href="{link}">{title}</a>' if link else f"<span>{title}</span>", under)
        for title, link, under in entries
    )
    items = "".join(f"<li>{name}{nav(under)}</li>" for name, under in named)
    return f"<ol>{items}</ol>"


def epub(files, contents, by="ncx", more=""):
    items = "".join(
        f'<item id="i{n}" href="{name}" media-type="application/xhtml+xml"/>'
        for n, name in enumerate(files)
    )
    spine = "".join(f'<itemref idref="i{n}"/>' for n in range(len(files)))
    kind = 'media-type="application/x-dtbncx+xml"' if by == "ncx" else 'properties="nav"'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        book.writestr("mimetype", "application/epub+zip")
        book.writestr("META-INF/container.xml", CONTAINER)
        opf = f'<package><manifest>{items}<item id="t" href="toc.x" {kind}/></manifest>'
        book.writestr("c.opf", f"{opf}<spine>{spine}</spine></package>")
        for name, body in files.items():
            book.writestr(name, PAGE.format(body))
        toc = f"<ncx><navMap>{ncx(contents)}</navMap></ncx>"
        if by == "nav":
            ops = 'xmlns:epub="http://www.idpf.org/2007/ops"'
            toc = PAGE.format(f'{more}<nav {ops} epub:type="toc">{nav(contents)}</nav>')
        book.writestr("toc.x", toc)
    return out.getvalue()


def read(files, contents, by="ncx", more=""):
    made = extract("b.epub", epub(files, contents, by, more))
    heads = [line for line in made.text.split("\n") if line.startswith("#")]
    for start, end, _ in made.places:
        assert made.text[start:end].strip()
    return made.text, heads, [label for _, _, label in made.places]


def flat(*pairs):
    return [(title, link, []) for title, link in pairs]


@pytest.mark.parametrize("by", ["ncx", "nav"])
def test_titles_that_only_the_contents_have_are_written(by):
    body = '<p id="a">The mill stood still.</p><p>All day.</p><hr id="b"/><p>The rain came.</p>'
    text, heads, labels = read({"x.xhtml": body}, flat(("I", "x.xhtml#a"), ("II", "x.xhtml#b")), by)
    assert heads == ["# I", "# II"] and labels == ["I", "II"]
    assert text.startswith("# I\n\nThe mill stood still.\n\nAll day.") and "The rain came." in text
    cut = chunk_text(text, ChunkSpec(method="structure", min_tokens=0))
    assert [chunk.heading for chunk in cut] == ["I", "II"]


@pytest.mark.parametrize(
    "title",
    [
        '<h2 id="{id}">{t}</h2>',
        '<h2><a name="{id}"></a>{t}</h2>',
        '<div id="{id}"><p>{t}</p></div>',
        '<p><b id="{id}"/>{t}</p>',
        '<a id="{id}"/><div><p>{t}</p></div>',
        '<p class="t" id="{id}"><span>One</span> <b>{rest}</b></p>',
        '<p id="{id}">One</p><p>{rest}</p>',
        '<p id="{id}"><img src="flower.png"/></p><p>{t}</p>',
    ],
)
def test_a_title_that_the_page_has_is_the_heading_once(title):
    body = "<p>Before all.</p>" + "".join(
        title.format(id=f"c{n}", t=f"One {n} more", rest=f"{n} more") + f"<p>Text {n}.</p>"
        for n in (1, 2)
    )
    contents = flat(("One 1 more", "x.xhtml#c1"), ("One 2 more", "x.xhtml#c2"))
    text, heads, labels = read({"x.xhtml": body}, contents)
    assert [head.lstrip("# ") for head in heads] == ["One 1 more", "One 2 more"]
    assert labels == ["One 1 more", "One 1 more", "One 2 more"]
    assert text.count("more") == 2 and text.startswith("Before all.\n\n#")
    assert text.endswith("Text 2.")


@pytest.mark.parametrize("by", ["ncx", "nav"])
def test_nested_contents_keep_their_depth(by):
    files = {
        "p.xhtml": "<p>Part One</p>",
        "x.xhtml": '<p id="a">First</p><p>Aa.</p><p id="b">Second</p><p>Bb.</p>',
    }
    under = flat(("First", "x.xhtml#a"), ("Second", "x.xhtml#b"))
    _, heads, labels = read(files, [("Part One", "p.xhtml", under)], by)
    assert heads == ["# Part One", "## First", "## Second"]
    assert labels == ["Part One", "First", "Second"]


def test_a_part_without_a_page_begins_with_its_first_chapter():
    files = {"x.xhtml": "<p>First</p><p>Aa.</p>", "y.xhtml": "<p>Second</p><p>Bb.</p>"}
    contents = [
        ("Part One", "", flat(("First", "x.xhtml"))),
        ("Part Two", "", flat(("Second", "y.xhtml"))),
    ]
    text, heads, _ = read(files, contents, "nav")
    assert heads == ["# Part One", "## First", "# Part Two", "## Second"]
    assert text.index("Part Two") > text.index("Aa.")


def test_a_title_that_is_a_picture_names_the_page_behind_it_and_a_cover_nothing():
    picture = '<div><img src="a.png"/></div>'
    files = {
        "cover.xhtml": picture,
        "t1.xhtml": picture,
        "c1.xhtml": "<p>Aa.</p>",
        "t2.xhtml": f'{picture}<svg id="p"/>',
        "c2.xhtml": "<p>Bb.</p>",
    }
    contents = flat(("Cover", "cover.xhtml"), ("One", "t1.xhtml"), ("Two", "t2.xhtml#p"))
    text, heads, labels = read(files, contents)
    assert text == "# One\n\nAa.\n\n# Two\n\nBb." and labels == ["One", "Two"]


def test_lists_of_pages_and_landmarks_are_no_contents():
    pages = "".join(f'<li><a href="x.xhtml#p{n}">{n}</a></li>' for n in range(3))
    ops = 'xmlns:epub="http://www.idpf.org/2007/ops"'
    more = f'<nav {ops} epub:type="page-list"><ol>{pages}</ol></nav>'
    body = '<h1>One</h1><p id="p1">Aa.</p><p id="p2">Bb.</p>'
    text, heads, _ = read({"x.xhtml": body}, flat(("One", "x.xhtml")), "nav", more)
    assert text == "# One\n\nAa.\n\nBb."


def test_entries_without_anchors_stand_where_their_words_are():
    body = "<p>First</p><p>Aa.</p><p>Second</p><p>Bb.</p>"
    contents = flat(*((title, "x.xhtml") for title in ("First", "Second", "Nowhere")))
    _, heads, labels = read({"x.xhtml": body}, contents)
    assert heads == ["# First", "# Second"] and labels == ["First", "Second"]


def test_an_anchor_that_is_missing_or_in_a_table_loses_nothing():
    rows = '<tr id="b"><td>Second</td><td>row</td></tr><tr><td>1</td><td>2</td></tr>'
    body = f"<p>First</p><p>Aa.</p><table>{rows}</table>"
    contents = flat(("First", "x.xhtml#gone"), ("Second", "x.xhtml#b"))
    text, heads, labels = read({"x.xhtml": body}, contents)
    assert labels == ["First", "Second"] and "Second | row\n1 | 2" in text


def test_an_anchor_within_a_long_paragraph_does_not_cut_it():
    long = "The water ran over the wheel and on. " * 6
    body = f'<p>One</p><p>{long}<a id="b"></a>And so on.</p><p>Bb.</p>'
    text, heads, _ = read({"x.xhtml": body}, flat(("One", "x.xhtml"), ("Two", "x.xhtml#b")))
    assert "on. And so on.\n\n# Two\n\nBb." in text


def test_contents_of_very_many_entries_cost_no_time():
    body = "".join(f'<p id="c{n}">t{n}</p><p>words</p>' for n in range(4000))
    contents = flat(*((f"t{n}", f"x.xhtml#c{n}") for n in range(4000)))
    contents += flat(*((f"none {n}", "x.xhtml") for n in range(4000)))
    began = time.process_time()
    _, heads, _ = read({"x.xhtml": body}, contents)
    assert len(heads) == 4000 and time.process_time() - began < 6
