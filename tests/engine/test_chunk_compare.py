"""Two chunk sets of one document: borders in common, Pk, and the text parted by both."""

from studio import documents
from studio.chunking import Chunk
from studio.chunking.sets import compare
from studio.chunking.sets.compare import Agreement
from studio.store import chunks
from studio.store import sets as kept_sets

TEXT = "一二三四五六七八九十" * 6


def sets(workspace, **cuts):
    """Chunk sets of one text by their border places."""
    document = documents.add(workspace, "a.txt", TEXT.encode()).id
    with workspace.store.write() as db:
        for name, places in cuts.items():
            kept_sets.add(db, name, "chunks", name)
            spans = zip([0, *places], [*places, len(TEXT)], strict=True)
            found = [Chunk(start, end, TEXT[start:end], end - start) for start, end in spans]
            chunks.append(db, name, document, found)
    return document


def test_agreement_counts_borders_and_gives_pk(workspace):
    sets(workspace, a=[10, 20, 30], b=[10, 25, 30, 40], c=[])
    found = compare.agreement(workspace, "a", "b")
    assert (found.both, found.first, found.second) == (2, 3, 4)
    assert compare.agreement(workspace, "a", "a") == Agreement(3, 3, 3, 0.0)
    assert 0 < found.pk < compare.agreement(workspace, "a", "c").pk
    # k is 7, half of 60 / 4: 7 of the 53 places lie before each of the three borders.
    assert compare.agreement(workspace, "a", "c").pk == 21 / 53
    assert compare.agreement(workspace, "a", "nothing") == Agreement(0, 0, 0, 0.0)


def test_stretches_part_the_text_wherever_either_set_does(workspace):
    document = sets(workspace, a=[10, 30], b=[10, 25])
    chunks = [
        (document, 0, 1, 10, TEXT[:10]),
        (document, 10, 2, 20, TEXT[10:30]),
        (document, 30, 3, 30, TEXT[30:]),
    ]
    found = compare.stretches(workspace, "b", chunks)
    assert [s["text"] for s in found] == [TEXT[:10], TEXT[10:25], TEXT[25:30], TEXT[30:]]
    assert [s["a"] and s["a"]["n"] for s in found] == [1, 2, None, 3]
    assert [s["b"] and s["b"]["n"] for s in found] == [1, 2, 3, None]
    assert [s["even_b"] for s in found] == [False, True, False, False]


def test_a_page_in_the_middle_begins_where_the_other_set_may_go_on(workspace):
    document = sets(workspace, a=[10, 30], b=[10, 25])
    (first, second) = compare.stretches(workspace, "b", [(document, 12, 2, 8, TEXT[12:30])])
    assert (first["a"]["n"], first["b"], second["b"]["n"]) == (2, None, 3)
    assert compare.stretches(workspace, "b", [("other", 0, 1, 3, "甲乙丙")])[0]["text"] == "甲乙丙"
