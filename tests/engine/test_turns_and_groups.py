"""Who speaks by the lines further off and by the clauses around; what is quoted from a book; which
names found beside speech are groups; and that a table that lists a person twice is told.
"""

import pytest

from studio.dialogue import Character, find_characters, find_utterances
from studio.dialogue.characters.groups import is_group
from studio.dialogue.characters.merge import with_found
from studio.dialogue.learning.corpora import Annotated, Gold, without_doubles
from studio.dialogue.records import Found


def speakers(text: str, people: list[Character] | None = None) -> list[str | None]:
    return [u.speaker for u in find_utterances(text, people or []) if u.kind == "speech"]


@pytest.mark.parametrize("book", ["易", "礼", "语", "《诗》", "论语", "故语有之", "古语"])
def test_what_is_quoted_from_a_book_is_nobodys(book):
    text = f"沈策曰：“兵少。”\n{book}曰：“知耻近乎勇。”\n沈策大笑曰：“善。”陆机曰：“然。”\n"
    found = find_utterances(text)
    assert [u.speaker for u in found] == ["沈策", None, "沈策", "陆机"]
    assert found[1].kind == "quoted" and found[1].text == "知耻近乎勇。"


def test_a_person_of_the_table_may_bear_the_name_of_a_book():
    assert speakers("易曰：“善。”\n", [Character("易")]) == ["易"]


@pytest.mark.parametrize(
    ("before", "who"),
    [
        ("长风登舟。墨送至江边，执其手曰：", "墨"),
        ("长风登舟。老李追到码头，拉着他的手说：", "老李"),
        ("长风走进院子，见墨正在浇花，就问道：", "长风"),
        ("长风转过身，对坐在桌边的墨说：", "长风"),
        ("长风想了想，追问道：", "长风"),
        ("长风看了看天，尽量用平和的语气说：", "长风"),
        ("长风看了看天，并且大声说：", "长风"),
    ],
)
def test_a_clause_without_a_subject_goes_on_with_the_one_before(before, who):
    people = [Character("长风"), Character("墨"), Character("老李")]
    text = f"长风说：“我要走了。”墨说：“几时？”长风说：“今日。”\n\n{before}“保重。”\n"
    assert speakers(text, people)[-1] == who


def test_whose_child_it_is_does_not_speak():
    text = "田叔坐在桌边喝酒。他儿子润生忽然走过来，悄悄说：“爸，回家吧。”\n"
    assert speakers(text, [Character("田叔", [], "m"), Character("润生", [], "m")]) == ["润生"]


def test_a_surname_with_a_title_is_its_one_bearer():
    people = [Character("徐治功"), Character("孙玉亭")]
    text = (
        "徐治功坐在炕上。徐主任扭过头问孙玉亭：“人确定了没？”孙玉亭说：“定了。”\n"
        "徐主任说：“那就好。”\n"
    )
    assert speakers(text, people) == ["徐治功", "孙玉亭", "徐治功"]
    assert speakers(f"徐福来了。{text}", [*people, Character("徐福")])[0] == "徐主任"


def test_a_gesture_under_a_line_is_no_tag_of_it():
    people = [Character("晓霞", [], "f"), Character("少平", [], "m")]
    text = (
        "晓霞问少平：“吃了没？”\n“吃了。”\n少平回答她。\n“那走吧！”\n少平笑了。\n“去哪里？”\n"
        "少平问晓霞。\n“河边。”\n"
    )
    assert speakers(text, people) == ["晓霞", "少平", "晓霞", "少平", "晓霞"]


def test_who_is_called_every_second_line_takes_part():
    text = (
        "Holt walked down to the wharf. “A fine child, Mrs. Gray,” said Holt.\n\n"
        "“He is that, sir.”\n\n“I wanted to hire a boat, Mrs. Gray.”\n\n"
        "“My man has it, sir.”\n\n“When will he come back, Mrs. Gray?”\n\n“I can not say, sir.”\n"
    )
    people = [
        Character("Holt", [], "m"),
        Character("Mrs. Gray", [], "f"),
        Character("Ned", [], "m"),
    ]
    assert speakers(text, people) == ["Holt", "Mrs. Gray"] * 3


