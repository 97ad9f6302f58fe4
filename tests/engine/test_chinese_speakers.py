"""Who speaks in Chinese prose: one character for a name, manner that is no part of it, old 他,
words that were not said; and the sentences of English that turn to a listener.
"""

import csv
import hashlib
from pathlib import Path

import pytest

from studio.dialogue import Character, find_characters, find_utterances
from studio.dialogue.characters.table import is_old_prose
from studio.dialogue.speakers.short_names import full_names
from studio.dialogue.speakers.tags_zh import is_predicate, subject_of
from studio.dialogue.speakers.unsaid import was_not_said
from tests.engine.classical_scenes import NAMES, classical_scenes


@pytest.mark.parametrize(
    ("clause", "subject"),
    [
        ("绍曰：", "绍"),
        ("嘉拊掌笑曰：", "嘉"),
        ("肃愕然曰：", "肃"),
        ("权谓张昭曰：", "权"),
        ("忽德厉声曰：", "德"),
        ("少顷，绍曰：", ""),  # two clauses: the caller cuts at the comma
        ("阿宝若无其事地说：", "阿宝"),
        ("沈青耸肩道：", "沈青"),
        ("沈青没好气道：", "沈青"),
        ("沈青怒斥道：", "沈青"),
        ("沈青催促道：", "沈青"),
        ("老秦红着脸说：", "老秦"),
        ("云长喝道：", "云长"),
        ("老道士笑道：", "老道士"),
        ("娘娘道：", "娘娘"),
        ("又惊又喜道：", ""),
        ("遂问曰：", ""),
        ("次日曰：", ""),
        ("后人有诗赞曰：", ""),
        ("谓绍曰：", ""),
        ("对阿宝说：", ""),
        ("秀才道：", "秀才"),
        ("妖怪道：", "妖怪"),
        ("那几个道：", ""),
    ],
)
def test_a_tag_is_subject_manner_and_verb(clause, subject):
    assert subject_of(clause)[0] == subject


@pytest.mark.parametrize("words", ["大怒曰", "笑谓众人曰", "低声对他说", "拍案大骂道", "冷冷地问"])
def test_what_may_stand_between_subject_and_speech(words):
    assert is_predicate(words)


def test_the_full_name_may_stand_anywhere():
    text = "忽报田丰到。丰曰：“勿往。”众将大丰收。严肃之事，鲁肃知之。"
    assert full_names(text, "丰") == ("田丰",)
    assert "鲁肃" in full_names(text * 2, "肃")
    assert full_names("司马懿大笑。却说司马懿引军。", "懿") == ("司马懿",)


@pytest.mark.parametrize("table", [[], [Character(name) for name in NAMES]], ids=["none", "full"])
def test_one_character_means_the_person_of_the_scene(table):
    right = total = 0
    for scene in classical_scenes(48):
        found = [u for u in find_utterances(scene.text, table) if u.kind != "quoted"]
        assert [u.text for u in found] == [line for line, _ in scene.speakers]
        right += sum(u.speaker == who for u, (_, who) in zip(found, scene.speakers, strict=True))
        total += len(found)
    assert total >= 300 and right / total >= 0.97, (right, total)


def test_one_character_of_a_whole_book():
    scenes = classical_scenes(48, seed=11)
    found = find_utterances("\n".join(scene.text for scene in scenes))
    wanted = [who for scene in scenes for _, who in scene.speakers]
    right = sum(u.speaker == who for u, who in zip(found, wanted, strict=True))
    assert right / len(wanted) >= 0.97


def test_a_title_alone_is_the_one_of_the_scene():
    text = (
        "孟轲见梁惠王。王曰：“何以利吾国？”轲对曰：“何必曰利？”王笑曰：“善。”\n"
        "明年，孟轲见齐宣王。王问曰：“德何如？”轲曰：“保民。”\n"
    )
    found = [u.speaker for u in find_utterances(text, [Character("孟轲")])]
    assert found == ["梁惠王", "孟轲", "梁惠王", "齐宣王", "孟轲"]


