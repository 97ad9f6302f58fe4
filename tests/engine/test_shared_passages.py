"""Which passages of a source an answer takes over; and taking reviews back one by one."""

import pytest

from studio import generation
from studio.errors import InputError
from studio.generation.shared_passages import passages
from studio.store import rows, sets
from studio.store.rows import NewRow


@pytest.mark.parametrize(
    ("source", "answer", "taken"),
    [
        (
            "The ink house stood at the far end.",
            "It was the INK house, she said.",
            ["The ink house"],
        ),
        ("He came, saw — and won.", "They say he came, saw and won.", ["He came, saw — and won"]),
        ("墨要慢慢磨，急不得。天冷了。", "老沈说墨要慢慢磨急不得", ["墨要慢慢磨，急不得"]),
        ("《墨》 by Lu Xun was read.", "the book by Lu Xun was read", ["by Lu Xun was read"]),
        ("The ink house.", "A house of ink.", []),
        ("墨坊在码头。", "码头有墨坊", []),
        ("", "anything at all here", []),
        ("some words stand here", "", []),
    ],
)
def test_passages_that_the_answer_takes_over(source, answer, taken):
    assert [source[start:end] for start, end in passages(source, answer)] == taken


def test_passages_rise_and_stand_apart():
    source = "one two three four. five six seven. one two three four."
    found = passages(source, "one two three four five six seven")
    assert all(end < start for (_, end), (start, _) in zip(found, found[1:], strict=False))
    assert len(found) >= 1


def test_reviews_are_taken_back_one_by_one(workspace):
    with workspace.store.write() as db:
        for name in ("one", "two"):
            sets.add(db, name, "rows", name)
            for n in range(2):
                rows.add(db, name, NewRow(unit=f"u{n}", data={"output": f"{name} {n}"}))
    first, second = (row.id for row in rows.of_set(workspace.store, "one"))
    other = rows.of_set(workspace.store, "two")[0].id
    generation.set_state(workspace, first, "accepted")
    generation.edit(workspace, second, {"output": "better"})
    generation.set_state(workspace, other, "rejected")
    assert generation.undo(workspace, "one") == second
    assert rows.get(workspace.store, second).data == {"output": "one 1"}
    generation.set_state(workspace, second, "rejected")  # a review after an undo is the newest
    assert generation.undo(workspace, "one") == second
    assert generation.undo(workspace, "one") == first
    assert generation.counts(workspace, "one") == {"new": 2, "accepted": 0, "rejected": 0}
    with pytest.raises(InputError, match="nothing to undo"):
        generation.undo(workspace, "one")
    assert generation.counts(workspace, "two")["rejected"] == 1