def test_who_gives_his_name_speaks():
    people = [Character("Ruth", [], "f"), Character("Thaddeus Hall", [], "m")]
    text = (
        "Ruth opened the door.\n\n“Mr. Thaddeus Hall,” said the little man. “That is my name.”\n\n"
        "“Come in,” said Ruth.\n"
    )
    assert speakers(text, people) == ["Thaddeus Hall", "Thaddeus Hall", "Ruth"]


@pytest.mark.parametrize(
    "name",
    "众僧 众猴 小妖们 两个公差 师徒们 十王 四值功曹 多官 群妖 大众 诸神 几位先生 观众".split()
    + ["the soldiers", "the others", "both", "all three", "her sisters", "several voices"],
)
def test_a_group_is_told_by_its_name(name):
    assert is_group(name)


@pytest.mark.parametrize(
    "name",
    "行者 二魔 三怪 二郎 十八公 诸葛亮 三娘 二爷 七公主 万人敌 王大娘 老魔 三太子 百里 李四".split()
    + ["Alice", "the other", "the old man", "Five", "Miss Friends", "the Bennets", "Mr. Brothers"],
)
def test_a_person_is_no_group(name):
    assert not is_group(name)


def test_a_group_waits_beside_the_table():
    people, rest = with_found([], [Found("行者", 40), Found("众僧", 30, group=True)])
    assert [p.name for p in people] == ["行者"] and [f.name for f in rest] == ["众僧"]
    people, rest = with_found(
        [Character("众僧")], [Found("众僧", 30, None, ("僧人们",), group=True)]
    )
    assert people == [Character("众僧", ["僧人们"])] and not rest


# Of the names found in Journey to the West, told by reading each: groups, and no persons at all.
GROUPS = (
    "众僧 众猴 众妖 众官 众神 多官 众怪 师徒们 二老 众贼 十王 众老 大众 四老 众女子 众臣 二神 群妖 "
    "诸天 群猴 四值功曹 众精 三老 六丁六甲 众小妖"
).split()
NO_PERSONS = "那把门 那家子 那孙 假唐 行者道 且说 却说 诗曰".split()


@pytest.mark.long
def test_what_is_found_in_a_long_novel_are_persons(shared):
    text = (shared / "novels" / "journey_to_the_west.txt").read_text(encoding="utf-8")
    found = find_characters(text)
    marked = {one.name for one in found if one.group}
    proposed = {one.name for one in found if not one.group}
    assert marked >= set(GROUPS) & {one.name for one in found}
    assert len(set(GROUPS) & {one.name for one in found}) >= 20
    wrong = proposed & {*GROUPS, *NO_PERSONS}
    assert len(wrong) <= 0.05 * len(proposed), wrong


def test_a_person_whom_a_table_lists_twice_is_joined():
    people = (
        Character("Wooden-Legged Man", ["Jonathan Small"]),
        Character("Small"),
        Character("Mrs. Forrester"),
        Character("Mrs. Cecil Forrester"),
        Character("Captain Morstan"),
        Character("Miss Mary Morstan"),
        Character("Morstan"),
    )
    quotes = (Gold(((0, 1),), "Small", ("Morstan", "Mrs. Forrester"), "explicit"),)
    made = without_doubles(Annotated("x", "x", people, quotes))
    assert [p.name for p in made.people] == [
        "Wooden-Legged Man",
        "Mrs. Cecil Forrester",
        "Captain Morstan",
        "Miss Mary Morstan",
        "Morstan",
    ]
    assert made.quotes[0].speaker == "Wooden-Legged Man"
    assert made.quotes[0].addressees == ("Morstan", "Mrs. Cecil Forrester")
