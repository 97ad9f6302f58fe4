"""A document that holds several books says so; volumes and contents are no books."""

import pytest

from studio import documents
from studio.documents.formats import extract, several


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
