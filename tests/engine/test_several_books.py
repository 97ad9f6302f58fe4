"""A document that holds several books says so; volumes and contents are no books."""

import pytest

from studio import documents
from studio.documents import job as importing
from studio.documents.formats import extract, several
from studio.documents.spec import ImportJob
from studio.errors import InputError
from tests.in_process import job_for


def chapters(form, numbers):
    return "".join(f"{form.format(n)}\n\nA page of words.\n\n" for n in numbers)


ZH = "第{}章 起程"
EN = "CHAPTER {}"


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        (
            f"《河边》\n\n{chapters(ZH, '一二三四')}（全书完）\n\n《山上》\n作者：某人\n\n"
            f"{chapters(ZH, '一二三')}",
            ["河边", "山上"],
        ),
        (
            f"# The Mill\n\n{chapters(EN, ['I', 'II', 'III'])}THE END\n\n# The Quay\n\n"
            f"{chapters(EN, ['I', 'II', 'III'])}",
            ["The Mill", "The Quay"],
        ),
        (
            "*** START OF THE PROJECT GUTENBERG EBOOK THE MILL ***\nx\n*** END OF IT ***\n"
            "*** START OF THIS PROJECT GUTENBERG EBOOK THE QUAY ***\ny\n",
            ["THE MILL", "THE QUAY"],
        ),
        (f"第一卷 河\n\n{chapters(ZH, '一二三')}第二卷 山\n\n{chapters(ZH, '一二三')}", []),
        (f"BOOK ONE\n\n{chapters(EN, '123')}BOOK TWO\n\n{chapters(EN, '123')}", []),
        ("CONTENTS\nChapter 1\nChapter 2\nChapter 3\n\n" + chapters("Chapter {}", "123"), []),
        (chapters(ZH, "一二三四"), []),
        ("《河边》\n第一章\n他说了。\n第一章 的话。\n", []),
    ],
)
def test_books_are_named(text, titles):
    assert [book["title"] for book in several.books_of(text)] == titles
    made = extract("a.txt", text.encode())
    assert ("books" in made.meta) == bool(titles)
    assert all(text[book["start"] :] for book in made.meta.get("books", []))


def test_the_documents_row_keeps_them(workspace):
    text = f"《河边》\n\n{chapters(ZH, '一二三')}《山上》\n\n{chapters(ZH, '一二三')}"
    kept = documents.add(workspace, "two.txt", text.encode())
    assert [book["title"] for book in documents.get(workspace, kept.id).meta["books"]] == [
        "河边",
        "山上",
    ]


def test_each_book_becomes_a_document_of_its_own_and_nothing_is_lost(workspace):
    text = (
        f"选集\n\n《河边》\n\n{chapters(ZH, '一二三')}（全书完）\n\n{chapters(ZH, '一二三四')}"
        f"《山上》\n作者：某人\n\n{chapters(ZH, '一二三')}"
    )
    whole = documents.add(workspace, "选集.txt", text.encode())
    parts = documents.take_apart(workspace, whole)
    assert [part.name for part in parts] == ["河边.txt", "选集 2.txt", "山上.txt"]
    texts = [documents.text(workspace, part) for part in parts]
    assert "".join(texts) == text
    assert texts[0].startswith("选集") and texts[0].rstrip().endswith("（全书完）")
    assert texts[2].startswith("《山上》\n作者：某人")
    assert [text[part.meta["part_start"] :][:20] for part in parts] == [one[:20] for one in texts]
    assert documents.take_apart(workspace, whole) == parts
    one = documents.add(workspace, "one.txt", chapters(ZH, "一二三").encode())
    with pytest.raises(InputError, match="is one book"):
        documents.take_apart(workspace, one)


def test_an_import_takes_them_apart_where_it_is_asked_to(workspace, tmp_path):
    text = f"# The Mill\n\n{chapters(EN, '123')}# The Quay\n\n{chapters(EN, '123')}"
    (tmp_path / "two.txt").write_text(text)
    (tmp_path / "one.txt").write_text(chapters(EN, "123"))
    spec = ImportJob(paths=[str(tmp_path / "two.txt"), str(tmp_path / "one.txt")], take_apart=True)
    result = importing.run(spec, job_for(workspace, spec))
    found = [documents.get(workspace, one) for one in result["documents"]]
    assert [one.name for one in found] == ["The Mill.txt", "The Quay.txt", "one.txt"]
    assert result["books"] == [
        {"name": "two.txt", "titles": ["The Mill", "The Quay"], "apart": True}
    ]