def test_a_lone_character_without_a_full_name_is_a_person_of_its_own():
    text = "绍曰：“来。”嘉曰：“往。”绍笑曰：“善。”嘉谢曰：“诺。”\n"
    assert [u.speaker for u in find_utterances(text)] == ["绍", "嘉", "绍", "嘉"]


def test_prose_without_marks_knows_them_too():
    text = (
        "却说陈登至城下，守将韩浩来问。浩曰：来者何人？登曰：故人也。浩笑曰：请入。\n"
        "陈登道：多谢。韩浩道：不必。登问曰：安否？浩曰：甚安。登曰：善。浩曰：请坐。\n"
    )
    found = find_utterances(text, layout="classical")
    assert "".join((u.speaker or "?")[-1] for u in found) == "浩登浩登浩登浩登浩"
    assert {u.speaker for u in found} == {"韩浩", "陈登"}


@pytest.mark.parametrize(
    "manner",
    "颔首道 耸肩道 正色道 长叹道 苦笑道 怒斥道 嘀咕道 催促道 调侃道 央求道 追问道 喝问道 悻悻道 "
    "咬牙道 冷声道 斩钉截铁道 附耳低语 抱怨 埋怨 反驳 争辩 承认 请教道 讥讽道".split(),
)
def test_manner_is_no_part_of_a_name(manner):
    text = (
        f"孟婶靠在窗前。阿宝{manner}：“天黑了。”\n\n孟婶说道：“不急。”\n\n“真的？”阿宝{manner}。\n"
    )
    assert [u.speaker for u in find_utterances(text)] == ["阿宝", "孟婶", "阿宝"]
    assert {found.name for found in find_characters(text)} <= {"阿宝", "孟婶"}


def test_without_commas_the_predicate_says_whose_it_is():
    text = (
        "阿宝跑进来放下担子孟婶笑道：“你回来了。”阿宝道：“回来了。”孟婶道：“吃饭。”\n"
        "孟婶拉着阿宝坐下来阿宝问道：“爹呢？”孟婶扶着阿宝道：“在田里。”\n"
    )
    assert [u.speaker for u in find_utterances(text)] == [
        *("孟婶", "阿宝", "孟婶", "阿宝", "孟婶"),
    ]


def test_old_prose_tells_no_gender_by_pronouns():
    old = (
        "凤英道：“你来。”他便坐下，他又笑。探秋道：“他在那里？”他听了，忙道：“不知。”他去了。\n" * 4
    )
    assert is_old_prose(old) and not is_old_prose("他说：“好。”她说：“不好。”\n" * 9)
    assert {found.name: found.gender for found in find_characters(old)}["探秋"] is None


@pytest.mark.parametrize(
    ("narration", "unsaid"),
    [
        ("阿宝并没有说：", True),
        ("他从没喊过", True),
        ("孟婶不曾道：", True),
        ("她没再问：", True),
        ("他不敢说", True),
        ("She did not say, ", True),
        ("He nodded without saying ", True),
        ("他忍不住说：", False),
        ("他不由得问：", False),
        ("孟婶不慌不忙地说：", False),
        ("他没回头，说：", False),
        ("没等他开口，阿宝说：", False),
        ("She could not help saying, ", False),
        ("Not knowing what to do, she said, ", False),
    ],
)
def test_words_that_were_not_said(narration, unsaid):
    assert was_not_said(narration, 0, len(narration)) == unsaid


def test_what_was_not_said_is_no_speech():
    text = "阿宝看着孟婶。他没有说：“我怕。”他只说：“走吧。”\n孟婶说：“好。”\n"
    spoken = [u.text for u in find_utterances(text) if u.kind == "speech"]
    assert spoken == ["走吧。", "好。"]


@pytest.mark.parametrize(
    "beat", ["turned to", "leaned over to", "smiled at", "started talking to", "faced", "looked at"]
)
def test_who_turns_to_a_listener_speaks(beat):
    text = (
        f'Ruth {beat} Owen. "The boat is late." Owen shrugged.\n\n'
        '"It always is," said Owen.\n\n"Not like this," said Ruth.\n'
    )
    assert [u.speaker for u in find_utterances(text)] == ["Ruth", "Owen", "Ruth"]


