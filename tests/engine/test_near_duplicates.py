"""Near-duplicates: what is grouped, what isn't, and how it ends early."""

import random

import pytest

from studio.datasets.assembly.near_duplicates import clusters, similarity
from studio.errors import Stopped

STORY = "The keeper climbed the hundred and twelve steps of the lighthouse before the storm came. "


def _texts(count: int, draw: random.Random) -> list[str]:
    """Texts in two languages without anything in common."""
    letters = ["abcdefghijklmnopqrstuvwxyz     ", [chr(0x4E00 + n) for n in range(3000)]]
    return ["".join(draw.choices(letters[n % 2], k=draw.randint(40, 200))) for n in range(count)]


def test_planted_twins_are_found_and_nothing_else() -> None:
    draw = random.Random(3)
    texts = _texts(3000, draw)
    twins = {}
    for first in draw.sample(range(3000), 300):
        text = list(texts[first])
        for place in draw.sample(range(len(text)), max(1, len(text) // 80)):
            text[place] = "#"
        twins[first] = len(texts)
        texts.append("".join(text))
    reach = {(a, b) for a, b in twins.items() if similarity(texts[a], texts[b]) >= 0.8}
    assert len(reach) > 150
    found = {tuple(group) for group in clusters(texts)}
    assert found <= reach  # what does not reach the threshold is not grouped
    assert len(found) >= 0.98 * len(reach)


def test_a_lower_threshold_finds_rows_with_every_tenth_character_changed() -> None:
    draw = random.Random(5)
    texts = _texts(400, draw)
    for first in range(200):
        text = list(texts[first])
        for place in draw.sample(range(len(text)), len(text) // 10):
            text[place] = "#"
        texts.append("".join(text))
    reach = sum(similarity(texts[n], texts[400 + n]) >= 0.3 for n in range(200))
    assert reach > 170
    assert len(clusters(texts, threshold=0.3)) >= 0.98 * reach


def test_width_case_and_blanks_make_no_difference_and_empty_texts_no_group() -> None:
    wide = STORY.replace("keeper", "ｋｅｅｐｅｒ").upper().replace(" ", "\n  ")
    assert clusters(["", STORY, "  ", "你是谁？", wide, "", "你是谁?", "x"]) == [[1, 4], [3, 6]]
    assert clusters([]) == [] == clusters(["one"]) == clusters(["", ""])


def test_a_chain_of_small_changes_is_one_group_and_many_alike_are_joined() -> None:
    line = " ".join(str(n * n) for n in range(400))
    chain = [line[at : at + 300] for at in range(0, 300, 10)]
    assert similarity(chain[0], chain[-1]) < 0.2 < 0.9 < similarity(chain[0], chain[1])
    many = [f"{STORY * 2} Entry {n}." for n in range(500)]
    found = clusters([*chain, *many], threshold=0.9)
    assert found == [[*range(30)], [*range(30, 530)]]
    assert found == clusters([*chain, *many], threshold=0.9)


def test_half_a_surrogate_is_a_character_like_others() -> None:
    assert clusters([STORY + "\ud800", "other words altogether", STORY + "\ud800 "]) == [[0, 2]]


def test_it_stops_when_asked_and_tells_how_far_it_is() -> None:
    told: list[float] = []
    clusters(_texts(50, random.Random(1)), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    with pytest.raises(Stopped):
        clusters(_texts(50, random.Random(1)), stopping=lambda: True)
