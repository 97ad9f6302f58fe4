"""Offsets: from a cleaned text back to the original, for single edits and for steps on top of each
other.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.documents.cleaning.clean import joined
from studio.documents.cleaning.edits import Edit, apply
from studio.documents.cleaning.offsets import Offsets
from studio.errors import WorkspaceError


@st.composite
def edits(draw, text):
    """Sorted edits of `text` that do not overlap: replaced, removed and added pieces, neighbours
    among them.
    """
    found, place = [], 0
    while place <= len(text) and draw(st.booleans()):
        start = place + draw(st.integers(0, 4))
        end = start + draw(st.integers(0, 4))
        if end > len(text):
            break
        # New characters are none of the text's, so that an equal character can only be an unchanged
        # one.
        found.append(Edit(start, end, draw(st.text("XYZ", max_size=3))))
        place = end if end > start else end + 1
    return found


@st.composite
def cleanings(draw):
    """(texts, offsets of each step): one to four cleanings, one after the other."""
    # Each character once: a place can be known by its character.
    texts = ["".join(chr(0x4E00 + i) for i in range(draw(st.integers(0, 40))))]
    steps = []
    for _ in range(draw(st.integers(1, 4))):
        text, offsets, _ = apply(texts[-1], draw(edits(texts[-1])))
        texts.append(text)
        steps.append(offsets)
    return texts, steps


def whole(steps):
    made = Offsets.identity()
    for step in steps:
        made = made.then(step)
    return made


@settings(max_examples=100, deadline=None)
@given(cleanings())
def test_unchanged_characters_map_to_equal_characters(made):
    texts, steps = made
    offsets = whole(steps)
    for place, character in enumerate(texts[-1]):
        if character in "XYZ":
            continue
        start, end = offsets.to_original(place, place + 1)
        assert character in texts[0][start:end]
        assert offsets.to_cleaned(start, end)[0] <= place < offsets.to_cleaned(start, end)[1]
    single = steps[0]
    for place, character in enumerate(texts[1]):
        if character not in "XYZ":
            start, end = single.to_original(place, place + 1)
            assert texts[0][start:end] == character
            assert single.to_cleaned(start, end) == (place, place + 1)


@settings(max_examples=100, deadline=None)
@given(cleanings(), st.data())
def test_spans_are_monotone_and_hold_what_they_came_from(made, data):
    texts, steps = made
    offsets, size = whole(steps), len(texts[-1])
    a, b, c = sorted(data.draw(st.integers(0, size)) for _ in range(3))
    start, end = offsets.to_original(a, c)
    assert 0 <= start <= end <= len(texts[0])
    if a < b < c:
        assert offsets.to_original(a, b)[0] <= offsets.to_original(b, c)[0]
        assert offsets.to_original(a, b)[1] <= offsets.to_original(b, c)[1]
        back = offsets.to_cleaned(start, end)
        assert all(x in texts[-1][back[0] : back[1]] for x in texts[-1][a:c] if x not in "XYZ")
    kept = {x for x in texts[-1][a:c] if x not in "XYZ"}
    assert kept <= set(texts[0][start:end])


@settings(max_examples=100, deadline=None)
@given(cleanings(), st.data())
def test_steps_joined_are_the_steps_one_by_one(made, data):
    texts, steps = made
    offsets = whole(steps)
    a, b = sorted(data.draw(st.integers(0, len(texts[-1]))) for _ in range(2))
    span = (a, b)
    for step in reversed(steps):
        span = step.to_original(*span)
    start, end = offsets.to_original(a, b)
    if a < b and span[0] < span[1]:
        # A piece changed by two steps is one piece for both of them, so the joined span may be
        # wider, never smaller.
        assert start <= span[0] and span[1] <= end
    # Whatever the order of joining, the texts between the edits are the same.
    for made_offsets in (offsets, joined(steps)):
        last = 0, 0
        for start, end, new_start, new_end in made_offsets.edits():
            assert texts[0][last[0] : start] == texts[-1][last[1] : new_start]
            assert start <= end and new_start <= new_end
            last = end, new_end
        assert texts[0][last[0] :] == texts[-1][last[1] :]


@settings(max_examples=60, deadline=None)
@given(cleanings())
def test_a_saved_file_reads_back(made):
    for offsets in (*made[1], whole(made[1])):
        again = Offsets.from_bytes(offsets.to_bytes())
        assert list(again.edits()) == list(offsets.edits())


def test_removed_text_at_a_border_is_left_out_and_inside_taken_in():
    text, offsets, count = apply("<b>one</b> and two", [Edit(0, 3, ""), Edit(6, 10, "")])
    assert (text, count) == ("one and two", 2)
    assert offsets.to_original(0, 3) == (3, 6)
    assert offsets.to_original(0, 7) == (3, 14)
    assert offsets.to_original(3, 7) == (10, 14)
    assert offsets.to_cleaned(0, 3) == (0, 0)
    assert offsets.to_cleaned(0, 18) == (0, 11)


def test_a_span_inside_a_replaced_piece_is_the_whole_piece():
    text, offsets, _ = apply("am 5. Mai 2024 kam er", [Edit(3, 14, "2024-05-05")])
    assert offsets.to_original(5, 8) == (3, 14)
    assert text[slice(*offsets.to_cleaned(15, 18))] == "kam"


def test_edits_out_of_order_are_a_fault():
    with pytest.raises(ValueError):
        apply("abcdef", [Edit(3, 5, ""), Edit(4, 6, "")])


def test_fifty_thousand_edits_are_small(tmp_path):
    text = "我们在这里说话。 " * 100_000
    edits = (Edit(i * 9 + 8, i * 9 + 9, "") for i in range(50_000))
    _, offsets, count = apply(text, edits)
    assert count == 50_000 and offsets.nbytes < 2 << 20
    offsets.save(tmp_path / "x.offsets")
    assert (tmp_path / "x.offsets").stat().st_size < 400_000
    assert Offsets.load(tmp_path / "x.offsets") == offsets


def test_a_damaged_file_is_told(tmp_path):
    path = tmp_path / "x.offsets"
    _, offsets, _ = apply("a b", [Edit(1, 2, "")])
    for data in (b"", b"nonsense", offsets.to_bytes()[:-3], offsets.to_bytes()[:12] + b"\0" * 20):
        path.write_bytes(data)
        with pytest.raises(WorkspaceError) as told:
            Offsets.load(path)
        assert "x.offsets" in told.value.sentence
