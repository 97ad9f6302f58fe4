"""Where the numbers of articles do not count on there is a border; else nothing changes."""

import random
from itertools import pairwise

import numpy as np
import pytest

from studio.chunking import ChunkSpec
from studio.chunking.cut import cut_text
from studio.chunking.methods import sentence_units
from studio.chunking.methods.counting_on import jumps
from studio.chunking.tokens.counting import count_tokens
from studio.text.sentences import borders

SUBJECTS = (
    "县级人民政府 主管部门 经营者 消费者 申请人 鉴定机构 学校 用人单位 运营企业 社会组织".split()
)
DUTIES = "公布目录 保存记录 提出异议 申请复核 缴纳费用 采取措施 制定标准 接受检查 组织培训".split()
ENGLISH_SUBJECTS = "The council|Any person|The owner|An inspector|The minister|A tenant".split("|")
ENGLISH_DUTIES = (
    "shall keep a register|may ask for a copy|must pay the fee|shall publish the plan"
    "|may lodge an appeal|must repair the drain|shall mark the border|may inspect the works"
).split("|")
DIGITS = dict(enumerate("一二三四五六七八九十", start=1))
NUMBERS = DIGITS | {30 + number: f"三十{DIGITS[number]}" for number in range(1, 6)}


def articles(numbers: list[int], sign: str) -> str:
    """A line an article; what they say does not depend on the numbers' order."""
    made = []
    for number in numbers:
        rng = random.Random(number)
        if sign == "条":
            said = "".join(
                f"{rng.choice(SUBJECTS)}应当依法{rng.choice(DUTIES)}。" for _ in range(2)
            )
            made.append(f"第{NUMBERS[number]}条 {said}\n")
        else:
            said = " ".join(
                f"{rng.choice(ENGLISH_SUBJECTS)} {rng.choice(ENGLISH_DUTIES)}." for _ in range(2)
            )
            made.append(f"{sign} {number}. {said}\n")
    return "".join(made)


def found(text: str) -> tuple[list[str], np.ndarray]:
    """(the first units of the pairs that do not count on, the costs)."""
    tokens = count_tokens(text)
    units = sentence_units(text, borders(text), tokens, tokens.units(512))
    some = jumps(units, list(range(len(units))), 10)
    assert all(after > before for before, after in zip(some.before, some.after, strict=True))
    places = units.places
    return [text[places[unit] : places[unit + 1]].strip() for unit in some.after], some.costs


@pytest.mark.parametrize("sign", ["条", "§", "Article", "Sec."])
def test_a_chunk_ends_where_the_numbers_do_not_count_on(sign):
    several = ([6, 7, 8, 9, 10], [1, 2, 3, 4, 5], [31, 32, 33, 34, 35])
    runs = [articles(numbers, sign) for numbers in several]
    text = "".join(runs)
    spec = ChunkSpec(max_tokens=2048, min_tokens=0)
    begins = [chunk.start for chunk in cut_text(text, spec).chunks]
    # Where in the last article is for the words to say.
    for run, end in zip(runs, (len(runs[0]), len(runs[0] + runs[1])), strict=False):
        last = end - len(run.splitlines(keepends=True)[-1])
        assert any(last < start <= end for start in begins)


@pytest.mark.parametrize("sign", ["条", "§"])
def test_of_numbers_that_count_on_nothing_is_said(sign):
    for numbers in ([1, 2, 3, 4, 5], [1, 2, 2, 3], [1, 2, 5, 6]):
        pairs, costs = found(articles(numbers, sign))
        assert pairs == [] and not costs.any()


def test_other_borders_are_dearer_the_more_jumps_account_for():
    several = [articles([4, 5], "条"), articles([31, 32], "条")] * 4
    pairs, costs = found("".join(several))
    assert len(pairs) == 7 and costs[0] == 0 and costs[1] == costs.max() > 2
    _, few = found(articles([4, 5, 6, 7, 8, 9, 10], "条") * 2)
    assert 0 < few.max() < costs.max()


def test_an_article_and_the_sections_below_it_count_each_for_themselves():
    text = "".join(
        f"Article {number}\n{articles([1, 2, 3, 4, 5, 6, 7], 'Sec.')}" for number in (1, 2)
    )
    assert found(text)[0] == []


def test_pairs_within_a_chunk_are_counted():
    text = articles([7, 1], "条") + articles([31], "条")
    tokens = count_tokens(text)
    units = sentence_units(text, borders(text), tokens, tokens.units(512))
    some = jumps(units, list(range(len(units))), 10)
    edges = np.arange(len(units) + 1)
    counted = some.within(edges, edges)
    for end in edges:
        for begin in edges:
            held = [
                pair
                for pair in zip(some.before, some.after, strict=True)
                if begin <= pair[0] and pair[1] < end
            ]
            assert counted[end, begin] == len(held)
    assert [list(pair) for pair in pairwise((0, 2, 4))] == [
        list(pair) for pair in zip(some.before, some.after, strict=True)
    ]
