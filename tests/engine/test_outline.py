"""A document at a glance: its pages join to its text, its chapters lead to their pages, and what is
told of it is so.
"""

import pytest

from studio import documents
from studio.documents import outline as outlines
from studio.documents.cleaning import CleanSpec, clean_text
from studio.errors import WorkspaceError

WRAPPED = (
    "The ferryman leant upon his pole and looked at the grey water for a\n"
    "long while before he said that no boat would cross that day, whatever\n"
    "the gentleman from the customs house might be pleased to pay for one.\n\n"
)


def added(workspace, text, name="book.txt"):
    document = documents.add(workspace, name, text.encode("utf-8"))
    return document, outlines.outline(document)


def novel(chapters, paragraphs=12):
    body = "船家撑着篙，望了许久灰白的水面，才说𠀀今天不开船。\n" * paragraphs
    return "".join(f"第{n}回 渡口\n{body}\n" for n in range(1, chapters + 1))


@pytest.mark.parametrize(
    "text",
    [novel(40), WRAPPED * 200, "一" * 9000, "a\r\nb\r\n" * 4000, "short"],
    ids=["novel", "wrapped", "one line", "crlf", "short"],
)
def test_the_pages_join_to_the_text(workspace, text):
    document, found = added(workspace, text)
    pages = [outlines.read_page(document, found, n) for n in range(len(found.pages))]
    assert "".join(pages) == text
    assert len(found.pages) == len(found.ends) == len(pages)
    assert max(map(len, pages)) <= 2 * max(outlines.PAGE.values())


def test_a_chapter_stands_on_its_page(workspace):
    document, found = added(workspace, novel(40))
    assert found.kinds == {"chapter": 40} and found.chinese
    for chapter in found.chapters:
        text = outlines.read_page(document, found, chapter.page)
        at = chapter.start - found.pages[chapter.page]
        assert text[at:].startswith("第"), chapter
        assert found.page_at(chapter.start) == chapter.page


def test_what_is_told_of_a_text_is_so(workspace):
    _, plain = added(workspace, novel(3), "plain.txt")
    assert (plain.wrapped, plain.quotes, dict(plain.cleaning)) == (0, (), {})
    mixed = "“来了。”他说。\n" * 20 + '"走吧。"她说。\n' * 20
    _, found = added(workspace, mixed, "mixed.txt")
    assert found.quotes == ("curly", "straight")
    _, wrapped = added(workspace, WRAPPED * 40, "wrapped.txt")
    assert 60 <= wrapped.wrapped <= 80 and wrapped.english and not wrapped.chinese
    _, french = added(workspace, "Le passeur regarda la rivière et ne dit rien. " * 40, "fr.txt")
    assert not french.english and not french.chinese
    assert set(wrapped.cleaning) == {"unwrap_lines"}


def test_the_cleaning_that_is_offered_leaves_nothing_to_offer(workspace):
    text = WRAPPED * 40 + "A line  with   runs of spaces.\u200b\n"
    _, found = added(workspace, text)
    assert set(found.cleaning) >= {"unwrap_lines", "fix_spaces", "control_characters"}
    cleaned = clean_text(text, CleanSpec.read(dict.fromkeys(found.cleaning, True))).text
    assert dict(added(workspace, cleaned, "cleaned.txt")[1].cleaning) == {}


def test_a_very_long_text_has_the_chapters_of_its_beginning(workspace, monkeypatch):
    monkeypatch.setattr(outlines, "LOOKED_THROUGH", 1000)
    document, found = added(workspace, novel(30))
    assert found.looked == 1000 < document.chars
    assert 0 < len(found.chapters) < 30


def test_a_text_that_is_gone_is_told(workspace):
    document = documents.add(workspace, "gone.txt", b"Here today.")
    document.path.unlink()
    with pytest.raises(WorkspaceError, match=r"gone\.txt is missing"):
        outlines.outline(document)
