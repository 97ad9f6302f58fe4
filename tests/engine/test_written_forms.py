"""Poems, letters and lists are known by how they are laid out, and nothing else is one."""

import pytest

from studio.dialogue import Character, build_pairs, find_utterances
from studio.dialogue.pairs.written_forms import form_of, form_of_pieces

POEMS = [
    "春眠不觉晓，处处闻啼鸟。夜来风雨声，花落知多少。",
    "月落乌啼霜满天，江枫渔火对愁眠。\n姑苏城外寒山寺，夜半钟声到客船。",
    "山中夜雨洗青松涧底流泉应晓钟。客去门前无扫处云来窗下有行踪。炉边煮雪烹新叶壁上题诗看旧容。",
    "関関雎鳩，在河之洲。窈窕淑女，君子好逑。参差荇菜，左右流之。窈窕淑女，寤寐求之。",
    "The wind is up, the boats are in,\n  The lamps along the quay\n"
    "Are counting all the hulls again\n  That came not home to me.",
    "风从北边来\n吹过空的站台\n没有人下车\n只有灯亮着",
]
LETTERS = [
    "My dear Margaret,\nI am safe, and the money is gone. Do not look for me at the old place.\nJ.",
    "The goods left on Monday as agreed and should be with you soon.\nYours faithfully,\nH. Crane",
    "Come at once and bring the key.\nYour affectionate brother,\nTom",
    "父亲大人膝下：\n儿一切安好，勿念。年底当归。\n儿 明远 叩上",
    "见字如面：\n江南已经入梅，书都潮了。\n弟 子衡 顿首",
    "尊敬的编辑先生：\n稿件收到请回复。\n此致\n敬礼！",
]
LISTS = [
    "1. Take the boat.\n2. Row to the light.\n3. Say nothing.",
    "- two eggs\n- a pound of flour\n- salt\nand that is all",
    "一、不许喝酒；\n二、不许赌钱；\n三、天黑之前回来。",
    "（1）先关门\n（2）再点灯\n（3）最后说话",
    "(a) the house\n(b) the horses\n(c) whatever is in the cellar",
    "① 米\n② 油\n③ 盐",
]
PROSE = [
    "我跟你说，你别不信，这件事，我亲眼看见。",
    "大人饶命，小人不敢，都是他们，逼着我来。",
    "I told you that the man you saw upon the bridge last night was no more a\nsailor than I am, "
    "and that if you had any sense left in that head of yours you\nwould have stayed at home.",
    "Yes.\nNo.",
    "Dear me, what a night!",
    "Dear Margaret, do sit down and tell us what the doctor said about it.",
    "You may keep the house, since it was always\nyours.",
    "I have 3. 5 of them went to you.",
    "一来我老了，二来路远，三来没有钱。",
    "他走了，我也走了，门没有锁，你去看看吧。",
    "you never did\nwhat you said\nyou would do\nfor any of us",
    "",
]


@pytest.mark.parametrize("text", POEMS)
def test_verse_is_a_poem(text):
    assert form_of(text) == "poem" and form_of(text, verse=False) == ""


@pytest.mark.parametrize("text", LETTERS)
def test_a_salutation_or_a_closing_in_a_line_of_its_own_makes_a_letter(text):
    assert form_of(text) == "letter"


@pytest.mark.parametrize("text", LISTS)
def test_lines_that_are_counted_off_make_a_list(text):
    assert form_of(text) == "list"


@pytest.mark.parametrize("text", PROSE)
def test_what_people_say_is_none_of_them(text):
    assert form_of(text) == ""


def test_a_turn_has_the_form_of_the_greater_part_of_it():
    assert form_of_pieces(["听好：", POEMS[0]], verse=True) == "poem"
    assert form_of_pieces([POEMS[0], PROSE[2]], verse=True) == ""


def test_each_form_is_a_switch_of_its_own():
    verse = "“你会什么？”林七问。\n\n“" + POEMS[0] + "”阿苇念道。\n"
    found = find_utterances(verse, [Character("林七"), Character("阿苇")], layout="novel")
    assert build_pairs(found, "阿苇", text=verse) == []
    assert len(build_pairs(found, "阿苇", text=verse, drop_poems=False)) == 1


def test_a_play_in_verse_is_dialogue():
    play = (
        "ROSE: Who comes so late across the hill?\n"
        "WALTER: The snow lies deep on every stone,\nThe lamp is out below the mill,\n"
        "And I have walked the way alone,\nAnd all the night is very still.\nROSE: Come in.\n"
    ) * 3
    found = find_utterances(play, layout="script")
    assert build_pairs(found, "WALTER")