def test_a_nickname_inside_a_name():
    text = (
        "“Who is there?” asked Ruth.\n\nWalter “Red” Marsh opened the door. “Only me,” he said.\n\n"
        "“Come in,” said Ruth.\n\n“Gladly,” said Red.\n"
    )
    found = [u.speaker for u in find_utterances(text) if u.kind == "speech"]
    assert found == ["Ruth", "Walter Marsh", "Ruth", "Walter Marsh"]


@pytest.mark.long
def test_two_hundred_tags_of_a_novel(shared):
    text = (shared / "novels" / "journey_to_the_west.txt").read_text(encoding="utf-8")
    with (Path(__file__).parent / "gold" / "journey.tags.tsv").open(
        encoding="utf-8", newline=""
    ) as file:
        rows = list(csv.reader(file, delimiter="\t"))[1:]
    spoken = {u.start: u.speaker for u in find_utterances(text)}
    right = 0
    for offset, digest, names in rows:
        at = int(offset)
        assert hashlib.sha256(text[at - 6 : at + 4].encode()).hexdigest()[:8] == digest
        right += spoken.get(at) in names.split()
    assert len(rows) == 200 and right >= 194, right


def test_names_that_may_be_one_person_are_proposed_and_not_joined():
    tale = (
        "却说汉中有一谋士，姓沈名策，字文渊。沈策道：“兵少。”文渊笑道：“不妨。”沈策问道：“何日？”"
        "文渊答道：“三日。”策曰：“善。”策大笑曰：“可。”\n"
        "陆青凤走来。陆青凤道：“来了。”陆青凤笑道：“坐。”凤姐道：“吃茶。”凤姐问道：“冷么？”凤姐笑道：“好。”\n"
        "陆青龙道：“走。”陆青龙笑道：“快走。”陆青龙问道：“在那里？”\n"
    )
    found = {person.name: person for person in find_characters(tale * 2)}
    assert "文渊" in found["沈策"].perhaps or "沈策" in found["文渊"].perhaps
    assert "策" in found["沈策"].perhaps
    assert "凤姐" in found["陆青凤"].perhaps + ("凤姐",) * ("陆青凤" in found["凤姐"].perhaps)
    assert not {"陆青龙"} & {*found["陆青凤"].perhaps, *found["凤姐"].perhaps}
    assert all(not person.aliases for person in found.values())


def test_who_answers_to_a_name_may_bear_it():
    tale = (
        "老秦叫道：“阿宝，你来。”石娃道：“来了。”老秦问道：“阿宝，吃了么？”石娃笑道：“吃了。”"
        "孟婶喊道：“阿宝！”石娃道：“在。”老秦道：“走。”阿宝道：“走罢。”孟婶道：“慢走。”\n"
    )
    found = {person.name: person for person in find_characters(tale * 3)}
    assert "阿宝" in found["石娃"].perhaps or "石娃" in found["阿宝"].perhaps
    assert "老秦" not in found["孟婶"].perhaps


def test_a_book_makes_nobody_of_its_family():
    """周易 is no person called 易 of the family 周, so that 易曰 goes on to quote a book."""
    text = "此理见于周易。周易之言甚明。邵康节曰：“天心无改移。”易曰：“大哉乾元！”众人点头。"
    assert [line.speaker for line in find_utterances(text)] == ["邵康节", None]


def test_a_place_and_a_time_are_no_names_and_somebody_new_is_one():
    text = (
        "屋里静悄悄的。老王敲了敲门。\n\n屋里一个女人问：“谁啊？”\n\n老王许久才说：“是我。”\n\n"
        "对面的小李笑道：“又是你。”\n\n一个孩子跑出来喊道：“爹！”\n\n“有人么？”门外一个年轻人喊道。\n\n"
        "老王半天没说话，最后叹道：“进来吧。”\n"
    )
    assert [line.speaker for line in find_utterances(text)] == [
        "女人",
        "老王",
        "小李",
        "孩子",
        "年轻人",
        "老王",
    ]
