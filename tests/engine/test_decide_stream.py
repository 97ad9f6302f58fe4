"""Speakers are chosen some thousand groups at a time, and as if all of the text were in view."""

import random

import pytest

from studio.dialogue.speakers import scorer
from studio.dialogue.speakers.feature_rows import Row
from studio.dialogue.speakers.scorer import Weights, decide

WEIGHTS = Weights(
    {"near": 1.5, "tag": 3.0, "else": -0.5, "same": -1.0, "swap": 1.2}, {}, (0.0, 1.0), (0.0, 1.0)
)


def rows(count, breaks):
    """Rows of random evidence; a run begins at each of the breaks."""
    draw = random.Random(count)
    found = []
    for index in range(count):
        names = draw.sample("甲乙丙丁戊己庚", 4)
        parts = [{"near": draw.random(), "tag": float(draw.random() < 0.2)} for _ in names]
        row = Row("bare", [*names, None], [*parts, {"else": 1.0}])
        if index and index not in breaks:
            row.step = {"same": 1.0}
            row.swap = {"swap": 1.0} if index - 1 not in breaks else {}
        found.append(row)
    return found


def rounded(verdicts):
    """To nine digits: sums over batches of other sizes differ in the last bit."""
    return [([(n, round(p, 9)) for n, p in one.ranked], one.evidence) for one in verdicts]


@pytest.mark.parametrize(
    "breaks",
    [set(), {700}, {100, 101, 102, 500}, set(range(0, 1000, 37)), {149, 150, 151}, {8, 56, 104}],
)
@pytest.mark.parametrize("portion", [150, 151, 200, 333])
def test_portions_change_nothing(breaks, portion, monkeypatch):
    whole = rounded(decide(rows(1000, breaks), WEIGHTS))
    monkeypatch.setattr(scorer, "PORTION", portion)
    assert rounded(decide(iter(rows(1000, breaks)), WEIGHTS)) == whole
    assert len(whole) == 1000


def test_only_a_portion_is_held():
    made = []

    def watched():
        for row in rows(6000, set()):
            made.append(row)
            yield row

    found = decide(watched(), WEIGHTS)
    next(found)
    assert len(made) <= scorer.PORTION


def test_a_text_without_speech_has_nobody():
    assert list(decide([], WEIGHTS)) == []
